"""Settling compares before it sets: what others changed since a person was shown something is not overwritten unseen."""

from __future__ import annotations

import pytest
from sheetward.diff import Changeset
from sheetward.errors import GuardError, TransientError
from sheetward.merge.items import ItemKind
from sheetward.ports.store import CommitNote, Transaction


def only(world, kind):
    (item,) = world.store.items(kind=kind)
    return item


def edit(world, sheet, no, field, value):
    grid = world.sheets[sheet]
    row_id = world.id_of(sheet, no)
    at = next(p for p in range(grid.first_row, grid.first_row + len(grid.rows)) if grid.row(p).row_id == row_id)
    grid.set(at, field, value)


def delete(world, sheet, no):
    grid = world.sheets[sheet]
    row_id = world.id_of(sheet, no)
    at = next(p for p in range(grid.first_row, grid.first_row + len(grid.rows)) if grid.row(p).row_id == row_id)
    grid.delete(at)


def test_a_held_value_is_not_accepted_over_one_that_came_meanwhile(pair):
    edit(pair, "A", "C001", "name", "a name that is far too long")
    pair.sync("A")
    held = only(pair, ItemKind.HELD)
    edit(pair, "B", "C001", "name", "newer")
    pair.sync("B")
    with pytest.raises(GuardError) as refused:
        pair.accept(held.id)
    assert refused.value.code == "held.moved"
    conflict = only(pair, ItemKind.CONFLICT)
    assert (conflict.id, conflict.store, conflict.sheet) == (refused.value.facts["new"], "newer", held.sheet)
    assert pair.table()["C001"]["name"] == "newer"
    pair.settle()
    assert only(pair, ItemKind.CONFLICT).id == conflict.id
    pair.resolve(conflict.id, "store")
    pair.settle()
    assert pair.shown("A")["C001"]["name"] == "newer"


def test_a_held_value_is_accepted_where_the_store_has_what_was_typed_over(pair):
    edit(pair, "A", "C001", "name", "a name that is far too long")
    pair.sync("A")
    pair.accept(only(pair, ItemKind.HELD).id)
    assert pair.table()["C001"]["name"] == "a name that is far too long"


def test_a_row_is_not_deleted_with_a_state_that_nobody_who_chooses_has_seen(pair):
    delete(pair, "A", "C001")
    edit(pair, "B", "C001", "phone", "1")
    pair.sync("B")
    pair.sync("A")
    conflict = only(pair, ItemKind.CONFLICT)
    edit(pair, "B", "C001", "phone", "2")
    pair.sync("B")
    with pytest.raises(GuardError) as refused:
        pair.resolve(conflict.id, "delete")
    assert refused.value.code == "conflict.refreshed"
    pair.sync("A")
    fresh = only(pair, ItemKind.CONFLICT)
    assert fresh.id != conflict.id
    pair.resolve(fresh.id, "delete")
    pair.settle()
    assert "C001" not in pair.table()
    assert "C001" not in pair.shown("B")


def test_a_row_that_was_pasted_over_is_not_deleted_after_others_changed_it(pair):
    a = pair.sheets["A"]
    a.copy(a.first_row, a.first_row + 1)
    pair.sync("A")
    covered = next(i for i in pair.store.items(kind=ItemKind.HELD) if i.code == "identity.pasted_over")
    no = next(n for n, row in pair.table().items() if pair.id_of("B", n) == covered.row)
    edit(pair, "B", no, "phone", "newer")
    pair.sync("B")
    with pytest.raises(GuardError) as refused:
        pair.accept(covered.id)
    assert refused.value.code == "held.row_moved"
    assert pair.table()[no]["phone"] == "newer"
    pair.drop(covered.id)
    pair.settle()
    assert pair.shown("A")[no]["phone"] == "newer"


def test_what_is_committed_while_somebody_settles_is_not_overwritten(pair):
    edit(pair, "A", "C001", "phone", "a")
    edit(pair, "B", "C001", "phone", "b")
    pair.sync("A")
    pair.sync("B")
    conflict = only(pair, ItemKind.CONFLICT)
    read = pair.store.rows

    def meanwhile(*asked):
        answer = read(*asked)
        pair.store.rows = read
        edit(pair, "A", "C001", "phone", "while choosing")
        pair.sync("A")
        return answer

    pair.store.rows = meanwhile
    with pytest.raises(TransientError):
        pair.resolve(conflict.id, "sheet")
    assert pair.table()["C001"]["phone"] == "while choosing"


def kept_row(world):
    """Let B change a row that the table has no more, and the boss keep it; B is not synced since."""
    delete(world, "A", "C001")
    world.sync("A")
    edit(world, "B", "C001", "name", "mine")
    world.sync("B")
    world.resolve(only(world, ItemKind.CONFLICT).id, "keep")


def test_a_kept_row_that_others_changed_since_is_not_deleted_unseen(pair):
    kept_row(pair)
    pair.sync("A")
    edit(pair, "A", "C001", "phone", "newer")
    pair.sync("A")
    delete(pair, "B", "C001")
    pair.sync("B")
    assert only(pair, ItemKind.CONFLICT).code == "conflict.delete_modify"
    assert pair.table()["C001"]["phone"] == "newer"


def test_a_kept_row_that_was_gone_and_put_back_since_is_not_deleted_unseen(pair):
    kept_row(pair)
    pair.sync("A")
    delete(pair, "A", "C001")
    pair.sync("A")
    revived = pair.store.deleted("customers")
    note = CommitNote(pair.word(), "boss", pair.clock.now(), "restore")
    pair.store.apply(Transaction("customers", pair.store.head("customers"), note, Changeset(added=revived)))
    delete(pair, "B", "C001")
    pair.sync("B")
    assert only(pair, ItemKind.CONFLICT).code == "conflict.delete_modify"
    assert "C001" in pair.table()


def test_a_kept_row_that_others_changed_in_a_hidden_column_is_not_deleted_unseen(world):
    world.add("A", [{"no": f"C00{n}", "name": f"n{n}", "phone": f"{n}", "note": "old"} for n in range(1, 5)])
    world.add("B", rule={"columns": {"*": "write", "note": "hide"}, "delete": True})
    world.settle()
    kept_row(world)
    world.sync("A")
    edit(world, "A", "C001", "note", "newer")
    world.sync("A")
    delete(world, "B", "C001")
    world.sync("B")
    assert only(world, ItemKind.CONFLICT).code == "conflict.delete_modify"
    assert world.table()["C001"]["note"] == "newer"


def test_a_kept_row_that_nobody_changed_since_is_deleted_as_it_was_shown(pair):
    kept_row(pair)
    delete(pair, "B", "C001")
    pair.settle()
    assert not pair.store.items()
    assert "C001" not in pair.table()


def test_an_accepted_row_that_others_changed_since_is_not_deleted_unseen(pair):
    pair.sheets["B"].append({"no": "C009", "name": "a name that is far too long", "phone": "1"})
    pair.sync("B")
    pair.accept(only(pair, ItemKind.HELD).id)
    pair.sync("A")
    edit(pair, "A", "C009", "phone", "newer")
    pair.sync("A")
    delete(pair, "B", "C009")
    pair.sync("B")
    assert only(pair, ItemKind.CONFLICT).code == "conflict.delete_modify"
    assert pair.table()["C009"]["phone"] == "newer"
