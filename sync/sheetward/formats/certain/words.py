"""Texts that mean themselves: plain text, codes, names, web addresses, postal codes."""

from __future__ import annotations

from typing import Final

from sheetward.formats.certain.arrays import Array, compute, nothing
from sheetward.formats.certain.found import Certain, Found, kept, matched
from sheetward.formats.entry import SCIENTIFIC, Spec

HAN: Final = r"\x{4e00}-\x{9fff}"
"""Ideographs that no normal form changes; rarer ones are for the reader."""
_MARKS: Final = "，。、；：？！“”‘’（）《》【】·—…"
_PLAIN: Final = rf"[!-~{HAN}{_MARKS}](?:[ -~{HAN}{_MARKS}]*[!-~{HAN}{_MARKS}])?"
"""Text that cleaning leaves as it is: visible ASCII, ideographs and Chinese punctuation, no outer space."""
_HOST: Final = r"(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.)+[a-z]{2,63}"


def _but_scientific(texts: Array, mask: Array) -> Array:
    """Take out what Excel shortened; it is never expanded."""
    pc = compute()
    return pc.and_not(mask, matched(texts, SCIENTIFIC.pattern))


def texts(_spec: Spec) -> Certain:
    """Make it for free text."""

    def certain(given: Array, _region: str | None) -> Found:
        return Found(kept(given, _but_scientific(given, matched(given, _PLAIN))))

    return certain


def codes(spec: Spec) -> Certain:
    """Make it for codes: visible ASCII without a space, as it is."""
    shape = r"[!-`{-~]+" if spec.is_on("upper") else r"[!-~]+"

    def certain(given: Array, _region: str | None) -> Found:
        return Found(kept(given, _but_scientific(given, matched(given, shape))))

    return certain


def names(_spec: Spec) -> Certain:
    """Make it for people's names: ideographs alone, or words of ASCII letters one space apart."""

    def certain(given: Array, _region: str | None) -> Found:
        return Found(kept(given, matched(given, rf"[{HAN}]+|[A-Za-z.'-]+(?: [A-Za-z.'-]+)*")))

    return certain


def companies(_spec: Spec) -> Certain:
    """Make it for names of companies: plain text in which no space stands beside another."""
    word = rf"[!-~{HAN}{_MARKS}]+"

    def certain(given: Array, _region: str | None) -> Found:
        return Found(kept(given, _but_scientific(given, matched(given, f"{word}(?: {word})*"))))

    return certain


def web_addresses(_spec: Spec) -> Certain:
    """Make it for web addresses in small letters."""

    def certain(given: Array, _region: str | None) -> Found:
        return Found(kept(given, matched(given, rf"(?:(?:https?|ftp)://)?{_HOST}(?::[1-9][0-9]{{0,3}})?(?:/[!-~]*)?")))

    return certain


def postal_codes(spec: Spec) -> Certain:
    """Make it for six digits in China; other countries' codes are for the reader."""
    default = spec.text("defaultRegion", "CN").upper()

    def certain(given: Array, region: str | None) -> Found:
        if (region or default).upper() != "CN":
            return Found(nothing(len(given)))
        return Found(kept(given, matched(given, "[0-9]{6}")))

    return certain
