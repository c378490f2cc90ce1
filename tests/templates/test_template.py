"""Workbooks made from schemas: an independent reader finds in them what the schema says, in both languages."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from sheetward_schemas import bundled_names, load_schema
from sheetward_schemas.model import Category, Constraints, Field, TableSchema
from sheetward_templates.describe import guide_of, is_demanded
from sheetward_templates.texts import LANGS, Lang, texts
from sheetward_templates.workbook import REACH, Record, build_template, chosen_fields, tab_name


def bundled(name: str) -> TableSchema:
    schema, mistakes = load_schema(name)
    assert schema is not None, mistakes
    return schema


def made(schema: TableSchema, lang: Lang, columns: str = "all", rows: tuple[Record, ...] = ()) -> openpyxl.Workbook:
    buffer = io.BytesIO()
    build_template(schema, buffer, lang, columns, rows=rows)
    return openpyxl.load_workbook(buffer)


def validations(sheet: Worksheet) -> dict[str, DataValidation]:
    return {str(v.sqref).split(":")[0].rstrip("0123456789"): v for v in sheet.data_validations.dataValidation}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("columns", ["basic", "all"])
@pytest.mark.parametrize("name", bundled_names())
def test_headers_are_the_labels_and_every_column_is_explained(name: str, columns: str, lang: Lang) -> None:
    schema = bundled(name)
    fields = chosen_fields(schema, columns)
    book = made(schema, lang, columns)
    data, guide = book.worksheets[:2]
    assert [cell.value for cell in data[1]] == [field.label(lang) for field in fields]
    assert data.title == schema.label(lang)
    assert book.active is data
    assert data.freeze_panes == "B2"
    (table,) = data.tables.values()
    assert table.ref == f"A1:{data.cell(2, len(fields)).coordinate}"
    rules = validations(data)
    assert len(rules) == len(fields)
    for index, field in enumerate(fields, start=1):
        rule = rules[data.cell(1, index).column_letter]
        assert str(rule.sqref).endswith(str(REACH + 1))
        assert rule.promptTitle == field.label(lang)
        assert 0 < len(rule.prompt) <= 255
        assert len(rule.error or "") <= 224
    explained = [row[:6] for row in guide.iter_rows(values_only=True) if row[0] in {f.label(lang) for f in fields}]
    assert [row[0] for row in explained] == [field.label(lang) for field in fields]
    for field, row in zip(fields, explained, strict=True):
        assert row[1], f"{field.name} has no description"
        assert (row[3] == ("是" if lang == "zh" else "Yes")) is is_demanded(field)
        assert row[5] or field.derived is not None, f"{field.name} has no example"


def test_text_stays_text_and_dates_look_like_dates() -> None:
    schema = bundled("customer")
    data = made(schema, "zh").worksheets[0]
    formats = {cell.value: data.cell(2, cell.column).number_format for cell in data[1]}
    for label in ("客户编号", "联系电话", "统一社会信用代码", "身份证号"):
        assert formats[label] == "@"
    assert formats["建档日期"] == "yyyy-mm-dd"
    for index in range(1, data.max_column + 1):
        letter = data.cell(1, index).column_letter
        dimension = data.column_dimensions[letter]
        styled = data.column_dimensions[letter].number_format if dimension.min == index else None
        assert styled in (None, data.cell(2, index).number_format), "new rows would not inherit the format"


def test_lists_stand_in_a_hidden_tab_and_refuse_what_is_not_in_them() -> None:
    book = made(bundled("customer"), "zh")
    data, lists = book.worksheets[0], book["字典"]
    assert lists.sheet_state == "hidden"
    columns = {cell.value: cell.column_letter for cell in data[1]}
    rule = validations(data)[columns["上下游"]]
    assert (rule.type, rule.errorStyle or "stop") == ("list", "stop")
    target = book.defined_names[rule.formula1.lstrip("=")]
    ((tab, area),) = target.destinations
    assert tab == "字典"
    assert [row[0].value for row in lists[area.replace("$", "")]] == ["下游客户", "上游供应商", "上下游"]
    assert validations(data)[columns["区域"]].type != "list", "an open list takes anything"


def test_dates_numbers_and_lengths_are_checked() -> None:
    data = made(bundled("order"), "en").worksheets[0]
    columns = {cell.value: cell.column_letter for cell in data[1]}
    rules = validations(data)
    day = rules[columns["Ordered on"]]
    assert (day.type, day.formula2) == ("date", "TODAY()")
    quantity = rules[columns["Quantity"]]
    assert (quantity.type, quantity.operator, float(quantity.formula1)) == ("decimal", "greaterThan", 0)
    product = rules[columns["Product"]]
    assert (product.type, product.formula2) == ("textLength", "200")
    customer = made(bundled("customer"), "en").worksheets[0]
    places = {cell.value: cell.column_letter for cell in customer[1]}
    phone = validations(customer)[places["Phone"]]
    assert (phone.type, phone.errorStyle) == ("custom", "warning")
    assert f"{places['E-mail']}2" in validations(customer)[places["E-mail"]].formula1


def test_rows_are_filled_in_as_they_are() -> None:
    row: Record = {
        "order_id": "007",
        "customer_id": "=1+1",
        "ordered_on": dt.date(2024, 3, 5),
        "quantity": Decimal("12.5"),
        "remark": "https://example.com",
    }
    data = made(bundled("order"), "zh", rows=(row, {}, {"order_id": "3/4"})).worksheets[0]
    cells = {data.cell(1, cell.column).value: cell for cell in data[2]}
    assert (cells["订单编号"].value, cells["客户编号"].value, cells["客户编号"].data_type) == ("007", "=1+1", "s")
    assert cells["下单日期"].value == dt.datetime(2024, 3, 5)
    assert (cells["数量"].value, cells["备注"].value, cells["备注"].hyperlink) == (12.5, "https://example.com", None)
    assert [c.value for c in data["A"]] == ["订单编号", "007", None, "3/4"]
    assert next(iter(data.tables.values())).ref.endswith("4")


def test_repeated_keys_and_missing_cells_are_coloured() -> None:
    data = made(bundled("customer"), "zh", "basic").worksheets[0]
    formulas = {str(area.sqref): rule.formula[0] for area in data.conditional_formatting for rule in area.rules}
    assert "MATCH(A2,A$1:A1,0)" in formulas[f"A2:A{REACH + 1}"]
    assert formulas[f"B2:B{REACH + 1}"] == "AND(ISBLANK(B2),COUNTA($A2:$G2)>0)"
    assert set(formulas) == {f"{letter}2:{letter}{REACH + 1}" for letter in "ABC"}


def test_it_prints_on_a4_landscape_by_its_width() -> None:
    for columns, pages in (("basic", 1), ("all", 3)):
        for sheet in made(bundled("customer"), "zh", columns).worksheets[:1]:
            assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert (int(sheet.page_setup.fitToWidth or 1), int(sheet.page_setup.fitToHeight)) == (pages, 0)
            assert sheet.print_title_rows == "$1:$1"


def test_the_same_schema_gives_the_same_bytes(tmp_path: Path) -> None:
    schema = bundled("payment")
    paths = [tmp_path / name for name in ("a.xlsx", "b.xlsx")]
    for path in paths:
        assert build_template(schema, path, "zh") == "收款"
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with zipfile.ZipFile(paths[0]) as archive:
        assert b"_sheetward" not in b"".join(archive.read(name) for name in archive.namelist())


def test_any_table_schema_will_do() -> None:
    schema = TableSchema(
        name="设备/台账",
        fields=(
            Field("no"),
            Field("cost", type="integer", constraints=Constraints(minimum=1, maximum=5)),
            Field("ok", type="boolean"),
            Field("size", constraints=Constraints(enum=("S", "M")), categories=(Category("S", "小, 短"),)),
            Field("long", constraints=Constraints(enum=tuple(f"choice number {n}" for n in range(60)))),
            Field("at", type="datetime", description="When it was bought"),
        ),
        title="填写说明",
    )
    book = made(schema, "zh", "basic")
    assert book.sheetnames == ["填写说明", "填写说明 2", "字典"]
    rules = validations(book.worksheets[0])
    assert [rules[letter].type for letter in "BCDEF"] == ["whole", "list", "list", "list", "date"]
    assert len(rules["E"].error) <= 224
    assert guide_of(schema.by_name["at"], schema, "zh").description == "When it was bought"


@pytest.mark.parametrize("name", bundled_names())
def test_an_english_workbook_offers_english_choices(name: str) -> None:
    book = made(bundled(name), "en")
    lists = book.worksheets[2]
    members = [cell.value for column in lists.iter_cols(min_row=2) for cell in column if cell.value is not None]
    assert members
    assert [text for text in members if not str(text).isascii()] == []


def test_the_columns_of_a_role_in_their_order_and_never_none() -> None:
    schema = bundled("customer")
    buffer = io.BytesIO()
    build_template(schema, buffer, "en", ("phone", "name"), sheet_name="Mine")
    data = openpyxl.load_workbook(buffer)["Mine"]
    assert [cell.value for cell in data[1]] == ["Phone", "Name"]
    with pytest.raises(ValueError, match="at least one column"):
        build_template(schema, io.BytesIO(), "en", ())
    with pytest.raises(KeyError):
        build_template(schema, io.BytesIO(), "en", ("phon",))


@pytest.mark.parametrize(
    ("wanted", "given"), [("a/b:c", "a b c"), ("客" * 40, "客" * 31), ("''", "Sheet"), ("2024[年]", "2024 年")]
)
def test_tab_names_that_excel_takes(wanted: str, given: str) -> None:
    assert tab_name(wanted) == given


def test_every_text_is_there_in_both_languages() -> None:
    for code, entry in texts("texts").items():
        assert set(entry) == {"zh", "en"}, code
        assert all(entry.values()), code
    for name, entry in texts("fields").items():
        assert {"zh", "en"} <= set(entry), name
        assert ("example_zh" in entry) is ("example_en" in entry), name


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice Calc is not installed")
def test_libreoffice_opens_it_and_prints_it(tmp_path: Path) -> None:
    build_template(bundled("customer"), tmp_path / "客户.xlsx", "zh", "all", rows=({"customer_id": "C00000001"},))
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/office", "--convert-to", "pdf"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(tmp_path / "客户.xlsx")],
        check=True,
        capture_output=True,
        timeout=120,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)},
    )
    assert (tmp_path / "客户.pdf").read_bytes().startswith(b"%PDF")
