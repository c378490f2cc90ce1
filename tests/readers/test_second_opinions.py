"""Our reader beside openpyxl and calamine: on the corpus and on generated workbooks every difference has a named rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from tests.xlsx_patch.corpus import CASES

from .generate import generated
from .rules import FILE_RULES, RULES, agree
from .second_opinions import Calamine, Ours, Place, Seen, by_openpyxl, calamine, ours

COUNT = 200


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calamine]:
    with calamine(tmp_path_factory.mktemp("calamine")) as started:
        yield started


def explained(data: bytes, reader: Calamine) -> Iterator[str]:
    """Give the rule of each difference; `AssertionError` for one that has none."""
    mine = ours(data)
    for name, theirs in (("openpyxl", by_openpyxl(data)), ("calamine", reader.read(data))):
        if isinstance(theirs, str):
            yield _of_file(name, theirs)
            continue
        for place in mine.keys() | theirs.keys():
            one, other = mine.get(place), theirs.get(place)
            if not agree(one, other):
                yield _of_cell(name, place, one, other)


def _of_file(name: str, error: str) -> str:
    for reader, pattern, _ in FILE_RULES:
        if reader == name and re.search(pattern, error):
            return pattern
    raise AssertionError(f"{name} cannot read it, and no rule says why: {error}")


def _of_cell(name: str, place: Place, one: Ours | None, other: Seen | None) -> str:
    for rule in RULES:
        if rule.reader in ("", name) and rule.holds(one, other):
            return rule.name
    raise AssertionError(f"{place} is {one} for us and {other} for {name}, and no rule says why")


def _looked_at(files: Iterable[tuple[object, bytes]], reader: Calamine) -> Counter[str]:
    came: Counter[str] = Counter()
    for name, data in files:
        try:
            came.update(explained(data, reader))
        except AssertionError as problem:
            raise AssertionError(f"{name}: {problem}") from problem
        came["files"] += 1
    return came


def test_every_workbook_of_the_corpus_is_read_alike_or_by_a_rule(reader: Calamine) -> None:
    came = _looked_at(((case.name, case.build()) for case in CASES), reader)
    assert came["files"] == len(CASES)


def test_generated_workbooks_are_read_alike_or_by_a_rule(reader: Calamine) -> None:
    came = _looked_at(((seed, generated(seed)) for seed in range(COUNT)), reader)
    # A rule that explains nothing has no place in the table.
    assert {rule.name for rule in RULES} <= came.keys()


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_two_thousand_generated_workbooks(reader: Calamine, request: pytest.FixtureRequest) -> None:
    came = _looked_at(((seed, generated(seed)) for seed in range(COUNT, COUNT + 2000)), reader)
    request.node.add_report_section("call", "rules", str(came))
    assert came["files"] == 2000


def test_a_wrong_value_is_found_out(reader: Calamine) -> None:
    """The comparison itself can fail: a cell that one reader reads otherwise has no rule."""
    data = generated(0)
    mine = ours(data)
    place, cell = next((place, cell) for place, cell in mine.items() if str(cell.state) == "text" and cell.text)
    theirs = by_openpyxl(data)
    assert not isinstance(theirs, str)
    with pytest.raises(AssertionError, match="no rule"):
        _of_cell("openpyxl", place, cell, Seen("text", cell.text + "x"))
    with pytest.raises(AssertionError, match="no rule"):
        _of_cell("openpyxl", place, None, theirs[place])
