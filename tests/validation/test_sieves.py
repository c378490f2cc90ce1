"""Sieves let nothing wrong through: whole columns of one type come to the findings of the rows taken one by one."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from sheetward.table import RowId, Table
from sheetward.validation import Validator
from sheetward.validation.sieve import unmatched
from sheetward_schemas import parse_schema

TODAY = dt.date(2024, 6, 1)
SCHEMA = r"""
name: t
primaryKey: [id]
uniqueKeys: [[code, kind]]
foreignKeys: [{fields: [kind], reference: {resource: other, fields: [kind]}}]
x:severity: {warn: [field.too_long]}
x:rules:
  - {code: t.order, when: "made and seen", assert: "seen >= made", message: {zh: 甲, en: A}}
  - {code: t.late, assert: "made <= today or kind == 'a'", severity: warn, message: {zh: 乙, en: B}}
  - {code: t.mobile, when: "country == 'CN' and phone", assert: "matches(phone, '^(\\+86)?1[3-9][0-9]{9}$')", message: {zh: 丙, en: C}}
  - {code: t.some, assert: "not (kind in ['b', 'c'] and name)", message: {zh: 丁, en: D}}
  - {code: t.filled, assert: "seen or made or name", message: {zh: 戊, en: E}}
  - {code: t.sum, assert: "len(name) < 4", message: {zh: 己, en: F}}
fields:
  - {name: id, constraints: {required: true, maxLength: 4}}
  - {name: name, constraints: {minLength: 2, pattern: "[a-z一-龥.]+"}}
  - {name: code, constraints: {pattern: "[A-Z]\\d+"}}
  - {name: kind, constraints: {enum: [a, b, c]}}
  - {name: made, type: date, constraints: {minimum: "2000-01-01", exclusiveMaximum: "2024-05-01"}}
  - {name: seen, type: date, x:format: {kind: date, notAfter: today}}
  - {name: phone, x:format: {kind: phone, regionFrom: country, defaultRegion: CN}}
  - {name: country, x:format: {kind: country}}
  - {name: mail, x:format: {kind: email}}
  - {name: tax, x:format: {kind: tax_id, regionFrom: country}}
  - {name: n, type: number, constraints: {minimum: 0}}
"""
WORDS = {
    "name": ["张伟", "a", "abc.d", "a\n", "ABC", "é", "无"], "code": ["A1", "B22", "A١", "x", "A1\n"],
    "kind": ["a", "b", "A", "c", "d"], "phone": ["+8613800138000", "13800138000", "+4930901820", "138", "1380013800", "+14155552671"],
    "country": ["CN", "US", "Nowhere", "DE"], "mail": ["a@example.com", "a@@b", "a@gmial.com", "x"],
    "tax": ["91310000MA1FL0XC5K", "DE136695976", "x", "91110000600037341L"], "n": ["x", "1"],
}  # fmt: skip
DAYS = [
    dt.date(1999, 12, 31),
    dt.date(2000, 1, 1),
    dt.date(2024, 4, 30),
    dt.date(2024, 5, 1),
    TODAY,
    dt.date(2024, 6, 2),
]
ODD = [True, dt.date(2024, 1, 1), "no date", dt.datetime(2024, 1, 1, 8)]


@pytest.fixture(scope="module")
def validator() -> Validator:
    schema, mistakes = parse_schema(SCHEMA, "t")
    assert mistakes == ()
    assert schema is not None
    return Validator(schema)


@pytest.mark.parametrize("seed", range(12))
def test_whole_columns_come_to_what_the_rows_come_to(validator: Validator, seed: int) -> None:
    """Columns of one type, with few distinct values and with many; in every third table some cells are of another type."""
    dice = random.Random(seed)
    names = tuple(validator.schema.field_names)
    count = dice.choice([0, 1, 60, 900])
    share = dice.choice([0.0, 0.3, 1.0])

    def cell(name: str, place: int) -> object:
        if dice.random() < 0.1 or (share == 1.0 and name in {"seen", "country"}):
            return None
        if name == "id":
            return f"{place if dice.random() < 0.9 else dice.randrange(9)}"
        if seed % 3 == 0 and dice.random() < 0.02:
            return dice.choice(ODD)
        if name in {"made", "seen"}:
            return dice.choice(DAYS)
        word = dice.choice(WORDS[name])
        return f"{word}{place}" if dice.random() < share and name in {"name", "mail"} else word

    rows = {RowId(f"r{place}"): tuple(cell(name, place) for name in names) for place in range(count)}
    known = {"kind": {"a", "b"}} if seed % 2 else {}
    expected = validator.check_rows(names, rows.items(), today=TODAY, known=known)
    expected += validator.check_unique(names, rows.items())
    assert validator.check_table(Table(names, rows), today=TODAY, known=known) == expected
    assert count < 60 or len({finding.code for finding in expected}) > 8


@pytest.mark.parametrize("pattern", [r"\d+", r"a{,3}", "[[:alpha:]]", "(?i)a", "a^b", "a$b", r"\w", "(?:a|b)+(?!c)"])
def test_a_pattern_that_engines_read_apart_goes_to_the_judge(pattern: str) -> None:
    assert unmatched(pattern) is None


def test_a_sheet_of_many_rows_is_judged_as_a_table(validator: Validator, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(n, ("1" if n < 3 else str(n), "x", dt.date(2025, 1, 1))) for n in range(50)]
    fields = ("id", "name", "made")
    one_by_one = validator.check_all(fields, rows, today=TODAY)
    monkeypatch.setattr("sheetward.validation.validator.MANY", 1)
    assert validator.check_all(fields, rows, today=TODAY) == one_by_one
    assert {finding.code for finding in one_by_one} >= {"key.duplicate", "field.too_short", "field.not_below"}
