"""How made workbooks look: colours, fonts, widths. One place, so that all of them look alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import xlsxwriter

from sheetward_templates.texts import Lang

Format: TypeAlias = Any
"""An XlsxWriter format; the library has no types."""

INK: Final = "#1F2933"
FAINT: Final = "#6B7785"
HAIRLINE: Final = "#D5DBE1"
NAVY: Final = "#1F3A5F"
PALE: Final = "#E6ECF3"
GREY: Final = "#F1F3F5"
AMBER: Final = "#FFF1D6"
AMBER_INK: Final = "#8A5A00"
ROSE: Final = "#FBE3E1"
ROSE_INK: Final = "#9B2C23"

FONTS: Final[dict[Lang, str]] = {"zh": "Microsoft YaHei", "en": "Calibri"}
SIZES: Final[dict[Lang, float]] = {"zh": 10, "en": 11}
ROW_HEIGHT: Final = 21
HEADER_HEIGHT: Final = 32
LINE_HEIGHT: Final = 16
_MARKS: Final = {"amber": (AMBER, AMBER_INK), "rose": (ROSE, ROSE_INK)}
_THIN: Final = 1
"""Excel's thinnest solid border; in a pale colour it reads as a hairline on screen and paper."""


class Look:
    """The formats of one workbook, made once each."""

    def __init__(self, book: xlsxwriter.Workbook, lang: Lang) -> None:
        self._book = book
        self._base = {"font_name": FONTS[lang], "font_size": SIZES[lang], "font_color": INK, "valign": "vcenter"}
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def format(self, **properties: object) -> Format:
        """Give a format of our font with these properties of XlsxWriter."""
        merged = {**self._base, **properties}
        key = tuple(sorted(merged.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(merged)
        return self._made[key]

    def cell(self, **properties: object) -> Format:
        """Give a format for the body of a table: hairlines below and between, text set in from them."""
        lines = {"bottom": _THIN, "bottom_color": HAIRLINE, "right": _THIN, "right_color": HAIRLINE}
        return self.format(**{"indent": 1, **lines, **properties})

    def chip(self, colour: str) -> Format:
        """Give a filled cell that explains a colour: `amber` or `rose`."""
        fill, ink = _MARKS[colour]
        return self.format(bg_color=fill, font_color=ink, indent=1)

    def marked(self, colour: str) -> Format:
        """Give the fill and ink that a conditional format lays over a cell: `amber` or `rose`."""
        fill, ink = _MARKS[colour]
        return self._book.add_format({"bg_color": fill, "font_color": ink})

    def header(self, kind: str, align: str = "left") -> Format:
        """Give the format of a header cell: `required`, `optional` or `given`; numbers stand to the right."""
        fill, ink = {"required": (NAVY, "#FFFFFF"), "optional": (PALE, NAVY), "given": (GREY, FAINT)}[kind]
        return self.format(
            bold=True,
            bg_color=fill,
            font_color=ink,
            align=align,
            indent=1,
            text_wrap=True,
            bottom=_THIN,
            bottom_color=NAVY,
            right=_THIN,
            right_color=HAIRLINE,
        )


def text_width(text: str) -> int:
    """Count columns of a fixed-width screen: East Asian wide characters take two.

    >>> text_width("客户 ID")
    7
    """
    return max(
        (sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in line) for line in text.split("\n")),
        default=0,
    )


def column_width(texts: Iterable[str], least: float, most: float) -> float:
    """Give a column's width in Excel's unit that holds the widest text, within limits.

    The unit is a digit's width; four units are for the indent and the filter arrow.
    """
    widest = max((text_width(text) for text in texts), default=0)
    return max(least, min(most, widest * 1.05 + 4))


def line_count(text: str, width: float) -> int:
    """Guess how many lines a text takes when it wraps: row heights are ours to set, not every program fits them."""
    return max(1, -(-int(text_width(text) * 1.02) // int(width - 3)))
