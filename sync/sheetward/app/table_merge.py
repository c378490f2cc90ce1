"""Two tables compared and three merged, by key, as data: what `diff` and `merge` show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sheetward.app.plain_table import KeyText, PlainTable
from sheetward.cells import Cell, same
from sheetward.merge.cell import Outcome, classify
from sheetward.table import ThreeWay, identical

Line = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell of a row that both tables have, old to new."""

    key: KeyText
    column: str
    old: Cell
    new: Cell


@dataclass(frozen=True, slots=True)
class TableDiff:
    """Rows by key and cells. `columns_added` and `columns_removed` name columns that one table only has."""

    key: tuple[str, ...]
    added: Mapping[KeyText, Mapping[str, Cell]]
    removed: Mapping[KeyText, Mapping[str, Cell]]
    changed: tuple[CellChange, ...]
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.columns_added or self.columns_removed)


def compared(old: PlainTable, new: PlainTable, key: tuple[str, ...]) -> TableDiff:
    """Compare two tables by key; a column that one side lacks is empty there."""
    before, after = old.keyed(key), new.keyed(key)
    columns = tuple(dict.fromkeys((*old.columns, *new.columns)))
    changed: list[CellChange] = []
    for row_key, line in before.items():
        other = after.get(row_key)
        if other is None:
            continue
        for column in columns:
            was, now = _at(old, line, column), _at(new, other, column)
            if not same(was, now):
                changed.append(CellChange(row_key, column, was, now))
    return TableDiff(
        key,
        {k: dict(zip(new.columns, line, strict=True)) for k, line in after.items() if k not in before},
        {k: dict(zip(old.columns, line, strict=True)) for k, line in before.items() if k not in after},
        tuple(changed),
        tuple(name for name in new.columns if name not in old.places),
        tuple(name for name in old.columns if name not in new.places),
    )


def _at(table: PlainTable, line: Line, column: str) -> Cell:
    place = table.places.get(column)
    return None if place is None else line[place]


