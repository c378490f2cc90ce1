"""One row of a sheet part as bytes: its cells read, some of them written anew, the others left as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.areas import address
from sheetward.xlsx.cell_text import looks_typed, spelt
from sheetward.xlsx.edits import (
    CellContent,
    PutBlank,
    PutDate,
    PutFormula,
    PutNumber,
    PutText,
)
from sheetward.xlsx.markup import attribute, first, with_attribute
from sheetward.xlsx.ranges import parsed_area
from sheetward.xlsx.row_cells import FoundCell, RowCells, cells_of
from sheetward.xlsx.styles_patch import StylesPatch, first_tag

_COPIED: Final = ("spans", "s", "customFormat", "ht", "customHeight", "thickTop", "thickBot", "x14ac:dyDescent")
"""Row attributes that a new row takes from the row above it; hidden and outline levels are not among them."""


@dataclass(frozen=True, slots=True)
class Task:
    """One cell to be written. `style` is for a cell that has to be made; `fill` leaves one that is there as it is."""

    column: int
    content: CellContent
    over_formula: bool = False
    style: int | None = None
    fill: bool = False


@dataclass(slots=True)
class RowContext:
    """What rewriting a row needs to know about its sheet; it notes when a formula was overwritten."""

    prefix: bytes
    part: str
    tab: str
    styles: StylesPatch
    column_styles: dict[int, int]
    overwrote_formula: bool = False


def style_for(content: CellContent, style: int, styles: StylesPatch) -> int:
    """Give the style a content needs in a cell of this style; the same one wherever it will do.

    ====================  =======================  ==========================
    content               the cell's format        becomes
    ====================  =======================  ==========================
    text Excel'd retype   not text                 text
    text with a line end  no wrapping              wrapped
    a date                no date                  the date's own format
    a number              a date                   General
    a formula             text                     General
    anything else         any                      as it is
    ====================  =======================  ==========================
    """
    if isinstance(content, PutText):
        if looks_typed(content.text) and not styles.is_text(style):
            style = styles.with_format(style, "@")
        if "\n" in content.text and not styles.wraps(style):
            style = styles.wrapped(style)
    elif isinstance(content, PutDate) and not styles.is_date(style):
        style = styles.with_format(style, content.number_format)
    elif (isinstance(content, PutNumber) and styles.is_date(style)) or (
        isinstance(content, PutFormula) and styles.is_text(style)
    ):
        style = styles.with_format(style, "General")
    return style


def check_formula(found: FoundCell, task: Task, row: int, tab: str) -> None:
    """Refuse to lose a formula: `UserError('patch.formula')`, or `patch.formula_block` where others hang on it."""
    tag = found.formula
    if tag is None:
        return
    cell = address(row, found.column)
    kind, span = attribute(tag, "t"), parsed_area(attribute(tag, "ref"))
    is_block = kind in {"array", "dataTable"} or (kind == "shared" and span is not None and not span.is_single)
    if is_block:
        raise UserError("patch.formula_block", tab=tab, cell=cell)
    if not task.over_formula and not isinstance(task.content, PutFormula):
        raise UserError("patch.formula", tab=tab, cell=cell)


def _base_style(found: FoundCell | None, task: Task, row_style: int | None, context: RowContext) -> int:
    """Give the style a cell has, or would get: the task's, the row's, the column's, in this order."""
    if found is not None:
        return found.style or 0
    if task.style is not None:
        return task.style
    return context.column_styles.get(task.column, 0) if row_style is None else row_style


def written_cell(found: FoundCell | None, task: Task, row: int, row_style: int | None, context: RowContext) -> bytes:
    """Give a cell's new bytes; empty where a blank is put where no cell is."""
    base = _base_style(found, task, row_style, context)
    style = style_for(task.content, base, context.styles)
    kind, inner = spelt(task.content, context.prefix)
    if found is None:
        if isinstance(task.content, PutBlank) and not task.style:
            return b""
        tag = b'<%sc r="%s">' % (context.prefix, address(row, task.column).encode())
        base = 0
    else:
        tag = found.tag
        for name in ("t", "cm", "vm", "ph"):
            tag = with_attribute(tag, name, None)
    if style != base:
        tag = with_attribute(tag, "s", str(style))
    if kind is not None:
        tag = with_attribute(tag, "t", kind)
    opened = tag[:-2].rstrip() + b">" if tag.endswith(b"/>") else tag
    if not inner:
        return opened[:-1] + b"/>"
    return opened + inner + b"</%sc>" % context.prefix


