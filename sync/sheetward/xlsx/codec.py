"""Inflating and deflating: Intel's ISA-L where it is installed and pays, zlib otherwise. Both give raw deflate streams."""

from __future__ import annotations

import zlib
from importlib import import_module
from types import ModuleType
from typing import Final, Protocol


def _fastest() -> ModuleType:
    try:
        return import_module("isal.isal_zlib")
    except ImportError:
        return zlib


_FAST: Final = _fastest()

FAST_FROM: Final = 20_000_000
"""Inflated bytes of a part from which speed matters more than size."""


BAD_STREAM: Final[tuple[type[Exception], ...]] = (zlib.error, _FAST.error, ValueError)
"""What inflating raises where the stream is damaged."""


class Inflater(Protocol):
    """A running inflation."""

    @property
    def unconsumed_tail(self) -> bytes:
        """Give what of the input is left because the output was limited."""
        ...

    @property
    def eof(self) -> bool:
        """Say whether the stream came to its end."""
        ...

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        """Inflate, giving at most `max_length` bytes where that is not 0."""
        ...


class Deflater(Protocol):
    """A running deflation."""

    def compress(self, data: bytes, /) -> bytes:
        """Take bytes, give what is ready of the stream."""
        ...

    def flush(self) -> bytes:
        """Give the rest of the stream."""
        ...


def inflater() -> Inflater:
    """Start to inflate a raw deflate stream."""
    engine: Inflater = _FAST.decompressobj(-15)
    return engine


def deflater(size: int) -> Deflater:
    """Start to deflate a part of about this many bytes into a raw deflate stream."""
    engine: Deflater = (
        _FAST.compressobj(1, zlib.DEFLATED, -15)
        if _FAST is not zlib and size > FAST_FROM
        else zlib.compressobj(6, zlib.DEFLATED, -15)
    )
    return engine


def crc32(data: bytes, before: int = 0) -> int:
    """Continue a CRC-32 over more bytes."""
    crc: int = _FAST.crc32(data, before)
    return crc
