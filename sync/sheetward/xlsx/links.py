"""Hyperlinks of a tab taken away, with nothing left of them that Excel would call damaged."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from sheetward.xlsx.markup import attribute, elements, first, replaced


def without_links(tail: bytes, refs: AbstractSet[str]) -> bytes:
    """Give a tab's tail without the hyperlinks of these cells; a list of links that is empty then goes too."""
    if not refs:
        return tail
    spans = [
        (element.start, element.end, b"")
        for element in elements(tail, "hyperlink")
        if attribute(element.tag(tail), "ref") in refs
    ]
    tail = replaced(tail, spans)
    links = first(tail, "hyperlinks")
    is_empty = links is not None and first(links.body(tail), "hyperlink") is None
    return tail[: links.start] + tail[links.end :] if links is not None and is_empty else tail
