"""Values written in rules, read as the canonical values of their field: as the table's own cells are read."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sheetward_schemas.model import Field

from sheetward.cells import RawCell, State, Value, value_of
from sheetward.formats import column_reader
from sheetward.messages import LANGS

USER: Final = "$user."
_TYPES: Final[Mapping[str, type]] = {
    "number": Decimal,
    "integer": Decimal,
    "date": dt.date,
    "datetime": dt.datetime,
    "boolean": bool,
}
_MISTAKES: Final[Mapping[str, str]] = {
    "number": "share.value_number",
    "integer": "share.value_number",
    "date": "share.value_date",
    "datetime": "share.value_date",
    "boolean": "share.value_boolean",
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that does not fit its field, with the code that says why."""

    code: str
    facts: Mapping[str, object]


def read_literal(
    written: object, field: Field, user: Mapping[str, str], missing_values: tuple[str, ...], *, is_part: bool = False
) -> Value | Unreadable:
    """Read a value of a rule: numbers as `Decimal`, dates as dates, a category's label as its value, 中国 as CN.

    `$user.NAME` stands for what is known of the sheet's person. A text column takes no bare number or date: YAML would
    already have dropped its leading zeros. `is_part` is a beginning or a bound of texts, which has no meaning of its own.
    """
    if isinstance(written, str) and written.startswith(USER):
        name = written.removeprefix(USER)
        if not user.get(name):
            return Unreadable("share.user_unknown", {"name": name, "known": sorted(user)})
        written = user[name]
    if written is None:
        return None
    value = _canonical(written, field, missing_values, is_part=is_part)
    kind = _TYPES.get(field.type)
    if kind is not None:
        is_date_with_time = kind is dt.date and isinstance(value, dt.datetime)
        if not isinstance(value, kind) or is_date_with_time:
            return Unreadable(_MISTAKES[field.type], _facts(written, field))
    return value


def _canonical(written: object, field: Field, missing_values: tuple[str, ...], *, is_part: bool) -> Value | Unreadable:
    if isinstance(written, str):
        return _text(written, field, missing_values, is_part=is_part)
    if field.type not in _TYPES:
        return Unreadable("share.value_quotes", _facts(written, field))
    if isinstance(written, bool):
        return written
    if isinstance(written, int | float):
        number = Decimal(repr(float(written))) if isinstance(written, float) else Decimal(int(written))
        return number if number.is_finite() else Unreadable("share.value_number", _facts(written, field))
    if field.type == "datetime" and isinstance(written, dt.date) and not isinstance(written, dt.datetime):
        return dt.datetime.combine(written, dt.time())  # without a zone: a spreadsheet's times have none
    if isinstance(written, Decimal | dt.date) and getattr(written, "tzinfo", None) is None:
        return written
    return Unreadable(_MISTAKES[field.type], _facts(written, field))


def _text(written: str, field: Field, missing_values: tuple[str, ...], *, is_part: bool) -> Value | Unreadable:
    plain = unicodedata.normalize("NFC", written).strip()
    if is_part and field.type not in _TYPES:
        return plain or None
    reading = column_reader(field, missing_values=missing_values).read(RawCell(State.TEXT, plain))
    if reading.is_settled:
        value = value_of(reading.cell)
        if field.type == "datetime" and isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return dt.datetime.combine(value, dt.time())
        return value
    if field.categories and not field.kind.get("open"):
        known = {f"known_{lang}": [category.shown(lang) for category in field.categories] for lang in LANGS}
        return Unreadable("share.value_category", {**_facts(written, field), **known})
    return plain


def _facts(written: object, field: Field) -> dict[str, object]:
    return {"value": str(written), "field": field.name}
