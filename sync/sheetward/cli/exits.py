"""Exit statuses: what a script learns from a call."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """The statuses of the contract."""

    DONE = 0
    FOUND = 1
    """Done, and there are findings, duplicates or differences; or a plan that waits for consent."""
    MISTAKE = 2
    GUARD = 3
    WAITING = 4
    """Conflicts, held rows or rejections are for a person."""
    BROKEN = 70
    PASSING = 75


_SEVERITY = (Exit.BROKEN, Exit.PASSING, Exit.MISTAKE, Exit.GUARD, Exit.WAITING, Exit.FOUND, Exit.DONE)


def worst(statuses: Iterable[int]) -> int:
    """Give the most severe of several statuses, 0 of none.

    >>> [int(worst(statuses)) for statuses in ([1, 4, 3], [75, 2], [])]
    [3, 75, 0]
    """
    return min((Exit(status) for status in statuses), key=_SEVERITY.index, default=Exit.DONE)
