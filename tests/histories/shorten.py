"""Makes a failing history short: leaves out what it fails without, then disturbances that it fails without."""

from __future__ import annotations

from collections.abc import Callable

from .deeds import Deed


def shortened(history: list[Deed], fails: Callable[[list[Deed]], bool]) -> list[Deed]:
    """Give a history that still fails and fails no more when any one deed is left out."""
    size = max(1, len(history) // 2)
    while True:
        place, is_shorter = 0, False
        while place < len(history):
            rest = history[:place] + history[place + size :]
            if fails(rest):
                history, is_shorter = rest, True
            else:
                place += size
        if size > 1:
            size //= 2
        elif not is_shorter:
            break
    for place, deed in enumerate(history):
        if deed[0] == "sync" and deed[2] is not None:
            calm = [*history[:place], (*deed[:2], None), *history[place + 1 :]]
            if fails(calm):
                history = calm
    return history
