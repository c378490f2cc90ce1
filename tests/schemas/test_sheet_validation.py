"""What a column's data validation is, within Excel's limits."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from sheetward_schemas import load_schema, parse_schema
from sheetward_schemas.sheet_validation import CellCheck, cell_checks, fitted


def check(field: dict[str, object], **table: object) -> CellCheck | None:
    schema, mistakes = parse_schema(
        json.dumps({"fields": [{"name": "a", **field}, {"name": "n", "type": "number"}], **table}), "t"
    )
    assert mistakes == ()
    return cell_checks(schema, {"a": "$A2", "n": "$B2"}, "zh").get("a")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({"categories": [{"value": "x", "label": "甲"}, "y"]}, CellCheck("a", "list", members=("甲", "y"))),
        ({"constraints": {"enum": ["x", "y"]}}, CellCheck("a", "list", members=("x", "y"))),
        ({"categories": ["x, y", "z"]}, CellCheck("a", "list", members=("x, y", "z"), is_inline=False)),
        ({"categories": ["x"], "x:format": {"kind": "category", "open": True}}, CellCheck("a", "list", "information", ("x",))),
        ({"type": "date"}, CellCheck("a", "date", low=dt.date(1900, 1, 1), high=dt.date(9999, 12, 31))),
        ({"type": "date", "constraints": {"minimum": "2020-01-01"}}, CellCheck("a", "date", criterion=">=", low=dt.date(2020, 1, 1))),
        ({"type": "number", "constraints": {"exclusiveMinimum": 0}}, CellCheck("a", "decimal", criterion=">", low=Decimal(0))),
        ({"type": "integer", "constraints": {"minimum": 1, "maximum": 9}}, CellCheck("a", "whole", low=Decimal(1), high=Decimal(9))),
        ({"constraints": {"maxLength": 5}}, CellCheck("a", "length", low=Decimal(0), high=Decimal(5))),
        ({"type": "boolean"}, CellCheck("a", "list", members=("TRUE", "FALSE"))),
        ({}, None),
    ],
)  # fmt: skip
def test_a_column_gets_the_check_of_its_own_constraint(field: dict[str, object], expected: CellCheck | None) -> None:
    assert check(field) == expected


def test_a_list_of_more_than_255_characters_is_not_written_out() -> None:
    assert check({"categories": [f"value {i:02d}" for i in range(28)]}).is_inline
    assert not check({"categories": [f"value {i:02d}" for i in range(29)]}).is_inline


def test_a_rule_becomes_a_formula_where_the_column_has_no_check_of_its_own() -> None:
    rules = [
        {"code": "t.pattern", "assert": "matches(a, 'x')", "columns": ["a"], "message": {"zh": "甲"}},
        {
            "code": "t.filled",
            "when": "n > 1",
            "assert": "a",
            "columns": ["a"],
            "severity": "warn",
            "message": {"zh": "乙"},
        },
    ]
    made = check({}, **{"x:rules": rules})
    assert (made.check, made.grip, made.rule.code) == ("custom", "warning", "t.filled")
    assert made.formula == "NOT(AND(AND(LEN($B2)>0,$B2>1),NOT(LEN($A2)>0)))"


def test_only_columns_of_the_sheet_get_a_check() -> None:
    schema, _ = load_schema("customer")
    assert set(cell_checks(schema, {"kind": "$A2", "wechat": "$B2"}, "zh")) == {"kind"}


@pytest.mark.parametrize("limit", [4, 32, 255])
def test_texts_are_cut_to_what_excel_counts(limit: int) -> None:
    for text in ("x" * 300, "中" * 300, "😀" * 300):
        cut = fitted(text, limit)
        assert limit - 1 <= len(cut.encode("utf-16-le")) // 2 <= limit
        assert cut.endswith("…")
    assert fitted("abc", 4) == "abc"
