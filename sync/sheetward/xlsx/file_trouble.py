"""What the operating system says about a file, as errors of ours: refused, full, held by a program, or a share that is away."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

from sheetward.errors import SheetwardError, TransientError, UserError


def _known(*names: str) -> frozenset[int]:
    return frozenset(getattr(errno, name) for name in names if hasattr(errno, name))


_REFUSED: Final = _known("EACCES", "EPERM", "EROFS")
_FULL: Final = _known("ENOSPC", "EDQUOT", "EFBIG")
_SHARE_AWAY: Final = _known(
    *("ESTALE", "EIO", "EREMOTEIO", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ENETRESET"),
    *("ECONNRESET", "ECONNABORTED", "ECONNREFUSED", "ENOTCONN", "ENODEV", "ENXIO", "ESHUTDOWN", "ENOLINK"),
)
_HELD_ON_WINDOWS: Final = frozenset({32, 33})
"""ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION."""
_SHARE_AWAY_ON_WINDOWS: Final = frozenset({53, 55, 59, 64, 67, 121, 1231, 1232})
"""The network path, resource or name is not found or no longer available; a network error; a timeout; unreachable."""


def is_share_away(trouble: OSError) -> bool:
    """Say whether a network drive has gone, its file handles are stale, or the disk behind it fails."""
    return trouble.errno in _SHARE_AWAY or getattr(trouble, "winerror", 0) in _SHARE_AWAY_ON_WINDOWS


def is_held(trouble: OSError) -> bool:
    """Say whether Windows refused because another program holds the file."""
    return getattr(trouble, "winerror", 0) in _HELD_ON_WINDOWS


def of_reading(trouble: OSError, path: Path) -> SheetwardError:
    """Give the error for a file that could not be read."""
    facts = {"file": path.name, "path": str(path), "folder": str(path.parent)}
    if isinstance(trouble, FileNotFoundError) or trouble.errno == errno.ENAMETOOLONG:  # no file can have such a name
        return UserError("file.missing", **facts)
    if is_held(trouble):
        return TransientError("file.unsettled", **facts)
    if is_share_away(trouble):
        return TransientError("file.share_away", **facts)
    return UserError("file.unreadable", **facts)


def of_replacing(trouble: OSError, target: Path) -> SheetwardError:
    """Give the error for a file that could not be replaced; nothing of it has changed."""
    facts = {"file": target.name, "path": str(target), "folder": str(target.parent)}
    if trouble.errno in _FULL:
        return TransientError("folder.full", **facts)
    if is_held(trouble):
        return TransientError("sheet.open", **facts, marker=target.name, owner="")
    if trouble.errno in _REFUSED:
        return UserError("folder.read_only", **facts)
    if trouble.errno == errno.ENOENT:
        return TransientError("sheet.changed", **facts)
    if is_share_away(trouble):
        return TransientError("file.share_away", **facts)
    return TransientError("file.trouble", **facts, reason=trouble.strerror or type(trouble).__name__)
