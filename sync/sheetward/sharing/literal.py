"""Values written in rules, read as the canonical values of their field."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from sheetward_schemas.model import Field

from sheetward.cells import Value

USER: Final = "$user."
_NUMBERS: Final = frozenset({"number", "integer"})


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that does not fit its field, with the code that says why."""

    code: str
    facts: Mapping[str, object]


def read_literal(written: object, field: Field, user: Mapping[str, str]) -> Value | Unreadable:
    """Read a value of a rule: numbers as `Decimal`, dates as dates, a category's label as its value.

    `$user.NAME` stands for what is known of the sheet's person. A text column takes no bare number or date: YAML would
    already have dropped its leading zeros.
    """
    if isinstance(written, str) and written.startswith(USER):
        name = written.removeprefix(USER)
        if not user.get(name):
            return Unreadable("share.user_unknown", {"name": name, "known": sorted(user)})
        written = user[name]
    if written is None:
        return None
    if isinstance(written, str):
        written = unicodedata.normalize("NFC", written).strip()
        if not written:
            return None
    if field.type in _NUMBERS:
        return _number(written, field)
    if field.type == "date":
        return _date(written, field)
    if field.type == "datetime":
        return _datetime(written, field)
    if field.type == "boolean":
        return written if isinstance(written, bool) else Unreadable("share.value_boolean", _facts(written, field))
    if not isinstance(written, str):
        return Unreadable("share.value_quotes", _facts(written, field))
    return _category(written, field)


def _facts(written: object, field: Field) -> dict[str, object]:
    return {"value": str(written), "field": field.name}


def _number(written: object, field: Field) -> Decimal | Unreadable:
    wrong = Unreadable("share.value_number", _facts(written, field))
    if isinstance(written, bool) or not isinstance(written, int | float | str | Decimal):
        return wrong
    try:
        number = Decimal(repr(float(written)) if isinstance(written, float) else written)
    except InvalidOperation:
        return wrong
    return number if number.is_finite() else wrong


def _date(written: object, field: Field) -> dt.date | Unreadable:
    if isinstance(written, dt.date) and not isinstance(written, dt.datetime):
        return written
    if isinstance(written, str):
        try:
            return dt.date.fromisoformat(written)
        except ValueError:
            pass
    return Unreadable("share.value_date", _facts(written, field))


def _datetime(written: object, field: Field) -> dt.datetime | Unreadable:
    if isinstance(written, str):
        try:
            written = dt.datetime.fromisoformat(written)
        except ValueError:
            return Unreadable("share.value_date", _facts(written, field))
    if isinstance(written, dt.datetime) and written.tzinfo is None:
        return written
    if isinstance(written, dt.date) and not isinstance(written, dt.datetime):
        return dt.datetime.combine(written, dt.time())  # without a zone: a spreadsheet's times have none
    return Unreadable("share.value_date", _facts(written, field))


def _category(written: str, field: Field) -> str:
    for category in field.categories:
        if written == category.label and isinstance(category.value, str):
            return category.value
    return written
