"""Bytes kept once: a file cut into pieces that files alike have in common, each known by its digest. Pure.

A workbook is a zip: its members are cut out, so that one which did not change is the same pieces wherever it stands; a
member is cut at every 32 kB from its beginning, since a compressed stream is the same up to the first change and another
one after it. What lies between (headers, small members, the directory) makes pieces too: joined in their order the pieces
are the file, byte for byte, and nothing is ever inflated. Anything else is cut after lines that its contents choose, so
that a line put in moves no other cut.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from typing import Final

from sheetward.errors import SheetwardError
from sheetward.ports.snapshots import KeptFile
from sheetward.xlsx.directory import read_directory

_BLOCK: Final = 32 << 10
_SMALL_MEMBER: Final = 1 << 10
"""Compressed bytes below which a member is not worth a piece of its own."""

_FEWEST: Final = 4 << 10
_MOST: Final = 64 << 10
_ONE_IN: Final = 128
"""Of so many lines, beyond the fewest bytes, one ends a piece."""
_LOOK: Final = 16
"""Bytes before a line's end that say whether it ends a piece; shorter lines are passed over, so that none are looked at twice."""

_AS_IS, _DEFLATED = b"\0", b"\1"


def digest(piece: bytes) -> str:
    """Give the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(piece).hexdigest()


def cut(data: bytes) -> tuple[KeptFile, Mapping[str, bytes]]:
    """Give the recipe of a file and its pieces by digest."""
    pieces = [data[start:end] for start, end in _spans(data)]
    digests = tuple(digest(piece) for piece in pieces)
    return KeptFile(digest(data), len(data), digests), dict(zip(digests, pieces, strict=True))


def joined(file: KeptFile, pieces: Mapping[str, bytes]) -> bytes | None:
    """Give a file's bytes; `None` where a piece is lacking or the whole is not what was kept."""
    if any(one not in pieces for one in file.pieces):
        return None
    data = b"".join(pieces[one] for one in file.pieces)
    return data if len(data) == file.size and digest(data) == file.sha256 else None


def packed(piece: bytes) -> bytes:
    """Give the form in which a piece is stored: deflated where that saves a tenth."""
    small = zlib.compress(piece, 6)
    return _DEFLATED + small if len(small) < 0.9 * len(piece) else _AS_IS + piece


def unpacked(stored: bytes) -> bytes | None:
    """Give a piece back from its stored form; `None` where it is in none."""
    if stored[:1] == _AS_IS:
        return stored[1:]
    engine = zlib.decompressobj()
    try:
        piece = engine.decompress(stored[1:], _MOST + _BLOCK)
    except zlib.error:
        return None
    return piece if stored[:1] == _DEFLATED and engine.eof else None


def _spans(data: bytes) -> Iterator[tuple[int, int]]:
    members = _members(data)
    if members is None:
        yield from _lines(data)
        return
    at = 0
    for start, end in (*members, (len(data), len(data))):
        yield from _blocks(at, start)
        yield from _blocks(start, end)
        at = end


def _members(data: bytes) -> list[tuple[int, int]] | None:
    """Give where the larger members' bytes lie; `None` for what is no zip that we would open."""
    if data[:2] != b"PK":
        return None
    try:
        directory = read_directory(data, "")
    except SheetwardError:
        return None
    return [(m.data_start, m.data_end) for m in directory.members if m.data_end - m.data_start >= _SMALL_MEMBER]


def _blocks(start: int, end: int) -> Iterator[tuple[int, int]]:
    for at in range(start, end, _BLOCK):
        yield at, min(at + _BLOCK, end)


def _lines(data: bytes) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(data):
        end = _line_that_ends(data, start)
        yield start, end
        start = end


def _line_that_ends(data: bytes, start: int) -> int:
    last = min(start + _MOST, len(data))
    at = data.find(b"\n", start + _FEWEST, last)
    while at >= 0:
        if zlib.crc32(data[at - _LOOK : at]) % _ONE_IN == 0:
            return at + 1
        at = data.find(b"\n", at + _LOOK, last)
    return last
