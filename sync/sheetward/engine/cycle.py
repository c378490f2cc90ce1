"""One sync of one sheet: observe, decide, guard, commit, write, confirm. Recorded last: the order is the safety.

The cycle may be cut anywhere; the next one finishes it. A pending write is not replayed: what the sheet may not have
received stays in the overlay as "still shows what was observed", so an ordinary sync delivers it.
"""

from __future__ import annotations

from sheetward.engine.commit import commit, prepared
from sheetward.engine.confirm import confirm
from sheetward.engine.context import SheetContext
from sheetward.engine.decide import decide
from sheetward.engine.guard import guard
from sheetward.engine.observe import is_untouched, observe, stand
from sheetward.engine.report import SyncReport, report_of
from sheetward.engine.write import write
from sheetward.errors import TransientError

ATTEMPTS = 5


def sync_sheet(context: SheetContext, *, is_dry: bool = False) -> SyncReport:
    """Sync one sheet with the store.

    `GuardError` where a guard stops it or the sheet's stamp is not the one expected: nothing was written.
    `TransientError` where the same call may work later: before the commit nothing was written, after it the write stays
    pending and the next sync finishes it. A dry run decides the very same plan and touches nothing.
    """
    for _ in range(ATTEMPTS):
        try:
            return _attempt(context, is_dry=is_dry)
        except TransientError as error:
            if error.code not in ("store.moved", "sheet.changed"):
                raise
    raise TransientError("sync.moving", name=context.name, attempts=ATTEMPTS)


def _attempt(context: SheetContext, *, is_dry: bool) -> SyncReport:
    state, head = stand(context)
    if is_untouched(context, state, head):
        return report_of(context, state, is_dry=is_dry)
    seen = observe(context, state, head)
    context.on_step("after_observe")
    decision = decide(context, seen)
    guard(context, decision.plan.trips)
    step = None if is_dry else prepared(context, decision)
    if step is None:
        return report_of(context, decision.state, decision.plan, seen.observed, is_dry=is_dry)
    if step.has_write:
        context.replica.check_writable()
    context.on_step("before_commit")
    applied = commit(context, step)
    context.on_step("after_commit")
    revision = seen.observed.revision
    if step.has_write:
        step, revision = write(context, step)
    context.on_step("before_confirm")
    done = confirm(context, step, revision)
    return report_of(context, done, step.plan, seen.observed, commit=applied.commit)
