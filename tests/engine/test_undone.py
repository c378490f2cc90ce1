"""Undo in a workbook takes back what the last write brought, under the stamp of that write: a person is asked."""

from __future__ import annotations

import pytest
from sheetward.errors import GuardError

NOS = ("C001", "C002", "C003", "C004")


def brought(world, cells, by="B", to="A"):
    """Let one sheet change cells and bring them to another; give the other as it was before."""
    giver, taker = world.sheets[by], world.sheets[to]
    for no, name, value in cells:
        giver.set(giver.find("no", no), name, value)
    world.sync(by)
    before = taker.saved()
    world.sync(to)
    return before


def undo(sheet, before):
    """Put the cells back, as undo does; the stamp stays."""
    stamp = sheet.stamp
    sheet.restore(before)
    sheet.stamp = stamp


def test_undo_stops_and_names_the_rows(pair):
    a = pair.sheets["A"]
    undo(a, brought(pair, [(no, "note", f"new {no}") for no in NOS]))
    head, revision = pair.store.head("customers"), a.revision()
    with pytest.raises(GuardError, match=r"guard\.undone") as stopped:
        pair.sync("A")
    assert stopped.value.facts["guard"] == "undone"
    assert stopped.value.facts["count"] == 4
    assert stopped.value.facts["rows"] == [2, 3, 4, 5]
    assert (pair.store.head("customers"), a.revision()) == (head, revision)


@pytest.mark.parametrize("count", [None, 4])
def test_undo_that_is_meant_is_an_edit(pair, count):
    a = pair.sheets["A"]
    undo(a, brought(pair, [(no, "note", f"new {no}") for no in NOS]))
    pair.sync("A", allowed={"undone": count})
    pair.settle()
    assert [pair.table()[no]["note"] for no in NOS] == ["a", "b", "c", "d"]


def test_two_cells_back_are_edits(pair):
    a = pair.sheets["A"]
    undo(a, brought(pair, [(no, "note", f"new {no}") for no in NOS[:2]]))
    pair.sync("A")
    assert pair.table()["C001"]["note"] == "a"


def test_three_of_four_back_are_edits_four_of_five_are_not(pair):
    a = pair.sheets["A"]
    before = brought(pair, [(no, "note", f"new {no}") for no in NOS])
    undo(a, before)
    a.set(a.find("no", "C004"), "note", "new C004")
    pair.sync("A")
    pair.settle()
    before = brought(pair, [*((no, "note", f"newer {no}") for no in NOS), ("C001", "region", "r")])
    undo(a, before)
    a.set(a.find("no", "C001"), "region", "r")
    with pytest.raises(GuardError, match=r"guard\.undone"):
        pair.sync("A")


def test_undo_of_rows_that_were_appended_does_not_delete_them(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    for number in range(3):
        b.append({"name": f"新人{number}", "phone": str(number), "note": "n"})
    pair.sync("B")
    before = a.saved()
    pair.sync("A")
    undo(a, before)
    with pytest.raises(GuardError, match=r"guard\.undone"):
        pair.sync("A")
    assert len(pair.table()) == 7


def test_one_row_that_was_appended_may_be_deleted(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    b.append({"name": "新人", "phone": "5", "note": "n"})
    pair.settle()
    a.delete(a.find("name", "新人"))
    pair.sync("A")
    assert len(pair.table()) == 4


def test_undo_of_deletions_does_not_bring_the_rows_back(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    for no in NOS[:3]:
        b.delete(b.find("no", no))
    pair.sync("B")
    before = a.saved()
    pair.sync("A")
    undo(a, before)
    with pytest.raises(GuardError, match=r"guard\.undone") as stopped:
        pair.sync("A")
    assert stopped.value.facts["rows"] == [2, 3, 4]
    assert set(pair.table()) == {"C004"}


def test_undo_of_settled_conflicts_is_known(pair):
    a, b = pair.sheets["A"], pair.sheets["B"]
    for no in NOS:
        a.set(a.find("no", no), "note", f"mine {no}")
        b.set(b.find("no", no), "note", f"theirs {no}")
    pair.sync("A")
    for conflict in pair.sync("B").conflicts:
        pair.resolve(conflict.id, "store")
    before = b.saved()
    pair.sync("B")
    undo(b, before)
    with pytest.raises(GuardError, match=r"guard\.undone"):
        pair.sync("B")


def test_what_the_sheet_itself_typed_may_be_typed_back(pair):
    """The last write brought none of these cells: they are the person's own."""
    a = pair.sheets["A"]
    before = a.saved()
    for no in NOS:
        a.set(a.find("no", no), "note", f"typed {no}")
    pair.sync("A")
    undo(a, before)
    pair.sync("A")
    assert [pair.table()[no]["note"] for no in NOS] == ["a", "b", "c", "d"]


def test_the_past_is_not_read_for_a_few_edits(pair):
    """What the guard costs grows with what was undone, not with what was written."""
    a = pair.sheets["A"]
    brought(pair, [(no, name, f"new {no}") for no in NOS for name in ("note", "region")])
    for no in NOS[:3]:
        a.set(a.find("no", no), "phone", f"typed {no}")

    class Watched:
        def __getattr__(self, name):
            assert name != "changes", "the past was read"
            return getattr(pair.store, name)

    pair.sync("A", store=Watched())
    assert pair.table()["C001"]["phone"] == "typed C001"
