"""The language of x:rules: what it means in Python, and that SQL and spreadsheets mean the same."""

from __future__ import annotations

import csv
import datetime as dt
import re
import sqlite3
import subprocess
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheetward_schemas.expressions import parse_expression, reads, to_judge, uses_today
from sheetward_schemas.expressions.formula import to_formula
from sheetward_schemas.expressions.sql import broken_sql, to_sql

TYPES = {"n": "number", "m": "integer", "s": "string", "u": "string", "d": "date", "e": "datetime", "b": "boolean"}
PLACES = {name: place for place, name in enumerate(TYPES)}
TODAY = dt.date(2024, 6, 1)
EMPTY = dict.fromkeys(TYPES)


def judged(text: str, **values: object) -> bool | None:
    condition, mistakes = parse_expression(text, TYPES)
    assert mistakes == (), mistakes
    assert condition is not None
    row = tuple({**EMPTY, **values}.values())
    return to_judge(condition, PLACES)(row, TODAY)


T, F, U = True, False, None
D = Decimal


@pytest.mark.parametrize(
    ("text", "values", "outcome"),
    [
        ("n == 3", {"n": D("3.0")}, T), ("n != 3", {"n": D(3)}, F), ("n < 3", {"n": D(3)}, F), ("n <= 3", {"n": D(3)}, T),
        ("n > -1", {"n": D(0)}, T), ("-n > 1", {"n": D(-2)}, T), ("n - 1 == 2", {"n": D(3)}, T), ("n-1==2", {"n": D(3)}, T),
        ("n + m * 2 == 7", {"n": D(1), "m": D(3)}, T), ("(n + m) * 2 == 8", {"n": D(1), "m": D(3)}, T),
        ("n / m == 0.5", {"n": D(1), "m": D(2)}, T), ("n / m == 1", {"n": D(1), "m": D(0)}, U), ("abs(n) == 2", {"n": D(-2)}, T),
        ("n == 3", {}, U), ("n == m", {"n": D(1)}, U), ("not n == 3", {}, U),
        ("n", {}, F), ("n", {"n": D(0)}, T), ("not n", {}, T), ("s", {"s": "x"}, T), ("n + m", {"n": D(1)}, F),
        ("b", {"b": True}, T), ("b", {"b": False}, F), ("b", {}, U), ("not b", {"b": False}, T), ("b == true", {"b": True}, T),
        ("s == 'x'", {"s": "x"}, T), ("s == 'x'", {"s": "X"}, F), ("lower(s) == 'x'", {"s": "X"}, T), ("len(s) == 2", {"s": "中文"}, T),
        ("s == 'it''s'", {"s": "it's"}, T), ('s == "a""b"', {"s": 'a"b'}, T),
        ("s in ['a', 'b']", {"s": "b"}, T), ("s in ('a', 'b')", {"s": "c"}, F), ("s not in ['a']", {"s": "c"}, T),
        ("s in ['a']", {}, U), ("s not in ['a']", {}, U), ("n in [-1, 2]", {"n": D(-1)}, T), ("d in [2024-01-01]", {"d": dt.date(2024, 1, 1)}, T),
        ("matches(s, '[0-9]+')", {"s": "12"}, T), ("matches(s, '[0-9]+')", {"s": "12a"}, F), ("matches(s, 'a|ab')", {"s": "ab"}, T),
        ("matches(s, 'x')", {}, U), ("d < today", {"d": dt.date(2024, 5, 31)}, T), ("d == today", {"d": TODAY}, T),
        ("d > 2024-01-01", {"d": dt.date(2024, 1, 1)}, F), ("e > 2024-01-01T12:00", {"e": dt.datetime(2024, 1, 1, 13)}, T),
        ("d < e", {"d": dt.date(2024, 1, 1), "e": dt.datetime(2024, 1, 1, 1)}, T), ("d >= today - 30", {"d": dt.date(2024, 5, 2)}, T),
        ("today - d == 31", {"d": dt.date(2024, 5, 1)}, T), ("year(d) == 2024", {"d": dt.date(2024, 5, 1)}, T),
        ("d + 1000000000 > today", {"d": dt.date(2024, 5, 1)}, U),
        ("n == 1 and s == 'x'", {"n": D(2)}, F), ("n == 1 and s == 'x'", {"n": D(1)}, U), ("n == 1 or s == 'x'", {"n": D(1)}, T),
        ("n == 1 or s == 'x'", {"n": D(2)}, U), ("n == 1 or n == 2 and n == 3", {"n": D(1)}, T), ("not n == 1 and s", {"n": D(2), "s": "x"}, T),
        ("n > 1", {"n": "text that is no number yet"}, U), ("d > today", {"d": "31/31/2024"}, U), ("d", {"d": "31/31/2024"}, F),
        ("n == 1", {"n": True}, U),
    ],
)  # fmt: skip
def test_what_an_expression_means(text: str, values: dict[str, object], outcome: bool | None) -> None:
    assert judged(text, **values) is outcome


