"""A commit as the pure part of history sees it. The store's `Commit` is one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from sheetward.diff import Changeset


class Entry(Protocol):
    """Who, when, why and from where; `number` counts the commits of one table."""

    @property
    def id(self) -> str:
        """Give the id that people type: table and number."""
        ...

    @property
    def table(self) -> str:
        """Give the table's name."""
        ...

    @property
    def number(self) -> int:
        """Give the place in the table's history, from 1."""
        ...

    @property
    def sync_id(self) -> str:
        """Give the id of the transaction that made it."""
        ...

    @property
    def run(self) -> str:
        """Give the word that all commits of one call share, empty where it stands for itself."""
        ...

    @property
    def author(self) -> str:
        """Give who ran it."""
        ...

    @property
    def editor(self) -> str | None:
        """Give who is reported to have edited, where that is known."""
        ...

    @property
    def time(self) -> dt.datetime:
        """Give the moment, with its zone."""
        ...

    @property
    def source(self) -> str:
        """Give where it came from: ribbon, sync, import, restore, resolve, API."""
        ...

    @property
    def binding(self) -> str | None:
        """Give the id of the sheet's binding that it came from."""
        ...


Told: TypeAlias = "Sequence[tuple[Entry, Changeset]]"
"""Commits of one table without gaps, oldest first, each with what it changed."""


def person(entry: Entry) -> str:
    """Give the person behind a commit: the editor where known, else who ran it."""
    return entry.editor or entry.author


def is_by(entry: Entry, name: str) -> bool:
    """Say whether a person ran a commit or is reported to have edited."""
    return name in (entry.author, entry.editor)
