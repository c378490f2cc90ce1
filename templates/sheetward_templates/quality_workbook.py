"""The report of a check as a workbook: a tab for each part, each a list that can be filtered, findings linked to their cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import xlsxwriter

from sheetward_templates.look import FAINT, HEADER_HEIGHT, LINE_HEIGHT, NAVY, ROW_HEIGHT, Look, column_width, line_count
from sheetward_templates.quality import (
    Beside,
    Checked,
    FindingLine,
    active_of,
    cell_place,
    field_lines,
    until_text,
    waived_of,
)
from sheetward_templates.texts import Lang, report_text

MOST: Final = 50_000
"""Findings in the workbook; fewer than the links that Excel takes in a tab."""
_PERCENT: Final = "0.0%"
_COUNT: Final = "#,##0"

RESULT_CATEGORY = "Sheetward result"
"""The category among the properties of each workbook that we make as a result: such a file may be made anew."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of a list: its header, how its cells look, the widest it may become."""

    header: str
    form: Mapping[str, object]
    most: float = 40


Cell = str | int | float | None
Links = Mapping[int, str]


class _Book:
    """One report on its way."""

    def __init__(self, book: xlsxwriter.Workbook, lang: Lang) -> None:
        self._book = book
        self._lang: Lang = lang
        self.look = Look(book, lang)

    def say(self, code: str) -> str:
        return report_text(f"validation.{code}", self._lang)

    def sheet(self, code: str) -> Any:
        sheet = self._book.add_worksheet(self.say(code)[:31])
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        return sheet

    def chart(self, sheet: Any, rows: int, name: str) -> None:
        chart: Any = self._book.add_chart({"type": "line"})
        chart.add_series(
            {
                "name": self.say("clean_share"),
                "categories": [name, 1, 0, rows, 0],
                "values": [name, 1, 4, rows, 4],
                "line": {"color": NAVY, "width": 2},
                "marker": {"type": "circle", "size": 6, "border": {"color": NAVY}, "fill": {"color": "#FFFFFF"}},
            }
        )
        chart.set_legend({"none": True})
        chart.set_title({"name": self.say("trend"), "name_font": {"size": 11, "color": NAVY, "bold": True}})
        chart.set_y_axis(
            {"num_format": "0%", "max": 1, "major_gridlines": {"visible": True, "line": {"color": "#DDE2E7"}}}
        )
        chart.set_size({"width": 620, "height": 300})
        sheet.insert_chart(0, 6, chart)

    def listed(
        self, sheet: Any, columns: Sequence[_Column], rows: Sequence[Sequence[Cell]], links: Sequence[Links] = ()
    ) -> None:
        """Write a list: a header that stays, a filter, rows high enough for their texts; `links` are by row and column."""
        look = self.look
        widths: list[float] = []
        for place, column in enumerate(columns):
            texts = [column.header, *(str(row[place] or "") for row in rows[:500])]
            widths.append(column_width(texts, 9, column.most))
            sheet.set_column(place, place, widths[-1])
            align = "right" if "num_format" in column.form else "left"
            sheet.write_string(0, place, column.header, look.header("optional", align))
        sheet.set_row(0, HEADER_HEIGHT)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(columns) - 1)
        for number, row in enumerate(rows, start=1):
            own: Links = links[number - 1] if links else {}
            lines = 1
            for place, (cell, column) in enumerate(zip(row, columns, strict=True)):
                _write(sheet, number, place, cell, look.cell(**column.form), look.cell(**_LINK), own.get(place, ""))
                if isinstance(cell, str):
                    lines = max(lines, line_count(cell, widths[place]))
            sheet.set_row(number, max(ROW_HEIGHT, min(6 + LINE_HEIGHT * lines, 400)))


_TEXT: Final[Mapping[str, object]] = {"text_wrap": True, "valign": "top"}
_NUMBER: Final[Mapping[str, object]] = {"num_format": _COUNT, "align": "right", "valign": "top"}
_SHARE: Final[Mapping[str, object]] = {"num_format": _PERCENT, "align": "right", "valign": "top"}
_LINK: Final[Mapping[str, object]] = {"valign": "top", "font_color": "#0563C1", "underline": 1}


def _write(sheet: Any, row: int, column: int, cell: Cell, form: Any, linked: Any, url: str) -> None:
    if cell is None or cell == "":
        sheet.write_blank(row, column, None, form)
    elif isinstance(cell, str):
        # A text is a text: nothing that stands in a cell may run as a formula here.
        if not url or sheet.write_url(row, column, url, linked, cell[:255]) < 0:
            sheet.write_string(row, column, cell[:32_000], form)
    else:
        sheet.write_number(row, column, cell, form)


def quality_workbook(
    checked: Checked,
    out: BinaryIO,
    lang: Lang,
    *,
    made: str = "",
    columns: Mapping[str, str] | None = None,
    filled: Mapping[str, int] | None = None,
    beside: Beside | None = None,
) -> None:
    """Write the report; the arguments are those of `validation_page`."""
    more = beside or Beside()
    options: dict[str, object] = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as made_book:
        made_book.set_properties({"category": RESULT_CATEGORY})
        book = _Book(made_book, lang)
        active, waived = active_of(checked["findings"]), waived_of(checked["findings"])
        _overview(book, checked, active, len(waived), made, lang)
        _findings(book, checked, active, more.link)
        _fields(book, checked, columns or {}, filled)
        if more.groups:
            _groups(book, more, lang)
        if waived:
            _waived(book, checked, more.link, lang)
        if more.trend:
            _trend(book, more)


