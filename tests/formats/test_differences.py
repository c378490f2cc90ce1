"""Decisions beside those of the libraries that are the authority, on thousands of generated cells.

Every difference has a name: a rule that says, of this very cell, why ours differs on purpose. A difference without a
rule fails. 2,000 cells stand in the default run; `-m long` takes 20,000.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import phonenumbers
import pytest
from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberFormatError, format_currency, format_decimal, parse_decimal
from email_validator import EmailNotValidError, validate_email
from sheetward.cells import plain_text, value_of
from sheetward.formats import Reading, normalize
from sheetward.formats.country import codes as country_codes
from sheetward.formats.currency import codes as currency_codes
from stdnum import get_cc_module, iban, luhn
from stdnum.cn import ric
from stdnum.cn import uscc as library_uscc
from stdnum.exceptions import InvalidComponent, ValidationError

SHARES = {"phone": 0.4, "email": 0.2, "number": 0.1, "id": 0.2, "date": 0.06, "name": 0.04}


@dataclass(frozen=True)
class Cell:
    """One generated cell, what the authority makes of it (`None`: refused), and what we do."""

    kind: str
    text: str
    authority: str | None
    region: str
    reading: Reading

    @property
    def ours(self) -> str | None:
        return plain_text(value_of(self.reading.cell)) if self.reading.is_settled else None


Rule: TypeAlias = Callable[[Cell], bool]

PHONE: Mapping[str, Rule] = {
    "a Chinese landline without its zero is held back": lambda c: c.reading.code == "phone.lost_zero",
    "letters are never read as digits": lambda c: c.reading.code == "phone.letters",
    "signs that group nothing are not dropped": lambda c: (
        c.reading.code in {"phone.form", "phone.length", "phone.invalid"} and any(sign in c.text for sign in "*&?=_:")
    ),
    "an extension is kept however it is written": lambda c: (
        c.ours is not None
        and ";ext=" in c.ours
        and (c.authority is None or c.ours.startswith(c.authority) or "转" in c.text or c.text.count("-") >= 2)
    ),
}
EMAIL: Mapping[str, Rule] = {
    "mailto:, <...>, full-width letters and outer spaces are taken off": lambda c: (
        c.authority is None
        and c.ours is not None
        and any(sign in c.text for sign in ("mailto:", "<", "＠", "。", " ", "\u3000", "\u200b", "ａ"))
    ),
    "no domain ends in one letter": lambda c: (
        c.ours is None and c.authority is not None and len(c.authority.rpartition(".")[2]) == 1
    ),
    "RFC 5321 allows 64 octets before the @": lambda c: c.ours is None and len(c.text.rpartition("@")[0].encode()) > 64,
}
NUMBER: Mapping[str, Rule] = {
    "a point is no mark of a locale that has commas and spaces": lambda c: (
        c.reading.code == "number.ambiguous" and "." in c.text and "," not in c.text
    ),
}
ID: Mapping[str, Rule] = {
    "Y is a department of registration of GB 32100": lambda c: c.kind == "uscc" and c.text[0] == "Y",
    "GB/T 2260 is asked for the province, not for the years of a county": lambda c: (
        c.kind == "cn_id" and c.ours is not None and _has_unknown_county(c.text)
    ),
}


def _has_unknown_county(number: str) -> bool:
    """Say whether the library refuses a number for its county alone."""
    ric.get_birth_date(number)
    try:
        ric.get_birth_place(number)
    except InvalidComponent:
        return ric.calc_check_digit(number) == number[17]
    return False


NOTHING: Mapping[str, Rule] = {}


def _dressed(dice: random.Random, text: str) -> str:
    """Give a text as people spoil it."""
    turn = dice.random()
    if turn < 0.45:
        return text
    place = dice.randrange(len(text) + 1)
    if turn < 0.65 and text:
        return text[: max(place - 1, 0)] + dice.choice("0123456789") + text[place:]
    if turn < 0.75 and text:
        return text[: max(place - 1, 0)] + text[place:]
    if turn < 0.85:
        return text[:place] + dice.choice("0123456789 -.()*") + text[place:]
    return text


PHONE_REGIONS = (
    *("CN", "HK", "MO", "TW", "US", "CA", "GB", "DE", "FR", "IT", "ES", "PT", "NL", "BE", "CH", "AT", "SE", "NO", "DK"),
    *("FI", "PL", "CZ", "RU", "UA", "TR", "JP", "KR", "SG", "MY", "TH", "VN", "ID", "PH", "IN", "AU", "NZ", "BR", "MX"),
    *("AR", "ZA", "EG", "NG", "AE", "SA", "IL"),
)


def _phones(dice: random.Random) -> Iterator[Cell]:
    while True:
        region = dice.choice(PHONE_REGIONS)
        example = phonenumbers.example_number_for_type(region, dice.choice((0, 1, 2, 3, 4, 6)))
        if example is None:
            continue
        form = dice.choice((0, 1, 2))
        text = _dressed(dice, phonenumbers.format_number(example, form))
        turn = dice.random()
        if region == "CN" and turn > 0.5:
            area = dice.choice(("10", "21", "755", "571", "20", "28"))
            text = f"{area}{dice.choice('2345678')}{dice.randrange(10**7):07d}"
        if turn < 0.04:
            text = dice.choice(("电话：", "手机", "Tel: ", "'")) + text
        elif turn < 0.08:
            text += dice.choice(("转801", " ext. 12", "x5", "#7", "-801"))
        elif turn < 0.10:
            text = "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() else sign for sign in text)
        elif turn < 0.12:
            text = text.replace("0", "O", 1)
        elif turn < 0.14:
            text += f" / {text}"
        yield Cell("phone", text, _library_phone(text, region), region, normalize("phone", text, region=region))


def _library_phone(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain


def _emails(dice: random.Random) -> Iterator[Cell]:
    letters = "abcxyzABC019._+-'!#$%&*/=?^`{|}~张é "
    hosts = ("example", "mail-1", "例子", "ex ample", "-bad", "bad-", "a.b", "xn--fsqu00a", "münchen", "a..b", "1")
    tops = ("com", "cn", "co.uk", "中国", "c", "123", "", "museum", "invalid", "local")
    while True:
        local = "".join(
            dice.choice(letters[: dice.choice((6, 9, 13, 36))]) for _ in range(dice.choice((1, 3, 8, 12, 66)))
        )
        text = f"{local}@{dice.choice(hosts)}.{dice.choice(tops)}"
        turn = dice.random()
        if turn < 0.05:
            text = f"<{text}>"
        elif turn < 0.1:
            text = f"mailto:{text}"
        elif turn < 0.15:
            text = text.replace("@", "＠")
        elif turn < 0.2:
            text = f" {text}\u3000"
        elif turn < 0.25:
            text = text.replace(".", "。", 1) if "." not in local else text
        try:
            known: str | None = validate_email(text, check_deliverability=False).normalized
        except EmailNotValidError:
            known = None
        yield Cell("email", text, known, "", normalize("email", text, options={"typoDomains": "off"}))


def _numbers(dice: random.Random) -> Iterator[Cell]:
    while True:
        locale = dice.choice(("en", "zh", "de", "fr", "it", "es", "ru", "pl", "nl", "pt", "de_CH", "sv"))
        value = Decimal(dice.randint(-(10 ** dice.randint(1, 12)), 10 ** dice.randint(1, 12))) / 10 ** dice.choice(
            (0, 1, 2, 3)
        )
        text = format_decimal(value, locale=locale, decimal_quantization=False).replace("\u2212", "-")
        if dice.random() < 0.4:
            place = dice.randrange(len(text) + 1)
            text = text[:place] + dice.choice("0123456789.,") + text[place:]
        try:
            known: str | None = plain_text(Decimal(parse_decimal(text, locale=locale, strict=True)).normalize() + 0)
            known = plain_text(Decimal(f"{Decimal(known):f}"))
        except (NumberFormatError, ArithmeticError):
            known = None
        yield Cell("number", text, known, locale, normalize("number", text, options={"locale": locale}))


def _stdnum(check: Callable[[str], str], text: str) -> str | None:
    try:
        return check(text)
    except ValidationError:
        return None


VATS = {
    "DE": "136695976", "GB": "980780684", "FR": "40303265045", "IT": "00743110157", "NL": "004495445B01",
    "AU": "51824753556", "SG": "00192200M", "BR": "16727230000197", "KR": "1168200276", "IN": "27AAPFU0939F1ZV",
    "AT": "U13585627", "BE": "0403019261", "DK": "13585628", "FI": "20774740", "PL": "8567346215", "PT": "501964843",
    "ES": "J99216582", "SE": "123456789701", "CZ": "25123891", "HU": "12892312", "IE": "6433435F", "LU": "15027442",
}  # fmt: skip


def _ids(dice: random.Random) -> Iterator[Cell]:
    while True:
        turn = dice.random()
        if turn < 0.35:
            born = dt.date(1900, 1, 1) + dt.timedelta(dice.randrange(46_000))
            body = f"{dice.choice(('110105', '440524', '310115', '650102', '999999', '120101'))}{born:%Y%m%d}{dice.randrange(1000):03d}"
            text = body + (ric.calc_check_digit(body + "0") if dice.random() < 0.7 else dice.choice("0123456789X"))
            if dice.random() < 0.1:
                text = text[:10] + dice.choice("0123456789") + text[11:]
            yield Cell("cn_id", text, _stdnum(ric.validate, text), "", normalize("cn_id", text))
        elif turn < 0.6:
            body = dice.choice("159Y") + dice.choice("123") + "".join(dice.choice("0123456789") for _ in range(6))
            body += "".join(dice.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(9))
            end = library_uscc.calc_check_digit(body) if dice.random() < 0.7 else dice.choice("0123456789ABXY")
            text = body + end
            yield Cell("uscc", text, _stdnum(library_uscc.validate, text), "", normalize("uscc", text))
        elif turn < 0.85:
            region, example = dice.choice(list(VATS.items()))
            place = dice.randrange(len(example))
            text = (
                example if dice.random() < 0.4 else example[:place] + dice.choice("0123456789A") + example[place + 1 :]
            )
            module = get_cc_module(region.lower(), "vat")
            assert module is not None
            known = _stdnum(module.validate, text)
            found = normalize("vat", text, region=region)
            bare = plain_text(value_of(found.cell)).removeprefix(region) if found.is_settled else None
            ours = normalize("text", bare) if bare is not None else found
            yield Cell("vat", text, known.removeprefix(region) if known else None, region, ours)
        elif turn < 0.93:
            country = dice.choice(("DE", "GB", "FR", "NL", "CH", "ES"))
            sizes = {"DE": "18n", "GB": "4a14n", "FR": "20n", "NL": "4a10n", "CH": "17n", "ES": "20n"}[country]
            bban = ("BANK" if "a" in sizes else "") + "".join(
                dice.choice("0123456789") for _ in range(int(sizes.split("a")[-1].rstrip("n")))
            )
            text = f"{country}00{bban}"
            text = f"{country}{iban.calc_check_digits(text)}{bban}" if dice.random() < 0.7 else text
            yield Cell("bank_account", text, _stdnum(iban.validate, text), "", normalize("bank_account", text))
        else:
            body = "62" + "".join(dice.choice("0123456789") for _ in range(dice.choice((13, 14, 16))))
            text = body + (luhn.calc_check_digit(body) if dice.random() < 0.6 else dice.choice("0123456789"))
            yield Cell("card", text, _stdnum(luhn.validate, text), "", normalize("bank_account", text))


def _dates(dice: random.Random) -> Iterator[Cell]:
    while True:
        day = dt.date(1950, 1, 1) + dt.timedelta(dice.randrange(40_000))
        locale, order = dice.choice((("zh", "YMD"), ("en_US", "MDY"), ("en_GB", "DMY"), ("zh_Hant", "YMD")))
        form = dice.choice(("full", "long", "medium", "y-MM-dd", "y/M/d", "dd MMM y", "d/M/y", "M/d/y"))
        if form in {"d/M/y", "M/d/y"}:
            order = "DMY" if form[0] == "d" else "MDY"
        text = format_date(day, form, locale=locale if form not in {"dd MMM y"} else "en")
        yield Cell("date", text, day.isoformat(), locale, normalize("date", text, options={"order": order}))


def _names(dice: random.Random) -> Iterator[Cell]:
    while True:
        language = dice.choice(("zh", "zh_Hant", "en"))
        if dice.random() < 0.5:
            code = dice.choice(sorted(country_codes()))
            text = str(Locale.parse(language).territories[code])
            yield Cell("country", text, code, "", normalize("country", text))
        else:
            code = dice.choice(sorted(currency_codes()))
            text = str(Locale.parse(language).currencies.get(code, code))
            yield Cell("currency", text, code, "", normalize("currency", text))


SOURCES: Mapping[str, tuple[Callable[[random.Random], Iterator[Cell]], Mapping[str, Rule]]] = {
    "phone": (_phones, PHONE),
    "email": (_emails, EMAIL),
    "number": (_numbers, NUMBER),
    "id": (_ids, ID),
    "date": (_dates, NOTHING),
    "name": (_names, NOTHING),
}


def _compare(count: int, seed: int) -> tuple[int, Counter[str], list[Cell]]:
    """Give how many cells were compared, how often each rule explained a difference, and the differences without one."""
    named: Counter[str] = Counter()
    without: list[Cell] = []
    done = 0
    for kind, (make, rules) in SOURCES.items():
        cells = make(random.Random(f"{kind} {seed}"))
        for _ in range(round(count * SHARES[kind])):
            cell = next(cells)
            done += 1
            if cell.ours == cell.authority:
                continue
            rule = next((name for name, holds in rules.items() if holds(cell)), None)
            if rule is None:
                without.append(cell)
            else:
                named[f"{kind}: {rule}"] += 1
    return done, named, without


def _told(done: int, named: Counter[str]) -> None:
    print(f"\n  {done} cells, {named.total()} differences, each with a rule:")
    for rule, count in named.most_common():
        print(f"  {count:6} {rule}")


def _shown(cells: list[Cell]) -> list[str]:
    return [f"{c.kind} {c.region} {c.text!r}: {c.ours} ({c.reading.code}), authority {c.authority}" for c in cells[:20]]


def test_every_difference_from_the_libraries_has_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    done, named, without = _compare(2000, 1)
    with capsys.disabled():
        _told(done, named)
    assert done >= 2000
    assert _shown(without) == []


@pytest.mark.long
def test_every_difference_has_a_rule_on_twenty_thousand_cells(capsys: pytest.CaptureFixture[str]) -> None:
    done, named, without = _compare(20_000, 2)
    with capsys.disabled():
        _told(done, named)
    assert done >= 20_000
    assert _shown(without) == []
    assert set(named) == {f"{kind}: {rule}" for kind, (_, rules) in SOURCES.items() for rule in rules}, "an idle rule"


@pytest.mark.parametrize("locale", ["zh", "en", "de", "fr", "ru"])
def test_an_amount_that_babel_writes_is_read_as_it_was(locale: str) -> None:
    dice = random.Random(locale)
    for _ in range(60):
        value = Decimal(dice.randint(-(10**9), 10**9)) / 100
        text = format_currency(value, "EUR", locale=locale).replace("\u2212", "-").replace("\u200f", "")
        assert value_of(normalize("amount", text, options={"locale": locale}).cell) == value, text
