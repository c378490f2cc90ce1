"""An expression as SQL with bound parameters, for SQLite and PostgreSQL.

SQL's own three-valued logic is the meaning that `evaluate` follows, so conditions translate part by part. Columns are
those of `sheetward_schemas.sql`: text, NUMERIC, and dates as ISO text (SQLite) or DATE (PostgreSQL). SQLite needs a
function `REGEXP(pattern, text)` where a rule uses `matches`, and its `lower` knows ASCII letters only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from sheetward_schemas.expressions import tree as t

Dialect: TypeAlias = 'Literal["sqlite", "postgresql"]'
Bound: TypeAlias = "str | int | float | Decimal | bool | dt.date | dt.datetime"


@dataclass(frozen=True, slots=True)
class SqlText:
    """A piece of SQL with named parameters (`:p0`)."""

    text: str
    parameters: Mapping[str, Bound]


def quoted(name: str) -> str:
    """Give a name as an SQL identifier; a colon is escaped, as SQLAlchemy's `text` wants it."""
    return '"' + name.replace('"', '""') + '"'


def to_sql(condition: t.Condition, dialect: Dialect, today: dt.date) -> SqlText:
    """Give the condition as an SQL expression over the table's columns: true, false or NULL."""
    writer = _Writer(dialect, today)
    return SqlText(writer.condition(condition), writer.parameters)


def broken_sql(assertion: t.Condition, when: t.Condition | None, dialect: Dialect, today: dt.date) -> SqlText:
    """Give an SQL expression that is true exactly for the rows which break the rule, else false or NULL."""
    writer = _Writer(dialect, today)
    broken = f"NOT ({writer.condition(assertion)})"
    if when is not None:
        broken = f"({writer.condition(when)}) AND {broken}"
    return SqlText(broken, writer.parameters)


@dataclass
class _Writer:
    dialect: Dialect
    today: dt.date
    parameters: dict[str, Bound] = field(default_factory=dict[str, Bound])

    def bind(self, value: Bound) -> str:
        name = f"p{len(self.parameters)}"
        if self.dialect == "sqlite":
            value = _for_sqlite(value)
        self.parameters[name] = value
        return f":{name}"

    def condition(self, condition: t.Condition) -> str:
        match condition:
            case t.Filled(operand=operand):
                return f"({self.operand(operand)} IS NOT NULL)"
            case t.Holds(operand=operand):
                return f"({self.operand(operand)})"
            case t.Comparison(operator=sign, left=left, right=right):
                sql_sign = {"==": "=", "!=": "<>"}.get(sign, sign)
                return f"({self.operand(left)} {sql_sign} {self.operand(right)})"
            case t.Member(operand=operand, values=values):
                return f"({self.operand(operand)} IN ({', '.join(self.operand(value) for value in values)}))"
            case t.Matches(operand=operand, pattern=pattern):
                sign = "REGEXP" if self.dialect == "sqlite" else "~"
                return f"({self.operand(operand)} {sign} {self.bind(f'^(?:{pattern})$')})"
            case t.Not(condition=inner):
                return f"(NOT {self.condition(inner)})"
            case t.All(conditions=conditions):
                return f"({' AND '.join(self.condition(part) for part in conditions)})"
            case t.Some(conditions=conditions):
                return f"({' OR '.join(self.condition(part) for part in conditions)})"

    def operand(self, operand: t.Operand) -> str:
        match operand:
            case t.Constant(value=value):
                return self._constant(value)
            case t.Today():
                return self._constant(self.today)
            case t.FieldValue(name=name):
                return quoted(name)
            case t.Call(function=function, argument=argument):
                return self._call(function, self.operand(argument))
            case t.Arithmetic():
                return self._arithmetic(operand)

    def _constant(self, value: Bound) -> str:
        bound = self.bind(value)
        if self.dialect == "sqlite":
            return bound
        # Without a type PostgreSQL takes a parameter for text in some places.
        match value:
            case bool():
                return f"CAST({bound} AS BOOLEAN)"
            case Decimal():
                return f"CAST({bound} AS NUMERIC)"
            case dt.datetime():
                return f"CAST({bound} AS TIMESTAMP)"
            case dt.date():
                return f"CAST({bound} AS DATE)"
            case _:
                return f"CAST({bound} AS TEXT)"

    def _call(self, function: str, argument: str) -> str:
        if function == "year":
            if self.dialect == "sqlite":
                return f"CAST(strftime('%Y', {argument}) AS INTEGER)"
            return f"EXTRACT(YEAR FROM {argument})"
        return f"{ {'len': 'length', 'lower': 'lower', 'abs': 'abs'}[function] }({argument})"

    def _arithmetic(self, node: t.Arithmetic) -> str:
        left, right = self.operand(node.left), self.operand(node.right)
        if node.left.type == "date":
            return self._days(node, left, right)
        if node.operator == "/":
            # No row may fail the query: a division by zero is unknown, as in Python.
            exact = f"CAST({left} AS REAL)" if self.dialect == "sqlite" else left
            return f"({exact} / NULLIF({right}, 0))"
        return f"({left} {node.operator} {right})"

    def _days(self, node: t.Arithmetic, left: str, right: str) -> str:
        if self.dialect == "sqlite":
            if node.right.type == "date":
                return f"CAST(julianday(date({left})) - julianday(date({right})) AS INTEGER)"
            return f"date({left}, ({node.operator}CAST({right} AS INTEGER)) || ' days')"
        if node.right.type == "date":
            return f"(CAST({left} AS DATE) - CAST({right} AS DATE))"
        return f"({left} {node.operator} CAST(TRUNC({right}) AS INTEGER))"


def _for_sqlite(value: Bound) -> Bound:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, dt.date) else value
