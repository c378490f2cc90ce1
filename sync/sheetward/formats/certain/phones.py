"""Phone numbers in the shapes that most people type, judged by the plans of libphonenumber compiled to patterns.

A plan's pattern accepts what the library accepts. Where the library may first take something off (a national prefix, a
carrier's code) or looks at more than one country (+1, +44), the number is for the reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from sheetward.formats.certain.arrays import (
    Array,
    compute,
    mask_array,
    nothing,
    null_of,
    text_scalar,
    truths,
    whole_array,
)
from sheetward.formats.certain.found import Certain, Found, kept, matched
from sheetward.formats.entry import Spec
from sheetward.formats.phone import MOBILE

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata

_MOBILE_GROUPS: Final = r"(?:(?:\+|00)86[ -]?)?1[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{4}"
"""The grouping in which the reader takes a Chinese mobile."""
_INTERNATIONAL: Final = r"\+[1-9][0-9]{0,3}(?:[ -]?[0-9]){4,16}"
_CODE_DIGITS: Final = 3
_ONE_SHORT: Final = r"1(?:[3-689][0-9]|7[0-8])[0-9]{7}"
"""Ten digits that begin like a Chinese mobile and like no carrier's code or area code."""
_DESCRIPTIONS: Final = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)


def numbers(spec: Spec) -> Certain:
    """Make it for phone numbers."""
    default = spec.text("defaultRegion", "CN").upper()
    is_national = spec.text("show") == "national" and default == "CN"

    def certain(given: Array, region: str | None) -> Found:
        pc = compute()
        home = (region or default).upper()
        if home != "CN":
            return _grouped(given, home)
        is_bare = matched(given, MOBILE.pattern)
        rest = _grouped(given.filter(pc.invert(is_bare)), home)
        values = pc.if_else(is_bare, given if is_national else _with_code(given), null_of(given))
        is_other = mask_array(truths(pc.invert(is_bare)))
        return Found(pc.replace_with_mask(values, is_other, rest.values), _spread(is_other, rest.refused))

    def _grouped(given: Array, home: str) -> Found:
        """Recognise numbers with marks of grouping or a country's code, and say what is one digit short."""
        pc = compute()
        bare = pc.replace_substring_regex(given, "[ -]", "")
        values, refused = nothing(len(given)), None
        if home == "CN":
            digits = pc.utf8_slice_codeunits(bare, -11)
            is_mobile = pc.and_(matched(given, _MOBILE_GROUPS), matched(digits, MOBILE.pattern))
            canonical = digits if is_national else _with_code(digits)
            values = pc.if_else(is_mobile, canonical, values)
            is_short = matched(given, _ONE_SHORT)
            refused = pc.and_not(is_short, _is_valid(kept(given, is_short), _plan(86)))
        is_foreign = pc.and_(matched(given, _INTERNATIONAL), pc.is_null(values))
        return Found(_abroad(bare, is_foreign, values, _code_of(default)), refused)

    return certain


def _with_code(digits: Array) -> Array:
    pc = compute()
    return pc.binary_join_element_wise(text_scalar("+86"), digits, text_scalar(""))


def _spread(mask: Array, truth: Array | None) -> Array | None:
    """Put truths about some places where these places are."""
    import numpy as np

    if truth is None:
        return None
    found = np.zeros(len(mask), dtype=bool)
    found[np.flatnonzero(truths(mask))] = truths(truth)
    return mask_array(found)


def _code_of(region: str) -> int:
    import phonenumbers

    return phonenumbers.country_code_for_region(region)


def _abroad(bare: Array, is_asked: Array, values: Array, own_code: int) -> Array:
    """Put the numbers with a plus of every country but the own one among the values; their digits are canonical."""
    import numpy as np
    import phonenumbers

    pc = compute()
    places = np.flatnonzero(truths(is_asked))
    if not len(places):
        return values
    asked = bare.take(whole_array(places))
    heads = pc.utf8_slice_codeunits(asked, 1, 1 + _CODE_DIGITS).dictionary_encode()
    codes = [
        next((code for n in (1, 2, 3) if (code := int(head[:n])) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)
        for head in heads.dictionary.to_pylist()
    ]
    of_place = np.array(codes, dtype=np.int32)[heads.indices.to_numpy(zero_copy_only=False)]
    is_sure = np.zeros(len(bare), dtype=bool)
    for code in set(codes) - {0, own_code}:
        own = np.flatnonzero(of_place == code)
        national = pc.utf8_slice_codeunits(asked.take(whole_array(own)), 1 + len(str(code)))
        is_sure[places[own]] = truths(_is_valid(national, _plan(code)))
    return pc.if_else(mask_array(is_sure), bare, values)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A country's plan: what every number matches, what may be taken off its front, and patterns with their lengths."""

    general: str
    prefix: str
    kinds: tuple[tuple[str, tuple[int, ...]], ...]


@cache
def _plan(code: int) -> _Plan | None:
    """Compile the plan of a calling code's first country, `None` where another country may claim its numbers before."""
    import phonenumbers

    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0]
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    general = None if metadata is None else metadata.general_desc
    if (
        metadata is None
        or metadata.leading_digits is not None
        or general is None
        or not general.national_number_pattern
    ):
        return None
    return _Plan(general.national_number_pattern, _prefix(metadata), _kinds(metadata, general.possible_length))


def _prefix(metadata: PhoneMetadata) -> str:
    return "|".join(filter(None, ("0", metadata.national_prefix_for_parsing)))


def _kinds(metadata: PhoneMetadata, any_length: Sequence[int]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    by_length: dict[tuple[int, ...], list[str]] = {}
    for name in _DESCRIPTIONS:
        description = getattr(metadata, name)
        if description is not None and description.national_number_pattern:
            lengths = tuple(description.possible_length or any_length)
            by_length.setdefault(lengths, []).append(description.national_number_pattern)
    return tuple(("|".join(patterns), lengths) for lengths, patterns in by_length.items())


def _is_valid(national: Array, plan: _Plan | None) -> Array:
    """Say which national numbers a plan surely has; nothing is said for null, or for one that begins like a prefix."""
    import numpy as np

    pc = compute()
    no = mask_array(np.zeros(len(national), dtype=bool))
    if plan is None:
        return no
    length, is_known = pc.utf8_length(national), no
    for pattern, lengths in plan.kinds:
        has_length = pc.is_in(length, value_set=whole_array(lengths).cast(length.type))
        is_known = pc.or_(is_known, pc.and_(has_length, matched(national, pattern)))
    is_known = pc.and_(is_known, matched(national, plan.general))
    return pc.and_not(is_known, pc.match_substring_regex(national, f"^(?:{plan.prefix})"))
