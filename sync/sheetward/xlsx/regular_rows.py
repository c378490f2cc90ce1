"""Rows as Excel and its likes write them, read many at a time and then a column at a time.

One pattern matches a whole row: for each column the sheet is known to have, its cell or nothing. What it matches is
read here with the same result as cell by cell; every other row is handed back as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Final, cast

from sheetward.cells import State
from sheetward.xlsx.areas import column_number
from sheetward.xlsx.cell_value import CellMarkup, CellTuple, Meanings
from sheetward.xlsx.collection import collection_paused
from sheetward.xlsx.row_patterns import attributes_of
from sheetward.xlsx.sheet_text import ATTRIBUTES
from sheetward.xlsx.strings import plain_text, unescaped
from sheetward.xlsx.texts import Irregular

MAX_COLUMNS: Final = 256
"""Columns of a row pattern: more would take longer to compile than they save."""

MAX_LESSONS: Final = 8
"""How often the pattern of a sheet is made anew."""
MAX_ODD: Final = 8
"""Windows in a row of which most rows are odd before the pattern is given up."""

_NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?"
_ONE_NUMBER: Final = re.compile(_NUMBER)
_NUMBERS: Final = re.compile(rf"(?:{_NUMBER}<)*+")
_TRUTHS: Final = frozenset({"0", "1"})


@dataclass(slots=True)
class AlikeCells:
    """Cells of one column that share state and style; a text of `None` is a row without a cell there.

    `formulas` has one for each row where the cells have formulas at all; such a column has no row without a cell.
    """

    column: int
    state: State
    style_id: int
    texts: Sequence[str | None]
    is_full: bool
    formulas: Sequence[str] | None = None

    @property
    def count(self) -> int:
        """Count them."""
        return len(self.texts) - (0 if self.is_full else self.texts.count(None))

    def cells(self) -> Iterable[CellTuple | None]:
        """Give them one by one."""
        column, state, style_id = self.column, self.state, self.style_id
        if not self.is_full:
            return [None if text is None else (column, state, text, style_id, None) for text in self.texts]
        formulas = repeat(None) if self.formulas is None else self.formulas
        return zip(repeat(column), repeat(state), cast("Sequence[str]", self.texts), repeat(style_id), formulas)


@dataclass(slots=True)
class MixedCells:
    """Cells of one column that have no more in common; `None` is a row without a cell there."""

    column: int
    found: Sequence[CellTuple | None]
    is_full: bool

    @property
    def count(self) -> int:
        """Count them."""
        return len(self.found) - (0 if self.is_full else self.found.count(None))

    def cells(self) -> Iterable[CellTuple | None]:
        """Give them one by one."""
        return self.found


@dataclass(slots=True)
class Band:
    """Rows that follow each other: number and attributes of each as written, and the columns that hold anything."""

    numbers: Sequence[str]
    attributes: Sequence[str]
    columns: list[AlikeCells | MixedCells]

    def rows(self) -> list[list[CellTuple]]:
        """Give the cells of each row."""
        if not self.columns:
            return [[] for _ in self.numbers]
        with collection_paused():
            rows = zip(*(one.cells() for one in self.columns), strict=True)
            if all(one.is_full for one in self.columns):
                return [*map(list, cast("Iterable[tuple[CellTuple, ...]]", rows))]
            return [[*filter(None, row)] for row in rows]


@dataclass(frozen=True, slots=True)
class _Head:
    """What the attributes of a cell say: its type as written, its style, and the state a plain number has under it.

    `number_state` is `None` for a style that is not there, `is_closed` says that the start tag ends the cell.
    """

    kind: str
    style_id: int
    number_state: State | None
    is_closed: bool


class _Heads(dict[str, _Head]):
    """Attributes of a cell behind its reference, as written, to what they say."""

    def __init__(self, meanings: Meanings) -> None:
        super().__init__()
        self._dates = meanings.styles.dates

    def __missing__(self, text: str) -> _Head:
        named = attributes_of(text)
        if "r" in named:
            raise Irregular
        style_id = int(named.get("s") or 0)
        state = None
        if 0 <= style_id < len(self._dates):
            state = State.DATE if self._dates[style_id] else State.NUMBER
        head = self[text] = _Head(named.get("t", ""), style_id, state, text.endswith("/"))
        return head


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that rows are expected to have, and whether its cells may hold formulas or texts of their own."""

    letters: str
    has_formulas: bool
    has_inlines: bool

    @property
    def groups(self) -> int:
        """Count its groups: attributes, value; start and text of a formula; a `>` and a text."""
        return 2 + 2 * self.has_formulas + self.has_inlines

    def pattern(self, p: str) -> str:
        """Match its cell, or nothing; the row number is the first group of the whole."""
        formula = rf"(?:<{p}f(?![^<>]*ref)([^<>]*>)(?:(?<=/>)|(?<!/>)([^<]*)</{p}f>)|)" if self.has_formulas else ""
        value = rf"<{p}v>([^<]*)</{p}v></{p}c>"
        if self.has_inlines:
            value = rf'(?:{value}|<{p}is><{p}t(?: xml:space="preserve")?(>[^<]*)</{p}t></{p}is></{p}c>)'
        return rf'(?:<{p}c r="{self.letters}\1"([^<>]*)>(?:(?<=/>)|(?<!/>){formula}{value})|)'


