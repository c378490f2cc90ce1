"""Currencies as ISO 4217 codes, and the marks by which people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, cast

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading

MARKS: Final[Mapping[str, tuple[str, ...]]] = {
    "¥": ("CNY", "JPY"),
    "$": ("USD", "HKD", "SGD", "AUD", "CAD", "NZD", "TWD", "MXN"),
    "元": ("CNY", "HKD", "TWD", "USD", "MOP", "SGD"),
    "圆": ("CNY", "JPY"),
    "圓": ("TWD", "HKD", "JPY"),
    "£": ("GBP", "EGP"),
    "€": ("EUR",),
    "₩": ("KRW", "KPW"),
    "₽": ("RUB",),
    "₹": ("INR",),
    "฿": ("THB",),
    "₫": ("VND",),
    "₱": ("PHP",),
    "块": ("CNY",),
    "块钱": ("CNY",),
    "元人民币": ("CNY",),
    "人民币": ("CNY",),
    "人民币元": ("CNY",),
    "RMB": ("CNY",),
    "RMB¥": ("CNY",),
    "CN¥": ("CNY",),
    "CNH": ("CNY",),
    "JP¥": ("JPY",),
    "US$": ("USD",),
    "HK$": ("HKD",),
    "NT$": ("TWD",),
    "A$": ("AUD",),
    "AU$": ("AUD",),
    "C$": ("CAD",),
    "CA$": ("CAD",),
    "S$": ("SGD",),
    "NZ$": ("NZD",),
    "MOP$": ("MOP",),
    "R$": ("BRL",),
    "RM": ("MYR",),
    "RP": ("IDR",),
    "KR": ("SEK", "NOK", "DKK", "ISK"),
    "美元": ("USD",),
    "美金": ("USD",),
    "刀": ("USD",),
    "欧元": ("EUR",),
    "英镑": ("GBP",),
    "日元": ("JPY",),
    "日圆": ("JPY",),
    "港币": ("HKD",),
    "港元": ("HKD",),
    "新台币": ("TWD",),
    "台币": ("TWD",),
    "澳门元": ("MOP",),
    "澳元": ("AUD",),
    "加元": ("CAD",),
    "新元": ("SGD",),
    "新币": ("SGD",),
    "韩元": ("KRW",),
    "韩币": ("KRW",),
    "卢布": ("RUB", "BYN"),
    "卢比": ("INR", "PKR", "LKR", "NPR"),
    "泰铢": ("THB",),
    "越南盾": ("VND",),
    "瑞士法郎": ("CHF",),
    "法郎": ("CHF", "XOF", "XAF"),
    "YUAN": ("CNY",),
    "RENMINBI": ("CNY",),
    "DOLLAR": ("USD", "HKD", "SGD", "AUD", "CAD"),
    "DOLLARS": ("USD", "HKD", "SGD", "AUD", "CAD"),
    "EURO": ("EUR",),
    "EUROS": ("EUR",),
    "POUND": ("GBP", "EGP"),
    "POUNDS": ("GBP", "EGP"),
    "YEN": ("JPY",),
    "STERLING": ("GBP",),
}
"""Mark, in capitals, to the currencies it may mean, the likeliest first."""


@cache
def codes() -> frozenset[str]:
    """Give the codes that are legal tender somewhere, from the CLDR."""
    from babel.core import get_global

    tenders = get_global("territory_currencies").values()
    return frozenset(code for rows in tenders for code, _, end, is_tender in rows if end is None and is_tender)


@cache
def of_region(region: str) -> frozenset[str]:
    """Give the currencies in use in a country."""
    from babel.core import get_global

    rows = get_global("territory_currencies").get(region, ())
    return frozenset(code for code, _, end, is_tender in rows if end is None and is_tender)


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    from babel import Locale

    table: dict[str, tuple[str, ...]] = {}
    for language in ("zh", "zh_Hant", "en"):
        names = cast("Mapping[str, str]", Locale.parse(language).currencies)
        for code in sorted(codes()):
            key = _key(names.get(code, code))
            table[key] = tuple(dict.fromkeys((*table.get(key, ()), code)))
    return table | {_key(mark): meant for mark, meant in MARKS.items()}


def _key(text: str) -> str:
    return re.sub(r"[\s.()]+", "", folded(text)).upper()


def meant(text: str) -> tuple[str, ...]:
    """Give the currencies that a code, name or mark may mean, the likeliest first; empty where it is none.

    >>> meant("人民币"), meant("eur"), meant("¥"), meant("moon")
    (('CNY',), ('EUR',), ('CNY', 'JPY'), ())
    """
    key = _key(text)
    return (key,) if key in codes() else _names().get(key, ())


def make(spec: Spec) -> Read:
    """Make the reader of currencies; a mark of several (`¥`, `$`) is settled by the row's region alone."""
    default = spec.text("defaultRegion").upper()

    def read(entry: Entry, region: str | None) -> Reading:
        found = meant(entry.text) if isinstance(entry.value, str) else ()
        if not found:
            return unsettled(entry, "currency.unknown")
        if len(found) == 1:
            return settled(entry, found[0])
        local = [code for code in found if code in of_region((region or default).upper())]
        return settled(entry, local[0]) if len(local) == 1 else unsettled(entry, "currency.ambiguous", *found)

    return read
