"""What a person has not seen yet: a mark on this computer, for each person, of how far they looked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sheetward.app.workspace import Workspace
from sheetward.history.choose import unseen_by
from sheetward.ports.store import Commit
from sheetward.stores.journal import FileJournal

_LIFE = " epoch"
"""Beside the tables' names, which hold no blank: the life of the store that the mark speaks of."""


def _marks(workspace: Workspace) -> FileJournal:
    return FileJournal(workspace.private / "looked")


def _person(workspace: Workspace) -> str:
    return hashlib.sha256(workspace.author.encode()).hexdigest()[:32]


def unseen(workspace: Workspace, log: Sequence[Commit]) -> Sequence[Commit]:
    """Give what others committed since this person looked, newest first; of someone who never did, since their last commit."""
    marks = _marks(workspace).get(_person(workspace)) or {}
    known = marks if marks.get(_LIFE) == workspace.store.epoch else {}
    seen = {table: int(number) for table, number in known.items() if table != _LIFE}
    return unseen_by(log, workspace.author, seen)


def mark_as_seen(workspace: Workspace, log: Sequence[Commit]) -> None:
    """Remember that this person has seen a log, newest first; what is not in it stays as it was."""
    marks = _marks(workspace)
    old = marks.get(_person(workspace)) or {}
    kept = old if old.get(_LIFE) == workspace.store.epoch else {}
    newest = {commit.table: str(commit.number) for commit in sorted(log, key=lambda commit: commit.number)}
    marks.put(_person(workspace), {**kept, **newest, _LIFE: workspace.store.epoch})
