"""Arrow arrays from Python and NumPy, without `pyarrow.array` and `scalar`, which load pandas (a second of CPU) to ask what they were given."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, TypeAlias

Array: TypeAlias = Any
"""A `pyarrow.Array`; pyarrow has no types."""


def compute() -> Any:
    """Give Arrow's functions; they are loaded when first needed."""
    return import_module("pyarrow.compute")


def _arrow() -> Any:
    return import_module("pyarrow")


def text_array(texts: Sequence[str | None]) -> Array:
    """Give texts as a string array; `UnicodeEncodeError` where a text is none (half of a surrogate pair)."""
    builder = import_module("pyarrow.lib").StringBuilder()
    builder.append_values(texts)
    return builder.finish()


def whole_array(numbers: Any) -> Array:
    """Give whole numbers (a list, or an array of NumPy) as an array of int64, of int32 where they are such."""
    import numpy as np

    pa = _arrow()
    plain = np.ascontiguousarray(numbers)
    if plain.dtype != np.int32:
        plain = plain.astype(np.int64, copy=False)
    kind = pa.int32() if plain.dtype == np.int32 else pa.int64()
    return pa.Array.from_buffers(kind, len(plain), [None, pa.py_buffer(plain)])


def mask_array(mask: Any) -> Array:
    """Give an array of NumPy truths as a boolean array."""
    import numpy as np

    pa = _arrow()
    return pa.Array.from_buffers(pa.bool_(), len(mask), [None, pa.py_buffer(np.packbits(mask, bitorder="little"))])


def truths(mask: Array) -> Any:
    """Give a boolean array as NumPy truths; null is false."""
    import numpy as np

    validity, bits = mask.buffers()
    place = slice(mask.offset, mask.offset + len(mask))
    found: Any = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), bitorder="little")[place]
    if validity is not None:
        found = found & np.unpackbits(np.frombuffer(validity, dtype=np.uint8), bitorder="little")[place]
    return found.astype(bool)


def null_of(array: Array) -> Any:
    """Give the null of an array's type."""
    pa = _arrow()
    return pa.nulls(1, array.type)[0]


def text_scalar(text: str) -> Any:
    """Give a text as Arrow's functions take it."""
    return text_array([text])[0]


def nothing(count: int) -> Array:
    """Give a string array of nulls."""
    pa = _arrow()
    return pa.nulls(count, pa.string())
