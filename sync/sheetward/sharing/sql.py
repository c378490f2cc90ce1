"""Row conditions as SQLite text with bound parameters, over one JSON column that holds a row's cells.

The column is what the store keeps: an object from field to `cells.to_json(cell)`, empty cells absent or null. The text
gives 1 or 0, never NULL, for exactly the rows that `condition.predicate` lets through; tests compare the two. It needs
SQLite's JSON functions (built in since 3.38) and no extension.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sheetward.cells import Value, plain_number
from sheetward.sharing.condition import AllOf, AnyOf, Comparison, Condition, Not, Operator

_SYMBOLS: Final = {Operator.LT: "<", Operator.LE: "<=", Operator.GT: ">", Operator.GE: ">="}
_RENAMED: Final = (
    "(SELECT json_group_object('f', CASE e.type WHEN 'object' THEN json(e.value) WHEN 'true' THEN json('true') "
    "WHEN 'false' THEN json('false') ELSE e.value END) FROM json_each({column}) AS e WHERE e.key = {name})"
)


@dataclass(frozen=True, slots=True)
class Sql:
    """An expression with named parameters (`:p0`, ...), which both sqlite3 and SQLAlchemy's `text` take."""

    text: str
    parameters: Mapping[str, str | int]


def compiled(condition: Condition, column: str = "cells") -> Sql:
    """Give the expression for a condition.

    `column` is put into the text as it is: it names a column, never a value.
    """
    writer = _Writer(column)
    return Sql(writer.expression(condition), writer.parameters)


@dataclass(slots=True)
class _Writer:
    column: str
    parameters: dict[str, str | int] = field(default_factory=dict[str, str | int])

    def bound(self, value: str | int) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"

    def expression(self, condition: Condition) -> str:
        if isinstance(condition, AllOf):
            return "(" + (" AND ".join(self.expression(part) for part in condition.parts) or "1") + ")"
        if isinstance(condition, AnyOf):
            return "(" + (" OR ".join(self.expression(part) for part in condition.parts) or "0") + ")"
        if isinstance(condition, Not):
            return f"(NOT {self.expression(condition.part)})"
        return self.comparison(condition)

    def comparison(self, test: Comparison) -> str:
        operator, values = test.operator, test.values
        if operator in (Operator.EQ, Operator.IN):
            return "(" + (" OR ".join(self.equal(test.field, value) for value in values) or "0") + ")"
        (value,) = values
        if operator is Operator.NE:
            return f"(NOT {self.equal(test.field, value)})"
        if operator is Operator.NULL:
            empty = self.equal(test.field, None)
            return empty if value else f"(NOT {empty})"
        if operator is Operator.PREFIX:
            return self.prefix(test.field, str(value))
        return self.ordered(test.field, operator, value)

    def call(self, function: str, name: str, *steps: str) -> str:
        """Write a JSON function of what stands at a field, or below it.

        SQLite's paths have no escape for quotes: a field whose name needs one is first put under a plain name.
        """
        source, root = self.column, f'$."{name}"'
        if any(char in '"\\' or char < " " for char in name):
            source, root = _RENAMED.format(column=self.column, name=self.bound(name)), "$.f"
        return f"{function}({source}, {self.bound('.'.join((root, *steps)))})"

    def text(self, name: str) -> str:
        """Give the SQL of a cell's text, NULL where it is no text; a cell with typed text keeps its value under `v`."""
        places = ((), ("v",))
        texts = (
            f"CASE {self.call('json_type', name, *steps)} WHEN 'text' THEN {self.call('json_extract', name, *steps)} END"
            for steps in places
        )
        return f"coalesce({', '.join(texts)})"

    def tagged(self, name: str, tag: str) -> str:
        """Give the SQL of what stands under a cell's tag: `n` number, `d` date, `t` date and time; else NULL."""
        return f"coalesce({self.call('json_extract', name, tag)}, {self.call('json_extract', name, 'v', tag)})"

    def kind(self, name: str, kind: str) -> str:
        wanted = self.bound(kind)
        return f"({self.call('json_type', name)} IS {wanted} OR {self.call('json_type', name, 'v')} IS {wanted})"

    def equal(self, name: str, value: Value) -> str:
        if value is None:
            return f"({self.call('json_type', name)} IS NULL OR {self.kind(name, 'null')})"
        if isinstance(value, bool):
            return self.kind(name, "true" if value else "false")
        cell, spelling = self.operands(name, value)
        return f"({cell} IS {self.bound(spelling)})"

    def operands(self, name: str, value: Value) -> tuple[str, str]:
        """Give the cell's SQL and the value's spelling; equal values have one spelling in the store."""
        if isinstance(value, Decimal):
            return self.tagged(name, "n"), plain_number(value)
        if isinstance(value, dt.datetime):
            return self.tagged(name, "t"), value.isoformat()
        if isinstance(value, dt.date):
            return self.tagged(name, "d"), value.isoformat()
        return self.text(name), str(value)

    def prefix(self, name: str, start: str) -> str:
        """Write `start <= text < the next text that does not begin so`: SQLite orders by code point, as Python does."""
        text, end = self.text(name), after_prefix(start)
        low = f"{text} >= {self.bound(start)}"
        high = f" AND {text} < {self.bound(end)}" if end is not None else ""
        return f"coalesce({low}{high}, 0)"

    def ordered(self, name: str, operator: Operator, value: Value) -> str:
        cell, spelling = self.operands(name, value)
        if isinstance(value, Decimal):
            return f"coalesce({self.number_ordered(cell, operator, spelling)}, 0)"
        return f"coalesce({cell} {_SYMBOLS[operator]} {self.bound(spelling)}, 0)"

    def number_ordered(self, cell: str, operator: Operator, spelling: str) -> str:
        """Compare decimals as text, exactly, where a cast to REAL would see 15 digits.

        Spelt in full without needless zeros, of two numbers with the same sign the one with the longer whole part is
        farther from zero, and at equal length the text decides (the point sorts before the digits).
        """
        bound = self.bound(spelling)
        wholes = "instr({0} || '.', '.')"
        longer, limit = wholes.format(cell), wholes.format(bound)
        symbol = _SYMBOLS[operator]
        outward = symbol[0]
        is_negative = f"substr({cell}, 1, 1) = '-'"
        if spelling.startswith("-"):
            turned = {"<": ">", ">": "<"}[outward]
            same_sign = f"({longer} {turned} {limit} OR ({longer} = {limit} AND {bound} {symbol} {cell}))"
            return f"({is_negative} AND {same_sign})" if outward == "<" else f"(NOT {is_negative} OR {same_sign})"
        same_sign = f"({longer} {outward} {limit} OR ({longer} = {limit} AND {cell} {symbol} {bound}))"
        return f"({is_negative} OR {same_sign})" if outward == "<" else f"(NOT {is_negative} AND {same_sign})"


def after_prefix(start: str) -> str | None:
    """Give the least text above all that begin so, by code points; `None` where there is none.

    >>> after_prefix("华"), after_prefix("a\\U0010ffff"), after_prefix("")
    ('协', 'b', None)
    """
    for place in range(len(start) - 1, -1, -1):
        code = ord(start[place]) + 1
        if code <= 0x10FFFF:
            if 0xD800 <= code <= 0xDFFF:
                code = 0xE000  # surrogates are no characters
            return start[:place] + chr(code)
    return None
