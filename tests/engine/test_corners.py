"""Corners where a mutant of the engine once survived, or a sheet cannot take what is sent."""

from __future__ import annotations

import pytest
from sheetward.errors import UserError
from sheetward.merge.items import ItemKind
from sheetward.ports.replica import AppendRow, Mark
from sheetward.ports.store import CommitNote
from sheetward.sharing import MASK_TEXT, parse_rule


class DeathError(Exception):
    """The process died."""


def dying(point):
    def die(step):
        if step == point:
            raise DeathError(step)

    return die


def test_two_equal_new_rows_are_two_customers_also_after_a_crash(pair):
    a = pair.sheets["A"]
    a.append({"name": "同名"})
    a.append({"name": "同名"})
    with pytest.raises(DeathError):
        pair.sync("A", on_step=dying("after_commit"))
    pair.sync("A")
    pair.settle()
    assert [row["name"] for row in pair.table().values()].count("同名") == 2
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_a_new_row_edited_beyond_recognition_in_its_place_after_a_crash_is_still_that_row(pair):
    a = pair.sheets["A"]
    at = a.append({"name": "新人", "phone": "1"})
    a.append({"name": "新人", "phone": "1"})
    with pytest.raises(DeathError):
        pair.sync("A", on_step=dying("after_commit"))
    a.set(at, "note", "later")
    pair.sync("A")
    pair.settle()
    assert len(pair.table()) == 6
    assert sorted(row.get("note", "") for row in pair.table().values() if row["name"] == "新人") == ["", "later"]


def test_of_two_rows_with_one_id_the_one_most_like_the_past_keeps_it(pair):
    a = pair.sheets["A"]
    identity = pair.id_of("A", "C003")
    at = a.find("no", "C003")
    a.copy_inserted(at, a.first_row)
    a.set(a.first_row, "no", "K1")
    a.set(a.first_row, "name", "别人")
    a.set(a.first_row, "phone", "77")
    pair.sync("A")
    pair.settle()
    assert pair.id_of("A", "C003") == identity
    assert pair.id_of("A", "K1") != identity
    assert pair.table()["C003"]["name"] == "王五"


