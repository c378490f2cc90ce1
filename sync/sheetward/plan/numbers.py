"""Generated numbers: the next free one after a counter, and the count that a typed one holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import partial

from sheetward_schemas.model import Field, TableSchema

from sheetward.cells import Cell, Value, value_of


def next_count(shape: str, counter: int, used: Collection[Value]) -> int:
    """Give the first count after a counter whose number is not in use.

    >>> next_count("C{:03d}", 1, {"C002"})
    3
    """
    counter += 1
    while shape.format(counter) in used:
        counter += 1
    return counter


def count_in(shape: str, value: Value) -> int:
    """Read the count out of a generated number; 0 where the text has another form.

    >>> count_in("C{:08d}", "C00000041"), count_in("C{:08d}", "K-7")
    (41, 0)
    """
    pattern = re.sub(r"\\\{[^}]*\\\}", "([0-9]{1,15})", re.escape(shape))
    match = re.fullmatch(pattern, value) if isinstance(value, str) else None
    return int(match.group(1)) if match else 0


def sequences(schema: TableSchema) -> Iterator[tuple[Field, Callable[[Cell], int]]]:
    """Give the fields that are numbered from a counter, each with what reads the count out of a cell."""
    for spec in schema.fields:
        auto = spec.auto or {}
        if auto.get("kind") == "sequence":
            shape = str(auto.get("format", "{}"))
            yield spec, partial(_count, shape)


def _count(shape: str, cell: Cell) -> int:
    return count_in(shape, value_of(cell))
