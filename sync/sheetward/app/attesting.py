"""A finding waived, a waiver taken back, a value confirmed: what a person says is appended to the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sheetward.app.bound_check import Judged, check_bound
from sheetward.app.past import find_row
from sheetward.app.workspace import Workspace
from sheetward.cells import value_of
from sheetward.errors import SheetwardError, UserError
from sheetward.table import RowId
from sheetward.validation.attested import Attestation, Word, digest_of, subject_id

WAYS: Final = ("phone", "mail", "visit", "document")
"""How a value can be confirmed."""


@dataclass(frozen=True, slots=True)
class Named:
    """A finding found by its id."""

    table: str
    judged: Judged


def find_findings(workspace: Workspace, ids: Collection[str]) -> Sequence[Named]:
    """Find findings by their ids in the bound sheets. `UserError('waive.unknown')` where one is nowhere.

    A sheet that cannot be read has none; its trouble is told where an id is not found.
    """
    found: dict[str, Named] = {}
    trouble: SheetwardError | None = None
    for name in workspace.config.sheets:
        if found.keys() >= set(ids):
            break
        try:
            check = check_bound(workspace, name)
        except SheetwardError as problem:
            trouble = trouble or problem
            continue
        found |= {one.id: Named(check.table, one) for one in check.judged if one.id in ids}
    missing = [one for one in ids if one not in found]
    if missing:
        raise UserError("waive.unknown", ids=missing) from trouble
    return [found[one] for one in ids]


def waive(workspace: Workspace, ids: Sequence[str], reason: str, until: dt.date | None) -> Sequence[Named]:
    """Accept findings as they are. `UserError`: `waive.unknown`, `waive.no_reason`, `waive.past`, `waive.no_row_id`."""
    if not reason.strip():
        raise UserError("waive.no_reason")
    if until is not None and until < workspace.today():
        raise UserError("waive.past", until=until.isoformat(), today=workspace.today().isoformat())
    named = find_findings(workspace, list(dict.fromkeys(ids)))
    for one in named:
        if not one.judged.row:
            raise UserError("waive.no_row_id", id=one.judged.id)
    _say(workspace, [(one.table, _about(workspace, one, Word.WAIVED, reason, until)) for one in named])
    return named


def revoke(workspace: Workspace, ids: Sequence[str], reason: str) -> Sequence[Named]:
    """Take waivers back. `UserError`: `waive.unknown`, `waive.not_waived`."""
    named = find_findings(workspace, list(dict.fromkeys(ids)))
    for one in named:
        if one.judged.waiver is None:
            raise UserError("waive.not_waived", id=one.judged.id)
    _say(workspace, [(one.table, _about(workspace, one, Word.REVOKED, reason, None)) for one in named])
    return named


def _about(workspace: Workspace, named: Named, word: Word, reason: str, until: dt.date | None) -> Attestation:
    row, field, code, digest = named.judged.subject
    key = named.judged.key
    now, today = workspace.clock.now(), workspace.today()
    return Attestation(
        word, row, field, digest, workspace.author, now, today, code, reason.strip(), until=until, key=key
    )


def confirm(
    workspace: Workspace, key: str, field: str, how: str, day: dt.date | None, table: str | None = None
) -> Attestation:
    """Record that the value which the store holds was confirmed.

    `UserError`: `row.unknown`, `field.unknown`, `confirm.empty`, `confirm.future`.
    """
    found = find_row(workspace, key, table)
    schema = workspace.schema(found.table)
    if field not in schema.by_name:
        by_label = [one.name for one in schema.fields if field in one.headers]
        if len(by_label) != 1:
            raise UserError("field.unknown", field=field, table=found.table, known=list(schema.field_names))
        field = by_label[0]
    cells = workspace.store.rows(found.table, (field,), [found.row]).rows
    if found.is_gone or found.row not in cells:
        raise UserError("row.unknown", key=key)
    (cell,) = cells[found.row]
    today = workspace.today()
    if value_of(cell) is None:
        raise UserError("confirm.empty", key=key, field=schema.by_name[field].label("zh"))
    if day is not None and day > today:
        raise UserError("confirm.future", day=day.isoformat(), today=today.isoformat())
    now = workspace.clock.now()
    word = Attestation(
        Word.CONFIRMED, found.row, field, digest_of([cell]), workspace.author, now, day or today, how=how, key=key
    )
    _say(workspace, [(found.table, word)])
    return word


def _say(workspace: Workspace, said: Sequence[tuple[str, Attestation]]) -> None:
    by_table: dict[str, list[Attestation]] = {}
    for table, one in said:
        by_table.setdefault(table, []).append(one)
    for table, words in by_table.items():
        workspace.store.attest(table, words)


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of what was said, with the row's key where it still has one."""

    table: str
    key: str
    said: Attestation

    def to_json(self, zone: dt.tzinfo) -> Mapping[str, object]:
        """Give the entry as scripts read it."""
        one = self.said
        about = (one.row, one.field, one.code, one.digest)
        return {
            "word": str(one.word),
            "id": subject_id(about) if one.code else None,
            "table": self.table,
            "row": one.row,
            "key": self.key or None,
            "field": one.field,
            "code": one.code or None,
            "reason": one.reason,
            "how": one.how or None,
            "day": one.day.isoformat(),
            "until": None if one.until is None else one.until.isoformat(),
            "author": one.author,
            "time": one.time.astimezone(zone).isoformat(timespec="seconds"),
        }


def everything_said(workspace: Workspace) -> Sequence[Said]:
    """Give all that was ever said about the tables of the workspace, newest first."""
    from sheetward.app.items import keys_of

    listed: list[Said] = []
    for table in workspace.config.tables:
        said = workspace.store.attestations(table)
        keys: Mapping[RowId, str] = keys_of(workspace, table, [one.row for one in said]) if said else {}
        listed += [Said(table, keys.get(one.row, one.key), one) for one in said]
    return sorted(listed, key=lambda one: one.said.time, reverse=True)
