"""Yes and no."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, cast

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading

_TRUE: Final = ("true", "1", "是", "对", "有", "yes", "y", "t", "√", "✓", "✔", "☑")
_FALSE: Final = ("false", "0", "否", "不", "不是", "没有", "错", "no", "n", "f", "×", "✗", "✘", "☒")


def _words(spec: Spec, name: str, otherwise: tuple[str, ...]) -> frozenset[str]:
    given = spec.field.standard.get(name, spec.options.get(name))
    words = [str(word) for word in cast("list[object]", given)] if isinstance(given, list | tuple) else otherwise
    return frozenset(folded(word).casefold() for word in words)


def make(spec: Spec) -> Read:
    """Make the reader of truth; the standard's `trueValues` and `falseValues` replace the usual words."""
    true = _words(spec, "trueValues", _TRUE)
    false = _words(spec, "falseValues", _FALSE)

    def read(entry: Entry, _region: str | None) -> Reading:
        value = entry.value
        if isinstance(value, bool):
            return settled(entry, value)
        word = folded(entry.text).casefold() if isinstance(value, str | Decimal) else ""
        if (word in true) != (word in false):
            return settled(entry, word in true)
        return unsettled(entry, "boolean.form")

    return read
