"""Tax and VAT numbers of any country, checked by python-stdnum where it knows the country's."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final, cast

from sheetward.formats import uscc
from sheetward.formats.entry import Entry, Read, Spec, settled, unsettled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage, is_doubtful

_LEGACY: Final = re.compile(r"[0-9]{6}[0-9A-Z]{9}")
_ANY: Final = re.compile(r"[0-9A-Z/]{4,20}")
_PREFIXED: Final = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "EL",
        "ES",
        "FI",
        "FR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
        "XI",
        "GB",
    ]
)
_OWN_MODULE: Final = {"US": "stdnum.us.ein", "TW": "stdnum.tw.ubn", "JP": "stdnum.jp.cn", "XI": "stdnum.gb.vat"}


@cache
def _checker(region: str) -> Callable[[str], str] | None:
    """Give the library's check for a country's number, `None` where it has none."""
    from importlib import import_module

    from stdnum import get_cc_module

    if len(region) != 2:
        return None
    if region in _OWN_MODULE:
        return cast("Callable[[str], str]", import_module(_OWN_MODULE[region]).validate)
    found = get_cc_module("gr" if region == "EL" else region.lower(), "vat")
    return None if found is None else found.validate


def _valid(region: str, number: str) -> str | None:
    """Give a number in the library's compact form, `None` where it is refused."""
    from stdnum.exceptions import ValidationError

    check = _checker(region)
    try:
        return None if check is None else check(number)
    except (ValidationError, ValueError):
        return None


def _european(prefix: str, body: str) -> str | None:
    """Give a European number with its prefix; a French or Spanish one may begin with letters of its own."""
    found = _valid(prefix, body)
    return None if found is None else f"{prefix}{found.removeprefix(prefix)}"


def make(spec: Spec) -> Read:
    """Make the reader of tax numbers, by the row's region (option `defaultRegion`, CN).

    China: a unified social credit code, or the fifteen characters of before with a remark. European numbers carry their
    prefix (`DE136695976`), typed or not. Where no check is known, capitals and digits are taken as they are.
    """
    default = spec.text("defaultRegion", "CN").upper()

    def read(entry: Entry, region: str | None) -> Reading:
        if (damaged := damage(entry, "tax_id")) is not None:
            return damaged
        home = (region or default).upper()
        number = uscc.compact(entry.text)
        if not number.isascii():
            return unsettled(entry, "tax_id.form", region=home)
        prefix, body = number[:2], number[2:]
        if prefix in _PREFIXED and (found := _european(prefix, body)) is not None:
            return settled(entry, found)
        if prefix in _PREFIXED and home == "CN" and len(number) != 18:
            return unsettled(entry, "tax_id.invalid", region=prefix)
        return _chinese(entry, number) if home == "CN" else _foreign(entry, number, home)

    return read


def _chinese(entry: Entry, number: str) -> Reading:
    if uscc.is_valid(number):
        return settled(entry, number, "uscc.zeros" if is_doubtful(number) else None)
    if _LEGACY.fullmatch(number):
        return settled(entry, number, "tax_id.legacy15")
    return uscc.refused(entry, number)


def _foreign(entry: Entry, number: str, home: str) -> Reading:
    prefix = "EL" if home == "GR" else home
    if prefix in _PREFIXED:
        found = _european(prefix, number.removeprefix(prefix))
    elif _checker(home) is None:
        found = number if _ANY.fullmatch(number) and len(home) == 2 else None
    else:
        found = _valid(home, number)
    return unsettled(entry, "tax_id.invalid", region=home) if found is None else settled(entry, found)
