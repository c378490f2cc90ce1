"""Confirm: what was pending has arrived. Recorded last: the order is the safety."""

from __future__ import annotations

from dataclasses import replace

from sheetward.engine.commit import Step
from sheetward.engine.context import SheetContext
from sheetward.engine.epoch import content_stamp
from sheetward.ports.store import BindingState
from sheetward.ports.workbook import Workbook


def confirm(context: SheetContext, step: Step, workbook: Workbook, revision: str) -> BindingState:
    """Record that the sheet shows what it was sent, and bears this revision."""
    done = replace(step.after.delivered(), number=step.after.number + 1, revision="", content="")
    # What an incomplete reading left out must be looked at again, though the medium did not move.
    if step.decision.observed.complete:
        content = workbook.content(done.id, revision) if step.has_write else step.after.content
        done = replace(done, revision=revision, content=content)
    if step.has_write and step.plan.actions and not context.replica.keeps_stamp:
        written = context.replica.observe()
        # Where somebody saved it meanwhile, what was written is not to be seen any more: it has no record.
        seen = written.fingerprint if written.revision == revision else ""
        done = replace(done, seen=seen, stamp=content_stamp(context.store, done, seen) if seen else done.stamp)
    context.store.save_binding(done)
    return done


def move_on(context: SheetContext, state: BindingState, revision: str) -> None:
    """Record the revision that a sheet has come to while nothing happened in it."""
    context.store.save_binding(replace(state, number=state.number + 1, revision=revision))
