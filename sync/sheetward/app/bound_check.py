"""A bound sheet checked inside its workspace: under the schema in force, with what people said about its values."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sheetward_schemas.model import ForeignKey

from sheetward.app.bound_sheet import binding_of, located
from sheetward.app.inspection import findings_of
from sheetward.app.reading import FileReading, read_file
from sheetward.app.recovery import recovered, with_recovered
from sheetward.app.workspace import Workspace
from sheetward.cells import Cell, Value, plain_text, value_of
from sheetward.config import find_workspace, read_config
from sheetward.errors import UserError
from sheetward.messages import Lang
from sheetward.sharing import is_mask
from sheetward.sheets.place import Place
from sheetward.table import RowId
from sheetward.validation import Finding, report_data, summary_of
from sheetward.validation.attested import (
    Attestation,
    Subject,
    confirmations,
    digest_of,
    subject_id,
    subject_of,
    waivers_in_force,
)
from sheetward.validation.composite import Members
from sheetward.validation.freshness import Freshness, freshness, span_words
from sheetward.validation.report import Report, Waived


@dataclass(frozen=True, slots=True)
class BoundPlace:
    """A bound sheet that a file's name, or its own, stands for."""

    root: Path
    name: str


def bound_place(target: Path, tab: str | None, workspace: Path | None) -> BoundPlace | None:
    """Give the bound sheet that is meant by a file (and its tab), or by the sheet's own name; `None` where there is none.

    Of several sheets in one file the first is meant. Where the settings name no tab, the caller compares it.
    """
    is_there = os.path.exists(target)  # noqa: PTH110 - unlike Path.exists, it takes any name, too long ones too
    try:
        root = workspace or find_workspace(target.parent if is_there else Path())
    except UserError:
        return None
    config = read_config(root)
    if not is_there:
        return BoundPlace(root, str(target)) if str(target) in config.sheets else None
    here = [
        entry
        for entry in config.sheets.values()
        if entry.file is not None and entry.file.exists() and entry.file.samefile(target)
    ]
    chosen = [entry for entry in here if tab is None or entry.tab in (None, tab)]
    return BoundPlace(root, chosen[0].name) if chosen else None


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with its name, and the waiver that holds, if any.

    `row` is empty where the row bears no id yet, `key` where it has no business key.
    """

    finding: Finding
    id: str
    row: RowId
    key: str
    subject: Subject
    waiver: Attestation | None = None


@dataclass(frozen=True)
class BoundCheck:
    """What a check of a bound sheet found. `freshness`: field to how many of its values are fresh, due and stale."""

    name: str
    table: str
    reading: FileReading
    judged: tuple[Judged, ...]
    freshness: Mapping[str, Mapping[Freshness, int]]

    @property
    def active(self) -> list[Finding]:
        """Give the findings that nobody has waived."""
        return [one.finding for one in self.judged if one.waiver is None]


def check_bound(workspace: Workspace, name: str, *, counts_ages: bool = False) -> BoundCheck:
    """Check a bound sheet; `counts_ages` where `freshness` is wanted, for which the whole history is read.

    `UserError`: what locating and reading it raises.
    """
    state = binding_of(workspace, name)
    path = located(workspace, workspace.entry(name), state)
    schema, today = workspace.schema(state.table), workspace.today()
    place = Place.from_json(state.place)
    reading = read_file(path, schema, place.tab or None)
    said = workspace.store.attestations(state.table)
    rows = {row.position: (RowId(row.row_id), row.cells) for row in reading.shown.rows}
    cells = {position: (row, dict(zip(reading.fields, own, strict=True))) for position, (row, own) in rows.items()}
    key_field = schema.business_key
    keys = {
        position: plain_text(value_of(own.get(key_field))) if key_field else "" for position, (_, own) in cells.items()
    }
    known: Mapping[tuple[RowId, str], dt.date] = {}
    if counts_ages or _can_be_stale(workspace, state.table):
        known = _known_since(workspace, state.table, cells.values(), said)
    counts: dict[str, dict[Freshness, int]] = {}
    stale: list[Finding] = []
    for position, (row, own) in cells.items():
        for field in schema.fields:
            since = known.get((row, field.name))
            cell = own.get(field.name)
            if since is None or value_of(cell) is None or is_mask(cell):
                continue
            grade = freshness(since, field.stale_after, today)
            counts.setdefault(field.name, dict.fromkeys(Freshness, 0))[grade] += 1
            if grade is Freshness.STALE:
                facts = {
                    "value": plain_text(value_of(cell)),
                    "since": since.isoformat(),
                    "key": keys[position] or row,
                    "field": field.name,
                    **span_words(field.stale_after),
                }
                stale.append(Finding(position, field.name, "field.stale", "warning", cell, (field.name,), facts))
    waivers = waivers_in_force(said, today)
    others = {name: load() for name, load in workspace.known(state.table).items()}
    findings = with_recovered(
        [*findings_of(reading, today, others, _members(workspace, state.table)), *stale],
        recovered(workspace, name, reading),
    )
    judged = tuple(_judged(findings, cells, keys, waivers))
    return BoundCheck(name, state.table, reading, judged, counts)


def _members(workspace: Workspace, table: str) -> Members:
    """Give what references of several fields to other tables of the workspace may name."""

    def members(key: ForeignKey) -> Collection[tuple[Value, ...]] | None:
        targets = workspace.tables_of({key.resource}) if key.resource not in ("", workspace.schema(table).name) else []
        if not targets:
            return None
        tables = (workspace.store.read(target, key.reference_fields) for target in targets)
        return {tuple(map(value_of, row)) for one in tables for row in one.rows.values()}

    return members


def _judged(
    findings: Iterable[Finding],
    cells: Mapping[int, tuple[RowId, Mapping[str, Cell]]],
    keys: Mapping[int, str],
    waivers: Mapping[Subject, Attestation],
) -> Iterator[Judged]:
    for finding in findings:
        position = int(finding.row)
        row, own = cells[position]
        subject = subject_of(finding, row, own)
        name = subject_id(subject if row else (RowId(f"row {position}"), *subject[1:]))
        yield Judged(finding, name, row, keys[position], subject, waivers.get(subject) if row else None)


def bound_report(check: BoundCheck, lang: Lang) -> Report:
    """Give the report of a bound sheet: each finding with its id, and the waived ones with who accepted them and why.

    The summary counts what is not waived.
    """
    reading = check.reading
    places = {name: place for place, name in enumerate(reading.layout.headers)}
    ordered = sorted(check.judged, key=lambda one: (int(one.finding.row), places.get(one.finding.field, len(places))))
    record = report_data(
        [one.finding for one in ordered],
        file=str(reading.path),
        tab=reading.tab,
        table=reading.schema.name,
        rows=len(reading.shown.rows),
        columns=reading.layout.headers,
        addresses=reading.addresses,
        lang=lang,
    )
    for data, one in zip(record["findings"], ordered, strict=True):
        data["id"] = one.id
        data["key"] = one.key or None
        data["waived"] = None if one.waiver is None else _waived(one.waiver)
    record["summary"] = {**summary_of(check.active), "waived": len(check.judged) - len(check.active)}
    return record


def _waived(waiver: Attestation) -> Waived:
    until = None if waiver.until is None else waiver.until.isoformat()
    return {"reason": waiver.reason, "by": waiver.author, "on": waiver.day.isoformat(), "until": until}


def _can_be_stale(workspace: Workspace, table: str) -> bool:
    """Say whether the history is old enough for any value to be stale: a young one need not be read."""
    spans = {field.stale_after for field in workspace.schema(table).fields if field.stale_after}
    log = workspace.store.log(table) if spans else ()
    if not log:
        return False
    first = log[-1].time.astimezone(workspace.config.timezone).date()
    return any(freshness(first, span, workspace.today()) is Freshness.STALE for span in spans)


def _known_since(
    workspace: Workspace,
    table: str,
    rows: Iterable[tuple[RowId, Mapping[str, Cell]]],
    said: Sequence[Attestation],
) -> Mapping[tuple[RowId, str], dt.date]:
    """Give the day since when each value of a field that grows stale is known: confirmed as it is now, or last changed."""
    fields = {field.name for field in workspace.schema(table).fields if field.stale_after}
    if not fields:
        return {}
    zone = workspace.config.timezone
    since: dict[tuple[RowId, str], dt.date] = {}
    head = workspace.store.head(table)
    for commit, changes in workspace.store.changes(table, 0, head):
        day = commit.time.astimezone(zone).date()
        for group in (changes.added, changes.changed):
            for row, own in group.items():
                since.update(((row, name), day) for name in fields.intersection(own))
    told = confirmations(said)
    known: dict[tuple[RowId, str], dt.date] = {}
    for row, own in rows:
        for name in fields:
            days = [since[row, name]] if (row, name) in since else []
            word = told.get((row, name))
            if word is not None and word.digest == digest_of([own.get(name)]):
                days.append(word.day)
            if days:
                known[row, name] = max(days)
    return known
