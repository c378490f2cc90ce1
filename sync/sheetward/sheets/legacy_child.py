"""The process that reads an .xls, .xlsb or .ods and may die of it: it writes lines of JSON to standard output.

Run as `python -P -m sheetward.sheets.legacy_child FILE TAB CPU_SECONDS MEMORY_BYTES OUTPUT_BYTES CELLS`; FILE's ending
says truly which of the three it is (from bytes alone the library tells a password from damage no more); an empty TAB asks
for every tab that people see. The first line is `{"tabs": [[name, is visible], ...]}`; each tab that is read follows as
`{"tab": name, "merged": [[first row, first column, last row, last column], ...]}` and its filled rows as
`[number, [[column, state, text, number format], ...]]`, all counted from 1; the last line is `{"end": true}`. It exits
with a status of `Ending`; on any other one, or a signal, it was stopped or broke down.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import math
import sys
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Final, TypeAlias

from sheetward.cells import State, plain_number, to_serial

Given: TypeAlias = "int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta"
"""What calamine gives for a cell; the empty text stands for an empty cell, and for an error."""

_FIRST_SURE_DAY: Final = dt.date(1900, 3, 1)
"""Before this day programs disagree about serial numbers."""


class Ending(IntEnum):
    """How the process ended by its own will."""

    DONE = 0
    PASSWORD = 10
    DAMAGED = 11
    TOO_LARGE = 12
    NO_MEMORY = 13


class _TooLargeError(Exception):
    """More cells than asked for."""


def limit(cpu_seconds: int, memory: int, output: int) -> None:
    """Bind this process to CPU seconds, bytes of memory and bytes of any file it writes, where the system can."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for kind, most in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, output),
    ):
        hard = resource.getrlimit(kind)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (soft, hard))


def as_cell(column: int, given: Given) -> tuple[int, str, str, str] | None:
    """Give a cell in the form of `RawCell`: column, state, text, number format; `None` for an empty one.

    Dates become serial numbers again (1900 system); a day before March 1900 stays text.

    >>> as_cell(1, 13800138000.0), as_cell(2, dt.date(2024, 3, 5)), as_cell(3, "")
    ((1, <State.NUMBER: 'number'>, '13800138000', ''), (2, <State.DATE: 'date'>, '45356', 'yyyy-mm-dd'), None)
    """
    if isinstance(given, str):
        return (column, State.TEXT, given, "") if given else None
    if isinstance(given, bool):
        return column, State.BOOL, "1" if given else "0", ""
    if isinstance(given, dt.timedelta):
        return column, State.DATE, _day_share(given), "[h]:mm:ss"
    if isinstance(given, dt.time):
        return (
            column,
            State.DATE,
            _day_share(dt.timedelta(0, given.hour * 3600 + given.minute * 60 + given.second)),
            "hh:mm:ss",
        )
    if isinstance(given, dt.datetime | dt.date):
        has_time = isinstance(given, dt.datetime)
        if (given.date() if isinstance(given, dt.datetime) else given) < _FIRST_SURE_DAY:
            return column, State.TEXT, given.isoformat(), ""
        code = "yyyy-mm-dd hh:mm:ss" if has_time else "yyyy-mm-dd"
        return column, State.DATE, plain_number(to_serial(given)), code
    if isinstance(given, float) and given.is_integer() and abs(given) < 1e21:
        return column, State.NUMBER, str(int(given)), ""
    if isinstance(given, float) and not math.isfinite(given):
        return column, State.ERROR, "#NUM!", ""
    return column, State.NUMBER, repr(given), ""


def _day_share(length: dt.timedelta) -> str:
    return repr(length.total_seconds() / 86400)


def _lines(path: str, tab: str, most_cells: int) -> Iterator[object]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_path(path)
    tabs = [
        (known.name, known.visible == SheetVisibleEnum.Visible)
        for known in book.sheets_metadata
        if known.typ == SheetTypeEnum.WorkSheet
    ]
    yield {"tabs": tabs}
    count = 0
    for name, is_visible in tabs:
        if name.casefold() != tab.casefold() if tab else not is_visible:
            continue
        sheet = book.get_sheet_by_name(name)
        merged = [[a[0] + 1, a[1] + 1, b[0] + 1, b[1] + 1] for a, b in sheet.merged_cell_ranges or ()]
        yield {"tab": name, "merged": merged}
        first_column = sheet.start[1] + 1 if sheet.start else 1  # rows are given from the first one, columns are not
        for number, given in enumerate(sheet.iter_rows(), 1):
            cells = [cell for column, one in enumerate(given, first_column) if (cell := as_cell(column, one))]
            count += len(cells)
            if count > most_cells:
                raise _TooLargeError
            if cells:
                yield [number, cells]
    yield {"end": True}


def main(arguments: Sequence[str]) -> Ending:
    """Read the workbook that the arguments name."""
    path, tab, (cpu_seconds, memory, output, cells) = *arguments[:2], map(int, arguments[2:])
    limit(cpu_seconds, memory, output)
    from python_calamine import CalamineError, PasswordError

    write = sys.stdout.buffer.write
    try:
        for line in _lines(path, tab, cells):
            write(json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
        sys.stdout.buffer.flush()
    except PasswordError:
        return Ending.PASSWORD
    except _TooLargeError:
        return Ending.TOO_LARGE
    except OSError as problem:  # our output over its limit, or the library's reading beyond the end of a part
        return Ending.TOO_LARGE if problem.errno in (errno.EFBIG, errno.ENOSPC) else Ending.DAMAGED
    except MemoryError:
        return Ending.NO_MEMORY
    except CalamineError as problem:  # the library's own limit has no type of its own
        return Ending.TOO_LARGE if "limit exceeded" in str(problem) else Ending.DAMAGED
    except BaseException:  # noqa: BLE001 - a panic of the library is no Exception; whatever it was, the file caused it
        return Ending.DAMAGED
    return Ending.DONE


if __name__ == "__main__":
    import os

    ended = main(sys.argv[1:])
    os._exit(ended)  # and do not trip over what a broken-off write left in the buffer
