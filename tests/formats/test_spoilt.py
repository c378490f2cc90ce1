"""A good value is known by its ruin: what Excel and LibreOffice leave of texts that look like numbers or dates."""

from __future__ import annotations

import pytest
from sheetward.cells import RawCell, State
from sheetward.formats.spoilt import could_be

NUMBERS = [
    ("0012", "12", True),
    ("000000", "0", True),
    ("12", "12", False),
    ("0012", "13", False),
    ("13800138000", "13800138000", False),
    ("1.10", "1.1", True),
    ("9E5", "900000", True),
    ("1e10", "10000000000", True),
    ("110105194912310021", "110105194912310000", True),
    ("110105194912310021", "1.1010519491231E+17", True),
    ("110105194912310981", "1.10105194912311E+17", True),
    ("110105194912310021", "110105194912320000", False),
    ("11010519491231002X", "110105194912310000", False),
    ("A12", "12", False),
]
DATES = [
    ("3-5", "45356", True),
    ("5-3", "45356", True),
    ("3/5", "45356", True),
    ("MAR5", "45356", True),
    ("Mar-5", "45356", True),
    ("5-mar", "45356", True),
    ("SEPT2", "45537", True),
    ("3-6", "45356", False),
    ("24-3-5", "45356", True),
    ("2024-3-5", "45356", True),
    ("3-5-24", "45356", True),
    ("3-5-25", "45356", False),
    ("3-2024", "45352", True),
    ("3-24", "45352", True),
    ("3-24", "45356", False),
    ("A-5", "45356", False),
]
TEXTS = [
    ("13800138000", "1.38E+10", True, True),
    ("13800138000", "1.38001E+10", True, True),
    ("13900139000", "1.38E+10", True, False),
    ("110105194912310021", "1.10105E+17", True, True),
    ("110105194912310021", "110105194912310000", False, True),
    ("110105194912310021", "110105194912310022", False, False),
    ("0012", "12", True, True),
    ("0012", "12", False, False),
    ("3-5", "3月5日", True, True),
    ("3-5", "5-Mar", True, True),
    ("3-5", "2024/3/5", True, True),
    ("3-5", "2024/3/6", True, False),
    ("3-5", "2024/3/5", False, False),
]


@pytest.mark.parametrize(("good", "lexical", "expected"), NUMBERS)
def test_a_number_that_was_a_text(good: str, lexical: str, expected: bool) -> None:
    assert could_be(good, RawCell(State.NUMBER, lexical), is_plain_file=False) is expected


@pytest.mark.parametrize(("good", "serial", "expected"), DATES)
def test_a_date_that_was_a_code(good: str, serial: str, expected: bool) -> None:
    assert could_be(good, RawCell(State.DATE, serial), is_plain_file=False) is expected
    if expected:
        old = RawCell(State.DATE, str(int(serial) - 1462), date_1904=True)
        assert could_be(good, old, is_plain_file=False)


@pytest.mark.parametrize(("good", "text", "plain", "expected"), TEXTS)
def test_a_text_that_shows_what_a_number_or_a_date_left(good: str, text: str, plain: bool, expected: bool) -> None:
    assert could_be(good, RawCell(State.TEXT, text), is_plain_file=plain) is expected
