"""What is certain of many texts at once: the common shapes of a kind, recognised and made canonical a column at a time.

A kind's reader decides about one cell and is the authority. What stands here only knows texts of which it is certain
what that reader would say; everything else is null and goes to the reader. A test holds that both never differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sheetward.formats import birthday, company, day, email, person_name, phone, postal_code, tax_id, text, uscc, web
from sheetward.formats import cn_id as id_card
from sheetward.formats.certain import checked, days, mails, phones, words
from sheetward.formats.certain.found import Certain, Found, known_cells, without
from sheetward.formats.entry import Read, Spec

__all__ = ["AT_LEAST", "Certain", "Found", "certain_of", "known_cells", "without"]

AT_LEAST: Final = 10_000
"""Fewer texts than this are read one by one sooner than pyarrow is loaded."""

_Make: TypeAlias = "Callable[[Spec], Read]"
_MAKERS: Final[Mapping[_Make, Callable[[Spec], Certain | None]]] = {
    birthday.make: days.birthdays,
    company.make: words.companies,
    day.make: days.dates,
    email.make: mails.addresses,
    id_card.make: checked.id_cards,
    person_name.make: words.names,
    phone.make: phones.numbers,
    postal_code.make: words.postal_codes,
    tax_id.make: checked.tax_numbers,
    text.make: words.texts,
    text.make_code: words.codes,
    uscc.make: checked.credit_codes,
    web.make_url: words.web_addresses,
}


def certain_of(make: _Make, spec: Spec) -> Certain | None:
    """Give what is certain of a kind's texts, `None` where each one needs the reader."""
    maker = _MAKERS.get(make)
    return None if maker is None else maker(spec)
