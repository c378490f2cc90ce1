"""Write: what is sent to the sheets of a workbook, as one, and only under the rules that it was decided under."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import replace

from sheetward.engine.commit import Step
from sheetward.engine.context import SheetContext
from sheetward.errors import TransientError, UserError
from sheetward.ports.replica import AppendRow, Notice
from sheetward.ports.store import BindingState
from sheetward.ports.workbook import Workbook

NO_ROOM = frozenset({"patch.no_room", "columns.totals_in_the_way"})
"""What a sheet answers that has no room for rows below its table."""


def write(workbook: Workbook, steps: MutableMapping[str, Step], contexts: Mapping[str, SheetContext]) -> str:
    """Write into the sheets of these steps, all in one, and give the workbook's new revision.

    `steps` and `contexts` are by binding. A step whose sheet has no room for new rows is replaced by one without them.
    """
    for binding, step in steps.items():
        check_rule(contexts[binding], step.after)
    on_step = next(iter(contexts.values())).on_step
    on_step("before_write")
    expected = next(iter(steps.values())).decision.observed.revision
    while True:
        try:
            revision = workbook.write({binding: step.batch for binding, step in steps.items()}, expected)
        except UserError as trouble:
            binding = str(trouble.facts.pop("binding", ""))
            crowded = steps.get(binding)
            if trouble.code not in NO_ROOM or crowded is None or not crowded.appends:
                raise
            steps[binding] = _without_appends(contexts[binding], crowded, trouble)
        else:
            on_step("after_write")
            return revision


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