def check_row(
    cells: RowCells | None, number: int, tasks: Sequence[Task], template: bytes | None, context: RowContext
) -> None:
    """Check what will be written into a row, and have every format made that it needs.

    `cells` is `None` for a row that will be new; `template` is then as for `new_row`. `UserError('patch.doubled')` where
    a cell stands twice.
    """
    row_style = row_style_of((template or b"") if cells is None else cells.row)
    for task in tasks:
        found = None if cells is None else cells.get(task.column)
        if cells is not None and cells.is_doubled(task.column):
            raise UserError("patch.doubled", tab=context.tab, cell=address(number, task.column))
        if found is not None and task.fill:
            continue
        if found is not None and found.formula is not None:
            check_formula(found, task, number, context.tab)
            context.overwrote_formula = True
        style_for(task.content, _base_style(found, task, row_style, context), context.styles)


def row_style_of(row: bytes) -> int | None:
    """Give the style that new cells of a row get, `None` where the row has none of its own."""
    start_tag = first_tag(row)
    is_own = attribute(start_tag, "customFormat") in {"1", "true"}
    return int(attribute(start_tag, "s") or 0) if is_own else None


def _spliced(row: bytes, number: int, tasks: Sequence[Task], context: RowContext) -> bytes | None:
    """Give a row all of whose written cells are there and bear their references; `None` for any other."""
    cells = RowCells(row, number, context.prefix, context.part)
    pieces: list[bytes] = []
    position = 0
    for task in tasks:
        found = cells.direct(task.column)
        if found is None or found.start < position:
            return None
        if not task.fill:
            pieces += (row[position : found.start], written_cell(found, task, number, None, context))
            position = found.end
    pieces.append(row[position:])
    return b"".join(pieces)


def edited_row(row: bytes, number: int, tasks: Sequence[Task], context: RowContext) -> bytes:
    """Give a row with cells written; `tasks` ascend by column. Bytes of other cells stay as they are."""
    spliced = _spliced(row, number, tasks, context)
    if spliced is not None:
        return spliced
    start_tag, row_style = first_tag(row), row_style_of(row)
    pieces: list[bytes] = []
    position = len(start_tag)
    waiting = list(tasks)
    for found in cells_of(row, context.prefix, context.part):
        while waiting and waiting[0].column < found.column:
            pieces += (row[position : found.start], written_cell(None, waiting.pop(0), number, row_style, context))
            position = found.start
        if waiting and waiting[0].column == found.column:
            task = waiting.pop(0)
            if task.fill:
                continue
            pieces += (row[position : found.start], written_cell(found, task, number, row_style, context))
            position = found.end
    if start_tag.endswith(b"/>"):
        body = b"".join(written_cell(None, task, number, row_style, context) for task in waiting)
        if not body:
            return row
        return _spanned(start_tag[:-2].rstrip() + b">", tasks) + body + b"</%srow>" % context.prefix
    closing = row.rfind(b"</")
    extension = first(row, "extLst", position)
    limit = closing if extension is None or extension.start >= closing else extension.start
    pieces.append(row[position:limit])
    pieces += (written_cell(None, task, number, row_style, context) for task in waiting)
    pieces.append(row[limit:])
    body = b"".join(pieces)
    return row if body == row[len(start_tag) :] else _spanned(start_tag, tasks) + body


def _spanned(tag: bytes, tasks: Sequence[Task]) -> bytes:
    """Widen the row's `spans` where it does not hold the written cells; readers use it as a hint only."""
    spans = attribute(tag, "spans")
    if not spans or not tasks:
        return tag
    found = re.fullmatch(r"(\d+):(\d+)", spans)
    if found is None:
        return with_attribute(tag, "spans", None)
    low, high = min(int(found[1]), tasks[0].column), max(int(found[2]), tasks[-1].column)
    wide = f"{low}:{high}"
    return tag if wide == spans else with_attribute(tag, "spans", wide)


def new_row(number: int, tasks: Sequence[Task], template: bytes | None, context: RowContext) -> bytes:
    """Give a row that is not there yet; height and format as in the template row. Empty where nothing is to be put."""
    tag = b'<%srow r="%d"' % (context.prefix, number)
    model = first_tag(template or b"")
    for name in _COPIED:
        value = attribute(model, name)
        if value is not None:
            tag += b' %s="%s"' % (name.encode(), value.encode())
    row_style = row_style_of(template or b"")
    cells = b"".join(written_cell(None, task, number, row_style, context) for task in tasks)
    if not cells:
        return b""
    return _spanned(tag + b">", tasks) + cells + b"</%srow>" % context.prefix


def without_column(row: bytes, column: int, prefix: bytes, part: str) -> bytes:
    """Give a row with the cell of one column taken out; where later cells are counted from it, it is emptied."""
    cells = list(cells_of(row, prefix, part))
    for index, found in enumerate(cells):
        if found.column == column:
            following = cells[index + 1 : index + 2]
            if following and attribute(following[0].tag, "r") is None:
                return row[: found.start] + b"<%sc/>" % prefix + row[found.end :]
            return row[: found.start] + row[found.end :]
    return row
