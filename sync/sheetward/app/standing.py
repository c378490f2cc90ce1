"""How each sheet stands: bound or not, its file there or not, what waits on either side."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from sheetward.app.conflict_copies import ConflictCopy, copies_beside
from sheetward.app.workspace import Workspace
from sheetward.config import SheetEntry
from sheetward.merge.items import ItemKind

State = Literal["in_step", "changed", "behind", "pending", "not_bound", "no_file"]


@dataclass(frozen=True, slots=True)
class Standing:
    """One sheet. `waiting_commits` are commits of the store that it has not seen; `is_changed` says that its file is
    not the one of the last sync."""

    name: str
    table: str
    role: str | None
    file: str | None
    state: State
    waiting_commits: int = 0
    is_changed: bool = False
    is_pending: bool = False
    last_sync: dt.datetime | None = None
    conflicts: int = 0
    held: int = 0
    rejections: int = 0
    conflict_copies: tuple[ConflictCopy, ...] = ()


def standings(workspace: Workspace) -> list[Standing]:
    """Give how each sheet of the settings stands. Reads files to compare their hashes, changes nothing."""
    counts = Counter((item.binding, item.kind) for item in workspace.store.items())
    return [_standing(workspace, entry, counts) for entry in workspace.config.sheets.values()]


def _standing(workspace: Workspace, entry: SheetEntry, counts: Counter[tuple[str, ItemKind]]) -> Standing:
    file = None if entry.file is None else str(entry.file)
    state = workspace.store.binding(entry.name)
    if state is None:
        return Standing(entry.name, entry.table, entry.role, file, "not_bound")
    is_there = entry.file is not None and entry.file.is_file()
    revision = hashlib.sha256(entry.file.read_bytes()).hexdigest() if entry.file is not None and is_there else ""
    is_changed = is_there and revision != state.revision
    waiting = workspace.store.head(state.table) - state.base
    word: State = "in_step"
    if not is_there:
        word = "no_file"
    elif state.pending is not None:
        word = "pending"
    elif is_changed:
        word = "changed"
    elif waiting:
        word = "behind"
    return Standing(
        name=entry.name,
        table=entry.table,
        role=state.role,
        file=file,
        state=word,
        waiting_commits=waiting,
        is_changed=is_changed,
        is_pending=state.pending is not None,
        last_sync=state.last_sync,
        conflicts=counts[state.id, ItemKind.CONFLICT],
        held=counts[state.id, ItemKind.HELD],
        rejections=counts[state.id, ItemKind.REJECTED],
        conflict_copies=() if entry.file is None else tuple(copies_beside(entry.file)),
    )
