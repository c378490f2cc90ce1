"""All of Table Schema 2.0 is accepted, and a plain Table Schema suffices."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from sheetward_schemas import parse_schema, schema_data
from sheetward_schemas.vocabulary import TYPES

EVERYTHING = """
$schema: https://datapackage.org/profiles/2.0/tableschema.json
name: all
title: Everything
description: All properties of the standard
fieldsMatch: [subset]
missingValues: ["", {value: "-99", label: not asked}]
primaryKey: id
uniqueKeys: [[a, b], [c]]
foreignKeys:
  - {fields: id, reference: {fields: a}}
  - {fields: [a, b], reference: {resource: other, fields: [x, y]}}
fields:
  - {name: id, type: integer, title: Id, description: d, example: 5, rdfType: "http://schema.org/Thing", constraints: {required: true, unique: true, minimum: 1, maximum: "9"}}
  - {name: a, type: string, format: email, constraints: {minLength: 1, maxLength: 9, pattern: "[a-z]+", enum: [a, b]}}
  - {name: b, type: number, decimalChar: ",", groupChar: ".", bareNumber: false, constraints: {exclusiveMinimum: 0.5, exclusiveMaximum: 10}}
  - {name: c, type: boolean, trueValues: [ja], falseValues: [nein]}
  - {name: d, type: object, constraints: {jsonSchema: {type: object, required: [x]}}}
  - {name: e, type: array, constraints: {minLength: 1, jsonSchema: {type: array}}}
  - {name: f, type: list, delimiter: ";", itemType: integer}
  - {name: g, type: datetime, format: any, constraints: {minimum: "2020-01-01T00:00:00"}}
  - {name: h, type: date, format: "%d/%m/%Y", constraints: {maximum: 2030-12-31}}
  - {name: i, type: time, format: "%H:%M", constraints: {minimum: "08:00:00", maximum: "18:00:00"}}
  - {name: j, type: year, constraints: {minimum: 1990}}
  - {name: k, type: yearmonth, constraints: {minimum: "1990-01"}}
  - {name: l, type: duration, constraints: {maximum: P1Y2M}}
  - {name: m, type: geopoint, format: array}
  - {name: n, type: geojson, format: topojson}
  - {name: o, type: any, missingValues: [x]}
  - {name: p, type: string, categories: [low, high], categoriesOrdered: true}
  - {name: q, type: integer, categories: [{value: 0, label: none}, {value: 1, label: some}]}
  - {name: r, type: string, format: uuid, "acme:colour": red}
"acme:owner": {any: thing}
"""


def test_every_property_of_the_standard_is_accepted_and_kept() -> None:
    schema, mistakes = parse_schema(EVERYTHING, "all.yaml")
    assert mistakes == ()
    assert schema is not None
    assert {field.type for field in schema.fields} == set(TYPES)
    assert schema.fields_match == "subset"
    assert schema.missing_values == ("", "-99")
    assert schema.primary_key == ("id",)
    assert schema.unique_keys == (("a", "b"), ("c",))
    assert [(key.fields, key.resource, key.reference_fields) for key in schema.foreign_keys] == [
        (("id",), "", ("a",)),
        (("a", "b"), "other", ("x", "y")),
    ]
    by_name = schema.by_name
    assert by_name["b"].constraints.exclusive_minimum == Decimal("0.5")
    assert by_name["b"].standard == {"decimalChar": ",", "groupChar": ".", "bareNumber": False}
    assert by_name["d"].constraints.json_schema == {"type": "object", "required": ["x"]}
    assert by_name["o"].missing_values == ("x",)
    assert [(c.value, c.label) for c in by_name["q"].categories] == [(0, "none"), (1, "some")]
    assert by_name["p"].categories_ordered


def test_the_data_of_a_schema_reads_back_as_the_same_schema() -> None:
    schema, _ = parse_schema(EVERYTHING, "all.yaml")
    assert schema is not None
    again, mistakes = parse_schema(json.dumps(schema_data(schema)), "all.yaml")
    assert mistakes == ()
    assert again == schema


def test_a_plain_table_schema_in_json_suffices() -> None:
    text = json.dumps({"fields": [{"name": "id", "type": "integer"}, {"name": "name"}]})
    schema, mistakes = parse_schema(text, "people.json")
    assert mistakes == ()
    assert schema is not None
    assert (schema.name, schema.fields_match, schema.primary_key) == ("people", "exact", ())
    assert [(f.name, f.type, f.label("zh")) for f in schema.fields] == [
        ("id", "integer", "id"),
        ("name", "string", "name"),
    ]


@pytest.mark.parametrize("value", ["1990-01-01", "2024-12-31T10:00:00"])
def test_dates_without_quotes_stay_as_they_are_written(value: str) -> None:
    schema, mistakes = parse_schema(
        f"fields:\n  - {{name: a, type: datetime, constraints: {{minimum: {value}}}}}\n", "t"
    )
    assert mistakes == ()
    assert schema is not None
    assert schema.fields[0].constraints.minimum == value
