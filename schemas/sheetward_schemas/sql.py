"""A table of a schema as SQL: DDL for SQLite and PostgreSQL, and a view under the headers that people know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from sheetward_schemas.expressions.sql import Dialect, quoted
from sheetward_schemas.lexical import Value, read_as
from sheetward_schemas.model import Field, TableSchema

_TYPES: Final[Mapping[Dialect, Mapping[str, str]]] = {
    "sqlite": {"number": "NUMERIC", "integer": "INTEGER", "year": "INTEGER", "boolean": "INTEGER"},
    "postgresql": {
        "number": "NUMERIC",
        "integer": "NUMERIC",
        "year": "INTEGER",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "datetime": "TIMESTAMP",
        "object": "JSONB",
        "array": "JSONB",
        "geojson": "JSONB",
    },
}
"""What is not named is TEXT. SQLite keeps dates as ISO text, which sorts and compares as the dates do."""


def table_ddl(schema: TableSchema, dialect: Dialect, *, name: str | None = None) -> str:
    """Give CREATE TABLE with what SQL can hold of the schema: types, NOT NULL, keys, lengths, bounds, closed lists.

    Formats, patterns and rules over several fields stay with the validator. References go to tables called as their
    schemas are; a reference to several fields too.
    """
    lines = [_column(field, schema, dialect) for field in schema.fields]
    if schema.primary_key:
        lines.append(f"PRIMARY KEY ({_names(schema.primary_key)})")
    uniques = dict.fromkeys(
        [
            *((f.name,) for f in schema.fields if f.constraints.unique),
            *schema.unique_keys,
        ]
    )
    lines += [f"UNIQUE ({_names(key)})" for key in uniques if set(key) != set(schema.primary_key)]
    for key in schema.foreign_keys:
        target = quoted(key.resource or name or schema.name)
        lines.append(f"FOREIGN KEY ({_names(key.fields)}) REFERENCES {target} ({_names(key.reference_fields)})")
    body = ",\n    ".join(lines)
    return f"CREATE TABLE {quoted(name or schema.name)} (\n    {body}\n)"


def view_ddl(schema: TableSchema, lang: str, *, view: str, table: str | None = None) -> str:
    """Give CREATE VIEW that shows the table under its labels in one language, categories by their labels."""
    columns: list[str] = []
    for field in schema.fields:
        shown = quoted(field.name)
        if any(category.shown(lang) != str(category.value) for category in field.categories):
            cases = " ".join(
                f"WHEN {_literal(_value(field, c.value))} THEN {_literal(c.shown(lang))}" for c in field.categories
            )
            shown = f"CASE {quoted(field.name)} {cases} ELSE {quoted(field.name)} END"
        columns.append(f"{shown} AS {quoted(field.label(lang))}")
    body = ",\n    ".join(columns)
    return f"CREATE VIEW {quoted(view)} AS SELECT\n    {body}\nFROM {quoted(table or schema.name)}"


def _names(fields: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, fields))


def _column(field: Field, schema: TableSchema, dialect: Dialect) -> str:
    kind = _TYPES[dialect].get(field.type, "TEXT")
    parts = [quoted(field.name), kind]
    if (field.constraints.required and field.auto is None) or field.name in schema.primary_key:
        parts.append("NOT NULL")
    checks = _checks(field, dialect)
    if checks:
        parts.append(f"CHECK ({' AND '.join(checks)})")
    return " ".join(parts)


def _checks(field: Field, dialect: Dialect) -> list[str]:
    constraints, name = field.constraints, quoted(field.name)
    checks: list[str] = []
    if field.type == "string":
        if constraints.min_length is not None:
            checks.append(f"length({name}) >= {constraints.min_length}")
        if constraints.max_length is not None:
            checks.append(f"length({name}) <= {constraints.max_length}")
    if field.type in ("number", "integer", "year", "date", "datetime"):
        for written, sign in (
            (constraints.minimum, ">="),
            (constraints.exclusive_minimum, ">"),
            (constraints.maximum, "<="),
            (constraints.exclusive_maximum, "<"),
        ):
            if written is not None:
                checks.append(f"{name} {sign} {_literal(_value(field, written))}")
    if field.type == "boolean" and dialect == "sqlite":
        checks.append(f"{name} IN (0, 1)")
    members = constraints.enum if constraints.enum is not None else tuple(c.value for c in field.categories)
    if members and field.kind.get("open") is not True:
        checks.append(f"{name} IN ({', '.join(_literal(_value(field, member)) for member in members)})")
    return checks


def _value(field: Field, written: object) -> Value:
    return read_as(field.type, written)


def _literal(value: Value) -> str:
    """Spell a value of the schema's author in SQL; values of rows are always bound, never spelt."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        text = value.isoformat(sep=" ")
    else:
        text = value.isoformat() if isinstance(value, dt.date) else value
    return "'" + text.replace("'", "''") + "'"
