"""The files that are mutated: the corpus of workbooks, and one small file of each kind that is only read."""

from __future__ import annotations

import io
import subprocess
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import openpyxl
import xlsxwriter

from tests.legacy.binary_book import xlsb
from tests.xlsx_patch.corpus import CASES, Case

HEADERS = ("客户编号", "客户姓名", "联系电话", "电子邮件")
ROWS = (
    ("C001", "王五", "13800138001", "wang@example.com"),
    ("C002", "赵六", 13800138002, ""),
    ("C003", "孙八", "", "x"),
)
MOST_BYTES = 60_000
"""A corpus workbook above this size is left out: the same parts at a tenth of the speed."""


@cache
def cases() -> tuple[Case, ...]:
    """Give the corpus, without what LibreOffice would have to make first."""
    return tuple(case for case in CASES if not case.name.startswith("libreoffice") and len(built(case)) <= MOST_BYTES)


@cache
def built(case: Case) -> bytes:
    """Give the bytes of a workbook of the corpus."""
    return case.build()


@cache
def customers() -> bytes:
    """Give a workbook that the bundled schema of customers knows."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("客户")
        for number, row in enumerate((HEADERS, *ROWS)):
            sheet.write_row(number, 0, row)
    return out.getvalue()


@cache
def ods() -> bytes:
    """Give an .ods written by hand."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        "<table:table-row>" + "".join(cell.format(value) for value in row) + "</table:table-row>"
        for row in (HEADERS, *ROWS)
    )
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<office:document-content{names} office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="客户">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return out.getvalue()


@cache
def xls() -> bytes:
    """Give an .xls that LibreOffice saved."""
    with tempfile.TemporaryDirectory() as name:
        book = openpyxl.Workbook()
        for row in (HEADERS, *ROWS):
            book.worksheets[0].append(row)
        book.save(f"{name}/book.xlsx")
        command = ["soffice", f"-env:UserInstallation=file://{name}/profile", "--headless", "--convert-to", "xls"]
        subprocess.run([*command, "--outdir", name, f"{name}/book.xlsx"], check=True, capture_output=True, timeout=120)
        return (Path(name) / "book.xls").read_bytes()


def legacy(kind: str) -> bytes:
    """Give a file of one of the kinds that are only read."""
    if kind == ".xlsb":
        return xlsb([HEADERS, *ROWS])
    return ods() if kind == ".ods" else xls()
