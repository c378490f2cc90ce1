"""The hash chain of a table's commits: canonical bytes, keyed digests of what changed, one hash over both.

A commit's hash covers its head data and, for each row it touched, a *digest* of the cells, keyed with a secret of the
store (HMAC, RFC 2104). The hash never covers cells directly. So a person can be erased later: the digests of their row
are kept where the cells were, the chain still verifies, and without the key a digest does not give a phone number away
to someone who tries all numbers.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

import orjson

from sheetward.cells import to_json
from sheetward.diff import Changeset
from sheetward.table import RowId

GENESIS: Final = ""
"""The parent of a table's first commit."""

_FORMAT: Final = "sheetward commit 1"
_FORMAT_WITH_RUN: Final = "sheetward commit 2"
"""Of commits that name the run they are part of; those before had none, and their hashes stay."""

_VERSION_FORMAT: Final = "sheetward version 1"

_CELLS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
"""Lets `to_json` spell what JSON has no word for."""

Kind: TypeAlias = Literal["+", "-", "~"]
"""A row added, removed, or some of its cells changed."""

Digests: TypeAlias = "Mapping[RowId, tuple[Kind, str]]"
"""Row id to what happened to it and the keyed digest of the cells, in hexadecimal."""


def moment_text(moment: dt.datetime) -> str:
    """Spell a moment in UTC with microseconds, always equally long, so that texts sort as moments do.

    >>> moment_text(dt.datetime(2024, 3, 5, 20, tzinfo=dt.timezone(dt.timedelta(hours=8))))
    '2024-03-05T12:00:00.000000+00:00'
    """
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def digests(key: bytes, table: str, number: int, changes: Changeset) -> Digests:
    """Give the keyed digest of each row that a commit touched; rows added and removed by their filled cells."""
    found: dict[RowId, tuple[Kind, str]] = {}

    def note(row: RowId, kind: Kind, cells: Mapping[str, object]) -> None:
        message = orjson.dumps([table, number, row, kind, dict(cells)], default=to_json, option=_CELLS)
        found[row] = kind, hmac.digest(key, message, "sha256").hex()

    for row, whole in changes.added.items():
        note(row, "+", whole)
    for row, whole in changes.removed.items():
        note(row, "-", whole)
    for row, cells in changes.changed.items():
        note(row, "~", cells)
    return found


def commit_hash(
    *,
    table: str,
    number: int,
    sync_id: str,
    author: str,
    editor: str | None,
    time: dt.datetime,
    source: str,
    reason: str,
    binding: str | None,
    changes: int,
    parent: str,
    rows: Digests,
    run: str = "",
) -> str:
    """Give a commit's hash: SHA-256, in hexadecimal, over its canonical bytes, which hold the parent's hash."""
    touched = [[row, *rows[row]] for row in sorted(rows)]
    head = [table, number, sync_id, author, editor, moment_text(time), source, reason, binding, changes]
    head = [_FORMAT_WITH_RUN, run, *head] if run else [_FORMAT, *head]
    return hashlib.sha256(orjson.dumps([*head, parent, touched])).hexdigest()


def version_digest(key: bytes, table: str, kind: str, name: str, version: int, said: Sequence[str]) -> str:
    """Give the keyed digest of one version of a rule or schema: its text, who put it in force, when and why."""
    message = orjson.dumps([_VERSION_FORMAT, table, kind, name, version, *said])
    return hmac.digest(key, message, "sha256").hex()


def seal_hash(table: str, place: int, kind: str, name: str, version: int, digest: str, parent: str) -> str:
    """Give a seal's hash: SHA-256, in hexadecimal, over what it seals and its parent's hash."""
    return hashlib.sha256(
        orjson.dumps([_VERSION_FORMAT, table, place, kind, name, version, digest, parent])
    ).hexdigest()
