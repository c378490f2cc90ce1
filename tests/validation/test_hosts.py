"""Two hosts, one set of kernels: pandera and the plain loop find the same."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal

import pandas as pd
import pandera.errors
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheetward.cells import Typed
from sheetward.table import RowId, Table
from sheetward.validation import Validator
from sheetward.validation.kernels import Kernel
from sheetward.validation.pandera_host import to_pandera
from sheetward_schemas import load_schema, parse_schema

TODAY = dt.date(2024, 6, 1)
D = Decimal
MIXED = """
name: t
primaryKey: [id]
uniqueKeys: [[n, s]]
foreignKeys: [{fields: [s], reference: {resource: other, fields: [s]}}]
x:severity: {warn: [field.too_large]}
x:rules:
  - {code: t.order, when: "s", assert: "n >= m", message: {zh: 甲, en: A}}
  - {code: t.day, assert: "d <= today", severity: warn, message: {zh: 乙, en: B}}
fields:
  - {name: id, constraints: {required: true, maxLength: 2}}
  - {name: n, type: number, constraints: {minimum: 0, maximum: 5}}
  - {name: m, type: integer}
  - {name: s, constraints: {pattern: "[a-z]+", enum: [a, b]}}
  - {name: d, type: date}
  - {name: phone, x:format: {kind: phone, regionFrom: country, defaultRegion: CN}}
  - {name: country, x:format: {kind: country}}
"""
cells = {
    "id": [None, "a", "b", "abc", D(1), True],
    "n": [None, D(1), D(-1), D(9), "x", True],
    "m": [None, D(2), D("1.5"), "y"],
    "s": [None, "a", "b", "c", "A1"],
    "d": [None, dt.date(2024, 5, 1), dt.date(2025, 1, 1), "31/31/2024"],
    "phone": [None, "+8613800138000", "13800138000", "138", "4155552671", "+14155552671"],
    "country": [None, "CN", "US", "Nowhere"],
    "extra": [None, "x"],
}


@st.composite
def tables(draw: st.DrawFn) -> Table:
    names = draw(st.lists(st.sampled_from(sorted(cells)), unique=True, min_size=1))
    typed = st.booleans()
    rows = draw(st.lists(st.tuples(*(st.sampled_from(cells[name]) for name in names)), max_size=8))
    data = {
        RowId(f"r{place}"): tuple(
            Typed(value, "typed") if value is not None and draw(typed) else value for value in row
        )
        for place, row in enumerate(rows)
    }
    return Table(tuple(names), data)


@pytest.fixture(scope="module")
def validator() -> Validator:
    schema, mistakes = parse_schema(MIXED, "t")
    assert mistakes == ()
    assert schema is not None
    return Validator(schema)


@given(tables(), st.sampled_from([{}, {"s": {"a"}}]))
@settings(max_examples=60, deadline=None)
def test_pandera_finds_what_the_loop_finds(validator: Validator, table: Table, known) -> None:
    rows = list(table.rows.items())
    expected = validator.check_rows(table.fields, rows, today=TODAY, known=known) + validator.check_unique(
        table.fields, rows
    )
    assert validator.check_table(table, today=TODAY, known=known) == expected


def test_both_hosts_agree_on_a_dirty_table_of_customers() -> None:
    schema, _ = load_schema("customer")
    validator = Validator(schema)
    names = ("customer_id", "name", "phone", "email", "country", "created_on", "last_contact_on", "kind", "tax_id")
    rows = {
        RowId(f"r{i}"): (
            f"C{i // 2 if i % 10 == 0 else i}", None if i % 7 == 0 else f"客户{i}", ["+8613800138000", "138", None][i % 3],
            ["a@example.com", "a@@b", None][i % 3], ["CN", "US", None, "Nowhere"][i % 4], dt.date(2024, 1, 1 + i % 28),
            [dt.date(2024, 1, 15), "31/31/2024", None][i % 3], ["vip", "nobody"][i % 2], None,
        )
        for i in range(200)
    }  # fmt: skip
    table = Table(names, rows)
    expected = validator.check_rows(names, rows.items(), today=TODAY) + validator.check_unique(names, rows.items())
    assert len({f.code for f in expected}) >= 8
    assert validator.check_table(table, today=TODAY) == expected


def test_the_compiled_schema_is_a_contract_of_its_own(validator: Validator) -> None:
    compiled = to_pandera(validator.schema, today=TODAY)
    right = pd.DataFrame({"id": pd.Series(["a", "b"], dtype=object), "n": pd.Series([D(1), D(9)], dtype=object)})
    compiled.validate(right)  # 9 is too large, which is a warning only
    wrong = right.assign(n=pd.Series([D(-1), D(2)], dtype=object))
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        compiled.validate(wrong, lazy=True)
    assert "minimum" in str(caught.value)
    twice = right.assign(id=pd.Series(["a", "a"], dtype=object))
    with pytest.raises(pandera.errors.SchemaErrors, match="unique"):
        compiled.validate(twice, lazy=True)


def test_a_user_can_add_a_check_of_their_own(validator: Validator) -> None:
    import pandera.pandas as pa

    compiled = to_pandera(validator.schema, today=TODAY)
    own = compiled.add_columns(
        {"extra": pa.Column(object, pa.Check(lambda column: column.str.len().gt(1).all()), nullable=True)}
    )
    with pytest.raises(pandera.errors.SchemaErrors):
        own.validate(pd.DataFrame({"id": ["a"], "extra": pd.Series(["x"], dtype=object)}), lazy=True)


def test_a_kernel_that_fails_is_no_finding(validator: Validator) -> None:
    def fails(value: object, region: object, today: object) -> None:
        raise ZeroDivisionError

    broken = Validator(validator.schema)
    broken.kernels = {"id": (Kernel("id", "own", fails),)}
    with pytest.raises(pandera.errors.SchemaError, match="ZeroDivisionError"):
        broken.check_table(Table(("id",), {RowId("r"): ("a",)}), today=TODAY)


def test_judging_rows_does_not_load_pandas() -> None:
    program = (
        "import sys, datetime\nfrom sheetward.validation import Validator\nfrom sheetward_schemas import load_schema\n"
        "v = Validator(load_schema('customer')[0])\nv.check_rows(('name',), [(1, (None,))], today=datetime.date(2024, 1, 1))\n"
        "print([m for m in ('pandas', 'pandera', 'pyarrow', 'jsonschema') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
