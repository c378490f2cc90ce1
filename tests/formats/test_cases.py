"""The tables of cases: what people type, what it means, or the code that says why it cannot be said.

A file is one area. A line beginning with @ says how the next ones are read (field, state of the cell, region). A line is
what was typed, its canonical spelling (? where it is not settled, ∅ where it is empty), the code, and what is offered.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sheetward.cells import RawCell, State, Value, plain_text, same, value_of
from sheetward.formats import ColumnReader, column_reader
from sheetward_schemas.model import Category, Field

FOLDER = Path(__file__).parent / "cases"


def _text(word: str) -> str:
    return str(json.loads(word)) if word.startswith('"') else word


def _field(how: dict) -> Field:
    categories = tuple(
        Category(c["value"], c.get("label", ""), c.get("x:labels", {})) if isinstance(c, dict) else Category(c, str(c))
        for c in how.get("categories", ())
    )
    return Field(
        "f",
        type=how.get("type", "string"),
        format=how.get("format", "default"),
        kind=how.get("kind", {}),
        standard=how.get("standard", {}),
        categories=categories,
    )


def _reader(how: dict) -> ColumnReader:
    sample = [RawCell(State.TEXT, text) for text in how.get("sample", ())]
    return column_reader(_field(how), missing_values=tuple(how.get("missing", [""])), sample=sample)


def _cases() -> Iterator[object]:
    for path in sorted(FOLDER.glob("*.tsv")):
        how: dict = {}
        for place, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("@ "):
                how = json.loads(line[2:])
            elif line and not line.startswith("#"):
                typed, *rest = line.split("\t")
                yield pytest.param(how, _text(typed), [_text(word) for word in rest], id=f"{path.stem}:{place}")


def _shown(value: Value) -> str:
    return "∅" if value is None else repr(value) if isinstance(value, bool) else plain_text(value)


@pytest.mark.parametrize(("how", "typed", "expected"), list(_cases()))
def test_case(how: dict, typed: str, expected: list[str]) -> None:
    """A cell reads as its line says, and what it reads to reads to itself."""
    reader = _reader(how)
    raw = RawCell(
        State(how.get("state", "text")), typed, how.get("number_format", ""), date_1904=how.get("date_1904", False)
    )
    region = how.get("region")

    reading = reader.read(raw, region)

    value, code, *offers = [*expected, ""] if len(expected) == 1 else expected
    assert (_shown(value_of(reading.cell)) if reading.is_settled else "?") == value
    assert (reading.code or "") == code
    assert list(reading.candidates) == offers
    if reading.is_settled:
        again = reader.check(value_of(reading.cell), region)
        assert same(again.cell, value_of(reading.cell))
        assert again.is_settled


def test_there_are_many_cases() -> None:
    assert len(list(_cases())) > 700
