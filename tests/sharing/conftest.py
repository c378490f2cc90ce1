"""A small table with every type of column, and rules and rows drawn so that they often meet."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from sheetward.cells import Cell, Typed, Value
from sheetward.sharing.access import Access
from sheetward.sharing.condition import AllOf, AnyOf, Comparison, Condition, Not, Operator
from sheetward.sharing.rule import Rule
from sheetward.table import RowId, Table
from sheetward_schemas.model import Category, Constraints, Field, TableSchema

CUSTOMER = TableSchema(
    name="customer",
    labels={"zh": "客户", "en": "Customers"},
    fields=(
        Field("customer_id", auto={"kind": "sequence"}, constraints=Constraints(required=True)),
        Field("name", labels={"zh": "客户姓名", "en": "Name"}, constraints=Constraints(required=True)),
        Field("region", labels={"zh": "区域", "en": "Region"}),
        Field("amount", type="number", labels={"zh": "金额", "en": "Amount"}),
        Field("created_on", type="date"),
        Field("active", type="boolean"),
        Field(
            "direction",
            categories=(Category("upstream", "上游供应商"), Category("both", "上下游")),
            kind={"kind": "category", "acceptLabels": True, "synonyms": {"供应商": "upstream"}},
        ),
        Field("country", kind={"kind": "country"}),
        Field("seen_at", type="datetime"),
        Field("id_number", sensitivity="restricted", labels={"zh": "身份证号", "en": "ID card"}),
    ),
    primary_key=("customer_id",),
    missing_values=("", "无"),
)

TEXTS = ("华", "华东", "华北", "南", "a", "A", "b", "😀", "﻿x")
NUMBERS = tuple(Decimal(n) for n in ("-1000", "-99.5", "-1", "-0.05", "0", "0.1", "0.05", "9", "10", "10.5", "100"))
DAYS = (dt.date(1999, 12, 31), dt.date(2024, 3, 5), dt.date(2024, 3, 6))
MOMENTS = (dt.datetime(2024, 3, 5, 0, 0), dt.datetime(2024, 3, 5, 12, 30, 1), dt.datetime(2024, 3, 5, 12, 30, 1, 5))

texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=3).filter(
    lambda text: "•" not in text
)
numbers = st.sampled_from(NUMBERS) | st.decimals(allow_nan=False, allow_infinity=False)
values: st.SearchStrategy[Value] = st.one_of(
    st.none(), texts, numbers, st.sampled_from(DAYS), st.sampled_from(MOMENTS), st.booleans()
)
cells: st.SearchStrategy[Cell] = values | st.builds(Typed, values, texts)
FIELDS = ("customer_id", "name", "region", "amount", "created_on", "id_number")
"""Few columns, so that rules and rows meet in them."""
rows = st.tuples(*[cells for _ in FIELDS])
names = st.sampled_from(FIELDS)

comparisons = st.one_of(
    st.builds(Comparison, names, st.sampled_from([Operator.EQ, Operator.NE]), values.map(lambda v: (v,))),
    st.builds(Comparison, names, st.just(Operator.IN), st.lists(values, max_size=3).map(tuple)),
    st.builds(
        Comparison,
        names,
        st.sampled_from([Operator.LT, Operator.LE, Operator.GT, Operator.GE]),
        st.one_of(texts, numbers, st.sampled_from(DAYS), st.sampled_from(MOMENTS)).map(lambda v: (v,)),
    ),
    st.builds(Comparison, names, st.just(Operator.PREFIX), texts.map(lambda v: (v,))),
    st.builds(Comparison, names, st.just(Operator.NULL), st.booleans().map(lambda v: (v,))),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)
rules = st.builds(
    Rule,
    rows=st.just(AllOf()) | conditions,
    columns=st.dictionaries(names, st.sampled_from(Access)),
    rest=st.sampled_from(Access),
    insert=st.booleans(),
    delete=st.booleans(),
    move_out=st.booleans(),
    restricted=st.just(frozenset({"id_number"})),
)
tables = st.dictionaries(st.sampled_from("abcdef").map(RowId), rows, max_size=3).map(lambda found: Table(FIELDS, found))


@pytest.fixture(scope="session")
def customer() -> TableSchema:
    return CUSTOMER


@pytest.fixture(scope="session")
def drawn() -> dict[str, st.SearchStrategy[object]]:
    """Give the strategies by name: a test draws from them through `st.data()`."""
    return {"cells": cells, "rows": rows, "conditions": conditions, "rules": rules, "tables": tables, "texts": texts}
