"""The company's workbooks as its people keep them: titles, private columns, a chart, a picture, formulas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

import xlsxwriter
from sheetward_schemas import TableSchema
from sheetward_templates.look import FAINT, HAIRLINE, NAVY, PALE, Look, column_width
from xlsxwriter.utility import xl_col_to_name

from sheetward.app.schemas import load
from sheetward.demo.company import Company, Record, records

_LEAST: Final = {"id_number": 23, "remark": 38, "amount": 15, "unit_price": 14, "quantity": 12}
"""Widths of columns that a sync is yet to fill, or whose figures are shown longer than they were typed."""
_NUMBERS: Final = {"amount": "#,##0.00", "unit_price": "#,##0.00", "quantity": "#,##0"}
"""Number formats of columns that have one; phone numbers typed as numbers have none."""
HEADER_ROW: Final = 4
"""The row of the header in every workbook of the company; a title and a line about the list stand above it."""
_MADE: Final = dt.datetime(2025, 11, 3)  # noqa: DTZ001 - a file's property

_OFFICE: Final = (
    "customer_id", "name", "phone", "email", "company", "country", "region", "credit_rating", "contract_terms",
    "id_number", "created_on", "last_contact_on", "remark",
)  # fmt: skip
_EAST: Final = (
    "customer_id", "name", "company", "country", "phone", "email", "kind", "id_number", "created_on",
    "last_contact_on", "visits", "remark",
)  # fmt: skip
_ORDERS: Final = (
    "order_id", "customer_id", "ordered_on", "product", "quantity", "unit_price", "amount", "currency", "status",
)  # fmt: skip
_PAYMENTS: Final = (
    "payment_id", "order_id", "customer_id", "paid_on", "amount", "currency", "method", "invoice_no", "status",
)  # fmt: skip

Column = tuple[str, str]
"""Field (or the name of a private column) and header."""


def write_workbooks(company: Company) -> None:
    """Write the four workbooks into the company's folder."""
    _office(company)
    _east(company)
    _orders(company)
    _finance(company)


class _Workbook:
    """One workbook in the making."""

    def __init__(self, company: Company, sheet: str) -> None:
        self.company = company
        path = str(company.path(sheet))
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(path, options)
        self.book.set_properties({"author": company.say("company"), "created": _MADE})
        self.look = Look(self.book, company.lang)

    def tab(self, name: str, title: str, line: str, last: int) -> Any:
        """Add a tab with a title over its columns up to `last`."""
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_default_row(20)
        plain = self.look.format()
        for row, height in enumerate((34, 20, 8)):
            sheet.set_row(row, height, plain)
        style = self.look.format(bold=True, font_size=16, font_color=NAVY, indent=1)
        sheet.merge_range(0, 0, 0, last, title, style)
        sheet.write_string(1, 0, line, self.look.format(font_color=FAINT, indent=1))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def grid(self, sheet: Any, columns: Sequence[Column], rows: Sequence[Record], required: frozenset[str]) -> None:
        """Write header and rows as they were typed, with filter, frozen header and print set-up."""
        top = HEADER_ROW - 1
        sheet.set_row(top, 26)
        for place, (name, header) in enumerate(columns):
            texts = [header, *(_shown(row.get(name, "")) for row in rows)]
            sheet.set_column(place, place, column_width(texts, _LEAST.get(name, 11), 40))
            sheet.write_string(top, place, header, self.look.header("required" if name in required else "optional"))
            for number, row in enumerate(rows, start=top + 1):
                self.cell(sheet, number, place, row.get(name, ""), _NUMBERS.get(name, "General"))
        sheet.autofilter(top, 0, top + len(rows), len(columns) - 1)
        sheet.freeze_panes(HEADER_ROW, 1)
        sheet.repeat_rows(top)

    def cell(self, sheet: Any, row: int, place: int, typed: str, number_format: str) -> None:
        """Write one cell; see `company.Record` for how a typed value is noted."""
        if typed.startswith("#"):
            body = self.look.cell(num_format=number_format, align="right")
            sheet.write_number(row, place, float(typed[1:]), body)
        elif typed.startswith("d:"):
            sheet.write_datetime(
                row, place, dt.datetime.fromisoformat(typed[2:]), self.look.cell(num_format="yyyy-mm-dd", align="left")
            )
        elif typed:
            sheet.write_string(row, place, typed, self.look.cell())
        else:
            sheet.write_blank(row, place, None, self.look.cell())

    def close(self) -> None:
        """Write the file."""
        self.book.close()


def _shown(typed: str) -> str:
    return typed[1:] if typed.startswith("#") else typed.removeprefix("d:")


def _columns(schema: TableSchema, names: Sequence[str], company: Company, own: Mapping[str, str]) -> list[Column]:
    """Give columns with the schema's labels, but in the words that this workbook uses for some."""
    return [(name, own.get(name) or schema.by_name[name].label(company.lang)) for name in names]


def _office(company: Company) -> None:
    schema, book = load("customer"), company.book("head-office")
    rows = records("head_office", company.lang)
    work = _Workbook(company, book.sheet)
    sheet = work.tab(book.tab, company.say("title.office"), company.say("line.office"), len(_OFFICE) - 1)
    work.grid(sheet, _columns(schema, _OFFICE, company, {}), rows, frozenset({"customer_id", "name", "phone"}))
    work.close()


