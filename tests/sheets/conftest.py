"""A small schema, and workbooks as people make them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sheetward.sheets.file import SheetFile
from sheetward.stores.journal import FileJournal
from sheetward_schemas.model import Category, Field, TableSchema

_SCHEMA = TableSchema(
    "customer",
    (
        Field("code", labels={"zh": "客户编号", "en": "Customer ID"}, aliases=("编号",)),
        Field("name", labels={"zh": "客户姓名", "en": "Name"}, aliases=("姓名",)),
        Field("phone", labels={"zh": "联系电话", "en": "Phone"}, kind={"kind": "phone", "regionFrom": "country"}),
        Field("country", labels={"zh": "国家", "en": "Country"}, kind={"kind": "country", "show": "label"}),
        Field("amount", type="number", labels={"zh": "金额", "en": "Amount"}),
        Field("since", type="date", labels={"zh": "建档日期", "en": "Since"}, kind={"kind": "date", "order": "YMD"}),
        Field(
            "grade",
            labels={"zh": "类型", "en": "Kind"},
            categories=(Category("vip", "贵宾"), Category("new", "新客")),
            kind={"kind": "category", "acceptLabels": True},
        ),
        Field("remark", labels={"zh": "备注", "en": "Remarks"}),
    ),
    primary_key=("code",),
)


@pytest.fixture(scope="session")
def schema() -> TableSchema:
    return _SCHEMA


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Make a workbook of one tab from rows (from row 1), and let the caller finish it."""

    def make(
        rows: Sequence[Sequence[object]],
        finish: Callable[[Worksheet], None] | None = None,
        name: str = "客户.xlsx",
        tab: str = "客户",
    ) -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        assert isinstance(sheet, Worksheet)
        sheet.title = tab
        for row in rows:
            sheet.append(row)
        if finish is not None:
            finish(sheet)
        book.save(tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def file_of(tmp_path: Path) -> Callable[..., SheetFile]:
    def make(path: Path, on_step: Callable[[str], None] = lambda _: None) -> SheetFile:
        return SheetFile(path, "b1", FileJournal(tmp_path / "journal"), tmp_path / "copies", on_step=on_step)

    return make
