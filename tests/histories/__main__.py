"""Plays many histories and says what came of them: `python -m tests.histories --store sqlite --count 100000`."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from sheetward.ports.store import Store

from . import places
from .deeds import Deed, history, media
from .play import Play
from .shorten import shortened

EVERY_S = 30.0
"""Seconds between two lines that tell how far it is."""


def failure(empty: Callable[[], Store], seed: int, deeds: list[Deed], figures: Counter[str]) -> str | None:
    """Play a history; give what is wrong with it, if anything."""
    try:
        play = Play(empty(), media(seed))
        try:
            play.perform(deeds)
        finally:
            figures.update(play.figures)
            figures["histories"] += 1
    except Exception as wrong:  # noqa: BLE001 - whatever it is, the next history is to be played too
        where = traceback.extract_tb(wrong.__traceback__)[-1]
        return f"{type(wrong).__name__}: {wrong} ({where.name}, line {where.lineno})"
    return None


def story(empty: Callable[[], Store], seed: int) -> str:
    """Tell the shortest failing part of a history."""

    def kind(said: str) -> str:
        return said.split(" ")[0] + said.split("promise", 1)[-1][:2]

    unused: Counter[str] = Counter()
    first = failure(empty, seed, history(seed), unused) or ""
    deeds = shortened(history(seed), lambda some: kind(failure(empty, seed, some, unused) or "") == kind(first))
    last = failure(empty, seed, deeds, unused)
    lines = "".join(f"  {deed!r},\n" for deed in deeds)
    return f"seed {seed} (media {media(seed)}):\n  {first}\nshortened, {len(deeds)} deeds:\n  {last}\n{lines}"


@contextlib.contextmanager
def _postgres() -> Iterator[Callable[[], Store]]:
    from tests.conftest import start_postgres

    server = start_postgres()
    server.start()
    try:
        with places.postgres(server.place()[1]) as empty:
            yield empty
    finally:
        server.stop()
        server.remove()


def _place(name: str) -> AbstractContextManager[Callable[[], Store]]:
    return {"memory": places.memory, "sqlite": places.sqlite, "postgres": _postgres}[name]()


def main() -> int:
    """Play the histories of a range of seeds; exit 1 where one breaks a promise."""
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--store", choices=places.STORES, default="sqlite")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--most", type=int, default=5, help="failures after which it stops")
    asked = parser.parse_args()
    figures: Counter[str] = Counter()
    failed: list[int] = []
    began = told = time.monotonic()
    with _place(asked.store) as empty:
        for seed in range(asked.first, asked.first + asked.count):
            wrong = failure(empty, seed, history(seed), figures)
            if wrong is not None:
                failed.append(seed)
                sys.stdout.write(story(empty, seed) + "\n")
                if len(failed) >= asked.most:
                    break
            if time.monotonic() - told > EVERY_S:
                told = time.monotonic()
                rate = (told - began) / figures["histories"] * 1000
                sys.stdout.write(f"{figures['histories']} histories, {rate:.1f} ms each, {len(failed)} failed\n")
                sys.stdout.flush()
    seconds = time.monotonic() - began
    said = ", ".join(f"{name} {count}" for name, count in sorted(figures.items()))
    sys.stdout.write(
        f"{asked.store}, seeds from {asked.first}: {said}, failed {len(failed)} {failed}; {seconds:.0f} s\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
