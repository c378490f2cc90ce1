"""Which rows a role sees: conditions as data, and their one evaluator.

Logic has two values here: an empty cell is not equal to anything but emptiness, and every comparison with a value of
another kind (a text in a date column) is false; `not` turns exactly that around. The SQL in `sql` says the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from sheetward.cells import Typed, Value
from sheetward.table import Row


class Operator(StrEnum):
    """How a cell is compared; the words are those of the rule language."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    PREFIX = "prefix"
    NULL = "null"


ORDERINGS = frozenset({Operator.LT, Operator.LE, Operator.GT, Operator.GE})


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against values: one value, any number for `in`; `null` takes truth (is it empty)."""

    field: str
    operator: Operator
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts hold; without parts it always holds."""

    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; without parts it never holds."""

    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition: TypeAlias = "Comparison | AllOf | AnyOf | Not"
Predicate: TypeAlias = "Callable[[Row], bool]"

ALWAYS: Condition = AllOf()
NEVER: Condition = AnyOf()


def fields_read(condition: Condition) -> tuple[str, ...]:
    """Give the fields that a condition looks at, in its order, each once."""
    return tuple(dict.fromkeys(c.field for c in _comparisons(condition)))


def _comparisons(condition: Condition) -> Iterator[Comparison]:
    if isinstance(condition, Comparison):
        yield condition
    elif isinstance(condition, Not):
        yield from _comparisons(condition.part)
    else:
        for part in condition.parts:
            yield from _comparisons(part)


def equalities(condition: Condition) -> dict[str, Value]:
    """Give the values that every row in view must have: `region = 华东`, also inside nested `all`.

    Only what is certain counts: nothing under `any` or `not`, and no demand that a cell be empty. Where two equalities
    contradict each other the first is given; no row fits such a rule anyway.
    """
    found: dict[str, Value] = {}
    if isinstance(condition, AllOf):
        for part in condition.parts:
            for name, value in equalities(part).items():
                found.setdefault(name, value)
    elif (
        isinstance(condition, Comparison)
        and condition.operator in (Operator.EQ, Operator.IN)
        and len(condition.values) == 1
        and condition.values[0] is not None
    ):
        found[condition.field] = condition.values[0]
    return found


def predicate(condition: Condition, fields: tuple[str, ...]) -> Predicate:
    """Give a function that says whether a row of these fields fits; a field that is not among them counts as empty."""
    if isinstance(condition, AllOf):
        parts = [predicate(part, fields) for part in condition.parts]
        if len(parts) == 1:
            return parts[0]
        return lambda row: all(part(row) for part in parts)
    if isinstance(condition, AnyOf):
        parts = [predicate(part, fields) for part in condition.parts]
        return lambda row: any(part(row) for part in parts)
    if isinstance(condition, Not):
        inner = predicate(condition.part, fields)
        return lambda row: not inner(row)
    test = _test(condition)
    if condition.field not in fields:
        always = test(None)
        return lambda _row: always
    place = fields.index(condition.field)

    def fits(row: Row) -> bool:
        cell = row[place]
        return test(cell.value if isinstance(cell, Typed) else cell)

    return fits


def _test(comparison: Comparison) -> Callable[[Value], bool]:
    operator, values = comparison.operator, comparison.values
    wanted = frozenset((type(v), v) for v in values)  # the type is part of it: True == Decimal(1) in Python
    if operator in (Operator.EQ, Operator.IN):
        return lambda value: (type(value), value) in wanted
    if operator is Operator.NE:
        return lambda value: (type(value), value) not in wanted
    (bound,) = values
    if operator is Operator.NULL:
        return lambda value: (value is None) is bound
    if operator is Operator.PREFIX:
        return lambda value: isinstance(value, str) and isinstance(bound, str) and value.startswith(bound)
    return lambda value: _is_ordered(operator, value, bound)


def _is_ordered(operator: Operator, value: Value, bound: Value) -> bool:
    sign = _sign(value, bound)
    if sign is None:
        return False
    if operator is Operator.LT:
        return sign < 0
    if operator is Operator.LE:
        return sign <= 0
    if operator is Operator.GT:
        return sign > 0
    return sign >= 0


def _sign(a: Value, b: Value) -> int | None:
    """Say -1, 0 or 1 for less, equal or more; `None` where the two have no order between them."""
    if type(a) is not type(b):
        return None
    if isinstance(a, str) and isinstance(b, str):
        return (a > b) - (a < b)
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        return (a > b) - (a < b)
    if isinstance(a, dt.date) and isinstance(b, dt.date):
        return (a > b) - (a < b)
    return None
