"""Workbooks made by other writers, each for one thing that a careless writer loses: `CASES`, by name `BY_NAME`.

Every case holds the same little customer table (`HEADERS`, `CUSTOMERS`) at the place that its `Case` names, so that
the same edits can be made in each. Builders take nothing and give the bytes of a workbook. `docs/workbooks.md` lists
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from . import (
    by_hand as hand,
)
from . import (
    by_libreoffice,
    by_openpyxl,
    by_writer,
    drawings,
    packages,
    pivots,
    programs,
    sheets,
    sources,
)
from .by_hand import MAIN, OFFICE, SHEET_RELS, by_hand, exchanged, related, sheet_xml, typed
from .by_writer import png, written
from .case import CUSTOMERS, HEADERS, LAST, Case

GROUPS: Mapping[str, tuple[Case, ...]] = {
    "XlsxWriter": by_writer.CASES,
    "openpyxl": by_openpyxl.CASES,
    "LibreOffice": by_libreoffice.CASES,
    "by hand": hand.CASES,
    "pivots": pivots.CASES,
    "drawings": drawings.CASES,
    "sources": sources.CASES,
    "sheets": sheets.CASES,
    "packages": packages.CASES,
    "programs": programs.CASES,
}
CASES = tuple(case for cases in GROUPS.values() for case in cases)
BY_NAME = {case.name: case for case in CASES}


@cache
def built(name: str) -> bytes:
    """Give a case's workbook, made once."""
    return BY_NAME[name].build()


__all__ = [
    "BY_NAME",
    "CASES",
    "CUSTOMERS",
    "GROUPS",
    "HEADERS",
    "LAST",
    "MAIN",
    "OFFICE",
    "SHEET_RELS",
    "Case",
    "built",
    "by_hand",
    "exchanged",
    "png",
    "related",
    "sheet_xml",
    "typed",
    "written",
]
