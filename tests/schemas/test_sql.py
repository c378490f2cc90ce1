"""The DDL of a schema runs, and refuses what SQL can refuse; SQLite here, PostgreSQL where it is installed."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sheetward_schemas import bundled_names, load_schema, parse_schema
from sheetward_schemas.expressions import parse_expression, to_judge
from sheetward_schemas.expressions.sql import broken_sql
from sheetward_schemas.sql import table_ddl, view_ddl
from sheetward_schemas.vocabulary import TYPES

TODAY = dt.date(2024, 6, 1)
SCHEMA = """
name: my "table"
primaryKey: [id]
uniqueKeys: [[a, b]]
foreignKeys: [{fields: [up], reference: {fields: [id]}}]
fields:
  - {name: id, constraints: {required: true, maxLength: 3}}
  - {name: a, type: number, constraints: {minimum: 0, exclusiveMaximum: 10}}
  - {name: b, type: date, constraints: {minimum: 2024-01-01}}
  - {name: c, categories: [{value: it's, label: 甲}, {value: y, label: 乙}], x:labels: {zh: 类别}}
  - {name: d, type: boolean}
  - {name: up}
"""


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA foreign_keys = ON")
    schema, mistakes = parse_schema(SCHEMA, "t")
    assert mistakes == ()
    connection.execute(table_ddl(schema, "sqlite"))
    connection.execute(view_ddl(schema, "zh", view="shown"))
    connection.execute("INSERT INTO \"my \"\"table\"\"\" VALUES ('x', 1, '2024-02-01', 'it''s', 1, NULL)")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "row",
    [
        (None, 1, "2024-01-01", "y", 1, None), ("long", 1, "2024-01-01", "y", 1, None), ("x", 1, "2024-01-01", "y", 1, None),
        ("b", -1, "2024-01-01", "y", 1, None), ("b", 10, "2024-01-01", "y", 1, None), ("b", 1, "2023-12-31", "y", 1, None),
        ("b", 1, "2024-01-01", "z", 1, None), ("b", 1, "2024-01-01", "y", 2, None), ("b", 1, "2024-01-01", "y", 1, "nobody"),
        ("b", 1, "2024-02-01", "y", 1, None),
    ],
)  # fmt: skip
def test_sqlite_refuses_what_the_schema_refuses(database: sqlite3.Connection, row: tuple[object, ...]) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        database.execute('INSERT INTO "my ""table""" VALUES (?, ?, ?, ?, ?, ?)', row)


def test_a_view_shows_labels(database: sqlite3.Connection) -> None:
    database.execute('INSERT INTO "my ""table""" VALUES (\'b\', NULL, NULL, NULL, 0, \'x\')')
    shown = database.execute("SELECT id, 类别, up FROM shown ORDER BY id").fetchall()
    assert shown == [("b", None, "x"), ("x", "甲", None)]


@pytest.fixture(scope="module")
def postgres() -> Iterator[list[str]]:
    """A server of our own in a folder of its own; gives the command that runs SQL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs or shutil.which("psql") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # Not in pytest's own folder: that is closed to every other user, and the server runs as one.
    folder = Path(tempfile.mkdtemp(prefix="sheetward-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres")
    binaries, data = programs[-1].parent, folder / "data"
    quiet = {"capture_output": True, "timeout": 60}
    subprocess.run(
        [
            *as_user,
            binaries / "initdb",
            "-A",
            "trust",
            "-U",
            "postgres",
            "--no-locale",
            "-E",
            "UTF8",
            "--no-sync",
            "-D",
            data,
        ],
        check=True,
        **quiet,
    )
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    subprocess.run(
        [*as_user, binaries / "pg_ctl", "-w", "-D", data, "-l", folder / "log", "-o", options, "start"],
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )
    yield ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(folder), "-U", "postgres", "postgres"]
    subprocess.run([*as_user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, **quiet)
    shutil.rmtree(folder)


def _run(postgres: list[str], sql: str) -> list[str]:
    done = subprocess.run(postgres, input=sql, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_postgresql_takes_every_bundled_table_and_every_type(postgres: list[str]) -> None:
    ddl: list[str] = []
    done: set[str] = set()
    waiting = list(bundled_names())
    while waiting:  # a table after those that it refers to
        name = next(
            name for name in waiting if {key.resource for key in load_schema(name)[0].foreign_keys} <= {*done, name, ""}
        )
        waiting.remove(name)
        done.add(name)
        schema, _ = load_schema(name)
        ddl += [
            table_ddl(schema, "postgresql"),
            view_ddl(schema, "zh", view=f"{name}_zh"),
            view_ddl(schema, "en", view=f"{name}_en"),
        ]
    every, _ = parse_schema("fields:\n" + "".join(f"  - {{name: f_{kind}, type: {kind}}}\n" for kind in TYPES), "every")
    own, _ = parse_schema(SCHEMA, "t")
    ddl += [table_ddl(every, "postgresql"), table_ddl(own, "postgresql")]
    tables = _run(
        postgres, ";\n".join(ddl) + ";\nSELECT count(*) FROM information_schema.tables WHERE table_schema = 'public';"
    )
    assert tables == [str(3 * len(done) + 2)]


KINDS = {"n": "number", "m": "integer", "s": "string", "d": "date", "b": "boolean"}
RULES = [
    ("n >= m", ""), ("n > 1", "m"), ("d >= today - 40000", ""), ("d >= 2024-06-01", "s"), ("s == 'it''s'", ""), ("s in ['x', 'ab1']", "n"),
    ("s not in ['x']", ""), ("s", "n"), ("not s", "n == 1"), ("n + m > 1", ""), ("n / m > 1", ""), ("len(s) > 1 or n == 0", ""),
    ("year(d) == 2024 and n", "s != 'x'"), ("abs(n) <= 2", ""), ("lower(s) == 'x'", ""), ("b", ""), ("not b", ""), ("b == true", "n"),
    ("matches(s, '[a-z]+')", ""), ("today - d < 2", ""), ("d + n > today", ""), ("d < 2024-06-01T12:00", ""),
]  # fmt: skip
ROWS = [
    (None, None, None, None, None), (Decimal(1), Decimal(0), "x", dt.date(2024, 5, 31), True), (Decimal(0), Decimal(3), "X", TODAY, False),
    (Decimal("2.5"), None, "ab1", None, True), (None, Decimal(1), "it's", dt.date(2025, 1, 1), None), (Decimal(-2), Decimal(1), "x", None, False),
]  # fmt: skip


def _spelt(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, bool | int | Decimal) else "'" + str(value).replace("'", "''") + "'"


def test_postgresql_finds_the_rows_that_python_finds(postgres: list[str]) -> None:
    script = ["CREATE TABLE t (id int, n numeric, m numeric, s text, d date, b boolean);"]
    script += [f"INSERT INTO t VALUES ({place}, {', '.join(map(_spelt, row))});" for place, row in enumerate(ROWS)]
    expected: list[str] = []
    places = {name: place for place, name in enumerate(KINDS)}
    for assertion, when in RULES:
        condition, mistakes = parse_expression(assertion, KINDS)
        assert mistakes == ()
        guard = parse_expression(when, KINDS)[0] if when else None
        holds, speaks = to_judge(condition, places), to_judge(guard, places) if guard else None
        broken = [
            str(p)
            for p, row in enumerate(ROWS)
            if holds(row, TODAY) is False and (speaks is None or speaks(row, TODAY) is True)
        ]
        expected.append("|".join(["rows", *broken]))
        sql = broken_sql(condition, guard, "postgresql", TODAY)
        text = re.sub(r":(p[0-9]+)\b", lambda found, bound=sql.parameters: _spelt(bound[found.group(1)]), sql.text)
        script.append(f"SELECT concat_ws('|', 'rows', string_agg(id::text, '|' ORDER BY id)) FROM t WHERE {text};")
    assert _run(postgres, "\n".join(script)) == expected