@dataclass(frozen=True, slots=True)
class MergeConflict:
    """A divergent change of one cell; `column` is `None` where one side deleted a row that the other changed.

    For a whole row the sides are `None` where the row is not there, else its cells by column.
    """

    key: KeyText
    column: str | None
    sides: ThreeWay[Cell] | ThreeWay[Mapping[str, Cell] | None]


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged table (which holds ours where a conflict is open) and the conflicts."""

    table: PlainTable
    conflicts: tuple[MergeConflict, ...]


def merged(sides: ThreeWay[PlainTable], key: tuple[str, ...], prefer: str | None = None) -> Merged:
    """Merge three tables by key, cell by cell, as the truth table of `merge.cell` says.

    ==========================  =============================
    row                         outcome
    ==========================  =============================
    deleted here, untouched     deleted
    there
    deleted here, changed       conflict of the whole row; the
    there                       row stays as it was changed
    added on both sides         cell by cell against nothing
    ==========================  =============================

    `prefer` (`ours` or `theirs`) settles every conflict for that side. Rows stand as ours has them, new ones of
    theirs below; columns likewise, and a column that one side took out goes if the other left its cells alone.
    """
    base, ours, theirs = (side.keyed(key) for side in (sides.base, sides.ours, sides.theirs))
    columns = _columns(sides, base, ours, theirs, key)
    rows: list[Line] = []
    conflicts: list[MergeConflict] = []
    is_alike = sides.base.columns == sides.ours.columns == sides.theirs.columns == columns
    for row_key in dict.fromkeys((*ours, *theirs, *base)):
        three = ThreeWay(base.get(row_key), ours.get(row_key), theirs.get(row_key))
        easy = _one_side_moved(three) if is_alike else None
        if easy is not None:
            rows.append(easy)
            continue
        line, open_ones = _merged_row(sides, three, row_key, columns, prefer)
        conflicts += open_ones
        if line is not None:
            rows.append(line)
    table = PlainTable(sides.ours.path, columns, tuple(rows), sides.ours.key or sides.base.key)
    return Merged(table, tuple(conflicts))


def _one_side_moved(row: ThreeWay[Line | None]) -> Line | None:
    """Give the merged row where one side left it as it was to the letter, as nearly all rows of a table are.

    The columns of all sides are the same. `None` where the cells have to be looked at one by one.
    """
    base, ours, theirs = row.base, row.ours, row.theirs
    if base is None or ours is None or theirs is None:
        return None
    if identical(base, theirs):
        return ours
    if identical(base, ours):
        return tuple([was if same(was, now) else now for was, now in zip(ours, theirs, strict=True)])
    return None


def _columns(
    sides: ThreeWay[PlainTable],
    base: Mapping[KeyText, Line],
    ours: Mapping[KeyText, Line],
    theirs: Mapping[KeyText, Line],
    key: tuple[str, ...],
) -> tuple[str, ...]:
    kept: list[str] = []
    for name in dict.fromkeys((*sides.ours.columns, *sides.theirs.columns)):
        here, there = name in sides.ours.places, name in sides.theirs.places
        if name in sides.base.places and here != there and name not in key:
            table, lines = (sides.ours, ours) if here else (sides.theirs, theirs)
            if all(
                same(_at(table, line, name), _at(sides.base, base[k], name)) for k, line in lines.items() if k in base
            ):
                continue
        kept.append(name)
    return tuple(kept)


def _merged_row(
    sides: ThreeWay[PlainTable],
    row: ThreeWay[Line | None],
    key: KeyText,
    columns: Sequence[str],
    prefer: str | None,
) -> tuple[Line | None, list[MergeConflict]]:
    if row.base is not None and (row.ours is None or row.theirs is None):
        return _deleted_row(sides, row, row.base, key, columns, prefer)
    cells: list[Cell] = []
    conflicts: list[MergeConflict] = []
    for column in columns:
        three = _three(sides, row, column)
        outcome = classify(three)
        if outcome is Outcome.CONFLICT and prefer is None:
            conflicts.append(MergeConflict(key, column, three))
        takes_theirs = outcome is Outcome.THEIRS or (outcome is Outcome.CONFLICT and prefer == "theirs")
        cells.append(three.theirs if takes_theirs else three.ours)
    return tuple(cells), conflicts


def _three(sides: ThreeWay[PlainTable], row: ThreeWay[Line | None], column: str) -> ThreeWay[Cell]:
    """Give one cell on three sides; where a side lacks the row or the column, it stands as the base has it."""
    base = None if row.base is None else _at(sides.base, row.base, column)

    def side(table: PlainTable, line: Line | None) -> Cell:
        return base if line is None or column not in table.places else _at(table, line, column)

    return ThreeWay(base, side(sides.ours, row.ours), side(sides.theirs, row.theirs))


def _deleted_row(
    sides: ThreeWay[PlainTable],
    row: ThreeWay[Line | None],
    base: Line,
    key: KeyText,
    columns: Sequence[str],
    prefer: str | None,
) -> tuple[Line | None, list[MergeConflict]]:
    name, table, line = ("ours", sides.ours, row.ours) if row.ours is not None else ("theirs", sides.theirs, row.theirs)
    if line is None:
        return None, []
    kept = tuple(
        _at(table, line, column) if column in table.places else _at(sides.base, base, column) for column in columns
    )
    if all(same(cell, _at(sides.base, base, column)) for cell, column in zip(kept, columns, strict=True)):
        return None, []
    if prefer is not None:
        return (kept if prefer == name else None), []
    shown: ThreeWay[Mapping[str, Cell] | None] = ThreeWay(
        dict(zip(sides.base.columns, base, strict=True)),
        None if row.ours is None else dict(zip(sides.ours.columns, row.ours, strict=True)),
        None if row.theirs is None else dict(zip(sides.theirs.columns, row.theirs, strict=True)),
    )
    return kept, [MergeConflict(key, None, shown)]
