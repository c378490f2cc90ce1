"""Commit: changes, items, overlay, base and the pending write go into the store as one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import orjson

from sheetward.engine.context import SheetContext
from sheetward.engine.decide import Decision
from sheetward.plan.columns import with_change
from sheetward.plan.pending import PendingWrite
from sheetward.plan.plan import Plan
from sheetward.ports.replica import AppendRow, SheetWrite
from sheetward.ports.store import Applied, BindingState, CommitNote, Transaction


@dataclass(frozen=True)
class Step:
    """A decision about to be carried out. `after` is the binding as it stands after the commit.

    `plan` is what is written into the sheet; `has_write` says whether anything is.
    """

    decision: Decision
    after: BindingState
    plan: Plan
    has_write: bool

    @property
    def appends(self) -> bool:
        """Say whether the sheet is to get new rows."""
        return any(isinstance(action, AppendRow) for action in self.plan.actions)

    @property
    def batch(self) -> SheetWrite:
        """Give what is written into the sheet."""
        stamp = self.after.stamp if self.after.pending is None else self.after.pending.stamp
        plan = self.plan
        return SheetWrite(plan.actions, stamp, plan.is_purging, plan.settling, plan.marked)


def prepared(context: SheetContext, decision: Decision) -> Step | None:
    """Give what is to be carried out, or `None` where there is nothing to record at all."""
    after = _state_after(context, decision)
    if after is None:
        return None
    plan = decision.plan
    has_write = after.pending is not None and (bool(plan.actions) or plan.is_purging or context.replica.keeps_stamp)
    return Step(decision, after, plan, has_write)


def commit(context: SheetContext, step: Step) -> Applied:
    """Record a step in the store. `Stale` where anything that it was decided from has moved."""
    decision, plan = step.decision, step.plan
    return context.store.apply(
        Transaction(
            table=decision.state.table,
            expected_head=decision.head,
            note=_note(context, step),
            changes=plan.changes,
            binding=step.after,
            opened=plan.opened,
            closed=plan.closed,
            counters=plan.counters,
            rule=None if decision.state.role is None else (decision.state.role, context.rule_version),
        )
    )


def _state_after(context: SheetContext, decision: Decision) -> BindingState | None:
    state, observed, plan = decision.state, decision.observed, decision.plan
    stamp = f"{context.store.epoch}:{state.id}:{context.new_word()}"
    pending = PendingWrite(stamp, observed.fingerprint, plan.new_ids, plan.is_purging)
    after = replace(
        state,
        place=with_change(state.place, plan.columns),
        base=decision.head + 1 if plan.changes else decision.head,
        rule_version=context.rule_version,
        schema_version=context.schema_version,
        fields=tuple(name for name in observed.fields if name in context.schema.by_name),
        overlay=plan.overlay,
        pending=pending if decision.renews else None,
        revision=observed.revision if observed.complete else "",
        content=observed.content if observed.complete else "",
    )
    if after == state:
        return None
    if decision.renews:
        after = replace(after, before=observed.stamp or state.stamp, written=plan.to_sheet)
    return replace(after, number=state.number + 1, last_sync=decision.situation.now)


def _note(context: SheetContext, step: Step) -> CommitNote:
    decision, pending = step.decision, step.after.pending
    state, observed = decision.state, decision.observed
    # With the stamp: another syncer that decided the same from the same reading is about to write another one.
    stamp = None if pending is None else pending.stamp
    parts = [state.id, state.number, state.base, observed.fingerprint, decision.head, stamp]
    sync_id = hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]
    return CommitNote(
        sync_id=sync_id,
        author=context.author,
        time=context.clock.now(),
        source=context.source,
        reason=context.reason,
        editor=observed.editor,
        binding=state.name,
        run=context.run,
    )
