"""Another program saves the workbook at any step between reading and replacing: what it saved is never lost."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheetward.errors import TransientError
from sheetward.xlsx.file_steps import FileSteps

from tests.scenarios.language import play
from tests.scenarios.stage import Stage
from tests.scenarios.test_cut_anywhere import finished, prepared

SAVED = "saved elsewhere"


class Steps(FileSteps):
    """The real file system, with something that happens right before the nth step."""

    def __init__(self) -> None:
        self._left = 0
        self._act: Callable[[], object] | None = None
        self._names: list[str] = []

    def arm(self, number: int, act: Callable[[], object]) -> None:
        self._left, self._act = number, act

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name.startswith("_") or name == "arm" or not callable(value):
            return value

        def step(*args: Any) -> Any:
            self._left -= 1
            if self._left == 0 and self._act is not None:
                self._names.append(name)
                self._act()
            return value(*args)

        return step


def with_a_note(data: bytes) -> bytes:
    """Give the workbook as a program saves it that loaded it before: one cell typed, everything written anew."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = {cell.value: cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None}
    book.worksheets[0].cell(cells["C003"].row, cells["note"].column).value = SAVED
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_renaming(path: Path, data: bytes) -> None:
    part = path.with_name("9F3A21.tmp")
    part.write_bytes(data)
    part.replace(path)


def in_place(path: Path, data: bytes) -> None:
    with path.open("r+b") as file:
        file.truncate(0)
        file.write(data)


def deleted_first(path: Path, data: bytes) -> None:
    """Save as Excel does: the old file gets another name, the new one its name, the old one goes."""
    aside, part = path.with_name("A1B2C3.tmp"), path.with_name("D4E5F6.tmp")
    part.write_bytes(data)
    path.replace(aside)
    part.replace(path)
    aside.unlink()


def sync(stage: Stage) -> None:
    """Sync once; a clear stop is an answer."""
    try:
        stage.sync("A")
    except TransientError as stop:
        assert stop.code in ("sheet.changed", "file.unsettled"), stop


every_way = pytest.mark.parametrize("save", [by_renaming, in_place, deleted_first])


def check(tmp_path: Path, save: Callable[[Path, bytes], None], numbers: range) -> list[str]:
    """Sync while the other program saves at steps of these numbers; give the names of the steps at which it came."""
    calm = prepared(tmp_path / "calm")
    play(calm, f"A types note of C003: {SAVED}")
    expected = finished(calm)
    names: list[str] = []
    for number in numbers:
        steps = Steps()
        stage = prepared(tmp_path / f"{number}", steps)
        path = (stage.folder or Path()) / "A.xlsx"
        data = with_a_note(path.read_bytes())
        steps.arm(number, lambda path=path, data=data: save(path, data))
        sync(stage)
        if not steps._names:
            break
        names += steps._names
        assert finished(stage) == expected, f"step {number}: {steps._names}"
        stage.store.close()
    return names


@every_way
def test_a_save_at_some_steps_of_a_sync_is_merged(tmp_path: Path, save: Callable[[Path, bytes], None]) -> None:
    first = {by_renaming: 6, in_place: 4, deleted_first: 5}[save]
    assert len(check(tmp_path, save, range(first, 40, 5))) >= 2


@pytest.mark.long
@every_way
def test_a_save_at_every_step_of_a_sync_is_merged(tmp_path: Path, save: Callable[[Path, bytes], None]) -> None:
    names = check(tmp_path, save, range(1, 80))
    # It came at each kind of step that a replacement has.
    assert {"read", "create", "keep_attributes", "exchange", "unlink", "sync_folder"} <= set(names)
