"""Names of people."""

from __future__ import annotations

import re
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage

_HAN: Final = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]+")
_DOTS: Final = re.compile(r"\s*[·•‧∙・･]\s*")


def canonical(text: str) -> str:
    """Give a name with half-width letters, single spaces, and a Chinese name without the space that aligns it.

    `张 三` is 张三; `张三 李四` may be two people and keeps its space. The dot in 阿卜杜拉·买买提 is U+00B7.

    >>> canonical("张　三"), canonical("Ｊｏｈｎ  Smith"), canonical("张三 李四")
    ('张三', 'John Smith', '张三 李四')
    """
    pieces = folded(text).split()
    joined = "".join(pieces)
    if _HAN.fullmatch(joined) and (len(joined) <= 3 or all(len(piece) == 1 for piece in pieces)):
        return joined
    spaced = " ".join(pieces)
    return _DOTS.sub("·", spaced) if any(_HAN.match(c) for c in spaced) else spaced


def make(_spec: Spec) -> Read:
    """Make the reader of people's names."""

    def read(entry: Entry, _region: str | None) -> Reading:
        return damage(entry, "person_name") or settled(entry, canonical(entry.text) or None)

    return read


def compared(name: str) -> str:
    """Give the form in which two spellings of one name are equal."""
    return "".join(c for c in folded(name).casefold() if c.isalnum())
