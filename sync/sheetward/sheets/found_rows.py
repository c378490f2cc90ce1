"""The rows of a found table as an observation shows them: canonical, marked, without what is no data. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from sheetward_schemas.model import TableSchema

from sheetward.cells import RawCell, State, value_of
from sheetward.formats import ColumnReader
from sheetward.ports.replica import Mark, Notice, ShownRow
from sheetward.sheets.canonical import CanonicalColumn, CodedColumn, canonical_columns, reader_of
from sheetward.sheets.layout import data_end, is_totals


@dataclass
class BoundArea:
    """The bound cells below a header as a file holds them: one entry for each row that holds anything bound.

    `columns` is field to raw cells, in the sheet's order; `first_texts` are the texts of each row's first filled cell,
    bound or not.
    """

    positions: list[int]
    ids: list[str]
    first_texts: list[str]
    columns: Mapping[str, CodedColumn]
    hidden: AbstractSet[int] = frozenset()
    merged: Mapping[int, frozenset[str]] = field(default_factory=dict[int, frozenset[str]])
    """Position to the fields whose cells there are merged and no anchor."""
    totals_row: int | None = None
    """The totals row of a table object."""
    longer: list[int] = field(default_factory=list[int])
    """Rows of a CSV that hold something beyond the last column of the header, `width` columns wide."""
    width: int = 0


@dataclass(frozen=True)
class FoundRows:
    """Shown rows, the readers of their columns, and what is to be said.

    `left_out` are filled rows that are no data; `repeated` those of them that say the header again.
    """

    rows: tuple[ShownRow, ...]
    readers: Mapping[str, ColumnReader]
    notices: tuple[Notice, ...]
    left_out: frozenset[int]
    repeated: frozenset[int] = frozenset()


def found_rows(area: BoundArea, schema: TableSchema, headers: Mapping[str, str]) -> FoundRows:
    """Give the rows that are data.

    Left out: rows without an id in which no person filled a bound cell (formulas filled down below the last row are no
    row), totals and the notes below them, and rows that repeat the header.
    """
    columns = canonical_columns(schema, area.columns)
    names = tuple(columns)
    cells = list(zip(*(columns[name].cells for name in names), strict=True)) if names else []
    marks, errors = _by_row(columns)
    _add_merged(marks, area)
    words = {name: frozenset({headers[name], *schema.by_name[name].headers}) for name in names}
    left_out, repeated, notices = _no_data(area, words)
    rows: list[ShownRow] = []
    computed: list[int] = []
    for place, position in enumerate(area.positions):
        if position in left_out:
            continue
        special = marks.get(place)
        if not area.ids[place] and not any(
            value_of(cell) is not None and (special is None or name not in special)
            for name, cell in zip(names, cells[place], strict=True)
        ):
            computed.append(position)
            continue
        if special is None:
            rows.append(ShownRow(position, area.ids[place], cells[place], hidden=position in area.hidden))
        else:
            wrong = errors.get(place, {})
            rows.append(ShownRow(position, area.ids[place], cells[place], special, wrong, position in area.hidden))
    if computed and not rows:
        notices = (*notices, Notice("layout.only_formulas", {"rows": computed}))
    if area.longer:
        notices = (*notices, Notice("csv.long_rows", {"rows": area.longer, "count": area.width}))
    readers = {name: column.reader for name, column in columns.items()}
    return FoundRows(tuple(rows), readers, notices, left_out, repeated)


def fits(schema: TableSchema, name: str, raws: Iterable[RawCell]) -> bool:
    """Say whether the content of a column can be a field's: at least 60 % of its filled cells can be settled.

    A column without content fits.
    """
    filled = [raw for raw in raws if raw.state is not State.BLANK]
    reader = reader_of(schema, name, filled)
    settled = sum(1 for raw in filled if reader.read(raw).is_settled)
    return settled >= 0.6 * len(filled)


def _by_row(columns: Mapping[str, CanonicalColumn]) -> tuple[dict[int, dict[str, Mark]], dict[int, dict[str, str]]]:
    marks: dict[int, dict[str, Mark]] = {}
    errors: dict[int, dict[str, str]] = {}
    for name, column in columns.items():
        for place, mark in column.marks.items():
            marks.setdefault(place, {})[name] = mark
        for place, text in column.errors.items():
            errors.setdefault(place, {})[name] = text
    return marks, errors


def _add_merged(marks: dict[int, dict[str, Mark]], area: BoundArea) -> None:
    if not area.merged:
        return
    for place, position in enumerate(area.positions):
        for name in area.merged.get(position, ()):
            marks.setdefault(place, {})[name] = Mark.MERGED


def _no_data(
    area: BoundArea, words: Mapping[str, AbstractSet[str]]
) -> tuple[frozenset[int], frozenset[int], tuple[Notice, ...]]:
    """Give the rows that are filled but no data, those of them that repeat the header, and what to say.

    A row repeats the header (on every printed page, or once in another language) where each of its texts is the
    column's header or another word for that field (`words`).
    """
    repeated: list[int] = []
    first_cells: list[tuple[int, str, int]] = []
    for place, position in enumerate(area.positions):
        if area.ids[place] or position == area.totals_row:
            continue
        filled = [
            (name, raw) for name, column in area.columns.items() if (raw := column.raw(place)).text or raw.formula
        ]
        if len(filled) > 1 and all(raw.text in words[name] for name, raw in filled):
            repeated.append(position)
        elif filled:
            first = area.first_texts[place]
            first_cells.append((position, first if is_totals(first) else filled[0][1].text, len(filled)))
    left, notices = data_end(first_cells)
    if repeated:
        notices = (*notices, Notice("layout.header_repeated_in_data", {"rows": repeated}))
    ends = [area.totals_row] if area.totals_row is not None else []
    return left | {*repeated, *ends}, frozenset(repeated), notices
