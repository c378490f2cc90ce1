"""Makes the plan of one sync: identify, merge, admit, deliver, guard. Decides everything, touches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sheetward.cells import Cell, same, value_of
from sheetward.diff.changeset import Changeset, by_field
from sheetward.merge.identity import Detached, Identified, Keys, detached, identify
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.actions import AppendRow, ClearRow, SetCell
from sheetward.plan.admit import admit
from sheetward.plan.choices import take_choices
from sheetward.plan.deliver import Delivery, deliver
from sheetward.plan.desk import Desk
from sheetward.plan.expect import aligned, expect, viewed
from sheetward.plan.guards import trips
from sheetward.plan.lines import keep_unseen, merge_row
from sheetward.plan.moved import moved_cells, undone
from sheetward.plan.newcomers import add_row
from sheetward.plan.observation import MarkedCell, ShownRow
from sheetward.plan.older import attach, forget, is_held_again, recalled, remembered
from sheetward.plan.pasted import (
    covered_item,
    hold_copy,
    hold_pasted_over,
    is_waiting_copy,
    keep_covered,
    take_the_place,
)
from sheetward.plan.plan import Plan, Trip
from sheetward.plan.settle_line import SettleLine
from sheetward.plan.settling import is_stale, leaves_view, lines_after, marks_after, say_ignored
from sheetward.plan.situation import Situation
from sheetward.sharing import MASK_TEXT
from sheetward.table import Row, RowId, Table, identical


def make_plan(s: Situation) -> Plan:
    """Decide one sync of one sheet.

    Rows that are the same as shown, in the store and in the sheet, are passed over at once, so that the work grows
    with the changes. A plan whose `trips` are not all allowed must not be applied.
    """
    fields = tuple(name for name in s.observed.fields if name in s.schema.by_name)
    expected = recalled(s, expect(s.base, s.shown_rule, s.overlay, fields, s.seen_fields))
    is_quiet = (
        s.since is None and s.base is s.ours and s.shown_rule is s.rule and not s.overlay and s.seen_fields == fields
    )
    ours_view = expected.shown if is_quiet else viewed(s.ours, s.rule, fields)
    desk = Desk(s, expected, ours_view)
    found = _identified(desk)
    swapped = detached(found.known, expected.shown, _keys(s, fields))
    desk.theirs.update(_realigned(desk, found, swapped))
    desk.keep_key.update(found.keep_key)
    copies = _pasted_copies(desk, found)
    if copies:
        hold_pasted_over(desk, found.lost)
    _merge_all(desk, found)
    _add_newcomers(desk, found, copies)
    attach(desk)
    take_choices(desk)
    admit(desk)
    return _frozen(desk, swapped)


def _keys(s: Situation, fields: tuple[str, ...]) -> Keys:
    place = {name: number for number, name in enumerate(fields)}
    business = place.get(s.schema.business_key or "")
    names = s.schema.identify or (("name",) if "name" in place else ())
    return Keys(business, tuple(place[name] for name in names if name in place))


def _identified(desk: Desk) -> Identified[ShownRow]:
    s, fields = desk.situation, desk.fields
    held_once = {i for i, cells in s.deleted.items() if s.rule.shows(s.ours.fields, aligned(cells, s.ours.fields))}
    returning = held_once | set(desk.expected.absent)
    adopted = [(position, aligned(cells, fields), row_id) for position, cells, row_id in s.adopted]
    asked = remembered(s, fields)
    adopted += [(0, row, row_id) for row_id, row in asked.items()]
    found = identify(
        s.observed.rows,
        desk.expected.shown,
        _keys(s, fields),
        adopted=adopted,
        revivable=lambda row_id: row_id in returning,
    )
    forget(desk, found, asked)
    take_the_place(desk, found)
    for remark in found.remarks:
        if remark.code != "identity.adopted":
            desk.say(remark.code, row=remark.position)
    return found


def _realigned(desk: Desk, found: Identified[ShownRow], swapped: Detached) -> dict[RowId, ShownRow]:
    """Undo a sort that left the id column behind: each row counts under the id whose row it is."""
    rows = dict(found.known)
    if swapped.moves and swapped.is_clean:
        for borne, target in swapped.moves.items():
            rows[target] = found.known[borne]
        desk.say("identity.realigned", count=len(swapped.moves))
    return rows


def _merge_all(desk: Desk, found: Identified[ShownRow]) -> None:
    s, expected, rows = desk.situation, desk.expected, desk.theirs
    for row_id, shown in expected.shown.items():
        seen = rows.get(row_id)
        if seen is None and not s.observed.complete:
            keep_unseen(desk, row_id)
        elif seen is not None and _is_quiet(desk, row_id, shown, seen):
            continue
        elif seen is not None and row_id not in desk.ours_view and expected.base_of(row_id) is None:
            if is_waiting_copy(desk, row_id):
                hold_copy(desk, row_id, seen)
            elif not is_held_again(desk, row_id, seen):
                add_row(desk, row_id, seen)
        else:
            merge_row(desk, row_id)
    for row_id in expected.absent:
        covered = covered_item(desk, row_id)
        if covered is not None and row_id not in rows and row_id in s.ours.rows:
            keep_covered(desk, row_id, covered)
        else:
            merge_row(desk, row_id)
    for row_id in sorted(found.revived - set(expected.absent)):
        add_row(desk, row_id, rows[row_id], s.deleted[row_id])
    if desk.ours_view is not expected.shown:
        desk.touched.update(i for i in desk.ours_view if i not in expected.shown and i not in expected.absent)


def _is_quiet(desk: Desk, row_id: RowId, shown: Row, seen: ShownRow) -> bool:
    """Say whether a row is the same on all sides, so that nothing can come of it."""
    s = desk.situation
    return (
        identical(seen.cells, shown)
        and seen.row_id == row_id
        and row_id in desk.ours_view
        and identical(desk.ours_view[row_id], shown)
        and row_id not in s.overlay.cells
        and row_id not in s.overlay.rows
        and not seen.errors
    )


def _pasted_copies(desk: Desk, found: Identified[ShownRow]) -> set[int]:
    """Give the positions of rows that repeat another row, number included, while rows that the table has are gone.

    Somebody copied a row over another one: nobody can say whether that one was to be deleted.
    """
    s = desk.situation
    key = s.schema.business_key
    missing = [i for i in found.lost if i in s.ours.rows and i in desk.ours_view]
    if not missing or not s.observed.complete or key not in desk.fields:
        return set()
    place = desk.fields.index(key)
    sources = {id(copy): found.known[RowId(copy.row_id)] for copy in found.pasted}
    return {
        copy.position
        for copy in found.pasted
        if copy.cells[place] is not None and same(copy.cells[place], sources[id(copy)].cells[place])
    }


def _add_newcomers(desk: Desk, found: Identified[ShownRow], copies: set[int]) -> None:
    for number, seen in enumerate(found.new):
        row_id = desk.situation.new_row_id(number)
        if seen.position in copies:
            hold_copy(desk, row_id, seen)
        else:
            add_row(desk, row_id, seen)


def _view_of_results(desk: Desk) -> dict[RowId, Row]:
    """Give what the reader may see afterwards of the rows that were touched."""
    s = desk.situation
    results: dict[RowId, Row] = {}
    for row_id in desk.touched:
        row = desk.result_row(row_id)
        if row is not None:
            results[row_id] = row
    return viewed(Table(s.ours.fields, results), s.rule, desk.fields)


def _changes(desk: Desk) -> Changeset:
    s = desk.situation
    added = {
        row_id: {name: cell for name, cell in {**new.last, **new.cells}.items() if value_of(cell) is not None}
        for row_id, new in desk.new_rows.items()
    }
    removed = {row_id: by_field(s.ours.fields, row) for row_id, row in desk.deletes.items()}
    changed: dict[RowId, Mapping[str, tuple[Cell, Cell]]] = {}
    for row_id, edits in desk.edits.items():
        moved = {name: pair for name, pair in edits.items() if not same(*pair)}
        if moved:
            changed[row_id] = moved
    return Changeset(added, removed, changed)


def _closed(desk: Desk) -> list[Item]:
    """Give the items that this sync settles; what the overlay named and nothing keeps any more is free."""
    s = desk.situation
    outcomes = dict(desk.closed)
    for identity in desk.expected.items.values():
        if identity in s.items and identity not in desk.kept and identity not in desk.opened:
            outcomes.setdefault(identity, "free" if s.items[identity].kind is ItemKind.HELD else "agreed")
    return [
        replace(s.items[identity], outcome=outcome, closed=s.now, closed_by=s.author)
        for identity, outcome in outcomes.items()
        if identity not in desk.kept
    ]


def _frozen(desk: Desk, swapped: Detached) -> Plan:
    s = desk.situation
    view = _view_of_results(desk)
    delivery = deliver(desk, view)
    lines = lines_after(desk, view)
    marked = _marks(desk, delivery, lines)
    if s.since is None:
        say_ignored(desk)
    changes = _changes(desk)
    moved = sum(1 for _ in moved_cells(desk))
    tripped = trips(desk, delivery) or undone(desk, moved)
    if not swapped.is_clean:
        positions = sorted(desk.theirs[row_id].position for row_id in swapped.moves)
        tripped.append(Trip("ids", len(positions), 0, tuple(positions)))
    is_masking = any(isinstance(action, SetCell) and action.new == MASK_TEXT for action in delivery.actions)
    is_narrowed = s.is_rule_changed and s.rule.takes_from(s.shown_rule, s.schema.field_names)
    is_purging = bool(delivery.left_view) or is_masking or is_narrowed or s.was_purging or leaves_view(desk, lines)
    return Plan(
        changes=changes,
        actions=tuple(delivery.actions),
        overlay=delivery.overlay(),
        opened=tuple(desk.opened.values()),
        closed=tuple(_closed(desk)),
        kept=tuple(s.items[i] for i in sorted(desk.kept)),
        new_ids=tuple(delivery.new_ids),
        counters={name: (s.counters.get(name, 0), value) for name, value in desk.counters.items()},
        notices=(*s.observed.notices, *desk.notices),
        trips=tuple(tripped),
        to_store=changes.cell_count,
        to_sheet=delivery.cell_count,
        new_rows=len(desk.new_rows),
        deleted_rows=len(desk.deletes),
        is_purging=is_purging,
        settling=lines if is_stale(desk, lines) else None,
        marked=marked if s.observed.marked not in (None, marked) and s.observed.complete else None,
        moved=moved,
    )


def _marks(desk: Desk, delivery: Delivery, lines: tuple[SettleLine, ...]) -> frozenset[MarkedCell]:
    """Give the cells to be marked, in the rows that the sheet has after the write."""
    cleared = {action.position for action in delivery.actions if isinstance(action, ClearRow)}
    shown = [row_id for row_id, seen in desk.theirs.items() if seen.position not in cleared]
    shown += [action.row_id for action in delivery.actions if isinstance(action, AppendRow)]
    return marks_after(desk, lines, shown)
