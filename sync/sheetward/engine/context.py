"""What the engine must know of one sheet beside the sheet itself and the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sheetward_schemas.evolve import Evolution
from sheetward_schemas.model import TableSchema

from sheetward.cells import Cell, Value
from sheetward.plan.situation import Checker, Limits
from sheetward.ports.replica import Replica
from sheetward.ports.store import Clock, Store
from sheetward.sharing import Rule
from sheetward.table import RowId


class LazyKeys(Mapping[str, Collection[Value]]):
    """For each foreign-key field the values it may take, loaded from the store when first asked for."""

    def __init__(self, loaders: Mapping[str, Callable[[], Collection[Value]]]) -> None:
        self._loaders = loaders
        self._loaded: dict[str, Collection[Value]] = {}

    def __getitem__(self, name: str) -> Collection[Value]:
        if name not in self._loaded:
            self._loaded[name] = self._loaders[name]()
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaders)

    def __len__(self) -> int:
        return len(self._loaders)


Keys: TypeAlias = "Mapping[str, Collection[Value]]"
"""For each field that is a foreign key the values it may take."""

Referrers: TypeAlias = "Callable[[Mapping[str, Cell]], tuple[str, ...]]"
"""Names the tables whose rows point to a row."""


def _no_keys(_: Store) -> Keys:
    return {}


def _no_referrers(_: Store) -> Referrers:
    return lambda _: ()


def _no_step(_: str) -> None:
    return None


def _no_older(_: int) -> Evolution | None:
    return None


@dataclass(frozen=True)
class SheetContext:
    """One bound sheet, ready to be synced.

    `name` is the binding's name. `rule_version` is the version in force now, `rule_at` gives the rule of a version (0 is
    a workspace without roles). `allowed` are the guards that the caller lets pass, each with the highest count or
    `None` for any. `known` and `referrers` look into the other tables of the store that they are given. `lang` is the
    language of the headers that a sync writes. `older` gives what
    changed from an older version of the schema to the one in force, `None` where that is the same; `word` the word that a
    field is stored under, whatever it is called. `on_step` is told each named point of a sync. `new_word` gives a fresh
    random word. `run` is the word that all commits of this call bear.
    `is_rejoining` merges the sheet against the last image that a restored store knows of it, whatever it bears.
    """

    name: str
    replica: Replica
    store: Store
    schema: TableSchema
    checker: Checker
    clock: Clock
    today: Callable[[], dt.date]
    author: str
    new_word: Callable[[], str]
    rule_version: int
    rule_at: Callable[[int], Rule]
    lang: str = "zh"
    schema_version: int = 1
    older: Callable[[int], Evolution | None] = _no_older
    word: Callable[[str], str] = str
    limits: Limits = field(default_factory=Limits)
    known: Callable[[Store], Keys] = _no_keys
    referrers: Callable[[Store], Referrers] = _no_referrers
    allowed: Mapping[str, int | None] | None = None
    on_step: Callable[[str], None] = _no_step
    source: str = "sync"
    reason: str = ""
    run: str = ""
    is_rejoining: bool = False

    def new_row_id(self) -> RowId:
        """Give a fresh row id: opaque, unguessable, never number-like."""
        return RowId("r" + self.new_word())
