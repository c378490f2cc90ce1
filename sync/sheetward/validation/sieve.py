"""Sieves: a kernel's view of a whole column, which lets through what is surely right.

A sieve never says that a value is wrong. What it keeps is *suspect* and goes to the kernel's judge, the only authority;
so a sieve may keep too much, and never too little. Where no sieve knows a column, everything in it is suspect.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final, TypeAlias, cast

from sheetward_schemas.model import Field

from sheetward.cells import Cell, Typed, Value, value_of
from sheetward.formats import ColumnReader
from sheetward.formats.certain.arrays import Array, compute, mask_array, text_array, truths

Mask: TypeAlias = Any
"""An array of NumPy truths, one for each row."""

_FEW: Final = 8
"""A column with so many times fewer distinct texts than rows is judged by its distinct texts."""
_REGIONS_MAX: Final = 40
_SAFE_PATTERN: Final = re.compile(r"(?:[^\\^$]|\\[.+*?()\[\]{}/\\-])*")
"""Patterns that RE2 and Python surely read alike: no classes by letter (which differ beyond ASCII), no anchors."""
_ELSEWHERE: Final = ("(?", "{,", "[:")
"""What RE2 reads in its own way, or not at all."""
_NONE: Final = type(None)


class Column:
    """The canonical values of one column, and what Arrow and NumPy make of them."""

    def __init__(self, values: Sequence[Value]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def filled(self) -> Mask:
        """Say which cells hold anything."""
        import numpy as np

        if self.texts is not None:
            return truths(self.texts.is_valid())
        return np.fromiter((value is not None for value in self.values), dtype=bool, count=len(self.values))

    @cached_property
    def _types(self) -> frozenset[type]:
        return frozenset(map(type, self.values))

    @cached_property
    def texts(self) -> Array | None:
        """Give the column as a string array, `None` where it holds anything but texts."""
        if not self._types <= {str, _NONE}:
            return None
        try:
            return text_array(cast("Sequence[str | None]", self.values))
        except UnicodeEncodeError:
            return None

    @cached_property
    def days(self) -> Any | None:
        """Give the days as ordinals, 0 for an empty cell; `None` where the column holds anything but dates."""
        import numpy as np

        if not self._types <= {dt.date, _NONE}:
            return None
        counts = (value.toordinal() if isinstance(value, dt.date) else 0 for value in self.values)
        return np.fromiter(counts, dtype=np.int32, count=len(self.values))

    @cached_property
    def distinct(self) -> tuple[list[str | None], Any] | None:
        """Give the distinct texts and each row's place among them, `None` where they are not few."""
        import numpy as np

        if self.texts is None:
            return None
        whole, sample = self.texts, 10_000
        if len(whole) > 2 * sample and len(whole[:sample].unique()) * _FEW > sample:
            return None  # nearly all differ in the first rows: not worth a dictionary
        coded = whole.dictionary_encode("encode")
        if len(coded.dictionary) * _FEW > len(whole):
            return None
        places = np.frombuffer(coded.indices.buffers()[1], dtype=np.int32)[: len(whole)]
        return coded.dictionary.to_pylist(), places


def column_of(cells: Sequence[Cell]) -> Column:
    """Give the values of cells as a column."""
    has_typed = Typed in set(map(type, cells))
    return Column([value_of(cell) for cell in cells] if has_typed else cast("Sequence[Value]", cells))


Sieve: TypeAlias = "Callable[[Column, Column | None, dt.date], Mask | None]"
"""A column, the column of its rows' regions and today, to the suspect rows; `None` where all filled cells are suspect."""


def empty_cells(column: Column, _regions: Column | None, _today: dt.date) -> Mask:
    """Keep the empty cells."""
    return ~column.filled


def by_distinct(is_wrong: Callable[[str, dt.date], bool], then: Sieve | None = None) -> Sieve:
    """Ask the judge about distinct texts where they are few and no region matters, else another sieve."""

    def sieve(column: Column, regions: Column | None, today: dt.date) -> Mask | None:
        import numpy as np

        if regions is None and column.distinct is not None:
            texts, places = column.distinct
            wrong = np.array([text is not None and is_wrong(text, today) for text in texts], dtype=bool)
            return wrong[places] if len(wrong) else np.zeros(len(column), dtype=bool)
        return None if then is None else then(column, regions, today)

    return sieve


