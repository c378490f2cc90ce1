"""Laws of the merge of one cell and of two sheets: one side unchanged, the same on both, flipped, idempotent."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from sheetward.cells import Cell, Typed, same
from sheetward.merge.cell import Outcome, classify, settled
from sheetward.table import ThreeWay

CELLS: st.SearchStrategy[Cell] = st.sampled_from([None, "x", "yy", "1", Decimal(1), True, Typed("x", " x")])
POLICIES = st.sampled_from(["ask", "store", "sheet", "longest", "add_up"])
FLIPPED = {Outcome.OURS: Outcome.THEIRS, Outcome.THEIRS: Outcome.OURS}


@given(CELLS, CELLS)
def test_one_side_unchanged_gives_the_other(base: Cell, moved: Cell) -> None:
    expected = Outcome.UNCHANGED if same(base, moved) else Outcome.OURS
    assert classify(ThreeWay(base, moved, base)) is expected
    assert classify(ThreeWay(base, base, moved)) is FLIPPED.get(expected, expected)


@given(CELLS, CELLS)
def test_the_same_edit_on_both_sides_never_conflicts(base: Cell, moved: Cell) -> None:
    assert classify(ThreeWay(base, moved, moved)) in (Outcome.UNCHANGED, Outcome.CONVERGENT)


@given(CELLS, CELLS, CELLS)
def test_flipping_the_sides_flips_nothing_but_the_names(base: Cell, ours: Cell, theirs: Cell) -> None:
    cell = ThreeWay(base, ours, theirs)
    outcome = classify(cell)
    assert classify(cell.flipped()) is FLIPPED.get(outcome, outcome)


@given(CELLS, CELLS, CELLS)
def test_policies_flip_with_the_sides(base: Cell, ours: Cell, theirs: Cell) -> None:
    cell = ThreeWay(base, ours, theirs)
    for policy, other in (("store", "sheet"), ("sheet", "store"), ("longest", "longest"), ("ask", "ask")):
        mine, yours = settled(cell, policy), settled(cell.flipped(), other)
        assert same(mine, yours)


@given(CELLS, CELLS, CELLS, POLICIES)
def test_a_policy_decides_conflicts_only_and_adding_up_agreement_too(
    base: Cell, ours: Cell, theirs: Cell, policy: str
) -> None:
    cell = ThreeWay(base, ours, theirs)
    allowed = {Outcome.CONFLICT, Outcome.CONVERGENT} if policy == "add_up" else {Outcome.CONFLICT}
    if settled(cell, policy) is not None:
        assert classify(cell) in allowed


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_adding_up_counts_both_differences_once(base: int, ours: int, theirs: int) -> None:
    cell: ThreeWay[Cell] = ThreeWay(Decimal(base), Decimal(ours), Decimal(theirs))
    if base not in (ours, theirs):
        assert settled(cell, "add_up") == Decimal(base + (ours - base) + (theirs - base))
