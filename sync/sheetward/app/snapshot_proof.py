"""`snapshot verify`: every record, commit, recipe and piece is what was kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sheetward.app.snapshot_contents import found
from sheetward.app.workspace import Workspace
from sheetward.errors import SheetwardError
from sheetward.ports.snapshots import KeptFile, Snapshot
from sheetward.stores.pieces import digest, joined


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not what was kept; `code` and `facts` are those of its message."""

    snapshot: str
    code: str
    facts: dict[str, object]


def troubles(workspace: Workspace, name: str | None = None) -> tuple[Sequence[Snapshot], Sequence[Trouble]]:
    """Prove one snapshot, or all; give those that were looked at and what is wrong. `UserError('snapshot.unknown')`."""
    looked_at = workspace.store.snapshots() if name is None else [found(workspace, name)]
    known: dict[str, tuple[str, dict[str, object]] | None] = {}
    return looked_at, [trouble for snapshot in looked_at for trouble in _of(workspace, snapshot, known)]


def _of(
    workspace: Workspace, snapshot: Snapshot, known: dict[str, tuple[str, dict[str, object]] | None]
) -> Iterator[Trouble]:
    name = snapshot.name
    if snapshot.sealed() != snapshot:
        yield Trouble(name, "snapshot.record_changed", {"name": name})
    for table, (number, recorded) in snapshot.heads.items():
        if not has_commit(workspace, table, number, recorded):
            yield Trouble(name, "snapshot.commit_gone", {"name": name, "table": table, "commit": f"{table}:{number}"})
    for sheet in snapshot.sheets:
        if sheet.sha256 not in known:
            known[sheet.sha256] = _file_trouble(workspace, sheet.sha256, sheet.size)
        trouble = known[sheet.sha256]
        if trouble is not None:
            code, facts = trouble
            yield Trouble(name, code, {"name": name, "sheet": sheet.name, "file": sheet.file, **facts})


def has_commit(workspace: Workspace, table: str, number: int, recorded: str) -> bool:
    """Say whether a table has the commit that a snapshot names, by number and hash."""
    if number == 0:
        return not recorded
    if number > workspace.store.head(table):
        return False
    return any(commit.number == number and commit.hash == recorded for commit in workspace.store.log(table))


def _file_trouble(workspace: Workspace, sha256: str, size: int) -> tuple[str, dict[str, object]] | None:
    try:
        recipe = workspace.store.kept_files([sha256]).get(sha256)
        if recipe is None or recipe.size != size:
            return "snapshot.recipe_gone", {}
        return _bytes_trouble(workspace, recipe)
    except SheetwardError as trouble:
        return "snapshot.unreadable_file", {"reason": trouble.code}


def _bytes_trouble(workspace: Workspace, recipe: KeptFile) -> tuple[str, dict[str, object]] | None:
    pieces = workspace.store.pieces(recipe.pieces)
    wanted = dict.fromkeys(recipe.pieces)
    lost = [one for one in wanted if one not in pieces]
    wrong = [one for one in wanted if one in pieces and digest(pieces[one]) != one]
    if lost or wrong:
        return "snapshot.pieces_damaged", {"lost": len(lost), "wrong": len(wrong), "count": len(wanted)}
    return None if joined(recipe, pieces) is not None else ("snapshot.recipe_wrong", {})
