"""Every word of a schema file: the standard's (Table Schema 2.0) and ours under `x:`. The profile is made from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sheetward_schemas.kind_options import KINDS, OPTIONS
from sheetward_schemas.shapes import AnyValue, Choice, Either, ListOf, MapOf, Record, Text, Truth, Whole

STANDARD_PROFILE: Final = "https://datapackage.org/profiles/2.0/tableschema.json"

TYPES: Final = (
    "string",
    "number",
    "integer",
    "boolean",
    "object",
    "array",
    "list",
    "datetime",
    "date",
    "time",
    "year",
    "yearmonth",
    "duration",
    "geopoint",
    "geojson",
    "any",
)

FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "string": ("default", "email", "uri", "binary", "uuid"),
    "geopoint": ("default", "array", "object"),
    "geojson": ("default", "topojson"),
}
"""The closed sets of `format`; date, time and datetime also take `any` and a strptime pattern, the rest only `default`."""

FIELDS_MATCH: Final = ("exact", "equal", "subset", "superset", "partial")

KIND_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "string", "any"),
    "datetime": ("datetime", "string", "any"),
    "amount": ("number", "integer", "any"),
    "number": ("number", "integer", "any"),
    "integer": ("integer", "number", "year", "any"),
    "percent": ("number", "any"),
    "boolean": ("boolean", "any"),
}
"""The field types that a kind goes with; a kind that is not named here goes with `string` and `any`."""

SENSITIVITIES: Final = ("public", "internal", "personal", "confidential", "restricted")
MERGE_POLICIES: Final = ("ask", "store", "sheet", "longest", "add_up")

BOUNDED: Final = ("number", "integer", "date", "time", "datetime", "duration", "year", "yearmonth")
"""Types that the standard gives minimum and maximum."""
SIZED: Final = ("string", "list", "array", "object")
"""Types that the standard gives minLength and maxLength."""

SPAN: Final = r"[1-9][0-9]{0,3} (days?|weeks?|months?|years?)"
"""A span of days, weeks, months or years as people write it."""

FIELD_NAMING_OPTIONS: Final = ("regionFrom",)

_NUMBER_OR_TEXT: Final = Either((Text(), Whole(least=-(10**18)), Text(loose=True)))
_SCALAR: Final = Either((Text(loose=True), Truth()))
_MISSING: Final = ListOf(
    Either((Text(), Record({"value": Text(), "label": Text()}, required=("value",)))),
    "texts that mean an empty cell",
)
_SPAN: Final = Text("a span such as 180 days, 26 weeks, 12 months or 2 years", pattern=SPAN)
_LABELS: Final = MapOf(Text(may_be_empty=False), "the name that people see, by language")
_NAMES: Final = ListOf(Text())
_ONE_OR_MORE: Final = Either((Text(), ListOf(Text(), least=1)))

CONSTRAINTS: Final = Record(
    {
        "required": Truth("the cell may not be empty"),
        "unique": Truth("no two rows hold the same value"),
        "minLength": Whole(),
        "maxLength": Whole(),
        "minimum": _SCALAR,
        "maximum": _SCALAR,
        "exclusiveMinimum": _SCALAR,
        "exclusiveMaximum": _SCALAR,
        "pattern": Text("a regular expression for the whole value"),
        "enum": ListOf(AnyValue(), least=1),
        "jsonSchema": MapOf(AnyValue()),
    }
)

_CATEGORIES: Final = ListOf(
    Either(
        (
            Text(loose=True),
            Record(
                {"value": Text(loose=True), "label": Text(), "x:labels": _LABELS}, required=("value",), is_open=True
            ),
        )
    ),
    "the closed list of values",
    least=1,
)
_FORMAT: Final = Record(
    {"kind": Choice(KINDS, "what the column holds", code="schema.unknown_kind"), **OPTIONS}, required=("kind",)
)
_AUTO: Final = Record(
    {
        "kind": Choice(("sequence", "today", "now", "user", "uuid"), "what fills an empty cell"),
        "format": Text("how a number of the sequence is written, such as C{:08d}"),
        "start": Whole(),
    },
    required=("kind",),
)

FIELD: Final = Record(
    {
        "name": Text("the field's identity, never shown to staff", may_be_empty=False),
        "type": Choice(TYPES, "what the values are", code="schema.unknown_type"),
        "format": Text("the standard's format of the type"),
        "title": Text(),
        "description": Text(),
        "example": AnyValue(),
        "examples": ListOf(AnyValue()),
        "rdfType": Text(),
        "constraints": CONSTRAINTS,
        "categories": _CATEGORIES,
        "categoriesOrdered": Truth(),
        "missingValues": _MISSING,
        "decimalChar": Text(),
        "groupChar": Text(),
        "bareNumber": Truth(),
        "trueValues": ListOf(Text(), least=1),
        "falseValues": ListOf(Text(), least=1),
        "delimiter": Text(),
        "itemType": Choice(("string", "integer", "boolean", "number", "datetime", "date", "time")),
        "x:labels": _LABELS,
        "x:aliases": ListOf(Text(may_be_empty=False), "other headers that mean this field"),
        "x:format": _FORMAT,
        "x:auto": _AUTO,
        "x:derived": Either((Text(may_be_empty=False), MapOf(AnyValue())), "where the value comes from; not typed"),
        "x:sensitivity": Choice(SENSITIVITIES),
        "x:renamed_from": Either(
            (Text(may_be_empty=False), ListOf(Text(may_be_empty=False), least=1)),
            "the name that this field had before; several names, newest first",
        ),
        "x:merge": Choice(MERGE_POLICIES, "what happens when two people changed one cell"),
        "x:stale_after": _SPAN,
    },
    required=("name",),
    is_open=True,
)

_RULE: Final = Record(
    {
        "code": Text(
            "a dotted word of your own, such as customer.cn_mobile", pattern=r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+"
        ),
        "when": Text("the rule speaks of rows for which this holds"),
        "assert": Text("what must hold then"),
        "columns": ListOf(Text(), "where the finding is shown"),
        "severity": Choice(("error", "warn")),
        "message": _LABELS,
    },
    required=("code", "assert", "message"),
)

SCHEMA: Final = Record(
    {
        "$schema": Text(),
        "name": Text("the table's identity", pattern=r"[^/\\\n]+"),
        "title": Text(),
        "description": Text(),
        "homepage": Text(),
        "version": AnyValue(),
        "created": AnyValue(),
        "keywords": _NAMES,
        "contributors": AnyValue(),
        "examples": AnyValue(),
        "fields": ListOf(FIELD, least=1),
        "fieldsMatch": Either((Choice(FIELDS_MATCH), ListOf(Choice(FIELDS_MATCH), least=1))),
        "missingValues": _MISSING,
        "primaryKey": _ONE_OR_MORE,
        "uniqueKeys": ListOf(ListOf(Text(), least=1)),
        "foreignKeys": ListOf(
            Record(
                {
                    "fields": _ONE_OR_MORE,
                    "reference": Record({"resource": Text(), "fields": _ONE_OR_MORE}, required=("fields",)),
                },
                required=("fields", "reference"),
            )
        ),
        "x:labels": _LABELS,
        "x:version": Whole(least=1),
        "x:severity": Record({"default": Choice(("error", "warn")), "warn": _NAMES}),
        "x:basic": ListOf(Text(), "the fields of the small table that people start with"),
        "x:dedupe": Record({"identify": _NAMES, "compare": _NAMES}),
        "x:rules": ListOf(_RULE, "rules over several fields"),
        "x:stale": Record({"after": _SPAN, "since": _NAMES}, required=("after", "since")),
        "x:quality": Record({"by": ListOf(Text(), "fields by whose values the quality is counted")}),
    },
    required=("fields",),
    is_open=True,
)
