"""Files of commands that work outside any workspace: what they displace is kept for their user."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from sheetward.sheets.file import SheetFile
from sheetward.stores.journal import FileJournal
from sheetward.xlsx.copies import Copies


def file_key(path: Path) -> str:
    """Give the journal key of a file: the same for all sheets of one workbook."""
    return "f" + hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]


def state_folder() -> Path:
    """Give the folder of this user in which commands on single files keep copies and journal."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "sheetward"


def marked_files() -> FileJournal:
    """Give what is noted of files that bear the marks of a check: by key, their digest with and without them."""
    return FileJournal(state_folder() / "marked")


def single_file(path: Path) -> SheetFile:
    """Give a file whose former contents go to the user's copies when it is replaced."""
    return SheetFile(path, file_key(path), FileJournal(state_folder() / "journal"), _copies().folder)


def kept_copy(path: Path, data: bytes) -> Path | None:
    """Give the copy of what a file held before it was replaced, `None` where nothing was displaced."""
    return _copies().find(file_key(path), hashlib.sha256(data).hexdigest())


def _copies() -> Copies:
    return Copies(state_folder() / "copies")
