"""Conflict copies that lie beside a bound file: found by name, proved by content where the name only hints."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sheetward.errors import GuardError, SheetwardError
from sheetward.plan.observation import Notice
from sheetward.sheets.conflict_name import ConflictName, conflict_name, sure_conflict_name
from sheetward.sheets.csv_text import parse_csv
from sheetward.sheets.header_row import ID_HEADER
from sheetward.sheets.stamp import stamps
from sheetward.sheets.xlsx import read_stamps
from sheetward.xlsx import workbook as xlsx
from sheetward.xlsx.closed import read_stable


@dataclass(frozen=True, slots=True)
class ConflictCopy:
    """A copy beside a file, and the program that writes such names."""

    path: Path
    program: str


def copies_beside(file: Path) -> list[ConflictCopy]:
    """Give the conflict copies in a file's folder; none where the folder cannot be read."""
    marks = cache(_marks)  # the file's own are wanted for each that is named alike
    return [
        ConflictCopy(path, name.program)
        for path, name in _named_alike(file)
        if name.is_sure or marks(path) & marks(file)
    ]


def notices_beside(file: Path) -> list[Notice]:
    """Give the conflict copies of a file as lines for people."""
    return [
        Notice("sheet.conflict_copy", {"file": file.name, "copy": copy.path.name, "program": copy.program})
        for copy in copies_beside(file)
    ]


def refuse_conflict_copy(file: Path) -> None:
    """Refuse to bind a conflict copy. `GuardError('bind.conflict_copy')` names the file that it belongs to."""
    found, marks = sure_conflict_name(file.name), cache(_marks)
    for sibling in _siblings(file):
        if len(sibling.name) < len(file.name):
            name = conflict_name(file.name, sibling.name)
            if name is not None and (name.is_sure or marks(file) & marks(sibling)):
                found = name
                break
    if found is not None:
        raise GuardError("bind.conflict_copy", file=file.name, original=found.original, program=found.program)


def _siblings(file: Path) -> Iterator[Path]:
    try:
        names = sorted(os.listdir(file.parent))  # noqa: PTH208 - only names: a path for each of 10,000 files takes its time
    except OSError:
        return
    for name in names:
        if name != file.name and not name.startswith((".", "~$")) and Path(name).suffix.lower() == file.suffix.lower():
            yield file.parent / name


def _named_alike(file: Path) -> Iterator[tuple[Path, ConflictName]]:
    for path in _siblings(file):
        name = conflict_name(path.name, file.name)
        if name is not None and path.is_file():
            yield path, name


def _marks(path: Path) -> set[str]:
    """Give what a binding left in a file: ids of bindings or of rows, so that two that were one have some in common.

    Nothing for a file that cannot be read, or that is not on this computer yet.
    """
    try:
        data = read_stable(path).data
        if path.suffix.lower() == ".csv":
            return _row_ids(data, path.name)
        return set(stamps(read_stamps(xlsx.Workbook.open(data, path.name))))
    except SheetwardError:
        return set()


def _row_ids(data: bytes, name: str) -> set[str]:
    found: set[str] = set()
    column: int | None = None
    for texts in parse_csv(data, name).texts:
        if column is None:
            column = next((place for place, text in enumerate(texts) if text.strip() == ID_HEADER), None)
        elif column < len(texts) and texts[column].strip():
            found.add(texts[column].strip())
    return found
