"""Random histories on every store, judged by an oracle written apart from the engine (promises 1 to 6 of docs/SPEC.md).

`SHEETWARD_HISTORIES` says how many (`make test-long`: 20,000), `SHEETWARD_HISTORY_STORE` on which store alone,
`SHEETWARD_HISTORY_SEED` from which seed on. `python -m tests.histories --help` plays any number without pytest.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sheetward.ports.store import Store

from . import places
from .__main__ import failure, story
from .deeds import history
from .found import FOUND

HISTORIES = int(os.environ.get("SHEETWARD_HISTORIES", "2000"))
FIRST = int(os.environ.get("SHEETWARD_HISTORY_SEED", "0"))
ONLY = os.environ.get("SHEETWARD_HISTORY_STORE", "")
SHARES = {"sqlite": 0.75, "postgres": 0.25}
"""Of the histories, the share that each store takes; memory has none of its own: it is the reference, and played when asked for."""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest) -> Iterator[Callable[[], Store]]:
    """Give empty stores of one kind, as many as are asked for."""
    kind = request.param
    if kind == "sqlite":
        with places.sqlite() as make:
            yield make
        return
    with places.postgres(request.getfixturevalue("postgres_server").place()[1]) as make:
        yield make


def _played(empty: Callable[[], Store], seeds: range) -> Counter[str]:
    figures: Counter[str] = Counter()
    for seed in seeds:
        wrong = failure(empty, seed, history(seed), figures)
        assert wrong is None, story(empty, seed)
    return figures


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(4))
def test_random_histories_keep_the_promises(empty: Callable[[], Store], part: int, request: Any) -> None:
    kind = request.node.callspec.params["empty"]
    share = (kind == ONLY) if ONLY else SHARES[kind]
    count = int(HISTORIES * share) // 4
    start = FIRST + part * count + (0 if kind == "sqlite" else HISTORIES)
    figures = _played(empty, range(start, start + count))
    if count >= 100:
        # What is not in them was not tried.
        for what in ("crashes", "conflicts", "races", "old copies", "restores", "role changes", "torn readings"):
            assert figures[what] > count / 20, figures


@pytest.mark.parametrize("name", FOUND)
def test_what_histories_found_stays_found(empty: Callable[[], Store], name: str) -> None:
    figures: Counter[str] = Counter()
    assert failure(empty, 2, FOUND[name], figures) is None
