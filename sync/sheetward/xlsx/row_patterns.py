"""Patterns that read the rows of a sheet as Excel and its likes write them, and say where they cannot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from sheetward.xlsx.sheet_text import ATTRIBUTES
from sheetward.xlsx.strings import unescaped

_MAX_ATTRIBUTES: Final = 8192
_ATTRIBUTE: Final = re.compile(r"""([\w.:\-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True, slots=True)
class RowPatterns:
    """What rows and cells look like under one prefix. Each pattern reads on, never back and forth, whatever it meets."""

    row: re.Pattern[str]
    row_end: str
    row_end_rest: re.Pattern[str]
    cell: re.Pattern[str]
    cell_start: str
    cell_opening: re.Pattern[str]
    cell_end: str
    closed_cells: re.Pattern[str]
    formula: re.Pattern[str]
    value: re.Pattern[str]
    inline: re.Pattern[str]
    inline_start: str
    plain_text: re.Pattern[str]
    extension: str


@cache
def row_patterns(prefix: str) -> RowPatterns:
    """Give the patterns for a sheet whose elements bear this prefix (with its colon)."""
    p = re.escape(prefix)
    number = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?"
    return RowPatterns(
        row=re.compile(rf'\s*<{p}row(?: r="([0-9]+)")?({ATTRIBUTES})(/?)>'),
        row_end=f"</{prefix}row",
        row_end_rest=re.compile(r"\s*>\s*"),
        cell=re.compile(
            rf'<{p}c r="([A-Z]+)([0-9]+)"(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")? ?'
            rf"(?:/>|>(?:<{p}v>(?:({number})|([^<]+))</{p}v></{p}c>|(.*?)</{p}c>))"
            rf"|<{p}c({ATTRIBUTES})(?:/>|>(.*?)</{p}c>)",
            re.DOTALL,
        ),
        cell_start=f"<{prefix}c",
        cell_opening=re.compile(rf"<{p}c[\s/>]"),
        cell_end=f"</{prefix}c>",
        closed_cells=re.compile(rf"\s*(?:<{p}c{ATTRIBUTES}/>\s*)*"),
        formula=re.compile(rf"<{p}f({ATTRIBUTES})(?:/>|>([^<]*)</{p}f\s*>)"),
        value=re.compile(rf"<{p}v{ATTRIBUTES}(?:/>|>([^<]*)</{p}v\s*>)"),
        inline=re.compile(rf"<{p}is{ATTRIBUTES}(?:/>|>(.*?)</{p}is\s*>)", re.DOTALL),
        inline_start=f"<{prefix}is",
        plain_text=re.compile(rf"<{p}is><{p}t(?: xml:space=[\"']preserve[\"'])?>([^<]*)</{p}t></{p}is>"),
        extension=f"<{prefix}extLst",
    )


def attributes_of(text: str) -> dict[str, str]:
    """Read the attributes inside a start tag; `ValueError` where they are longer than those of any row or cell."""
    if len(text) > _MAX_ATTRIBUTES:
        raise ValueError("attributes")
    return {name: unescaped(one or other) for name, one, other in _ATTRIBUTE.findall(text)}


def covers(patterns: RowPatterns, body: str) -> bool:
    """Say whether cells follow each other without anything else between them, and without cells inside of cells."""
    at = 0
    for found in patterns.cell.finditer(body):
        if body[at : found.start()].strip() or patterns.cell_opening.search(found[0], 1):
            return False
        at = found.end()
    return not body[at:].strip()
