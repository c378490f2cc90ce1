"""A trend as a line drawn in SVG: places and words for the template, nothing fetched, sharp on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sheetward_templates.quality import TrendDot, percent

WIDTH: Final = 720
HEIGHT: Final = 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 40, 26, 34


@dataclass(frozen=True, slots=True)
class Dot:
    """One point: its place, the share as text, its date, and whether there is room for the two."""

    x: float
    y: float
    share: str
    when: str
    is_told: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The picture: its points, the line through them as `x,y x,y`, and the level lines with their labels."""

    dots: tuple[Dot, ...]
    line: str
    levels: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = 44
    right: int = WIDTH - 12


def trend_chart(trend: Sequence[TrendDot]) -> Chart | None:
    """Lay a trend out; `None` where there are not two points to join.

    The scale begins at a round share below the lowest point, never above 90 %, so that small moves do not look large.
    """
    if len(trend) < 2:
        return None
    lowest = min(dot.share for dot in trend)
    floor = min(0.9, max(0.0, int(lowest * 10 - 0.5) / 10))
    span = 1 - floor

    def height(share: float) -> float:
        return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - share) / span, 1)

    step = (WIDTH - _LEFT - _RIGHT) / (len(trend) - 1)
    every = 1 if len(trend) <= 7 else 2
    last = len(trend) - 1
    dots = tuple(
        Dot(
            round(_LEFT + step * place, 1),
            height(dot.share),
            percent(dot.share),
            dot.when,
            (last - place) % every == 0,
        )
        for place, dot in enumerate(trend)
    )
    levels = tuple((height(share), percent(share).replace(".0%", "%")) for share in (1.0, 1 - span / 2, floor))
    return Chart(dots, " ".join(f"{dot.x},{dot.y}" for dot in dots), levels)
