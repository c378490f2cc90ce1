"""Workbooks that openpyxl makes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from .case import CUSTOMERS, HEADERS, Case


def saved(decorate: Callable[[Any, Any], None] | None = None, *, top: int = 1, left: int = 1) -> bytes:
    """Make the customer table with openpyxl, 1-based place."""
    workbook = openpyxl.Workbook()
    sheet: Any = workbook.active
    sheet.title = "客户"
    for row, values in enumerate((HEADERS, *CUSTOMERS), start=top):
        for column, value in enumerate(values, start=left):
            if value != "":
                sheet.cell(row, column, value)
    if decorate is not None:
        decorate(workbook, sheet)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _openpyxl_all(workbook: Any, sheet: Any) -> None:
    sheet.add_table(Table(displayName="客户表", ref="A1:F6"))
    validation = DataValidation(type="list", formula1='"老客户,新客户"', allow_blank=True)
    validation.add("F2:F6")
    sheet.add_data_validation(validation)
    sheet.conditional_formatting.add("E2:E6", CellIsRule(operator="lessThan", formula=["5"], font=Font(color="FF0000")))
    sheet["B3"].comment = Comment("批注", "张三")
    sheet["H2"] = "=SUM(E2:E6)"
    sheet.freeze_panes = "B2"


def _openpyxl_styles(workbook: Any, sheet: Any) -> None:
    thin = Side(style="thin", color="808080")
    for row in sheet["A2:F6"]:
        for cell in row:
            cell.border = Border(bottom=thin)
            cell.alignment = Alignment(horizontal="left", indent=1)
    sheet["B2"].fill = PatternFill("solid", fgColor="FFFF00")
    sheet.row_dimensions[6].height = 33
    sheet.column_dimensions["B"].width = 30
    sheet.sheet_properties.tabColor = "1072BA"


def _openpyxl_epoch(workbook: Any, sheet: Any) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    workbook.epoch = CALENDAR_MAC_1904


CASES = (
    Case("openpyxl", "table, validation, format, note and formula of openpyxl", lambda: saved(_openpyxl_all)),
    Case("openpyxl_styles", "borders and heights go on into new rows", lambda: saved(_openpyxl_styles)),
    Case("openpyxl_1904", "openpyxl's 1904 workbook", lambda: saved(_openpyxl_epoch)),
    Case(
        "openpyxl_offset", "a table that begins at D3", lambda: saved(top=3, left=4), header_row=3, left=4, last_row=8
    ),
)
