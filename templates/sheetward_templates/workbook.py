"""Workbooks made from a schema: a data tab, a guide, a hidden tab with the lists."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from os import PathLike
from typing import Any, BinaryIO, Final, TypeAlias

import xlsxwriter
from sheetward_schemas.model import Field, TableSchema
from sheetward_schemas.sheet_validation import CellCheck, cell_checks
from xlsxwriter.utility import xl_col_to_name

from sheetward_templates.describe import choices, guide_of, is_demanded, is_given, kind_of
from sheetward_templates.entry import entry_options
from sheetward_templates.guide_sheet import write_guide
from sheetward_templates.look import (
    HEADER_HEIGHT,
    LINE_HEIGHT,
    ROW_HEIGHT,
    Format,
    Look,
    column_width,
    line_count,
)
from sheetward_templates.texts import Lang, text

CellValue: TypeAlias = "None | str | bool | int | float | Decimal | dt.date | dt.datetime"
Record: TypeAlias = "Mapping[str, CellValue]"
"""One row to fill in, by field name; texts stand as people would type them."""

REACH: Final = 10_000
"""How many rows the validations and conditional formats cover below the header, so that new rows inherit them."""
PAGE_WIDTH: Final = 190
"""Column units that are still legible on one page: about 70 % of natural size."""
CREATED: Final = dt.datetime(2024, 1, 1)  # noqa: DTZ001
"""A fixed date in the file's properties: the same schema gives the same bytes."""
_ILLEGAL_TAB: Final = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, slots=True)
class _Column:
    field: Field
    index: int
    header: str
    check: CellCheck | None

    @property
    def letters(self) -> str:
        return str(xl_col_to_name(self.index))


def chosen_fields(schema: TableSchema, columns: str | Sequence[str]) -> tuple[Field, ...]:
    """Give the fields of a template: `basic`, `all`, or these names in this order.

    `KeyError` where a name is not in the schema, `ValueError` where there is none at all (a role that sees nothing gets
    no workbook). A schema that names no basic columns gives all of them.
    """
    if columns == "all" or (columns == "basic" and not schema.basic):
        return schema.fields
    names = schema.basic if columns == "basic" else columns
    if not names:
        raise ValueError("a workbook needs at least one column")
    return tuple(schema.by_name[name] for name in names)


def tab_name(wanted: str) -> str:
    """Give a name that Excel takes for a tab: without its forbidden characters, 31 characters at most."""
    return _ILLEGAL_TAB.sub(" ", wanted).strip()[:31].strip() or "Sheet"


def build_template(
    schema: TableSchema,
    target: str | PathLike[str] | BinaryIO,
    lang: Lang,
    columns: str | Sequence[str] = "basic",
    *,
    rows: Sequence[Record] = (),
    sheet_name: str | None = None,
) -> str:
    """Write a workbook for a table and give the name of its data tab.

    `columns` is `basic`, `all` or field names; `rows` are filled in as they are. Headers are the labels of that
    language, in the first row of the first tab. The file has no id column and no stamp: binding adds them. The same
    arguments give the same bytes.
    """
    fields = chosen_fields(schema, columns)
    label = schema.label(lang)
    tab = tab_name(sheet_name or label)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(target) if isinstance(target, str | PathLike) else target, options) as book:
        book.set_properties({"title": label, "created": CREATED, "author": "Sheetward"})
        look = Look(book, lang)
        data = book.add_worksheet(tab)
        guide = book.add_worksheet(_free_name(text("guide.tab", lang), tab))
        write_guide(guide, look, schema, fields, tab, lang)
        checks = cell_checks(schema, {f.name: f"${xl_col_to_name(n)}2" for n, f in enumerate(fields)}, lang)
        lists = _write_lists(book, _free_name(text("lists.tab", lang), tab), checks)
        placed = [_Column(field, n, field.label(lang), checks.get(field.name)) for n, field in enumerate(fields)]
        _write_data(data, look, schema, placed, lists, rows, lang)
        data.activate()
    return tab


def _free_name(wanted: str, taken: str) -> str:
    return f"{wanted} 2" if wanted.casefold() == taken.casefold() else wanted


def _write_lists(book: Any, tab: str, checks: Mapping[str, CellCheck]) -> dict[str, str]:
    """Write the members of every list, one column each, and give field to defined name.

    All lists stand in the hidden tab, short ones too: a company that needs another choice adds it in one place.
    """
    names: dict[str, str] = {}
    listed = [check for check in checks.values() if check.check == "list"]
    if not listed:
        return names
    sheet = book.add_worksheet(tab)
    sheet.hide()
    for index, check in enumerate(listed):
        sheet.write_string(0, index, check.field)
        for row, member in enumerate(check.members, start=1):
            sheet.write_string(row, index, member)
        letters = xl_col_to_name(index)
        names[check.field] = f"List_{index + 1}"
        book.define_name(names[check.field], f"='{tab}'!${letters}$2:${letters}${len(check.members) + 1}")
    return names


