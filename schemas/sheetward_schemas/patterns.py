"""Regular expressions in schemas: refused when wrong, or when they could run for ever.

A pattern is judged by its construction, before any value is matched: a repetition inside a repetition, or choices
that begin alike inside a repetition, make the time grow exponentially with the text (CWE-1333); three open
repetitions in a row over the same letters make it grow with the cube.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_PROBES: Final = (*map(chr, range(128)), "é", "中", "（", "１", "\u3000", "😀")
_OPEN: Final = 100
"""A repetition that may run longer than this counts as without end."""
_MANY: Final = 10
"""What repeats more often than this may not itself vary in length."""
MAX_PATTERN: Final = 1_000

_parser: Any = importlib.import_module("re._parser")


@dataclass(frozen=True, slots=True)
class BadPattern:
    """Why a pattern is refused: `code` is the mistake's, `problem` what the regex engine said."""

    code: str
    problem: str = ""


def check_pattern(pattern: str) -> BadPattern | None:
    """Give what is wrong with a pattern, `None` where it is right and safe.

    >>> check_pattern("[0-9]{11}"), check_pattern("(a+)+").code, check_pattern("(").code
    (None, 'schema.runaway_pattern', 'schema.bad_pattern')
    """
    if len(pattern) > MAX_PATTERN:
        return BadPattern("schema.runaway_pattern")
    try:
        re.compile(pattern)
        parsed = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as trouble:
        return BadPattern("schema.bad_pattern", str(trouble))
    try:
        _judge(list(parsed), inside=False)
    except _Unsafe as reason:
        return BadPattern(str(reason))
    return None


class _Unsafe(Exception):  # noqa: N818
    """Ends the walk; its text is the mistake's code."""


def _judge(items: list[Any], *, inside: bool) -> None:
    """Walk one sequence; `inside` says that it stands in an open repetition."""
    run: list[frozenset[str]] = []
    for operation, argument in _flat(items):
        name = str(operation)
        if name in ("GROUPREF", "GROUPREF_EXISTS", "ASSERT", "ASSERT_NOT"):
            raise _Unsafe("schema.unportable_pattern")
        letters = _letters(operation, argument)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, body = argument
            if inside and low != high:
                raise _Unsafe("schema.runaway_pattern")
            _judge(list(body), inside=inside or int(high) > _MANY)
            if int(high) > _OPEN:
                run = [seen for seen in run if seen & letters] + [letters]
                if len(run) > 2:
                    raise _Unsafe("schema.runaway_pattern")
                continue
            if low == 0:
                continue
        elif name == "BRANCH":
            branches = [list(branch) for branch in argument[1]]
            if inside and _begin_alike(branches):
                raise _Unsafe("schema.runaway_pattern")
            for branch in branches:
                _judge(branch, inside=inside)
        if letters and name != "AT":
            # What stands between two repetitions parts them when the first cannot match it.
            run = [seen for seen in run if seen & letters]


def _flat(items: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Give the elements of a sequence with plain groups opened."""
    for operation, argument in items:
        if str(operation) == "SUBPATTERN":
            yield from _flat(list(argument[3]))
        elif str(operation) == "ATOMIC_GROUP":
            yield from _flat(list(argument))
        else:
            yield operation, argument


def _begin_alike(branches: list[list[Any]]) -> bool:
    seen: set[str] = set()
    for branch in branches:
        if not branch:
            return True
        first = _letters(*branch[0])
        if first & seen:
            return True
        seen |= first
    return False


def _letters(operation: Any, argument: Any) -> frozenset[str]:
    """Give which of the probe letters an element can contain (an upper bound)."""
    name = str(operation)
    match name:
        case "LITERAL":
            # A letter beyond the probes still differs from every other one.
            return frozenset({chr(argument)})
        case "NOT_LITERAL":
            return frozenset(_PROBES) - {chr(argument)}
        case "ANY":
            return frozenset(_PROBES) - {"\n"}
        case "IN":
            return _class(argument)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _all(argument[2])
        case "SUBPATTERN":
            return _all(argument[3])
        case "BRANCH":
            return frozenset[str]().union(*(_all(branch) for branch in argument[1]))
        case "ATOMIC_GROUP":
            return _all(argument)
        case _:
            return frozenset()


def _all(items: Any) -> frozenset[str]:
    return frozenset[str]().union(*(_letters(operation, argument) for operation, argument in items))


def _class(members: Any) -> frozenset[str]:
    found: set[str] = set()
    negated = False
    for operation, argument in members:
        match str(operation):
            case "NEGATE":
                negated = True
            case "LITERAL":
                found.add(chr(argument))
            case "RANGE":
                found |= {probe for probe in _PROBES if argument[0] <= ord(probe) <= argument[1]}
                found.add(chr(argument[0]))
            case _:
                found |= {probe for probe in _PROBES if _in_category(str(argument), probe)}
    return frozenset(_PROBES) - found if negated else frozenset(found)


def _in_category(name: str, letter: str) -> bool:
    short = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[name.removeprefix("CATEGORY_").removeprefix("NOT_")]
    return (re.match(short, letter) is not None) != ("NOT_" in name)
