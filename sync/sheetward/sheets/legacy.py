"""Workbooks of other kinds than .xlsx, for reading only: .xls, .xlsb and .ods, through calamine in a process of its own.

The library may break down on a damaged or hostile file and take its process along; so it works in one that has limits
of time, memory and output, and that is given bytes and gives back lines of text. What it does not give is lost: formulas
(their results stay), errors (as if empty), notes, hidden rows, and how a number was written.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeAlias, cast

from sheetward.cells import RawCell, State
from sheetward.errors import UserError
from sheetward.sheets.legacy_child import Ending
from sheetward.xlsx.areas import Area
from sheetward.xlsx.guards import check_magic
from sheetward.xlsx.package import Package

ENDINGS: Final = frozenset({".xls", ".xlsb", ".ods"})
"""Endings of the files that are read here."""
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"

LegacyRow: TypeAlias = "tuple[int, dict[int, RawCell]]"
"""Row number and its filled cells by column, counted from 1."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take; far above any real file, far below what would hurt the computer.

    `seconds` are of the clock, `cpu_seconds` and `memory` (bytes of address space) those of the reading process.
    """

    size: int = 256 << 20
    seconds: float = 300
    cpu_seconds: int = 120
    memory: int = 4 << 30
    output: int = 2 << 30
    cells: int = 20_000_000


@dataclass(frozen=True, slots=True)
class LegacyTab:
    """One tab: its name, its merged areas and its rows that hold anything, in order."""

    name: str
    merged: tuple[Area, ...]
    rows: Sequence[LegacyRow]


def is_modern(data: bytes, file: str) -> bool:
    """Say whether a file under one of these names is an .xlsx inside; `UserError('workbook.*')` for a bad package."""
    if not data.startswith(_ZIP):
        return False
    package = Package(data, file)
    return "xl/workbook.xml" in package


def true_ending(data: bytes, file: str, limits: Limits) -> str:
    """Say which of these kinds a file is by its content, as an ending, and refuse what is none.

    `UserError`: `legacy.too_large`, `legacy.is_html`, `legacy.is_text`, `legacy.other_zip`, `workbook.empty`,
    `workbook.encrypted`, `workbook.not_workbook`, and `workbook.*` for a zip that cannot be trusted.
    """
    if len(data) > limits.size:
        raise UserError("legacy.too_large", file=file, limit_mb=limits.size >> 20)
    if data.startswith(_ZIP):
        package = Package(data, file)
        if "xl/workbook.bin" in package:
            return ".xlsb"
        if _is_ods(package):
            return ".ods"
        raise UserError("legacy.other_zip", file=file)
    if data.startswith(_OLE):
        try:
            check_magic(data, file)
        except UserError as found:
            if found.code != "workbook.xls":
                raise
        return ".xls"
    raise _other(data, file)


def _is_ods(package: Package) -> bool:
    if "mimetype" not in package or "content.xml" not in package:
        return False
    return b"".join(package.windows("mimetype"))[:80].decode("ascii", "replace").startswith(_ODS)


def _other(data: bytes, file: str) -> UserError:
    """Give the error for what programs export under the name of a workbook: a web page, or separated text."""
    if not data:
        return UserError("workbook.empty", file=file)
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return UserError("legacy.is_html", file=file)
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if is_utf16 or (b"\0" not in start and any(mark in start for mark in (b"\t", b",", b";"))):
        return UserError("legacy.is_text", file=file)
    return UserError("workbook.not_workbook", file=file)


def read_legacy(
    data: bytes, file: str, tab: str | None = None, *, limits: Limits | None = None
) -> tuple[LegacyTab, ...]:
    """Read the tabs that people see, or the named one; `file` is what messages call the file.

    `UserError`: those of `true_ending`; `legacy.no_reader` where the extra is not installed; `workbook.encrypted`,
    `workbook.no_tab`; `legacy.damaged`, `legacy.too_large_inside`, `legacy.too_slow`, `legacy.reader_died`.
    """
    limits = limits or Limits()
    ending = true_ending(data, file, limits)
    if find_spec("python_calamine") is None:
        raise UserError("legacy.no_reader", file=file, ending=Path(file).suffix.lower())
    with tempfile.TemporaryDirectory(prefix="sheetward-") as folder:
        path = Path(folder) / f"book{ending}"
        path.write_bytes(data)
        answer = Path(folder) / "answer"
        status = _run(path, tab or "", answer, limits)
        if status == Ending.PASSWORD:
            raise UserError("workbook.encrypted", file=file)
        if status:
            raise UserError(_TROUBLES.get(status, "legacy.reader_died"), file=file, memory_mb=limits.memory >> 20)
        with answer.open("rb") as lines:
            return tuple(_tabs(lines, file, tab))


_TROUBLES: Final = {
    Ending.DAMAGED: "legacy.damaged",
    Ending.TOO_LARGE: "legacy.too_large_inside",
    Ending.NO_MEMORY: "legacy.too_large_inside",
    -24: "legacy.too_slow",  # SIGXCPU
    -9: "legacy.too_slow",  # ended by us at the end of its time
}


def _run(path: Path, tab: str, answer: Path, limits: Limits) -> int:
    """Run the reading process to its end and give its exit status; nothing of it outlives this call."""
    numbers = (limits.cpu_seconds, limits.memory, limits.output, limits.cells)
    command = [sys.executable, "-P", "-m", "sheetward.sheets.legacy_child", str(path), tab, *map(str, numbers)]
    with answer.open("wb") as out:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and module; the tab's name is one argument
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=limits.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return -9
    return done.returncode


def _tabs(lines: Iterable[bytes], file: str, wanted: str | None) -> Iterator[LegacyTab]:
    """Take the answer apart; it is checked, as the process that gave it read a stranger's file."""
    known: dict[tuple[str, str, str], RawCell] = {}
    names: list[str] = []
    name: str | None = None
    merged: tuple[Area, ...] = ()
    rows: list[LegacyRow] = []
    is_ended = False
    try:
        for line in lines:
            answer: object = json.loads(line)
            if isinstance(answer, list):
                number, cells = cast("tuple[int, list[tuple[int, str, str, str]]]", answer)
                row: dict[int, RawCell] = {}
                for column, state, text, code in cells:
                    kept = known.get((state, text, code))
                    if kept is None:
                        kept = known[state, text, code] = RawCell(State(state), text, code)
                    row[column] = kept
                rows.append((number, row))
                continue
            record = cast("dict[str, object]", answer)
            if "tabs" in record:
                names = [name for name, is_visible in cast("list[tuple[str, bool]]", record["tabs"]) if is_visible]
                continue
            if name is not None:
                yield LegacyTab(name, merged, rows)
            name, rows, is_ended = None, [], "end" in record
            if not is_ended:
                name = str(record["tab"])
                merged = tuple(Area(*area) for area in cast("list[tuple[int, int, int, int]]", record["merged"]))
                wanted = None
    except (ValueError, TypeError, KeyError) as problem:
        raise UserError("legacy.damaged", file=file) from problem
    if wanted is not None:
        raise UserError("workbook.no_tab", file=file, tab=wanted, tabs=names)
    if not is_ended:
        raise UserError("legacy.damaged", file=file)
