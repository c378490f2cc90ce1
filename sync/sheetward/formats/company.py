"""Names of companies: stored as typed, compared in a form of their own."""

from __future__ import annotations

import re
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage

_FORMS: Final = (
    (re.compile(r"\bco(?:mpany)?[\s.,]+(?:ltd|limited)\b\.?"), " co ltd "),
    (re.compile(r"\b(?:limited|ltd)\b\.?"), " ltd "),
    (re.compile(r"\b(?:incorporated|inc)\b\.?"), " inc "),
    (re.compile(r"\b(?:corporation|corp)\b\.?"), " corp "),
    (re.compile(r"\bl\.?l\.?c\b\.?"), " llc "),
    (re.compile(r"\bg\.?m\.?b\.?h\b\.?"), " gmbh "),
    (re.compile(r"有限责任公司|有限責任公司"), "有限公司"),
    (re.compile(r"股份有限公司|股份公司"), "股份公司"),
)
_PUNCTUATION: Final = re.compile(r"[\s.,;:'\"’‘“”·\-_&/()\[\]{}<>《》〈〉「」【】〔〕、。]+")


def one_spaced(text: str) -> str:
    """Give text with single inner spaces."""
    return " ".join(text.split())


def make(_spec: Spec) -> Read:
    """Make the reader of company names: repeated white space becomes one space, all else stays as typed."""

    def read(entry: Entry, _region: str | None) -> Reading:
        return damage(entry, "company") or settled(entry, one_spaced(entry.text) or None)

    return read


def compared(name: str) -> str:
    """Give the form in which two spellings of one name are equal: width, case, brackets, marks, ways to write the legal form.

    >>> compared("上海远洋（集团）有限责任公司") == compared("上海远洋(集团) 有限公司"), compared("ABC Co., Ltd.")
    (True, 'abccoltd')
    """
    text = folded(name).casefold()
    for pattern, form in _FORMS:
        text = pattern.sub(form, text)
    return _PUNCTUATION.sub("", text)
