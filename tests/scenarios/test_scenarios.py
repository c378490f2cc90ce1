"""Every scenario file, as written and flipped, in memory and on real workbooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from .language import flipped, play, read
from .stage import Stage

FOLDER = Path(__file__).parent / "stories"
FILES = sorted(FOLDER.glob("*.txt"))
START = [
    {"no": "C001", "name": "张三", "phone": "13800000001", "region": "east", "credit": "high", "note": "a"},
    {"no": "C002", "name": "李四", "phone": "13800000002", "region": "south", "credit": "mid", "note": "b"},
    {"no": "C003", "name": "王五", "phone": "13800000003", "region": "east", "credit": "low", "note": "c"},
    {"no": "C004", "name": "赵六", "phone": "13800000004", "region": "north", "note": "d"},
]


@pytest.mark.parametrize("medium", ["memory", "workbook"])
@pytest.mark.parametrize("side", ["written", "flipped"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_story(path: Path, side: str, medium: str, tmp_path: Path) -> None:
    scenario = read(path)
    stage = Stage(None if medium == "memory" else tmp_path)
    rules = scenario.rules or {"A": None, "B": None}
    rows = scenario.rows or START
    if side == "flipped" and scenario.rules:
        rules = {{"A": "B", "B": "A"}.get(name, name): rule for name, rule in rules.items()}
    first = next(name for name, rule in rules.items() if rule is None)
    for name, rule in rules.items():
        stage.add(name, [dict(row) for row in rows] if name == first else [], rule)
    stage.settle()
    for number, line in enumerate(scenario.lines if side == "written" else flipped(scenario), 1):
        try:
            play(stage, line)
        except AssertionError as wrong:
            raise AssertionError(f"{path.name}, {side}, line {number}: {line}\n{wrong}") from wrong
    stage.store.close()


def test_there_are_at_least_sixty() -> None:
    assert len(FILES) >= 60
