"""Eight syncers at once, as processes of their own, on one table of either store: no update is lost, no row stands twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SYNCERS = Path(__file__).parents[2] / "benchmarks" / "groups" / "syncers.py"


@pytest.mark.parametrize("way", ["commit", "sync"])
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_eight_syncers_lose_and_double_nothing(request: pytest.FixtureRequest, kind: str, way: str) -> None:
    place = "sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_server").url()
    command = [
        sys.executable,
        str(SYNCERS),
        "--place",
        place,
        "--way",
        way,
        "--syncers",
        "8",
        "--seconds",
        "3",
        "--json",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    (tally,) = json.loads(done.stdout)
    assert (tally["lost"], tally["doubled"]) == (0, 0)
    assert tally["done"] > 8
    assert tally["slowest"] >= 1, tally
