"""From what a file holds to canonical cells, a column at a time; and from a canonical cell to what a file is to hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default

from sheetward_schemas.model import TableSchema

from sheetward.cells import Cell, RawCell, State, Typed, Value, same, value_of
from sheetward.formats import ColumnReader, column_reader
from sheetward.ports.replica import Mark

_VOLATILE = re.compile(r"\b(NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY|OFFSET|INDIRECT)\s*\(", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(slots=True)
class CodedColumn:
    """One column's raw cells, alike ones kept once: `codes` has one entry for each row, an index into `raws`; 0 is blank."""

    codes: Sequence[int]
    raws: Sequence[RawCell]

    def raw(self, place: int) -> RawCell:
        """Give the raw cell of one row."""
        return self.raws[self.codes[place]]


@dataclass(slots=True)
class CanonicalColumn:
    """One column's cells in the order of its rows; `marks` and `errors` are by place in that order, where there are any."""

    reader: ColumnReader
    cells: list[Cell]
    marks: dict[int, Mark] = default(default_factory=dict[int, Mark])
    errors: dict[int, str] = default(default_factory=dict[int, str])


def is_volatile(formula: str) -> bool:
    """Say whether a formula's value may change without an edit.

    >>> is_volatile("TODAY()-A1"), is_volatile('A1&"now()"'), is_volatile("KNOWN(1)")
    (True, False, False)
    """
    return _VOLATILE.search(_QUOTED.sub("", formula)) is not None


def canonical_columns(schema: TableSchema, coded: Mapping[str, CodedColumn]) -> dict[str, CanonicalColumn]:
    """Read whole columns, each distinct cell once.

    A field that takes its region from another column is read after it, row by row.
    """
    done: dict[str, CanonicalColumn] = {}
    for name in sorted(coded, key=lambda name: region_field(schema, name) in coded):
        done[name] = _column(schema, name, coded[name], done.get(region_field(schema, name) or ""))
    return {name: done[name] for name in coded}


def region_field(schema: TableSchema, name: str) -> str | None:
    """Give the field that tells the region (country) for another field's values."""
    source = schema.by_name[name].kind.get("regionFrom")
    return source if isinstance(source, str) and source in schema.by_name and source != name else None


def region_of(country: Cell) -> str | None:
    """Give the region that a canonical country cell names."""
    value = value_of(country)
    return value if isinstance(value, str) and len(value) == 2 else None


def reader_of(schema: TableSchema, name: str, raws: Iterable[RawCell]) -> ColumnReader:
    """Make the reader of a column; its cells are evidence for the order of day and month, so only dates need them."""
    field = schema.by_name[name]
    is_date = "date" in f"{field.type} {field.kind.get('kind')}"
    return column_reader(field, missing_values=schema.missing_values, sample=raws if is_date else ())


def _column(schema: TableSchema, name: str, coded: CodedColumn, source: CanonicalColumn | None) -> CanonicalColumn:
    raws = coded.raws
    reader = reader_of(schema, name, raws)
    if source is None:
        known = _meanings(reader, raws, None)
        cells = [known[code] for code in coded.codes]
    else:
        pairs = list(zip(coded.codes, map(region_of, source.cells), strict=True))
        by_region: dict[str | None, list[int]] = {}
        for code, region in set(pairs):
            by_region.setdefault(region, []).append(code)
        by_pair = {
            (code, region): cell
            for region, codes in by_region.items()
            for code, cell in zip(codes, _meanings(reader, [raws[code] for code in codes], region), strict=True)
        }
        cells = [by_pair[pair] for pair in pairs]
    column = CanonicalColumn(reader.afresh(), cells)
    special = {
        code for code, raw in enumerate(raws) if raw.formula is not None or raw.state in {State.ERROR, State.UNCACHED}
    }
    if special:
        for place, code in enumerate(coded.codes):
            if code in special:
                _mark(column, place, raws[code])
    return column


def _meanings(reader: ColumnReader, raws: Sequence[RawCell], region: str | None) -> list[Cell]:
    """Give what raw cells contribute; errors, uncached and volatile formulas contribute nothing."""
    return [
        None
        if raw.state in {State.ERROR, State.UNCACHED} or (raw.formula is not None and is_volatile(raw.formula))
        else cell
        for raw, cell in zip(raws, reader.cells(raws, region), strict=True)
    ]


def _mark(column: CanonicalColumn, place: int, raw: RawCell) -> None:
    """Say what is special; an error that a formula gives is named, and its formula is kept like one without a result."""
    if raw.state is State.ERROR:
        column.errors[place] = raw.text or "#ERROR"
        column.marks[place] = Mark.ERROR if raw.formula is None else Mark.UNCACHED
    elif raw.formula is not None and is_volatile(raw.formula):
        column.marks[place] = Mark.VOLATILE
    else:
        column.marks[place] = Mark.UNCACHED if raw.state is State.UNCACHED else Mark.FORMULA


def spelling(cell: Cell, reader: ColumnReader, lang: str, region: str | None) -> Value:
    """Give what a sheet is to show for a cell: as typed in text columns, else the label people see, else the value.

    A spelling that would not be read as that value again is not used.
    """
    value = value_of(cell)
    shown = reader.shown(value, lang)
    offers = [cell.text] if isinstance(cell, Typed) and isinstance(value, str) else []
    for offer in [*offers, *([shown] if shown != value else [])]:
        if isinstance(offer, str) and same(reader.read(RawCell(State.TEXT, offer), region).cell, value):
            return offer
    return value
