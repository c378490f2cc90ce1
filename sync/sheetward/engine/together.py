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
    going: Removals = {}
    decisions = _pass(contexts, sights, going)
    while any(notice.code == REFERENCED for decision in decisions for notice in decision.plan.notices):
        more = _removals(decisions)
        if more == going:
            break
        anew = _pass(contexts, sights, more)
        if not _covers(_removals(anew), more):
            break
        going, decisions = more, anew
    return decisions


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


def _covers(removals: Removals, assumed: Removals) -> bool:
    """Say whether every row that was taken as gone does go."""
    return all(rows.keys() <= removals.get(table, {}).keys() for table, rows in assumed.items())


@contextmanager
def about(context: SheetContext) -> Generator[None]:
    """Let a trouble name the sheet that it is about."""
    try:
        yield
    except SheetwardError as trouble:
        trouble.facts.setdefault("name", context.name)
        raise
