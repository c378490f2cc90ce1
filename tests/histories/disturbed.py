"""Store and sheet of one sync behind a counter: something happens before or after the nth call, or at a named point."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from sheetward.errors import TransientError


class DeathError(BaseException):
    """The process is gone: no handler runs after this."""


class Counter:
    """Does something once, before or after a call of a number, or at a named point.

    `waits` says that it is done in the store by somebody else, who has to wait while the sync holds the head: what is
    done in this thread would be a part of the sync's own transaction, and be undone with it.
    """

    def __init__(self, at: int | str, when: str, act: Callable[[], None], *, waits: bool = False) -> None:
        self.at, self.when, self.act, self.waits = at, when, act, waits
        self.calls = 0
        self.is_done = False
        self._is_held = False
        self._is_waiting = False

    def _do(self) -> None:
        self.is_done = True
        if self.waits and self._is_held:
            self._is_waiting = True
        else:
            self.act()

    @contextmanager
    def held(self) -> Generator[None]:
        """Let who waits come after the block, however it ends."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            if self._is_waiting:
                self._is_waiting = False
                self.act()

    def call(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        self.calls += 1
        is_it = self.calls == self.at and not self.is_done
        if is_it and self.when == "before":
            self._do()
        result = function(*args, **options)
        if is_it and self.when == "after":
            self._do()
        return result

    def step(self, point: str) -> None:
        if point == self.at and not self.is_done:
            self._do()


class Counted:
    """A port whose every call is counted."""

    def __init__(self, port: Any, counter: Counter) -> None:
        self._port, self._counter = port, counter

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value):
            return value
        return lambda *args, **options: self._counter.call(value, *args, **options)


class CountedStore(Counted):
    """A store whose every call is counted, and whose turns keep others waiting."""

    @contextmanager
    def turn(self, table: str) -> Generator[None]:
        turn = self._counter.call(self._port.turn, table)
        with self._counter.held(), turn:
            yield


def die() -> None:
    """End the process here."""
    raise DeathError


def lose_the_answer() -> None:
    """Let the call take effect and its answer get lost."""
    raise TransientError("store.disk", path="store.db", error="lost")
