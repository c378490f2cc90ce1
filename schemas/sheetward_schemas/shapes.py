"""Shapes: what a document may hold, said once, used twice: to check a file with lines, and as a JSON Schema."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Protocol

from sheetward_schemas.mistakes import Mistake
from sheetward_schemas.tree import Node

NAMESPACED: Final = "^[A-Za-z][A-Za-z0-9_-]*:"
"""Properties of other tools (`acme:colour`), which the standard allows and we leave alone."""


class Shape(Protocol):
    """What one value may look like."""

    def mistakes(self, node: Node) -> Iterator[Mistake]:
        """Give every way in which the value does not fit, each at its line."""
        ...

    def json_schema(self) -> dict[str, object]:
        """Say the same as a JSON Schema."""
        ...


@dataclass(frozen=True, slots=True)
class AnyValue:
    """Whatever."""

    description: str = ""

    def mistakes(self, node: Node) -> Iterator[Mistake]:  # noqa: ARG002
        """Give nothing."""
        return iter(())

    def json_schema(self) -> dict[str, object]:
        """Say that all is well."""
        return _described({}, self.description)


@dataclass(frozen=True, slots=True)
class Text:
    """A text; numbers and dates that were written without quotes count as text where `loose`."""

    description: str = ""
    pattern: str = ""
    loose: bool = False
    may_be_empty: bool = True

    def mistakes(self, node: Node) -> Iterator[Mistake]:
        """Give one where it is no text, or does not match."""
        if not isinstance(node.scalar, str):
            if not (self.loose and isinstance(node.scalar, int | Decimal)):
                yield node.mistake("schema.wants_text", found=kind_of(node))
            return
        if (not self.may_be_empty and not node.scalar.strip()) or (
            self.pattern and re.fullmatch(self.pattern, node.scalar) is None
        ):
            yield node.mistake("schema.bad_text", value=node.scalar)

    def json_schema(self) -> dict[str, object]:
        """Say `string`."""
        schema: dict[str, object] = {"type": ["string", "number"] if self.loose else "string"}
        if self.pattern:
            schema["pattern"] = f"^(?:{self.pattern})$"
        if not self.may_be_empty:
            schema["minLength"] = 1
        return _described(schema, self.description)


@dataclass(frozen=True, slots=True)
class Truth:
    """true or false."""

    description: str = ""

    def mistakes(self, node: Node) -> Iterator[Mistake]:
        """Give one where it is something else."""
        if not isinstance(node.scalar, bool):
            yield node.mistake("schema.wants_truth", found=kind_of(node))

    def json_schema(self) -> dict[str, object]:
        """Say `boolean`."""
        return _described({"type": "boolean"}, self.description)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number that is not below `least`."""

    description: str = ""
    least: int = 0

    def mistakes(self, node: Node) -> Iterator[Mistake]:
        """Give one where it is something else."""
        if not isinstance(node.scalar, int) or isinstance(node.scalar, bool) or node.scalar < self.least:
            yield node.mistake("schema.wants_whole", found=kind_of(node), least=self.least)

    def json_schema(self) -> dict[str, object]:
        """Say `integer`."""
        return _described({"type": "integer", "minimum": self.least}, self.description)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed set of words."""

    words: tuple[str, ...]
    description: str = ""
    code: str = "schema.unknown_word"

    def mistakes(self, node: Node) -> Iterator[Mistake]:
        """Give one that names the nearest word."""
        if not isinstance(node.scalar, str) or node.scalar not in self.words:
            found = node.scalar if isinstance(node.scalar, str) else kind_of(node)
            yield node.mistake(self.code, value=found, suggestion=nearest(str(found), self.words), known=self.words)

    def json_schema(self) -> dict[str, object]:
        """Say `enum`."""
        return _described({"enum": list(self.words)}, self.description)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one shape."""

    member: Shape
    description: str = ""
    least: int = 0

    def mistakes(self, node: Node) -> Iterator[Mistake]:
        """Give those of every member."""
        if node.items is None:
            yield node.mistake("schema.wants_list", found=kind_of(node))
            return
        if len(node.items) < self.least:
            yield node.mistake("schema.too_few", least=self.least)
        for item in node.items:
            yield from self.member.mistakes(item)

    def json_schema(self) -> dict[str, object]:
        """Say `array`."""
        schema: dict[str, object] = {"type": "array", "items": self.member.json_schema()}
        if self.least:
            schema["minItems"] = self.least
        return _described(schema, self.description)


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping from any key to one shape."""

    value: Shape
    description: str = ""

    def mistakes(self, node: Node) -> Iterator[Mistake]:
        """Give those of every value."""
        if node.entries is None:
            yield node.mistake("schema.wants_mapping", found=kind_of(node))
            return
        for entry in node.entries.values():
            yield from self.value.mistakes(entry)

    def json_schema(self) -> dict[str, object]:
        """Say `object`."""
        return _described({"type": "object", "additionalProperties": self.value.json_schema()}, self.description)


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes, told apart by what kind of value they take; the first is the usual one."""

    shapes: tuple[Shape, ...]
    description: str = ""

    def mistakes(self, node: Node) -> Iterator[Mistake]:
        """Give nothing where one fits, else those of the shape that comes nearest."""
        tries = [tuple(shape.mistakes(node)) for shape in self.shapes]
        if all(tries):
            own_kind = [found for found in tries if not any(m.path == node.path and "found" in m.facts for m in found)]
            yield from (own_kind or tries)[0]

    def json_schema(self) -> dict[str, object]:
        """Say `anyOf`."""
        return _described({"anyOf": [shape.json_schema() for shape in self.shapes]}, self.description)


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys. Where `is_open`, keys of other tools (`namespace:property`) are left alone."""

    keys: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    description: str = ""
    is_open: bool = False
    own_namespace: str = "x:"
    hidden: tuple[str, ...] = field(default=())
    """Keys that are accepted but not proposed."""

    def mistakes(self, node: Node) -> Iterator[Mistake]:
        """Give one for each unknown and each missing key, and those of the values."""
        if node.entries is None:
            yield node.mistake("schema.wants_mapping", found=kind_of(node))
            return
        for key, value in node.entries.items():
            shape = self.keys.get(key)
            if shape is not None:
                yield from shape.mistakes(value)
            elif not (self.is_open and re.match(NAMESPACED, key) and not key.startswith(self.own_namespace)):
                line, column = node.keys[key]
                proposed = [name for name in self.keys if name not in self.hidden]
                facts = {"key": key, "suggestion": nearest(key, proposed), "known": tuple(proposed)}
                yield Mistake("schema.unknown_key", line, column, value.path, facts)
        for key in self.required:
            if key not in node.entries:
                yield node.mistake("schema.missing_key", key=key)

    def json_schema(self) -> dict[str, object]:
        """Say `object` with these properties only."""
        schema: dict[str, object] = {
            "type": "object",
            "properties": {key: shape.json_schema() for key, shape in self.keys.items()},
            "additionalProperties": False,
        }
        if self.is_open:
            schema["patternProperties"] = {f"^(?!{self.own_namespace}){NAMESPACED[1:]}": {}}
        if self.required:
            schema["required"] = list(self.required)
        return _described(schema, self.description)


def nearest(word: str, known: tuple[str, ...] | list[str]) -> str | None:
    """Give the known word that was probably meant, `None` where none is near.

    >>> nearest("requird", ("required", "unique")), nearest("fields_match", ("fieldsMatch",)), nearest("zzz", ("required",))
    ('required', 'fieldsMatch', None)
    """
    by_letters = {_letters(name): name for name in reversed(known)}
    exact = by_letters.get(_letters(word))
    if exact:
        return exact
    close = difflib.get_close_matches(_letters(word), list(by_letters), n=1, cutoff=0.7)
    return by_letters[close[0]] if close else None


def kind_of(node: Node) -> str:
    """Name what kind of value a node is, as a word of YAML."""
    if node.entries is not None:
        return "mapping"
    if node.items is not None:
        return "list"
    match node.scalar:
        case None:
            return "nothing"
        case bool():
            return "true/false"
        case str():
            return "text"
        case _:
            return "number"


def _letters(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def _described(schema: dict[str, object], description: str) -> dict[str, object]:
    return {**schema, "description": description} if description else schema
