"""One syncer at a time for each workbook on this computer; the lease ends with the process that holds it."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sheetward.errors import TransientError, UserError

_PAUSE_S = 0.05


def _locked(file: IO[Any]) -> bool:
    """Take the lock of an open file; the system lets go of it when the process ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def lease(folder: Path, key: str, name: str, patience_s: float = 20.0) -> Generator[None]:
    """Hold the lease of a workbook. `TransientError('sync.busy')` where another process keeps it for long."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / f"{key}.lock").open("a+b")
    except PermissionError as problem:
        raise UserError("folder.read_only", file=name, folder=str(folder)) from problem
    with file:
        until = time.monotonic() + patience_s
        while not _locked(file):
            if time.monotonic() > until:
                raise TransientError("sync.busy", name=name)
            time.sleep(_PAUSE_S)
        yield
