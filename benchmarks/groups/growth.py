"""What grows with what: a sync, a commit, a difference and a restore of so many edited rows in a table of so many."""

from __future__ import annotations

import shutil
from collections.abc import Generator

from data import edited_places
from measure import Facts, Work
from table import Goal

from groups import syncing
from groups.syncing import BOOK, EDITED, SYNCED

RESTORABLE = "restorable"


def make(work: Work) -> None:
    """Make a synced workspace, one with the edits in its workbook, and one in which they were synced."""
    syncing.make_synced(work)
    places = edited_places(work.sizes.rows, work.sizes.changes / work.sizes.rows, seed=21)
    shutil.copytree(work.inputs / SYNCED, work.inputs / EDITED)
    syncing.edit(work.inputs / EDITED / BOOK, places)
    shutil.copytree(work.inputs / EDITED, work.inputs / RESTORABLE)
    syncing.sync(work.inputs / RESTORABLE)


def sync(work: Work) -> Generator[Facts | None]:
    """Sync the edited workbook."""
    yield from syncing.synced(work, EDITED)


def reading(work: Work) -> Generator[Facts | None]:
    """Read the edited workbook as a table, and nothing else."""
    yield from syncing.read_as_table(work, EDITED)


def difference(work: Work) -> Generator[Facts | None]:
    """Give what the newest commit changed."""
    from sheetward.app.workspace import opened

    with opened(work.inputs / RESTORABLE, "bench") as workspace:
        newest = workspace.store.head("customers")
        yield None
        ((_, changes),) = workspace.store.changes("customers", newest - 1, newest)
        yield {"rows": len(changes.rows)}


def restore(work: Work) -> Generator[Facts | None]:
    """Take the newest run back: planned, checked, committed."""
    yield from syncing.restored(work, RESTORABLE)


CASES = {"sync": sync, "reading": reading, "difference": difference, "restore": restore}


def goals(_: object) -> tuple[Goal, ...]:
    """Give none: `growth.py` lays the sizes side by side."""
    return ()
