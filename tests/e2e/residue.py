"""Finds a word in every byte of what belongs to a reader: the workbook and its old copies in the workspace."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from sheetward.app.closed_file import file_key

from .firm import Firm


def spellings(part: bytes) -> Iterator[str]:
    """Give a member's text in every way in which a value may be spelt in it."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        text = part.decode(encoding, "ignore")
        yield text
        yield unescape(re.sub(r"<[^>]*>", "", text))
        yield unquote(unescape(text))


def places_of(word: str, path: Path) -> list[str]:
    """Give the members of a workbook in which a word stands."""
    with zipfile.ZipFile(path) as package:
        return [name for name in package.namelist() if any(word in text for text in spellings(package.read(name)))]


def leaks(firm: Firm, *words: str, name: str = "east") -> list[str]:
    """Give every place of a reader's own things in which one of the words stands: the workbook, its old copies."""
    key = file_key(firm.path(name))
    copies = [copy for copy in (firm.root / ".sheetward").rglob("*.xlsx") if copy.name.startswith(key)]
    return [
        place if path == firm.path(name) else f"{path.name}: {place}"
        for path in (firm.path(name), *copies)
        for word in words
        for place in places_of(word, path)
    ]
