"""The file of a sheet on this computer: read while nobody writes it, replaced through the guarded exchange."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import BinaryIO

from sheetward.errors import TransientError
from sheetward.ports.store import Journal
from sheetward.stores.journal import FileJournal
from sheetward.xlsx import closed
from sheetward.xlsx.copies import Copies
from sheetward.xlsx.file_steps import FileSteps


class ClosedFile:
    """A `sheetward.sheets.file.SheetFile`. `key` names the file in the journal and among the copies: a binding's id."""

    def __init__(self, path: Path, key: str, journal: Journal, copies: Copies, steps: FileSteps | None = None) -> None:
        self.path = path
        self._key = key
        self._journal = journal
        self._copies = copies
        self._steps = steps or FileSteps()

    @property
    def name(self) -> str:
        """Give the file's name."""
        return self.path.name

    def read(self) -> bytes:
        """Give the bytes; a replacement that was cut off is finished or taken back first."""
        closed.recover(self.path, self._journal, self._key, self._copies, steps=self._steps)
        return closed.read_stable(self.path, steps=self._steps).data

    def check_writable(self) -> None:
        """Raise what a replacement would meet."""
        closed.check_writable(self.path, steps=self._steps)

    def replace(self, new: bytes, base: str) -> str:
        """Exchange the bytes and give their SHA-256."""
        wanted = hashlib.sha256(new).hexdigest()

        def write(file: BinaryIO) -> None:
            file.write(new)

        def verify(path: Path) -> None:
            if hashlib.sha256(path.read_bytes()).hexdigest() != wanted:
                raise TransientError("file.trouble", file=self.name, folder=str(path.parent), reason="hash")

        return closed.replace(
            self.path,
            write,
            expected_sha256=base,
            journal=self._journal,
            key=self._key,
            verify=verify,
            copies=self._copies,
            steps=self._steps,
        )


def state_folder() -> Path:
    """Give the folder of this user in which commands on single files keep copies and journal."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "sheetward"


def single_file(path: Path) -> ClosedFile:
    """Give the file of a command that works outside any workspace; former contents go to the user's copies."""
    key = "f" + hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    folder = state_folder()
    return ClosedFile(path, key, FileJournal(folder / "journal"), Copies(folder / "copies"))
