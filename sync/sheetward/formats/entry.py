"""One cell on its way to a meaning, and the two outcomes that a reading can have."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as default
from decimal import Context, Decimal
from functools import cache
from typing import Final, TypeAlias

from sheetward_schemas.model import Field

from sheetward.cells import RawCell, State, Typed, Value, from_serial, plain_number, plain_text
from sheetward.formats.reading import Reading

Given: TypeAlias = "str | bool | Decimal | dt.date | dt.datetime"
"""What a cell gives to a kind: never nothing, never empty text."""

_UNSEEN_ANYWHERE: Final = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
_UNSEEN: Final = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_UNSEEN_TABLE: Final = dict.fromkeys(map(ord, _UNSEEN))
_OUTER: Final = re.compile(rf"^[\s{_UNSEEN}]+|[\s{_UNSEEN}]+$")
_DOUBLE: Final = Context(prec=15)
_ALL_ZEROS: Final = re.compile(r"(?:\[\$-[0-9A-Fa-f]+\])?(0{2,})(?:;.*)?")
DAMAGED_FROM: Final = Decimal(10) ** 15
"""Excel keeps 15 digits: of an identifier typed as a number from here on, digits are lost."""
SCIENTIFIC: Final = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?E[+-][0-9]{2,}")
"""How Excel spells a long number that it has shortened: `1.38E+10`."""


def cleaned(text: str) -> str:
    r"""Give text in its canonical form: NFC, LF, outer white space and characters that nobody sees gone.

    >>> cleaned("\ufeff 张三\u3000"), cleaned("a\r\nb")
    ('张三', 'a\nb')
    """
    if text.isascii():
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()
    plain = text.translate(_UNSEEN_ANYWHERE).replace("\r\n", "\n").replace("\r", "\n")
    return _OUTER.sub("", unicodedata.normalize("NFC", plain))


@cache
def _folded_character(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) != "Nd" and any(c.isdigit() for c in plain):
        return character  # `²` is not a 2 and `①` no 1: such a cell cannot be settled
    return plain


def folded(text: str) -> str:
    """Give text for parsing: full-width forms to ASCII, one kind of space, nothing unseen.

    NFKC less what it gets wrong in numbers: superscripts and circled digits stay as they are.

    >>> folded("１３８－０013"), folded("10²")
    ('138-0013', '10²')
    """
    if text.isascii():
        return text.strip()
    seen = text.translate(_UNSEEN_TABLE)
    if unicodedata.is_normalized("NFKC", seen):
        return seen.strip()
    return unicodedata.normalize("NFC", "".join(map(_folded_character, seen))).strip()


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed: `value` with its type, `typed` as its spelling, `is_stored` where it comes from a table.

    `number_format` is there for numbers and dates of a sheet; `date_1904` says from when its workbook counts days.
    """

    value: Given
    typed: str
    is_stored: bool = False
    number_format: str = ""
    date_1904: bool = False

    @property
    def text(self) -> str:
        """Give the entry as a text column holds it."""
        return self.value if isinstance(self.value, str) else self.typed

    @property
    def is_damaged(self) -> bool:
        """Say whether digits are lost where the number is an identifier, not an amount."""
        if isinstance(self.value, Decimal):
            return abs(self.value) >= DAMAGED_FROM
        return isinstance(self.value, str) and SCIENTIFIC.fullmatch(self.value) is not None


Read: TypeAlias = "Callable[[Entry, str | None], Reading]"
"""A kind, bound to its options: an entry and the row's region (ISO alpha-2) to a reading. Never raises."""


