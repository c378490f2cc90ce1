"""Small exact edits on XML as bytes: attributes of a start tag, elements of a fragment, text.

Works on well-formed UTF-8 without DOCTYPE, comments and CDATA (`refuse_unsupported` says where that does not hold), so
that regular expressions are enough and every byte outside an edit stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape

from sheetward.errors import UserError

ATTRIBUTES = rb"""(?:[^<>"']|"[^"]*"|'[^']*')*?"""
"""The inside of a start tag after its name; a `>` may stand within quotes."""

NAME = rb"[A-Za-z_][\w.-]*"


def refuse_unsupported(data: bytes, part: str) -> None:
    """Raise `UserError('patch.unsupported_xml')` for markup that byte edits cannot follow."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"<!" in data:
        raise UserError("patch.unsupported_xml", part=part)
    declaration = re.match(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)", data[:200])
    if declaration and declaration[1].lower() not in {b"utf-8", b"utf8", b"us-ascii", b"ascii"}:
        raise UserError("patch.unsupported_xml", part=part)


@cache
def _attribute_pattern(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\s" + re.escape(name) + rb"""\s*=\s*("[^"]*"|'[^']*')""")


def attribute(tag: bytes, name: str) -> str | None:
    """Give the value of a start tag's attribute by its name as written (with its prefix), or `None`."""
    found = _attribute_pattern(name.encode()).search(tag)
    return None if found is None else unescape(found[1][1:-1].decode("utf-8"))


def local_attribute(tag: bytes, name: str) -> str | None:
    """Give the value of the first attribute with this local name under any prefix, such as `r:id` for `id`."""
    found = re.search(rb"\s(?:" + NAME + rb":)" + name.encode() + rb"""\s*=\s*("[^"]*"|'[^']*')""", tag)
    return None if found is None else unescape(found[1][1:-1].decode("utf-8"))


def with_attribute(tag: bytes, name: str, value: str | None) -> bytes:
    """Give the start tag with one attribute set, added at the end, or removed for `None`.

    >>> with_attribute(b"<c r='A1' s='2'/>", "s", "3"), with_attribute(b'<c r="A1">', "t", "b")
    (b'<c r=\\'A1\\' s="3"/>', b'<c r="A1" t="b">')
    >>> with_attribute(b'<c r="A1" s="2"/>', "s", None)
    b'<c r="A1"/>'
    """
    if value is None and name.encode() not in tag:
        return tag
    new = b"" if value is None else b" " + name.encode() + b'="' + escaped_attribute(value) + b'"'
    pattern = _attribute_pattern(name.encode())
    found = pattern.search(tag)
    if found is not None:  # a second one of that name is no XML: it goes
        return tag[: found.start()] + new + pattern.sub(b"", tag[found.end() :])
    end = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return tag[:end].rstrip() + new + tag[end:] if new else tag


def escaped_attribute(text: str) -> bytes:
    """Escape text for a double-quoted attribute."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return plain.replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;").encode("utf-8")


def escaped_text(text: str) -> bytes:
    """Escape text for element content."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode("utf-8")


@dataclass(frozen=True, slots=True)
class Element:
    """Where one element lies in its bytes: `start` of the tag, `inner` to `inner_end`, `end` after the end tag."""

    start: int
    inner: int
    inner_end: int
    end: int

    def tag(self, data: bytes) -> bytes:
        """Give the start tag's bytes."""
        return data[self.start : self.inner]

    def body(self, data: bytes) -> bytes:
        """Give what stands between the tags."""
        return data[self.inner : self.inner_end]


@cache
def _start_pattern(name: str) -> re.Pattern[bytes]:
    """Match a start tag by local name under any prefix; groups: the prefix with its colon, the slash."""
    return re.compile(rb"<((?:" + NAME + rb":)?)" + name.encode() + rb"(?=[\s/>])" + ATTRIBUTES + rb"(/?)>")


def elements(data: bytes, name: str, start: int = 0, end: int | None = None) -> Iterator[Element]:
    """Give the elements with this local name, under any prefix, in document order; they must not nest in themselves."""
    position, limit = start, len(data) if end is None else end
    pattern = _start_pattern(name)
    while found := pattern.search(data, position, limit):
        element = _closed(data, found, name)
        yield element
        position = element.end


def _closed(data: bytes, found: re.Match[bytes], name: str) -> Element:
    if found[2]:
        return Element(found.start(), found.end(), found.end(), found.end())
    closing = re.compile(rb"</" + re.escape(found[1]) + name.encode() + rb"\s*>").search(data, found.end())
    if closing is None:
        raise UserError("patch.unsupported_xml", part=name)
    return Element(found.start(), found.end(), closing.start(), closing.end())


_ANY_START = re.compile(rb"<(" + NAME + rb"(?::" + NAME + rb")?)(?=[\s/>])" + ATTRIBUTES + rb"(/?)>")


def children(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, Element]]:
    """Give the elements that stand directly in a range, with their names as written, in document order."""
    position = start
    while found := _ANY_START.search(data, position, end):
        element = _balanced(data, found)
        yield found[1], element
        position = element.end


def _balanced(data: bytes, found: re.Match[bytes]) -> Element:
    """Find the end of an element that may hold others of its own name."""
    if found[2]:
        return Element(found.start(), found.end(), found.end(), found.end())
    name = re.escape(found[1])
    marks = re.compile(rb"<(/?)" + name + rb"(?=[\s/>])" + ATTRIBUTES + rb"(/?)>")
    depth = 1
    for mark in marks.finditer(data, found.end()):
        depth += -1 if mark[1] else 0 if mark[2] else 1
        if not depth:
            return Element(found.start(), found.end(), mark.start(), mark.end())
    raise UserError("patch.unsupported_xml", part=found[1].decode())


def first(data: bytes, name: str, start: int = 0) -> Element | None:
    """Give the first element with this local name, or `None`."""
    return next(elements(data, name, start), None)


def replaced(data: bytes, spans: list[tuple[int, int, bytes]]) -> bytes:
    """Give the bytes with non-overlapping spans exchanged; the order of the list carries no meaning, save at one point."""
    pieces: list[bytes] = []
    position = 0
    for start, end, new in sorted(spans, key=lambda span: (span[0], span[1])):
        pieces += (data[position:start], new)
        position = end
    pieces.append(data[position:])
    return b"".join(pieces)


def opened(data: bytes, element: Element) -> tuple[bytes, bytes]:
    """Give a self-closing element's tag as start and end tag; for others the tags as they stand."""
    tag = element.tag(data)
    if not tag.endswith(b"/>"):
        return tag, data[element.inner_end : element.end]
    name = re.match(rb"<([^\s/>]+)", tag)
    assert name is not None  # noqa: S101 - an Element always starts with a tag
    return tag[:-2].rstrip() + b">", b"</" + name[1] + b">"


def with_children(data: bytes, element: Element, added: bytes, *, count: int | None = None) -> bytes:
    """Give the bytes with children added at the end of an element, and its `count` set where one is given."""
    start, end = opened(data, element)
    if count is not None:
        start = with_attribute(start, "count", str(count))
    return data[: element.start] + start + element.body(data) + added + end + data[element.end :]
