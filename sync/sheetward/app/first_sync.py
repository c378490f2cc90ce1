"""A sheet and a store for deciding what a first sync would do, before anything is bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sheetward.plan.actions import SheetWrite
from sheetward.plan.observation import Observation
from sheetward.ports.store import BindingState, Store


class ShownOnly:
    """A sheet that only shows what was observed: for deciding what a first sync would do."""

    is_atomic = True
    keeps_stamp = False

    def __init__(self, observed: Observation) -> None:
        # Ids that stand there belong to another binding: to this one every row is new.
        self._observed = replace(observed, rows=tuple(replace(row, row_id="") for row in observed.rows))

    def revision(self) -> str:
        return self._observed.revision

    def observe(self) -> Observation:
        return self._observed

    def check_writable(self) -> None:
        """Nothing is written in a dry run."""

    def write(self, batch: SheetWrite, expected_revision: str) -> str:
        raise AssertionError("a dry run writes nothing", batch, expected_revision)


class WithBinding:
    """A store with one more binding, for a dry run; everything else is the store's."""

    def __init__(self, store: Store, state: BindingState) -> None:
        self._store = store
        self._state = state

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def binding(self, name: str) -> BindingState | None:
        return self._state if name == self._state.name else self._store.binding(name)

    def bindings(self) -> Sequence[BindingState]:
        return [*self._store.bindings(), self._state]
