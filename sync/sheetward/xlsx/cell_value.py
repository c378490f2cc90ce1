"""What one cell's markup means: state and lexical text.

A cell that the file itself gets wrong is that cell's trouble, not a crash: it reads as State.ERROR with one of the names
below, which no office program uses.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from sheetward.cells import State, plain_number, to_serial
from sheetward.xlsx.strings import decoded
from sheetward.xlsx.styles import Styles

CellTuple: TypeAlias = "tuple[int, State, str, int, str | None]"
"""Column, state, lexical text, style id, formula."""

BAD_STRING: Final = "#BAD-STRING!"
"""A shared string id that the table of strings does not have."""
BAD_STYLE: Final = "#BAD-STYLE!"
"""A style id that the workbook does not have: what the number means cannot be told."""
BAD_NUMBER: Final = "#BAD-NUMBER!"
"""A number cell that does not hold a number, or one with an exponent of more than three digits."""
BAD_BOOLEAN: Final = "#BAD-BOOLEAN!"
BAD_DATE: Final = "#BAD-DATE!"
"""A date cell (`t="d"`) that does not hold an ISO 8601 date or time."""
BAD_TYPE: Final = "#BAD-TYPE!"
"""A cell type that OOXML does not know."""

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_TRUTH: Final = {"1": "1", "true": "1", "0": "0", "false": "0"}


@dataclass(frozen=True, slots=True)
class CellMarkup:
    """One cell as its markup has it: entities read, `_xHHHH_` not yet. `inline` is the joined text of `<is>`, decoded."""

    kind: str
    style_id: int
    value: str | None
    inline: str | None
    formula: str | None


@dataclass(frozen=True, slots=True)
class Meanings:
    """What cell markup refers to: shared strings, styles, the workbook's epoch."""

    strings: Sequence[str]
    styles: Styles
    date_1904: bool

    def settle(self, cell: CellMarkup) -> tuple[State, str] | None:
        """Give state and text; `None` for a cell without value and formula."""
        settled = self._settled(cell)
        if settled is not None and not 0 <= cell.style_id < len(self.styles.codes):
            return State.ERROR, BAD_STYLE
        return settled

    def _settled(self, cell: CellMarkup) -> tuple[State, str] | None:
        nothing = None if cell.formula is None else (State.UNCACHED, "")
        if cell.kind == "inlineStr":
            if cell.inline is not None:
                return State.TEXT, cell.inline
            return nothing if cell.value is None else (State.TEXT, decoded(cell.value))
        if cell.kind == "str":
            return nothing if cell.value is None else (State.TEXT, decoded(cell.value))
        value = (cell.value or "").strip()
        if not value:
            return nothing
        match cell.kind:
            case "" | "n":
                return self._number(value, cell.style_id)
            case "s":
                index = int(value) if value.isascii() and value.isdigit() else len(self.strings)
                known = index < len(self.strings)
                return (State.TEXT, self.strings[index]) if known else (State.ERROR, BAD_STRING)
            case "b":
                truth = _TRUTH.get(value)
                return (State.BOOL, truth) if truth else (State.ERROR, BAD_BOOLEAN)
            case "e":
                return State.ERROR, value
            case "d":
                return self._iso_date(value)
            case _:
                return State.ERROR, BAD_TYPE

    def _number(self, value: str, style_id: int) -> tuple[State, str]:
        if not _NUMBER.fullmatch(value):
            return State.ERROR, BAD_NUMBER
        dates = self.styles.dates
        return (State.DATE if style_id < len(dates) and dates[style_id] else State.NUMBER), value

    def _iso_date(self, value: str) -> tuple[State, str]:
        try:
            if "-" in value:
                moment = dt.datetime.fromisoformat(value).replace(tzinfo=None)
                return State.DATE, plain_number(to_serial(moment, date_1904=self.date_1904))
            time = dt.time.fromisoformat(value)
        except ValueError:
            return State.ERROR, BAD_DATE
        seconds = time.hour * 3600 + time.minute * 60 + time.second
        return State.DATE, plain_number((Decimal(seconds) / 86400).quantize(Decimal("1e-10")))
