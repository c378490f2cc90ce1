"""The SQL of a row condition lets through the same rows as its evaluator, on a real SQLite."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheetward.cells import Typed, Value, to_json
from sheetward.sharing.condition import Comparison, Condition, Operator, predicate
from sheetward.sharing.sql import compiled

Drawn = dict[str, st.SearchStrategy[Any]]


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE head (number INTEGER, cells TEXT)")
    yield connection
    connection.close()


def selected(database: sqlite3.Connection, condition: Condition, rows: list[dict[str, Any]]) -> list[int]:
    database.execute("DELETE FROM head")
    texts = [orjson.dumps({name: to_json(cell) for name, cell in row.items()}).decode() for row in rows]
    database.executemany("INSERT INTO head VALUES (?, ?)", list(enumerate(texts)))
    sql = compiled(condition)
    query = f"SELECT number, {sql.text} FROM head ORDER BY number"
    answers = database.execute(query, dict(sql.parameters)).fetchall()
    assert {answer for _, answer in answers} <= {0, 1}
    return [number for number, answer in answers if answer]


@settings(max_examples=400)
@given(st.data())
def test_sql_and_evaluator_agree(drawn: Drawn, database: sqlite3.Connection, data: st.DataObject) -> None:
    condition = data.draw(drawn["conditions"])
    table = data.draw(drawn["tables"])
    test = predicate(condition, table.fields)
    rows = [dict(zip(table.fields, row, strict=True)) for row in table.rows.values()]
    expected = [number for number, row in enumerate(table.rows.values()) if test(row)]
    assert selected(database, condition, rows) == expected


@pytest.mark.parametrize(
    ("operator", "bound", "fits", "fails"),
    [
        (Operator.GT, Decimal("9007199254740993"), "9007199254740993.01", "9007199254740992.99"),
        (Operator.GE, Decimal("0.30"), "0.3", "0.2999999999999999999"),
        (Operator.LT, Decimal("-10"), "-10.5", "-9.9"),
        (Operator.GT, Decimal("-10"), "-9", "-100"),
        (Operator.LE, Decimal(0), "-1E+20", "1E-20"),
    ],
)
def test_numbers_compare_exactly(
    database: sqlite3.Connection, operator: Operator, bound: Decimal, fits: str, fails: str
) -> None:
    condition = Comparison("amount", operator, (bound,))
    rows = [
        {"amount": Decimal(fits)},
        {"amount": Decimal(fails)},
        {"amount": fits},
        {},
        {"amount": Typed(Decimal(fits), "x")},
    ]
    assert selected(database, condition, rows) == [0, 4]


@pytest.mark.parametrize("name", ["区域", "a b", "a.b", "a'b", "$x", "a[0]", 'a"b', "a\\b", 'x"."y', "tab\tbed"])
@pytest.mark.parametrize("value", ["华东", Decimal("1.5"), True, False, dt.date(2024, 3, 5), None])
def test_field_names_of_any_kind_find_their_cell(database: sqlite3.Connection, name: str, value: Value) -> None:
    rows: list[dict[str, Any]] = [{name: value}, {name: Typed(value, "x")}, {"other": value, name: "?"}]
    assert selected(database, Comparison(name, Operator.EQ, (value,)), rows) == [0, 1]


def test_values_are_never_text_of_the_statement(database: sqlite3.Connection) -> None:
    hostile: Value = "'); DROP TABLE head; --"
    rows: list[dict[str, Any]] = [{"region": hostile}, {"region": "x"}]
    assert selected(database, Comparison("region", Operator.EQ, (hostile,)), rows) == [0]


def test_a_text_is_no_number_and_a_day_is_no_moment(database: sqlite3.Connection) -> None:
    rows: list[dict[str, Any]] = [
        {"a": "1"},
        {"a": Decimal(1)},
        {"a": True},
        {"a": dt.date(2024, 3, 5)},
        {"a": dt.datetime(2024, 3, 5)},
    ]
    values: list[Value] = ["1", Decimal(1), True, dt.date(2024, 3, 5), dt.datetime(2024, 3, 5)]
    for number, value in enumerate(values):
        assert selected(database, Comparison("a", Operator.EQ, (value,)), rows) == [number]
