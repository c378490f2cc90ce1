"""Reads workbooks with python-calamine in a process of its own: it can take its process along.

Paths come on standard input, one a line; each is answered by one line of JSON: tab to cells `[row, column, kind, value]`.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Any


def spelt(value: Any) -> list[Any]:
    """Give a value as kind and JSON."""
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, int | float):
        return ["number", repr(value)]
    if isinstance(value, dt.datetime):
        return ["moment", value.isoformat()]
    if isinstance(value, dt.date):
        return ["moment", dt.datetime.combine(value, dt.time()).isoformat()]
    if isinstance(value, dt.time):
        return ["length", (value.hour * 60 + value.minute) * 60 + value.second + value.microsecond / 1e6]
    if isinstance(value, dt.timedelta):
        return ["length", value.total_seconds()]
    return ["text", str(value)]


def answer(path: str) -> dict[str, Any]:
    """Read one workbook."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    found: dict[str, Any] = {}
    for name in book.sheet_names:
        try:
            sheet = book.get_sheet_by_name(name)
        except BaseException as trouble:  # noqa: BLE001 - a panic of the library is no Exception
            found[name] = f"{type(trouble).__name__}: {trouble}"
            continue
        top, left = sheet.start or (0, 0)
        found[name] = [
            [top + row + 1, left + column + 1, *spelt(value)]
            for row, values in enumerate(sheet.to_python(skip_empty_area=True))
            for column, value in enumerate(values)
            if not (isinstance(value, str) and value == "")
        ]
    return {"tabs": found}


if __name__ == "__main__":
    for line in sys.stdin:
        try:
            told = answer(line.rstrip("\n"))
        except BaseException as trouble:  # noqa: BLE001 - a panic of the library is no Exception
            told = {"error": f"{type(trouble).__name__}: {trouble}"}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
