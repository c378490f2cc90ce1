"""Write: what a step sends to its sheet, in one guarded batch, and only under the rule that it was decided under."""

from __future__ import annotations

from dataclasses import replace

from sheetward.engine.commit import Step
from sheetward.engine.context import SheetContext
from sheetward.errors import TransientError, UserError
from sheetward.ports.replica import AppendRow, Notice, SheetWrite
from sheetward.ports.store import BindingState

NO_ROOM = frozenset({"patch.no_room", "columns.totals_in_the_way"})
"""What a sheet answers that has no room for rows below its table."""


def write(context: SheetContext, step: Step) -> tuple[Step, str]:
    """Write into the sheet and give its new revision, with the step as far as the sheet could take it."""
    check_rule(context, step.after)
    context.on_step("before_write")
    expected = step.decision.observed.revision
    try:
        revision = context.replica.write(batch_of(step), expected)
    except UserError as trouble:
        if trouble.code not in NO_ROOM or not any(isinstance(action, AppendRow) for action in step.plan.actions):
            raise
        step = _without_appends(context, step, trouble)
        revision = context.replica.write(batch_of(step), expected)
    context.on_step("after_write")
    return step, revision


def batch_of(step: Step) -> SheetWrite:
    """Give what is written into the sheet of a step."""
    stamp = step.after.stamp if step.after.pending is None else step.after.pending.stamp
    return SheetWrite(step.plan.actions, stamp, step.plan.is_purging)


def check_rule(context: SheetContext, state: BindingState) -> None:
    """Write only under the rule that the plan was made with; otherwise the write stays pending for the new rule."""
    if state.role is None:
        return
    now = context.store.rule(state.table, state.role)
    if now is not None and now[0] != context.rule_version:
        raise TransientError("sync.rule_changed", name=context.name)


def _without_appends(context: SheetContext, step: Step, trouble: UserError) -> Step:
    """Let new rows wait where the sheet has no room below its table; everything else is delivered.

    Recorded before the write: else a crash would take the rows for delivered, and their absence for a deletion.
    """
    waiting = [action.row_id for action in step.plan.actions if isinstance(action, AppendRow)]
    actions = tuple(action for action in step.plan.actions if not isinstance(action, AppendRow))
    after = replace(step.after, number=step.after.number + 1, overlay=step.after.overlay.postponed(waiting))
    context.store.save_binding(after)
    notice = Notice("sheet.no_room", {**trouble.facts, "count": len(waiting)})
    plan = replace(step.plan, actions=actions, notices=(*step.plan.notices, notice))
    return replace(step, after=after, plan=plan)