def _no_options() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Spec:
    """What a kind is made from: the field, its `x:format`, and cells of the column as evidence."""

    field: Field
    options: Mapping[str, object] = default(default_factory=_no_options)
    sample: tuple[Entry, ...] = ()

    def text(self, name: str, otherwise: str = "") -> str:
        """Give an option as text."""
        value = self.options.get(name)
        return otherwise if value is None else str(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Give an option that is a list of texts, or one text."""
        value = self.options.get(name)
        if isinstance(value, list | tuple):
            return tuple(str(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return () if value is None else (str(value),)

    def is_on(self, name: str, *, default: bool = False) -> bool:
        """Give an option that is true or false."""
        value = self.options.get(name)
        return default if value is None else value is True


def number(lexical: str) -> Decimal | None:
    """Read a number cell's lexical text as Excel's double shows it: 15 significant digits; `None` where it is none.

    A whole number keeps all its digits, so that the loss can be seen.

    >>> number("0.30000000000000004"), number("13800138000.0"), number("1e999999"), number("x")
    (Decimal('0.3'), Decimal('13800138000'), None, None)
    """
    try:
        exact = Decimal(lexical)
    except ArithmeticError:
        return None
    if not exact.is_finite() or exact.adjusted() > 308 or (exact and exact.adjusted() < -308):
        return None
    whole = exact == exact.to_integral_value()
    return Decimal(plain_number(exact if whole else _DOUBLE.plus(exact)))


def entry_of(raw: RawCell) -> Entry | Reading | None:
    """Prepare a raw cell; `None` where it is empty, a reading where it can be no value."""
    if raw.state is State.TEXT:
        text = cleaned(raw.text)
        return Entry(text, raw.text, date_1904=raw.date_1904) if text else None
    if raw.state is State.BLANK:
        return None
    if raw.state is State.ERROR:
        return Reading(raw.text or "#ERROR", "cell.error", is_settled=False, facts={"value": raw.text})
    if raw.state is State.UNCACHED:
        return Reading(f"={raw.formula or ''}", "cell.uncached", is_settled=False)
    if raw.state is State.BOOL:
        truth = raw.text in {"1", "TRUE", "true"}
        return Entry(truth, plain_text(truth))
    if raw.state is State.DATE:
        day = from_serial(raw.text, date_1904=raw.date_1904)
        if day is not None:
            return Entry(day, plain_text(day), number_format=raw.number_format)
    value = number(raw.text)
    if value is None:
        text = cleaned(raw.text)
        return Entry(text, raw.text) if text else None
    shown = _shown(value, raw.number_format)
    return Entry(value, shown, number_format=raw.number_format, date_1904=raw.date_1904)


def _shown(value: Decimal, number_format: str) -> str:
    """Spell a number as its cell shows it where the format only adds leading zeros."""
    text = plain_number(value)
    if (zeros := _ALL_ZEROS.fullmatch(number_format)) and text.isdigit():
        return text.zfill(len(zeros[1]))
    return text


def stored(value: Given) -> Entry:
    """Prepare a canonical value to be read again."""
    if isinstance(value, str):
        return Entry(cleaned(value), value, is_stored=True)
    return Entry(value, plain_text(value), is_stored=True)


def settled(entry: Entry, value: Value, code: str | None = None, /, *candidates: str, **facts: object) -> Reading:
    """Give a settled reading, with the typed text where it differs; a code makes it a warning."""
    if isinstance(value, Decimal):
        value = Decimal(plain_number(value))
    if code is not None:
        facts = {"value": entry.text, **facts}
    is_same = entry.typed == plain_text(value) or (value is None and not entry.typed.strip())
    return Reading(value if is_same else Typed(value, entry.typed), code, candidates=candidates[:3], facts=facts)


def unsettled(entry: Entry, code: str, /, *candidates: str, **facts: object) -> Reading:
    """Give a reading that keeps what stands there, with its type.

    A number stays a number and a date a date: as text, `3-5` that became 2024-03-05 would pass as a code when read again.
    """
    offers = tuple(dict.fromkeys(filter(None, candidates)))[:3]
    return Reading(entry.value, code, is_settled=False, candidates=offers, facts={"value": entry.text, **facts})


def as_text(entry: Entry) -> Entry:
    """Give the entry as its text, where a number's or date's format says what its bare value would not."""
    return replace(entry, value=entry.text)
