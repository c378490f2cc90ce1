"""The file of a sheet, as its replica needs it."""

from __future__ import annotations

from typing import Protocol


class SheetFile(Protocol):
    """One file: its bytes read whole, and replaced whole.

    `name` is what messages call it.
    """

    @property
    def name(self) -> str:
        """Give the file's name."""
        ...

    def read(self) -> bytes:
        """Give the bytes as they stood at one moment. `UserError` where there is no such file or it cannot be read."""
        ...

    def check_writable(self) -> None:
        """Raise what a replacement would meet: `GuardError('sheet.open')`, `UserError('folder.read_only')`."""
        ...

    def replace(self, new: bytes, base: str) -> str:
        """Exchange the bytes and give their SHA-256.

        `base` is the SHA-256 of the bytes that `new` was made from. `TransientError('sheet.changed')` where the file is
        no longer those, `TransientError('sheet.open')` where an office program has it open.
        """
        ...
