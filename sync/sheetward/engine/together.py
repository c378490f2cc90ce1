"""The sheets of one workbook decided together, in the order of their foreign keys: each knows what the earlier ones bring."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from sheetward.cells import Cell
from sheetward.engine.context import SheetContext
from sheetward.engine.decide import Decision, decide
from sheetward.engine.foreseen import Foreseen
from sheetward.engine.observe import Sight
from sheetward.errors import SheetwardError
from sheetward.ports.store import Store
from sheetward.table import RowId

REFERENCED = "delete.referenced"

Removals = Mapping[str, Mapping[RowId, Mapping[str, Cell]]]
"""Table to the rows that go from it."""


def decide_together(contexts: Sequence[SheetContext], sights: Sequence[Sight]) -> list[Decision]:
    """Make the plans of all sheets; those that others point to come first. Errors name the sheet that they are about.

    A row may go together with the rows that point to it: where a deletion was refused, it is decided anew with what the
    other sheets delete taken as gone, until nothing more goes.
    """
    first = decisions = _pass(contexts, sights, {})
    going: Removals = {}
    for _ in contexts[1:]:
        if not any(notice.code == REFERENCED for decision in decisions for notice in decision.plan.notices):
            return decisions
        now = _removals(decisions)
        if now == going:
            return decisions
        going = now
        decisions = _pass(contexts, sights, going)
    return decisions if _removals(decisions) == going or len(contexts) == 1 else first


def _pass(contexts: Sequence[SheetContext], sights: Sequence[Sight], going: Removals) -> list[Decision]:
    if len(contexts) == 1:
        with about(contexts[0]):
            return [decide(contexts[0], sights[0], contexts[0].store)]
    view = Foreseen(contexts[0].store)
    decisions: list[Decision] = []
    for context, seen in zip(contexts, sights, strict=True):
        referring = Foreseen(context.store)
        for table, rows in going.items():
            if table != seen.state.table:
                referring.lay_removals(table, rows)
        ahead = replace(context, store=cast("Store", view))
        with about(context):
            decision = decide(ahead, replace(seen, head=view.head(seen.state.table)), cast("Store", referring))
        view.lay(seen.state.table, decision.plan)
        decisions.append(decision)
    return decisions


def _removals(decisions: Sequence[Decision]) -> Removals:
    found: dict[str, dict[RowId, Mapping[str, Cell]]] = {}
    for decision in decisions:
        if decision.plan.changes.removed:
            found.setdefault(decision.state.table, {}).update(decision.plan.changes.removed)
    return found


@contextmanager
def about(context: SheetContext) -> Generator[None]:
    """Let a trouble name the sheet that it is about."""
    try:
        yield
    except SheetwardError as trouble:
        trouble.facts.setdefault("name", context.name)
        raise
