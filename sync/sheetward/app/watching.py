"""Which workbooks want a sync, found by polling: size, time and file id first, the hash only where these moved.

Notifications of the system are not to be trusted on network drives and synced folders; a look costs one call for each
file. A file is left alone until it has been the same for a while, as long as an office program has it open, and while
a synced folder has not fetched it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from sheetward.app.syncing import in_order
from sheetward.app.workspace import Workspace
from sheetward.errors import SheetwardError, TransientError
from sheetward.plan.observation import Notice
from sheetward.xlsx.closed import FileMark, read_stable
from sheetward.xlsx.file_image import file_mark
from sheetward.xlsx.open_marker import open_marker

SETTLED_S: Final = 1.0
"""Seconds for which a file must look the same before it is read."""
PAUSE_S: Final = (5.0, 300.0)
"""Seconds until a sync that met a passing trouble is tried again: at first, doubled each time, and at most."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a file told.

    `mark` is `None` for a file that is not there; `owner` is who has it open, or the marker that says so, `None` where
    nobody has; `waiting` are the sheets in it for which the store has something, with the commit that they wait for.
    """

    mark: FileMark | None = None
    is_placeholder: bool = False
    owner: str | None = None
    waiting: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of a file: the look under which it was last synced, the last look and since when it has been so.

    `since`, `retry_at` (`None`: no need) are in seconds of a clock that only goes forward; `pause_s` is the next pause.
    """

    done: Look | None = None
    seen: Look | None = None
    since: float = 0.0
    retry_at: float | None = None
    pause_s: float = PAUSE_S[0]

    def looked(self, look: Look, now: float) -> Watched:
        """Take in a look."""
        same_file = self.seen is not None and (self.seen.mark, self.seen.owner) == (look.mark, look.owner)
        return replace(self, seen=look, since=self.since if same_file else now)

    def is_due(self, now: float) -> bool:
        """Say whether the file is to be synced now.

        ==============================  =====================================
        last look                       due
        ==============================  =====================================
        never synced                    at once, unless one of the next two
        placeholder, or open            no
        looks as it did when synced     where a passing trouble is to be tried again
        another file, time or size      once it has been the same for a while
        the store has something new     at once
        ==============================  =====================================
        """
        look = self.seen
        if look is None or look.is_placeholder or look.owner is not None:
            return False
        if self.done is None:
            return True
        if look.mark != self.done.mark:
            return now - self.since >= SETTLED_S
        if look.waiting and look.waiting != self.done.waiting:
            return True
        return self.retry_at is not None and now >= self.retry_at

    def synced(self, now: float, *, is_passing: bool = False) -> Watched:
        """Take in that the file was synced under its last look, or met a passing trouble."""
        if not is_passing:
            return replace(self, done=self.seen, retry_at=None, pause_s=PAUSE_S[0])
        return replace(self, done=self.seen, retry_at=now + self.pause_s, pause_s=min(2 * self.pause_s, PAUSE_S[1]))


def _nothing() -> dict[Path, Watched]:
    return {}


@dataclass
class Watch:
    """A watch over the files of some sheets of a workspace; `names` as for a sync, all where there are none."""

    workspace: Workspace
    names: Sequence[str]
    files: dict[Path, Watched] = field(default_factory=_nothing)

    def sheets(self) -> Mapping[Path, list[str]]:
        """Give each watched file and its sheets."""
        found: dict[Path, list[str]] = {}
        for name in in_order(self.workspace, self.names):
            file = self.workspace.entry(name).file
            if file is not None:
                found.setdefault(file, []).append(name)
        return found

    def look(self, now: float) -> tuple[list[str], list[tuple[str, Notice]]]:
        """Look at every file once; give the sheets that are due, and for what others wait where that is new."""
        due: list[str] = []
        waits: list[tuple[str, Notice]] = []
        for file, names in self.sheets().items():
            known = self.files.get(file, Watched())
            look = self._look_at(file, names)
            waits += [(names[0], notice) for notice in _news(file, known.seen, look)]
            known = known.looked(look, now)
            if (
                known.is_due(now)
                and known.done is not None
                and known.retry_at is None
                and self._is_as_recorded(file, known)
            ):
                known = known.synced(now)
            self.files[file] = known
            if known.is_due(now):
                due += names
        return due, waits

    def synced(self, names: Sequence[str], statuses: Mapping[str, int], now: float) -> None:
        """Take in that sheets were synced, with the exit status of each."""
        passing = TransientError.exit_status
        for file, sheets in self.sheets().items():
            if set(sheets) & set(names) and file in self.files:
                is_passing = any(statuses.get(name) == passing for name in sheets)
                self.files[file] = self.files[file].synced(now, is_passing=is_passing)

    def _look_at(self, file: Path, names: Sequence[str]) -> Look:
        waiting = tuple(
            (name, self.workspace.store.head(state.table))
            for name in names
            if (state := self.workspace.store.binding(name)) is not None
            and (state.pending is not None or state.base != self.workspace.store.head(state.table))
        )
        try:
            mark = file_mark(file)
            marker = open_marker(file)
        except TransientError:
            return Look(is_placeholder=True, waiting=waiting)
        except (OSError, SheetwardError):
            return Look(waiting=waiting)
        owner = None if marker is None else marker.owner or marker.path.name
        return Look(mark, owner=owner, waiting=waiting)

    def _is_as_recorded(self, file: Path, known: Watched) -> bool:
        """Say whether a file that was touched holds what the last sync left, and nothing waits for it: our own writing, mostly."""
        states = [self.workspace.store.binding(name) for name in self.sheets()[file]]
        if known.seen is None or known.seen.mark is None or known.seen.waiting:
            return False
        try:
            revision = read_stable(file).sha256
        except SheetwardError:
            return False
        return all(state is not None and state.revision == revision for state in states)


def _news(file: Path, before: Look | None, now: Look) -> list[Notice]:
    """Give what keeps a file from its sync, where the look before did not say it."""
    found: list[Notice] = []
    if now.owner is not None and (before is None or before.owner is None):
        found.append(Notice("watch.open", {"file": file.name, "owner": now.owner}))
    if now.is_placeholder and (before is None or not before.is_placeholder):
        found.append(Notice("file.placeholder", {"file": file.name}))
    return found
