"""A YAML (or JSON) document as a tree whose every node knows its line.

Only plain data is read: tags of any other kind are mistakes. Size, depth and aliases are limited, so that a hostile
file cannot fill the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sheetward_schemas.mistakes import Mistake

MAX_CHARACTERS: Final = 2_000_000
MAX_DEPTH: Final = 40
MAX_NODES: Final = 200_000
MAX_ALIASES: Final = 1_000

Scalar: TypeAlias = "None | str | bool | int | Decimal"

_TAG: Final = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Node:
    """One value with its place; exactly one of scalar, `items` and `entries` says what it is."""

    line: int
    column: int
    path: str
    scalar: Scalar = None
    items: tuple[Node, ...] | None = None
    entries: dict[str, Node] | None = None
    keys: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """For a mapping: key to the line and column of the key itself."""

    def get(self, key: str) -> Node | None:
        """Give the value under a key; `None` where this is no mapping or lacks it."""
        return None if self.entries is None else self.entries.get(key)

    def each(self) -> Iterator[Node]:
        """Give the members of a list; nothing where this is none."""
        yield from self.items or ()

    def mistake(self, code: str, **facts: object) -> Mistake:
        """Make a mistake that stands here."""
        return Mistake(code, self.line, self.column, self.path, facts)

    def plain(self) -> object:
        """Give the value as plain Python data: dict, list, text, int, Decimal, truth, `None`."""
        if self.entries is not None:
            return {key: node.plain() for key, node in self.entries.items()}
        if self.items is not None:
            return [node.plain() for node in self.items]
        return self.scalar


class _Refused(Exception):  # noqa: N818
    """Stops a walk through a hostile document; never leaves this module."""


def read_tree(text: str) -> tuple[Node | None, tuple[Mistake, ...]]:
    """Read a document; no node where it is no YAML at all, is empty or beyond the limits."""
    if len(text) > MAX_CHARACTERS:
        return None, (Mistake("schema.too_large", 1, 1, "", {"limit": MAX_CHARACTERS}),)
    loader = YAML(typ="safe", pure=True)
    try:
        _check_events(loader, text)
        root = cast("object", YAML(typ="safe", pure=True).compose(text))
    except _Refused:
        return None, (Mistake("schema.too_large", 1, 1, "", {"limit": MAX_NODES}),)
    except (YAMLError, RecursionError) as trouble:
        line, column, problem = _place(trouble)
        return None, (Mistake("schema.not_yaml", line, column, "", {"problem": problem}),)
    if root is None:
        return None, (Mistake("schema.empty", 1, 1, ""),)
    walk = _Walk()
    try:
        node = walk.node(root, "")
    except _Refused:
        return None, (Mistake("schema.too_large", 1, 1, "", {"limit": MAX_NODES}),)
    return node, tuple(walk.mistakes)


def _check_events(loader: YAML, text: str) -> None:
    """Refuse too deep nesting and too many aliases before anything recursive runs."""
    depth = aliases = 0
    for event in cast("Iterator[object]", loader.parse(text)):
        name = type(event).__name__
        if name in ("MappingStartEvent", "SequenceStartEvent"):
            depth += 1
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1
        elif name == "AliasEvent":
            aliases += 1
        if depth > MAX_DEPTH or aliases > MAX_ALIASES:
            raise _Refused


def _place(trouble: Exception) -> tuple[int, int, str]:
    mark = getattr(trouble, "problem_mark", None)
    problem = getattr(trouble, "problem", None) or getattr(trouble, "reason", None) or str(trouble).split("\n", 1)[0]
    if mark is None:
        return 1, 1, str(problem)
    return int(mark.line) + 1, int(mark.column) + 1, str(problem)


class _Walk:
    """Turns ruamel's nodes into ours; an alias is read again at each place, counted against the limit."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self._count = 0
        self._above: set[int] = set()

    def node(self, source: object, path: str) -> Node:
        self._count += 1
        if self._count > MAX_NODES or id(source) in self._above:
            raise _Refused
        mark = source.start_mark  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]
        line, column = int(mark.line) + 1, int(mark.column) + 1  # pyright: ignore[reportUnknownArgumentType]
        tag = str(source.tag)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType]
        value = cast("object", source.value)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
        kind = type(source).__name__
        self._above.add(id(source))
        try:
            if kind == "MappingNode":
                return self._mapping(cast("list[tuple[object, object]]", value), line, column, path)
            if kind == "SequenceNode":
                members = cast("list[object]", value)
                items = tuple(self.node(member, f"{path}[{place}]") for place, member in enumerate(members))
                return Node(line, column, path, items=items)
        finally:
            self._above.discard(id(source))
        scalar, is_plain = _scalar(tag, str(value))
        if not is_plain:
            self.mistakes.append(Mistake("schema.tag", line, column, path, {"tag": tag.removeprefix(_TAG)}))
        return Node(line, column, path, scalar=scalar)

    def _mapping(self, pairs: list[tuple[object, object]], line: int, column: int, path: str) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        for key_source, value_source in pairs:
            key_node = self.node(key_source, path)
            # A key such as `2024` or `yes` is meant as it is written.
            key = None if key_node.items is not None or key_node.entries is not None else str(key_source.value)  # type: ignore[attr-defined]  # pyright: ignore
            if key is None:
                self.mistakes.append(key_node.mistake("schema.bad_key"))
                continue
            place = f"{path}.{key}" if path else key
            if key in entries:
                first = keys[key][0]
                facts = {"key": key, "first_line": first}
                self.mistakes.append(Mistake("schema.repeated_key", key_node.line, key_node.column, place, facts))
                continue
            keys[key] = (key_node.line, key_node.column)
            entries[key] = self.node(value_source, place)
        return Node(line, column, path, entries=entries, keys=keys)


def _scalar(tag: str, text: str) -> tuple[Scalar, bool]:
    """Give a scalar's value, and whether its tag is one of plain data; dates stay text, fractions are exact."""
    match tag.removeprefix(_TAG):
        case "null":
            return None, True
        case "bool":
            return text.lower() == "true", True
        case "int":
            try:
                return int(text.replace("_", ""), 0 if text.lstrip("+-").lower().startswith(("0x", "0o")) else 10), True
            except ValueError:
                return text, True
        case "float":
            try:
                number = Decimal(text.replace("_", ""))
            except InvalidOperation:
                return text, True
            return (number, True) if number.is_finite() else (text, True)
        case "str" | "timestamp" | "value":
            return text, True
        case _:
            return text, False
