"""Any schema that the parser accepts can judge any row, and gives its SQL and its workbook checks."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sheetward.validation import Validator
from sheetward_schemas import parse_schema
from sheetward_schemas.kind_options import KINDS
from sheetward_schemas.sheet_validation import cell_checks
from sheetward_schemas.sql import table_ddl
from sheetward_schemas.vocabulary import TYPES

bounds = st.sampled_from([0, 1, 2.5, "3", "2024-01-01", "2024-01-01T08:00:00", "08:00:00", "2024-03", "P1D"])
constraints = st.fixed_dictionaries(
    {},
    optional={
        "required": st.booleans(), "unique": st.booleans(), "minLength": st.integers(0, 2), "maxLength": st.integers(2, 4), "minimum": bounds,
        "maximum": bounds, "exclusiveMinimum": bounds, "exclusiveMaximum": bounds, "pattern": st.sampled_from(["[a-z]+", ".*"]),
        "enum": st.lists(st.sampled_from(["a", "b", 1, 2.5, True, "2024-01-01"]), min_size=1, max_size=2), "jsonSchema": st.just({"minItems": 1}),
    },
)  # fmt: skip
field = st.fixed_dictionaries(
    {"name": st.just("a"), "type": st.sampled_from(TYPES)},
    optional={
        "constraints": constraints, "categories": st.sampled_from([["a", "b"], [1, 2], [{"value": "a", "label": "甲"}]]),
        "x:format": st.fixed_dictionaries({"kind": st.sampled_from(KINDS)}, optional={"open": st.just(True), "regionFrom": st.just("country")}),
        "format": st.sampled_from(["any", "email", "uri", "uuid", "binary", "%Y-%m-%d"]),
    },
)  # fmt: skip
values = st.sampled_from(
    [None, "a", "abcdef", "1", "１２", "2024-01-01", "31/31/2024", "[1]", "{}", "{", "P1D", "08:00", "+8613800138000", "a@b.com", "=1+1", "\n",
     True, False, Decimal(1), Decimal("2.5"), Decimal("1E+20"), Decimal(-1), dt.date(2024, 1, 1), dt.datetime(2024, 1, 1, 8), "x" * 40000]
)  # fmt: skip


@given(field, st.lists(st.tuples(values, st.sampled_from(["CN", "US", "??", None])), max_size=4))
@settings(max_examples=400, deadline=None)
def test_what_the_parser_accepts_works(description: dict[str, object], rows: list[tuple[object, object]]) -> None:
    schema, _ = parse_schema(json.dumps({"name": "t", "fields": [description, {"name": "country"}]}), "t")
    assume(schema is not None)
    validator, keyed = Validator(schema), list(enumerate(rows))
    first = validator.check_rows(("a", "country"), keyed, today=dt.date(2024, 6, 1))
    assert validator.check_rows(("a", "country"), keyed, today=dt.date(2024, 6, 1)) == first
    assert {f.row for f in validator.check_unique(("a", "country"), keyed)} <= set(range(len(rows)))
    sqlite3.connect(":memory:").execute(table_ddl(schema, "sqlite")).connection.close()
    assert cell_checks(schema, {"a": "$A2"}, "zh").keys() <= {"a"}
