"""An expression as a spreadsheet formula, for the data validation of a cell.

Spreadsheets have no unknown: a condition becomes two formulas, one for "it is true" and one for "it is false", so that
an empty cell makes neither. What a formula cannot say (a regular expression) gives `None`; so does text order.
Formulas are in the file's syntax: English names, commas.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from sheetward_schemas.expressions import tree as t

MAX_FORMULA: Final = 255
"""The longest formula that a data validation may hold."""

_EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001
_FUNCTIONS: Final[Mapping[str, str]] = {"len": "LEN", "lower": "LOWER", "abs": "ABS", "year": "YEAR"}


class _CannotSay(Exception):  # noqa: N818
    """Ends the writing; never leaves this module."""


def to_formula(
    assertion: t.Condition, when: t.Condition | None, references: Mapping[str, str], *, limit: int = MAX_FORMULA
) -> str | None:
    """Give a formula that is TRUE where the rule is not broken, without the leading `=`.

    `references` give each field's cell (`$C2`). `None` where no formula within `limit` characters can say it, or a
    field has no cell.
    """
    try:
        broken = _false(assertion, references)
        if when is not None:
            broken = f"AND({_true(when, references)},{broken})"
    except _CannotSay:
        return None
    formula = f"NOT({broken})"
    return formula if len(formula) <= limit else None


def _true(condition: t.Condition, references: Mapping[str, str]) -> str:
    match condition:
        case t.Filled(operand=operand):
            return _filled((operand,), references)
        case t.Holds(operand=operand):
            return _guarded((operand,), references, f"{_operand(operand, references)}=TRUE")
        case t.Comparison(operator=sign, left=left, right=right):
            return _guarded((left, right), references, _compared(sign, left, right, references))
        case t.Member(operand=operand, values=values):
            tests = [_compared("==", operand, value, references) for value in values]
            return _guarded((operand,), references, f"OR({','.join(tests)})")
        case t.Not(condition=inner):
            return _false(inner, references)
        case t.All(conditions=conditions):
            return f"AND({','.join(_true(part, references) for part in conditions)})"
        case t.Some(conditions=conditions):
            return f"OR({','.join(_true(part, references) for part in conditions)})"
        case t.Matches():
            raise _CannotSay


def _false(condition: t.Condition, references: Mapping[str, str]) -> str:
    match condition:
        case t.Filled(operand=operand):
            return f"NOT({_filled((operand,), references)})"
        case t.Holds(operand=operand):
            return _guarded((operand,), references, f"{_operand(operand, references)}=FALSE")
        case t.Comparison(operator=sign, left=left, right=right):
            return _guarded((left, right), references, _compared(_OPPOSITE[sign], left, right, references))
        case t.Member(operand=operand, values=values):
            tests = [_compared("!=", operand, value, references) for value in values]
            return _guarded((operand,), references, f"AND({','.join(tests)})")
        case t.Not(condition=inner):
            return _true(inner, references)
        case t.All(conditions=conditions):
            return f"OR({','.join(_false(part, references) for part in conditions)})"
        case t.Some(conditions=conditions):
            return f"AND({','.join(_false(part, references) for part in conditions)})"
        case t.Matches():
            raise _CannotSay


_OPPOSITE: Final[Mapping[str, str]] = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SIGNS: Final[Mapping[str, str]] = {"==": "=", "!=": "<>"}


def _cells(operand: t.Operand, references: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for name in t.reads(operand):
        if name not in references:
            raise _CannotSay
        found.append(references[name])
    return found


def _filled(operands: tuple[t.Operand, ...], references: Mapping[str, str]) -> str:
    cells = list(dict.fromkeys(cell for operand in operands for cell in _cells(operand, references)))
    tests = [f"LEN({cell})>0" for cell in cells]
    if not tests:
        return "TRUE"
    return tests[0] if len(tests) == 1 else f"AND({','.join(tests)})"


def _guarded(operands: tuple[t.Operand, ...], references: Mapping[str, str], test: str) -> str:
    """True only where every cell is filled and the test is true; a test that is an error is not true."""
    cells = list(dict.fromkeys(cell for operand in operands for cell in _cells(operand, references)))
    if not cells:
        return test
    guarded = f"AND({','.join(f'LEN({cell})>0' for cell in cells)},{test})"
    reckons = any(isinstance(operand, t.Arithmetic | t.Call) for operand in operands)
    return f"IFERROR({guarded},FALSE)" if reckons else guarded


def _compared(sign: str, left: t.Operand, right: t.Operand, references: Mapping[str, str]) -> str:
    x, y = _operand(left, references), _operand(right, references)
    if left.type == "text":
        # Excel's own = does not see the difference between upper and lower case.
        return f"EXACT({x},{y})" if sign == "==" else f"NOT(EXACT({x},{y}))"
    return f"{x}{_SIGNS.get(sign, sign)}{y}"


def _operand(operand: t.Operand, references: Mapping[str, str]) -> str:
    match operand:
        case t.Constant(value=value):
            return _literal(value)
        case t.Today():
            return "TODAY()"
        case t.FieldValue(name=name):
            if name not in references:
                raise _CannotSay
            return references[name]
        case t.Call(function=function, argument=argument):
            return f"{_FUNCTIONS[function]}({_operand(argument, references)})"
        case t.Arithmetic(operator=sign, left=left, right=right):
            return f"({_operand(left, references)}{sign}{_operand(right, references)})"


def _literal(value: t.ConstantValue) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        gap = value - _EPOCH
        return f"({gap.days}+{gap.seconds}/86400)"
    if isinstance(value, dt.date):
        return f"DATE({value.year},{value.month},{value.day})"
    return '"' + value.replace('"', '""') + '"'
