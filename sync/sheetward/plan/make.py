"""Makes the plan of one sync: identify, merge, admit, deliver, guard. Decides everything, touches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sheetward.cells import Cell, same, value_of
from sheetward.diff.changeset import Changeset, by_field
from sheetward.merge.identity import Identified
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.actions import AddColumn, AppendRow, ClearRow, CloseColumn, SetCell
from sheetward.plan.admit import admit
from sheetward.plan.choices import take_choices
from sheetward.plan.columns import closable, told
from sheetward.plan.deliver import Delivery, deliver
from sheetward.plan.desk import Desk
from sheetward.plan.expect import expect, viewed
from sheetward.plan.explain import Explanation
from sheetward.plan.guards import trips
from sheetward.plan.lines import keep_unseen, merge_row, revive_in_doubt
from sheetward.plan.moved import moved_cells, undone
from sheetward.plan.newcomers import add_row
from sheetward.plan.observation import MarkedCell, ShownRow
from sheetward.plan.older import attach, is_held_again, put_back, recalled
from sheetward.plan.overlay import Overlay
from sheetward.plan.pasted import (
    covered_item,
    hold_copy,
    hold_pasted_over,
    is_waiting_copy,
    keep_covered,
)
from sheetward.plan.plan import Plan
from sheetward.plan.recognise import pasted_copies, recognised
from sheetward.plan.rejoin import join_again
from sheetward.plan.settle_line import SettleLine
from sheetward.plan.settling import is_stale, leaves_view, lines_after, marks_after, say_ignored
from sheetward.plan.shifted import hold_shifted
from sheetward.plan.situation import Situation
from sheetward.sharing import MASK_TEXT
from sheetward.table import Row, RowId, Table, identical


def make_plan(s: Situation) -> Plan:
    """Decide one sync of one sheet.

    Rows that are the same as shown, in the store and in the sheet, are passed over at once, so that the work grows
    with the changes. A plan whose `trips` are not all allowed must not be applied.
    """
    fields = tuple(name for name in s.observed.fields if name in s.schema.by_name)
    expected = recalled(s, put_back(s, expect(s.base, s.shown_rule, s.overlay, fields, s.seen_fields)))
    is_quiet = (
        s.since is None and s.base is s.ours and s.shown_rule is s.rule and not s.overlay and s.seen_fields == fields
    )
    ours_view = expected.shown if is_quiet else viewed(s.ours, s.rule, fields)
    desk = Desk(s, expected, ours_view)
    found = recognised(desk)
    hold_shifted(desk)
    copies = pasted_copies(desk, found)
    if copies:
        hold_pasted_over(desk, found.lost)
    _merge_all(desk, found)
    _add_newcomers(desk, found, copies)
    attach(desk)
    take_choices(desk)
    admit(desk)
    return _frozen(desk)


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
        if row_id in s.deleted and s.last_image is not None and row_id in s.last_image:
            # The write that tells of its deletion is not known to have arrived: a copy from before it has the row too.
            revive_in_doubt(desk, row_id, s.last_image[row_id], rows[row_id])
        elif row_id in s.ours.rows:
            join_again(desk, row_id, rows[row_id])
        else:
            add_row(desk, row_id, rows[row_id], s.deleted.get(row_id))
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
        replace(desk.opened.get(identity) or s.items[identity], outcome=outcome, closed=s.now, closed_by=s.author)
        for identity, outcome in outcomes.items()
        if identity not in desk.kept
    ]


def _let_go(desk: Desk, overlay: Overlay) -> None:
    """Close what waited about a cell or row that no sheet and no store has any more: nobody could ever settle it.

    What a row's last reader typed before it left the view is no part of the sheet, and an administrator's to settle.
    """
    # What was kept apart until now and is not any more was agreed upon, or is free.
    held_apart = overlay.items | frozenset(desk.expected.items.values())
    for identity, item in desk.situation.items.items():
        is_apart = item.kind is ItemKind.REJECTED or item.code == "conflict.left_view" or identity in held_apart
        if not is_apart and identity not in desk.closed:
            desk.kept.discard(identity)
            desk.close(identity, "gone")


def _frozen(desk: Desk) -> Plan:
    s = desk.situation
    view = _view_of_results(desk)
    delivery = deliver(desk, view)
    _let_go(desk, delivery.overlay())
    closed = closable(s.columns, delivery)
    for notice in told(s.columns, closed, s.observed.columns):
        desk.say(notice.code, **notice.facts)
    lines = lines_after(desk, view)
    marked = _marks(desk, delivery, lines)
    if s.since is None:
        say_ignored(desk, lines)
    changes = _changes(desk)
    moved = sum(1 for _ in moved_cells(desk))
    tripped = [*(trips(desk, delivery) or undone(desk, moved)), *desk.trips]
    is_masking = any(isinstance(action, SetCell) and action.new == MASK_TEXT for action in delivery.actions)
    is_narrowed = s.is_rule_changed and s.rule.takes_from(s.shown_rule, s.schema.field_names)
    is_purging = bool(delivery.left_view) or is_masking or is_narrowed or s.was_purging or leaves_view(desk, lines)
    is_purging = is_purging or bool(closed)
    added = [AddColumn(name, header) for name, header in s.columns.coming.items()]
    closing = [CloseColumn(name, s.observed.columns[name]) for name in closed]
    waiting = {**dict.fromkeys(s.columns.coming, True), **dict.fromkeys(s.columns.late, False)}
    return Plan(
        changes=changes,
        actions=(*added, *delivery.actions, *closing),
        overlay=replace(delivery.overlay(), columns=waiting, behind=frozenset(desk.behind)),
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
        columns=s.columns,
        explanation=Explanation(desk, view),
    )


def _marks(desk: Desk, delivery: Delivery, lines: tuple[SettleLine, ...]) -> frozenset[MarkedCell]:
    """Give the cells to be marked, in the rows that the sheet has after the write."""
    cleared = {action.position for action in delivery.actions if isinstance(action, ClearRow)}
    shown = [row_id for row_id, seen in desk.theirs.items() if seen.position not in cleared]
    shown += [action.row_id for action in delivery.actions if isinstance(action, AppendRow)]
    return marks_after(desk, lines, shown)
