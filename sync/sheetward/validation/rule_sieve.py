"""Rules over several fields on whole columns: which rows may break one, with SQL's unknown as `evaluate` has it.

Dates are compared as day counts and texts by pattern or list. A rule with anything else in it keeps every row.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from sheetward_schemas.expressions import Condition
from sheetward_schemas.expressions import tree as t

from sheetward.formats.certain.arrays import compute, text_array, truths
from sheetward.validation.sieve import Column, Mask, unmatched

RuleSieve: TypeAlias = "Callable[[Mapping[str, Column], dt.date], Iterable[int]]"
"""Columns by field and today, to the places of the rows that must be judged, in order."""

_Known: TypeAlias = "tuple[Mask, Mask]"
"""Where a condition is true, and where it is false; in neither it is unknown."""
_COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class _Elsewhere(Exception):  # noqa: N818
    """Ends the walk: the judge is to look at every row."""


def rule_sieve(when: Condition | None, assertion: Condition) -> RuleSieve:
    """Make the sieve of a rule, which is broken where `when` is true and `assertion` is false."""

    def suspects(columns: Mapping[str, Column], today: dt.date) -> Iterable[int]:
        import numpy as np

        try:
            mask = _judged(assertion, columns, today)[1]
            if when is not None:
                mask = mask & _judged(when, columns, today)[0]
        except _Elsewhere:
            return range(max(map(len, columns.values()), default=0))
        return np.flatnonzero(mask).tolist()

    return suspects


def _judged(condition: Condition, columns: Mapping[str, Column], today: dt.date) -> _Known:
    match condition:
        case t.All(conditions=parts):
            return _both([_judged(part, columns, today) for part in parts])
        case t.Some(conditions=parts):
            no, yes = _both([_judged(part, columns, today)[::-1] for part in parts])
            return yes, no
        case t.Not(condition=inner):
            yes, no = _judged(inner, columns, today)
            return no, yes
        case t.Filled(operand=t.FieldValue(name=name, type=kind)):
            column = columns[name]
            if (column.texts if kind == "text" else column.days if kind == "date" else None) is None:
                raise _Elsewhere  # a value of another type counts as none
            return column.filled, ~column.filled
        case t.Comparison(operator=sign, left=left, right=right) if left.type == "date":
            a, has_a = _days(left, columns, today)
            b, has_b = _days(right, columns, today)
            holds, both = _COMPARE[sign](a, b), has_a & has_b
            return both & holds, both & ~holds
        case t.Comparison(operator=sign, left=t.FieldValue(name=name, type="text"), right=t.Constant(value=str(word))):
            yes, no = _among(columns[name], [word])
            return (yes, no) if sign == "==" else (no, yes)
        case t.Member(operand=t.FieldValue(name=name, type="text"), values=values):
            return _among(columns[name], [value.value for value in values if isinstance(value.value, str)])
        case t.Matches(operand=t.FieldValue(name=name), pattern=pattern):
            return _matching(columns[name], pattern, today)
        case _:
            raise _Elsewhere


def _both(known: Sequence[_Known]) -> _Known:
    """Say where all conditions are true, and where one of them is false."""
    yes, no = known[0]
    for also, never in known[1:]:
        yes, no = yes & also, no | never
    return yes, no


def _days(operand: t.Operand, columns: Mapping[str, Column], today: dt.date) -> tuple[Any, Any]:
    """Give day counts, and where there are any."""
    import numpy as np

    match operand:
        case t.Today():
            return today.toordinal(), np.True_
        case t.Constant(value=dt.date() as day) if not isinstance(day, dt.datetime):
            return day.toordinal(), np.True_
        case t.FieldValue(name=name) if (days := columns[name].days) is not None:
            return days, columns[name].filled
        case _:
            raise _Elsewhere


def _among(column: Column, words: list[str]) -> _Known:
    if column.texts is None:
        raise _Elsewhere
    among = truths(compute().is_in(column.texts, value_set=text_array(words)))
    return among & column.filled, ~among & column.filled


def _matching(column: Column, pattern: str, today: dt.date) -> _Known:
    other = unmatched(pattern)
    no = None if other is None else other(column, None, today)
    if no is None:
        raise _Elsewhere
    return column.filled & ~no, no