@cache
def _row_pattern(prefix: str, columns: tuple[_Column, ...]) -> re.Pattern[str]:
    """Match a row with these columns; any other row, as the last group but one; or all the rest, as the last.

    The group of cells is atomic: a row that does not match is given up where that is seen.
    """
    p = re.escape(prefix)
    cells = "".join(column.pattern(p) for column in columns)
    row = rf'<{p}row r="([0-9]+)"((?:[^<>]*[^<>/])?)>(?>{cells})</{p}row>'
    other = rf"<{p}row{ATTRIBUTES}(?:/>|>.*?</{p}row\s*>)"
    return re.compile(rf"\s*+(?:{row}|({other}))|(.+)", re.DOTALL)


class RegularRows:
    """Reads the rows of one sheet that consist of cells in known columns, each written as Excel writes it."""

    def __init__(self, meanings: Meanings, prefix: str) -> None:
        self._meanings = meanings
        self._prefix = prefix
        self._heads = _Heads(meanings)
        self._found = re.compile(rf'<{prefix}c r="([A-Z]+)[0-9]+"[^<>]*>(?:<{prefix}(f|is)\b)?')
        self._seen: set[tuple[str, str]] = set()
        self._columns: tuple[_Column, ...] = ()
        self._numbers: tuple[int, ...] = ()
        self._lessons = 0
        self._odd = 0

    @property
    def pays(self) -> bool:
        """Say whether enough rows are as expected."""
        return bool(self._columns) and self._odd < MAX_ODD

    def learn(self, text: str) -> None:
        """Expect what the cells of a text show: their columns, and which of these hold formulas and texts of their own."""
        seen = {pair for pair in self._found.findall(text) if _number_of(pair[0])}
        if seen <= self._seen or self._lessons == MAX_LESSONS:
            return
        self._lessons += 1
        self._seen |= seen
        letters = sorted({pair[0] for pair in self._seen}, key=_number_of)[:MAX_COLUMNS]
        self._columns = tuple(_Column(one, (one, "f") in self._seen, (one, "is") in self._seen) for one in letters)
        self._numbers = tuple(map(_number_of, letters))

    def read(self, text: str) -> Iterator[Band | str]:
        """Give bands of rows, and between them rows, or all the rest, that have to be read cell by cell."""
        found = _row_pattern(self._prefix, self._columns).findall(text)
        odd = [place for place, groups in enumerate(found) if groups[-2] or groups[-1]]
        start = 0
        for place in odd:
            if place > start:
                yield self._band(found[start:place])
            yield found[place][-2] or found[place][-1]
            start = place + 1
        if len(found) > start:
            yield self._band(found[start:] if start else found)
        if odd:
            self.learn("".join(found[place][-2] for place in odd))
        self._odd = self._odd + 1 if 2 * len(odd) > len(found) else 0

    def _band(self, rows: list[tuple[str, ...]]) -> Band:
        groups = [*zip(*rows, strict=True)]
        columns: list[AlikeCells | MixedCells] = []
        nothing = ("",) * len(rows)
        place = 2
        for number, column in zip(self._numbers, self._columns, strict=True):
            own = groups[place : place + column.groups]
            place += column.groups
            starts, formulas = own[1:3] if column.has_formulas else (nothing, nothing)
            values = own[3 if column.has_formulas else 1]
            inlines = own[-1] if column.has_inlines else nothing
            if any(own[0]) or any(values) or any(starts):
                columns.append(self._column(number, own[0], starts, formulas, values, inlines))
        return Band(groups[0], groups[1], columns)

    def _column(
        self,
        number: int,
        heads: Sequence[str],
        starts: Sequence[str],
        formulas: Sequence[str],
        values: Sequence[str],
        inlines: Sequence[str],
    ) -> AlikeCells | MixedCells:
        has_formulas, has_inlines = any(starts), any(inlines)
        is_full = all(values)
        if not has_inlines and (not has_formulas or (is_full and all(starts))):
            shared = _alike(heads, values)
            head = None if shared is None else self._heads[shared]
            read = None if head is None else self._texts(head, values, is_full=is_full)
            if head is not None and read is not None:
                spelt = _unescaped(formulas) if has_formulas else None
                return AlikeCells(number, read[0], head.style_id, read[1], is_full, spelt)
        found = self._cells(number, zip(heads, starts, formulas, values, inlines, strict=True))
        return MixedCells(number, found, None not in found)

    def _texts(self, head: _Head, values: Sequence[str], *, is_full: bool) -> tuple[State, Sequence[str | None]] | None:
        """Give state and texts of cells that share their attributes; `None` where they have to be settled one by one."""
        kind, state = head.kind, head.number_state
        if state is None:
            return None
        if kind == "s":
            digits = "".join(values)
            strings = self._meanings.strings
            if digits.isascii() and digits.isdigit():
                try:
                    if is_full:
                        return State.TEXT, [*map(strings.__getitem__, map(int, values))]
                    return State.TEXT, [strings[int(value)] if value else None for value in values]
                except IndexError:
                    return None
        elif kind in ("", "n"):
            digits = "".join(values)
            if (digits.isascii() and digits.isdigit()) or _NUMBERS.fullmatch("<".join((*filter(None, values), ""))):
                return state, values if is_full else [value or None for value in values]
        elif kind == "b" and _TRUTHS.issuperset(filter(None, values)):
            return State.BOOL, [value or None for value in values]
        elif kind == "str" and is_full:
            return State.TEXT, [plain_text(value) for value in values]
        return None

    def _cells(self, column: int, cells: Iterable[tuple[str, str, str, str, str]]) -> list[CellTuple | None]:
        found: list[CellTuple | None] = []
        add = found.append
        heads, settle, strings = self._heads, self._meanings.settle, self._meanings.strings
        for attributes, start, formula, value, inline in cells:
            if not (attributes or start or value):
                add(None)
                continue
            head = heads[attributes]
            if head.is_closed:
                add(None)
                continue
            kind, state, style_id = head.kind, head.number_state, head.style_id
            spelt = unescaped(formula) if start else None
            if state is not None and value:
                if kind == "s" and value.isascii() and value.isdigit() and (index := int(value)) < len(strings):
                    add((column, State.TEXT, strings[index], style_id, spelt))
                    continue
                if not kind and _ONE_NUMBER.fullmatch(value):
                    add((column, state, value, style_id, spelt))
                    continue
            elif state is not None and inline and kind == "inlineStr":
                add((column, State.TEXT, plain_text(inline[1:]), style_id, spelt))
                continue
            markup = CellMarkup(
                kind, style_id, None if inline else unescaped(value), plain_text(inline[1:]) if inline else None, spelt
            )
            settled = settle(markup)
            add(None if settled is None else (column, *settled, style_id, spelt))
        return found


def _alike(heads: Sequence[str], values: Sequence[str]) -> str | None:
    """Give the attributes that all cells with a value share, the others being none or closed; `None` where there is no such thing."""
    first = heads[0]
    if heads.count(first) == len(heads):
        return first
    shared: set[str] = set()
    empty: set[str] = set()
    for head, value in zip(heads, values, strict=True):
        (shared if value else empty).add(head)
    is_alike = len(shared) == 1 and all(head.endswith("/") for head in empty if head)
    return shared.pop() if is_alike else None


def _unescaped(formulas: Sequence[str]) -> Sequence[str]:
    joined = "".join(formulas)
    return [unescaped(formula) for formula in formulas] if "&" in joined or "\r" in joined else formulas


@cache
def _number_of(letters: str) -> int:
    try:
        return column_number(letters)
    except ValueError:
        return 0
