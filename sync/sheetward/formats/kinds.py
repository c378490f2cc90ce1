"""Which kind reads a column: every kind by its name, and the kind of each standard type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sheetward_schemas.model import Field

from sheetward.errors import UserError
from sheetward.formats import (
    account,
    address,
    amount,
    bank_account,
    birthday,
    category,
    cn_id,
    company,
    country,
    currency,
    day,
    email,
    moment,
    number,
    person_name,
    phone,
    postal_code,
    province,
    structure,
    tax_id,
    text,
    truth,
    uscc,
    web,
)
from sheetward.formats.entry import Read, Spec, folded

Make: TypeAlias = "Callable[[Spec], Read]"


def _list_item(spec: Spec) -> Read:
    """Make the reader of a list's items, of the standard's `itemType`."""
    item = Spec(Field(spec.field.name, type=str(spec.field.standard.get("itemType") or "string")))
    return maker(item)(item)


MAKERS: Final[Mapping[str, Make]] = {
    "address": address.make,
    "amount": amount.make,
    "bank_account": bank_account.make,
    "birthday": birthday.make,
    "boolean": truth.make,
    "category": category.make,
    "cn_id": cn_id.make,
    "code": text.make_code,
    "company": company.make,
    "country": country.make,
    "currency": currency.make,
    "date": day.make,
    "datetime": moment.make_datetime,
    "duration": moment.make_duration,
    "email": email.make,
    "integer": number.make,
    "number": number.make,
    "percent": number.make_percent,
    "person_name": person_name.make,
    "phone": phone.make,
    "postal_code": postal_code.make,
    "province": province.make,
    "qq": account.make_qq,
    "tax_id": tax_id.make,
    "text": text.make,
    "time": moment.make_time,
    "url": web.make_url,
    "uscc": uscc.make,
    "vat": tax_id.make,
    "wechat": account.make_wechat,
    "year": moment.make_year,
    "yearmonth": moment.make_yearmonth,
}
KINDS: Final = tuple(MAKERS)
"""Every name that `x:format` may give as its kind."""

EVIDENT: Final[frozenset[Make]] = frozenset({day.make, moment.make_datetime})
"""Kinds that look at other cells of their column before they read one."""

_OF_TYPE: Final[Mapping[str, Make]] = {
    "any": text.make_any,
    "array": structure.make_array,
    "boolean": truth.make,
    "date": day.make,
    "datetime": moment.make_datetime,
    "duration": moment.make_duration,
    "geojson": structure.make_geojson,
    "geopoint": structure.make_geopoint,
    "integer": number.make,
    "list": structure.list_maker(_list_item),
    "number": number.make,
    "object": structure.make_object,
    "time": moment.make_time,
    "year": moment.make_year,
    "yearmonth": moment.make_yearmonth,
}
_OF_FORMAT: Final[Mapping[str, Make]] = {
    "binary": web.make_binary,
    "email": email.make,
    "uri": web.make_uri,
    "uuid": web.make_uuid,
}


def maker(spec: Spec) -> Make:
    """Give the kind for a field: its `x:format`, else categories, else the standard's type and string format.

    `UserError` (`formats.unknown_kind`) where `x:format` names no kind.
    """
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


def comparison_form(kind: str, value: str) -> str:
    """Give the text by which two canonical values of a kind are compared as the same thing; never shown, never stored.

    >>> comparison_form("company", "上海远洋（集团）有限责任公司"), comparison_form("person_name", "John Smith")
    ('上海远洋集团有限公司', 'johnsmith')
    """
    if kind == "company":
        return company.compared(value)
    return person_name.compared(value) if kind == "person_name" else folded(value).casefold()
