"""A YAML (or JSON) document as a tree whose every node knows its line.

Only plain data is read: tags of any other kind are mistakes. Size and depth are limited, aliases counted at each of their
places, so that a hostile file cannot fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias, cast

from sheetward_schemas.mistakes import Mistake

MAX_CHARACTERS: Final = 2_000_000
MAX_DEPTH: Final = 40
MAX_NODES: Final = 100_000

Scalar: TypeAlias = "None | str | bool | int | Decimal"


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
    """Stops the reading of a hostile document; never leaves this module."""


def read_tree(text: str) -> tuple[Node | None, tuple[Mistake, ...]]:
    """Read a document; no node where it is no YAML at all, is empty or beyond the limits."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    too_large = Mistake("schema.too_large", 1, 1, "", {"limit": MAX_NODES})
    if len(text) > MAX_CHARACTERS:
        return None, (too_large,)
    builder = _Builder()
    try:
        for event in cast("Iterator[Any]", YAML(typ="safe", pure=True).parse(text)):
            builder.take(event)
    except _Refused:
        return None, (too_large,)
    except YAMLError as trouble:
        line, column, problem = _place(trouble)
        return None, (Mistake("schema.not_yaml", line, column, "", {"problem": problem}),)
    if builder.root is None:
        return None, (*builder.mistakes, Mistake("schema.empty", 1, 1, ""))
    if builder.more_documents is not None:
        return None, (Mistake("schema.not_yaml", builder.more_documents, 1, "", {"problem": "a second document"}),)
    return builder.root, tuple(builder.mistakes)


def _place(trouble: Exception) -> tuple[int, int, str]:
    mark = getattr(trouble, "problem_mark", None)
    problem = getattr(trouble, "problem", None) or getattr(trouble, "reason", None) or str(trouble).split("\n", 1)[0]
    if mark is None:
        return 1, 1, str(problem)
    return int(mark.line) + 1, int(mark.column) + 1, str(problem)


@dataclass
class _Frame:
    """A list or mapping that is still open; `key` is the mapping's key whose value comes next."""

    line: int
    column: int
    path: str
    anchor: str | None
    is_mapping: bool
    items: list[Node] = field(default_factory=list[Node])
    entries: dict[str, Node] = field(default_factory=dict[str, Node])
    keys: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    key: str | None = None
    awaits_value: bool = False
    size: int = 1


class _Builder:
    """Builds the tree from the parser's events, without recursion. An alias is the very node of its anchor.

    Sizes count a shared node at each of its places, since whoever walks the tree meets it there each time.
    """

    def __init__(self) -> None:
        self.root: Node | None = None
        self.mistakes: list[Mistake] = []
        self.more_documents: int | None = None
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._count = 0

    def take(self, event: Any) -> None:
        mark = event.start_mark
        line, column = int(mark.line) + 1, int(mark.column) + 1
        match type(event).__name__:
            case "MappingStartEvent" | "SequenceStartEvent":
                self._open(event, line, column)
            case "MappingEndEvent" | "SequenceEndEvent":
                self._close()
            case "ScalarEvent":
                self._put(self._scalar(event, line, column), 1, event.anchor, str(event.value))
            case "AliasEvent":
                self._alias(str(event.anchor), line, column)
            case "DocumentStartEvent" if self.root is not None and self.more_documents is None:
                self.more_documents = line
            case _:
                pass

    def _open(self, event: Any, line: int, column: int) -> None:
        if len(self._frames) >= MAX_DEPTH:
            raise _Refused
        is_mapping = type(event).__name__ == "MappingStartEvent"
        path = self._path()
        tag = _tag(event)
        if tag not in ("", "map", "seq"):
            self.mistakes.append(Mistake("schema.tag", line, column, path, {"tag": tag}))
        self._frames.append(_Frame(line, column, path, event.anchor, is_mapping))

    def _close(self) -> None:
        frame = self._frames.pop()
        if frame.is_mapping:
            node = Node(frame.line, frame.column, frame.path, entries=frame.entries, keys=frame.keys)
        else:
            node = Node(frame.line, frame.column, frame.path, items=tuple(frame.items))
        self._put(node, frame.size, frame.anchor, None)

    def _alias(self, anchor: str, line: int, column: int) -> None:
        known = self._anchors.get(anchor)
        if known is not None:
            node, size = known
            self._put(
                node, size, None, None if node.items is not None or node.entries is not None else str(node.scalar)
            )
        elif any(frame.anchor == anchor for frame in self._frames):
            raise _Refused  # a value that holds itself
        else:
            problem = f"undefined alias {anchor}"
            self.mistakes.append(Mistake("schema.not_yaml", line, column, self._path(), {"problem": problem}))
            self._put(Node(line, column, self._path()), 1, None, "")

    def _path(self) -> str:
        """Give where the next value stands."""
        if not self._frames:
            return ""
        frame = self._frames[-1]
        if not frame.is_mapping:
            return f"{frame.path}[{len(frame.items)}]"
        if not frame.awaits_value or frame.key is None:
            return frame.path
        return f"{frame.path}.{frame.key}" if frame.path else frame.key

    def _scalar(self, event: Any, line: int, column: int) -> Node:
        text, tag, path = str(event.value), _tag(event), self._path()
        if tag and tag not in _PLAIN_TAGS:
            self.mistakes.append(Mistake("schema.tag", line, column, path, {"tag": tag}))
            return Node(line, column, path, scalar=text)
        is_plain = bool(event.implicit[0]) if not tag else tag != "str"
        return Node(line, column, path, scalar=_resolved(text) if is_plain else text)

    def _put(self, node: Node, size: int, anchor: str | None, word: str | None) -> None:
        """Put a finished value into what is open; `word` is its text where it can be a key."""
        self._count += size
        if self._count > MAX_NODES:
            raise _Refused
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if not self._frames:
            if self.root is None:
                self.root = node
            return
        frame = self._frames[-1]
        frame.size += size
        if not frame.is_mapping:
            frame.items.append(node)
        elif frame.awaits_value:
            frame.awaits_value = False
            if frame.key is not None:
                frame.entries[frame.key] = node
        else:
            frame.awaits_value = True
            frame.key = self._key(frame, node, word)

    def _key(self, frame: _Frame, node: Node, word: str | None) -> str | None:
        """Take a key as it is written (`2024`, `yes`); `None` where it and its value cannot be used."""
        if word is None:
            self.mistakes.append(node.mistake("schema.bad_key"))
            return None
        if word in frame.keys:
            place = f"{frame.path}.{word}" if frame.path else word
            facts = {"key": word, "first_line": frame.keys[word][0]}
            self.mistakes.append(Mistake("schema.repeated_key", node.line, node.column, place, facts))
            return None
        frame.keys[word] = (node.line, node.column)
        return word


_PLAIN_TAGS: Final = ("str", "int", "float", "bool", "null", "timestamp")
_INT: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")


def _tag(event: Any) -> str:
    """Give an explicit tag, short where it is YAML's own; the empty string where there is none."""
    tag = getattr(event, "tag", None)
    return "" if tag is None or str(tag) == "!" else str(tag).removeprefix("tag:yaml.org,2002:").removeprefix("!!")


def _resolved(text: str) -> Scalar:
    """Give a plain scalar's value by YAML 1.2's core schema; dates stay text, fractions are exact."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if _INT.fullmatch(text) and len(text) < 400:
        return int(text)
    return Decimal(text) if _FLOAT.fullmatch(text) else text
