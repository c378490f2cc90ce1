"""One sync of one workbook: observe, decide, guard, commit, write, confirm. Recorded last: the order is the safety.

All its sheets go through the phases together, those that others point to first: every guard is asked before anything is
committed, each sheet commits in a transaction of its own, and the file is written once. The cycle may be cut anywhere;
the next one finishes it. A pending write is not replayed: what a sheet may not have received stays in its overlay as
"still shows what was observed", so an ordinary sync delivers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sheetward.engine.commit import commit, prepared
from sheetward.engine.confirm import confirm, move_on
from sheetward.engine.context import SheetContext
from sheetward.engine.decide import Decision
from sheetward.engine.guard import guard
from sheetward.engine.hold import Hold, Leases, Turn, unleased
from sheetward.engine.observe import Medium, Sight, is_untouched, observe, stand
from sheetward.engine.report import SyncReport, report_of
from sheetward.engine.together import about, decide_together
from sheetward.engine.write import write
from sheetward.errors import TransientError
from sheetward.ports.store import BindingState, Commit
from sheetward.ports.workbook import OneSheet, Workbook

ATTEMPTS = 5


def sync_sheet(context: SheetContext, *, is_dry: bool = False) -> SyncReport:
    """Sync one sheet that has its workbook for itself. As `sync_workbook`."""
    return sync_workbook(OneSheet(context.replica), [context], is_dry=is_dry)[0]


def sync_workbook(
    workbook: Workbook, contexts: Sequence[SheetContext], *, is_dry: bool = False, leases: Leases = unleased
) -> Sequence[SyncReport]:
    """Sync all bound sheets of one workbook with the store; give a report for each, in their order.

    Sheets of tables that others point to come first. `GuardError` where a guard stops a sheet or its stamp is not the
    one expected: nothing was written for any of them, and the fact `name` is that sheet's. `TransientError` where the
    same call may work later: before the commits nothing was written, after them the write stays pending and the next
    sync finishes it. A dry run decides the very same plans and touches nothing.

    Leases are taken when there is something to commit, and kept to the end. Who lost a race for the head holds it from
    reading to commit the next time, and as long as others wait for it too, so that nobody starves and no work is done in
    vain; over several tables there is no such turn.
    """
    with Hold(contexts, leases) as hold:
        for number in range(ATTEMPTS):
            try:
                is_wanted = not is_dry and (number > 0 or contexts[0].store.is_crowded())
                with Turn(hold, is_wanted=is_wanted) as turn:
                    return _attempt(workbook, hold, turn, is_dry=is_dry)
            except TransientError as error:
                if error.code not in ("store.moved", "sheet.changed"):
                    raise
    raise TransientError("sync.moving", name=contexts[0].name, attempts=ATTEMPTS)


def _attempt(workbook: Workbook, hold: Hold, turn: Turn, *, is_dry: bool) -> Sequence[SyncReport]:
    contexts = hold.contexts
    stands = {context.name: stand(context) for context in contexts}
    medium = Medium(workbook)
    moving: list[SheetContext] = []
    idle: list[tuple[SheetContext, BindingState]] = []
    reports: dict[str, SyncReport] = {}
    for context in contexts:
        state, head = stands[context.name]
        if is_untouched(context, state, head, medium):
            idle.append((context, state))
            reports[context.name] = report_of(context, state, is_dry=is_dry)
        else:
            moving.append(context)
    if moving:
        sights = _observed(moving, [stands[context.name] for context in moving], {medium.revision} if idle else set())
        decisions = decide_together(moving, sights)
        for context, decision in zip(moving, decisions, strict=True):
            with about(context):
                guard(context, decision.plan.trips)
        if is_dry:
            done = [
                report_of(context, decision.state, decision.plan, decision.observed, is_dry=True)
                for context, decision in zip(moving, decisions, strict=True)
            ]
        else:
            done = _carried_out(workbook, hold, turn, decisions, idle)
        reports.update({report.name: report for report in done})
    elif not is_dry:
        _move_on(hold, idle, medium.revision)
    return [reports[context.name] for context in contexts]


def _observed(
    contexts: Sequence[SheetContext],
    stands: Sequence[tuple[BindingState, int]],
    known: AbstractSet[str],
) -> Sequence[Sight]:
    """Read the sheets that moved; `TransientError('sheet.changed')` where the workbook is edited meanwhile.

    `known` is the revision at which other sheets of the workbook were found untouched, where there are any.
    """
    sights: list[Sight] = []
    for context, (state, head) in zip(contexts, stands, strict=True):
        with about(context):
            sights.append(observe(context, state, head))
    seen = {sight.observed.revision for sight in sights} | known
    if len(seen) > 1:
        raise TransientError("sheet.changed", name=contexts[0].name)
    contexts[0].on_step("after_observe")
    return sights


def _carried_out(
    workbook: Workbook,
    hold: Hold,
    turn: Turn,
    decisions: Sequence[Decision],
    idle: Sequence[tuple[SheetContext, BindingState]],
) -> list[SyncReport]:
    """Commit every decision, write the file once, confirm; `idle` are sheets of the file that nothing happens to."""
    by_name = {context.name: context for context in hold.contexts}
    wanted = [prepared(by_name[decision.state.name], decision) for decision in decisions]
    steps = {step.decision.state.id: step for step in wanted if step is not None}
    writing = {binding: step for binding, step in steps.items() if step.has_write}
    if writing:
        workbook.check_writable(list(writing))
    if steps:
        by_name = {context.name: context for context in hold.taken()}
    by_binding = {decision.state.id: by_name[decision.state.name] for decision in decisions}
    commits: dict[str, Commit | None] = {}
    for binding, step in steps.items():
        by_binding[binding].on_step("before_commit")
        commits[binding] = commit(by_binding[binding], step).commit
        by_binding[binding].on_step("after_commit")
    turn.close()
    revision = decisions[0].observed.revision
    if writing:
        revision = write(workbook, writing, {binding: by_binding[binding] for binding in writing})
        steps.update(writing)
        idle = [*idle, *((by_binding[d.state.id], d.state) for d in decisions if d.state.id not in steps)]
    reports: list[SyncReport] = []
    for decision in decisions:
        context, state, plan, observed = by_binding[decision.state.id], decision.state, decision.plan, decision.observed
        if state.id in steps:
            context.on_step("before_confirm")
            state, plan = confirm(context, steps[state.id], workbook, revision), steps[state.id].plan
        reports.append(report_of(context, state, plan, observed, commit=commits.get(state.id)))
    _move_on(hold, idle, revision)
    return reports


def _move_on(hold: Hold, idle: Sequence[tuple[SheetContext, BindingState]], revision: str) -> None:
    """Record the revision of sheets in which nothing happened, where the file was replaced or saved anew all the same."""
    moved = [(context.name, state) for context, state in idle if state.revision not in ("", revision)]
    if moved:
        by_name = {context.name: context for context in hold.taken()}
        for name, state in moved:
            move_on(by_name[name], state, revision)
