"""Where the table stands on a tab: header row, columns, data area. Pure: decided from texts, and said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sheetward_schemas.model import TableSchema

from sheetward.errors import UserError
from sheetward.ports.replica import Notice
from sheetward.sheets.header_row import HeaderRow, HeaderWords, HeadRow, best_header, covered, read_header
from sheetward.xlsx.areas import Area, column_letters

HEAD_ROWS = 100
"""A header is looked for in this many rows from the top."""

_TOTALS = frozenset(
    {"合计", "总计", "共计", "小计", "汇总", "累计", "total", "totals", "grandtotal", "subtotal", "sum"}
)


_NOTE = re.compile(
    r"(?:备注|附注|注|说明|注意|制表|制表人|填表人|编制人|审核|审核人|复核|负责人|制表日期|更新日期|数据来源|来源"
    r"|notes?|remarks?|prepared by|reviewed by|source|updated(?: on)?)\s*[:：]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TableObject:
    """A table object (ListObject) of a tab; `area` covers header and totals row."""

    name: str
    area: Area
    has_totals: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The top of a tab, as far as a header is looked for in it, and what lies on the tab.

    `filter_area` is the range of the autofilter.
    """

    file: str
    tab: str
    rows: Mapping[int, HeadRow]
    merged: tuple[Area, ...] = ()
    tables: tuple[TableObject, ...] = ()
    filter_area: Area | None = None

    @property
    def place(self) -> str:
        """Give file and tab for sentences; a CSV has no tab."""
        return f"{self.file} › {self.tab}" if self.tab else self.file


@dataclass(frozen=True)
class Layout:
    """A found table. `columns` (numbers) and `headers` (texts as they stand) are by field.

    `first_row` is the first row below the header. `last_row` is `None` where the area is open at the bottom; a totals
    row of a table object lies below it. `missing` are fields of the schema without a column. `range_end` is the last
    column of the table object or filter that the header lies in.
    """

    header_row: int
    first_row: int
    last_row: int | None
    columns: Mapping[str, int]
    headers: Mapping[str, str]
    unmapped: tuple[str, ...]
    missing: tuple[str, ...]
    id_column: int | None
    table: str | None = None
    range_end: int | None = None
    notices: tuple[Notice, ...] = ()


def find_layout(
    head: Head,
    schema: TableSchema,
    *,
    mapping: Mapping[str, str] | None = None,
    header_row: int | None = None,
) -> Layout:
    """Find the table on a tab.

    `mapping` is header text to field name and wins over the schema's own texts; an empty name keeps the column
    private. `header_row` names the row by hand. `UserError('layout.no_header')` where no row is a header,
    `layout.row_is_no_header` where the named one is none, `layout.map_field`, `layout.map_header` and `layout.map_twice` where the mapping is wrong.
    """
    mapping = mapping or {}
    _check_mapping(head, schema, mapping)
    words = HeaderWords(schema, mapping)
    found, table = _find(head, words, header_row, least=1 if mapping else min(2, len(schema.fields)))
    texts = {*found.texts.values(), *found.unmapped.values(), *found.repeated.values()}
    for text in mapping:
        if text not in {*texts, *(t.strip() for t in texts)}:
            raise UserError(
                "layout.map_header",
                file=head.file,
                tab=head.tab,
                place=head.place,
                header=text,
                row=found.row,
                headers=sorted(texts),
            )
    bottom = covered(found, head.merged)
    layout = Layout(
        header_row=found.row,
        first_row=bottom + 1,
        last_row=table.area.last_row - 1 if table and table.has_totals else None,
        columns=dict(sorted(found.columns.items(), key=lambda entry: entry[1])),
        headers=dict(found.texts),
        unmapped=tuple(text for _, text in sorted({**found.unmapped, **found.repeated}.items())),
        missing=tuple(name for name in schema.field_names if name not in found.columns),
        id_column=found.id_column,
        table=table.name if table else None,
        range_end=_range_end(head, found, table),
    )
    return replace(layout, notices=_said(head, layout, found, words))


def _check_mapping(head: Head, schema: TableSchema, mapping: Mapping[str, str]) -> None:
    named = [name for name in mapping.values() if name]
    for name in named:
        if name not in schema.by_name:
            raise UserError(
                "layout.map_field",
                file=head.file,
                tab=head.tab,
                place=head.place,
                field=name,
                fields=list(schema.field_names),
            )
        if named.count(name) > 1:
            raise UserError("layout.map_twice", file=head.file, tab=head.tab, place=head.place, field=name)