def test_an_expression_knows_what_it_reads() -> None:
    condition, _ = parse_expression("n > 1 and (s or not matches(u, 'x')) and d < today and n", TYPES)
    assert reads(condition) == ("n", "s", "u", "d")
    assert uses_today(condition)
    assert not uses_today(parse_expression("n > 1", TYPES)[0])


def test_names_that_are_no_plain_words_stand_in_backticks() -> None:
    condition, mistakes = parse_expression(
        "`Order date` < today and 金额 > 1 and android", {"Order date": "date", "金额": "number", "android": "string"}
    )
    assert mistakes == ()
    assert reads(condition) == ("Order date", "金额", "android")


@pytest.mark.parametrize(
    "text", ["(" * 100 + "n" + ")" * 100, "not " * 100 + "n", "n" + " and n" * 1000, "-" * 100 + "1 > 0"]
)
def test_an_expression_out_of_all_measure_is_refused_quietly(text: str) -> None:
    condition, mistakes = parse_expression(text, TYPES)
    assert condition is None
    assert [m.code for m in mistakes] == ["schema.rule_too_long"]


@given(st.text(alphabet="nsdb 0123'\"()[]<>=!+-*/,.andortinochesmu_`", max_size=40))
@settings(max_examples=300)
def test_no_text_makes_the_parser_fail(text: str) -> None:
    condition, mistakes = parse_expression(text, TYPES)
    assert (condition is None) == bool(mistakes)


numbers = st.sampled_from(
    [
        "n",
        "m",
        "1",
        "2",
        "0",
        "-3",
        "2.5",
        "n + m",
        "n * 2",
        "n / 2",
        "n / m",
        "abs(n)",
        "len(s)",
        "d - today",
        "year(d)",
    ]
)
texts = st.sampled_from(["s", "u", "'x'", "'Y'", "''", "lower(s)"])
days = st.sampled_from(["d", "today", "2024-05-31", "d + 1", "today - n", "d - 30"])
signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
atoms = st.one_of(
    st.builds("{} {} {}".format, numbers, signs, numbers),
    st.builds("{} {} {}".format, texts, st.sampled_from(["==", "!="]), texts),
    st.builds("{} {} {}".format, days, signs, days),
    st.sampled_from(
        [
            "n",
            "s",
            "d",
            "b",
            "b == true",
            "b != false",
            "n in [1, 2]",
            "s not in ['x', 'z']",
            "d in [2024-05-31]",
            "n not in [0]",
        ]
    ),
)
patterns = st.sampled_from(["matches(s, '[a-z]+')", "matches(u, 'x?')"])


def combined(leaves):
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("not ({})".format, inner),
            st.builds("({}) and ({})".format, inner, inner),
            st.builds("({}) or ({})".format, inner, inner),
        ),
        max_leaves=4,
    )


rows = st.fixed_dictionaries(
    {
        "n": st.sampled_from([None, D(-2), D(0), D(1), D("2.5")]),
        "m": st.sampled_from([None, D(0), D(1), D(3)]),
        "s": st.sampled_from([None, "x", "X", "ab1"]),
        "u": st.sampled_from([None, "x", "Y"]),
        "d": st.sampled_from([None, dt.date(2024, 5, 31), TODAY, dt.date(2024, 7, 1)]),
        "e": st.none(),
        "b": st.sampled_from([None, True, False]),
    }
).map(lambda row: {name: row[name] for name in TYPES})


def _sqlite(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, dt.date) else value


@pytest.fixture(scope="module")
def database():
    connection = sqlite3.connect(":memory:")
    connection.create_function(
        "REGEXP", 2, lambda pattern, text: None if text is None else re.search(pattern, text) is not None
    )
    connection.execute("CREATE TABLE t (n NUMERIC, m INTEGER, s TEXT, u TEXT, d TEXT, e TEXT, b INTEGER)")
    yield connection
    connection.close()


