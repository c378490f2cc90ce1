"""What was recognised in a column of texts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sheetward.cells import MISSING, Cell, Missing, Typed, plain_text
from sheetward.formats.certain.arrays import Array, compute, null_of, text_array, truths


@dataclass(frozen=True, slots=True)
class Found:
    """Canonical values by place, null where the reader is to say; `refused` are texts that it would not settle.

    A value that is there is settled, without a remark. A refused text has no value, and why is the reader's to say.
    """

    values: Array
    refused: Array | None = None


Certain: TypeAlias = "Callable[[Array, str | None], Found]"
"""Texts (a string array, nulls allowed, none of them empty) and the region they have in common, to what was recognised."""


def kept(texts: Array, mask: Array) -> Array:
    """Give texts where the mask is true, else null."""
    pc = compute()
    return pc.if_else(mask, texts, null_of(texts))


def matched(texts: Array, pattern: str) -> Array:
    """Say where a whole text matches a pattern; its classes must name their characters (`[0-9]`, not a backslash and d)."""
    pc = compute()
    return pc.match_substring_regex(texts, f"^(?:{pattern})$")


def without(found: Found, texts: Array, missing: Collection[str]) -> Found:
    """Leave to the reader the texts that mean nothing (`无`, `-`)."""
    pc = compute()
    if not missing:
        return found
    is_missing = pc.is_in(texts, value_set=text_array(sorted(missing)))
    return replace(found, values=pc.if_else(is_missing, null_of(found.values), found.values))


def known_cells(texts: Sequence[str | None], certain: Callable[[Array], Found | None]) -> list[Cell | Missing]:
    """Give the cells that typed texts certainly come to; `MISSING` for those that need the reader, and where there is no text."""
    unknown: list[Cell | Missing] = [MISSING] * len(texts)
    try:
        given = text_array(texts)
    except UnicodeEncodeError:
        return unknown
    found = certain(given)
    if found is None:
        return unknown
    refused = truths(found.refused).tolist() if found.refused is not None else [False] * len(texts)
    return [
        (text if is_refused else MISSING)
        if value is None
        else value
        if plain_text(value) == text
        else Typed(value, text or "")
        for text, value, is_refused in zip(texts, found.values.to_pylist(), refused, strict=True)
    ]
