"""What contradicts itself within one field of a schema file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, cast

from sheetward_schemas.fields import STANDARD, WrittenField, text_of, texts_of
from sheetward_schemas.kind_options import KINDS, option_mistakes
from sheetward_schemas.lexical import Value, order_of, read_as
from sheetward_schemas.mistakes import Mistake
from sheetward_schemas.model import Field
from sheetward_schemas.patterns import check_pattern
from sheetward_schemas.shapes import nearest
from sheetward_schemas.tree import Node
from sheetward_schemas.vocabulary import BOUNDED, FORMATS, KIND_TYPES, SIZED

_POLICY_TYPES: Final = {"add_up": ("number", "integer"), "longest": ("string",)}
"""Merge policies that mean something for some types only."""

_SEQUENCE: Final = re.compile(r"[^{}]*\{(:0?[0-9]{0,2}d?)?\}[^{}]*")
_DATE_DIRECTIVES: Final = frozenset("aAbBcdDeFfgGhHIjklmMnNOpPrRsSTuUVwWxXyYzZ%-")


def check_field(written: WrittenField) -> Iterator[Mistake]:
    """Give what contradicts itself within one field."""
    field, node = written.field, written.node
    yield from _check_format(field, node)
    yield from _check_constraints(field, node.get("constraints"))
    yield from _check_categories(field, node)
    yield from _check_kind(field, node.get("x:format"))
    yield from _check_auto(field, node.get("x:auto"))
    policy = node.get("x:merge")
    if policy is not None and field.type not in _POLICY_TYPES.get(field.merge_policy, (field.type,)):
        yield policy.mistake(
            "schema.merge_type", policy=field.merge_policy, type=field.type, types=_POLICY_TYPES[field.merge_policy]
        )
    for key, types in STANDARD.items():
        entry = node.get(key)
        if entry is not None and field.type not in types:
            yield entry.mistake("schema.property_type", key=key, type=field.type, types=types)
    both = set(texts_of(node.get("trueValues"))) & set(texts_of(node.get("falseValues")))
    if both:
        yield cast("Node", node.get("falseValues")).mistake("schema.true_and_false", values=tuple(sorted(both)))


def _check_format(field: Field, node: Node) -> Iterator[Mistake]:
    entry = node.get("format")
    if entry is None or not isinstance(entry.scalar, str):
        return
    if field.type in ("date", "time", "datetime"):
        directives = re.findall(r"%(.?)", field.format)
        if field.format not in ("default", "any") and (
            not directives or any(letter not in _DATE_DIRECTIVES or not letter for letter in directives)
        ):
            yield entry.mistake("schema.bad_date_format", value=field.format)
        return
    known = FORMATS.get(field.type, ("default",))
    if field.format not in known:
        yield entry.mistake(
            "schema.unknown_format",
            value=field.format,
            type=field.type,
            known=known,
            suggestion=nearest(field.format, known),
        )


def _check_constraints(field: Field, node: Node | None) -> Iterator[Mistake]:
    if node is None or node.entries is None:
        return
    for key, entry in node.entries.items():
        types = _TYPES_OF.get(key)
        if types is not None and field.type not in types:
            yield entry.mistake("schema.constraint_type", key=key, type=field.type, types=types)
    if field.type in BOUNDED:
        yield from _check_bounds(field, node)
    low, high = field.constraints.min_length, field.constraints.max_length
    if low is not None and high is not None and low > high:
        yield node.entries["maxLength"].mistake("schema.contradiction", low=low, high=high)
    pattern = node.get("pattern")
    if pattern is not None and isinstance(pattern.scalar, str):
        bad = check_pattern(pattern.scalar)
        if bad:
            yield pattern.mistake(bad.code, pattern=pattern.scalar, problem=bad.problem)
    enum = node.get("enum")
    if enum is not None:
        yield from _check_values(field, [(item, item.scalar) for item in enum.each() if item.scalar is not None])


_TYPES_OF: Final = {
    "minLength": SIZED,
    "maxLength": SIZED,
    "minimum": BOUNDED,
    "maximum": BOUNDED,
    "exclusiveMinimum": BOUNDED,
    "exclusiveMaximum": BOUNDED,
    "pattern": ("string",),
    "jsonSchema": ("array", "object"),
}


def _check_bounds(field: Field, node: Node) -> Iterator[Mistake]:
    bounds: dict[str, tuple[Node, object]] = {}
    for key in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
        entry = node.get(key)
        if entry is None or entry.items is not None or entry.entries is not None:
            continue
        value = _read(field.type, entry.scalar)
        order = None if value is None else order_of(field.type, value)
        if order is None:
            yield entry.mistake("schema.bad_bound", key=key, value=text_of(entry), type=field.type)
        else:
            bounds[key] = (entry, order)
    for low in ("minimum", "exclusiveMinimum"):
        for high in ("maximum", "exclusiveMaximum"):
            if low in bounds and high in bounds:
                a, b = cast("tuple[Decimal, Decimal]", (bounds[low][1], bounds[high][1]))
                if a > b or (a == b and (low, high) != ("minimum", "maximum")):
                    lower, upper = bounds[low][0], bounds[high][0]
                    yield upper.mistake("schema.contradiction", low=text_of(lower), high=text_of(upper))


def _read(kind: str, written: object) -> Value:
    try:
        return read_as(kind, written)
    except ValueError:
        return None


def _check_values(field: Field, members: list[tuple[Node, object]]) -> Iterator[Mistake]:
    seen: set[object] = set()
    for place, written in members:
        value = _read(field.type, written)
        if value is None:
            yield place.mistake("schema.bad_value", value=text_of(place), type=field.type)
        elif value in seen:
            yield place.mistake("schema.repeated_value", value=text_of(place))
        seen.add(value)


def _check_categories(field: Field, node: Node) -> Iterator[Mistake]:
    entry = node.get("categories")
    if entry is None:
        ordered = node.get("categoriesOrdered")
        if ordered is not None:
            yield ordered.mistake("schema.order_without_categories")
        return
    if field.type not in ("string", "integer"):
        yield entry.mistake("schema.constraint_type", key="categories", type=field.type, types=("string", "integer"))
        return
    members = [(item, item.get("value") if item.entries is not None else item) for item in entry.each()]
    values = [(value, value.scalar) for _, value in members if value is not None and value.scalar is not None]
    yield from _check_values(field, cast("list[tuple[Node, object]]", values))
    yield from _check_labels(members)
    enum = field.constraints.enum
    if enum is not None:
        allowed = {_read(field.type, member) for member in enum}
        for value, written in values:
            if _read(field.type, written) not in allowed:
                yield value.mistake("schema.category_not_in_enum", value=text_of(value))


def _check_labels(members: list[tuple[Node, Node | None]]) -> Iterator[Mistake]:
    """A label may not be another one's, or another one's value: what a person types must mean one thing."""
    owner: dict[str, str] = {}
    for _, value in members:
        owner.setdefault(text_of(value).casefold(), text_of(value))
    for item, value in members:
        by_language = item.get("x:labels")
        labels = [item.get("label"), *((by_language.entries or {}).values() if by_language is not None else ())]
        mine = text_of(value)
        for label in labels:
            text = text_of(label)
            if label is not None and text and owner.setdefault(text.casefold(), mine) != mine:
                yield label.mistake("schema.label_taken", label=text, other=owner[text.casefold()])


def _check_kind(field: Field, node: Node | None) -> Iterator[Mistake]:
    kind = None if node is None else node.get("kind")
    if node is None or kind is None or kind.scalar not in KINDS:
        return
    yield from option_mistakes(str(kind.scalar), node)
    types = KIND_TYPES.get(str(kind.scalar), ("string", "any"))
    if kind.scalar == "category":
        types = ("string", "integer", "any")
        if not field.categories and field.constraints.enum is None and node.get("open") is None:
            yield kind.mistake("schema.category_without_list")
    if field.type not in types:
        yield kind.mistake("schema.kind_type", kind=kind.scalar, type=field.type, types=types)
    synonyms = node.get("synonyms")
    known = tuple(str(category.value) for category in field.categories)
    if known and synonyms is not None and synonyms.entries is not None:
        for entry in synonyms.entries.values():
            if text_of(entry) not in known:
                facts = {"value": text_of(entry), "suggestion": nearest(text_of(entry), known), "known": known}
                yield entry.mistake("schema.unknown_category", **facts)


def _check_auto(field: Field, node: Node | None) -> Iterator[Mistake]:
    kind = text_of(None if node is None else node.get("kind"))
    if node is None or not kind:
        return
    types = {
        "sequence": ("string", "integer"),
        "today": ("date", "datetime"),
        "now": ("datetime",),
        "user": ("string",),
        "uuid": ("string",),
    }
    if kind in types and field.type not in types[kind]:
        yield node.mistake("schema.auto_type", kind=kind, type=field.type, types=types[kind])
    pattern = node.get("format")
    if pattern is not None and isinstance(pattern.scalar, str):
        if _SEQUENCE.fullmatch(pattern.scalar) is None:
            yield pattern.mistake("schema.bad_sequence", value=pattern.scalar)
        elif field.constraints.max_length is not None and len(pattern.scalar.format(0)) > field.constraints.max_length:
            yield pattern.mistake(
                "schema.contradiction", low=len(pattern.scalar.format(0)), high=field.constraints.max_length
            )
