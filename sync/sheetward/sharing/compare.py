"""What a changed rule takes from a sheet and gives to it: rows, columns, rights; for the plan of a role's change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sheetward.cells import value_of
from sheetward.sharing.access import Access
from sheetward.sharing.rule import Rule
from sheetward.table import RowId, Table


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """A rule's change as one sheet feels it.

    Columns lost are no longer there, columns gained are new; `masked` and `unmasked` stay but lose or gain their
    contents; `access` has every column whose access changed at all, old to new. `rights` has insert, delete and move_out
    where they changed. `cells_lost` counts filled cells whose contents the reader no longer sees, `cells_gained` those
    that they see for the first time.
    """

    rows_lost: tuple[RowId, ...]
    rows_gained: tuple[RowId, ...]
    columns_lost: tuple[str, ...]
    columns_gained: tuple[str, ...]
    masked: tuple[str, ...]
    unmasked: tuple[str, ...]
    access: Mapping[str, tuple[Access, Access]]
    rights: Mapping[str, tuple[bool, bool]]
    cells_lost: int
    cells_gained: int

    def __bool__(self) -> bool:
        return bool(self.rows_lost or self.rows_gained or self.access or self.rights)


def rule_difference(old: Rule, new: Rule, table: Table) -> RuleDifference:
    """Compare two rules over the rows of today. `table` is whole, with every column that either rule reads."""
    was = {row_id for row_id, row in table.rows.items() if old.shows(table.fields, row)}
    now = {row_id for row_id, row in table.rows.items() if new.shows(table.fields, row)}
    changed = {
        name: (before, after)
        for name in table.fields
        for before, after in [(old.access(name), new.access(name))]
        if before is not after
    }
    rights = {
        "insert": (old.insert, new.insert),
        "delete": (old.delete, new.delete),
        "move_out": (old.move_out, new.move_out),
    }
    lost, gained = _contents_moved(old, new, table, was, now)
    return RuleDifference(
        rows_lost=tuple(row_id for row_id in table.rows if row_id in was and row_id not in now),
        rows_gained=tuple(row_id for row_id in table.rows if row_id in now and row_id not in was),
        columns_lost=tuple(name for name, (_, after) in changed.items() if after is Access.HIDE),
        columns_gained=tuple(name for name, (before, _) in changed.items() if before is Access.HIDE),
        masked=tuple(n for n, (b, a) in changed.items() if a is Access.MASK and b is not Access.HIDE),
        unmasked=tuple(n for n, (b, a) in changed.items() if b is Access.MASK and a is not Access.HIDE),
        access=changed,
        rights={name: pair for name, pair in rights.items() if pair[0] is not pair[1]},
        cells_lost=lost,
        cells_gained=gained,
    )


_LEGIBLE = (Access.WRITE, Access.READ)


def _contents_moved(old: Rule, new: Rule, table: Table, was: set[RowId], now: set[RowId]) -> tuple[int, int]:
    lost = gained = 0
    legible = [(place, old.access(n) in _LEGIBLE, new.access(n) in _LEGIBLE) for n, place in table.index.items()]
    for row_id, row in table.rows.items():
        before, after = row_id in was, row_id in now
        for place, could, can in legible:
            if value_of(row[place]) is None:
                continue
            if before and could and not (after and can):
                lost += 1
            elif after and can and not (before and could):
                gained += 1
    return lost, gained
