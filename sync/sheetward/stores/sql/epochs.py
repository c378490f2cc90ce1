"""The lives of a store: a word each in `meta`, the present one last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from sheetward.ports.store import Stale
from sheetward.stores.sql import heads
from sheetward.stores.sql.relations import meta

_PRESENT: Final = "epoch"
_PAST: Final = "past_epochs"


def of(words: Mapping[str, str]) -> tuple[str, ...]:
    """Read the epochs from the words of `meta`."""
    return (*words.get(_PAST, "").split(), words[_PRESENT])


def begin(connection: Connection, store_id: str, known: Sequence[str], word: str) -> None:
    """Begin a new epoch where `known` are those there are; `Stale` otherwise. In a transaction that writes."""
    heads.taken(connection, store_id, heads.DIRECTORY)
    same = meta.c.name == _PRESENT, meta.c.value == known[-1]
    if connection.execute(meta.update().where(*same).values(value=word)).rowcount == 0:
        raise Stale(heads.DIRECTORY, epoch=known[-1])
    connection.execute(meta.delete().where(meta.c.name == _PAST))
    connection.execute(meta.insert(), {"name": _PAST, "value": " ".join(known)})
