"""The report of `validate`: the agreed keys, in both languages, with every sentence whole."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
import sheetward.validation
from sheetward.cells import Typed
from sheetward.validation import Finding, Validator, message_of, report_data
from sheetward.validation.report import why_of
from sheetward_schemas import load_schema

TODAY = dt.date(2024, 6, 1)
FIELDS = ("name", "phone", "created_on", "last_contact_on", "customer_id")
ROWS = [
    (7, ("乙", "+8613800138000", dt.date(2024, 2, 1), dt.date(2024, 1, 1), "C1")),
    (5, (None, Typed("138", "138 "), None, None, "C1")),
]
HEADERS = {
    "phone": "联系电话",
    "name": "姓名",
    "created_on": "建档日期",
    "last_contact_on": "最近联系",
    "customer_id": "编号",
}
LETTERS = {"phone": "C", "name": "B", "created_on": "D", "last_contact_on": "E"}


@pytest.fixture(params=["zh", "en"])
def report(request):
    schema, _ = load_schema("customer")
    validator = Validator(schema)
    findings = validator.check_rows(FIELDS, ROWS, today=TODAY) + validator.check_unique(FIELDS, ROWS)
    return report_data(
        findings, file="客户.xlsx", tab="客户", table="customer", rows=2, columns=HEADERS, addresses=LETTERS, lang=request.param
    )  # fmt: skip


def test_the_keys_are_those_of_the_contract(report) -> None:
    assert list(report) == ["file", "tab", "table", "rows", "findings", "summary"]
    for finding in report["findings"]:
        assert list(finding) == ["cell", "row", "column", "field", "value", "code", "severity", "message", "suggestion", "candidates", "why", "hint"]  # fmt: skip
        assert len(finding["candidates"]) <= 3
        assert finding["suggestion"] is None or finding["candidates"] == [finding["suggestion"]]
    assert json.loads(json.dumps(report)) == report


def test_findings_stand_in_the_order_of_rows_and_of_the_sheets_columns(report) -> None:
    assert [(f["cell"], f["column"], f["code"]) for f in report["findings"]] == [
        ("C5", "联系电话", "phone.length"), ("B5", "姓名", "field.required"), (None, "编号", "key.duplicate"),
        ("E7", "最近联系", "customer.contact_before_created"), (None, "编号", "key.duplicate"),
    ]  # fmt: skip
    assert report["findings"][0]["value"] == "138 "
    assert report["summary"] == {
        "errors": 5,
        "warnings": 0,
        "by_code": {"key.duplicate": 2, "customer.contact_before_created": 1, "field.required": 1, "phone.length": 1},
    }


def test_messages_are_whole_sentences(report) -> None:
    for finding in report["findings"]:
        assert finding["message"] != finding["code"]
        assert not re.search(r"<[a-z_]+>", finding["message"])


def test_a_rule_speaks_its_own_words_in_each_language() -> None:
    schema, _ = load_schema("customer")
    row = (dt.date(2024, 1, 1), dt.date(2024, 2, 1))
    finding = Validator(schema).check_rows(("last_contact_on", "created_on"), [(1, row)], today=TODAY)[0]
    assert message_of(finding, "zh") == "最近联系日期早于建档日期。"
    assert message_of(finding, "en") == "Last contact is earlier than the date the record was made."


def test_every_code_has_texts_and_every_text_a_code() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(sheetward.validation.__file__).parent.glob("*.py")
    )
    given = set(re.findall(r'"((?:field|key)\.[a-z_]+)"', source)) | {"rule.broken"}
    texts = tomllib.loads((files("sheetward.messages") / "catalogue" / "validation.toml").read_text(encoding="utf-8"))
    assert set(texts) == given
    for code, entry in texts.items():
        assert set(re.findall(r"\{(\w+)\}", entry["zh"])) - {"type_zh"} == set(
            re.findall(r"\{(\w+)\}", entry["en"])
        ) - {"type_en"}, code


FINDINGS = {
    code: entry
    for area in ("formats", "validation", "freshness")
    for code, entry in tomllib.loads(
        (files("sheetward.messages") / "catalogue" / f"{area}.toml").read_text(encoding="utf-8")
    ).items()
    if not code.startswith("formats.") and code != "rule.broken"
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_finding_says_what_is_wrong_why_it_matters_and_what_to_type(lang) -> None:
    """`formats.` are mistakes of a call, and `rule.broken` only frames the words of a schema."""
    assert len(FINDINGS) > 100
    for code, entry in FINDINGS.items():
        finding = Finding(1, "f", code, "error", "x", ("f",))
        assert entry[lang].strip(), code
        assert why_of(finding, lang).strip(), code
        assert entry[f"hint_{lang}"].strip(), code
        assert why_of(finding, lang) not in entry[lang], code


def test_a_rule_of_a_schema_speaks_for_itself() -> None:
    assert why_of(Finding(1, "f", "customer.cn_mobile", "warning", "x", ("f",)), "en") == ""
