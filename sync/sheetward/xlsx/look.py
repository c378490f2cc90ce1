"""How a cell of our own looks, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell of our own looks: colours as RGB, `None` for the workbook's own. Text always, wrapped, at the top."""

    fill: str | None = None
    color: str | None = None
    is_bold: bool = False
    is_underlined: bool = False
    has_border: bool = True
