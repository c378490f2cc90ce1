"""What is wrong with a file: every finding with its cell, and what would be certain corrections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sheetward.app.reading import FileReading
from sheetward.cells import RawCell, State, Typed, Value, plain_text, same
from sheetward.messages import LANGS, Lang
from sheetward.plan.observation import Mark, ShownRow
from sheetward.sharing import is_mask
from sheetward.sheets.canonical import region_field, region_of
from sheetward.table import Row
from sheetward.validation import Finding, Validator
from sheetward.validation.composite import Members, broken_composites, own_members
from sheetward.validation.freshness import stale_rows
from sheetward.validation.kernels import Broken

_NOTHING_KNOWN: Final[Mapping[str, Collection[Value]]] = {}


def findings_of(
    reading: FileReading,
    today: dt.date,
    known: Mapping[str, Collection[Value]] = _NOTHING_KNOWN,
    members: Members | None = None,
) -> list[Finding]:
    """Give everything wrong with the rows of a file: values, rules over several fields, keys, references, error cells.

    `known` and `members` are what other tables have, for references to them; those to the table itself it finds. Of
    a cell that a role masks nothing is known, and nothing is said.
    """
    validator = Validator(reading.schema)
    fields = reading.fields
    rows: list[tuple[str | int, Row]] = [(row.position, row.cells) for row in reading.shown.rows]
    known = {**known, **validator.own_references(fields, rows)}
    severity = validator.severity(Broken("key.unknown_reference"))
    own = own_members(reading.schema, fields, rows)
    errors = _errors(reading)
    places = {(finding.row, finding.field) for finding in errors}
    masked = {(row.position, name) for row in reading.shown.rows for name in _masked(fields, row)}
    judged = [
        finding
        for finding in validator.check_all(fields, rows, today=today, known=known)
        if (finding.row, finding.field) not in places  # an error cell is not also an empty one
    ]
    composites = [
        finding
        for source in (own, members)
        if source is not None
        for finding in broken_composites(reading.schema, fields, rows, source, severity)
    ]
    stale = stale_rows(reading.schema, fields, rows, today)
    found = [*errors, *judged, *composites, *stale]
    return [one for one in found if masked.isdisjoint((one.row, name) for name in one.reads)]


def _masked(fields: tuple[str, ...], row: ShownRow) -> list[str]:
    return [name for name, cell in zip(fields, row.cells, strict=True) if is_mask(cell)]


def _errors(reading: FileReading) -> list[Finding]:
    """Give a finding for each cell that shows an error, or a formula whose result the file does not hold."""
    found: list[Finding] = []
    for row in reading.shown.rows:
        for name, mark in row.marks.items():
            text = row.errors.get(name)
            if text is not None:
                facts = {"value": text, "text": text}
                found.append(Finding(row.position, name, "cell.error", "error", text, (name,), facts))
            elif mark is Mark.UNCACHED:
                found.append(Finding(row.position, name, "cell.uncached", "warning", None, (name,)))
    return found


@dataclass(frozen=True, slots=True)
class Correction:
    """One certain correction: the cell's address parts, what stands there, and the canonical value to show instead.

    `old` and `new` are as people read them; `value` is what is written.
    """

    row: int
    field: str
    old: str
    new: str
    value: Value
    code: str


def sheet_language(reading: FileReading) -> Lang:
    """Give the language of a sheet's headers: that in which most of them are the schema's labels, zh where none is."""
    counts = {
        lang: sum(
            reading.schema.by_name[name].label(lang) == text.strip() for name, text in reading.layout.headers.items()
        )
        for lang in LANGS
    }
    return "en" if counts["en"] > counts["zh"] else "zh"


def corrections_of(reading: FileReading) -> list[Correction]:
    """Give every cell whose value is certain and that is spelled otherwise than its field's format says.

    Formulas, errors and cells that cannot be settled stay. What would be written is read again before it is offered:
    it must mean the same.
    """
    lang = sheet_language(reading)
    places = {position: place for place, position in enumerate(reading.area.positions)}
    found: list[Correction] = []
    for row in reading.shown.rows:
        for name, cell in zip(reading.fields, row.cells, strict=True):
            if isinstance(cell, Typed) and name not in row.marks:
                raw = reading.area.columns[name].raw(places[row.position])
                correction = _correction(reading, row, name, cell, raw, lang)
                if correction is not None:
                    found.append(correction)
    return found


def _correction(
    reading: FileReading, row: ShownRow, name: str, cell: Typed, raw: RawCell, lang: Lang
) -> Correction | None:
    reader = reading.shown.readers[name]
    if any(plain_text(reader.shown(cell.value, known)) == cell.text for known in LANGS):
        return None
    source = region_field(reading.schema, name)
    region = region_of(row.cells[reading.fields.index(source)]) if source in reading.fields else None
    settled = reader.read(raw, region)
    if not settled.is_settled:
        return None
    value = reader.shown(cell.value, lang)
    again = reader.read(RawCell(State.TEXT, plain_text(value)), region)
    if not (again.is_settled and same(again.cell, cell.value)):
        return None
    return Correction(row.position, name, cell.text, plain_text(value), value, _reason(cell, raw, value))


def _reason(cell: Typed, raw: RawCell, value: Value) -> str:
    """Say what kind of correction it is."""
    if not isinstance(value, str) and value is not None and raw.state is State.TEXT:
        return "fix.type"
    return "fix.spaces" if cell.text.strip() == plain_text(value) else "fix.format"
