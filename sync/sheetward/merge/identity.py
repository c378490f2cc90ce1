"""Which observed row is which: ids first, then the rules for blank, doubled and wandering ids.

Everything works on what the sheet was last known to show, never on row numbers: a sort, an insert or a cut moves rows
without changing them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from sheetward.merge.likeness import (
    ALIKE,
    Alikes,
    Keys,
    Meaning,
    best_pairs,
    contradicts,
    has_key,
    likeness,
    meaning,
    meanings,
    only,
)
from sheetward.table import Row, RowId


class Observed(Protocol):
    """The part of an observed row that identity needs."""

    @property
    def position(self) -> int:
        """Give the sheet's row number."""
        ...

    @property
    def row_id(self) -> str:
        """Give the id cell's text, empty where blank."""
        ...

    @property
    def cells(self) -> Row:
        """Give the cells, aligned with the shown rows."""
        ...


R = TypeVar("R", bound=Observed)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about identity that a person should hear: a code and the row's position."""

    code: str
    position: int
    row: str


@dataclass
class Identified(Generic[R]):
    """Row id to observed row; observed rows that are new; ids that were shown and are gone; remarks."""

    known: dict[RowId, R] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    new: list[R] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    lost: set[RowId] = field(default_factory=set)  # pyright: ignore[reportUnknownVariableType]
    revived: set[RowId] = field(default_factory=set)  # pyright: ignore[reportUnknownVariableType]
    keep_key: set[RowId] = field(default_factory=set)  # pyright: ignore[reportUnknownVariableType]
    """Rows found again without their id and key: the key they had stays."""
    remarks: list[Remark] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    pasted: list[R] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    """Those of `new` that bear the id of another row: copies."""


def identify(
    rows: Sequence[R],
    shown: Mapping[RowId, Row],
    keys: Keys,
    *,
    adopted: Sequence[tuple[int, Row, RowId]] = (),
    revivable: Mapping[RowId, Row] | None = None,
) -> Identified[R]:
    """Say which observed row is which.

    `shown` is what the sheet was last known to show, row id to cells aligned with the observed ones. `adopted` are the
    ids of a pending write: position, cells as typed, id. `revivable` are rows that are not shown and that this sheet
    once held, with their last cells.

    Order of the rules: the same id once; the same id twice (the one most like what was shown keeps it); a deleted id that
    comes back; blank ids by the pending write, by business key, by likeness; the rest is new.
    """
    result: Identified[R] = Identified()
    blank: list[R] = []
    copies: set[int] = set()
    by_id: defaultdict[str, list[R]] = defaultdict(list)
    for row in rows:
        if row.row_id:
            by_id[row.row_id].append(row)
        else:
            blank.append(row)
    returning = revivable or {}
    for row_id, bearers in by_id.items():
        known = RowId(row_id)
        was = shown.get(known, returning.get(known))
        keeper = None if was is None else _most_like(was, bearers)
        if keeper is not None:
            result.known[known] = keeper
            if known not in shown:
                result.revived.add(known)
                result.remarks.append(Remark("identity.revived", keeper.position, row_id))
        for row in bearers:
            if row is not keeper:
                blank.append(row)
                copies.add(id(row))
                code = "identity.copied" if keeper is not None else "identity.foreign"
                result.remarks.append(Remark(code, row.position, row_id))
    result.lost = {row_id for row_id in shown if row_id not in result.known}
    blank.sort(key=lambda row: row.position)
    blank = _adopt(blank, adopted, shown, keys, result)
    blank = _find_by_key(blank, shown, keys, result)
    blank = _find_by_likeness(blank, shown, keys, result)
    result.new = blank
    result.pasted = [row for row in blank if id(row) in copies and RowId(row.row_id) in result.known]
    return result


def _most_like(was: Row, bearers: Sequence[R]) -> R:
    return bearers[0] if len(bearers) == 1 else max(bearers, key=lambda row: likeness(row.cells, was))


def _take(
    result: Identified[R], row_id: RowId, row: R, code: str, keys: Keys | None = None, was: Row | None = None
) -> None:
    result.known[row_id] = row
    result.lost.discard(row_id)
    result.remarks.append(Remark(code, row.position, row_id))
    if keys is not None and was is not None and has_key(was, keys.business) and not has_key(row.cells, keys.business):
        result.keep_key.add(row_id)


class _Waiting:
    """Rows that wait for their ids, by place and by cells: without what an observed row cannot tell about them.

    The table may have given them a number or a date that nobody typed, and a mask tells nothing.
    """

    def __init__(self, rows: Mapping[RowId, tuple[int, Row]], keys: Keys) -> None:
        self.place = {row_id: position for row_id, (position, _) in rows.items()}
        self._rows, self._keys = rows, keys
        self._indexes: dict[tuple[int, ...], tuple[dict[RowId, Row], dict[object, list[RowId]], Alikes]] = {}

    def told(self, row: Observed) -> Row:
        """Give the cells of an observed row that say something."""
        return tuple(None if self._keys.is_mask(cell) else cell for cell in row.cells)

    def index(self, row: Observed) -> tuple[dict[RowId, Row], dict[object, list[RowId]], Alikes]:
        """Give the cells of those that wait, as far as this row can bear them: by id, ids by meaning, and by likeness."""
        gaps = tuple(place for place in self._keys.given if row.cells[place] is None)
        if gaps not in self._indexes:
            cells = {
                row_id: tuple(
                    None if place in gaps or self._keys.is_mask(cell) else cell for place, cell in enumerate(was)
                )
                for row_id, (_, was) in self._rows.items()
            }
            equal: defaultdict[object, list[RowId]] = defaultdict(list)
            for row_id, was in cells.items():
                equal[meanings(was)].append(row_id)
            self._indexes[gaps] = cells, equal, Alikes(cells)
        return self._indexes[gaps]

    def equal(self, row: Observed) -> Iterable[RowId]:
        """Give those with the same cells."""
        return self.index(row)[1].get(meanings(self.told(row)), ())

    def alike(self, row: Observed) -> Iterable[RowId]:
        """Give those that are alike, the most alike first."""
        return (row_id for _, row_id in self.index(row)[2].at_least(self.told(row), ALIKE) or ())

    def likeness(self, row: Observed, row_id: RowId) -> float:
        """Say how alike a row and one that waits are."""
        return likeness(self.told(row), self.index(row)[0][row_id])


