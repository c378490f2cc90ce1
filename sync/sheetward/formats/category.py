"""Categories: a closed list of values with labels and synonyms, or an open one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Final, cast

from sheetward_schemas.model import Category

from sheetward.cells import Value, plain_text
from sheetward.formats.entry import Entry, Read, Spec, cleaned, folded, settled, unsettled
from sheetward.formats.reading import Reading

LENGTH_MAX: Final = 60
"""A longer text is no slip of a word of the list."""


def canonical(value: object) -> Value:
    """Give a category's value as a table holds it."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    return cleaned(str(value)) or None


def of(spec: Spec) -> tuple[Category, ...]:
    """Give the categories of the field, or those of the options (for a column without a schema)."""
    given = spec.options.get("categories")
    if spec.field.categories or not isinstance(given, list | tuple):
        return spec.field.categories
    found: list[Category] = []
    for item in cast("list[object]", given):
        if isinstance(item, Mapping):
            entry = cast("Mapping[str, object]", item)
            value, labels = entry.get("value"), entry.get("x:labels")
            by_language = {str(k): str(v) for k, v in cast("Mapping[object, object]", labels or {}).items()}
            label = entry.get("label") or next(iter(by_language.values()), value)
            found.append(Category(value, str(label), by_language))
        else:
            found.append(Category(item, str(item)))
    return tuple(found)


def takes_labels(spec: Spec) -> bool:
    """Say whether people see and type labels: `acceptLabels`, else wherever a label differs from its value."""
    return spec.is_on("acceptLabels", default=bool(spec.options.get("kind")))


def _lookup(spec: Spec, key: Callable[[str], str]) -> dict[str, Value]:
    """Give every accepted spelling, by falling precedence: values, labels, synonyms."""
    table: dict[str, Value] = {}
    categories = of(spec)
    for category in categories:
        table.setdefault(key(plain_text(canonical(category.value))), canonical(category.value))
    if takes_labels(spec):
        for category in categories:
            for text in category.texts:
                table.setdefault(key(text), canonical(category.value))
    synonyms = spec.options.get("synonyms")
    if isinstance(synonyms, Mapping):
        for word, value in cast("Mapping[object, object]", synonyms).items():
            table.setdefault(key(str(word)), canonical(value))
    return table


def make(spec: Spec) -> Read:
    """Make the reader of categories.

    Options: `acceptLabels`, `synonyms` (word to value), `ignoreCase`, `strip` (endings that may be left out, `A级`),
    `open` (other values are accepted as typed, less repeated white space).
    """
    ignores_case = spec.is_on("ignoreCase")
    endings = spec.texts("strip")

    def key(text: str) -> str:
        plain = " ".join(folded(text).split())
        return plain.casefold() if ignores_case else plain

    table = _lookup(spec, key)
    is_open = spec.is_on("open") or not table
    texts = {lang: [c.shown(lang) if takes_labels(spec) else str(c.value) for c in of(spec)] for lang in ("zh", "en")}
    allowed = {f"allowed_{lang}": choices for lang, choices in texts.items()}
    spelled = {key(text): text for c in of(spec) for text in ((str(c.value), *c.texts) if takes_labels(spec) else ())}

    def read(entry: Entry, _region: str | None) -> Reading:
        wanted = key(entry.text)
        if wanted in table:
            return settled(entry, table[wanted])
        for ending in endings:
            rest = wanted.removesuffix(key(ending)).strip()
            if rest != wanted and rest in table:
                return settled(entry, table[rest])
        if is_open:
            return settled(entry, " ".join(entry.text.split()) or None)
        near = [word for word, value in table.items() if word.casefold() == wanted.casefold() and value is not None]
        offers = [plain_text(table[word]) for word in near] or _likely(wanted, table, spelled)
        return unsettled(entry, "category.unknown", *offers, **allowed)

    return read


def _likely(wanted: str, table: Mapping[str, Value], spelled: Mapping[str, str]) -> list[str]:
    """Give what may have been meant by a word that is none of the list, best first; a short code is like any other."""
    if len(wanted) < (5 if wanted.isascii() else 2) or len(wanted) > LENGTH_MAX:
        return []
    close = get_close_matches(wanted, table, n=3, cutoff=0.7)
    parts = [word for word in table if wanted in word or (len(word) > 1 and not word.isascii() and word in wanted)]
    found: dict[Value, str] = {}
    for word in dict.fromkeys((*close, *parts)):
        found.setdefault(table[word], spelled.get(word, plain_text(table[word])))
    return list(found.values())
