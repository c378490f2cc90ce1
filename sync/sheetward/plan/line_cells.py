"""Decides cell by cell, in a row that both sides have: the truth table of `merge.cell`, policies, and what is doubtful."""

from __future__ import annotations

from collections.abc import Mapping

from sheetward.cells import Cell, same, value_of
from sheetward.merge.cell import Outcome, classify, settled
from sheetward.merge.items import ItemKind
from sheetward.plan.desk import Desk, KeptCell
from sheetward.plan.observation import NO_VALUE, ShownRow
from sheetward.plan.shifted import NO_ROW
from sheetward.plan.why import Why
from sheetward.sharing import Access, Rejected, authorise_edit, is_mask
from sheetward.table import Row, RowId, ThreeWay


def merge_cells(desk: Desk, row_id: RowId, base: Row | None, seen: ShownRow) -> None:
    """Decide a row that the store has and the sheet shows, cell by cell."""
    s, fields = desk.situation, desk.fields
    empty: Row = (None,) * len(fields)
    shown = desk.expected.shown.get(row_id, base or empty)
    true_row = s.ours.rows[row_id]
    for place, name in enumerate(fields):
        mark = seen.marks.get(name)
        theirs = seen.cells[place]
        start = None if base is None or is_mask(base[place]) else base[place]
        item = desk.expected.items.get((row_id, name))
        ours = true_row[s.ours.index[name]]
        if name in seen.errors:
            _reject_error(desk, row_id, name, seen)
        lost_key = row_id in desk.keep_key and name == s.schema.business_key
        if mark in NO_VALUE or is_mask(theirs) or lost_key:
            desk.stuck_bases[row_id, name] = start
            if lost_key:
                desk.why[row_id, name] = Why.KEY_KEPT, ""
            # A value that waits with its column is accepted as it stands in its cell: where that holds none, it waits no more.
            if item is not None and not (mark in NO_VALUE and _waits_with_column(desk, item)):
                desk.kept_cells[row_id, name] = KeptCell(item, start)
                desk.kept.add(item)
                if is_mask(theirs):
                    desk.put_back[row_id, name] = shown[place]
            continue
        view = desk.ours_view[row_id][place]
        if s.rule.access(name) is not Access.WRITE:
            # What waited here was typed while it was allowed: it is held against its base, else it would go untold.
            before = start if item in s.items else shown[place]
            verdict = authorise_edit(s.rule, name, before, theirs)
            if isinstance(verdict, Rejected) and verdict.is_listed and not same(theirs, view):
                desk.reject(row_id, name, verdict.code, theirs, seen)
            if item is not None:
                desk.close(item, "gone")
            continue
        _merge_cell(desk, row_id, name, ThreeWay(start, ours, theirs), seen, item)


def _waits_with_column(desk: Desk, item: str) -> bool:
    return item in desk.situation.items and desk.situation.items[item].row == NO_ROW


def _reject_error(desk: Desk, row_id: RowId, name: str, seen: ShownRow) -> None:
    """Name an error value once: it stays in the sheet, where only a person can mend it."""
    text = seen.errors.get(name, "#?")
    known = [
        i.id
        for i in desk.situation.items.values()
        if i.kind is ItemKind.REJECTED and i.row == row_id and i.field == name and i.facts.get("text") == text
    ]
    if known:
        desk.kept.update(known)
        return
    facts = {"text": text}
    desk.open_item(ItemKind.REJECTED, row_id, name, "cell.error_value", sheet=text, facts=facts, seen=seen)


