"""One field of a schema file: from its node to a `Field`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

from sheetward_schemas.model import Category, Constraints, Field
from sheetward_schemas.tree import Node
from sheetward_schemas.vocabulary import TYPES

STANDARD: Final = {
    "decimalChar": ("number",),
    "groupChar": ("number", "integer"),
    "bareNumber": ("number", "integer"),
    "trueValues": ("boolean",),
    "falseValues": ("boolean",),
    "delimiter": ("list",),
    "itemType": ("list",),
}
"""Properties of the standard that belong to some types only."""


@dataclass(frozen=True, slots=True)
class WrittenField:
    """A field together with where it stands."""

    field: Field
    node: Node


def text_of(node: Node | None) -> str:
    """Give a text or number as text, else the empty string."""
    scalar = None if node is None else node.scalar
    return scalar if isinstance(scalar, str) else str(scalar) if isinstance(scalar, int | Decimal) else ""


def texts_of(node: Node | None) -> tuple[str, ...]:
    """Give the texts of a list, or of a single text."""
    if node is None:
        return ()
    if node.items is None:
        return (text_of(node),) if text_of(node) else ()
    return tuple(text_of(item) for item in node.items if isinstance(item.scalar, str | int | Decimal))


def labels_of(node: Node | None) -> dict[str, str]:
    """Give language to text."""
    entries = (node.entries if node is not None else None) or {}
    return {lang: text_of(entry) for lang, entry in entries.items() if text_of(entry)}


def missing_values_of(node: Node | None) -> tuple[str, ...] | None:
    """Give the texts that mean empty; `None` where nothing is said. A member may be a record with a label."""
    if node is None or node.items is None:
        return None
    return tuple(text_of(item.get("value") if item.entries is not None else item) for item in node.items)


def read_field(node: Node) -> WrittenField | None:
    """Build a field as far as it is written right; `None` where it is no mapping or has no name."""
    name = text_of(node.get("name"))
    if not name:
        return None
    kind = _mapping(node.get("x:format"))
    derived = node.get("x:derived")
    auto = _mapping(node.get("x:auto"))
    type_name = text_of(node.get("type"))
    return WrittenField(
        Field(
            name=name,
            type=type_name if type_name in TYPES else "string",
            format=text_of(node.get("format")) or "default",
            title=text_of(node.get("title")),
            description=text_of(node.get("description")),
            example=_example(node),
            labels=labels_of(node.get("x:labels")),
            aliases=texts_of(node.get("x:aliases")),
            constraints=_constraints(node.get("constraints")),
            categories=_categories(node.get("categories")),
            categories_ordered=_truth(node.get("categoriesOrdered")),
            missing_values=missing_values_of(node.get("missingValues")),
            kind=kind,
            auto=auto or None,
            derived=({"from": text_of(derived)} if text_of(derived) else _mapping(derived) or None),
            sensitivity=text_of(node.get("x:sensitivity")) or "internal",
            renamed_from=texts_of(node.get("x:renamed_from")),
            merge_policy=text_of(node.get("x:merge")) or "ask",
            stale_after=text_of(node.get("x:stale_after")),
            standard={key: entry.plain() for key in STANDARD if (entry := node.get(key)) is not None},
            line=node.line,
        ),
        node,
    )


def _mapping(node: Node | None) -> dict[str, object]:
    return cast("dict[str, object]", node.plain()) if node is not None and node.entries is not None else {}


def _truth(node: Node | None) -> bool:
    return node is not None and node.scalar is True


def _whole(node: Node | None) -> int | None:
    scalar = None if node is None else node.scalar
    return scalar if isinstance(scalar, int) and not isinstance(scalar, bool) else None


def _example(node: Node) -> object:
    entry = node.get("example")
    if entry is not None:
        return entry.plain()
    many = node.get("examples")
    return many.items[0].plain() if many is not None and many.items else None


def _constraints(node: Node | None) -> Constraints:
    if node is None or node.entries is None:
        return Constraints()

    def plain(key: str) -> object:
        entry = node.get(key)
        return None if entry is None else entry.plain()

    enum, json_schema = node.get("enum"), node.get("jsonSchema")
    return Constraints(
        required=_truth(node.get("required")),
        unique=_truth(node.get("unique")),
        min_length=_whole(node.get("minLength")),
        max_length=_whole(node.get("maxLength")),
        minimum=plain("minimum"),
        maximum=plain("maximum"),
        exclusive_minimum=plain("exclusiveMinimum"),
        exclusive_maximum=plain("exclusiveMaximum"),
        pattern=text_of(node.get("pattern")) or None,
        enum=None if enum is None or enum.items is None else tuple(item.plain() for item in enum.items),
        json_schema=_mapping(json_schema) if json_schema is not None else None,
    )


def _categories(node: Node | None) -> tuple[Category, ...]:
    found: list[Category] = []
    for item in () if node is None else node.each():
        value = item.get("value") if item.entries is not None else item
        if value is not None and isinstance(value.scalar, str | int | Decimal):
            labels = labels_of(item.get("x:labels"))
            label = text_of(item.get("label")) or next(iter(labels.values()), "") or text_of(value)
            found.append(Category(value.scalar, label, labels))
    return tuple(found)
