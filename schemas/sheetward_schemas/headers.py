"""Which field a header means, however it was typed."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from sheetward_schemas.model import Field, TableSchema

_NOTE: Final = re.compile(r"[(\[{【〔<《][^)\]}】〕>》]*[)\]}】〕>》]")
_REQUIRED: Final = re.compile(r"[*＊※✱★●]")


def header_key(text: str) -> str:
    """Give what two headers are compared by: NFKC, no case, spaces, punctuation, asterisks.

    >>> header_key("＊ 客户　编号："), header_key("E-Mail"), header_key("Customer_No.")
    ('客户编号', 'email', 'customerno')
    """
    folded = unicodedata.normalize("NFKC", _REQUIRED.sub("", text)).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def match_header(text: str, schema: TableSchema) -> Field | None:
    """Give the field that a header means, by label, title, name or alias; `None` where none or several would do.

    A note in brackets is ignored where the whole text means nothing: `联系电话（必填）`, `金额 (USD)`. Of several
    lines or parts (`客户姓名 / Name`) each may speak, if they do not disagree.
    """
    known = _keys(schema)
    for candidate in _readings(text):
        keys = [header_key(part) for part in candidate]
        fields = {known[key] for key in keys if key in known}
        if len(fields) == 1:
            return schema.by_name[fields.pop()]
        if fields:
            return None
    return None


def _readings(text: str) -> tuple[tuple[str, ...], ...]:
    """Give the ways to read a header, the literal one first."""
    folded = unicodedata.normalize("NFKC", text)
    bare = _NOTE.sub(" ", folded)
    notes = tuple(note[1:-1] for note in _NOTE.findall(folded))
    parts = tuple(part for part in re.split(r"[\n\r/|]+", bare) if part.strip())
    return ((text,), (bare,), parts, notes)


@lru_cache(maxsize=64)
def _keys_of(headers: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for name, texts in headers:
        for text in texts:
            keys.setdefault(header_key(text), name)
    keys.pop("", None)
    return keys


def _keys(schema: TableSchema) -> dict[str, str]:
    return _keys_of(schema.header_texts)
