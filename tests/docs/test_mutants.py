"""The list of planted faults cannot rot: each text stands once in its file, each test exists, there are enough of them."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = tomllib.loads((ROOT / "tests" / "mutants" / "mutants.toml").read_text(encoding="utf-8"))
MUTANTS: list[dict[str, Any]] = DATA["mutant"]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["name"])
def test_a_planted_fault_is_a_change_of_the_code_and_its_test_exists(mutant: dict[str, Any]) -> None:
    text = (ROOT / mutant["file"]).read_text(encoding="utf-8")
    assert text.count(mutant["find"]) == 1
    assert mutant["plant"] != mutant["find"]
    path, _, name = mutant["test"].partition("::")
    assert (ROOT / path).is_file()
    last = re.sub(r"\[.*", "", name.rpartition("::")[2], flags=re.DOTALL)
    assert last in (ROOT / path).read_text(encoding="utf-8") or path.startswith("sync/"), "no such test"


def test_there_are_forty_and_they_are_spread() -> None:
    parts = Counter(mutant["name"].rpartition("-")[0] for mutant in MUTANTS)
    assert parts.total() >= 40
    assert {"identity", "merge", "plan", "sharing", "history", "store", "engine"} <= parts.keys()
    assert min(parts.values()) >= 5
    assert len({mutant["name"] for mutant in MUTANTS}) == len(MUTANTS)
    assert all(same["why"] for same in DATA["equivalent"])
