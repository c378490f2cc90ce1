"""One syncer at a time for each workbook: on this computer by a lock of the system, between computers by the store.

The lock ends with the process that holds it, however it ends. The store's lease ends by the database's clock, and whoever
comes after it gets a higher number: what the former holder still commits is refused. Where the store is a file on this
computer the lock suffices, and the lease only keeps its number.
"""

from __future__ import annotations

import hashlib
import random
import socket
import sys
import threading
import time
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sheetward.errors import SheetwardError, TransientError, UserError
from sheetward.ports.store import BindingState, Store

_PAUSE_S = 0.05
PATIENCE_S = 20.0
"""How long a sync waits for another one of the same workbook."""

LEASE_S = 15.0
"""How long a lease lasts that is not renewed: less than anyone's patience, so that the next sync outlives a dead holder."""


def _locked(file: IO[Any]) -> bool:
    """Take the lock of an open file; the system lets go of it when the process ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def lease(folder: Path, key: str, name: str, patience_s: float = PATIENCE_S) -> Generator[None]:
    """Hold a workbook on this computer. `TransientError('sync.busy')` where another process keeps it for long."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / f"{key}.lock").open("a+b")
    except PermissionError as problem:
        raise UserError("folder.read_only", file=name, folder=str(folder)) from problem
    with file:
        until = time.monotonic() + patience_s
        while not _locked(file):
            if time.monotonic() > until:
                raise TransientError("sync.busy", name=name)
            time.sleep(_PAUSE_S)
        yield


def holder_of(folder: Path) -> str:
    """Give the word for this computer and this folder of locks: of all who use it, one at most holds a workbook's lock."""
    parts = [socket.gethostname(), str(uuid.getnode()), str(folder.resolve())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class StoreLeases:
    """Leases of bindings in a store; `holder` names who is kept apart from itself by other means.

    Without `seconds` nobody is kept waiting and nothing is renewed; only the number is kept, and checked.
    """

    store: Store
    holder: str
    seconds: float = LEASE_S
    patience_s: float = PATIENCE_S

    @contextmanager
    def __call__(self, states: Sequence[BindingState]) -> Generator[Mapping[str, int]]:
        """Take the leases of all sheets of a workbook for a block of work. `TransientError('sync.busy')`."""
        ordered = sorted(states, key=lambda state: state.id)
        numbers = self._taken(ordered)
        if not self.seconds:
            yield numbers
            return
        is_over = threading.Event()
        keeper = threading.Thread(target=self._kept, args=(ordered, numbers, is_over), daemon=True)
        keeper.start()
        try:
            yield numbers
        finally:
            is_over.set()
            keeper.join()
            # Whoever comes next would wait for the end of the lease otherwise; where even this fails, it ends by itself.
            with suppress(SheetwardError):
                self._renewed(ordered, numbers, 0)

    def _taken(self, states: Sequence[BindingState]) -> Mapping[str, int]:
        """Take all leases or none, in one order for everybody, until patience ends."""
        until = time.monotonic() + self.patience_s
        while True:
            numbers: dict[str, int] = {}
            for state in states:
                number = self.store.take_lease(state.table, state.id, self.holder, self.seconds)
                if number is None:
                    break
                numbers[state.id] = number
            if len(numbers) == len(states):
                return numbers
            self._renewed([state for state in states if state.id in numbers], numbers, 0)
            if time.monotonic() > until:
                raise TransientError("sync.busy", name=states[0].name)
            # Not all at once, and nobody always last: a pause of random length is fair enough.
            time.sleep(random.uniform(_PAUSE_S / 5, _PAUSE_S))  # noqa: S311 - no secret

    def _kept(self, states: Sequence[BindingState], numbers: Mapping[str, int], is_over: threading.Event) -> None:
        """Renew the leases while the work goes on; one that was lost is noticed by the next commit."""
        while not is_over.wait(self.seconds / 3):
            with suppress(SheetwardError):
                self._renewed(states, numbers, self.seconds)

    def _renewed(self, states: Sequence[BindingState], numbers: Mapping[str, int], seconds: float) -> None:
        for state in states:
            self.store.renew_lease(state.table, state.id, numbers[state.id], seconds)
