"""Decide: what the sheet is known to have received, all that a plan is made from, and the plan. Nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sheetward.cells import Cell
from sheetward.diff import Changeset
from sheetward.engine.context import SheetContext
from sheetward.engine.evolved import overlay_shown, retyping, rule_shown, table_shown
from sheetward.engine.last_write import last_write
from sheetward.engine.observe import Sight
from sheetward.engine.received import last_known, received, since_when
from sheetward.merge.items import Item
from sheetward.plan.columns import as_empty, closed_fields, column_change
from sheetward.plan.make import make_plan
from sheetward.plan.plan import Plan
from sheetward.plan.since import Since
from sheetward.plan.situation import Change, Situation
from sheetward.ports.replica import Notice, Observation
from sheetward.ports.store import BindingState, Commit, Store
from sheetward.sharing import Rule
from sheetward.table import RowId


@dataclass(frozen=True)
class Decision:
    """What one sync of a sheet does. `state` is the binding with what the sheet is known to have received.

    `renews` says that the sheet gets a new stamp, so that no two of its contents share one.
    """

    state: BindingState
    head: int
    observed: Observation
    situation: Situation
    plan: Plan
    renews: bool


def decide(context: SheetContext, seen: Sight, referring: Store) -> Decision:
    """Make the plan of one sheet. `GuardError` where its stamp is not the one expected.

    `referring` is where rows are looked for that point to a row which is to be deleted.
    """
    state, since = received(context, seen.state, seen.observed, seen.head)
    situation = _situation(context, state, seen.head, seen.observed, since, referring)
    plan = make_plan(situation)
    if since is not None:
        older = Notice("sync.older", {"name": state.name, "time": since_when(state)})
        plan = replace(plan, notices=(*plan.notices, older))
    renews = plan.is_renewing or seen.state.pending is not None or since is not None or context.is_rejoining
    return Decision(state, seen.head, situation.observed, situation, plan, renews)


def _situation(
    context: SheetContext,
    state: BindingState,
    head: int,
    observed: Observation,
    since: Since | None,
    referring: Store,
) -> Situation:
    store, schema = context.store, context.schema
    ours = store.read(state.table, schema.field_names)
    is_same_schema = context.older(state.schema_version) is None
    base = ours if state.base == head and is_same_schema else table_shown(context, state)
    rule = context.rule_at(context.rule_version)
    shown_rule = _shown_rule(context, state, rule, is_same_schema=is_same_schema)
    columns = column_change(
        observed,
        schema,
        shown_rule,
        rule,
        seen=state.fields,
        waiting=state.overlay.columns,
        closed=closed_fields(state.place),
        lang=context.lang,
    )
    observed = as_empty(observed, columns, rule)
    unknown = [RowId(row.row_id) for row in observed.rows if row.row_id and RowId(row.row_id) not in ours.rows]
    last = last_known(context, state, observed)
    ids: dict[int, RowId] = {}

    def new_row_id(number: int) -> RowId:
        return ids.setdefault(number, context.new_row_id())

    return Situation(
        schema=schema,
        table=state.table,
        binding=state.id,
        number=state.number,
        base=base,
        ours=ours,
        shown_rule=shown_rule,
        rule=rule,
        is_rule_changed=shown_rule is not rule,
        seen_fields=state.fields or observed.fields,
        overlay=overlay_shown(context, state),
        observed=observed,
        checker=context.checker,
        now=_now(context, state),
        today=context.today(),
        author=context.author,
        new_row_id=new_row_id,
        adopted=_adopted(context, state),
        was_purging=state.pending is not None and state.pending.is_purging,
        items={item.id: item for item in store.items(binding=state.id)},
        deleted=store.deleted(state.table, unknown) if unknown else {},
        counters={f.name: store.counter(state.table, f.name) for f in schema.fields if f.auto is not None},
        known=context.known(store),
        referrers=context.referrers(referring),
        limits=context.limits,
        last_image=None if last is None else last[0],
        last_table=None if last is None else last[1],
        since=since,
        is_rejoining=context.is_rejoining and since is None,
        chosen=_settled(context, observed),
        last_change=_last_change(context, state, head),
        is_changed_elsewhere=lambda row_id: _is_changed_elsewhere(context, state, head, row_id),
        written=0 if state.pending is not None else state.written,
        last_write=lambda: last_write(context, state),
        columns=columns,
        word=context.word,
    )


def _shown_rule(context: SheetContext, state: BindingState, rule: Rule, *, is_same_schema: bool) -> Rule:
    """Give the rule that the sheet was shown under: today's own where it says the same."""
    is_same_rule = state.rule_version == context.rule_version
    if is_same_rule and is_same_schema:
        return rule
    shown = rule_shown(context, state)
    return rule if is_same_rule and shown.restricted == rule.restricted else shown


def _now(context: SheetContext, state: BindingState) -> dt.datetime:
    """Give the present moment; though the clock went back, what happens now is later than the last sync."""
    now = context.clock.now()
    return now if state.last_sync is None else max(now, state.last_sync + dt.timedelta(microseconds=1))


def _adopted(context: SheetContext, state: BindingState) -> tuple[tuple[int, Mapping[str, Cell], RowId], ...]:
    """Give the rows of a pending write that got ids, read as their fields are read today."""
    if state.pending is None:
        return ()
    read = retyping(context, state)
    return tuple((position, read.cells(cells), row_id) for position, cells, row_id in state.pending.new_ids)


def _settled(context: SheetContext, observed: Observation) -> dict[str, Item]:
    """Give the settled items that lines of the workbook's list still speak of: a write that did not arrive, an older copy."""
    found = [context.store.item(line.item) for line in observed.settling or ()]
    return {item.id: item for item in found if item is not None and item.outcome}


def _last_change(context: SheetContext, state: BindingState, head: int) -> Callable[[RowId, str | None], Change | None]:
    """Find who changed a cell or row in the store since the last sync; the commits are read when first asked for."""
    commits: list[tuple[Commit, Changeset]] = []
    is_read = False

    def last_change(row_id: RowId, name: str | None) -> Change | None:
        nonlocal is_read
        if not is_read:
            commits.extend(context.store.changes(state.table, state.base, head))
            is_read = True
        for commit, changes in reversed(commits):
            cells = changes.changed.get(row_id, {})
            if name in cells or (name is None and cells) or row_id in changes.added or row_id in changes.removed:
                return Change(commit.editor or commit.author, commit.time)
        return None

    return last_change


def _is_changed_elsewhere(context: SheetContext, state: BindingState, head: int, row_id: RowId) -> bool:
    """Say whether a row was touched since the last sync by more than what was settled about this sheet."""
    told = context.store.changes(state.table, state.base, head, rows={row_id})
    return any(commit.binding != state.name for commit, _ in told)
