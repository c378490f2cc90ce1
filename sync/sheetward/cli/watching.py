"""`sync --watch`: one round after the other until its user ends it."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from sheetward.cli.exits import Exit
from sheetward.cli.failure import error_text
from sheetward.cli.inside import root, workspace
from sheetward.cli.output import complain, progress, remark, write_line
from sheetward.cli.session import current, say
from sheetward.errors import SheetwardError

if TYPE_CHECKING:
    from sheetward.app.syncing import SheetOutcome
    from sheetward.app.watching import Watch

Shown = Callable[[Sequence["SheetOutcome"]], None]


@contextmanager
def _ended_by_its_user() -> Generator[threading.Event]:
    """Give what is set when the user wants an end; a sync under way comes to its own, and who asks twice is obeyed at once."""
    end = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if end.is_set():
            raise KeyboardInterrupt
        end.set()

    signals = [signal.SIGINT, signal.SIGTERM]
    if sys.platform == "win32":
        signals.append(signal.SIGBREAK)
    before = {number: signal.signal(number, ask) for number in signals}
    try:
        yield end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def watch(names: Sequence[str], author: str | None, every_s: float, show: Shown) -> int:
    """Sync whenever a workbook or the store has news. The settings are read again when they change."""
    settings = root() / "sheetward.yaml"
    is_first = True
    with _ended_by_its_user() as end:
        while not end.is_set():
            written = _written(settings)
            try:
                _watch_under(settings, names, author, every_s, show, end, is_first=is_first)
            except SheetwardError as problem:
                if is_first:
                    raise
                complain(error_text(problem))
                while _written(settings) == written and not end.wait(every_s):
                    pass
            is_first = False
    remark(say("watch.ended"))
    return Exit.DONE


def _watch_under(
    settings: Path,
    names: Sequence[str],
    author: str | None,
    every_s: float,
    show: Shown,
    end: threading.Event,
    *,
    is_first: bool,
) -> None:
    """Watch until the settings change or the user ends it."""
    from sheetward.app.watching import Watch

    written = _written(settings)
    with workspace(author) as opened:
        watched = Watch(opened, names)
        if is_first:
            remark(say("watch.begun", count=sum(map(len, watched.sheets().values()))))
        trouble = ""
        while not end.is_set() and _written(settings) == written:
            try:
                _round(watched, show)
                trouble = ""
            except SheetwardError as problem:  # the store is away, mostly: said once, and tried again
                if problem.code != trouble:
                    complain(error_text(problem))
                trouble = problem.code
            end.wait(every_s)


def _round(watched: Watch, show: Shown) -> None:
    from sheetward.app.syncing import sync_sheets

    due, waits = watched.look(time.monotonic())
    for name, notice in waits:
        remark(f"{name}: {say(notice.code, **notice.facts)}")
    if not due:
        return
    with progress(say("cli.syncing")):
        outcomes = sync_sheets(watched.workspace, due, {})
    watched.synced(due, {outcome.name: outcome.status for outcome in outcomes}, time.monotonic())
    if any(_says_something(outcome) for outcome in outcomes):
        if not current().wants_json:
            zone = watched.workspace.config.timezone
            write_line(watched.workspace.clock.now().astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"))
        show([outcome for outcome in outcomes if _says_something(outcome)])
        sys.stdout.flush()


def _says_something(outcome: SheetOutcome) -> bool:
    counts = (outcome.to_store, outcome.to_sheet, outcome.new_rows, outcome.deleted_rows)
    return any(counts) or bool(outcome.error or outcome.notices or outcome.status)


def _written(settings: Path) -> tuple[int, int]:
    try:
        known = settings.stat()
    except OSError:
        return 0, 0
    return known.st_mtime_ns, known.st_size