def test_a_deletion_that_did_not_arrive_before_a_crash_is_no_revival(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    b.delete(b.find("no", "C002"))
    pair.sync("B")
    with pytest.raises(DeathError):
        pair.sync("A", on_step=dying("after_commit"))
    assert a.find("no", "C002")
    pair.sync("A")
    pair.settle()
    assert "C002" not in pair.table()
    assert "C002" not in pair.shown("A")


def test_a_value_that_arrived_before_a_crash_is_the_base_of_the_next_edit(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    b.set(b.find("no", "C001"), "note", "from B")
    pair.sync("B")
    with pytest.raises(DeathError):
        pair.sync("A", on_step=dying("before_confirm"))
    a.set(a.find("no", "C001"), "note", "after")
    assert not pair.sync("A").conflicts
    assert pair.table()["C001"]["note"] == "after"


def test_a_conflict_survives_an_error_in_its_cell(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "note", "111")
    b.set(b.find("no", "C001"), "note", "222")
    pair.sync("A")
    (conflict,) = pair.sync("B").conflicts
    b.mark(b.find("no", "C001"), "note", Mark.ERROR, "#NAME?")
    pair.sync("B")
    (still,) = pair.store.items(kind=ItemKind.CONFLICT)
    assert still.id == conflict.id


def test_a_formula_whose_result_is_an_error_is_named_once(pair):
    a = pair.sheets["A"]
    row = a.row(a.find("no", "C001"))
    row.marks["note"], row.errors["note"] = Mark.UNCACHED, "#DIV/0!"
    assert [r.code for r in pair.sync("A").rejected] == ["cell.error_value"]
    a.save()
    assert not pair.sync("A").rejected
    assert pair.table()["C001"]["note"] == "a"


@pytest.fixture
def masked(world):
    """A sheet whose phone column is masked at first."""
    world.add("HQ", [{"no": "C001", "name": "张三", "phone": "1"}, {"no": "C002", "name": "李四", "phone": "2"}])
    world.add("M", rule={"columns": {"*": "write", "phone": "mask"}})
    world.settle()
    return world


def change_rule(world, name, data):
    parsed, mistakes = parse_rule(data, world.schema, {})
    assert parsed is not None, mistakes
    world.store.save_rule(
        "customers", f"role-{name}", parsed.data, CommitNote(world.word(), "x", world.clock.now(), "api")
    )


def test_a_column_that_is_no_longer_masked_is_shown_and_what_was_typed_over_a_mask_is_a_conflict(masked):
    sheet = masked.sheets["M"]
    change_rule(masked, "M", {"columns": {"*": "write"}})
    sheet.set(sheet.find("no", "C001"), "phone", "9")
    report = masked.sync("M")
    assert [(c.base, c.store, c.sheet) for c in report.conflicts] == [("1", "1", "9")]
    assert masked.table()["C001"]["phone"] == "1", "nobody knew what they replaced"
    masked.settle()
    assert masked.shown("M")["C002"]["phone"] == "2"
    masked.resolve(report.conflicts[0].id, "sheet")
    masked.settle()
    assert masked.table()["C001"]["phone"] == "9"


def test_a_column_that_is_masked_from_now_on_leaves_the_sheet(masked):
    change_rule(masked, "M", {"columns": {"*": "write", "phone": "mask", "name": "mask"}})
    report = masked.sync("M")
    assert report.plan.is_purging
    masked.settle()
    assert "张三" not in repr([row.cells for row in masked.sheets["M"].rows])
    assert masked.table()["C001"]["name"] == "张三"


@pytest.mark.parametrize(
    ("access", "code"), [("mask", "share.masked"), ("read", "share.read_only"), ("hide", "share.hidden")]
)
@pytest.mark.parametrize("waiting", ["conflict", "held"])
def test_what_waits_in_a_column_that_may_be_written_no_longer_is_rejected_not_lost(masked, access, code, waiting):
    hq, sheet = masked.sheets["HQ"], masked.sheets["M"]
    typed = "李四四" if waiting == "conflict" else "a name that is much too long"
    if waiting == "conflict":
        hq.set(hq.find("no", "C002"), "name", "李四五")
        masked.sync("HQ")
    sheet.set(sheet.find("no", "C002"), "name", typed)
    first = masked.sync("M")
    assert [i.sheet for i in (*first.conflicts, *first.held)] == [typed]
    change_rule(masked, "M", {"columns": {"*": "write", "phone": "mask", "name": access}})
    report = masked.sync("M")
    assert [(i.field, i.code, i.sheet) for i in report.rejected] == [("name", code, typed)]
    assert [i.kind for i in masked.store.items()] == [ItemKind.REJECTED]
    masked.settle()
    assert typed not in repr([row.cells for row in sheet.rows])
    assert [i.sheet for i in masked.store.items()] == [typed]


def test_new_rows_wait_where_there_is_no_room_and_everything_else_arrives(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    b.set(b.find("no", "C001"), "note", "from B")
    b.append({"name": "新人", "phone": "5"})
    pair.sync("B")
    full = [True]

    def refuse(number):
        if full[0] and appends[0]:
            raise UserError("patch.no_room", file="x", tab="y", row=9)

    appends = [0]
    real = a.write

    def write(batch, revision):
        appends[0] = sum(isinstance(action, AppendRow) for action in batch.actions)
        return real(batch, revision)

    a.write = write
    a.before_action = refuse
    report = pair.sync("A")
    assert [n.code for n in report.plan.notices] == ["sheet.no_room"]
    assert pair.shown("A")["C001"]["note"] == "from B"
    assert "C005" not in pair.shown("A")
    a.set(a.find("no", "C002"), "note", "go on")
    pair.sync("A")
    assert pair.table()["C005"]["name"] == "新人"
    full[0] = False
    a.save()
    pair.settle()
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_a_text_longer_than_a_cell_stays_in_the_store_and_is_named(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    b.set(b.find("no", "C001"), "note", "长" * 40_000)
    b.append({"name": "新人", "note": "长" * 40_000})
    pair.sync("B")
    report = pair.sync("A")
    assert [n.code for n in report.plan.notices] == ["undelivered.too_long"] * 2
    assert pair.shown("A")["C001"]["note"] == "a"
    assert pair.shown("A")["C005"]["name"] == "新人"
    a.save()
    assert not pair.sync("A").plan.changes
    assert len(pair.table()["C001"]["note"]) == 40_000


def test_a_number_that_waits_in_a_held_row_is_given_to_nobody_else(world):
    sheet = world.add("A", [
        {"no": "C001", "name": "张三", "phone": "1"},
        {"no": "C002", "name": "这个名字实在是太长太长太长了", "phone": "2"},
        {"name": "无号", "phone": "3"},
    ])  # fmt: skip
    world.sync("A")
    assert {row["name"]: no for no, row in world.table().items()} == {"张三": "C001", "无号": "C003"}
    sheet.set(sheet.find("no", "C002"), "name", "李四")
    assert not world.sync("A").held
    assert world.table()["C002"]["name"] == "李四"


def test_a_number_that_every_row_must_have_is_not_emptied(pair):
    sheet = pair.sheets["A"]
    sheet.set(sheet.find("no", "C002"), "no", None)
    report = pair.sync("A")
    assert [(h.code, h.field) for h in report.held] == [("field.required", "no")]
    assert "C002" in pair.table()
    pair.drop(report.held[0].id)
    pair.settle()
    assert "C002" in pair.shown("A")


def test_a_mask_typed_over_what_waits_is_put_back_as_it_waited(pair):
    a = pair.sheets["A"]
    a.set(a.find("no", "C001"), "name", "x" * 11)
    pair.sync("A")
    (held,) = pair.store.items()
    a.set(a.find("no", "C001"), "name", MASK_TEXT)
    pair.settle()
    assert pair.shown("A")["C001"]["name"] == "x" * 11
    assert [item.id for item in pair.store.items()] == [held.id]
    pair.accept(held.id)
    pair.settle()
    assert pair.table()["C001"]["name"] == pair.shown("B")["C001"]["name"] == "x" * 11
