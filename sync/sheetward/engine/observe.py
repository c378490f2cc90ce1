"""Observe: where the store stands and what the sheet shows, as of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sheetward.engine.context import SheetContext
from sheetward.engine.epoch import is_waiting
from sheetward.errors import UserError
from sheetward.ports.replica import Observation
from sheetward.ports.store import BindingState
from sheetward.ports.workbook import Workbook


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


def is_untouched(context: SheetContext, state: BindingState, head: int, medium: Medium) -> bool:
    """Say whether neither the sheet nor the store nor the rules moved since the last confirmed sync.

    The medium is asked last: reading it costs the most. Where it was saved anew, it is what it holds that counts.
    """
    return (
        not context.is_rejoining
        and not is_waiting(context.store, state)
        and state.pending is None
        and state.revision != ""
        and state.base == head
        and state.rule_version == context.rule_version
        and state.schema_version == context.schema_version
        and (medium.revision == state.revision or (state.content != "" and medium.content(state.id) == state.content))
    )


class Medium:
    """A workbook as it is now, asked for no more than is needed."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @cached_property
    def revision(self) -> str:
        """The mark of the medium at this moment."""
        return self._workbook.revision()

    def content(self, sheet: str) -> str:
        """Give the digest of what a sheet held then, empty where the medium has none or has moved."""
        return self._workbook.content(sheet, self.revision)


def observe(context: SheetContext, state: BindingState, head: int) -> Sight:
    """Read the sheet."""
    return Sight(state, head, context.replica.observe())
