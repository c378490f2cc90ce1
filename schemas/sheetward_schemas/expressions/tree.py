"""The typed tree of a rule's expression: what was written, checked against the fields it names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

Type: TypeAlias = 'Literal["text", "number", "date", "truth"]'
"""Dates and moments are one type: a date counts as its midnight."""


ConstantValue: TypeAlias = "str | Decimal | bool | dt.date | dt.datetime"


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal."""

    value: ConstantValue
    type: Type


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The value of a field in the row that is judged."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Today:
    """The day on which the rule is judged; given by the caller."""

    type: Type = "date"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two operands and one of + - * /; with dates, days are added, taken away or counted."""

    operator: str
    left: Operand
    right: Operand
    type: Type


@dataclass(frozen=True, slots=True)
class Call:
    """A function of values: len, lower, abs, year."""

    function: str
    argument: Operand
    type: Type


Operand: TypeAlias = "Constant | FieldValue | Today | Arithmetic | Call"


@dataclass(frozen=True, slots=True)
class Filled:
    """A value stands where a condition is wanted: is there one?"""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Holds:
    """A truth value stands where a condition is wanted."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands of one type."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Member:
    """Is the value one of these?"""

    operand: Operand
    values: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """Does the whole text match the regular expression?"""

    operand: Operand
    pattern: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; the opposite of unknown is unknown."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


Condition: TypeAlias = "Filled | Holds | Comparison | Member | Matches | Not | All | Some"


def reads(node: Condition | Operand) -> tuple[str, ...]:
    """Give the fields that an expression looks at, in the order of their first mention."""
    found: dict[str, None] = {}
    _collect(node, found)
    return tuple(found)


def uses_today(node: Condition | Operand) -> bool:
    """Say whether the outcome depends on the day."""
    return isinstance(node, Today) or any(uses_today(part) for part in parts(node))


def parts(node: Condition | Operand) -> tuple[Condition | Operand, ...]:
    """Give the direct parts of a node."""
    match node:
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            return (left, right)
        case Call(argument=argument):
            return (argument,)
        case Filled(operand=operand) | Holds(operand=operand) | Member(operand=operand) | Matches(operand=operand):
            return (operand,)
        case Not(condition=condition):
            return (condition,)
        case All(conditions=conditions) | Some(conditions=conditions):
            return conditions
        case _:
            return ()


def _collect(node: Condition | Operand, found: dict[str, None]) -> None:
    if isinstance(node, FieldValue):
        found.setdefault(node.name)
    for part in parts(node):
        _collect(part, found)
