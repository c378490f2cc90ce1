"""Cells of a bound sheet that a spreadsheet has spoilt, and what stood there before, as the history knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sheetward.app.bound_sheet import binding_of, in_force_of
from sheetward.app.inspection import Correction
from sheetward.app.reading import FileReading
from sheetward.app.workspace import Workspace
from sheetward.cells import RawCell, State, plain_text, value_of
from sheetward.diff import Changeset
from sheetward.formats.spoilt import could_be
from sheetward.ports.store import Commit
from sheetward.sharing import Access
from sheetward.table import RowId
from sheetward.validation import Finding


@dataclass(frozen=True, slots=True)
class Recovered:
    """One spoilt cell, what it shows, the value that it held, and the commit (`customers:3`) that had it."""

    row: int
    field: str
    shown: str
    good: str
    commit: str

    @property
    def finding(self) -> Finding:
        """Give it as a finding that offers the good value."""
        facts = {"value": self.shown, "good": self.good, "commit": self.commit, "candidates": [self.good]}
        return Finding(self.row, self.field, "cell.spoilt", "error", self.shown, (self.field,), facts, self.good)

    @property
    def correction(self) -> Correction:
        """Give it as a correction."""
        return Correction(self.row, self.field, self.shown, self.good, self.good, "fix.history")


def recovered(workspace: Workspace, sheet: str, reading: FileReading) -> list[Recovered]:
    """Give the spoilt cells of a bound sheet whose good value the history of that very cell knows, and its reader may see.

    The newest value that the spreadsheet would have turned into what stands there is taken.
    """
    state = binding_of(workspace, sheet)
    rule = in_force_of(workspace, state.table, state.role).rule
    seen = [
        name
        for name in reading.fields
        if reading.schema.by_name[name].type == "string" and rule.access(name) in {Access.READ, Access.WRITE}
    ]
    suspects = list(_suspects(reading, seen))
    if not suspects:
        return []
    rows = {RowId(row_id) for _, row_id, _, _, _ in suspects}
    store, table = workspace.store, state.table
    past = _past(store.changes(table, 0, store.head(table), rows))
    found: list[Recovered] = []
    for position, row_id, name, raw, shown in suspects:
        known = past.get((row_id, name), ())
        good = next((one for one in known if could_be(one[1], raw, is_plain_file=reading.text is not None)), None)
        if good is not None:
            found.append(Recovered(position, name, shown, good[1], good[0]))
    return found


def _suspects(reading: FileReading, names: Sequence[str]) -> Iterator[tuple[int, str, str, RawCell, str]]:
    """Give the cells that a spreadsheet may have spoilt: row, row id, field, cell, and what it shows."""
    places = {position: place for place, position in enumerate(reading.area.positions)}
    for row in reading.shown.rows:
        for name in names if row.row_id else ():
            raw = reading.area.columns[name].raw(places[row.position])
            is_text = raw.state is State.TEXT
            if name not in row.marks and (
                raw.state in {State.NUMBER, State.DATE} or (is_text and any(sign.isdigit() for sign in raw.text))
            ):
                shown = plain_text(value_of(row.cells[reading.fields.index(name)]))
                yield row.position, row.row_id, name, raw, shown


def _past(told: Sequence[tuple[Commit, Changeset]]) -> Mapping[tuple[str, str], Sequence[tuple[str, str]]]:
    """Give each cell's texts with the commit that brought them, newest first."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for commit, changes in reversed(told):
        whole = [(row, name, cell) for row, cells in changes.added.items() for name, cell in cells.items()]
        single = [(row, name, new) for row, cells in changes.changed.items() for name, (_, new) in cells.items()]
        for row, name, cell in (*whole, *single):
            value = value_of(cell)
            if isinstance(value, str):
                found.setdefault((row, name), []).append((commit.id, value))
    return found


def with_recovered(findings: Sequence[Finding], found: Sequence[Recovered]) -> list[Finding]:
    """Give findings in which a spoilt cell is told as that, once."""
    places = {(one.row, one.field) for one in found}
    rest = [finding for finding in findings if (finding.row, finding.field) not in places]
    return sorted((*rest, *(one.finding for one in found)), key=lambda f: f.row if isinstance(f.row, int) else 0)
