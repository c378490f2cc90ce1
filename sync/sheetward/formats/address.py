"""Postal addresses: one line, put in order and never rearranged."""

from __future__ import annotations

import re
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, cleaned, settled, unsettled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage

_WIDE: Final = str.maketrans({0xFF10 + n: 0x30 + n for n in range(10)} | {0xFF21 + n: 0x41 + n for n in range(26)})
_HAN: Final = r"[\u3007\u3400-\u9fff]"
_BETWEEN: Final = re.compile(rf"(?<={_HAN})\s+(?={_HAN}|[0-9])|(?<=[0-9])\s+(?=[号弄栋座楼层室单元幢院巷])")
_REPEATED: Final = re.compile(r"([省市区县路号])\1+")


def make(_spec: Spec) -> Read:
    """Make the reader of addresses: one line, no space inside Chinese ones, ASCII digits and capitals.

    A bare number is no address. `号号` is offered without its repetition, never changed.
    """

    def read(entry: Entry, _region: str | None) -> Reading:
        if (damaged := damage(entry, "address")) is not None:
            return damaged
        text = _BETWEEN.sub("", " ".join(cleaned(entry.text).translate(_WIDE).split()))
        if not isinstance(entry.value, str) or not any(sign.isalpha() for sign in text):
            return unsettled(entry, "address.form")
        once = _REPEATED.sub(r"\1", text)
        return settled(entry, text, *(("address.repeated", once) if once != text else ()))

    return read
