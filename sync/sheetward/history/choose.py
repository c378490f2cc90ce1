"""Which commits a restore takes back, and which a listing shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from sheetward.history.entry import Entry, is_by

E = TypeVar("E", bound=Entry)

SYNC_SOURCES = frozenset({"sync", "ribbon"})
"""Sources of commits that carry what a person typed into a sheet."""

REJOIN = "rejoin"
"""Source of commits that brought a restored store up to its sheets: no person's edits of that moment, so no undo takes them back."""


def by_person(
    log: Iterable[E], name: str, *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> Sequence[E]:
    """Give the commits that a person ran or edited, from one moment to another, both included."""
    return [
        entry
        for entry in log
        if is_by(entry, name) and (since is None or entry.time >= since) and (until is None or entry.time <= until)
    ]


def by_sheet(log: Iterable[E], binding: str, *, after: int = 0) -> Sequence[E]:
    """Give the commits that came from one sheet after the commit of that number."""
    return [entry for entry in log if entry.binding == binding and entry.number > after]


def listed(
    log: Iterable[E], *, by: str | None = None, binding: str | None = None, since: dt.datetime | None = None
) -> Sequence[E]:
    """Give the commits that fit every condition named, in the order given."""
    return [
        entry
        for entry in log
        if (by is None or is_by(entry, by))
        and (binding is None or entry.binding == binding)
        and (since is None or entry.time >= since)
    ]


def by_run(log: Iterable[E], run: str) -> Sequence[E]:
    """Give the commits of one run, of whatever sheet and table."""
    return [entry for entry in log if run and entry.run == run]


def unseen_by(log: Iterable[E], name: str, seen: Mapping[str, int]) -> Sequence[E]:
    """Give the commits of others after those that a person has seen, by table; `log` is newest first.

    Of a table of which they have seen nothing, those after the last commit of their own.
    """
    entries = list(log)
    own: dict[str, int] = {}
    for entry in entries:
        if is_by(entry, name):
            own.setdefault(entry.table, entry.number)
    return [
        entry
        for entry in entries
        if not is_by(entry, name) and entry.number > seen.get(entry.table, own.get(entry.table, 0))
    ]


def undo_sync_id(entry: Entry) -> str:
    """Give the sync id for the commit that undoes one, with all of its run in that table: a repeat is then known."""
    return f"undo {entry.run or entry.id}"


def undone_in(log: Iterable[E]) -> Sequence[tuple[E, E]]:
    """Give each commit that was undone in its table, with the commit that undid it."""
    entries = list(log)
    undoing = {(entry.table, entry.sync_id): entry for entry in entries}
    return [(entry, undoing[place]) for entry in entries if (place := (entry.table, undo_sync_id(entry))) in undoing]


def rejoined_since(log: Iterable[E], author: str, commits: Sequence[E]) -> E | None:
    """Give the newest commit of a rejoin that an author ran after these commits of theirs, where there is one."""
    entries = list(log)
    mine = [entry for entry in entries if entry.author == author]
    newest = {entry.id for entry in commits}
    before = next((place for place, entry in enumerate(mine) if entry.id in newest), len(mine))
    return next((entry for entry in mine[:before] if entry.source == REJOIN), None)


def last_to_undo(log: Iterable[E], author: str) -> Sequence[E]:
    """Give the commits of the newest sync that an author ran and that no undo took back yet; none where there is none.

    `log` is newest first. So a second undo takes back the sync before, as people expect of the word; and one that was
    cut off between two tables is finished.
    """
    entries = list(log)
    undone = {entry.id for entry, _ in undone_in(entries)}
    mine = [e for e in entries if e.author == author and e.source in SYNC_SOURCES and e.id not in undone]
    return [entry for entry in mine if undo_sync_id(entry) == undo_sync_id(mine[0])]