def _merge_cell(desk: Desk, row_id: RowId, name: str, cell: ThreeWay[Cell], seen: ShownRow, item: str | None) -> None:
    s = desk.situation
    open_conflict = item is not None and item in s.items and s.items[item].kind is ItemKind.CONFLICT
    if open_conflict and item is not None:
        if same(cell.ours, cell.theirs):
            desk.close(item, "agreed")
        else:
            # A third value is no resolution: the conflict stays, about the pair as it is now.
            open_cell_conflict(desk, row_id, name, cell, seen)
            desk.close(item, "superseded")
        return
    waits = desk.shifted.get((row_id, name))
    if waits is not None:
        if waits in s.items:
            desk.kept.add(waits)
        desk.kept_cells[row_id, name] = KeptCell(waits, cell.base)
        return
    policy = s.schema.by_name[name].merge_policy
    outcome = classify(cell)
    if outcome in (Outcome.THEIRS, Outcome.CONFLICT):
        if item not in s.items and is_repeated(desk, row_id, name, cell.theirs):
            desk.why[row_id, name] = Why.REPEATED, ""
            return
        if outcome is Outcome.THEIRS and _is_doubtful(desk, row_id, name, cell.theirs):
            open_cell_conflict(desk, row_id, name, cell, seen)
            return
    # An older revision does not know what was added to a sum since.
    decided = settled(cell, "ask" if s.since is not None and policy == "add_up" else policy)
    if decided is not None:
        if not same(decided, cell.ours):
            _edit(desk, row_id, name, cell.base, cell.ours, decided)
        if outcome is Outcome.CONFLICT:
            _record_settled(desk, row_id, name, cell, seen, decided)
        desk.why[row_id, name] = Why.POLICY, policy
        desk.say("merge.policy", row=seen.position, field=name, policy=policy)
    elif outcome is Outcome.THEIRS:
        _edit(desk, row_id, name, cell.base, cell.ours, cell.theirs)
    elif outcome is Outcome.CONFLICT:
        open_cell_conflict(desk, row_id, name, cell, seen)
    if item is not None and outcome is not Outcome.THEIRS:
        desk.close(item, "gone" if outcome in (Outcome.UNCHANGED, Outcome.OURS) else "agreed")


def _record_settled(desk: Desk, row_id: RowId, name: str, cell: ThreeWay[Cell], seen: ShownRow, decided: Cell) -> None:
    """Keep what a policy settled as a conflict that was settled at once: what somebody typed is not lost to a policy."""
    policy = desk.situation.schema.by_name[name].merge_policy
    identity = _cell_conflict(desk, row_id, name, cell, seen, {"policy": policy})
    outcome = "store" if same(decided, cell.ours) else "sheet" if same(decided, cell.theirs) else "value"
    desk.closed[identity] = outcome


def is_repeated(desk: Desk, row_id: RowId, name: str, theirs: Cell) -> bool:
    """Say whether an older revision says again what its sheet brought to the store since: that is no edit.

    Of a row that was added since, an empty cell is one that was filled when it was added (its number).
    """
    since = desk.situation.since
    if since is None:
        return False
    return since.repeats(row_id, name, theirs) or (row_id in since.added and value_of(theirs) is None)


def _is_doubtful(desk: Desk, row_id: RowId, name: str, theirs: Cell) -> bool:
    """Say whether a value may be no edit of what stands there: then a person decides.

    Of a row that an older revision holds without its id, every other value; while a write is pending, a value that
    the sheet showed before: an older copy put back in that moment bears the true stamp. And what was typed over a mask
    by somebody who may see that cell only since: they do not know what they replaced.
    """
    s = desk.situation
    shown = desk.expected.shown.get(row_id)
    if shown is not None and is_mask(shown[desk.fields.index(name)]):
        return True
    if s.since is not None and row_id in s.since.added:
        return True
    image = None if s.last_image is None else s.last_image.get(row_id)
    return image is not None and same(image[desk.fields.index(name)], theirs)


def _edit(desk: Desk, row_id: RowId, name: str, base: Cell, old: Cell, new: Cell) -> None:
    desk.edits.setdefault(row_id, {})[name] = (old, new)
    desk.bases[row_id, name] = base


def open_cell_conflict(desk: Desk, row_id: RowId, name: str, cell: ThreeWay[Cell], seen: ShownRow) -> None:
    """Keep both values of a cell apart until a person chooses."""
    identity = _cell_conflict(desk, row_id, name, cell, seen)
    desk.kept_cells[row_id, name] = KeptCell(identity, cell.base)


def _cell_conflict(
    desk: Desk,
    row_id: RowId,
    name: str,
    cell: ThreeWay[Cell],
    seen: ShownRow,
    facts: Mapping[str, object] | None = None,
) -> str:
    return desk.open_item(
        ItemKind.CONFLICT,
        row_id,
        name,
        "conflict.cell",
        base=cell.base,
        store=cell.ours,
        sheet=cell.theirs,
        facts=facts,
        seen=seen,
    )
