"""Which observed row is which: ids first, then the rules for blank, doubled and wandering ids.

Everything works on what the sheet was last known to show, never on row numbers: a sort, an insert or a cut moves rows
without changing them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from sheetward.cells import Cell, same
from sheetward.table import Row, RowId

ALIKE = 0.6
"""Share of equal cells, of those filled on either side, from which two rows count as the same row."""
_COMMON = 40
"""A value that more rows than this share says nothing about which row is which."""


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
    def cells(self) -> tuple[Cell, ...]:
        """Give the cells, aligned with the shown rows."""
        ...


R = TypeVar("R", bound=Observed)


@dataclass(frozen=True, slots=True)
class Keys:
    """Places, within the compared cells, of the business key (`None` where the sheet has none) and of identifying fields."""

    business: int | None
    identify: tuple[int, ...] = ()


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


def likeness(a: Row, b: Row) -> float:
    """Give the share of equal cells among those filled on either side, 0 to 1; two empty rows are not alike.

    >>> likeness(("a", "b", None), ("a", "c", None))
    0.5
    """
    filled = equal = 0
    for x, y in zip(a, b, strict=True):
        if x is None and y is None:
            continue
        filled += 1
        if same(x, y):
            equal += 1
    return equal / filled if filled else 0.0


def contradicts(a: Row, b: Row, places: Iterable[int]) -> bool:
    """Say whether an identifying field is filled on both sides and differs."""
    return any(a[p] is not None and b[p] is not None and not same(a[p], b[p]) for p in places)


def identify(
    rows: Sequence[R],
    shown: Mapping[RowId, Row],
    keys: Keys,
    *,
    adopted: Sequence[tuple[int, Row, RowId]] = (),
    revivable: Callable[[str], bool] = lambda _: False,
) -> Identified[R]:
    """Say which observed row is which.

    `shown` is what the sheet was last known to show, row id to cells aligned with the observed ones. `adopted` are the
    ids of a pending write: position, cells as typed, id. `revivable` says whether an id that is not shown belongs to
    a deleted row which this sheet once held.

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
    for row_id, bearers in by_id.items():
        known = RowId(row_id)
        if known in shown:
            keeper = bearers[0]
            if len(bearers) > 1:
                keeper = max(bearers, key=lambda row: likeness(row.cells, shown[known]))
            result.known[known] = keeper
        elif revivable(row_id):
            keeper = bearers[0]
            result.known[known] = keeper
            result.revived.add(known)
            result.remarks.append(Remark("identity.revived", keeper.position, row_id))
        else:
            keeper = None
        for row in bearers:
            if row is not keeper:
                blank.append(row)
                copies.add(id(row))
                code = "identity.copied" if keeper is not None else "identity.foreign"
                result.remarks.append(Remark(code, row.position, row_id))
    result.lost = {row_id for row_id in shown if row_id not in result.known}
    blank.sort(key=lambda row: row.position)
    blank = _adopt(blank, adopted, shown, result)
    blank = _find_by_key(blank, shown, keys, result)
    blank = _find_by_likeness(blank, shown, keys, result)
    result.new = blank
    result.pasted = [row for row in blank if id(row) in copies and RowId(row.row_id) in result.known]
    return result


def _take(
    result: Identified[R], row_id: RowId, row: R, code: str, keys: Keys | None = None, was: Row | None = None
) -> None:
    result.known[row_id] = row
    result.lost.discard(row_id)
    result.remarks.append(Remark(code, row.position, row_id))
    if keys is not None and keys.business is not None and was is not None:
        place = keys.business
        if row.cells[place] is None and was[place] is not None:
            result.keep_key.add(row_id)


def _adopt(
    blank: list[R], adopted: Sequence[tuple[int, Row, RowId]], shown: Mapping[RowId, Row], result: Identified[R]
) -> list[R]:
    """Give the ids of a pending write to the rows they were meant for: exact place and cells, then cells, then place."""
    waiting = {
        row_id: (position, cells) for position, cells, row_id in adopted if row_id in shown and row_id in result.lost
    }
    if not waiting or not blank:
        return blank
    by_place = {position: [row_id] for row_id, (position, _) in waiting.items()}
    by_cells: defaultdict[Row, list[RowId]] = defaultdict(list)
    for row_id, (_, cells) in waiting.items():
        by_cells[cells].append(row_id)
    by_value = _value_index({row_id: cells for row_id, (_, cells) in waiting.items()})
    rules: list[Callable[[R], Iterable[RowId]]] = [
        lambda row: (i for i in by_place.get(row.position, ()) if i in waiting and waiting[i][1] == row.cells),
        lambda row: (i for i in by_cells.get(row.cells, ()) if i in waiting),
        lambda row: (i for i in by_place.get(row.position, ()) if i in waiting and _alike(row.cells, waiting[i][1])),
        lambda row: (i for i in _candidates(row.cells, by_value) if i in waiting and _alike(row.cells, waiting[i][1])),
    ]
    for fitting in rules:
        rest: list[R] = []
        for row in blank:
            match = next(iter(fitting(row)), None)
            if match is None:
                rest.append(row)
            else:
                del waiting[match]
                _take(result, match, row, "identity.adopted")
        blank = rest
    return blank


