"""Which kind reads a column: every kind by its name, and the kind of each standard type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sheetward.errors import UserError
from sheetward.formats import category, country, day, email, number, phone, text
from sheetward.formats.entry import Read, Spec

Make: TypeAlias = "Callable[[Spec], Read]"

MAKERS: Final[Mapping[str, Make]] = {
    "category": category.make,
    "code": text.make_code,
    "country": country.make,
    "date": day.make,
    "email": email.make,
    "integer": number.make,
    "number": number.make,
    "percent": number.make_percent,
    "phone": phone.make,
    "text": text.make,
}
KINDS: Final = tuple(MAKERS)
"""Every name that `x:format` may give as its kind."""

_OF_TYPE: Final[Mapping[str, Make]] = {
    "any": text.make_any,
    "date": day.make,
    "integer": number.make,
    "number": number.make,
}
_OF_FORMAT: Final[Mapping[str, Make]] = {"email": email.make}


def maker(spec: Spec) -> Make:
    """Give the kind for a field: its `x:format`, else categories, else the standard's type and string format."""
    name = spec.text("kind")
    if name:
        if name not in MAKERS:
            raise UserError("formats.unknown_kind", kind=name, kinds=KINDS)
        return MAKERS[name]
    if spec.field.categories:
        return category.make
    if spec.field.type == "string":
        return _OF_FORMAT.get(spec.field.format, text.make)
    return _OF_TYPE.get(spec.field.type, text.make)
