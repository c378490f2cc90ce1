"""Named points of a sync at which a test from outside kills or holds the process. Inert unless SHEETWARD_TESTING=1."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from sheetward.plan.actions import SheetWrite
from sheetward.plan.observation import Observation
from sheetward.ports.replica import Replica

POINTS = (
    "after_observe",
    "before_commit",
    "after_commit",
    "before_write",
    "during_write",
    "after_write",
    "before_confirm",
)


def _setting(environment: Mapping[str, str]) -> tuple[str, str]:
    if environment.get("SHEETWARD_TESTING") != "1":
        return "", ""
    name, _, action = environment.get("SHEETWARD_FAILPOINT", "").partition(":")
    return name, action


def steps_of(environment: Mapping[str, str]) -> Callable[[str], None]:
    """Give what the engine calls at each named point: nothing, a kill, or a pause at the one that was named."""
    name, action = _setting(environment)
    flag = environment.get("SHEETWARD_FAILPOINT_FLAG")

    def step(point: str) -> None:
        if point != name:
            return
        if action == "kill":
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        elif action.startswith("sleep="):
            if flag:
                Path(flag).touch()
            time.sleep(float(action.removeprefix("sleep=")))

    return step


class _Partial:
    """A replica whose observations say that they are partial."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self.is_atomic = replica.is_atomic
        self.keeps_stamp = replica.keeps_stamp

    def revision(self) -> str:
        return self._replica.revision()

    def observe(self) -> Observation:
        return replace(self._replica.observe(), complete=False)

    def check_writable(self) -> None:
        self._replica.check_writable()

    def write(self, batch: SheetWrite, expected_revision: str) -> str:
        return self._replica.write(batch, expected_revision)


def under_test(replica: Replica, environment: Mapping[str, str]) -> Replica:
    """Give the replica, or one that reads only part of the sheet where a test asks for that."""
    return _Partial(replica) if _setting(environment) == ("incomplete_read", "on") else replica
