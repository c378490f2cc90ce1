"""Rows whose ids and contents contradict each other: a sort that left the id column behind, keys that belong to others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sheetward.cells import same
from sheetward.merge.identity import Observed
from sheetward.merge.likeness import ALIKE, Alikes, Keys, Meaning, has_key, likeness, meaning, meanings
from sheetward.table import Row, RowId

AT_LEAST = 2
"""A sort moves at least so many rows."""


def _no_moves() -> Mapping[RowId, RowId]:
    return {}


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which rows stand under another id than their own.

    `moves`: id that a row bears, to the id whose row it is; always one permutation. `unclear` are ids whose rows nobody
    can tell: then the sync stops.
    """

    moves: Mapping[RowId, RowId] = field(default_factory=_no_moves)
    unclear: frozenset[RowId] = frozenset()


def aligned_rows(known: Mapping[RowId, Observed], shown: Mapping[RowId, Row], keys: Keys) -> Alignment:
    """Find rows whose cells wandered under another id.

    *A sort that left the ids behind*: at least two, and 60 %, of the changed rows fit the row shown under another id
    strictly better than their own (60 % alike, unique best; the business key breaks ties).

    *Keys that contradict ids*, among the rows that no sort explains: where a row bears the key of another one,

    ======================  =======================  ==========================================
    its other cells fit     and                      it is
    ======================  =======================  ==========================================
    the row of its id                                that row, its key edited
    the row of the key      a whole permutation      that row, realigned
    the row of the key      no permutation           left over
    neither                                          left over
    ======================  =======================  ==========================================

    Two or more left over are unclear; one alone counts as an edit.
    """
    changed = {
        row_id: row.cells
        for row_id, row in known.items()
        if row_id in shown and row.cells != shown[row_id] and likeness(row.cells, shown[row_id]) < 1
    }
    if len(changed) < AT_LEAST:
        return Alignment()
    moves = _sorted_alone(changed, shown, keys)
    if len(moves) >= AT_LEAST and len(moves) >= ALIKE * len(changed):
        moves |= _left_to_each_other(changed, shown, moves)
        if set(moves.values()) != set(moves):
            return Alignment(unclear=frozenset(moves))
    else:
        moves = {}
    rest = {row_id: cells for row_id, cells in changed.items() if row_id not in moves}
    by_key = _by_key(rest, shown, keys)
    return Alignment({**moves, **by_key.moves}, by_key.unclear)


def _sorted_alone(changed: Mapping[RowId, Row], shown: Mapping[RowId, Row], keys: Keys) -> dict[RowId, RowId]:
    """Give the changed rows that fit another one better than their own.

    Rows with exactly the content of another one are found at once; rows that a reader cannot tell apart are matched one to
    one, in their order: either is as good.
    """
    moves = _exactly(changed, shown)
    rest = {row_id: cells for row_id, cells in changed.items() if row_id not in moves}
    if not rest:
        return moves
    index = Alikes({row_id: shown[row_id] for row_id in changed})
    for row_id, cells in rest.items():
        own = likeness(cells, shown[row_id])
        nearest = index.nearest(cells, max(ALIKE, own)) or []
        fitting = [i for share, i in nearest if share > own]
        if len(fitting) > 1 and keys.business is not None and has_key(cells, keys.business):
            fitting = [i for i in fitting if same(shown[i][keys.business], cells[keys.business])]
        if len(fitting) == 1:
            moves[row_id] = fitting[0]
    return moves


def _exactly(changed: Mapping[RowId, Row], shown: Mapping[RowId, Row]) -> dict[RowId, RowId]:
    there: defaultdict[object, list[RowId]] = defaultdict(list)
    for row_id in changed:
        there[meanings(shown[row_id])].append(row_id)
    here: defaultdict[object, list[RowId]] = defaultdict(list)
    for row_id, cells in changed.items():
        if any(cell is not None for cell in cells):
            here[meanings(cells)].append(row_id)
    moves: dict[RowId, RowId] = {}
    for content, bearers in here.items():
        if len(bearers) == len(there.get(content, ())):
            moves |= dict(zip(bearers, there[content], strict=True))
    return moves


def _left_to_each_other(
    changed: Mapping[RowId, Row], shown: Mapping[RowId, Row], moves: Mapping[RowId, RowId]
) -> dict[RowId, RowId]:
    """Match what a sort leaves over: rows that were edited beyond recognition, and ids whose rows are not found.

    Only among these two, and only where a row fits one of the ids strictly better than all the others and than its own.
    """
    taken = set(moves.values())
    free = [row_id for row_id in moves if row_id not in taken]
    homeless = [row_id for row_id in taken if row_id not in moves]
    if not free or len(free) != len(homeless) or len(free) > MOST_LEFT:
        return {}
    found: dict[RowId, RowId] = {}
    for row_id in homeless:
        shares = sorted(((likeness(changed[row_id], shown[i]), i) for i in free), reverse=True)
        best, target = shares[0]
        if best > likeness(changed[row_id], shown[row_id]) and (len(shares) == 1 or best > shares[1][0]):
            found[row_id] = target
    return found if len(set(found.values())) == len(homeless) else {}


MOST_LEFT = 50
"""So many rows may be edited beyond recognition within a sort."""


def _by_key(rows: Mapping[RowId, Row], shown: Mapping[RowId, Row], keys: Keys) -> Alignment:
    place = keys.business
    if place is None:
        return Alignment()
    bearers: defaultdict[Meaning, list[RowId]] = defaultdict(list)
    for row_id, row in shown.items():
        bearers[meaning(row[place])].append(row_id)
    moves: dict[RowId, RowId] = {}
    strangers: set[RowId] = set()
    for row_id, cells in rows.items():
        if not has_key(cells, place) or same(cells[place], shown[row_id][place]):
            continue
        others = bearers.get(meaning(cells[place]), [])
        if not others:
            continue
        own = _apart_from(place, cells, shown[row_id])
        there = sorted(((_apart_from(place, cells, shown[i]), i) for i in others[:MOST_LEFT]), reverse=True)
        best, target = there[0]
        if best >= ALIKE and best > own and (len(there) == 1 or best > there[1][0]):
            moves[row_id] = target
        if own < ALIKE:
            strangers.add(row_id)
    whole = _permutation(moves)
    left = strangers - whole.keys()
    return Alignment(whole, frozenset(left) if len(left) >= AT_LEAST else frozenset())


def _apart_from(place: int, a: Row, b: Row) -> float:
    """Give the likeness of two rows without their keys; rows that have nothing else contradict nothing."""
    x, y = (*a[:place], *a[place + 1 :]), (*b[:place], *b[place + 1 :])
    return likeness(x, y) if _is_filled(x) or _is_filled(y) else 1.0


def _is_filled(row: Iterable[object]) -> bool:
    return any(cell is not None for cell in row)


def _permutation(moves: Mapping[RowId, RowId]) -> dict[RowId, RowId]:
    """Give those moves that exchange whole rows among each other, so that none stands twice and none is missing."""
    wanted = Counter(moves.values())
    single = {row_id: target for row_id, target in moves.items() if wanted[target] == 1}
    whole: dict[RowId, RowId] = {}
    passed: set[RowId] = set()
    for start in single:
        path: list[RowId] = []
        row_id = start
        while row_id in single and row_id not in passed:
            passed.add(row_id)
            path.append(row_id)
            row_id = single[row_id]
        if path and row_id == start:
            whole |= {i: single[i] for i in path}
    return whole
