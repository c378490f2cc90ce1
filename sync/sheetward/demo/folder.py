"""The folder of a demo: taken only where nothing of anybody else's is in it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sheetward.app.workspace import PRIVATE
from sheetward.config import CONFIG_NAME
from sheetward.errors import UserError
from sheetward.messages import LANGS, render

MARKER: Final = ".sheetward-demo"
"""Stands in every folder that a demo made; its lines are the files that are the demo's own."""
REPORT: Final = "report.html"
STORE: Final = "sheetward.db"
_OURS: Final = (MARKER, CONFIG_NAME, REPORT, PRIVATE, *(STORE + end for end in ("", "-wal", "-shm", "-journal")))
_WORKBOOKS: Final = ("office", "east", "orders", "finance")


def made_files() -> frozenset[str]:
    """Give the names of everything that a demo leaves, in any language."""
    books = (render(f"demo.file.{name}", {}, lang) for lang in LANGS for name in _WORKBOOKS)
    return frozenset((*_OURS, *books))


def claim(folder: Path) -> None:
    """Take an empty folder, or one that a demo made and that holds nothing else, which is then begun anew.

    `UserError`: `demo.folder_taken` where it holds anything and no demo made it, `demo.folder_mixed` where files came
    in that are not the demo's, `file.is_no_folder`, `folder.read_only`. Then nothing was touched.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = sorted(entry.name for entry in folder.iterdir())
        if found:
            _check(folder, found)
            _clear(folder, found)
        (folder / MARKER).write_text("\n".join(sorted(made_files())) + "\n", encoding="utf-8")
    except (FileExistsError, NotADirectoryError) as problem:
        raise UserError("file.is_no_folder", path=str(folder)) from problem
    except PermissionError as problem:
        raise UserError("folder.read_only", file=MARKER, folder=str(folder)) from problem


def _check(folder: Path, found: Sequence[str]) -> None:
    if not (folder / MARKER).is_file():
        raise UserError("demo.folder_taken", folder=str(folder), found=found[:5])
    foreign = [name for name in found if name not in made_files()]
    if foreign:
        raise UserError("demo.folder_mixed", folder=str(folder), found=foreign[:5])


def _clear(folder: Path, found: Sequence[str]) -> None:
    """Take away what the last demo made; the marker goes last, so that a clearing that was cut can be repeated."""
    for name in sorted(found, key=lambda name: name == MARKER):
        entry = folder / name
        if name == PRIVATE and entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
