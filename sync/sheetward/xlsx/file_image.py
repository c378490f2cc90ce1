"""A file's bytes at one moment, read while nobody writes them."""

from __future__ import annotations

import hashlib
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sheetward.errors import TransientError, UserError
from sheetward.xlsx.file_steps import FileSteps
from sheetward.xlsx.file_trouble import of_reading

MAX_FILE: Final = 1 << 30
_ATTEMPTS: Final = 6
_LOOKS_FOR_MISSING: Final = 4
"""Office programs take the old file away for an instant while they save."""
_PAUSE_S: Final = 0.05
_NOT_HERE: Final = 0x00400000 | 0x00001000
"""FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS and FILE_ATTRIBUTE_OFFLINE of Windows."""
_DATALESS: Final = 0x40000000
"""SF_DATALESS of macOS."""


@dataclass(frozen=True, slots=True)
class FileMark:
    """What tells without reading whether a file may have changed."""

    size: int
    mtime_ns: int
    device: int
    file_id: int


@dataclass(frozen=True, slots=True)
class FileImage:
    """A file's bytes at one moment, their SHA-256 in hex, and its mark then."""

    data: bytes
    sha256: str
    mark: FileMark


def digest(data: bytes) -> str:
    """Give the SHA-256 of bytes in hex."""
    return hashlib.sha256(data).hexdigest()


def read_stable(path: Path, *, steps: FileSteps | None = None) -> FileImage:
    """Read a file once, with the same size, time and file id before and after.

    `UserError`: `file.missing`, `file.is_folder`, `file.unreadable`, `file.too_large`. `TransientError`:
    `file.unsettled` where it changes at every look, `file.placeholder` where a synced folder has not fetched it,
    `file.share_away` where its network drive does not answer.
    """
    steps = steps or FileSteps()
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_S * attempt)
        try:
            before = file_mark(path, steps)
            data = steps.read(path)
            if before == file_mark(path, steps) and before.size == len(data):
                return FileImage(data, digest(data), before)
        except OSError as trouble:
            error = of_reading(trouble, path)
            is_gone = isinstance(trouble, FileNotFoundError) and attempt < _LOOKS_FOR_MISSING - 1
            if not (is_gone or (isinstance(error, TransientError) and attempt < _ATTEMPTS - 1)):
                raise error from trouble
    raise TransientError("file.unsettled", file=path.name)


def file_mark(path: Path, steps: FileSteps | None = None) -> FileMark:
    """Give a file's mark without reading it. `OSError` as the system raises it; otherwise errors as `read_stable`."""
    known = (steps or FileSteps()).stat(path)
    if stat.S_ISDIR(known.st_mode):
        raise UserError("file.is_folder", file=path.name, path=str(path))
    if getattr(known, "st_file_attributes", 0) & _NOT_HERE or getattr(known, "st_flags", 0) & _DATALESS:
        raise TransientError("file.placeholder", file=path.name)
    if known.st_size > MAX_FILE:
        raise UserError("file.too_large", file=path.name, limit_mb=MAX_FILE >> 20)
    return FileMark(known.st_size, known.st_mtime_ns, known.st_dev, known.st_ino)
