"""The steps that a file replacement is made of, each one call, so that tests can let it die at any of them."""

from __future__ import annotations

import ctypes
import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from sheetward.xlsx.exchange import exchange

_ACCESS_LIST_AND_ATTRIBUTES: Final = 1 | 4
"""COPYFILE_ACL and COPYFILE_XATTR of macOS."""


class FileSteps:
    """The real file system. `OSError` as the system raises it; `FileNotFoundError` where a file is not there."""

    def stat(self, path: Path) -> os.stat_result:
        """Give size, times and file id."""
        return path.stat()

    def read(self, path: Path) -> bytes:
        """Read a file whole."""
        return path.read_bytes()

    def create(self, path: Path, fill: Callable[[BinaryIO], None]) -> None:
        """Make a new file that only its owner may read, fill it, and bring it to the disk."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "w+b") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())

    def keep_attributes(self, source: Path, target: Path) -> None:
        """Give a new file the owner, mode, access list and extended attributes of another, as far as the system lets us."""
        known = source.stat()
        if hasattr(os, "chown"):
            for owner, group in ((known.st_uid, known.st_gid), (-1, known.st_gid)):
                try:
                    os.chown(target, owner, group)
                    break
                except PermissionError:
                    continue
        if hasattr(os, "listxattr"):
            for name in os.listxattr(source):
                try:
                    os.setxattr(target, name, os.getxattr(source, name))
                except OSError:
                    continue
        if sys.platform == "darwin":
            copyfile = ctypes.CDLL(None).copyfile
            copyfile(os.fsencode(source), os.fsencode(target), None, _ACCESS_LIST_AND_ATTRIBUTES)
        shutil.copymode(source, target)
        self._sync(target)

    def exchange(self, new: Path, target: Path) -> bool:
        """Exchange two files in one step; `False` where the system cannot."""
        return exchange(new, target)

    def replace(self, source: Path, target: Path) -> None:
        """Move a file over another in one step; what was there is gone."""
        source.replace(target)

    def move(self, source: Path, target: Path) -> None:
        """Give a file another name; `FileExistsError` where that name is taken."""
        if target.exists():
            raise FileExistsError(target)
        source.rename(target)

    def unlink(self, path: Path) -> None:
        """Delete a file."""
        path.unlink()

    def sync_folder(self, folder: Path) -> None:
        """Bring a folder's names to the disk; Windows does that by itself."""
        if os.name == "posix":
            self._sync(folder)

    def _sync(self, path: Path) -> None:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError:
            if not stat.S_ISDIR(path.stat().st_mode):
                raise
        finally:
            os.close(handle)
