"""Numbered SQL files, applied in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files


@cache
def migrations(database: str) -> Sequence[str]:
    """Give the text of every migration of a database; the first makes version 1. `ValueError` where a number is missing."""
    folder = files("sheetward.stores") / "migrations" / database
    found = sorted(
        (entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir() if entry.name.endswith(".sql")
    )
    for number, (name, _) in enumerate(found, start=1):
        if not name.startswith(f"{number:04d}_"):
            raise ValueError(f"{name} stands where migration {number} is expected")
    return [text for _, text in found]


def statements(script: str) -> Iterator[str]:
    """Cut a script into its statements. The driver's own `executescript` would end the transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
