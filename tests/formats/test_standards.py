"""Values as the standards and real lists have them, with what each means: right, or held back, and never silently wrong.

A file is one kind; its first line names the sources. A row is the options of the call, what was typed, and what it means
(`?` where nobody can say). The tables in `cases/` say more of each value (its code, what is offered); both are counted.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sheetward.cells import plain_text, value_of
from sheetward.formats import normalize

HERE = Path(__file__).parent
LEAST = 600
RIGHT = 0.97


def _rows() -> Iterator[tuple[str, dict, str, str]]:
    for path in sorted((HERE / "standards").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            assert next(file).startswith("# source: "), path.name
            for row in csv.DictReader(file):
                yield path.stem, json.loads(row["options"] or "{}"), row["typed"], row["means"]


def _read(kind: str, options: dict, typed: str) -> str:
    told = {name: value for name, value in options.items() if name != "region"}
    reading = normalize(kind, typed, region=options.get("region", "CN"), options=told)
    return plain_text(value_of(reading.cell)) if reading.is_settled else "?"


def test_the_score_of_the_standards(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints how many are right, held back, and silently wrong, by kind."""
    right: Counter[str] = Counter()
    held: list[str] = []
    silent: list[str] = []
    total: Counter[str] = Counter()
    for kind, options, typed, means in _rows():
        found = _read(kind, options, typed)
        total[kind] += 1
        if found == means:
            right[kind] += 1
        else:
            (held if found == "?" else silent).append(f"{kind} {options or ''} {typed!r}: {found}, not {means}")
    with capsys.disabled():
        print()
        for kind in total:
            print(f"  {kind:12} {right[kind]:4} of {total[kind]:4} right")
        print(f"  in all {right.total()} of {total.total()} right, {len(held)} held back, {len(silent)} silently wrong")
    assert silent == []
    assert total.total() >= LEAST
    assert right.total() / total.total() >= RIGHT, held


def test_every_table_of_cases_names_its_source() -> None:
    for path in (HERE / "cases").glob("*.tsv"):
        assert path.read_text(encoding="utf-8").startswith("# source: "), path.name