def _write_data(
    sheet: Any,
    look: Look,
    schema: TableSchema,
    columns: Sequence[_Column],
    lists: Mapping[str, str],
    rows: Sequence[Record],
    lang: Lang,
) -> None:
    last = max(len(rows), 1)
    sheet.set_default_row(ROW_HEIGHT)
    sheet.set_row(0, HEADER_HEIGHT)
    sheet.hide_gridlines(2)
    widths: dict[str, float] = {}
    for column in columns:
        body = look.cell(**_body(column.field))
        samples = [column.header, guide_of(column.field, schema, lang).example, *choices(column.field, lang)]
        samples += [_shown(row.get(column.field.name)) for row in rows[:200]]
        least, most = (30, 42) if _is_prose(column.field) else (12, 30)
        width = column_width(samples, least, most)
        sheet.set_column(column.index, column.index, width, body)
        for number in range(last):
            _write(sheet, number + 1, column.index, rows[number].get(column.field.name) if rows else None, body)
        widths[column.field.name] = width
        options = entry_options(column.field, schema, column.check, f"{column.letters}2", lists, lang)
        sheet.data_validation(1, column.index, REACH, column.index, options)
    prose = [column.field.name for column in columns if _is_prose(column.field)]
    for number, record in enumerate(rows, start=1):
        lines = max((line_count(_shown(record.get(name)), widths[name]) for name in prose), default=1)
        if lines > 1:
            sheet.set_row(number, LINE_HEIGHT * lines + 5)
    sheet.add_table(
        0,
        0,
        last,
        len(columns) - 1,
        {
            "name": "Sheetward_" + re.sub(r"\W", "_", schema.name, flags=re.ASCII),
            "style": None,
            "columns": [{"header": column.header, "header_format": _header(look, column.field)} for column in columns],
        },
    )
    _add_colours(sheet, look, schema, columns)
    sheet.freeze_panes(1, 1)
    _set_print(sheet, schema, sum(widths.values()), lang)


def _header(look: Look, field: Field) -> Format:
    kind = "given" if is_given(field) else "required" if is_demanded(field) else "optional"
    return look.header(kind, str(_body(field)["align"]))


def _is_prose(field: Field) -> bool:
    return field.type == "string" and (field.constraints.max_length or 0) >= 300


def _body(field: Field) -> dict[str, object]:
    """Give what is special about a column's cells: text stays text, dates look like dates, long text wraps."""
    kind = kind_of(field)
    if field.type == "date" or kind == "date":
        return {"num_format": "yyyy-mm-dd", "align": "left"}
    if field.type == "datetime":
        return {"num_format": "yyyy-mm-dd hh:mm", "align": "left"}
    if kind == "amount":
        return {"num_format": "#,##0.00_ ", "align": "right"}
    if field.type == "integer":
        return {"num_format": "#,##0", "align": "right"}
    if field.type == "number":
        return {"num_format": "General", "align": "right"}
    if field.type == "boolean":
        return {"align": "left"}
    return {"num_format": "@", "align": "left", "text_wrap": _is_prose(field)}


def _shown(value: CellValue) -> str:
    return "" if value is None else str(value)


def _write(sheet: Any, row: int, column: int, value: CellValue, body: Format) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, body)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, body)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value, body)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, body)
    else:
        sheet.write_string(row, column, value, body)


def _add_colours(sheet: Any, look: Look, schema: TableSchema, columns: Sequence[_Column]) -> None:
    """Colour keys that repeat and required cells that are empty in a row that has something.

    MATCH compares text as text; COUNTIF would read 18-digit codes as numbers and see 15 digits of them.
    """
    first, final = columns[0].letters, columns[-1].letters
    for column in columns:
        letters, field = column.letters, column.field
        cells = (1, column.index, REACH, column.index)
        if field.constraints.unique or (field.name,) in schema.unique_keys or field.name == schema.business_key:
            above = f"ISNUMBER(MATCH({letters}2,{letters}$1:{letters}1,0))"
            below = f"ISNUMBER(MATCH({letters}2,{letters}3:{letters}${REACH + 2},0))"
            sheet.conditional_format(
                *cells,
                {
                    "type": "formula",
                    "criteria": f'=AND({letters}2<>"",OR({above},{below}))',
                    "format": look.marked("amber"),
                },
            )
        if is_demanded(field):
            criteria = f"=AND(ISBLANK({letters}2),COUNTA(${first}2:${final}2)>0)"
            sheet.conditional_format(*cells, {"type": "formula", "criteria": criteria, "format": look.marked("rose")})


def _set_print(sheet: Any, schema: TableSchema, width: float, lang: Lang) -> None:
    """Fit the columns to the width of A4 landscape, on more pages side by side where one would be too small to read."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(max(1, ceil(width / PAGE_WIDTH)), 0)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0)
    sheet.print_across()
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.set_footer(text("print.footer", lang, table=schema.label(lang).replace("&", "&&")))