def _east(company: Company) -> None:
    """Write the messy one: other words in the header, private columns, a second tab with formulas, chart and picture."""
    schema, book = load("customer"), company.book("sales-east")
    rows = records("sales_east", company.lang)
    own = {name: company.say(f"header.{name}") for name in ("name", "phone", "company", "visits", "remark")}
    columns = _columns(schema, _EAST, company, own)
    work = _Workbook(company, book.sheet)
    sheet = work.tab(book.tab, company.say("title.east"), company.say("line.east"), len(columns) - 1)
    work.grid(sheet, columns, rows, frozenset({"customer_id", "name", "phone"}))
    _visits(work, company, _EAST.index("visits"), rows)
    work.close()


def _visits(work: _Workbook, company: Company, place: int, rows: Sequence[Record]) -> None:
    """Write the private tab: who was visited how often, as formulas over the private column, with chart and picture."""
    book = company.book("sales-east")
    sheet = work.tab(company.say("tab.visits"), company.say("title.visits"), company.say("line.visits"), 7)
    letters = xl_col_to_name(place)
    area = f"'{book.tab}'!${letters}${HEADER_ROW + 1}:${letters}${HEADER_ROW + len(rows)}"
    visits = [float(row["visits"][1:]) for row in rows]
    bounds = ((0, 2), (3, 5), (6, 8), (9, 11), (12, 99))
    heads = (company.say("header.visits"), company.say("header.count"))
    for column, head in enumerate(heads):
        sheet.write_string(3, column, head, work.look.header("optional"))
    for number, (low, high) in enumerate(bounds, start=4):
        sheet.write_string(number, 0, f"{low}-{high}" if high < 99 else f"{low}+", work.look.cell())
        formula = f'=COUNTIFS({area},">={low}",{area},"<={high}")'
        count = sum(low <= n <= high for n in visits)
        sheet.write_formula(number, 1, formula, work.look.cell(align="right"), count)
    sheet.write_string(9, 0, company.say("header.total"), work.look.cell(bold=True, bg_color=PALE))
    sheet.write_formula(9, 1, f"=SUM({area})", work.look.cell(bold=True, bg_color=PALE, align="right"), sum(visits))
    sheet.set_column(0, 1, 16)
    _add_bars(work, sheet, company.say("tab.visits"), company.say("title.visits"), 8)
    logo = (files("sheetward.demo") / "data" / "logo.png").read_bytes()
    picture = {"image_data": BytesIO(logo), "x_scale": 0.75, "y_scale": 0.75, "description": company.say("company")}
    sheet.insert_image("A12", "logo.png", picture)


def _add_bars(work: _Workbook, sheet: Any, tab: str, title: str, last: int) -> None:
    """Add a chart of the figures in column B, from row 5 to `last` (counted from 0), named by column A."""
    chart: Any = work.book.add_chart({"type": "column"})
    series = {"categories": [tab, 4, 0, last, 0], "values": [tab, 4, 1, last, 1], "fill": {"color": NAVY}, "gap": 60}
    chart.add_series(series)
    chart.set_title({"name": title, "name_font": {"size": 12, "color": NAVY}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"major_gridlines": {"visible": True, "line": {"color": HAIRLINE}}, "line": {"none": True}})
    chart.set_size({"width": 480, "height": 280})
    sheet.insert_chart("D5", chart)


def _orders(company: Company) -> None:
    schema, book = load("order"), company.book("orders")
    work = _Workbook(company, book.sheet)
    sheet = work.tab(book.tab, company.say("title.orders"), company.say("line.orders"), len(_ORDERS) - 1)
    columns = _columns(schema, _ORDERS, company, {})
    work.grid(sheet, columns, records("orders", company.lang), frozenset({"order_id", "customer_id", "ordered_on"}))
    work.close()


def _finance(company: Company) -> None:
    """Write the finance workbook: payments, customers by number and company alone (still empty), sums by currency."""
    book, side = company.book("finance"), company.book("finance-customers")
    rows = records("payments", company.lang)
    work = _Workbook(company, book.sheet)
    sheet = work.tab(book.tab, company.say("title.finance"), company.say("line.finance"), len(_PAYMENTS) - 1)
    work.grid(sheet, _columns(load("payment"), _PAYMENTS, company, {}), rows, frozenset({"payment_id", "amount"}))
    people = work.tab(side.tab, company.say("title.finance_customers"), company.say("line.finance_customers"), 2)
    shown = _columns(load("customer"), ("customer_id", "company"), company, {})
    for place, (_, header) in enumerate(shown):
        people.write_string(HEADER_ROW - 1, place, header, work.look.header("given"))
    people.set_column(0, 0, 16, work.look.cell())
    people.set_column(1, 1, 42, work.look.cell())
    people.freeze_panes(HEADER_ROW, 1)
    people.set_portrait()
    people.repeat_rows(HEADER_ROW - 1)
    sums = work.tab(company.say("tab.sums"), company.say("title.sums"), company.say("line.sums"), 7)
    for place, code in enumerate(("header.currency", "header.received")):
        sums.write_string(3, place, company.say(code), work.look.header("optional"))
    last = HEADER_ROW + len(rows)
    for number, currency in enumerate(("USD", "EUR", "CNY"), start=4):
        total = sum(float(row["amount"][1:]) for row in rows if row["currency"] == currency)
        formula = f"=SUMIFS('{book.tab}'!$E$5:$E${last},'{book.tab}'!$F$5:$F${last},A{number + 1})"
        sums.write_string(number, 0, currency, work.look.cell())
        sums.write_formula(number, 1, formula, work.look.cell(num_format="#,##0.00", align="right"), total)
    sums.set_column(0, 1, 20)
    _add_bars(work, sums, company.say("tab.sums"), company.say("title.sums"), 6)
    work.close()
