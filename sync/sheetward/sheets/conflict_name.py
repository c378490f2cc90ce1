"""The names under which programs that sync folders keep the loser of two saves. Pure: judged by the name alone.

Two people save one file at the same time; the program cannot merge workbooks, so it keeps one under the file's name and
lays the other beside it. Its name says so (a *sure* name), or only hints at it: a number, the word copy, the name of a
computer. A hint counts only together with the content.

Sources: the help pages of Dropbox, OneDrive, Nutstore, Nextcloud, Seafile and Syncthing; the Nutstore clients write
`-NSConflict` with nickname and version on macOS and Linux, `-conflict` or `-冲突` on Windows, WPS `-副本`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

_UNMISTAKABLE: Final = (
    ("Syncthing", r"\.sync-conflict-\d{8}-\d{6}.*"),
    ("Seafile", r" ?\(SFConflict .*\)"),
    ("Nutstore (坚果云)", r"-NSConflict.*"),
    ("Dropbox, Nextcloud", r" ?[(（].*(?:conflicted copy|case conflict|的冲突副本|大小写冲突).*[)）].*"),
    ("OneDrive", r"-(?:DESKTOP|LAPTOP|WIN)-[A-Z0-9]{6,8}(?:-\d+)?"),
)
"""What follows the file's own stem, tried in this order: nobody would name a file of theirs like this."""
_SURE: Final = (
    *_UNMISTAKABLE,
    ("Synology Drive", r"_.+_Conflict"),
    ("Nutstore (坚果云)", r" ?-(?:conflict|冲突)(?:[-_ (（\d].*)?"),
    ("WPS", r"[ _-]?[(（\[【](?:版本)?冲突(?:文件|副本|版本)?[^)）\]】]*[)）\]】].*"),
    ("WPS", r"[ _-](?:版本)?冲突(?:文件|副本|版本)(?:[-_ (（\d].*)?"),
    ("pCloud, Google Drive", r" ?[(\[].*conflict.*[)\]].*"),
)
"""Beside a file of that stem these are no doubt either."""
_HINT: Final = (
    ("OneDrive", r"-[A-Za-z][A-Za-z0-9-]{1,14}(?:-\d+)?"),
    ("OneDrive, Google Drive", r" ?[(（]\d{1,3}[)）]"),
    ("iCloud Drive", r" \d{1,3}"),
    ("WPS", r" ?- ?(?:副本|Copy|copy)(?: ?[(（]?\d{1,3}[)）]?)?"),
)


def _compiled(patterns: tuple[tuple[str, str], ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((program, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for program, pattern in patterns)


_SURE_AFTER: Final = _compiled(_SURE)
_HINT_AFTER: Final = _compiled(_HINT)
_SURE_ALONE: Final = _compiled(tuple((program, f"(?P<stem>.+?){pattern}") for program, pattern in _UNMISTAKABLE))


@dataclass(frozen=True, slots=True)
class ConflictName:
    """What a name says: whose copy it is (a file name), which program writes such names, whether the name alone proves it."""

    original: str
    program: str
    is_sure: bool


def conflict_name(name: str, original: str) -> ConflictName | None:
    """Say whether a name is that of a conflict copy of a file, or hints at it; `None` for any other name.

    >>> conflict_name("客户-DESKTOP-1A2B3C4.xlsx", "客户.xlsx")
    ConflictName(original='客户.xlsx', program='OneDrive', is_sure=True)
    >>> conflict_name("客户 2.xlsx", "客户.xlsx").is_sure, conflict_name("客户名单.xlsx", "客户.xlsx")
    (False, None)
    """
    here, known = PurePath(_plain(name)), PurePath(_plain(original))
    if here.suffix.lower() != known.suffix.lower() or not here.stem.casefold().startswith(known.stem.casefold()):
        return None
    rest = here.stem[len(known.stem) :]
    for patterns, is_sure in ((_SURE_AFTER, True), (_HINT_AFTER, False)):
        for program, pattern in patterns:
            if pattern.fullmatch(rest):
                return ConflictName(original, program, is_sure)
    return None


def sure_conflict_name(name: str) -> ConflictName | None:
    """Say whether a name is unmistakably that of a conflict copy, whether or not the file that it was of is still there.

    >>> sure_conflict_name("客户 (王芳 的冲突副本 2026-11-25).xlsx").original
    '客户.xlsx'
    >>> sure_conflict_name("orders-east.xlsx"), sure_conflict_name("conflicts.xlsx")
    (None, None)
    """
    path = PurePath(_plain(name))
    for program, pattern in _SURE_ALONE:
        found = pattern.fullmatch(path.stem)
        if found and found["stem"].strip():
            return ConflictName(found["stem"].rstrip() + path.suffix, program, is_sure=True)
    return None


def _plain(name: str) -> str:
    """Give a name as it compares: macOS takes letters and their accents apart."""
    return unicodedata.normalize("NFC", name)
