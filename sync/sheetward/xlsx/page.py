"""A visible tab of ours: text cells with looks, pick lists, links into the workbook. Made once, rewritten as a whole.

Every value is a text cell in a text format, so that nothing in it is ever taken for a formula, a number or a date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sheetward.xlsx.areas import Area, address, column_letters
from sheetward.xlsx.cell_text import checked, spelt
from sheetward.xlsx.edits import Page, PageCell, PageList, PutText
from sheetward.xlsx.look import Look
from sheetward.xlsx.markup import escaped_attribute, escaped_text
from sheetward.xlsx.ranges import spelt_areas
from sheetward.xlsx.stamp_tab import MAIN, MAIN_STRICT

LONGEST_LIST: Final = 255
"""Characters of a pick list that is written out in its cell (Excel's limit)."""


def page_part(page: Page, styles: Mapping[Look, int], *, strict: bool) -> bytes:
    """Give the whole part of a page. `UserError('patch.text_too_long')` as for any cell."""
    pieces = [
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="%s">'
        % (MAIN_STRICT if strict else MAIN).encode(),
        b'<sheetPr><tabColor rgb="FFF4B183"/><pageSetUpPr fitToPage="1"/></sheetPr>',
        _view(page.frozen_rows),
        b'<sheetFormatPr defaultRowHeight="15"/>',
        _columns(page),
        b"<sheetData>",
        *(_row(number, row, page, styles) for number, row in enumerate(page.rows, start=1)),
        b"</sheetData>",
        _filter(page),
        _merges(page),
        _lists(page.lists),
        _links(page.rows),
        b'<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>',
        b'<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>',
    ]
    return b"".join(pieces)


def _view(frozen: int) -> bytes:
    below = f"A{frozen + 1}".encode()
    return (
        b'<sheetViews><sheetView showGridLines="0" workbookViewId="0"><pane ySplit="%d" topLeftCell="%s"'
        b' activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="%s" sqref="%s"/></sheetView>'
        b"</sheetViews>" % (frozen, below, below, below)
    )


def _columns(page: Page) -> bytes:
    cols: list[bytes] = []
    for number, width in enumerate(page.widths, start=1):
        hidden = b' hidden="1"' if width == 0 else b""
        cols.append(
            b'<col min="%d" max="%d" width="%s"%s customWidth="1"/>'
            % (number, number, str(width or 9).encode(), hidden)
        )
    return b"<cols>%s</cols>" % b"".join(cols)


def _row(number: int, row: Sequence[PageCell], page: Page, styles: Mapping[Look, int]) -> bytes:
    cells: list[bytes] = []
    for column, cell in enumerate(row, start=1):
        place = address(number, column)
        style = styles.get(cell.look, 0) if cell.look is not None else 0
        tag = b'<c r="%s" s="%d"' % (place.encode(), style)
        if cell.text:
            checked(PutText(cell.text), page.name, place)
            cells.append(b'%s t="inlineStr">%s</c>' % (tag, spelt(PutText(cell.text), b"")[1]))
        elif style:
            cells.append(tag + b"/>")
    height = page.heights.get(number)
    tall = b"" if height is None else b' ht="%d" customHeight="1"' % height
    return b'<row r="%d"%s>%s</row>' % (number, tall, b"".join(cells))


def _filter(page: Page) -> bytes:
    if not page.filter_row:
        return b""
    shown = sum(width > 0 for width in page.widths)
    area = Area(page.filter_row, 1, max(len(page.rows), page.filter_row), shown)
    return b'<autoFilter ref="%s"/>' % str(area).encode()


def _merges(page: Page) -> bytes:
    shown = sum(width > 0 for width in page.widths)
    if not page.is_titled:
        return b""
    return b'<mergeCells count="1"><mergeCell ref="A1:%s1"/></mergeCells>' % column_letters(shown).encode()


def _lists(lists: Sequence[PageList]) -> bytes:
    rules = [_list(one) for one in lists if one.words]
    return b'<dataValidations count="%d">%s</dataValidations>' % (len(rules), b"".join(rules)) if rules else b""


def _list(one: PageList) -> bytes:
    title, text = escaped_attribute(one.title[:32]), escaped_attribute(one.text[:225])
    areas = spelt_areas(_stretches(one.column, one.rows)).encode()
    words = ",".join(one.words)[:LONGEST_LIST].replace('"', '""')
    return (
        b'<dataValidation type="list" allowBlank="1" showInputMessage="1" showErrorMessage="1" errorTitle="%s" error="%s"'
        b' promptTitle="%s" prompt="%s" sqref="%s"><formula1>"%s"</formula1></dataValidation>'
        % (title, text, title, text, areas, escaped_text(words))
    )


def _stretches(column: int, rows: Sequence[int]) -> list[Area]:
    """Give the cells of one column in these rows as areas, neighbours joined."""
    found: list[Area] = []
    for row in sorted(rows):
        if found and found[-1].last_row == row - 1:
            found[-1] = Area(found[-1].first_row, column, row, column)
        else:
            found.append(Area(row, column, row, column))
    return found


def _links(rows: Sequence[Sequence[PageCell]]) -> bytes:
    links = [
        b'<hyperlink ref="%s" location="%s" display="%s"/>'
        % (address(number, column).encode(), escaped_attribute(cell.link), escaped_attribute(cell.text))
        for number, row in enumerate(rows, start=1)
        for column, cell in enumerate(row, start=1)
        if cell.link
    ]
    return b"<hyperlinks>%s</hyperlinks>" % b"".join(links) if links else b""
