"""Exchanging two files of one folder in one step, where the system can."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import time
from pathlib import Path
from typing import Final

from sheetward.xlsx.windows_path import extended

_CANNOT: Final = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}
_SWAP: Final = 2
"""RENAME_EXCHANGE of Linux' renameat2 and RENAME_SWAP of macOS' renamex_np are both 2."""
_HERE: Final = -100
"""AT_FDCWD."""
_RETRIES: Final = 20
_PAUSE_S: Final = 0.1


def aside_of(new: Path) -> Path:
    """Give the name under which Windows holds the displaced file for a moment, before it gets the name of the new one."""
    return new.with_name(new.name + ".old")


def exchange(new: Path, target: Path) -> bool:
    """Exchange two files and say so; `False` where this system or file system cannot, and nothing was done.

    `FileNotFoundError` where one of them is not there. On Windows ReplaceFileW moves the target aside and the new file
    in, and the displaced one is then given the new one's name; sharing violations are tried again for two seconds.
    """
    if sys.platform == "win32":
        _replace_file(new, target)
        return True
    library = ctypes.CDLL(None, use_errno=True)
    one, other = os.fsencode(new), os.fsencode(target)
    if sys.platform == "darwin":
        call = getattr(library, "renamex_np", None)
        failed = call is None or call(one, other, _SWAP)
    else:
        call = getattr(library, "renameat2", None)
        failed = call is None or call(_HERE, one, _HERE, other, _SWAP)
    if not failed:
        return True
    code = ctypes.get_errno()
    if call is None or code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(target))


if sys.platform == "win32":

    def _replace_file(new: Path, target: Path) -> None:
        aside = aside_of(new)
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        for attempt in range(_RETRIES):
            if kernel.ReplaceFileW(*(extended(str(path)) for path in (target, new, aside)), 0, None, None):
                aside.rename(new)
                return
            code = ctypes.get_last_error()
            if code not in (5, 32, 33) or attempt == _RETRIES - 1:
                raise ctypes.WinError(code)
            time.sleep(_PAUSE_S)
