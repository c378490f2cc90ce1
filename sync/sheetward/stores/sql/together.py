"""Statements sent together: one round trip to a server however many there are, and none of them built anew.

On PostgreSQL they go through the driver's pipeline (https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html): the
answers come once all are on their way. What a transaction holds meanwhile, others wait for: so small commits ask all
that they must know at once, and write all that they have to write at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from sqlalchemy import ClauseElement, Connection, Dialect

Values: TypeAlias = "Mapping[str, object] | Sequence[Mapping[str, object]]"
Ask: TypeAlias = "tuple[ClauseElement, Values]"
"""A statement made once, when its module is loaded, and its values; a list of values does it once for each."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query; of a change, how many rows it changed."""

    rows: Sequence[Any]
    count: int


@cache
def _spelt(statement: ClauseElement, dialect: Dialect) -> tuple[str, Sequence[str] | None]:
    """Give the text of a statement in a database's dialect, and the names of its values where they go by place."""
    compiled: Any = statement.compile(dialect=dialect)
    return str(compiled), compiled.positiontup


def together(connection: Connection, *asked: Ask) -> list[Answer]:
    """Do statements in this order and give the answer of each; errors are the driver's. In a transaction that has begun."""
    driver: Any = connection.connection.driver_connection
    has_pipeline = connection.dialect.name == "postgresql" and len(asked) > 1
    with driver.pipeline() if has_pipeline else nullcontext():
        done = [_done(connection, driver.cursor(), statement, values) for statement, values in asked]
    return [Answer(cursor.fetchall() if cursor.description else (), cursor.rowcount) for cursor in done]


def written(connection: Connection, *changes: Ask) -> int:
    """Make changes that do not touch each other's records, and give how many records the first one changed.

    On PostgreSQL as one statement where each is done once: a commit holds its table no longer than it must.
    """
    if connection.dialect.name != "postgresql" or any(isinstance(values, list) for _, values in changes):
        return together(connection, *changes)[0].count
    driver: Any = connection.connection.driver_connection
    joint = _joint(tuple([statement for statement, _ in changes]), connection.dialect)
    each: list[Any] = [values for _, values in changes]
    values = {f"{at}_{name}": value for at, of in enumerate(each) for name, value in of.items()}
    return int(_executed(connection, driver.cursor(), joint, values).fetchone()[0])


_NAME: Final = re.compile(r"%\((\w+)\)s")


@cache
def _joint(statements: tuple[ClauseElement, ...], dialect: Dialect) -> str:
    """Join changes into one statement (https://www.postgresql.org/docs/current/queries-with.html)."""
    parts: list[str] = []
    for at, statement in enumerate(statements):
        own_names = _NAME.sub(rf"%({at}_\1)s", _spelt(statement, dialect)[0])
        parts.append(f"c{at} AS ({own_names} RETURNING 1)")
    return f"WITH {', '.join(parts)} SELECT count(*) FROM c0"  # noqa: S608 - of statements that stand in our modules


def _done(connection: Connection, cursor: Any, statement: ClauseElement, values: Values) -> Any:
    text, places = _spelt(statement, connection.dialect)
    is_many = isinstance(values, list)
    named: Any = values
    if places is not None:
        named = [_placed(one, places) for one in named] if is_many else _placed(named, places)
    return _executed(connection, cursor, text, named, is_many=is_many)


def _executed(connection: Connection, cursor: Any, text: str, values: Any, *, is_many: bool = False) -> Any:
    dispatch: Any = connection.dispatch  # whoever listens to the engine hears of these statements too
    for listener in dispatch.before_cursor_execute:
        listener(connection, cursor, text, values, None, is_many)
    (cursor.executemany if is_many else cursor.execute)(text, values)
    for listener in dispatch.after_cursor_execute:
        listener(connection, cursor, text, values, None, is_many)
    return cursor


def _placed(values: Mapping[str, object], places: Sequence[str]) -> tuple[object, ...]:
    return tuple([values[name] for name in places])
