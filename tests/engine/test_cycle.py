"""Promises of one sync, on the reference store and the reference sheet."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sheetward.errors import GuardError
from sheetward.merge.items import ItemKind
from sheetward.ports.replica import Mark
from sheetward.stores.memory import MemoryStore
from sheetward_schemas import parse_schema

from .conftest import SCHEMA_TEXT, World

CUSTOMERS = [{"no": f"C00{n}", "name": f"name {n}", "phone": str(n), "note": "old"} for n in range(1, 5)]


def test_first_sync_brings_every_row_to_the_store_and_to_the_other_sheet(pair):
    assert pair.table().keys() == {"C001", "C002", "C003", "C004"}
    assert pair.shown("A") == pair.shown("B") == pair.table()
    assert {row.row_id for row in pair.sheets["A"].rows} == {row.row_id for row in pair.sheets["B"].rows}


def test_second_sync_changes_nothing(pair):
    before = pair.sheets["A"].revision(), pair.store.head("customers")
    report = pair.sync("A")
    assert report.plan is None or report.plan.to_store == report.plan.to_sheet == 0
    assert (pair.sheets["A"].revision(), pair.store.head("customers")) == before


def test_two_people_edit_different_cells_of_one_row(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "phone", "13900000001")
    b.set(b.find("no", "C001"), "note", "new")
    pair.sync("A")
    pair.settle()
    assert pair.table()["C001"]["phone"] == "13900000001"
    assert pair.table()["C001"]["note"] == "new"
    assert pair.shown("A") == pair.shown("B") == pair.table()


@pytest.mark.parametrize(("choice", "expected"), [("store", "111"), ("sheet", "222"), ("base", "a")])
def test_a_conflict_keeps_both_values_until_a_person_chooses(pair, choice, expected):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "note", "111")
    b.set(b.find("no", "C001"), "note", "222")
    pair.sync("A")
    report = pair.sync("B")
    (conflict,) = report.conflicts
    assert (conflict.base, conflict.store, conflict.sheet) == ("a", "111", "222")
    assert report.needs_person
    pair.settle()
    assert pair.shown("A")["C001"]["note"] == "111"
    assert pair.shown("B")["C001"]["note"] == "222"
    (still,) = pair.sync("B").conflicts
    assert still.id == conflict.id
    pair.resolve(conflict.id, choice)
    pair.settle()
    assert pair.table()["C001"]["note"] == expected
    assert pair.shown("A") == pair.shown("B") == pair.table()
    assert not pair.store.items(kind=ItemKind.CONFLICT)


def test_a_refreshed_conflict_has_a_new_id_and_the_old_one_is_refused(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "note", "111")
    b.set(b.find("no", "C001"), "note", "222")
    pair.sync("A")
    (first,) = pair.sync("B").conflicts
    a.set(a.find("no", "C001"), "note", "333")
    pair.sync("A")
    with pytest.raises(GuardError, match="refreshed"):
        pair.resolve(first.id, "sheet")
    (second,) = pair.store.items(kind=ItemKind.CONFLICT)
    assert second.id != first.id
    assert second.store == "333"
    pair.sync("B")
    (third,) = pair.store.items(kind=ItemKind.CONFLICT)
    assert third.id == second.id
    pair.resolve(second.id, "value", "444")
    pair.settle()
    assert pair.shown("A") == pair.shown("B") == pair.table()
    assert pair.table()["C001"]["note"] == "444"


def test_equal_values_withdraw_a_conflict(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "note", "111")
    b.set(b.find("no", "C001"), "note", "222")
    pair.sync("A")
    pair.sync("B")
    b.set(b.find("no", "C001"), "note", "111")
    assert not pair.sync("B").conflicts
    pair.settle()
    assert pair.shown("B") == pair.table()


def test_sorting_inserting_and_typing_rows(pair):
    a = pair.sheets["A"]
    a.sort("phone", reverse=True)
    a.insert(a.first_row, {"name": "新人", "phone": "13800000009"})
    report = pair.sync("A")
    assert report.plan is not None
    assert report.plan.new_rows == 1
    pair.settle()
    assert pair.table()["C005"]["name"] == "新人"
    assert pair.shown("A") == pair.shown("B") == pair.table()
    assert [row.cells["no"] for row in a.rows] == ["C005", "C004", "C003", "C002", "C001"]


def test_a_deleted_row_goes_everywhere_and_returns_with_its_history_when_pasted_back(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    identity = pair.id_of("A", "C002")
    taken = a.cut(a.find("no", "C002"))
    pair.sync("A")
    pair.settle()
    assert "C002" not in pair.table()
    assert "C002" not in pair.shown("B")
    a.paste(taken, a.first_row + 6)
    pair.sync("A")
    pair.settle()
    assert pair.table()["C002"]["name"] == "李四"
    assert pair.id_of("B", "C002") == identity
    assert b.find("no", "C002")


def test_a_row_deleted_here_and_changed_there_waits_for_a_person(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.delete(a.find("no", "C002"))
    b.set(b.find("no", "C002"), "note", "kept?")
    pair.sync("B")
    (conflict,) = pair.sync("A").conflicts
    assert conflict.code == "conflict.delete_modify"
    assert pair.table()["C002"]["note"] == "kept?"
    pair.settle()
    pair.resolve(conflict.id, "keep")
    pair.settle()
    assert pair.shown("A")["C002"]["note"] == "kept?"
    assert pair.shown("A") == pair.shown("B") == pair.table()


@pytest.mark.parametrize("choice", ["keep", "delete"])
def test_a_row_deleted_there_and_changed_here_waits_for_a_person(pair, choice):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.delete(a.find("no", "C002"))
    b.set(b.find("no", "C002"), "note", "kept?")
    pair.sync("A")
    (conflict,) = pair.sync("B").conflicts
    assert "C002" not in pair.table()
    assert pair.shown("B")["C002"]["note"] == "kept?"
    pair.settle()
    pair.resolve(conflict.id, choice)
    pair.settle()
    assert ("C002" in pair.table()) == (choice == "keep")
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_an_id_cell_cleared_is_found_again_by_number(pair):
    a = pair.sheets["A"]
    identity = pair.id_of("A", "C003")
    a.set_id(a.find("no", "C003"), "")
    a.set(a.find("no", "C003"), "note", "edited")
    pair.sync("A")
    pair.settle()
    assert pair.id_of("A", "C003") == identity
    assert pair.table()["C003"]["note"] == "edited"
    assert len(pair.table()) == 4


def test_a_copied_row_is_held_until_it_has_a_number_of_its_own(pair):
    a = pair.sheets["A"]
    a.copy(a.find("no", "C003"), a.first_row + 5)
    report = pair.sync("A")
    (held,) = report.held
    assert held.code == "key.taken"
    assert len(pair.table()) == 4
    pair.settle()
    a.set(a.first_row + 5, "no", None)
    a.set(a.first_row + 5, "phone", "13800000077")
    a.set(a.first_row + 5, "name", "王小五")
    pair.sync("A")
    pair.settle()
    assert pair.table()["C005"]["name"] == "王小五"
    assert not pair.store.items(kind=ItemKind.HELD)
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_keys_swapped_and_renumbered(pair):
    a = pair.sheets["A"]
    first, second = pair.id_of("A", "C001"), pair.id_of("A", "C002")
    a.swap(a.find("no", "C001"), a.find("no", "C002"), "no")
    pair.sync("A")
    pair.settle()
    assert pair.id_of("B", "C002") == first
    assert pair.id_of("B", "C001") == second
    for old, new in (("C004", "C005"), ("C003", "C004"), ("C002", "C003")):
        a.set(a.find("no", old), "no", new)
    pair.sync("A")
    pair.settle()
    assert set(pair.table()) == {"C001", "C003", "C004", "C005"}
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_two_customers_under_one_number_are_held_and_one_customer_typed_twice_is_one(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.append({"no": "K7", "name": "甲", "phone": "1"})
    b.append({"no": "K7", "name": "乙", "phone": "2"})
    a.append({"no": "K8", "name": "丙", "phone": "3", "note": "x"})
    b.append({"no": "K8", "name": "丙", "phone": "3", "region": "华北"})
    pair.sync("A")
    report = pair.sync("B")
    assert [h.code for h in report.held] == ["key.taken"]
    pair.settle()
    assert pair.table()["K7"]["name"] == "甲"
    assert pair.table()["K8"] == {"no": "K8", "name": "丙", "phone": "3", "note": "x", "region": "华北"}
    assert pair.id_of("A", "K8") == pair.id_of("B", "K8")


def test_an_edit_that_breaks_the_schema_is_held_and_the_rest_goes_on(pair):
    a = pair.sheets["A"]
    at = a.find("no", "C001")
    a.set(at, "name", "这个名字实在是太长太长太长了")
    a.set(at, "note", "fine")
    report = pair.sync("A")
    (held,) = report.held
    assert (held.field, held.base) == ("name", "张三")
    assert pair.table()["C001"]["note"] == "fine"
    assert pair.table()["C001"]["name"] == "张三"
    pair.settle()
    assert pair.sheets["A"].row(at).cells["name"] == "这个名字实在是太长太长太长了"
    a.set(at, "name", "张三丰")
    pair.sync("A")
    pair.settle()
    assert pair.table()["C001"]["name"] == "张三丰"
    assert not pair.store.items(kind=ItemKind.HELD)


def test_held_things_are_accepted_or_dropped(pair):
    a = pair.sheets["A"]
    long = "这个名字实在是太长太长太长了"
    a.set(a.find("no", "C001"), "name", long)
    a.set(a.find("no", "C002"), "name", long)
    a.append({"name": long, "phone": "9"})
    held = {h.position: h.id for h in pair.sync("A").held}
    pair.settle()
    one, two, three = (held[p] for p in sorted(held))
    pair.accept(one)
    pair.drop(two)
    pair.drop(three)
    pair.settle()
    assert pair.table()["C001"]["name"] == long
    assert pair.table()["C002"]["name"] == "李四"
    assert len(pair.table()) == 4
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_errors_and_formulas(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    at = a.find("no", "C001")
    a.mark(at, "note", Mark.ERROR, "#REF!")
    two = a.find("no", "C002")
    a.set(two, "note", "computed")
    a.mark(two, "note", Mark.FORMULA)
    report = pair.sync("A")
    (rejected,) = report.rejected
    assert rejected.code == "cell.error_value"
    assert pair.table()["C001"]["note"] == "a"
    assert pair.table()["C002"]["note"] == "computed"
    pair.settle()
    b.set(b.find("no", "C002"), "note", "typed over")
    pair.sync("B")
    report = pair.sync("A")
    assert any(n.code == "undelivered.formula" for n in report.plan.notices)
    assert a.row(two).marks["note"] is Mark.FORMULA
    assert not pair.sync("A").rejected
    a.set(at, "note", "mended")
    pair.sync("A")
    assert pair.table()["C001"]["note"] == "mended"


def test_guards_stop_mass_deletion_blanked_columns_and_empty_sheets(pair):
    a = pair.sheets["A"]
    saved = a.saved()
    head = pair.store.head("customers")
    for _ in range(4):
        a.delete(a.first_row)
    with pytest.raises(GuardError, match=r"guard\.empty"):
        pair.sync("A")
    with pytest.raises(GuardError, match=r"guard\.deletions"):
        pair.sync("A", allowed={"empty": None})
    a.restore(saved)
    for position in range(a.first_row, a.first_row + 4):
        a.set(position, "note", None)
    with pytest.raises(GuardError, match=r"guard\.blanked"):
        pair.sync("A")
    assert pair.store.head("customers") == head
    pair.sync("A", allowed={"blanked": 4})
    assert pair.store.head("customers") == head + 1


def test_a_sort_that_left_the_ids_behind_is_aligned(pair):
    a = pair.sheets["A"]
    ids = {no: pair.id_of("A", no) for no in ("C001", "C002", "C003", "C004")}
    a.sort("phone", reverse=True, with_ids=False)
    report = pair.sync("A")
    assert report.plan.to_store == 0
    assert {no: pair.id_of("A", no) for no in ids} == ids


def test_an_unknown_stamp_stops(pair):
    pair.sheets["A"].stamp = "epoch-1:b-A:older"
    with pytest.raises(GuardError, match=r"stamp.ahead"):
        pair.sync("A")


def test_an_incomplete_reading_deletes_nothing(pair):
    a = pair.sheets["A"]
    a.set(a.find("no", "C001"), "note", "edited")
    taken = a.cut(a.find("no", "C004"))
    a.is_complete = False
    pair.sync("A")
    assert set(pair.table()) == {"C001", "C002", "C003", "C004"}
    assert pair.table()["C001"]["note"] == "edited"
    a.paste(taken, a.first_row + 3)
    a.is_complete = True
    pair.settle()
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_what_an_incomplete_reading_left_out_is_looked_at_again(pair):
    a = pair.sheets["A"]
    a.delete(a.find("no", "C004"))
    real, parts = a.observe, [False]
    a.observe = lambda: replace(real(), complete=parts[0])
    pair.sync("A")
    assert "C004" in pair.table()
    parts[0] = True
    pair.sync("A")
    assert "C004" not in pair.table()


@pytest.mark.parametrize("field", ["note", "phone"])
@pytest.mark.parametrize("access", ["hide", "mask", "read"])
def test_a_deletion_that_an_incomplete_reading_left_out_loses_to_what_others_changed(world, field, access):
    world.add("A", CUSTOMERS)
    world.add("B", rule={"columns": {"*": "write", "note": access}, "delete": True})
    world.settle()
    a, b = world.sheets["A"], world.sheets["B"]
    b.delete(b.find("no", "C001"))
    a.set(a.find("no", "C001"), field, "newer")
    world.sync("A")
    real, parts = b.observe, [False]
    b.observe = lambda: replace(real(), complete=parts[0])
    world.sync("B")
    world.sync("B")
    parts[0] = True
    world.sync("B")
    assert world.table()["C001"][field] == "newer"
    assert [item.code for item in world.store.items()] == ["conflict.delete_modify"]


def test_a_row_that_was_shown_again_after_an_incomplete_reading_is_deleted(world):
    world.add("A", CUSTOMERS)
    world.add("B", rule={"columns": {"*": "write", "note": "hide"}, "delete": True})
    world.settle()
    a, b = world.sheets["A"], world.sheets["B"]
    a.set(a.find("no", "C001"), "note", "newer")
    world.sync("A")
    taken = b.cut(b.find("no", "C001"))
    b.is_complete = False
    world.sync("B")
    assert world.store.binding("B").overlay.behind == {world.id_of("A", "C001")}
    b.paste(taken, b.first_row)
    b.is_complete = True
    world.sync("B")
    b.delete(b.find("no", "C001"))
    world.sync("B")
    assert "C001" not in world.table()


def test_a_dry_run_decides_the_same_and_touches_nothing(pair):
    a = pair.sheets["A"]
    a.set(a.find("no", "C001"), "note", "edited")
    before = a.revision(), pair.store.head("customers"), pair.store.binding("A")
    dry = pair.sync("A", is_dry=True)
    assert (a.revision(), pair.store.head("customers"), pair.store.binding("A")) == before
    real = pair.sync("A")
    assert dry.plan.changes == real.plan.changes
    assert dry.plan.actions == real.plan.actions


def test_what_comes_in_with_a_warning_is_named_once():
    schema, mistakes = parse_schema(
        "x:severity: {warn: [field.too_long]}\n"
        + SCHEMA_TEXT.replace(
            "{name: phone, type: string}", "{name: phone, type: string, constraints: {maxLength: 3}}"
        ),
        "test",
    )
    assert schema is not None, mistakes
    world = World(schema, MemoryStore("epoch-1"))
    world.add("A", CUSTOMERS)
    world.add("B", rule={"columns": {"*": "write", "phone": "hide"}})
    world.settle()
    a = world.sheets["A"]
    a.set(a.find("no", "C001"), "phone", "12345")
    a.set(a.find("no", "C002"), "note", "plain")
    told = [notice for notice in world.sync("A").plan.notices if notice.code == "admit.doubts"]
    assert [(notice.facts["count"], len(notice.facts["cells"])) for notice in told] == [(1, 1)]
    assert world.table()["C001"]["phone"] == "12345"
    world.settle()
    for name in ("A", "B"):
        sheet = world.sheets[name]
        sheet.set(sheet.find("no", "C001"), "note", f"by {name}")
        assert not [notice for notice in world.sync(name).plan.notices if notice.code == "admit.doubts"]
