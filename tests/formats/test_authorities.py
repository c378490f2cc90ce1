"""Decisions compared with the libraries that are the authority, on inputs generated here."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from babel import Locale
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st
from sheetward.cells import value_of
from sheetward.formats import Reading, cn_id, country, normalize, phone, uscc
from stdnum import get_cc_module
from stdnum.cn import ric
from stdnum.cn import uscc as library_uscc

REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "IT",
    "ES",
    "JP",
    "KR",
    "SG",
    "HK",
    "MO",
    "TW",
    "IN",
    "AU",
    "RU",
    "BR",
    "NL",
    "CH",
    "TH",
    "VN",
    "MX",
    "AR",
)


def _value(reading: Reading) -> object:
    return value_of(reading.cell) if reading.is_settled else None


@pytest.mark.parametrize("region", REGIONS)
def test_foreign_numbers_are_judged_as_libphonenumber_does(region: str) -> None:
    """Example numbers of every type, with digits changed, dropped and added."""
    dice = random.Random(region)
    for kind in (0, 1, 2, 3, 4, 6):
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        international = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        for text in _mutants(dice, national, 12) + _mutants(dice, international, 12):
            try:
                number = phonenumbers.parse(text, region)
                expected = (
                    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                    if phonenumbers.is_valid_number(number)
                    else None
                )
            except phonenumbers.NumberParseException:
                expected = None
            assert _value(normalize("phone", text, region=region)) == expected, text


def _mutants(dice: random.Random, text: str, count: int) -> list[str]:
    found = [text]
    for _ in range(count):
        place = dice.randrange(len(text))
        new = text[:place] + dice.choice("0123456789") + text[place + dice.choice([0, 1, 1, 1]) :]
        found.append(new if dice.random() < 0.8 else text[:place] + text[place + 1 :])
    return [new for new in found if "x" not in new and new.count("+") == text.count("+")]


def test_the_quick_way_for_chinese_mobiles_agrees_with_the_numbering_plan() -> None:
    """Every block of five digits: the pattern takes none that the library refuses."""
    for block in range(10_000, 20_000):
        text = f"{block}138000"
        number = phonenumbers.parse(text, "CN")
        if phone.MOBILE.fullmatch(text):
            assert phonenumbers.is_valid_number(number), text
            assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        else:
            assert (
                not phonenumbers.is_valid_number(number)
                or text[:3] in {"161", "174"}
                or _value(normalize("phone", text)) is None
            ), text


def test_chinese_numbers_that_are_settled_are_valid() -> None:
    """Nothing invalid passes; of what is valid, only landlines without their zero are held back."""
    dice = random.Random(7)
    for _ in range(3000):
        text = "".join(dice.choice("0123456789") for _ in range(dice.choice([8, 10, 11, 11, 11, 12])))
        reading = normalize("phone", text)
        try:
            number = phonenumbers.parse(text, "CN")
        except phonenumbers.NumberParseException:
            assert not reading.is_settled, text
            continue
        if phonenumbers.is_valid_number(number):
            expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            assert _value(reading) == expected or reading.code == "phone.lost_zero", text
        else:
            assert not reading.is_settled, text


@settings(max_examples=600, deadline=None, database=None, derandomize=True)
@given(
    st.text("abcXYZ019.+_-'张 ", min_size=0, max_size=12),
    st.text("abcXYZ019.-_例 ", min_size=0, max_size=14),
    st.sampled_from(["com", "cn", "co.uk", "中国", "123", "", "test", "local"]),
)
def test_addresses_are_judged_as_email_validator_does(local: str, host: str, top: str) -> None:
    text = f"{local}@{host}.{top}".strip()
    try:
        expected = validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        expected = None
    assert _value(normalize("email", text, options={"typoDomains": "off"})) == expected


def test_identity_numbers_agree_with_the_library_on_the_check_character() -> None:
    dice = random.Random(3)
    for _ in range(2000):
        body = (
            "110105"
            + f"{dice.randint(1900, 2020)}{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}{dice.randint(0, 999):03d}"
        )
        assert cn_id.check_character(body) == ric.calc_check_digit(body + "0")
        number = body + dice.choice("0123456789X")
        assert (_value(normalize("cn_id", number)) == number) == ric.is_valid(number), number


def test_credit_codes_agree_with_the_library() -> None:
    dice = random.Random(5)
    for _ in range(2000):
        body = dice.choice("159") + dice.choice("123") + "".join(dice.choice("0123456789") for _ in range(6))
        body += "".join(dice.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(9))
        assert uscc.check_character(body) == library_uscc.calc_check_digit(body)
        code = body + dice.choice("0123456789ABCDEFGHJKLMNPQRTUWXY")
        assert uscc.is_valid(code) == library_uscc.is_valid(code), code


@pytest.mark.parametrize(
    ("region", "example"),
    [
        ("DE", "136695976"),
        ("GB", "980780684"),
        ("FR", "40303265045"),
        ("IT", "00743110157"),
        ("NL", "004495445B01"),
        ("AU", "51824753556"),
        ("SG", "00192200M"),
        ("BR", "16727230000197"),
        ("KR", "1168200276"),
        ("IN", "27AAPFU0939F1ZV"),
    ],
)
def test_tax_numbers_agree_with_the_library(region: str, example: str) -> None:
    module = get_cc_module(region.lower(), "vat")
    assert module is not None
    dice = random.Random(region)
    for number in [example, *_mutants(dice, example, 60)]:
        assert normalize("vat", number, region=region).is_settled == module.is_valid(number), number


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_country_is_read_from_the_name_that_is_shown(lang: str) -> None:
    """What the sheet shows for a code means that code when it is typed."""
    for code in sorted(country.codes()):
        assert _value(normalize("country", country.label(code, lang))) == code


def test_every_country_is_read_from_its_names_in_the_cldr() -> None:
    """Names in Chinese, simple and traditional, and English; those of two countries in one stay unsettled."""
    held = [
        (code, name)
        for language in ("zh", "zh_Hant", "en")
        for code in sorted(country.codes())
        if _value(normalize("country", name := str(Locale.parse(language).territories[code]))) != code
    ]
    assert held == []
