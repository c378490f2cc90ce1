"""The past of a workspace: rows found by what people call them, moments as they type them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from sheetward.app.workspace import Workspace
from sheetward.cells import plain_text, value_of
from sheetward.errors import UserError
from sheetward.history.moment import as_moment, as_point
from sheetward.ports.store import Commit
from sheetward.table import RowId

_SPAN = re.compile(r"(\d{1,5})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment_of(workspace: Workspace, text: str, *, day_ends: bool) -> dt.datetime:
    """Read a date, a time, a commit (`customers:3`) or a span back from now (`7d`). `UserError`: `history.when`."""
    span = _SPAN.fullmatch(text.strip())
    if span:
        return workspace.clock.now() - dt.timedelta(**{_UNITS[span[2]]: int(span[1])})
    table, colon, number = text.rpartition(":")
    if colon and number.isdigit() and table in workspace.config.tables:
        return commit_of(workspace, text).time
    return as_moment(text, workspace.config.timezone, day_ends=day_ends)


def commit_of(workspace: Workspace, text: str, table: str | None = None) -> Commit:
    """Give a commit by its id, or by its number where the table is known. `UserError('history.no_commit')`."""
    named, colon, number = text.strip().rpartition(":")
    where = named if colon else table or only_table(workspace)
    if where not in workspace.config.tables:
        raise UserError("table.unknown", table=where, known=list(workspace.config.tables))
    found = [c for c in workspace.store.log(where) if number.isdigit() and c.number == int(number)]
    if not found:
        raise UserError("history.no_commit", commit=text, head=workspace.store.head(where), table=where)
    return found[0]


def only_table(workspace: Workspace) -> str:
    """Give the one table of the workspace, or the one that has commits. `UserError('history.which_table')`."""
    used = [t for t in workspace.config.tables if workspace.store.head(t)] or list(workspace.config.tables)
    if len(used) != 1:
        raise UserError("history.which_table", known=used)
    return used[0]


def number_at(workspace: Workspace, table: str, text: str) -> int:
    """Give the commit that a table stood at: by its id or number, or the last one at a moment."""
    if _SPAN.fullmatch(text.strip()):
        return workspace.store.commit_at(table, moment_of(workspace, text, day_ends=True))
    point = as_point(text, table, workspace.config.timezone)
    if isinstance(point, dt.datetime):
        return workspace.store.commit_at(table, point)
    head = workspace.store.head(table)
    if point > head:
        raise UserError("history.no_commit", commit=text, head=head, table=table)
    return point


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row and its table; `is_gone` says that it is not there today."""

    table: str
    row: RowId
    is_gone: bool = False


def find_row(workspace: Workspace, key: str, table: str | None = None) -> FoundRow:
    """Find a row by its id or its business key, today's rows first, then deleted ones, the latest of that key.

    `UserError`: `row.unknown`, `row.several` where more than one table has that key.
    """
    tables = [table] if table else list(workspace.config.tables)
    here = [found for name in tables if (found := _today(workspace, name, key)) is not None]
    if len(here) > 1:
        raise UserError("row.several", key=key, tables=[found.table for found in here])
    if here:
        return here[0]
    for name in tables:
        gone = _gone(workspace, name, key)
        if gone is not None:
            return gone
    raise UserError("row.unknown", key=key)


def _today(workspace: Workspace, table: str, key: str) -> FoundRow | None:
    field = workspace.schema(table).business_key
    if RowId(key) in workspace.store.rows(table, (), [RowId(key)]).rows:
        return FoundRow(table, RowId(key))
    if field is None:
        return None
    rows = workspace.store.read(table, (field,)).rows
    found = [row for row, (cell,) in rows.items() if plain_text(value_of(cell)) == key]
    return FoundRow(table, found[0]) if found else None


def _gone(workspace: Workspace, table: str, key: str) -> FoundRow | None:
    field = workspace.schema(table).business_key
    for row, cells in workspace.store.deleted(table).items():
        if row == key or (field is not None and plain_text(value_of(cells.get(field))) == key):
            return FoundRow(table, row, is_gone=True)
    return None