def _alike(a: Row, b: Row) -> bool:
    return likeness(a, b) >= ALIKE


def _find_by_key(blank: list[R], shown: Mapping[RowId, Row], keys: Keys, result: Identified[R]) -> list[R]:
    """Match blank ids with lost rows by an equal business key, where no identifying field differs."""
    place = keys.business
    if place is None or not blank or not result.lost:
        return blank
    lost: dict[Cell, list[RowId]] = {}
    for row_id in result.lost:
        key = shown[row_id][place]
        if key is not None:
            lost.setdefault(key, []).append(row_id)
    rest: list[R] = []
    for row in blank:
        key = row.cells[place]
        fitting = [
            i
            for i in lost.get(key, [])
            if key is not None and i in result.lost and not contradicts(row.cells, shown[i], keys.identify)
        ]
        if len(fitting) == 1:
            _take(result, fitting[0], row, "identity.found")
        else:
            rest.append(row)
    return rest


def _find_by_likeness(blank: list[R], shown: Mapping[RowId, Row], keys: Keys, result: Identified[R]) -> list[R]:
    """Match a blank id with the only lost row at least 60 % alike, where one of the two has no business key."""
    if not blank or not result.lost:
        return blank
    index = _value_index({row_id: shown[row_id] for row_id in result.lost})
    rest: list[R] = []
    for row in blank:
        fitting = [
            i
            for i in _candidates(row.cells, index)
            if i in result.lost
            and _one_without_key(row.cells, shown[i], keys.business)
            and likeness(row.cells, shown[i]) >= ALIKE
            and not contradicts(row.cells, shown[i], keys.identify)
        ]
        if len(fitting) == 1:
            _take(result, fitting[0], row, "identity.found", keys, shown[fitting[0]])
        else:
            rest.append(row)
    return rest


def _one_without_key(a: Row, b: Row, place: int | None) -> bool:
    return place is None or a[place] is None or b[place] is None


def _value_index(rows: Mapping[RowId, Row]) -> dict[tuple[int, Cell], list[RowId]]:
    index: defaultdict[tuple[int, Cell], list[RowId]] = defaultdict(list)
    for row_id, row in rows.items():
        for place, cell in enumerate(row):
            if cell is not None:
                index[place, cell].append(row_id)
    return index


def _candidates(cells: Row, index: Mapping[tuple[int, Cell], list[RowId]]) -> list[RowId]:
    """Give the rows that share at least one telling value, in a stable order."""
    found: dict[RowId, None] = {}
    for place, cell in enumerate(cells):
        if cell is None:
            continue
        rows = index.get((place, cell), [])
        if len(rows) <= _COMMON:
            found.update(dict.fromkeys(rows))
    return list(found)


@dataclass(frozen=True, slots=True)
class Detached:
    """A sort that left the id column behind.

    `moves`: id that a row bears, to the id whose row it is. `is_clean` is false where the moves are no permutation:
    then nobody can say which row is which, and the sync stops.
    """

    moves: Mapping[RowId, RowId] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    is_clean: bool = True


def detached(known: Mapping[RowId, Observed], shown: Mapping[RowId, Row], keys: Keys) -> Detached:
    """Find rows whose cells wandered under another id.

    At least two, and 60 %, of the changed rows must fit the row shown under another id strictly better than their own
    (60 % alike, unique best; the business key breaks ties).
    """
    changed = {
        row_id: row.cells
        for row_id, row in known.items()
        if row_id in shown and row.cells != shown[row_id] and likeness(row.cells, shown[row_id]) < 1
    }
    if len(changed) < 2:
        return Detached()
    index = _value_index({row_id: shown[row_id] for row_id in changed})
    moves: dict[RowId, RowId] = {}
    for row_id, cells in changed.items():
        target = _better_fit(row_id, cells, shown, index, keys.business)
        if target is not None:
            moves[row_id] = target
    if len(moves) < 2 or len(moves) < ALIKE * len(changed):
        return Detached()
    # Only whole cycles: a target that keeps its own row would leave two rows under one id.
    return Detached(moves, is_clean=set(moves.values()) == set(moves))


def _better_fit(
    row_id: RowId,
    cells: Row,
    shown: Mapping[RowId, Row],
    index: Mapping[tuple[int, Cell], list[RowId]],
    key: int | None,
) -> RowId | None:
    own = likeness(cells, shown[row_id])
    scores = [
        (likeness(cells, shown[i]), _same_key(cells, shown[i], key), i)
        for i in _candidates(cells, index)
        if i != row_id
    ]
    if not scores:
        return None
    scores.sort(key=lambda score: score[:2], reverse=True)
    best, best_key, target = scores[0]
    is_unique = len(scores) == 1 or scores[1][:2] < (best, best_key)
    return target if best >= ALIKE and best > own and is_unique else None


def _same_key(a: Row, b: Row, place: int | None) -> bool:
    return place is not None and a[place] is not None and same(a[place], b[place])
