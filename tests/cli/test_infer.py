"""`infer`: a draft from any sheet, that `schema check` accepts and `validate --schema` works with."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]


def messy(path: Path, count: int = 60) -> Path:
    """A tab that no bundled table knows: a merged title, headers of our own, a column without header, totals below."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "设备台账"
    sheet["B1"] = "2025 年设备台账"
    sheet.merge_cells("B1:H1")
    headers = [
        "资产编号",
        "启用日",
        "原值",
        "使用部门",
        "在用",
        "维保电话",
        "折旧率",
        "资产编号",
        None,
        "Serial-No",
        "空列",
    ]
    for column, header in enumerate(headers, 2):
        sheet.cell(3, column).value = header
    chance = random.Random(3)
    for number in range(count):
        row: list[Any] = [
            f"ZC-{number:04d}",
            dt.date(2020, 1, 1) + dt.timedelta(days=number),
            round(chance.random() * 10000, 2),
            ["行政", "财务", "生产"][number % 3],
            "是" if number % 2 else "否",
            f"138{chance.randrange(10**8):08d}" if number % 20 else "无",
            f"{number % 100}%",
            "旧",
            "x",
            number + 1,
            None,
        ]
        for column, value in enumerate(row, 2):
            sheet.cell(number + 4, column).value = value
    sheet.cell(count + 4, 2).value = "合计"
    sheet.cell(count + 4, 4).value = 1
    sheet.cell(count + 5, 2).value = "制表人：王芳"
    book.save(path)
    return path


def test_each_column_gets_its_type_kind_and_share(sheetward: Run, tmp_path: Path) -> None:
    call = sheetward("infer", messy(tmp_path / "m.xlsx"), "--json")
    assert call.status == 0
    answer = call.json
    assert (answer["tab"], answer["header_row"], answer["rows"], answer["looks_like"]) == ("设备台账", 3, 60, None)
    found = {c["header"]: (c["column"], c["type"], c["kind"], c["share"], c["required"]) for c in answer["columns"]}
    assert found == {
        "资产编号": ("B", "string", "code", 1.0, True),
        "启用日": ("C", "date", "date", 1.0, True),
        "原值": ("D", "number", "number", 1.0, True),
        "使用部门": ("E", "string", "category", 1.0, True),
        "在用": ("F", "boolean", "boolean", 1.0, True),
        "维保电话": ("G", "string", "phone", 1.0, False),
        "折旧率": ("H", "number", "percent", 1.0, True),
        "Serial-No": ("K", "integer", "integer", 1.0, True),
        "空列": ("L", "string", "text", 1.0, False),
    }
    columns = {c["header"]: c for c in answer["columns"]}
    assert columns["使用部门"]["categories"] == ["生产", "行政", "财务"]
    assert (answer["key"], answer["key_candidates"]) == (columns["资产编号"]["field"], ["资产编号", "serial_no"])
    assert columns["维保电话"]["filled"] == 57
    assert {"type": "integer", "kind": "integer", "share": 1.0} in columns["维保电话"]["guesses"]


def test_the_draft_is_accepted_and_finds_what_does_not_fit(sheetward: Run, tmp_path: Path) -> None:
    path = messy(tmp_path / "m.xlsx")
    call = sheetward("infer", path, "-o", "draft.yaml", "--lang", "zh")
    assert call.status == 0, call.err
    assert "重复" in call.err
    assert "I 资产编号" in call.err
    assert "没有表头" in call.err or "没有列入：J" in call.err
    assert sheetward("schema", "check", "draft.yaml").status == 0
    assert sheetward("validate", path, "--schema", "draft.yaml", "--json").json["findings"] == []
    book = openpyxl.load_workbook(path)
    for cell, value in {"B5": "ZC-0000", "C6": "昨天", "E7": "行整", "G8": "1380", "D9": None}.items():
        book["设备台账"][cell] = value
    book.save(path)
    findings = sheetward("validate", path, "--schema", "draft.yaml", "--json").json["findings"]
    assert {"B5", "C6", "E7", "G8", "D9"} <= {finding["cell"] for finding in findings}


def test_a_few_values_that_do_not_fit_lower_the_share_and_not_the_guess(sheetward: Run, tmp_path: Path) -> None:
    lines = [f"u{n}@example.com,{n},2024-01-{n % 28 + 1:02d}" for n in range(95)] + ["broken,x,y"] * 5
    (tmp_path / "c.csv").write_text("Write to,Count,When\n" + "\n".join(lines) + "\n", encoding="utf-8")
    columns = sheetward("infer", "c.csv", "--json").json["columns"]
    assert [(c["kind"], c["share"]) for c in columns] == [("email", 0.95), ("integer", 0.95), ("date", 0.95)]
    text = sheetward("infer", "c.csv", "--lang", "en").out
    assert "email, 95% fit; 100 of 100 rows filled, 96 distinct" in text


