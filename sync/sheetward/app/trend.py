"""The quality of a table in the store over its commits: some of them judged by today's rules, kept for the day."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from sheetward_schemas import TableSchema
from sheetward_schemas.data import schema_data

from sheetward.app.workspace import Workspace
from sheetward.ports.store import Commit
from sheetward.stores.journal import FileJournal
from sheetward.table import RowId
from sheetward.validation.attested import Subject, subject_of, waivers_in_force
from sheetward.validation.freshness import stale_rows
from sheetward.validation.incremental import Incremental

MOST: Final = 12
"""Points of a trend."""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The table as of one commit: rows, and those of them with a finding that nobody has waived."""

    commit: str
    time: dt.datetime
    rows: int
    bad_rows: int


def chosen(log: Sequence[Commit], most: int = MOST) -> list[Commit]:
    """Choose commits, oldest first: the first and the last one, and between them those nearest to even steps of time."""
    ordered = sorted(log, key=lambda commit: commit.number)
    if len(ordered) <= most:
        return ordered
    start, whole = ordered[0].time, ordered[-1].time - ordered[0].time
    picked: dict[int, Commit] = {}
    for step in range(most):
        moment = start + whole * step / (most - 1)
        last = max((commit for commit in ordered if commit.time <= moment), key=lambda commit: commit.number)
        picked[last.number] = last
    return [picked[number] for number in sorted(picked)]


def _bad_rows(
    judged: Incremental, schema: TableSchema, today: dt.date, waived: Collection[Subject]
) -> Collection[object]:
    """Give the rows with a finding that nobody has waived."""
    fields, rows = judged.fields, judged.rows
    findings = [*judged.findings(), *stale_rows(schema, fields, rows.items(), today)]
    return {
        finding.row
        for finding in findings
        if not waived
        or subject_of(finding, row := RowId(str(finding.row)), dict(zip(fields, rows[row], strict=True))) not in waived
    }


def trend(workspace: Workspace, table: str, fields: Collection[str]) -> list[TrendPoint]:
    """Give the points of a table's trend in these fields; only what changed from one to the next is judged.

    All of them are judged by the rules and on the day of today, so that the line moves with the data alone.
    """
    commits = chosen(workspace.store.log(table))
    if not commits:
        return []
    schema, today = workspace.schema(table), workspace.today()
    judged_fields = tuple(name for name in schema.field_names if name in fields)
    waived = waivers_in_force(workspace.store.attestations(table), today)
    told = [schema_data(schema), judged_fields, sorted(waived)]
    rules = hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
    cache = FileJournal(workspace.private / "quality")
    key = hashlib.sha256(f"{workspace.store.epoch}\n{table}\n{' '.join(judged_fields)}".encode()).hexdigest()[:32]
    mark = f"{rules} {today.isoformat()}"
    kept = cache.get(key) or {}
    known = dict(kept) if kept.get("rules") == mark else {"rules": mark}
    missing = [commit for commit in commits if commit.hash not in known]
    if missing:
        judged: Incremental | None = None
        at = 0
        for commit in missing:
            if judged is None:
                read = workspace.store.read(table, judged_fields, commit.number)
                judged = Incremental(workspace.validator(table), read, today)
            else:
                for _, changes in workspace.store.changes(table, at, commit.number):
                    judged.apply(changes)
            at = commit.number
            known[commit.hash] = f"{len(judged.rows)} {len(_bad_rows(judged, schema, today, waived))}"
        cache.put(key, {"rules": mark, **{commit.hash: known[commit.hash] for commit in commits}})
    points: list[TrendPoint] = []
    for commit in commits:
        rows, bad_rows = known[commit.hash].split()
        points.append(TrendPoint(commit.id, commit.time, int(rows), int(bad_rows)))
    return points
