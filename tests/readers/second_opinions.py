"""Three readers of one workbook, each cell as kind and value, so that they can be laid beside each other."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from sheetward.cells import State
from sheetward.xlsx.workbook import Workbook

from .calamine_child import spelt

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader makes of a cell: `kind` is text, number, bool, moment (ISO), length (seconds); `value` as JSON has it."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Ours:
    """What our reader says of a cell, with the number format that it knows."""

    state: State
    text: str
    format_id: int
    formula: str | None
    code: str
    is_1904: bool


def ours(data: bytes) -> dict[Place, Ours]:
    """Read with our reader."""
    book = Workbook.open(data, "a.xlsx")
    return {
        (sheet.name, row, column): Ours(
            state, text, style, formula, book.raw(state, text, style, formula).number_format, book.date_1904
        )
        for sheet in book.sheets
        for row, _, cells in book.rows(sheet)
        for column, state, text, style, formula in cells
    }


def by_openpyxl(data: bytes) -> dict[Place, Seen] | str:
    """Read with openpyxl; its error where it cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        except Exception as trouble:  # noqa: BLE001 - its errors are what is looked at
            return f"{type(trouble).__name__}: {trouble}"
    found: dict[Place, Seen] = {}
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    kind, value = spelt(cell.value)
                    found[sheet.title, cell.row, cell.column] = Seen("error" if cell.data_type == "e" else kind, value)
    if not found and b"purl.oclc.org" in zipfile.ZipFile(io.BytesIO(data)).read("xl/workbook.xml"):
        return "nothing read of a strict workbook"
    return found


class Calamine:
    """A process that reads with calamine; where it dies another one is started, and the file was answered by its death."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def read(self, data: bytes) -> dict[Place, Seen] | str:
        """Read a workbook; its error where it cannot."""
        path = self._folder / "book.xlsx"
        path.write_bytes(data)
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "tests.readers.calamine_child"]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self.close()
            return "the process died"
        told = json.loads(line)
        if "error" in told:
            return str(told["error"])
        found: dict[Place, Seen] = {}
        for tab, cells in told["tabs"].items():
            if isinstance(cells, str):
                return cells
            for row, column, kind, value in cells:
                found[tab, row, column] = Seen(kind, value)
        return found

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait(30)
            self._process.stdout.close()
            self._process = None


@contextmanager
def calamine(folder: Path) -> Iterator[Calamine]:
    """Give a reading process, ended in the end."""
    reader = Calamine(folder)
    try:
        yield reader
    finally:
        reader.close()
