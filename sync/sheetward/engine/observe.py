"""Observe: where the store stands and what the sheet shows, as of one moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sheetward.engine.context import SheetContext
from sheetward.engine.epoch import is_waiting
from sheetward.errors import UserError
from sheetward.ports.replica import Observation
from sheetward.ports.store import BindingState


@dataclass(frozen=True)
class Sight:
    """One sheet and its table before anything is decided: the binding as stored, the head, and what the sheet shows."""

    state: BindingState
    head: int
    observed: Observation


def stand(context: SheetContext) -> tuple[BindingState, int]:
    """Give the sheet's binding and its table's head. `UserError('binding.unknown')`."""
    state = context.store.binding(context.name)
    if state is None:
        raise UserError("binding.unknown", name=context.name, names=[b.name for b in context.store.bindings()])
    return state, context.store.head(state.table)


def is_untouched(context: SheetContext, state: BindingState, head: int, revision: Callable[[], str]) -> bool:
    """Say whether neither the medium nor the store nor the rules moved since the last confirmed sync.

    The medium is asked last: reading it costs the most.
    """
    return (
        not context.is_rejoining
        and not is_waiting(context.store, state)
        and state.pending is None
        and state.revision != ""
        and state.base == head
        and state.rule_version == context.rule_version
        and state.schema_version == context.schema_version
        and revision() == state.revision
    )


def observe(context: SheetContext, state: BindingState, head: int) -> Sight:
    """Read the sheet."""
    return Sight(state, head, context.replica.observe())
