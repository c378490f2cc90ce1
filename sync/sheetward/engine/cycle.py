"""One sync of one sheet: observe, expect, decide, guard, commit, write, confirm. Recorded last: the order is the safety.

The cycle may be cut anywhere; the next one finishes it. A pending write is not replayed: what the sheet may not have
received stays in the overlay as "still shows what was observed", so an ordinary sync delivers it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import orjson

from sheetward.engine.context import SheetContext
from sheetward.engine.guard import guard
from sheetward.engine.received import last_image, received, since_when
from sheetward.errors import IntegrityError, TransientError, UserError
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.make import make_plan
from sheetward.plan.pending import PendingWrite
from sheetward.plan.plan import Plan
from sheetward.plan.since import Since
from sheetward.plan.situation import Situation
from sheetward.ports.replica import AppendRow, Notice, Observation, SheetWrite
from sheetward.ports.store import BindingState, Commit, CommitNote, Transaction
from sheetward.table import RowId

ATTEMPTS = 5
NO_ROOM = frozenset({"patch.no_room", "columns.totals_in_the_way"})
"""What a sheet answers that has no room for rows below its table."""


@dataclass(frozen=True)
class SyncReport:
    """What one sync of one sheet did, or would do where `is_dry`.

    `plan` is `None` where nothing had moved at all. `commit` is `None` where the store did not change. `rejected` are
    this run's rejections; `conflicts` and `held` are all open ones, `new` the ids of those this run opened.
    """

    name: str
    plan: Plan | None
    commit: Commit | None
    observed: Observation | None
    conflicts: tuple[Item, ...] = ()
    held: tuple[Item, ...] = ()
    rejected: tuple[Item, ...] = ()
    new: frozenset[str] = frozenset()
    is_dry: bool = False

    @property
    def needs_person(self) -> bool:
        """Say whether conflicts, held rows or rejections wait for a person (exit 4)."""
        return bool(self.conflicts or self.held or self.rejected)


def sync_sheet(context: SheetContext, *, is_dry: bool = False) -> SyncReport:
    """Sync one sheet with the store.

    `GuardError` where a guard stops it or the sheet's stamp is not the one expected: nothing was written.
    `TransientError` where the same call may work later: before the commit nothing was written, after it the write stays
    pending and the next sync finishes it. A dry run decides the very same plan and touches nothing.
    """
    for _ in range(ATTEMPTS):
        try:
            report = _attempt(context, is_dry=is_dry)
        except TransientError as error:
            if error.code not in ("store.moved", "sheet.changed"):
                raise
            continue
        if report is not None:
            return report
    raise TransientError("sync.moving", name=context.name, attempts=ATTEMPTS)


def _attempt(context: SheetContext, *, is_dry: bool) -> SyncReport | None:
    state = _state(context)
    head = context.store.head(state.table)
    if _is_untouched(context, state, head):
        return _report(context, state, None, None, None, is_dry=is_dry)
    observed = context.replica.observe()
    context.on_step("after_observe")
    before = state
    state, since = received(context, state, observed, head)
    situation = _situation(context, state, head, observed, since)
    plan = make_plan(situation)
    if since is not None:
        plan = replace(
            plan, notices=(*plan.notices, Notice("sync.older", {"name": state.name, "time": since_when(state)}))
        )
    guard(context, plan.trips)
    if is_dry:
        return _report(context, state, plan, None, observed, is_dry=True)
    renews = plan.is_renewing or before.pending is not None or since is not None
    after = _committed_state(context, state, plan, situation, head, renews=renews)
    if after is None:
        return _report(context, state, plan, None, observed, is_dry=False)
    has_write = after.pending is not None and (bool(plan.actions) or plan.is_purging or context.replica.keeps_stamp)
    if has_write:
        context.replica.check_writable()
    context.on_step("before_commit")
    applied = context.store.apply(
        Transaction(
            table=state.table,
            expected_head=head,
            note=_note(context, state, observed, head),
            changes=plan.changes,
            binding=after,
            opened=plan.opened,
            closed=plan.closed,
            counters=plan.counters,
            rule=None if state.role is None else (state.role, context.rule_version),
        )
    )
    context.on_step("after_commit")
    revision = observed.revision
    if has_write and after.pending is not None:
        _check_rule(context, state.table, state.role)
        context.on_step("before_write")
        batch = SheetWrite(plan.actions, after.pending.stamp, plan.is_purging)
        try:
            revision = context.replica.write(batch, observed.revision)
        except UserError as trouble:
            if trouble.code not in NO_ROOM or not any(isinstance(action, AppendRow) for action in batch.actions):
                raise
            after, plan = _without_appends(context, after, plan, trouble)
            revision = context.replica.write(replace(batch, actions=plan.actions), observed.revision)
        context.on_step("after_write")
    context.on_step("before_confirm")
    # What an incomplete reading left out must be looked at again, though the medium did not move.
    done = _confirmed(after, revision if observed.complete else "")
    context.store.save_binding(done)
    return _report(context, done, plan, applied.commit, observed, is_dry=False)


def _without_appends(
    context: SheetContext, after: BindingState, plan: Plan, trouble: UserError
) -> tuple[BindingState, Plan]:
    """Let new rows wait where the sheet has no room below its table; everything else is delivered.

    Recorded before the write: else a crash would take the rows for delivered, and their absence for a deletion.
    """
    waiting = [action.row_id for action in plan.actions if isinstance(action, AppendRow)]
    actions = tuple(action for action in plan.actions if not isinstance(action, AppendRow))
    after = replace(after, number=after.number + 1, overlay=after.overlay.postponed(waiting))
    context.store.save_binding(after)
    notice = Notice("sheet.no_room", {**trouble.facts, "count": len(waiting)})
    return after, replace(plan, actions=actions, notices=(*plan.notices, notice))


def _state(context: SheetContext) -> BindingState:
    state = context.store.binding(context.name)
    if state is None:
        raise UserError("binding.unknown", name=context.name, names=[b.name for b in context.store.bindings()])
    return state


def _is_untouched(context: SheetContext, state: BindingState, head: int) -> bool:
    """Say whether neither the medium nor the store nor the rules moved since the last confirmed sync."""
    return (
        state.pending is None
        and state.revision != ""
        and state.base == head
        and state.rule_version == context.rule_version
        and state.schema_version == context.schema_version
        and context.replica.revision() == state.revision
    )


def _situation(
    context: SheetContext, state: BindingState, head: int, observed: Observation, since: Since | None
) -> Situation:
    store, schema = context.store, context.schema
    ours = store.read(state.table, schema.field_names)
    base = ours if state.base == head else store.read(state.table, schema.field_names, state.base)
    rule = context.rule_at(context.rule_version)
    is_same_rule = state.rule_version == context.rule_version
    unknown = [RowId(row.row_id) for row in observed.rows if row.row_id and RowId(row.row_id) not in ours.rows]
    now = context.clock.now()
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
        shown_rule=rule if is_same_rule else context.rule_at(state.rule_version),
        rule=rule,
        is_rule_changed=not is_same_rule,
        seen_fields=state.fields or observed.fields,
        overlay=state.overlay,
        observed=observed,
        checker=context.checker,
        now=now,
        today=context.today(),
        author=context.author,
        new_row_id=new_row_id,
        adopted=() if state.pending is None else state.pending.new_ids,
        was_purging=state.pending is not None and state.pending.is_purging,
        items={item.id: item for item in store.items(binding=state.id)},
        deleted=store.deleted(state.table, unknown) if unknown else {},
        counters={f.name: store.counter(state.table, f.name) for f in schema.fields if f.auto is not None},
        known=context.known or {},
        referrers=context.referrers,
        limits=context.limits,
        last_image=last_image(context, state, observed),
        since=since,
    )


def _committed_state(
    context: SheetContext, state: BindingState, plan: Plan, situation: Situation, head: int, *, renews: bool
) -> BindingState | None:
    """Give the binding as it stands after the commit, or `None` where there is nothing to record at all."""
    observed = situation.observed
    stamp = f"{context.store.epoch}:{state.id}:{context.new_word()}"
    after = replace(
        state,
        base=head + 1 if plan.changes else head,
        rule_version=context.rule_version,
        schema_version=context.schema_version,
        fields=tuple(name for name in observed.fields if name in context.schema.by_name),
        overlay=plan.overlay,
        pending=PendingWrite(stamp, observed.fingerprint, plan.new_ids, plan.is_purging) if renews else None,
        seen=observed.fingerprint,
        revision=observed.revision if observed.complete else "",
    )
    if after == state:
        return None
    return replace(after, number=state.number + 1, last_sync=situation.now)


def _confirmed(state: BindingState, revision: str) -> BindingState:
    return replace(state.delivered(), number=state.number + 1, revision=revision)


def _check_rule(context: SheetContext, table: str, role: str | None) -> None:
    """Write only under the rule that the plan was made with; otherwise the write stays pending for the new rule."""
    if role is None:
        return
    now = context.store.rule(table, role)
    if now is not None and now[0] != context.rule_version:
        raise TransientError("sync.rule_changed", name=context.name)


def _note(context: SheetContext, state: BindingState, observed: Observation, head: int) -> CommitNote:
    parts = [state.id, state.number, state.base, observed.fingerprint, head]
    sync_id = hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]
    return CommitNote(
        sync_id=sync_id,
        author=context.author,
        time=context.clock.now(),
        source=context.source,
        reason=context.reason,
        editor=observed.editor,
        binding=state.name,
    )


def _report(
    context: SheetContext,
    state: BindingState,
    plan: Plan | None,
    commit: Commit | None,
    observed: Observation | None,
    *,
    is_dry: bool,
) -> SyncReport:
    opened = plan.opened if plan is not None else ()
    if is_dry and plan is not None:
        closed = {item.id for item in plan.closed}
        stored = [item for item in context.store.items(binding=state.id) if item.id not in closed]
        items = {item.id: item for item in (*stored, *opened)}
    else:
        items = {item.id: item for item in context.store.items(binding=state.id)}
    new = frozenset(item.id for item in opened)
    if any(identity not in items for identity in new):
        raise IntegrityError("store.item_lost", name=context.name)
    by_kind = {kind: tuple(item for item in items.values() if item.kind is kind) for kind in ItemKind}
    rejected = tuple(item for item in by_kind[ItemKind.REJECTED] if item.id in new)
    return SyncReport(
        name=context.name,
        plan=plan,
        commit=commit,
        observed=observed,
        conflicts=by_kind[ItemKind.CONFLICT],
        held=by_kind[ItemKind.HELD],
        rejected=rejected,
        new=new,
        is_dry=is_dry,
    )