@given(combined(st.one_of(atoms, patterns)), st.one_of(st.none(), atoms), st.lists(rows, min_size=1, max_size=6))
@settings(max_examples=250, deadline=None)
def test_sqlite_finds_the_rows_that_python_finds(
    database, assertion: str, when: str | None, data: list[dict[str, object]]
) -> None:
    condition, mistakes = parse_expression(assertion, TYPES)
    assert mistakes == ()
    guard = parse_expression(when, TYPES)[0] if when else None
    holds = to_judge(condition, PLACES)
    speaks = to_judge(guard, PLACES) if guard else lambda _row, _today: True
    database.execute("DELETE FROM t")
    database.executemany(
        "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", [[_sqlite(v) for v in row.values()] for row in data]
    )
    expected = [
        place
        for place, row in enumerate(data, 1)
        if speaks(tuple(row.values()), TODAY) is True and holds(tuple(row.values()), TODAY) is False
    ]
    sql = broken_sql(condition, guard, "sqlite", TODAY)
    first = database.execute("SELECT min(rowid) FROM t").fetchone()[0]
    found = [
        rowid - first + 1
        for (rowid,) in database.execute(f"SELECT rowid FROM t WHERE {sql.text} ORDER BY rowid", dict(sql.parameters))
    ]
    assert found == expected
    value = to_sql(condition, "sqlite", TODAY)
    outcomes = [
        None if v is None else bool(v)
        for (v,) in database.execute(f"SELECT {value.text} FROM t ORDER BY rowid", dict(value.parameters))
    ]
    assert outcomes == [holds(tuple(row.values()), TODAY) for row in data]


def test_values_are_bound_and_names_are_quoted() -> None:
    condition, _ = parse_expression("`a\"b` == 'x; DROP TABLE t' and `c d` > 1", {'a"b': "string", "c d": "number"})
    sql = to_sql(condition, "postgresql", TODAY)
    assert "DROP" not in sql.text
    assert sql.parameters == {"p0": "x; DROP TABLE t", "p1": D(1)}
    assert '"a""b"' in sql.text


FORMULA_RULES = [
    ("n >= m", ""), ("n > 1", "m"), ("d >= today - 40000", ""), ("d >= 2024-06-01", "s"), ("s == 'x'", ""), ("s in ['x', 'ab1']", "n"),
    ("s not in ['x']", ""), ("s", "n"), ("not s", "n == 1"), ("n + m > 1", ""), ("n / m > 1", ""), ("len(s) > 1 or n == 0", ""),
    ("year(d) == 2024 and n", "s != 'x'"), ("abs(n) <= 2", ""), ("lower(s) == 'x'", ""), ("b", ""), ("not b", ""), ("b == true", "n"),
]  # fmt: skip
FORMULA_ROWS = [
    {"n": n, "m": m, "s": s, "u": None, "d": d, "e": None, "b": b}
    for n, m, s, d, b in [
        (None, None, None, None, None), (D(1), D(0), "x", dt.date(2024, 5, 31), True), (D(0), D(3), "X", TODAY, False),
        (D("2.5"), None, "ab1", None, True), (None, D(1), None, dt.date(2025, 1, 1), None), (D(-2), D(1), "x", None, False),
    ]
]  # fmt: skip


def test_a_spreadsheet_judges_as_python_does(tmp_path: Path) -> None:
    """LibreOffice works the formulas out."""
    book = openpyxl.Workbook()  # writes no results, so that LibreOffice has to work them out
    sheet = book.active
    expected: list[list[str]] = []
    for at, row in enumerate(FORMULA_ROWS):
        for column, value in enumerate(row.values()):
            sheet.cell(at + 1, column + 1, float(value) if isinstance(value, Decimal) else value)
        outcomes: list[str] = []
        for place, (assertion, when) in enumerate(FORMULA_RULES):
            condition, _ = parse_expression(assertion, TYPES)
            guard = parse_expression(when, TYPES)[0] if when else None
            formula = to_formula(condition, guard, {name: f"${chr(65 + p)}{at + 1}" for name, p in PLACES.items()})
            assert formula is not None
            sheet.cell(at + 1, 11 + place, "=" + formula)
            values = tuple(row.values())
            speaks = guard is None or to_judge(guard, PLACES)(values, TODAY) is True
            outcomes.append("FALSE" if speaks and to_judge(condition, PLACES)(values, TODAY) is False else "TRUE")
        expected.append(outcomes)
    book.save(tmp_path / "f.xlsx")
    subprocess.run(
        ["soffice", "-env:UserInstallation=file:///tmp/lo-schemas", "--headless", "--convert-to", "csv", "--outdir", str(tmp_path), str(tmp_path / "f.xlsx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with (tmp_path / "f.csv").open(encoding="utf-8") as lines:
        found = [line[10:] for line in csv.reader(lines)]
    assert found == expected


def test_what_a_formula_cannot_say_is_not_said() -> None:
    references = {"s": "$A2", "n": "$B2"}
    pattern, _ = parse_expression("matches(s, 'x')", TYPES)
    assert to_formula(pattern, None, references) is None
    other, _ = parse_expression("n > m", TYPES)
    assert to_formula(other, None, references) is None
    long, _ = parse_expression(" and ".join(f"n != {i}" for i in range(40)), TYPES)
    assert to_formula(long, None, references) is None
