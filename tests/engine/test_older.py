"""An older copy of a sheet comes back: from a backup, a mail, a synced folder. It is no fresh edit."""

from __future__ import annotations

import pytest
from sheetward.errors import GuardError
from sheetward.merge.items import ItemKind


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


def test_a_stamp_that_the_store_never_knew_stops(pair):
    pair.sheets["A"].stamp = "epoch-1:b-A:elsewhere"
    with pytest.raises(GuardError, match=r"stamp\.unknown"):
        pair.sync("A")
