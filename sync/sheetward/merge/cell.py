"""The truth table of one cell, and the policies that may decide before it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from sheetward.cells import Cell, same, value_of
from sheetward.table import ThreeWay


class Outcome(StrEnum):
    """The closed vocabulary of what can become of one cell."""

    UNCHANGED = "unchanged"
    OURS = "ours"
    THEIRS = "theirs"
    CONVERGENT = "convergent"
    CONFLICT = "conflict"


def classify(cell: ThreeWay[Cell]) -> Outcome:
    """Say which side changed one cell.

    ========  ========  ==========
    ours      theirs    outcome
    ========  ========  ==========
    = base    = base    unchanged
    moved     = base    ours
    = base    moved     theirs
    moved     = ours    convergent
    moved     moved     conflict
    ========  ========  ==========

    >>> classify(ThreeWay("a", "b", "b")), classify(ThreeWay("a", "b", "c"))
    (<Outcome.CONVERGENT: 'convergent'>, <Outcome.CONFLICT: 'conflict'>)
    """
    if same(cell.base, cell.theirs):
        return Outcome.UNCHANGED if same(cell.base, cell.ours) else Outcome.OURS
    if same(cell.base, cell.ours):
        return Outcome.THEIRS
    return Outcome.CONVERGENT if same(cell.ours, cell.theirs) else Outcome.CONFLICT


def settled(cell: ThreeWay[Cell], policy: str) -> Cell | None:
    """Give the value that a column's policy decides on, or `None` where the truth table is to decide.

    Policies: `ask` (never decides), `store`, `sheet`, `longest` (text; equal lengths ask) settle conflicts only.
    `add_up` adds the sheet's difference to the store's number, also when both typed the same: two people who each
    booked 10 booked 20.

    >>> settled(ThreeWay(Decimal(100), Decimal(110), Decimal(110)), "add_up")
    Decimal('120')
    >>> settled(ThreeWay("a", "ab", "abc"), "longest"), settled(ThreeWay("a", "a", "b"), "store")
    ('abc', None)
    """
    outcome = classify(cell)
    if policy == "add_up" and outcome in (Outcome.CONVERGENT, Outcome.CONFLICT):
        base, ours, theirs = value_of(cell.base), value_of(cell.ours), value_of(cell.theirs)
        numbers = [Decimal(0) if v is None else v for v in (base, ours, theirs)]
        if all(isinstance(n, Decimal) for n in numbers):
            shown, held, typed = (n for n in numbers if isinstance(n, Decimal))
            return held + (typed - shown)
        return None
    if outcome is not Outcome.CONFLICT:
        return None
    if policy == "store":
        return cell.ours
    if policy == "sheet":
        return cell.theirs
    if policy == "longest":
        ours, theirs = value_of(cell.ours), value_of(cell.theirs)
        texts = ["" if v is None else v for v in (ours, theirs)]
        lengths = [len(t) for t in texts if isinstance(t, str)]
        if len(lengths) == 2 and lengths[0] != lengths[1]:
            return cell.ours if lengths[0] > lengths[1] else cell.theirs
    return None
