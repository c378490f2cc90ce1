"""Which row of a messy tab is the header, and which column means which field. Pure: texts in, a choice out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sheetward_schemas.headers import header_key, match_header
from sheetward_schemas.model import TableSchema

from sheetward.xlsx.areas import Area

ID_HEADER = "_sheetward_id"
"""The header text of the id column, in every kind of file."""

HeadRow: TypeAlias = Mapping[int, str]
"""Column number (1-based) to text, filled cells only."""


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """A header row: where it stands and what its columns mean.

    `columns` and `texts` are by field; `unmapped` and `repeated` are columns with their texts; `bottom` is the last
    row that the header covers (below `row` where header cells are merged downwards).
    """

    row: int
    bottom: int
    columns: Mapping[str, int]
    texts: Mapping[str, str]
    unmapped: Mapping[int, str]
    repeated: Mapping[int, str]
    id_column: int | None


def spelled(text: str) -> str:
    """Fold a header for comparison, as schemas do; a text without a letter or digit stands for itself."""
    return header_key(text) or text.strip()


class HeaderWords:
    """The texts that mean fields of one schema, with what the caller mapped by hand on top.

    `mapping` is header text to field name; an empty field name keeps that column private.
    """

    def __init__(self, schema: TableSchema, mapping: Mapping[str, str] | None = None) -> None:
        self._schema = schema
        self._mapped = {spelled(text): name for text, name in (mapping or {}).items()}
        self._taken = {name for name in self._mapped.values() if name}
        self._known: dict[str, str | None] = {}

    def field(self, text: str) -> str | None:
        """Give the field that a header text means, `None` for a private column."""
        if text not in self._known:
            self._known[text] = self._meaning(text)
        return self._known[text]

    def is_header(self, name: str, text: str) -> bool:
        """Say whether a text is a header of a field as it is written: its label, title, name or alias, no part of it."""
        field = self._schema.by_name.get(name)
        return field is not None and header_key(text) in {header_key(header) for header in field.headers}

    def is_own(self, name: str, text: str) -> bool:
        """Say whether a text is a field's own header (label, title or name), and not another word for it."""
        field = self._schema.by_name.get(name)
        own = () if field is None else (*field.labels.values(), field.title, field.name)
        return header_key(text) in {header_key(header) for header in own if header}

    def _meaning(self, text: str) -> str | None:
        word = spelled(text)
        if word in self._mapped:
            return self._mapped[word] or None
        found = match_header(text, self._schema)
        return None if found is None or found.name in self._taken else found.name


def with_merged(head: Mapping[int, HeadRow], merged: Sequence[Area]) -> dict[int, HeadRow]:
    """Give the rows with the text of a downward merged cell in each row it covers (headers over two rows).

    A cell merged sideways too is a title or a group heading and stays where it is.
    """
    grown: dict[int, dict[int, str]] = {row: dict(texts) for row, texts in head.items()}
    last = max(head, default=0)
    for area in merged:
        text = head.get(area.first_row, {}).get(area.first_column)
        if text and area.first_column == area.last_column:
            for row in range(area.first_row + 1, min(area.last_row, last) + 1):
                grown.setdefault(row, {}).setdefault(area.first_column, text)
    return dict(grown)


def read_header(row: int, texts: HeadRow, words: HeaderWords, bounds: tuple[int, int] | None = None) -> HeaderRow:
    """Give what a row means when it is read as a header; `bounds` are the first and last column of a table object."""
    columns: dict[str, int] = {}
    named: dict[str, str] = {}
    unmapped: dict[int, str] = {}
    repeated: dict[int, str] = {}
    id_column: int | None = None
    for column, text in sorted(texts.items()):
        if text.strip() == ID_HEADER:
            id_column = id_column or column
            continue
        name = words.field(text) if bounds is None or bounds[0] <= column <= bounds[1] else None
        if name is None:
            unmapped[column] = text
        elif name in columns and (words.is_own(name, named[name]) or not words.is_own(name, text)):
            repeated[column] = text
        else:
            if name in columns:  # the field's own header goes before another word for it, wherever it stands
                repeated[columns[name]] = named[name]
            columns[name] = column
            named[name] = text
    return HeaderRow(row, row, columns, named, unmapped, repeated, id_column)


def best_header(head: Mapping[int, HeadRow], words: HeaderWords, merged: Sequence[Area] = ()) -> HeaderRow | None:
    """Give the row that means most fields, the first of equals; `None` where no row means any.

    Whether one match is enough is the caller's question.
    """
    grown = with_merged(head, merged)
    best: HeaderRow | None = None
    for row in sorted(grown):
        header = read_header(row, grown[row], words)
        if header.columns and (best is None or len(header.columns) > len(best.columns)):
            best = header
    return best


def covered(header: HeaderRow, merged: Sequence[Area]) -> int:
    """Give the last row that the header's cells cover."""
    used = set(header.columns.values())
    bottoms = [
        area.last_row
        for area in merged
        if area.first_row <= header.row <= area.last_row
        and area.first_column == area.last_column
        and area.first_column in used
    ]
    return max([header.row, *bottoms])
