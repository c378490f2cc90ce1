"""Patterns are judged by how they are built."""

from __future__ import annotations

import re
import time

import pytest
from sheetward_schemas.patterns import check_pattern

SAFE = [
    "[0-9]{11}", r"^(\+86)?1[3-9][0-9]{9}$", r"[^@\s]+@[^@\s]+\.[^@\s]+", "[A-Z]{2}[0-9]{6,10}", "(a|b)+", "([0-9]{3}-){2}[0-9]{4}",
    "(?:19|20)[0-9]{2}-(0[1-9]|1[0-2])", ".*", r"\d+\.\d+", "[一-龥]{2,4}", "(?i)abc", "a*b*c*d*e*", "x{3}", "(ab?c){1,3}",
]  # fmt: skip
RUNAWAY = [
    "(a+)+", "(a*)*", "(a+)*b", "([a-z]+)*", "(a|a)*", "(a|ab)*", "(x+x+)+y", "(.*)*", "(a?){50}", "((a{1,9}){20})", ".*a.*b.*c",
    "a*a*a*", "(a*)(a*)(a*)b", "([0-9]+,)*[0-9]+,?)+"[:-3] , "x" * 1001,
]  # fmt: skip


@pytest.mark.parametrize("pattern", SAFE)
def test_an_honest_pattern_is_accepted_and_stops_soon(pattern: str) -> None:
    assert check_pattern(pattern) is None
    compiled = re.compile(pattern)
    begin = time.perf_counter()
    for letter in ("a", "x", "0", "中", "1-", "a@", "@.", " "):
        compiled.fullmatch(letter * 1000 + "!")
    assert time.perf_counter() - begin < 2


@pytest.mark.parametrize("pattern", RUNAWAY)
def test_a_pattern_that_could_run_away_is_refused(pattern: str) -> None:
    found = check_pattern(pattern)
    assert found is not None
    assert found.code == "schema.runaway_pattern"


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("(", "schema.bad_pattern"), ("[z-a]", "schema.bad_pattern"), ("a{3,1}", "schema.bad_pattern"), ("*", "schema.bad_pattern"),
        (r"(a)\1", "schema.unportable_pattern"), ("(?=a)a", "schema.unportable_pattern"), ("(?<!a)b", "schema.unportable_pattern"),
    ],
)  # fmt: skip
def test_what_is_wrong_or_unknown_elsewhere_is_refused(pattern: str, code: str) -> None:
    found = check_pattern(pattern)
    assert found is not None
    assert found.code == code
