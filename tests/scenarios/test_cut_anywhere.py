"""The cycle on a real store and a real workbook, cut at every call of every port and at every file step, then finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sheetward.xlsx.file_steps import FileSteps

from .language import play
from .stage import Stage
from .test_scenarios import START


class DeathError(BaseException):
    """The process is gone: no handler runs after this."""


class Counter:
    """Dies at the nth call that it sees, before the call takes effect or after."""

    def __init__(self, number: int, when: str) -> None:
        self.left, self.when, self.is_armed = number, when, False

    def call(self, act: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if not self.is_armed:
            return act(*args, **options)
        self.left -= 1
        if self.left == 0 and self.when == "before":
            raise DeathError
        result = act(*args, **options)
        if self.left == 0:
            raise DeathError
        return result


class Port:
    """A port whose every call is counted."""

    def __init__(self, port: Any, counter: Counter) -> None:
        self._port, self._counter = port, counter

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value):
            return value
        return lambda *args, **options: self._counter.call(value, *args, **options)


class Steps(FileSteps):
    """The real file system, every step counted."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name.startswith("_") or not callable(value):
            return value
        counter = super().__getattribute__("_counter")
        return lambda *args, **options: counter.call(value, *args, **options)


DEEDS = [
    "B types note of C001: theirs",
    "B types phone of C003: 333",
    "sync B",
    "A types note of C001: mine",
    "A types note of C002: edited",
    "A inserts a row above C002: name=甲新, phone=88",
    "A adds a row: no=K1, name=甲二, phone=99",
    "A deletes C004",
]


def prepared(folder: Path, steps: FileSteps | None = None) -> Stage:
    folder.mkdir()
    stage = Stage(folder, steps)
    stage.add("A", [dict(row) for row in START], None)
    stage.add("B", [], None)
    stage.settle()
    for deed in DEEDS:
        play(stage, deed)
    return stage


def outcome(stage: Stage) -> tuple[object, ...]:
    items = sorted((i.kind.value, i.code, i.field or "", str(i.sheet)) for i in stage.store.items())
    return (
        stage.table(),
        items,
        {name: dict(stage.shown(name)) for name in stage.seats},
    )


def finished(stage: Stage) -> tuple[object, ...]:
    stage.settle()
    left = [p.name for p in (stage.folder or Path()).iterdir() if p.name.startswith(".sheetward-")]
    assert not left
    return outcome(stage)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["store", "replica", "files"])
def test_cut_at_every_call_then_finished(tmp_path: Path, what: str, when: str) -> None:
    calm = prepared(tmp_path / "calm")
    expected = finished(calm)
    cuts = 0
    for number in range(1, 80):
        counter = Counter(number, when)
        stage = prepared(tmp_path / f"{number}", Steps(counter) if what == "files" else None)
        counter.is_armed = True
        ports = {what: Port(stage.store if what == "store" else stage.seats["A"].replica, counter)}
        try:
            stage.sync("A", **({} if what == "files" else ports))
        except DeathError:
            cuts += 1
        counter.is_armed = False
        if counter.left > 0:
            break
        assert finished(stage) == expected, f"{what} call {number}, {when}"
        stage.store.close()
    assert cuts >= {"store": 8, "replica": 3, "files": 10}[what]