def unreadable(field: Field, reader: ColumnReader) -> Sieve:
    """Keep what the format's bulk reading is not certain of, and days in the future where the field has none."""
    is_plain_date = field.type == "date" and field.kind.get("kind") in {None, "date"}
    has_no_future = field.kind.get("notAfter") == "today"

    def sieve(column: Column, regions: Column | None, today: dt.date) -> Mask | None:
        import numpy as np

        if is_plain_date and column.days is not None:
            return column.days > today.toordinal() if has_no_future else np.zeros(len(column), dtype=bool)
        if field.type != "string" or has_no_future or column.texts is None:
            return None
        if regions is None:
            return _uncertain(reader, column.texts, None)
        return _by_region(reader, column.texts, regions)

    return sieve


def _uncertain(reader: ColumnReader, texts: Array, region: str | None) -> Mask | None:
    found = reader.certain(texts, region)
    if found is None:
        return None
    return truths(texts.is_valid()) & ~truths(found.values.is_valid())


def _by_region(reader: ColumnReader, texts: Array, regions: Column) -> Mask | None:
    import numpy as np

    if regions.distinct is None or len(regions.distinct[0]) > _REGIONS_MAX:
        return None
    names, places = regions.distinct
    is_valid = truths(regions.texts.is_valid()) if regions.texts is not None else regions.filled
    suspect = np.zeros(len(texts), dtype=bool)
    for place, name in enumerate(names):
        rows = (places == place) & is_valid if name is not None else ~is_valid
        own = _uncertain(reader, texts.filter(mask_array(rows)), name if name and len(name) == 2 else None)
        if own is None:
            return None
        suspect[np.flatnonzero(rows)] = own
    return suspect


def long_texts(limit: int, *, is_least: bool) -> Sieve:
    """Keep texts that are longer than a limit, or shorter."""

    def sieve(column: Column, _regions: Column | None, _today: dt.date) -> Mask | None:
        if column.texts is None:
            return None
        lengths = compute().utf8_length(column.texts).to_numpy(zero_copy_only=False)
        return (lengths < limit if is_least else lengths > limit) & column.filled

    return sieve


def days_beyond(edge: dt.date, breaks: Callable[[Any, Any], Any]) -> Sieve:
    """Keep days on the wrong side of a bound."""

    def sieve(column: Column, _regions: Column | None, _today: dt.date) -> Mask | None:
        return None if column.days is None else breaks(column.days, edge.toordinal()) & column.filled

    return sieve


def unmatched(pattern: str) -> Sieve | None:
    """Keep texts that a pattern does not match; `None` for one that RE2 may read otherwise."""
    pattern = pattern.removeprefix("^")  # a pattern always speaks of the whole text
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        pattern = pattern[:-1]
    if not _SAFE_PATTERN.fullmatch(pattern) or any(sign in pattern.replace("(?:", "") for sign in _ELSEWHERE):
        return None

    def sieve(column: Column, _regions: Column | None, _today: dt.date) -> Mask | None:
        if column.texts is None:
            return None
        try:
            matches = compute().match_substring_regex(column.texts, rf"\A(?:{pattern})\z")
        except ValueError:  # a pattern that RE2 does not take
            return None
        return column.filled & ~truths(matches)

    return sieve


def repeated(columns: Sequence[Column]) -> Mask | None:
    """Keep rows whose key stands in another row too; `None` where the columns are not all texts."""
    import numpy as np

    codes: Any | None = None
    filled: Any | None = None
    for column in columns:
        if column.texts is None:
            return None
        indices = column.texts.dictionary_encode("encode").indices
        own = np.frombuffer(indices.buffers()[1], dtype=np.int32)[: len(column)].astype(np.int64)
        codes = own if codes is None else np.unique(codes * (own.max(initial=0) + 1) + own, return_inverse=True)[1]
        filled = column.filled if filled is None else filled & column.filled
    if codes is None or filled is None or not len(codes):
        return None
    counts = np.bincount(codes[filled]) if filled.any() else np.zeros(1, dtype=np.int64)
    suspect = np.zeros(len(codes), dtype=bool)
    suspect[filled] = counts[codes[filled]] > 1
    return suspect
