"""Which commits a restore takes back, and which a listing shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TypeVar

from sheetward.history.entry import Entry, is_by

E = TypeVar("E", bound=Entry)

SYNC_SOURCES = frozenset({"sync", "ribbon"})
"""Sources of commits that carry what a person typed into a sheet."""


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


def undo_sync_id(entry: Entry) -> str:
    """Give the sync id for the commit that undoes one: repeating that undo is then known as a repeat."""
    return f"undo {entry.id}"


def last_to_undo(log: Iterable[E], author: str) -> E | None:
    """Give the newest sync commit that an author ran and that no undo took back yet.

    `log` is newest first. So a second undo takes back the sync before, as people expect of the word.
    """
    entries = list(log)
    undone = {entry.sync_id for entry in entries}
    return next(
        (
            entry
            for entry in entries
            if entry.author == author and entry.source in SYNC_SOURCES and undo_sync_id(entry) not in undone
        ),
        None,
    )