def _find(head: Head, words: HeaderWords, row: int | None, least: int) -> tuple[HeaderRow, TableObject | None]:
    """Choose the header: the row named by hand, else a table object's, else the best row."""
    if row is not None:
        found = best_header({row: _texts_of(head, row)}, words)
        if found is None:
            raise UserError("layout.row_is_no_header", file=head.file, tab=head.tab, place=head.place, row=row)
        return found, _table_at(head, found)
    best = best_header(head.rows, words, head.merged)
    tables = [(t, _read_table(head, t, words)) for t in head.tables]
    fitting = [(t, h) for t, h in tables if h is not None and len(h.columns) >= least]
    if fitting:
        table, header = max(fitting, key=lambda pair: len(pair[1].columns))
        if best is None or 2 * len(header.columns) >= len(best.columns):
            return header, table
    if best is None or len(best.columns) < least:
        raise UserError("layout.no_header", file=head.file, tab=head.tab, place=head.place)
    return best, _table_at(head, best)


def _texts_of(head: Head, row: int) -> HeadRow:
    """Give a row's texts, with those of cells merged down into it from above."""
    texts = dict(head.rows.get(row, {}))
    for area in head.merged:
        text = head.rows.get(area.first_row, {}).get(area.first_column)
        if text and area.first_column == area.last_column and area.first_row < row <= area.last_row:
            texts.setdefault(area.first_column, text)
    return texts


def _read_table(head: Head, table: TableObject, words: HeaderWords) -> HeaderRow | None:
    area = table.area
    header = read_header(
        area.first_row, head.rows.get(area.first_row, {}), words, (area.first_column, area.last_column)
    )
    return header if header.columns else None


def _table_at(head: Head, header: HeaderRow) -> TableObject | None:
    return next((t for t in head.tables if t.area.first_row == header.row and _covers(t.area, header)), None)


def _covers(area: Area, header: HeaderRow) -> bool:
    return any(area.first_column <= column <= area.last_column for column in header.columns.values())


def _range_end(head: Head, header: HeaderRow, table: TableObject | None) -> int | None:
    if table is not None:
        return table.area.last_column
    area = head.filter_area
    return area.last_column if area is not None and area.first_row == header.row and _covers(area, header) else None


def _said(head: Head, layout: Layout, header: HeaderRow, words: HeaderWords) -> tuple[Notice, ...]:
    """Say what was decided, for a person who is about to bind the tab."""
    facts = {"file": head.file, "tab": head.tab, "place": head.place, "row": layout.header_row}
    said = [Notice("layout.header_at", {**facts, "count": len(layout.columns)})]
    if layout.table is not None:
        said.append(Notice("layout.table_used", {**facts, "table": layout.table}))
    for column, text in sorted(header.repeated.items()):
        name = words.field(text) or ""
        other = {"other": column_letters(header.columns[name]), "used": header.texts[name]}
        said.append(
            Notice("layout.repeated_header", {**facts, "header": text, "column": column_letters(column), **other})
        )
    if header.unmapped:
        said.append(
            Notice("layout.private_columns", {**facts, "headers": [t for _, t in sorted(header.unmapped.items())]})
        )
    return tuple(said)


def is_totals(first_text: str) -> bool:
    """Say whether the first filled cell of a row names it a totals row.

    >>> is_totals("合 计："), is_totals("Total"), is_totals("合计公司")
    (True, True, False)
    """
    return len(first_text) < 20 and re.sub(r"[\s:：()（）]", "", first_text).casefold() in _TOTALS


def is_note(text: str) -> bool:
    """Say whether the only filled cell of a row is a remark about the table, such as who drew it up.

    >>> is_note("备注：下方说明"), is_note("制表人: 张三"), is_note("备注公司"), is_note("Prepared by: Ann")
    (True, True, False, True)
    """
    return _NOTE.match(text.strip()) is not None


def data_end(first_cells: Sequence[tuple[int, str, int]]) -> tuple[frozenset[int], tuple[Notice, ...]]:
    """Give the rows that are no data although they are filled: totals, and notes below them.

    `first_cells` are the filled rows without an id, in order: row number, text of the first filled cell, count of
    filled cells. Below a totals row, a row with a single filled cell is a note (制表人：…); a fuller row is data that
    somebody typed there. Elsewhere a lone cell is a note where it says so itself.
    """
    left: list[int] = []
    notes: list[int] = []
    for row, text, filled in first_cells:
        if is_totals(text) or (left and filled == 1):
            left.append(row)
        elif filled == 1 and is_note(text):
            notes.append(row)
    said = [Notice("layout.totals_left_out", {"rows": left})] if left else []
    said += [Notice("layout.notes_left_out", {"rows": notes})] if notes else []
    return frozenset((*left, *notes)), tuple(said)