def _adopt(
    blank: list[R],
    adopted: Sequence[tuple[int, Row, RowId]],
    shown: Mapping[RowId, Row],
    keys: Keys,
    result: Identified[R],
) -> list[R]:
    """Give the ids of a pending write to the rows they were meant for: exact place and cells, then cells, then place.

    At its place one equal cell is enough: a row that was rewritten meanwhile must not enter a second time.
    """
    rows = {
        row_id: (position, cells) for position, cells, row_id in adopted if row_id in shown and row_id in result.lost
    }
    if not rows or not blank:
        return blank
    waiting = _Waiting(rows, keys)
    by_place = {position: row_id for row_id, position in waiting.place.items()}

    def there(row: R) -> Iterable[RowId]:
        return (by_place[row.position],) if row.position in by_place else ()

    rules: list[Callable[[R], Iterable[RowId]]] = [
        lambda row: (i for i in waiting.equal(row) if waiting.place[i] == row.position),
        waiting.equal,
        lambda row: (i for i in there(row) if waiting.likeness(row, i) >= ALIKE),
        waiting.alike,
        lambda row: (i for i in there(row) if waiting.likeness(row, i) > 0),
    ]
    free = set(rows)
    for fitting in rules:
        rest: list[R] = []
        for row in blank:
            match = next((row_id for row_id in fitting(row) if row_id in free), None)
            if match is None:
                rest.append(row)
            else:
                free.discard(match)
                _take(result, match, row, "identity.adopted", keys, shown[match])
        blank = rest
    return blank


def _find_by_key(blank: list[R], shown: Mapping[RowId, Row], keys: Keys, result: Identified[R]) -> list[R]:
    """Match blank ids with lost rows by an equal business key, where no identifying field differs."""
    place = keys.business
    if place is None or not blank or not result.lost:
        return blank
    lost: defaultdict[Meaning, list[RowId]] = defaultdict(list)
    for row_id in result.lost:
        lost[meaning(shown[row_id][place])].append(row_id)
    fits: list[tuple[float, int, RowId]] = []
    for asker, row in enumerate(blank):
        if has_key(row.cells, place):
            same_key = lost.get(meaning(row.cells[place]), ())
            match = only(i for i in same_key if not contradicts(row.cells, shown[i], keys))
            if match is not None:
                fits.append((likeness(row.cells, shown[match]), asker, match))
    return _given(blank, best_pairs(fits), shown, keys, result)


def _find_by_likeness(blank: list[R], shown: Mapping[RowId, Row], keys: Keys, result: Identified[R]) -> list[R]:
    """Match a blank id with the only lost row at least 60 % alike, where one of the two has no business key.

    Rows that a reader cannot tell apart are matched one to one, in their order: either is as good.
    """
    lost = {row_id: row for row_id, row in shown.items() if row_id in result.lost}
    if not blank or not lost:
        return blank
    askers = {asker: row.cells for asker, row in enumerate(blank)}
    pairs = _equal_pairs(askers, {i: row for i, row in lost.items() if not has_key(row, keys.business)})
    taken = set(pairs.values())
    lost = {row_id: row for row_id, row in lost.items() if row_id not in taken}
    keyless = Alikes({row_id: row for row_id, row in lost.items() if not has_key(row, keys.business)})
    whole: Alikes | None = None
    fits: list[tuple[float, int, RowId]] = []
    for asker, cells in askers.items():
        if asker in pairs:
            continue
        index = keyless
        if not has_key(cells, keys.business):
            index = whole = whole or Alikes(lost)
        found = [e for e in index.at_least(cells, ALIKE) or () if not contradicts(cells, lost[e[1]], keys)]
        if len(found) == 1:
            fits.append((found[0][0], asker, found[0][1]))
    return _given(blank, pairs | best_pairs(fits), shown, keys, result)


def _equal_pairs(askers: Mapping[int, Row], lost: Mapping[RowId, Row]) -> dict[int, RowId]:
    """Pair equal rows where there are as many on either side."""
    groups: defaultdict[object, list[RowId]] = defaultdict(list)
    for row_id, row in lost.items():
        groups[meanings(row)].append(row_id)
    asking: defaultdict[object, list[int]] = defaultdict(list)
    for asker, cells in askers.items() if groups else ():
        if any(cell is not None for cell in cells):
            asking[meanings(cells)].append(asker)
    pairs: dict[int, RowId] = {}
    for content, who in asking.items():
        if len(who) == len(groups.get(content, ())):
            pairs |= dict(zip(who, groups[content], strict=True))
    return pairs


def _given(
    blank: list[R], pairs: Mapping[int, RowId], shown: Mapping[RowId, Row], keys: Keys, result: Identified[R]
) -> list[R]:
    """Give the rows that were found their ids; what is left is still blank."""
    for asker in sorted(pairs):
        row_id = pairs[asker]
        _take(result, row_id, blank[asker], "identity.found", keys, shown[row_id])
    return [row for asker, row in enumerate(blank) if asker not in pairs]
