"""An expression as a Python function of a row's canonical values.

An empty cell makes a comparison neither true nor false (SQL's unknown, here `None`), and unknown travels on through
`and`, `or`, `not` as in SQL. A rule is broken only where its `when` is true and its `assert` is false: what cannot be
judged is never a finding. A value alone, as in `phone and country == 'CN'`, asks whether the cell is filled, which is
always known. A value of another type than its field's (a text that is no date yet) counts as unknown.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, DivisionByZero, InvalidOperation
from typing import Any, Final, TypeAlias, cast

from sheetward_schemas.expressions import tree as t
from sheetward_schemas.lexical import Value

Row: TypeAlias = "Sequence[Value]"
Judge: TypeAlias = "Callable[[Row, dt.date], bool | None]"
_Reckon: TypeAlias = "Callable[[Row, dt.date], Value]"

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def to_judge(condition: t.Condition, places: Mapping[str, int]) -> Judge:
    """Compile a condition; `places` says where each field stands in the rows. `KeyError` where one is missing.

    The function gives `True`, `False`, or `None` for unknown.
    """
    match condition:
        case t.Filled(operand=operand):
            reckon = _reckon(operand, places)
            return lambda row, today: reckon(row, today) is not None
        case t.Holds(operand=operand):
            reckon = _reckon(operand, places)
            return lambda row, today: cast("bool | None", reckon(row, today))
        case t.Comparison(operator=sign, left=left, right=right):
            return _comparison(sign, _reckon(left, places), _reckon(right, places))
        case t.Member(operand=operand, values=values):
            return _member(_reckon(operand, places), values)
        case t.Matches(operand=operand, pattern=pattern):
            return _matches(_reckon(operand, places), re.compile(pattern))
        case t.Not(condition=inner):
            judge = to_judge(inner, places)
            return lambda row, today: None if (known := judge(row, today)) is None else not known
        case t.All(conditions=conditions):
            return _joined([to_judge(part, places) for part in conditions], decides=False)
        case t.Some(conditions=conditions):
            return _joined([to_judge(part, places) for part in conditions], decides=True)


def _joined(judges: Sequence[Judge], *, decides: bool) -> Judge:
    def judge(row: Row, today: dt.date) -> bool | None:
        outcome: bool | None = not decides
        for part in judges:
            known = part(row, today)
            if known is decides:
                return decides
            if known is None:
                outcome = None
        return outcome

    return judge


def _comparison(sign: str, left: _Reckon, right: _Reckon) -> Judge:
    compare = _COMPARE[sign]

    def judge(row: Row, today: dt.date) -> bool | None:
        x, y = left(row, today), right(row, today)
        if x is None or y is None:
            return None
        if isinstance(x, dt.date) and isinstance(y, dt.date):
            return compare(_moment(x), _moment(y))
        return compare(x, y)

    return judge


def _member(reckon: _Reckon, constants: Sequence[t.Constant]) -> Judge:
    values = [_moment(c.value) if isinstance(c.value, dt.date) else c.value for c in constants]

    def judge(row: Row, today: dt.date) -> bool | None:
        value = reckon(row, today)
        if value is None:
            return None
        return (_moment(value) if isinstance(value, dt.date) else value) in values

    return judge


def _matches(reckon: _Reckon, pattern: re.Pattern[str]) -> Judge:
    def judge(row: Row, today: dt.date) -> bool | None:
        value = reckon(row, today)
        return pattern.fullmatch(value) is not None if isinstance(value, str) else None

    return judge


def _reckon(operand: t.Operand, places: Mapping[str, int]) -> _Reckon:
    match operand:
        case t.Constant(value=value):
            return lambda _row, _today: value
        case t.Today():
            return lambda _row, today: today
        case t.FieldValue(name=name, type=wanted):
            return _cell(places[name], _PYTHON[wanted])
        case t.Call(function=function, argument=argument):
            return _call(_FUNCTIONS[function], _reckon(argument, places))
        case t.Arithmetic(operator=sign, left=left, right=right):
            return _arithmetic(sign, _reckon(left, places), _reckon(right, places))


_PYTHON: Final[Mapping[str, type]] = {"text": str, "number": Decimal, "truth": bool, "date": dt.date}


def _cell(place: int, wanted: type) -> _Reckon:
    def reckon(row: Row, _today: dt.date) -> Value:
        value = row[place]
        return value if isinstance(value, wanted) else None

    return reckon


def _call(function: Callable[[Value], Value], inner: _Reckon) -> _Reckon:
    def reckon(row: Row, today: dt.date) -> Value:
        value = inner(row, today)
        return None if value is None else function(value)

    return reckon


_FUNCTIONS: Final[Mapping[str, Callable[[Value], Value]]] = {
    "len": lambda value: Decimal(len(cast("str", value))),
    "lower": lambda value: cast("str", value).lower(),
    "abs": lambda value: abs(cast("Decimal", value)),
    "year": lambda value: Decimal(cast("dt.date", value).year),
}


def _arithmetic(sign: str, left: _Reckon, right: _Reckon) -> _Reckon:
    def reckon(row: Row, today: dt.date) -> Value:
        x, y = left(row, today), right(row, today)
        if x is None or y is None:
            return None
        try:
            return _result(sign, x, y)
        except (DivisionByZero, InvalidOperation, OverflowError):
            return None

    return reckon


def _result(sign: str, x: Value, y: Value) -> Value:
    """Reckon with two numbers, a date and a number of whole days, or two dates (whole days between them)."""
    if isinstance(x, dt.date):
        if isinstance(y, dt.date):
            return Decimal((_day(x) - _day(y)).days)
        days = dt.timedelta(days=int(cast("Decimal", y)))
        return x + days if sign == "+" else x - days
    a, b = cast("Decimal", x), cast("Decimal", y)
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case _:
            return None if b == 0 else a / b


def _day(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _moment(day: dt.date) -> dt.datetime:
    return day.replace(tzinfo=None) if isinstance(day, dt.datetime) else dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001
