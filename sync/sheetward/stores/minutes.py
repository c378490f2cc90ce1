"""Making a commit of a table and checking one: the same for every store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sheetward.diff import Changeset
from sheetward.history import chain
from sheetward.ports.store import Commit, CommitNote


def commit_of(
    note: CommitNote,
    *,
    table: str,
    number: int,
    parent: str,
    changes: Changeset,
    key: bytes,
    since: dt.datetime | None = None,
) -> Commit:
    """Give the commit number `number` of a table, hashed onto its parent; `key` is the store's digest key.

    `since` is the parent's time: a clock that went back does not make a commit older than the one it follows.
    """
    count = changes.cell_count
    time = note.time if since is None else max(note.time, since)
    digest = chain.commit_hash(
        table=table,
        number=number,
        sync_id=note.sync_id,
        author=note.author,
        editor=note.editor,
        time=time,
        source=note.source,
        reason=note.reason,
        binding=note.binding,
        run=note.run,
        changes=count,
        parent=parent,
        rows=chain.digests(key, table, number, changes),
    )
    return Commit(
        table=table,
        number=number,
        sync_id=note.sync_id,
        author=note.author,
        editor=note.editor,
        time=time,
        source=note.source,
        reason=note.reason,
        binding=note.binding,
        changes=count,
        parent=parent,
        hash=digest,
        run=note.run,
    )


def troubles(history: Iterable[tuple[Commit, Changeset]], key: bytes) -> Sequence[str]:
    """Check a table's commits, oldest first and all of them; give one line for each that is not what it was."""
    lines: list[str] = []
    parent = chain.GENESIS
    for number, (commit, changes) in enumerate(history, start=1):
        note = CommitNote(
            sync_id=commit.sync_id,
            author=commit.author,
            time=commit.time,
            source=commit.source,
            reason=commit.reason,
            editor=commit.editor,
            binding=commit.binding,
            run=commit.run,
        )
        if commit.number != number:
            lines.append(f"{commit.id}: commit {number} is missing")
            break
        if commit != commit_of(note, table=commit.table, number=number, parent=parent, changes=changes, key=key):
            lines.append(f"{commit.id}: the commit or what it changed is not what was recorded")
        parent = commit.hash
    return lines
