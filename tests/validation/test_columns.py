"""Rules of one column: every type and every constraint of the standard, one value each."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from sheetward.cells import Typed
from sheetward.validation import Validator
from sheetward_schemas import parse_schema

TODAY = dt.date(2024, 6, 1)
D = Decimal


def validator(*fields: dict[str, object], **table: object) -> Validator:
    schema, mistakes = parse_schema(json.dumps({"fields": list(fields), **table}), "t")
    assert mistakes == ()
    assert schema is not None
    return Validator(schema)


def codes(field: dict[str, object], value: object) -> list[str]:
    return [f.code for f in validator({"name": "a", **field}).check_rows(("a",), [(2, (value,))], today=TODAY)]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        # types
        ({"type": "string"}, "x", None), ({"type": "number"}, D("1.5"), None), ({"type": "integer"}, D(3), None),
        ({"type": "boolean"}, True, None), ({"type": "date"}, dt.date(2024, 1, 1), None), ({"type": "any"}, D(1), None),
        ({"type": "datetime"}, dt.datetime(2024, 1, 1, 8), None), ({"type": "time"}, "08:30:00", None), ({"type": "year"}, D(2024), None),
        ({"type": "yearmonth"}, "2024-03", None), ({"type": "duration"}, "P1DT2H", None), ({"type": "object"}, '{"a": 1}', None),
        ({"type": "array"}, "[1]", None), ({"type": "list"}, "a,b", None), ({"type": "geopoint"}, "120.1, 30.2", None),
        ({"type": "geojson"}, '{"type": "Point", "coordinates": [1, 2]}', None),
        # bounds
        ({"type": "number", "constraints": {"minimum": 3}}, D(3), None),
        ({"type": "number", "constraints": {"minimum": 3}}, D("2.99"), "field.too_small"),
        ({"type": "number", "constraints": {"maximum": 3}}, D("3.01"), "field.too_large"),
        ({"type": "number", "constraints": {"exclusiveMinimum": 3}}, D(3), "field.not_above"),
        ({"type": "number", "constraints": {"exclusiveMinimum": 3}}, D("3.1"), None),
        ({"type": "number", "constraints": {"exclusiveMaximum": 3}}, D(3), "field.not_below"),
        ({"type": "number", "constraints": {"minimum": "0.1"}}, D("0.1"), None),
        ({"type": "date", "constraints": {"minimum": "2024-01-01"}}, dt.date(2023, 12, 31), "field.too_small"),
        ({"type": "date", "constraints": {"maximum": "2024-01-01"}}, dt.date(2024, 1, 1), None),
        ({"type": "datetime", "constraints": {"maximum": "2024-01-01T08:00"}}, dt.datetime(2024, 1, 1, 9), "field.too_large"),
        ({"type": "year", "constraints": {"minimum": 1990}}, D(1989), "field.too_small"),
        ({"type": "yearmonth", "constraints": {"minimum": "2024-02"}}, "2024-01", "field.too_small"),
        ({"type": "time", "constraints": {"maximum": "18:00:00"}}, "18:00:01", "field.too_large"),
        ({"type": "duration", "constraints": {"maximum": "PT36H"}}, "P2D", "field.too_large"),
        # lengths: letters of a text, members of a collection
        ({"constraints": {"minLength": 3}}, "中文", "field.too_short"), ({"constraints": {"minLength": 2}}, "中文", None),
        ({"constraints": {"maxLength": 3}}, "abcd", "field.too_long"), ({"type": "array", "constraints": {"maxLength": 1}}, "[1, 2]", "field.too_long"),
        ({"type": "list", "delimiter": ";", "constraints": {"maxLength": 2}}, "a;b;c", "field.too_long"),
        ({"type": "object", "constraints": {"minLength": 1}}, "{}", "field.too_short"), ({"type": "list", "constraints": {"minLength": 2}}, "a", "field.too_short"),
        # pattern: the whole value, as in XML Schema
        ({"constraints": {"pattern": "[A-Z]{2}"}}, "AB", None), ({"constraints": {"pattern": "[A-Z]{2}"}}, "ABC", "field.pattern"),
        ({"constraints": {"pattern": "[A-Z]{2}"}}, "AB\n", "field.pattern"),
        # closed lists
        ({"constraints": {"enum": ["a", "b"]}}, "b", None), ({"constraints": {"enum": ["a", "b"]}}, "c", "field.category"),
        ({"type": "number", "constraints": {"enum": [1, 2.5]}}, D("2.50"), None), ({"type": "number", "constraints": {"enum": [1]}}, D(2), "field.category"),
        # string formats
        ({"format": "uri"}, "https://example.com/x", None), ({"format": "uri"}, "example", "uri.form"),
        ({"format": "uuid"}, "123e4567-e89b-12d3-a456-426614174000", None), ({"format": "uuid"}, "123", "uuid.form"),
        ({"format": "binary"}, "aGVsbG8=", None), ({"format": "binary"}, "a?", "binary.form"),
        # inside a cell
        ({"type": "object", "constraints": {"jsonSchema": {"required": ["x"]}}}, '{"y": 1}', "field.json_schema"),
        ({"type": "object", "constraints": {"jsonSchema": {"required": ["x"]}}}, '{"x": 1}', None),
        # empty cells
        ({"constraints": {"required": True}}, None, "field.required"), ({"constraints": {"minLength": 3, "pattern": "x", "enum": ["y"]}}, None, None),
        ({"constraints": {"required": True}, "x:auto": {"kind": "uuid"}}, None, None),
    ],
)  # fmt: skip
def test_one_value_breaks_one_rule_or_none(field: dict[str, object], value: object, code: str | None) -> None:
    assert codes(field, value) == ([code] if code else [])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "abc"), ("integer", D("1.5")), ("boolean", "perhaps"), ("date", "31/31/2024"), ("datetime", "soon"),
        ("time", "25:00"), ("year", "MMXX"), ("yearmonth", "2024-13"), ("duration", "two days"), ("object", "[1]"),
        ("array", "{}"), ("geopoint", "here"), ("geojson", "x"), ("number", True), ("date", True),
    ],
)  # fmt: skip
def test_what_is_not_of_the_type_is_one_error(kind: str, value: object) -> None:
    findings = validator({"name": "a", "type": kind}).check_rows(("a",), [(2, (value,))], today=TODAY)
    assert [f.severity for f in findings] == ["error"]


def test_a_bound_is_silent_about_what_is_not_of_the_type() -> None:
    found = codes({"type": "date", "constraints": {"minimum": "2024-01-01"}}, "no date")
    assert len(found) == 1
    assert found[0] != "field.too_small"


def test_several_rules_of_one_cell_are_all_told() -> None:
    assert codes({"constraints": {"minLength": 5, "pattern": "[a-z]+"}}, "A1") == ["field.too_short", "field.pattern"]


def test_a_value_that_differs_in_case_only_is_suggested() -> None:
    finding = validator({"name": "a", "constraints": {"enum": ["Red", "Blue"]}}).check_rows(
        ("a",), [(2, ("RED",))], today=TODAY
    )[0]
    assert (finding.code, finding.suggestion, finding.facts["candidates"]) == ("field.category", "Red", ["Red"])


def test_a_finding_keeps_the_cell_as_typed() -> None:
    cell = Typed(D(5), "5.0")
    finding = validator({"name": "a", "type": "number", "constraints": {"maximum": 3}}).check_rows(
        ("a",), [("r", (cell,))], today=TODAY
    )[0]
    assert finding.cell == cell
    assert finding.row == "r"


def test_one_and_true_are_judged_apart_although_python_holds_them_equal() -> None:
    judge = validator({"name": "a", "type": "number"})
    findings = judge.check_rows(("a",), [(1, (D(1),)), (2, (True,)), (3, (D(1),))], today=TODAY)
    assert [f.row for f in findings] == [2]