def test_a_known_header_gives_names_and_labels_in_both_languages(sheetward: Run, tmp_path: Path) -> None:
    text = "Customer No.,姓名,手机,国家/地区,Unit price,自定义 / Own\nC1,张三,13800138000,中国,12.50,a\nC2,李四,13900139000,德国,3,b\n"
    (tmp_path / "k.csv").write_text(text, encoding="utf-8")
    answer = sheetward("infer", "k.csv", "--json").json
    fields = {c["field"]: (c["labels"], c["kind"]) for c in answer["columns"]}
    assert answer["looks_like"] == "customer"
    assert fields["customer_id"] == ({"en": "Customer No.", "zh": "客户编号"}, "text")
    assert fields["phone"] == ({"zh": "手机", "en": "Phone"}, "phone")
    assert fields["country"][1] == "country"
    assert fields["own"] == ({"zh": "自定义 / Own", "en": "Own"}, "text")
    (tmp_path / "k.yaml").write_text(answer["text"], encoding="utf-8")
    assert sheetward("schema", "check", "k.yaml").status == 0
    assert sheetward("validate", "k.csv", "--schema", "k.yaml").status == 0


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["007", "008", "0099"], "code"),
        (["1", "2", "30"], "integer"),
        (["1.5", "2", "30"], "number"),
        (["¥1,200.00", "3,400.50", "12.00元"], "amount"),
        (["31/12/2024", "01/02/2024", "15/01/2024"], "date"),
        (["01/02/2024", "03/04/2024", "05/06/2024"], "text"),  # day or month: no evidence, no guess
        (["2024-03-05 10:00", "2024-03-06 11:30"], "datetime"),
        (["91350100M000100Y43", "91110000600037341L"], "uscc"),
        (["11010519491231002X", "440524188001010014"], "cn_id"),
        (["https://a.example.com", "http://b.example.com/x"], "url"),
        (["CNY", "USD", "EUR"], "currency"),
        (["中国", "德国", "Japan"], "country"),
        (["12%", "7.5%"], "percent"),
        (["13800138000", "139 0013 9000"], "phone"),
        (["yes", "no", "yes"], "boolean"),
        (["红", "大", "圆"], "text"),
        (["-", "无", "N/A"], "text"),
    ],
)
def test_values_alone_tell_a_kind_or_none(sheetward: Run, tmp_path: Path, values: list[str], kind: str) -> None:
    quoted = "\n".join(f'"{value}",x' for value in values)
    (tmp_path / "v.csv").write_text(f"Alpha,Beta\n{quoted}\n", encoding="utf-8")
    assert sheetward("infer", "v.csv", "--json").json["columns"][0]["kind"] == kind


@pytest.mark.parametrize("table", ["customer", "order", "payment", "supplier", "contact", "complaint", "contract"])
def test_a_template_filled_in_comes_back_as_its_own_table(sheetward: Run, tmp_path: Path, table: str) -> None:
    assert sheetward("template", table, "-o", "t.xlsx", "--columns", "all", "--lang", "zh").status == 0
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book.worksheets[0]
    sheet.append(["1"] * sheet.max_column)
    book.save(tmp_path / "t.xlsx")
    assert sheetward("infer", "t.xlsx", "--json").json["looks_like"] == table


def test_equal_files_give_equal_drafts(sheetward: Run, tmp_path: Path) -> None:
    path = messy(tmp_path / "m.xlsx")
    assert sheetward("infer", path).out == sheetward("infer", path).out


def test_fifty_thousand_rows_take_seconds(sheetward: Run, tmp_path: Path) -> None:
    lines = [f"C{n:06d},u{n}@example.com,138{n:08d},{n * 0.37:.2f},{'ABC'[n % 3]}" for n in range(50_000)]
    (tmp_path / "big.csv").write_text("K,M,P,V,G\n" + "\n".join(lines) + "\n", encoding="utf-8")
    start = time.process_time()
    columns = sheetward("infer", "big.csv", "--json").json["columns"]
    assert [c["kind"] for c in columns] == ["code", "email", "phone", "number", "category"]
    assert time.process_time() - start < 15  # about 2 s; the limit only catches work that grows with the square


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("content", "arguments", "code"),
    [
        ("a,b\n1,2\n", ("-o", "there.yaml"), "template.exists"),
        ("a,b\n1,2\n", ("-o", "x.xlsx"), "file.kind_out"),
        ("a,b\n1,2\n", ("-o", "no/x.yaml"), "file.no_folder"),
        ("a,b\n", (), "infer.no_rows"),
        ("1,2\n3,4\n", (), "infer.no_header"),
        ("\n\n", (), "table.no_header"),
    ],
)
def test_what_cannot_be_drafted_is_said_in_one_sentence(
    sheetward: Run, tmp_path: Path, lang: str, content: str, arguments: tuple[str, ...], code: str
) -> None:
    (tmp_path / "there.yaml").write_text("mine")
    (tmp_path / "a.csv").write_text(content)
    call = sheetward("infer", "a.csv", *arguments, "--json")
    assert (call.status, call.json["error"]["code"]) == (2, code)
    told = sheetward("infer", "a.csv", *arguments, "--lang", lang)
    assert len(told.err.strip().splitlines()) == 2
    assert (tmp_path / "there.yaml").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "there.yaml"]
