"""Categories: a closed list of values with labels and synonyms, or an open one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import cast

from sheetward_schemas.model import Category

from sheetward.cells import Value, plain_text
from sheetward.formats.entry import Entry, Read, Spec, cleaned, folded, settled, unsettled
from sheetward.formats.reading import Reading


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
            value = entry.get("value")
            found.append(Category(value, str(entry.get("label", value))))
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
            table.setdefault(key(category.label), canonical(category.value))
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
    allowed = [category.label for category in of(spec)] if takes_labels(spec) else [str(c.value) for c in of(spec)]

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
        offers = tuple(plain_text(table[word]) for word in near)
        return unsettled(entry, "category.unknown", *offers, allowed=allowed)

    return read
