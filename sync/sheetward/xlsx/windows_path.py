"""What Windows asks of paths: a prefix from 260 characters on, and some names that are no file's. Pure, on every system.

Source: Microsoft, "Naming Files, Paths, and Namespaces" and "Maximum Path Length Limitation".
"""

from __future__ import annotations

import re
from pathlib import PureWindowsPath
from typing import Final

_LONG: Final = "\\\\?\\"
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\..*)?", re.IGNORECASE)
_NOT_IN_NAMES: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def extended(path: str) -> str:
    r"""Give a path as the calls of Windows take it at any length; a relative one stays as it is.

    >>> extended("C:/客户/a.xlsx"), extended(r"\\server\share\a.xlsx"), extended("a.xlsx")
    ('\\\\?\\C:\\客户\\a.xlsx', '\\\\?\\UNC\\server\\share\\a.xlsx', 'a.xlsx')
    """
    known = PureWindowsPath(path)
    spelt = str(known)
    if spelt.startswith((_LONG, "\\\\.\\")) or not known.is_absolute() or ".." in known.parts:
        return spelt
    if spelt.startswith("\\\\"):
        return f"{_LONG}UNC\\{spelt[2:]}"
    return _LONG + spelt


def is_windows_name(name: str) -> bool:
    """Say whether Windows can have a file of this name; others on a shared or synced folder may need to open it.

    >>> [is_windows_name(name) for name in ("客户.xlsx", "con.xlsx", "COM1", "console.xlsx", "a:b.xlsx", "a.xlsx ", "a.")]
    [True, False, False, True, False, False, False]
    """
    return not (_RESERVED.fullmatch(name) or _NOT_IN_NAMES.search(name) or name.endswith((" ", ".")))
