"""Settling compares before it sets: what others changed since a person was shown something is not overwritten unseen."""

from __future__ import annotations

import pytest
from sheetward.errors import GuardError, TransientError
from sheetward.merge.items import ItemKind


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
