"""The tab that lists what a check found, read and made anew as a page. Pure.

People see seven columns; two hidden ones beside them hold what a line is about. Lines about other tabs of the workbook
are carried over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sheetward.messages import Lang, render
from sheetward.sheets import own_list
from sheetward.sheets.own_list import CHECK_HEAD, SIGN, place_link, row_height
from sheetward.sheets.tab import head_of, head_rows
from sheetward.xlsx.edits import Page, PageCell
from sheetward.xlsx.look import Look
from sheetward.xlsx.workbook import SheetInfo, Visibility, Workbook

COLUMNS: Final = ("where", "severity", "column", "value", "message", "suggestion", "way_out")
MOST_LINES: Final = 20_000
"""Lines of the list; a workbook stays quick with so many."""
_HIDDEN: Final = (CHECK_HEAD, SIGN + "cell")
_WIDTHS: Final = (16, 10, 16, 28, 46, 26, 46, 0, 0)
_SEVERITIES: Final = {"error": Look(fill="FFFBD5D1", is_bold=True), "warning": Look(fill="FFFFF2CC", is_bold=True)}
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One finding as the tab shows it; `severity` is `error` or `warning`, `suggestion` and `way_out` may be empty."""

    tab: str
    cell: str
    severity: str
    column: str
    value: str
    message: str
    suggestion: str = ""
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class CheckTab:
    """The tab as it was read; `name` is `None` where the workbook has none."""

    name: str | None = None
    lines: tuple[CheckLine, ...] = ()


def read_check_tab(workbook: Workbook) -> CheckTab:
    """Find the list by its hidden header, whatever the tab is called by now, and read its lines."""
    for sheet in workbook.sheets:
        if sheet.visibility is Visibility.VERY_HIDDEN:
            continue
        top, _ = head_rows(workbook.rows(sheet))
        head = head_of(workbook, sheet, top)
        row = next((row for row, texts in head.rows.items() if CHECK_HEAD in texts.values()), None)
        if row is not None and own_list.is_own_list(head):
            column = next(column for column, text in head.rows[row].items() if text == CHECK_HEAD)
            return CheckTab(sheet.name, tuple(_lines(workbook, sheet, row, column - len(COLUMNS))))
    return CheckTab()


def _lines(workbook: Workbook, sheet: SheetInfo, header: int, first: int) -> Iterable[CheckLine]:
    """Read the lines by their places; those whose hidden cells are gone are nobody's."""
    by_word = {render(f"check.{name}", {}, lang): name for name in _SEVERITIES for lang in ("zh", "en")}
    for number, _, cells in workbook.rows(sheet):
        if number <= header:
            continue
        texts = {cell[0] - first: cell[2] for cell in cells}
        tab, cell = texts.get(len(COLUMNS), ""), texts.get(len(COLUMNS) + 1, "")
        severity = by_word.get(texts.get(1, ""))
        if tab and severity is not None:
            told = [texts.get(place, "") for place in range(2, len(COLUMNS))]
            yield CheckLine(tab, cell, severity, *told)


def check_page(name: str, lines: Sequence[CheckLine], lang: Lang) -> Page:
    """Give the list as a page: a sentence that says what it is, a header, the lines."""
    shown = lines[:MOST_LINES]
    code = "check.title_cut" if len(shown) < len(lines) else "check.title" if lines else "check.title_none"
    title = render(code, _counts(lines, shown), lang)
    header = [PageCell(render(f"check.head_{column}", {}, lang), own_list.HEAD) for column in COLUMNS]
    hidden = [PageCell(word, own_list.HIDDEN) for word in _HIDDEN]
    rows = [(PageCell(title, own_list.TITLE),), (*header, *hidden), *(_row(line, lang) for line in shown)]
    heights = {1: 36, **{number: row_height(row, _WIDTHS) for number, row in enumerate(rows[2:], start=3)}}
    return Page(name, tuple(rows), _WIDTHS, heights, frozen_rows=2, filter_row=2)


def _counts(lines: Sequence[CheckLine], shown: Sequence[CheckLine]) -> dict[str, object]:
    errors = sum(line.severity == "error" for line in lines)
    return {"errors": errors, "warnings": len(lines) - errors, "shown": len(shown), "count": len(lines)}


def _row(line: CheckLine, lang: Lang) -> tuple[PageCell, ...]:
    where = PageCell(f"{line.tab} {line.cell}".strip(), own_list.TEXT)
    if line.cell:
        where = PageCell(where.text, own_list.LINK, place_link(line.tab, line.cell))
    texts = (line.column, _short(line.value), line.message, _short(line.suggestion), line.way_out)
    severity = PageCell(render(f"check.{line.severity}", {}, lang), _SEVERITIES[line.severity])
    told = (PageCell(text, own_list.TEXT) for text in texts)
    return (where, severity, *told, PageCell(line.tab, own_list.HIDDEN), PageCell(line.cell, own_list.HIDDEN))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
