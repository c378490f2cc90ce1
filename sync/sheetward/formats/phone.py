"""Phone numbers, judged by the numbering plans of libphonenumber."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MOBILE: Final = re.compile(r"1(?:[38][0-9]|4[57]|[59][0-35-9]|6[25-7]|7[0-35-8])[0-9]{8}")
"""What the numbering plan gives whole to mobiles; rarer prefixes are looked up. A test compares it with the library."""
_GROUPED: Final = re.compile(r"(?:(?:\+|00)86[ -]?)?(1[0-9]{2})[ -]?([0-9]{4})[ -]?([0-9]{4})")
_LABEL: Final = re.compile(
    r"^(?:(?:联系|办公|移动|固定|公司|家庭)?(?:电话号码|手机号码?|电话|手机|座机|号码)|(?:tel|phone|mobile|mob|cell)(?![a-z]))\s*[:.]?\s*",
    re.IGNORECASE,
)
_EXTENSION: Final = re.compile(
    r"\s*(?:,|;)?\s*(?:转分机|分机号?|转|轉|內線|内线|;ext=|extension|ext|x|#)\s*[.:]?\s*([0-9]{1,7})\s*\)?$",
    re.IGNORECASE,
)
_DASHED_EXTENSION: Final = re.compile(
    r"((?:\(?0[0-9]{2,3}\)?[- ]?|\+?86[- ]?[0-9]{2,3}[- ]?)[2-9][0-9]{6,7}|[48]00[- ]?[0-9]{3}[- ]?[0-9]{4})-([0-9]{1,6})"
)
_MARKS: Final = re.compile(r"[\s\-.()/\u2010-\u2015\u2212~]+")
_SEPARATOR: Final = re.compile(r"[,;、/\\|\n]|\s+(?:or|and|或|和)\s+|或|\s{2,}", re.IGNORECASE)
_NOTE: Final = re.compile(r"[(\[]?[\u3400-\u9fff]+[)\]]?")
_LOOKALIKES: Final = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    import phonenumbers

    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _is_valid(text: str, region: str | None) -> bool:
    import phonenumbers

    number = _parse(text, region)
    return number is not None and phonenumbers.is_valid_number(number)


def national(number: PhoneNumber) -> str:
    """Spell a number as people at home write it: digits, in China the area code before a hyphen (010-62345678)."""
    import phonenumbers

    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    area, _, rest = text.partition(" ")
    digits = "".join(c for c in rest if c.isdigit())
    if number.country_code == 86 and area.startswith("0"):
        return f"{area}-{digits}"
    return "".join(c for c in text if c.isdigit())


def _several(text: str, region: str | None) -> tuple[str, ...]:
    """Give the pieces of a cell that holds more than one number; at least one of them is a number by itself."""
    for pieces in (_SEPARATOR.split(text), text.split()):
        found = tuple(piece.strip() for piece in pieces if sum(c.isdecimal() for c in piece) >= 7)
        if len(found) > 1 and any(_is_valid(piece, region) for piece in found):
            return found
    return ()


def _split_extension(text: str, home: str) -> tuple[str, str]:
    if home == "CN" and (match := _DASHED_EXTENSION.fullmatch(text)):
        return match[1], match[2]
    match = _EXTENSION.search(text)
    return (text[: match.start()], match[1]) if match and match.start() else (text, "")


def bare(text: str) -> str:
    """Take off what surrounds a number: a label, an apostrophe, a `.0` that a program left."""
    plain = folded(text).replace("\u2212", "-").lstrip("'‘’`").removeprefix("tel:")
    plain = _LABEL.sub("", plain).strip()
    return plain.removesuffix(".0") if plain.removesuffix(".0").isdigit() else plain


def make(spec: Spec) -> Read:
    """Make the reader of phone numbers.

    Options: `defaultRegion` (CN), `regionFrom` (the field whose value the caller passes as region), `show: national`
    (numbers of the default region are canonical as at home, `13800138000`, `010-62345678`, extension `-801`; others, and
    all without this option, in E.164 with `;ext=801`), `mobile: warn` (a number of the default region that is not a
    mobile is remarked).
    """
    default = spec.text("defaultRegion", "CN").upper()
    is_national = spec.text("show") == "national"
    wants_mobile = spec.text("mobile") == "warn"

    def read(entry: Entry, region: str | None) -> Reading:
        home = (region or default).upper()
        if (
            home == "CN"
            and (grouped := _GROUPED.fullmatch(entry.text))
            and MOBILE.fullmatch(digits := "".join(grouped.groups()))
        ):
            return settled(entry, digits if is_national and default == "CN" else f"+86{digits}")
        if (damaged := damage(entry, "phone")) is not None:
            return damaged
        return _read(entry, home)

    def _canonical(number: PhoneNumber, home: str, extension: str = "") -> str:
        import phonenumbers

        international = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if is_national and home == default and phonenumbers.region_code_for_number(number) == default:
            text = national(number)
            if _parse(text, default) == number:  # else the plan writes at home what it does not read
                dashed = f"{text}-{extension}"
                if extension and home == "CN" and _DASHED_EXTENSION.fullmatch(dashed):
                    return dashed
                international = text
        return f"{international};ext={extension}" if extension else international

    def _read(entry: Entry, home: str) -> Reading:
        import phonenumbers

        text = bare(entry.text)
        body, extension = _split_extension(text, home)
        region = home if home in phonenumbers.SUPPORTED_REGIONS else None
        if any(c.isalpha() for c in body):
            if several := _several(text, region):
                return unsettled(entry, "phone.several", *_offers(several, home))
            offers = _offer(_NOTE.sub("", body).translate(_LOOKALIKES), home)
            return unsettled(entry, "phone.letters", *offers)
        number = _parse(body, region)
        if number is not None and phonenumbers.is_valid_number(number) and not _has_other_signs(body):
            if home == "CN" and _has_lost_zero(body, number):
                return unsettled(entry, "phone.lost_zero", _canonical(number, home, extension))
            is_home = phonenumbers.region_code_for_number(number) == default
            code = "phone.not_mobile" if wants_mobile and is_home and not _is_mobile(number) else None
            return settled(entry, _canonical(number, home, extension), code)
        if several := _several(text, region):
            return unsettled(entry, "phone.several", *_offers(several, home))
        if region is None and not body.startswith(("+", "00")):
            return unsettled(entry, "phone.region_unknown", region=home)
        return _refused(entry, body, number, home)

    def _offers(texts: tuple[str, ...], home: str) -> tuple[str, ...]:
        found = tuple(offer for text in texts for offer in _offer(text, home))
        return found if len(found) == len(texts) else ()

    def _offer(text: str, home: str) -> tuple[str, ...]:
        import phonenumbers

        if _has_other_signs(text) or any(c.isalpha() for c in text):
            return ()
        number = _parse(text, home if home in phonenumbers.SUPPORTED_REGIONS else None)
        return (_canonical(number, home),) if number and phonenumbers.is_valid_number(number) else ()

    def _refused(entry: Entry, body: str, number: PhoneNumber | None, home: str) -> Reading:
        """Say what is wrong with a number that no plan knows, and what it may be."""
        import phonenumbers

        digits = _MARKS.sub("", body)
        count = sum(c.isdigit() for c in digits)
        offers = (*_offer(f"0{digits}", home), *_offer(f"+{digits}", home)) if digits.isdigit() else ()
        at_home = _parse(body, default) if home != default else None
        if at_home is not None and phonenumbers.is_valid_number(at_home) and not _has_other_signs(body):
            offers = (*offers, _canonical(at_home, home))  # a customer abroad with a number of here
        if number is None or _has_other_signs(body):
            return unsettled(entry, "phone.form", *offers)
        reason = phonenumbers.is_possible_number_with_reason(number)
        is_chinese = number.country_code == 86
        if is_chinese and re.fullmatch(r"1[0-9]{10}", str(number.national_number)):
            return unsettled(entry, "phone.prefix", prefix=str(number.national_number)[:3])
        if is_chinese and re.fullmatch(r"[2-9][0-9]{6,7}", digits):
            return unsettled(entry, "phone.no_area")
        looks_mobile = is_chinese and str(number.national_number).startswith("1")
        if reason != phonenumbers.ValidationResult.IS_POSSIBLE or looks_mobile:
            return unsettled(entry, "phone.length", *offers, digits=count)
        return unsettled(entry, "phone.invalid", *offers, region=home)

    return read


def _has_other_signs(body: str) -> bool:
    """Say whether something stands in a number that is no digit, no mark of grouping and no leading plus."""
    return not _MARKS.sub("", body).removeprefix("+").isdecimal()


def _has_lost_zero(body: str, number: PhoneNumber) -> bool:
    """Say whether a Chinese landline is written without the zero of its area code (1062345678)."""
    import phonenumbers

    is_landline = (
        number.country_code == 86 and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE
    )
    return is_landline and _MARKS.sub("", body) == str(number.national_number)


def _is_mobile(number: PhoneNumber) -> bool:
    import phonenumbers

    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return phonenumbers.number_type(number) in kinds
