"""What one syncer holds of a workbook while it works: leases of its sheets, and where it lost a race, the head of its table."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Self, TypeAlias, cast

from sheetward.engine.context import SheetContext
from sheetward.engine.observe import stand
from sheetward.ports.store import Applied, BindingState, Store, Transaction

Leases: TypeAlias = "Callable[[Sequence[BindingState]], AbstractContextManager[Mapping[str, int]]]"
"""Takes the leases of bindings for a block of work and gives the number of each; `TransientError('sync.busy')`."""


@contextmanager
def unleased(states: Sequence[BindingState]) -> Generator[Mapping[str, int]]:  # noqa: ARG001 - none of them
    """Take no lease: where nobody else can be at work on the workbook."""
    yield {}


class _Fenced:
    """A store whose changes of bindings are refused once another syncer has taken the lease over."""

    def __init__(self, store: Store, numbers: Mapping[str, int]) -> None:
        self._store = store
        self._numbers = numbers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def apply(self, transaction: Transaction) -> Applied:
        """Apply a transaction under the lease of its binding."""
        state = transaction.binding
        fence = None if state is None else self._numbers.get(state.id)
        return self._store.apply(replace(transaction, fence=fence))

    def save_binding(self, state: BindingState) -> None:
        """Save a binding under its lease."""
        fence = self._numbers.get(state.id)
        if fence is None:
            self._store.save_binding(state)
        else:
            self._store.save_binding(state, fence)


class Hold(ExitStack):
    """The sheets of a workbook, under leases from when they are first taken to the end of the block."""

    def __init__(self, contexts: Sequence[SheetContext], leases: Leases) -> None:
        super().__init__()
        self.contexts = contexts
        self._leases = leases
        self._is_taken = False

    def taken(self) -> Sequence[SheetContext]:
        """Take the leases of all sheets, where they are not taken yet, and give the sheets under them."""
        if not self._is_taken:
            numbers = self.enter_context(self._leases([stand(context)[0] for context in self.contexts]))
            store = cast("Store", _Fenced(self.contexts[0].store, numbers))
            self.contexts = [replace(context, store=store) for context in self.contexts]
            self._is_taken = True
        return self.contexts


class Turn(ExitStack):
    """Where it is wanted: the head of a workbook's only table, held until the turn is closed.

    The leases are taken before it: who waits for them with the head in hand would keep their holder from finishing.
    """

    def __init__(self, hold: Hold, *, is_wanted: bool) -> None:
        super().__init__()
        self._hold = hold
        self._is_wanted = is_wanted

    def __enter__(self) -> Self:
        if self._is_wanted:
            contexts = self._hold.taken()
            tables = {stand(context)[0].table for context in contexts}
            if len(tables) == 1:
                self.enter_context(contexts[0].store.turn(*tables))
        return super().__enter__()
