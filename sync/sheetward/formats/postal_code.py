"""Postal codes, in the form of their country."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage

_SIX, _FIVE, _FOUR = r"[0-9]{6}", r"[0-9]{5}", r"[0-9]{4}"
_SHAPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("CN", "SG", "IN", "RU", "RO", "VN", "KZ", "BY", "KG", "CO"), _SIX),
    **dict.fromkeys(
        ("DE", "FR", "IT", "ES", "FI", "TR", "MX", "TH", "MY", "KR", "ID", "UA", "HR", "EG", "PK", "MA"), _FIVE
    ),
    **dict.fromkeys(("AU", "AT", "BE", "CH", "DK", "NO", "NZ", "HU", "BG", "ZA", "PH", "BD", "SI"), _FOUR),
    "TW": r"[0-9]{3}(?:[0-9]{2,3})?",
    "US": r"[0-9]{5}(?:-[0-9]{4})?",
    "CA": r"[A-CEGHJ-NPR-TVXY][0-9][A-Z] [0-9][A-Z][0-9]",
    "GB": r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}",
    "JP": r"[0-9]{3}-[0-9]{4}",
    "NL": r"[0-9]{4} [A-Z]{2}",
    "BR": r"[0-9]{5}-[0-9]{3}",
    "PL": r"[0-9]{2}-[0-9]{3}",
    "PT": r"[0-9]{4}-[0-9]{3}",
    "SE": r"[0-9]{3} [0-9]{2}",
    "CZ": r"[0-9]{3} [0-9]{2}",
    "SK": r"[0-9]{3} [0-9]{2}",
    "GR": r"[0-9]{3} [0-9]{2}",
}
_CUT: Final[Mapping[str, tuple[int, str]]] = {
    "CA": (3, " "),
    "GB": (-3, " "),
    "JP": (3, "-"),
    "NL": (4, " "),
    "BR": (5, "-"),
    "PL": (2, "-"),
    "PT": (4, "-"),
    "SE": (3, " "),
    "CZ": (3, " "),
    "SK": (3, " "),
    "GR": (3, " "),
}
"""Where a code without its mark is cut, and by what."""
_ANY: Final = re.compile(r"[0-9A-Z](?:[0-9A-Z -]{1,9}[0-9A-Z])?")


def make(spec: Spec) -> Read:
    """Make the reader of postal codes, by the row's region (option `defaultRegion`, CN).

    A number that is one digit short has lost its first zero: that is offered, never added.
    """
    default = spec.text("defaultRegion", "CN").upper()

    def read(entry: Entry, region: str | None) -> Reading:
        if (damaged := damage(entry, "postal_code")) is not None:
            return damaged
        home = (region or default).upper()
        text = " ".join(folded(entry.text).upper().lstrip("'‘’").split())
        shape = _SHAPES.get(home)
        if shape is None:
            return (
                settled(entry, text)
                if len(home) == 2 and _ANY.fullmatch(text)
                else unsettled(entry, "postal_code.form", region=home)
            )
        if re.fullmatch(shape, text):
            return settled(entry, text)
        joined = re.sub(r"[ -]", "", text)
        place, mark = _CUT.get(home, (5, "-") if home == "US" and len(joined) == 9 else (len(joined), ""))
        cut = f"{joined[:place]}{mark}{joined[place:]}" if mark else joined
        if re.fullmatch(shape, cut):
            return settled(entry, cut)
        is_lost = isinstance(entry.value, Decimal) and re.fullmatch(shape, f"0{text}") is not None
        return unsettled(
            entry,
            "postal_code.lost_zero" if is_lost else "postal_code.form",
            f"0{text}" if is_lost else "",
            region=home,
        )

    return read
