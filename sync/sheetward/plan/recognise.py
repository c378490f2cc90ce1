"""Which row of the sheet is which row of the table: identity and alignment, applied to one sync."""

from __future__ import annotations

from collections.abc import Mapping

from sheetward.cells import same
from sheetward.merge.alignment import Alignment, aligned_rows
from sheetward.merge.identity import Identified, identify
from sheetward.merge.likeness import Keys
from sheetward.plan.desk import Desk
from sheetward.plan.expect import aligned
from sheetward.plan.observation import ShownRow
from sheetward.plan.older import forget, remembered
from sheetward.plan.pasted import take_the_place
from sheetward.plan.plan import Trip
from sheetward.plan.rejoin import brought
from sheetward.plan.situation import Situation
from sheetward.sharing import is_mask
from sheetward.table import Row, RowId


def recognised(desk: Desk) -> Identified[ShownRow]:
    """Say which observed row is which, and lay them on the desk under their ids."""
    found = _identified(desk)
    alignment = aligned_rows(found.known, desk.expected.shown, _keys(desk.situation, desk.fields))
    rows = dict(found.known)
    for borne, target in alignment.moves.items():
        rows[target] = found.known[borne]
    if alignment.moves:
        desk.say("identity.realigned", count=len(alignment.moves))
    desk.theirs.update(rows)
    desk.keep_key.update(found.keep_key)
    desk.trips += _unclear(alignment, found.known)
    return found


def _unclear(alignment: Alignment, known: Mapping[RowId, ShownRow]) -> list[Trip]:
    positions = sorted(known[row_id].position for row_id in alignment.unclear)
    return [Trip("ids", len(positions), 0, tuple(positions))] if positions else []


def _keys(s: Situation, fields: tuple[str, ...]) -> Keys:
    place = {name: number for number, name in enumerate(fields)}
    business = place.get(s.schema.business_key or "")
    names = s.schema.identify or (("name",) if "name" in place else ())
    given = tuple(place[f.name] for f in s.schema.fields if f.auto is not None and f.name in place)
    return Keys(business, tuple(place[name] for name in names if name in place), is_mask, given)


def _identified(desk: Desk) -> Identified[ShownRow]:
    s, fields = desk.situation, desk.fields
    returning: dict[RowId, Row] = {
        row_id: aligned(cells, fields)
        for row_id, cells in s.deleted.items()
        if s.rule.shows(s.ours.fields, aligned(cells, s.ours.fields))
    }
    returning |= desk.expected.absent
    unknown = brought(s)
    returning |= unknown
    adopted = [(position, aligned(cells, fields), row_id) for position, cells, row_id in s.adopted]
    asked = remembered(s, fields)
    adopted += [(0, row, row_id) for row_id, row in asked.items()]
    found = identify(s.observed.rows, desk.expected.shown, _keys(s, fields), adopted=adopted, revivable=returning)
    forget(desk, found, asked)
    take_the_place(desk, found)
    count = len(unknown.keys() & found.revived)
    if count:
        desk.say("rejoin.brought", count=count)
    for remark in found.remarks:
        is_brought = remark.code == "identity.revived" and remark.row in unknown
        if remark.code != "identity.adopted" and not is_brought:
            desk.say(remark.code, row=remark.position)
    return found


def pasted_copies(desk: Desk, found: Identified[ShownRow]) -> set[int]:
    """Give the positions of rows that repeat another row, number included, while rows that the table has are gone.

    Somebody copied a row over another one: nobody can say whether that one was to be deleted. A row whose number was
    emptied, which waits, is repeated without one.
    """
    s = desk.situation
    key = s.schema.business_key
    missing = [i for i in found.lost if i in s.ours.rows and i in desk.ours_view]
    if not missing or not s.observed.complete or key not in desk.fields:
        return set()
    place = desk.fields.index(key)
    sources = {id(copy): found.known[RowId(copy.row_id)] for copy in found.pasted}
    return {copy.position for copy in found.pasted if same(copy.cells[place], sources[id(copy)].cells[place])}
