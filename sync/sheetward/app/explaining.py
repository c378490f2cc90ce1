"""Why a sync does with a cell what it does: found by its address or by number and field, told with headers and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sheetward.app.bound_sheet import binding_of, context_of, in_force_of, is_csv, located, opened_file
from sheetward.app.closed_file import file_key
from sheetward.app.items import shown_text
from sheetward.app.json_cells import cell_json
from sheetward.app.lease import lease
from sheetward.app.workspace import Workspace
from sheetward.cells import Cell, Missing
from sheetward.engine import planned
from sheetward.engine.decide import Decision
from sheetward.errors import UserError
from sheetward.messages import Lang, render
from sheetward.plan.explain import Explained, Explanation
from sheetward.plan.observation import Observation
from sheetward.plan.plan import Trip
from sheetward.plan.why import Why
from sheetward.table import RowId

_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class Told:
    """One cell explained, with what people call it: its address, the row's number, the header above it."""

    name: str
    cell: str | None
    key: str | None
    column: str
    explained: Explained

    def message(self, lang: Lang) -> str:
        """Say which rule decided, and why where it was held or refused."""
        text = render(f"why.{self.explained.why}", {"column": self.column}, lang)
        if self.explained.why is Why.POLICY:
            return f"{text}: {render(f'why.policy.{self.explained.code}', {}, lang)}"
        if self.explained.code:
            facts = {"row": self.explained.position, "field": self.column, "limit": 0, **(self.explained.facts or {})}
            return f"{text}: {render(self.explained.code, facts, lang)}"
        return text


def explain_cell(workspace: Workspace, name: str, cell: str) -> tuple[Told, tuple[Trip, ...]]:
    """Explain one cell of a sheet, and name the guards that would stop a sync of it.

    `cell` is an address, or KEY.FIELD with the field's name or its header. `UserError('explain.no_cell')` where the sheet
    has no such cell, or its reader may not see it.
    """
    decision = _decided(workspace, name)
    observed, explanation = decision.observed, decision.plan.explanation
    found = None if explanation is None else _at(observed, explanation, cell) or _of(observed, explanation, cell)
    if explanation is None or found is None:
        raise UserError("explain.no_cell", name=name, cell=cell, columns=list(observed.columns.values()))
    return _told(name, observed, explanation, explanation.cell(*found)), decision.plan.trips


def told_cells(name: str, observed: Observation, explanation: Explanation) -> Iterator[Told]:
    """Explain every cell about which a sync has something to decide."""
    return (_told(name, observed, explanation, explained) for explained in explanation.cells())


def _decided(workspace: Workspace, name: str) -> Decision:
    """Plan a sync of the sheet's workbook and give this sheet's part."""
    workspace = replace(workspace, records=False)
    entry, own = workspace.entry(name), binding_of(workspace, name)
    path = located(workspace, entry, own)
    order = workspace.table_order()
    shared = [e for e in workspace.config.sheets.values() if e.file == entry.file and not is_csv(path)]
    states = [state for e in shared if (state := workspace.store.binding(e.name)) is not None] or [own]
    states.sort(key=lambda state: order.index(state.table))
    with lease(workspace.private / "leases", file_key(path), name):
        _, replicas = opened_file(workspace, path, states)
        contexts = [
            context_of(workspace, state, replicas[state.name], in_force_of(workspace, state.table, state.role))
            for state in states
        ]
        decisions = planned(contexts)
    return next(d for d, state in zip(decisions, states, strict=True) if state.name == name)


def _at(observed: Observation, explanation: Explanation, cell: str) -> tuple[RowId, str] | None:
    match = _ADDRESS.fullmatch(cell)
    if match is None:
        return None
    row_id = explanation.row_at(int(match[2]))
    name = next((field for field, letters in observed.addresses.items() if letters == match[1].upper()), None)
    return None if row_id is None or name not in explanation.desk.fields else (row_id, name)


def _of(observed: Observation, explanation: Explanation, cell: str) -> tuple[RowId, str] | None:
    key, dot, word = cell.rpartition(".")
    fields = explanation.desk.fields
    name = word if word in fields else next((f for f in fields if observed.columns.get(f) == word), None)
    row_id = explanation.row_of(key) if dot else None
    return None if row_id is None or name is None else (row_id, name)


def _told(name: str, observed: Observation, explanation: Explanation, explained: Explained) -> Told:
    letters = observed.addresses.get(explained.field)
    address = f"{letters}{explained.position}" if letters and explained.position else None
    column = observed.columns.get(explained.field, explained.field)
    return Told(name, address, explanation.key_of(explained.row), column, explained)


def side_json(cell: Cell | Missing) -> object:
    """Give a side of a cell for JSON; a side that has no such row is null."""
    return cell_json(cell)


def side_text(cell: Cell | Missing) -> str | None:
    """Spell a side of a cell, `None` where it has no such row."""
    return None if isinstance(cell, Missing) else shown_text(cell)


def told_json(told: Told, lang: Lang) -> Mapping[str, object]:
    """Give an explained cell for JSON."""
    explained = told.explained
    return {
        "cell": told.cell,
        "row": explained.row,
        "key": told.key,
        "column": told.column,
        "field": explained.field,
        "base": side_json(explained.base),
        "store": side_json(explained.ours),
        "sheet": side_json(explained.theirs),
        "rule": explained.why.value,
        "code": explained.code or None,
        "message": told.message(lang),
    }
