"""The format kinds that `x:format` may name, and which options each of them takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from sheetward_schemas.mistakes import Mistake
from sheetward_schemas.shapes import AnyValue, Choice, ListOf, MapOf, Record, Shape, Text, Truth, nearest
from sheetward_schemas.tree import Node, read_tree

_REPORT: Final = Choice(("error", "warn", "off"))
_DAY: Final = Text("a date such as 2024-03-05, or the word today", pattern=r"today|[0-9]{4}-[0-9]{2}-[0-9]{2}")

OPTIONS: Final[Mapping[str, Shape]] = {
    "regionFrom": Text("the field that holds the row's country"),
    "defaultRegion": Text("country code where the row names none", pattern="[A-Z]{2}"),
    "show": Choice(("national", "international", "label", "code")),
    "mobile": Choice(("warn",), "a number that is no mobile is told"),
    "typoDomains": _REPORT,
    "standard": Choice(("ISO-3166-1-alpha-2", "ISO-4217"), "the list that the values are of"),
    "open": Truth("values beyond the list are accepted"),
    "acceptLabels": Truth("labels are read as their values"),
    "ignoreCase": Truth(),
    "synonyms": MapOf(Text(loose=True), "other spellings and the value each means"),
    "strip": ListOf(Text(), "endings that do not matter"),
    "legacy15": _REPORT,
    "calendars": ListOf(Choice(("solar", "lunar")), least=1),
    "order": Choice(("YMD", "DMY", "MDY"), "how 03/04/2024 is read"),
    "excelSerial": Truth("numbers in a date column are Excel serials"),
    "notAfter": _DAY,
    "locale": Text(
        "language and country whose way of writing numbers counts, such as zh_CN",
        pattern="[a-z]{2,3}([-_][A-Za-z]{4})?([-_][A-Z]{2})?",
    ),
    "currency": Text("currency code of the whole column", pattern="[A-Z]{3}"),
    "upper": Truth("letters are put in upper case"),
}
"""Options of `x:format` beside `kind`."""

_REGIONAL: Final = ("regionFrom", "defaultRegion")

OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "text": (),
    "person_name": (),
    "company": (),
    "phone": (*_REGIONAL, "show", "mobile"),
    "email": ("typoDomains",),
    "url": (),
    "postal_code": _REGIONAL,
    "address": (),
    "province": (),
    "country": ("standard", "show"),
    "currency": (*_REGIONAL, "standard"),
    "date": ("order", "excelSerial", "notAfter"),
    "datetime": ("order", "notAfter"),
    "birthday": ("calendars", "order"),
    "amount": ("currency", "locale"),
    "number": ("locale",),
    "integer": ("locale",),
    "percent": ("locale",),
    "boolean": (),
    "category": ("open", "acceptLabels", "ignoreCase", "synonyms", "strip"),
    "code": ("upper",),
    "wechat": (),
    "qq": (),
    "bank_account": (),
    "tax_id": _REGIONAL,
    "cn_id": ("legacy15",),
    "uscc": (),
    "vat": _REGIONAL,
}
KINDS: Final = tuple(OF_KIND)
"""The format kinds that `x:format.kind` may name."""

_SHOWS: Final[Mapping[str, tuple[str, ...]]] = {"phone": ("national", "international"), "country": ("label", "code")}
_STANDARDS: Final[Mapping[str, tuple[str, ...]]] = {"country": ("ISO-3166-1-alpha-2",), "currency": ("ISO-4217",)}


def option_mistakes(kind: str, node: Node) -> Iterator[Mistake]:
    """Give the options that a kind does not take, and words that mean something for other kinds only."""
    known = OF_KIND[kind]
    for key, entry in (node.entries or {}).items():
        if key in OPTIONS and key not in known:
            facts = {"key": key, "kind": kind, "known": known}
            yield Mistake("schema.option_of_other_kind", *node.keys[key], entry.path, facts)
    for key, words in (("show", _SHOWS), ("standard", _STANDARDS)):
        place, own = node.get(key), words.get(kind, ())
        if place is not None and own and isinstance(place.scalar, str) and place.scalar not in own:
            suggestion = nearest(place.scalar, own)
            yield place.mistake("schema.unknown_word", value=place.scalar, suggestion=suggestion, known=own)


_GENERAL: Final = ("region", "order", "locale")
"""Options of a call that every kind takes, so that one set of them serves a whole script."""
_OF_CALL: Final[Mapping[str, Shape]] = {
    **OPTIONS,
    "region": Text("the country whose way of writing counts", pattern="[A-Z]{2}"),
    "categories": ListOf(AnyValue(), least=1),
    "trueValues": ListOf(Text(), least=1),
    "falseValues": ListOf(Text(), least=1),
    "delimiter": Text(may_be_empty=False),
}
_MORE: Final[Mapping[str, tuple[str, ...]]] = {
    "category": ("categories",),
    "boolean": ("trueValues", "falseValues"),
}
"""What a schema says of a field itself, and a call without a schema says beside its kind."""


def options_of(kind: str) -> tuple[str, ...]:
    """Give the options that a call may give to a kind, beside those that every kind takes."""
    return (*OF_KIND.get(kind, ()), *_MORE.get(kind, ()))


def called_options(kind: str, text: str) -> tuple[Mapping[str, object], tuple[Mistake, ...]]:
    """Read the options of a call, a JSON object, for one kind; every mistake, those of unknown options first."""
    root, broken = read_tree(text)
    if root is None or root.entries is None:
        return {}, (*broken, Mistake("schema.wants_mapping", 1, 1, "", {"found": "text"}))
    mistakes = [*broken, *Record(_OF_CALL).mistakes(root)]
    taken = tuple(dict.fromkeys((*options_of(kind), *_GENERAL)))
    for key, entry in root.entries.items():
        if key in _OF_CALL and key not in taken:
            facts = {"key": key, "kind": kind, "known": taken}
            mistakes.append(Mistake("schema.option_of_other_kind", *root.keys[key], entry.path, facts))
    return cast("dict[str, object]", root.plain()), tuple(
        sorted(mistakes, key=lambda m: m.code != "schema.unknown_key")
    )