def _overview(book: _Book, checked: Checked, active: Sequence[FindingLine], waived: int, made: str, lang: Lang) -> None:
    sheet, look = book.sheet("overview"), book.look
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 60)
    sheet.set_row(0, 36)
    title = look.format(bold=True, font_size=17, font_color=NAVY)
    sheet.write_string(0, 0, report_text("validation.title", lang), title)
    place = " · ".join(part for part in (checked["file"], checked["tab"] or "", checked["table"]) if part)
    sheet.write_string(1, 0, place, look.format(font_color=FAINT))
    if made:
        sheet.write_string(2, 0, report_text("page.made", lang, when=made), look.format(font_color=FAINT))
    bad = len({one["row"] for one in active})
    errors = sum(one["severity"] == "error" for one in active)
    rows = checked["rows"]
    figures: list[tuple[str, float, Mapping[str, object]]] = [
        ("score", 1 - bad / rows if rows else 1.0, _SHARE),
        ("rows", rows, _NUMBER),
        ("clean_rows", max(0, rows - bad), _NUMBER),
        ("errors", errors, _NUMBER),
        ("warnings", len(active) - errors, _NUMBER),
        ("waived", waived, _NUMBER),
    ]
    for number, (code, figure, form) in enumerate(figures, start=4):
        sheet.set_row(number, 24)
        sheet.write_string(number, 0, book.say(code), look.cell(font_color=FAINT))
        shape = {**form, "bold": True, "font_size": 13, "align": "left", "valign": "vcenter"}
        sheet.write_number(number, 1, figure, look.cell(**shape))


def _url(link: str, tab: str | None, cell: str | None) -> str:
    place = cell_place(tab, cell)
    return f"external:{link}#{place}" if link and place else ""


def _findings(book: _Book, checked: Checked, active: Sequence[FindingLine], link: str) -> None:
    names = (
        ("cell", _TEXT, 14.0),
        ("key", _TEXT, 18.0),
        ("severity", _TEXT, 12.0),
        ("column", _TEXT, 18.0),
        ("value", _TEXT, 30.0),
        ("message", _TEXT, 52.0),
        ("suggestion", _TEXT, 24.0),
        ("why", _TEXT, 40.0),
        ("way_out", _TEXT, 52.0),
        ("kind", {**_TEXT, "font_color": FAINT}, 24.0),
    )
    shown = active[:MOST]
    rows = [
        (
            str(one["cell"] or one["row"]),
            one.get("key") or "",
            book.say(one["severity"]),
            one["column"],
            one["value"],
            one["message"],
            one["suggestion"] or "",
            one.get("why", ""),
            one.get("hint", ""),
            one["code"],
        )
        for one in shown
    ]
    links = [{0: url} if (url := _url(link, checked["tab"], one["cell"])) else {} for one in shown]
    columns = [_Column(book.say(code), form, most) for code, form, most in names]
    book.listed(book.sheet("findings_sheet"), columns, rows, links)


def _fields(book: _Book, checked: Checked, columns: Mapping[str, str], filled: Mapping[str, int] | None) -> None:
    names = (("column", _TEXT), ("filled", _NUMBER), ("errors", _NUMBER), ("warnings", _NUMBER), ("right", _SHARE))
    lines = field_lines(checked, columns, filled)
    rows = [(line.column, line.filled, line.errors, line.warnings, line.share) for line in lines]
    book.listed(book.sheet("fields_sheet"), [_Column(book.say(code), form) for code, form in names], rows)


def _groups(book: _Book, beside: Beside, lang: Lang) -> None:
    names = (
        ("column", _TEXT),
        ("group", _TEXT),
        ("rows", _NUMBER),
        ("errors", _NUMBER),
        ("warnings", _NUMBER),
        ("clean_share", _SHARE),
    )
    empty = report_text("page.empty", lang)
    rows = [
        (one.column, one.value or empty, one.rows, one.errors, one.warnings, 1 - one.bad_rows / one.rows)
        for one in beside.groups
    ]
    book.listed(book.sheet("groups_sheet"), [_Column(book.say(code), form) for code, form in names], rows)


def _waived(book: _Book, checked: Checked, link: str, lang: Lang) -> None:
    codes = ("cell", "column", "value", "message", "reason", "by", "until")
    found = waived_of(checked["findings"])[:MOST]
    rows = [
        (
            str(one["cell"] or one["row"]),
            one["column"],
            one["value"],
            one["message"],
            why["reason"],
            why["by"],
            until_text(why, lang),
        )
        for one, why in found
    ]
    links = [{0: url} if (url := _url(link, checked["tab"], one["cell"])) else {} for one, _ in found]
    book.listed(book.sheet("waived_sheet"), [_Column(book.say(code), _TEXT, 44) for code in codes], rows, links)


def _trend(book: _Book, beside: Beside) -> None:
    names = (("when", _TEXT), ("commit", _TEXT), ("rows", _NUMBER), ("bad_rows", _NUMBER), ("clean_share", _SHARE))
    sheet = book.sheet("trend_sheet")
    rows = [(dot.when, dot.commit, dot.rows, dot.bad_rows, dot.share) for dot in beside.trend]
    book.listed(sheet, [_Column(book.say(code), form) for code, form in names], rows)
    if len(rows) > 1:
        book.chart(sheet, len(rows), sheet.get_name())
