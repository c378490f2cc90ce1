"""The table of shared strings as a stream of items, for looking a few of them up and for emptying unused ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.markup import ATTRIBUTES, NAME, refuse_unsupported
from sheetward.xlsx.strings import joined

_ROOT: Final = re.compile(rb"<((?:" + NAME + rb":)?)sst(?=[\s/>])" + ATTRIBUTES + rb"/?>")


def rewritten_items(
    windows: Iterable[bytes], part: str, rewrite: Callable[[int, bytes, bytes], bytes]
) -> Iterator[bytes]:
    """Give the part in pieces, each `<si>` passed through `rewrite(index, item, prefix)`; all other bytes stay."""
    source = iter(windows)
    buffer = b""
    root = None
    for window in source:
        buffer += window
        root = _ROOT.search(buffer)
        if root is not None:
            break
    if root is None:
        raise UserError("patch.unsupported_xml", part=part)
    refuse_unsupported(buffer, part)
    prefix = re.escape(root[1])
    item = re.compile(
        rb"<" + prefix + rb"si(?=[\s/>])" + ATTRIBUTES + rb"(?:/>|>.*?</" + prefix + rb"si\s*>)", re.DOTALL
    )
    yield buffer[: root.end()]
    buffer = buffer[root.end() :]
    index = 0
    while True:
        position = 0
        pieces: list[bytes] = []
        for found in item.finditer(buffer):
            pieces += (buffer[position : found.start()], rewrite(index, found[0], root[1]))
            position, index = found.end(), index + 1
        yield b"".join(pieces)
        buffer = buffer[position:]
        more = next(source, None)
        if more is None:
            yield buffer
            return
        if b"<!" in buffer[-1:] + more:
            raise UserError("patch.unsupported_xml", part=part)
        buffer += more


def looked_up(windows: Iterable[bytes], part: str, wanted: AbstractSet[int]) -> dict[int, str]:
    """Give the wanted texts of the table by their index; those it does not have are left out."""
    found: dict[int, str] = {}

    def note(index: int, item: bytes, prefix: bytes) -> bytes:
        if index in wanted:
            found[index] = joined(item.decode("utf-8"), prefix.decode())
        return b""

    for _ in rewritten_items(windows, part, note):
        pass
    return found
