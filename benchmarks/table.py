"""What is compared with what, how far it is from its target, and the table that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from measure import Measure


class Sense(Enum):
    """How a target is meant."""

    LESS = "times less"
    """The peer needs at least so many times as much."""
    WITHIN = "times"
    """We need at most so many times as much as the peer."""
    AT_MOST = "at most"
    """An absolute limit of our own."""


@dataclass(frozen=True)
class Goal:
    """One row: our case beside a named peer's, by one figure; `limit` `None` is a figure without a target.

    `figure` is `cpu_s`, `peak_mb` or a fact.
    """

    what: str
    ours: str
    peer: str | None
    peer_name: str
    figure: str = "cpu_s"
    sense: Sense = Sense.LESS
    limit: float | None = None


@dataclass(frozen=True)
class Line:
    """A goal with its figures. `ratio` is in the goal's sense; `share` is how much of the target is reached, 1 and more is all."""

    goal: Goal
    ours: float
    ours_peak_mb: float
    peer: float | None
    peer_peak_mb: float | None
    ratio: float | None
    share: float | None


def line_of(goal: Goal, measures: Mapping[str, Measure]) -> Line | None:
    """Give a goal's line, `None` where one of its cases was not measured (a peer that is not installed)."""
    ours = measures.get(goal.ours)
    peer = measures.get(goal.peer) if goal.peer else None
    if ours is None or (goal.peer and peer is None):
        return None
    own = ours.of(goal.figure)
    other = None if peer is None else peer.of(goal.figure)
    ratio: float | None = None
    if other is not None:
        above, below = (other, own) if goal.sense is Sense.LESS else (own, other)
        ratio = above / below if below else None
    measured = own if goal.sense is Sense.AT_MOST else ratio
    share: float | None = None
    if goal.limit is not None and measured:
        share = measured / goal.limit if goal.sense is Sense.LESS else goal.limit / measured
    return Line(goal, own, ours.peak_mb, other, None if peer is None else peer.peak_mb, ratio, share)


_UNITS = {"cpu_s": "CPU s", "peak_mb": "MB at the peak"}


def _amount(value: float, figure: str) -> str:
    if "bytes" in figure:
        return f"{value / 1e6:.2f} MB" if value >= 1e5 else f"{value / 1e3:.1f} kB"
    number = f"{value:.0f}" if value >= 100 or (figure != "cpu_s" and value == int(value)) else f"{value:.3g}"
    return f"{number} {_UNITS.get(figure, figure.replace('_', ' '))}"


def _ratio(line: Line) -> str:
    if line.ratio is None:
        return "" if line.peer is None else "n/a"
    if line.goal.sense is Sense.LESS:
        return f"{line.ratio:.3g} times less" if line.ratio >= 1 else f"{1 / line.ratio:.3g} times more"
    return f"{line.ratio:.3g} times"


def _target(goal: Goal) -> str:
    if goal.limit is None:
        return "none"
    if goal.sense is Sense.LESS:
        return f"{goal.limit:g} times less"
    if goal.sense is Sense.WITHIN:
        return f"at most {goal.limit:g} times"
    return f"at most {_amount(goal.limit, goal.figure)}"


def _distance(line: Line) -> str:
    if line.goal.limit is None:
        return ""
    if line.share is None:
        return "reached"
    return f"reached, {line.share:.2g} of it" if line.share >= 1 else f"**{line.share:.2g} of it**"


def _with_peak(value: float, peak: float, figure: str) -> str:
    if figure == "cpu_s":
        return f"{_amount(value, figure)}, {peak:.0f} MB"
    return _amount(value, figure)


def markdown(lines: Sequence[Line]) -> str:
    """Give one Markdown table."""
    head = ("what", "Sheetward", "beside", "ratio", "target", "reached")
    rows = [
        (
            line.goal.what,
            _with_peak(line.ours, line.ours_peak_mb, line.goal.figure),
            line.goal.peer_name
            if line.peer is None or line.peer_peak_mb is None
            else f"{line.goal.peer_name}: " + _with_peak(line.peer, line.peer_peak_mb, line.goal.figure),
            _ratio(line),
            _target(line.goal),
            _distance(line),
        )
        for line in lines
    ]
    rule = ("---",) * len(head)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows)) + "\n"
