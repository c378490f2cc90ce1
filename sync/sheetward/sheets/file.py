"""The closed file of a sheet: read whole, replaced whole, with what the workspace keeps about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from sheetward.xlsx import closed
from sheetward.xlsx.closed import FileImage, IntentJournal
from sheetward.xlsx.copies import Copies
from sheetward.xlsx.file_steps import FileSteps


def _nothing(_step: str) -> None:
    return None


class SheetFile:
    """One file under one journal key (its binding's id).

    `copies` is the workspace's folder for displaced bytes. `on_step` is called with `during_write` when the new file
    lies complete beside the old one and nothing was exchanged yet. `steps` are the file system's, for tests of faults.
    """

    def __init__(
        self,
        path: Path,
        key: str,
        journal: IntentJournal,
        copies: Path,
        *,
        on_step: Callable[[str], None] = _nothing,
        steps: FileSteps | None = None,
    ) -> None:
        self.path = path
        self.key = key
        self._journal = journal
        self._copies = Copies(copies)
        self._on_step = on_step
        self._steps = steps

    @property
    def name(self) -> str:
        """Give what messages call the file."""
        return self.path.name

    def read(self) -> FileImage:
        """Read the file; a replacement that was cut off is first brought to its end. Errors as `closed.read_stable`."""
        if self._journal.get(self.key) is not None:
            closed.recover(self.path, self._journal, self.key, self._copies, steps=self._steps)
        return closed.read_stable(self.path)

    def follow(self, former: SheetFile) -> None:
        """Take over what the workspace keeps about the file under its former path, a replacement cut off there included."""
        if self._journal.get(former.key) is not None:
            closed.recover(former.path, self._journal, former.key, self._copies, steps=self._steps)
        self._copies.take_over(former.key, self.key)

    def displaced(self, sha256: str) -> bytes | None:
        """Give bytes that the file once held, where a copy of them is still kept."""
        return self._copies.read(self.key, sha256)

    def check_writable(self) -> None:
        """Raise what a replacement would meet: `GuardError('sheet.open')`, `UserError('folder.read_only')` and such."""
        closed.check_writable(self.path, steps=self._steps)

    def replace(
        self,
        write: Callable[[BinaryIO], None],
        base: str,
        verify: Callable[[bytes], None],
        *,
        purge: bool = False,
    ) -> str:
        """Replace the bytes and give their SHA-256; `base` is that of the bytes the new ones were made from.

        `write` fills the new file, `verify` is given its bytes. With `purge` no copy of former bytes is kept. Errors as `closed.replace`.
        """

        def looked_at(path: Path) -> None:
            verify(path.read_bytes())
            self._on_step("during_write")

        return closed.replace(
            self.path,
            write,
            expected_sha256=base,
            journal=self._journal,
            key=self.key,
            verify=looked_at,
            copies=self._copies,
            steps=self._steps,
            purge=purge,
        )
