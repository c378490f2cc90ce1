"""An older copy of a sheet comes back: from a backup, a mail, a synced folder. It is no fresh edit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sheetward.errors import GuardError
from sheetward.merge.items import ItemKind
from sheetward.ports.store import CommitNote
from sheetward.sharing import parse_rule

from .conftest import SCHEMA_TEXT


def codes(report):
    return [notice.code for notice in report.plan.notices]


def test_what_was_merged_since_is_not_taken_back(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    copy = a.saved()
    a.set(a.find("no", "C001"), "note", "mine")
    pair.sync("A")
    b.set(b.find("no", "C002"), "note", "theirs")
    pair.sync("B")
    pair.settle()
    a.restore(copy)
    report = pair.sync("A")
    assert "sync.older" in codes(report)
    assert report.plan.to_store == 0
    pair.settle()
    assert pair.table()["C001"]["note"] == "mine"
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_an_edit_typed_into_the_older_copy_is_an_edit(pair):
    a = pair.sheets["A"]
    copy = a.saved()
    a.set(a.find("no", "C001"), "note", "mine")
    pair.sync("A")
    a.restore(copy)
    a.set(a.find("no", "C003"), "note", "typed into the copy")
    pair.sync("A")
    pair.settle()
    assert pair.table()["C003"]["note"] == "typed into the copy"
    assert pair.table()["C001"]["note"] == "mine"


def test_an_edit_that_was_synced_and_replaced_by_others_is_not_repeated(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "note", "mine")
    copy = a.saved()
    pair.sync("A")
    pair.sync("B")
    b.set(b.find("no", "C001"), "note", "theirs, later")
    pair.sync("B")
    pair.sync("A")
    a.restore(copy)
    report = pair.sync("A")
    assert not report.conflicts
    pair.settle()
    assert pair.table()["C001"]["note"] == "theirs, later"
    assert pair.shown("A")["C001"]["note"] == "theirs, later"


def test_rows_typed_before_the_copy_are_not_added_twice(pair):
    a = pair.sheets["A"]
    a.append({"name": "新人", "phone": "5"})
    a.append({"name": "新人", "phone": "5"})
    copy = a.saved()
    pair.sync("A")
    a.restore(copy)
    pair.sync("A")
    pair.settle()
    assert [row["name"] for row in pair.table().values()].count("新人") == 2
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_a_row_typed_before_the_copy_and_edited_there_is_a_conflict(pair):
    a = pair.sheets["A"]
    at = a.append({"name": "新人", "phone": "5", "region": "r", "note": "x"})
    copy = a.saved()
    pair.sync("A")
    a.restore(copy)
    a.set(at, "note", "y")
    (conflict,) = pair.sync("A").conflicts
    assert (conflict.store, conflict.sheet) == ("x", "y")
    assert len(pair.table()) == 5


def test_rows_added_since_come_back_and_rows_deleted_since_go(pair):
    a = pair.sheets["A"]
    copy = a.saved()
    a.append({"name": "新人", "phone": "5"})
    a.delete(a.find("no", "C002"))
    pair.sync("A")
    a.restore(copy)
    pair.sync("A")
    pair.settle()
    assert "C002" not in pair.table()
    assert "C005" in pair.shown("A")
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_a_deletion_made_in_the_copy_is_not_repeated_on_a_row_that_came_back(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    taken = b.row(b.find("no", "C002")).copied()
    a.delete(a.find("no", "C002"))
    copy = a.saved()
    pair.sync("A")
    pair.settle()
    b.paste(taken, b.first_row + 6)
    pair.sync("B")
    pair.settle()
    a.restore(copy)
    pair.sync("A")
    pair.settle()
    assert "C002" in pair.table()
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_an_open_conflict_is_attached_again(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    copy = b.saved()
    a.set(a.find("no", "C001"), "note", "111")
    b.set(b.find("no", "C001"), "note", "222")
    pair.sync("A")
    (conflict,) = pair.sync("B").conflicts
    b.restore(copy)
    (still,) = pair.sync("B").conflicts
    assert still.id == conflict.id
    assert b.row(b.find("no", "C001")).cells["note"] == "222"
    pair.resolve(still.id, "sheet")
    pair.settle()
    assert pair.table()["C001"]["note"] == "222"


def test_a_settled_conflict_is_no_edit(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "note", "111")
    b.set(b.find("no", "C001"), "note", "222")
    pair.sync("A")
    (conflict,) = pair.sync("B").conflicts
    copy = b.saved()
    pair.resolve(conflict.id, "store")
    pair.settle()
    b.restore(copy)
    assert not pair.sync("B").conflicts
    pair.settle()
    assert pair.shown("B")["C001"]["note"] == "111"


def test_a_held_value_and_a_held_row_are_attached_again(pair):
    a = pair.sheets["A"]
    copy = a.saved()
    a.set(a.find("no", "C001"), "name", "这个名字实在是太长太长太长了")
    a.append({"no": "C002", "name": "冒名", "phone": "9"})
    held = {item.id for item in pair.sync("A").held}
    a.restore(copy)
    assert {item.id for item in pair.sync("A").held} == held
    assert a.find("name", "这个名字实在是太长太长太长了")
    assert a.find("name", "冒名")
    report = pair.sync("A")
    assert report.plan is None or not report.plan.actions
    assert {item.id for item in pair.store.items(kind=ItemKind.HELD)} == held


def test_an_older_copy_put_back_while_a_write_is_pending_takes_nothing_back(pair):
    """It bears the true stamp: a value of the past may be an edit, so a person is asked; the row is put back."""
    a = pair.sheets["A"]
    copy = a.saved()
    a.set(a.find("no", "C001"), "note", "mine")
    a.append({"name": "新人", "phone": "5"})

    def die(step):
        if step == "after_commit":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pair.sync("A", on_step=die)
    a.restore(copy)
    (conflict,) = pair.sync("A").conflicts
    assert (conflict.store, conflict.sheet) == ("mine", "a")
    assert pair.table()["C001"]["note"] == "mine"
    assert len(pair.table()) == 5
    pair.resolve(conflict.id, "store")
    pair.settle()
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_two_older_copies_one_after_the_other(pair):
    a = pair.sheets["A"]
    first = a.saved()
    a.set(a.find("no", "C001"), "note", "1")
    pair.sync("A")
    second = a.saved()
    a.set(a.find("no", "C001"), "note", "2")
    pair.sync("A")
    for copy in (first, second, first):
        a.restore(copy)
        pair.sync("A")
        pair.settle()
        assert pair.table()["C001"]["note"] == "2"
        assert pair.shown("A") == pair.table()


def test_a_copy_from_before_the_sheet_had_another_role_stops_and_says_so(pair):
    a = pair.sheets["A"]
    copy = a.saved()
    a.set(a.find("no", "C001"), "note", "since")
    pair.settle()
    rule, _ = parse_rule({"columns": {"*": "write"}}, pair.schema, {})
    pair.store.save_rule("customers", "role-new", rule.data, CommitNote("w1", "boss", pair.clock.now(), "share"))
    state = pair.store.binding("A")
    pair.store.save_binding(replace(state, number=state.number + 1, role="role-new"))
    pair.settle()
    a.restore(copy)
    with pytest.raises(GuardError) as stopped:
        pair.sync("A")
    assert (stopped.value.code, stopped.value.facts["name"]) == ("stamp.other_role", "A")


def test_a_stamp_that_the_store_never_knew_stops(pair):
    pair.sheets["A"].stamp = "epoch-1:b-A:elsewhere"
    with pytest.raises(GuardError, match=r"stamp\.ahead"):
        pair.sync("A")


def test_a_convergent_edit_gives_a_new_stamp_so_that_an_older_copy_does_not_take_it_back(pair):
    """Else two contents share one stamp, and the copy from before would be a fresh edit."""
    a, b = pair.sheets["A"], pair.sheets["B"]
    copy = b.saved()
    for sheet in (a, b):
        sheet.set(sheet.find("no", "C001"), "note", "both")
    pair.sync("A")
    pair.sync("B")
    assert b.stamp != copy.stamp
    b.restore(copy)
    assert "sync.older" in codes(pair.sync("B"))
    pair.settle()
    assert pair.table()["C001"]["note"] == "both"
    assert pair.shown("B") == pair.table()


def test_a_row_deleted_on_both_sides_does_not_come_back_with_an_older_copy(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    copy = b.saved()
    for sheet in (a, b):
        sheet.delete(sheet.find("no", "C002"))
    pair.sync("A")
    pair.sync("B")
    b.restore(copy)
    pair.sync("B")
    pair.settle()
    assert "C002" not in pair.table()
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_a_row_typed_before_the_copy_and_deleted_since_goes(pair):
    a = pair.sheets["A"]
    a.append({"name": "新人", "phone": "5", "region": "r"})
    copy = a.saved()
    pair.sync("A")
    pair.settle()
    a.delete(a.find("name", "新人"))
    pair.sync("A")
    pair.settle()
    a.restore(copy)
    report = pair.sync("A")
    assert not report.conflicts
    pair.settle()
    assert len(pair.table()) == 4
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_a_row_typed_before_the_copy_edited_there_and_deleted_since_is_for_a_person(pair):
    a = pair.sheets["A"]
    at = a.append({"name": "新人", "phone": "5", "region": "r", "note": "x"})
    copy = a.saved()
    pair.sync("A")
    pair.settle()
    a.delete(a.find("name", "新人"))
    pair.sync("A")
    a.restore(copy)
    a.set(at, "note", "y")
    (conflict,) = pair.sync("A").conflicts
    assert conflict.code == "conflict.delete_modify"
    assert len(pair.table()) == 4


def test_a_held_value_that_the_copy_bears_stays_held(pair):
    a = pair.sheets["A"]
    a.set(a.find("no", "C001"), "name", "这个名字实在是太长太长太长了")
    (held,) = pair.sync("A").held
    copy = a.saved()
    a.set(a.find("no", "C002"), "note", "since")
    pair.sync("A")
    a.restore(copy)
    (still,) = pair.sync("A").held
    assert still.id == held.id
    assert a.find("name", "这个名字实在是太长太长太长了")
    assert pair.table()["C001"]["name"] == "张三"


@pytest.mark.parametrize("is_before_it_was_held", [True, False])
def test_a_held_row_in_an_earlier_state_is_the_current_one(pair, is_before_it_was_held):
    a = pair.sheets["A"]
    at = a.append({"no": "C002", "name": "冒名", "phone": "9", "region": "r"})
    copy = a.saved()
    pair.sync("A")
    if not is_before_it_was_held:
        copy = a.saved()
    a.set(at, "region", "newer")
    (held,) = pair.sync("A").held
    a.restore(copy)
    (still,) = pair.sync("A").held
    assert still.id == held.id
    assert a.row(a.find("name", "冒名")).cells["region"] == "newer"
    assert [row.cells.get("name") for row in a.rows].count("冒名") == 1
    pair.drop(still.id)
    pair.settle()
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_a_held_row_edited_in_the_older_copy_is_what_was_typed_there(pair):
    a = pair.sheets["A"]
    at = a.append({"no": "C002", "name": "冒名", "phone": "9", "region": "r", "note": "n"})
    copy = a.saved()
    pair.sync("A")
    a.restore(copy)
    a.set(at, "region", "typed in the copy")
    (held,) = pair.sync("A").held
    assert held.row_cells["region"] == "typed in the copy"
    assert [row.cells.get("name") for row in a.rows].count("冒名") == 1


@pytest.mark.parametrize("is_before_it_was_held", [True, False])
@pytest.mark.parametrize("end", ["dropped", "deleted", "accepted", "mended"])
def test_a_held_row_settled_since_is_no_edit(pair, is_before_it_was_held, end):
    a = pair.sheets["A"]
    name = "新人" if end != "accepted" else "这个名字实在是太长太长太长了"
    no = "C002" if end != "accepted" else "C009"
    at = a.append({"no": no, "name": name, "phone": "9", "region": "r", "note": "n"})
    copy = a.saved()
    (held,) = pair.sync("A").held
    if not is_before_it_was_held:
        copy = a.saved()
    if end == "dropped":
        pair.drop(held.id)
    elif end == "accepted":
        pair.accept(held.id)
    elif end == "deleted":
        a.delete(at)
    else:
        a.set(at, "no", "C077")
    pair.settle()
    table = pair.table()
    assert len(table) == (4 if end in ("dropped", "deleted") else 5)
    a.restore(copy)
    report = pair.sync("A")
    assert not report.held
    assert not report.conflicts
    pair.settle()
    assert pair.table() == table
    assert pair.shown("A") == pair.shown("B") == table


def test_a_conflict_about_a_row_that_the_copy_lacks_is_attached_to_the_row_put_back(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    copy = b.saved()
    a.append({"name": "新人", "phone": "5", "note": "n"})
    pair.settle()
    a.set(a.find("name", "新人"), "note", "111")
    b.set(b.find("name", "新人"), "note", "222")
    pair.sync("A")
    (conflict,) = pair.sync("B").conflicts
    b.restore(copy)
    (still,) = pair.sync("B").conflicts
    assert still.id == conflict.id
    assert b.row(b.find("name", "新人")).cells["note"] == "222"
    pair.resolve(still.id, "sheet")
    pair.settle()
    assert pair.table()["C005"]["note"] == "222"


def test_a_column_that_adds_up_never_adds_from_an_older_copy(world):
    from sheetward_schemas import parse_schema

    text = SCHEMA_TEXT.replace("{name: amount, type: number}", '{name: amount, type: number, "x:merge": add_up}')
    schema, mistakes = parse_schema(text, "test")
    assert schema is not None, mistakes
    world.schema = schema
    world.add("A", [{"no": "C001", "name": "张三", "phone": "1", "amount": Decimal(100)}])
    world.add("B")
    world.settle()
    a, b = world.sheets["A"], world.sheets["B"]
    copy = a.saved()
    b.set(b.find("no", "C001"), "amount", Decimal(110))
    world.sync("B")
    world.settle()
    a.restore(copy)
    a.set(a.find("no", "C001"), "amount", Decimal(105))
    (conflict,) = world.sync("A").conflicts
    assert (conflict.base, conflict.store, conflict.sheet) == (Decimal(100), Decimal(110), Decimal(105))
    assert world.table()["C001"]["amount"] == Decimal(110)


def test_a_value_in_conflict_long_before_the_copy_is_an_edit_when_it_is_typed_again(pair):
    """Only what the sheet had since the copy is the past."""
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "note", "111")
    b.set(b.find("no", "C001"), "note", "222")
    pair.sync("A")
    (conflict,) = pair.sync("B").conflicts
    pair.resolve(conflict.id, "store")
    pair.settle()
    copy = b.saved()
    b.set(b.find("no", "C003"), "note", "since")
    pair.sync("B")
    b.restore(copy)
    b.set(b.find("no", "C001"), "note", "222")
    pair.sync("B")
    pair.settle()
    assert pair.table()["C001"]["note"] == "222"


def test_a_pending_write_is_dropped_when_an_older_copy_is_put_back(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    copy = a.saved()
    a.set(a.find("no", "C001"), "note", "first")
    pair.sync("A")
    b.set(b.find("no", "C002"), "note", "theirs")
    pair.sync("B")
    a.append({"name": "新人", "phone": "5"})

    def die(step):
        if step == "after_commit":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pair.sync("A", on_step=die)
    a.restore(copy)
    report = pair.sync("A")
    assert "sync.older" in codes(report)
    state = pair.store.binding("A")
    assert state is not None
    assert state.pending is None
    pair.settle()
    assert len(pair.table()) == 5
    assert pair.table()["C001"]["note"] == "first"
    assert pair.shown("A") == pair.shown("B") == pair.table()
