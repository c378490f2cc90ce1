"""A workspace put together: settings, store, schemas, rules, sheets. The only place that knows all adapters."""

from __future__ import annotations

import datetime as dt
import getpass
import os
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import cast

from sheetward_schemas import TableSchema
from sheetward_schemas.evolve import Evolution

from sheetward.app.clock import SystemClock
from sheetward.app.field_names import CalledNow, roles_as_called
from sheetward.app.schema_in_force import SchemaInForce, changed_since, schema_in_force, taken_up
from sheetward.app.schemas import load
from sheetward.app.store import open_store
from sheetward.app.words import new_word
from sheetward.cells import Value, value_of
from sheetward.config import Config, SheetEntry, read_config
from sheetward.errors import UserError
from sheetward.ports.store import Clock, CommitNote, Journal, Store
from sheetward.stores.journal import FileJournal
from sheetward.stores.named import NamedStore
from sheetward.validation import Validator

PRIVATE = ".sheetward"
"""The folder of a workspace that is ours: journal, copies, leases."""


def user_of_this_computer() -> str:
    """Give the name under which the person works at this computer."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return f"uid{os.getuid()}" if hasattr(os, "getuid") else "unknown"


@dataclass
class Workspace:
    """An opened workspace. `author` is who runs the call; where `records` is false (a plan, a dry run) nothing is recorded."""

    config: Config
    store: NamedStore
    journal: Journal
    author: str
    clock: Clock
    records: bool = True
    run: str = field(default_factory=new_word)
    """The word that all commits of this call bear."""

    @property
    def private(self) -> Path:
        """Give our own folder."""
        return self.config.root / PRIVATE

    @property
    def copies(self) -> Path:
        """Give the folder of displaced bytes."""
        return self.private / "copies"

    def today(self) -> dt.date:
        """Give the present day in the workspace's zone."""
        return self.clock.now().astimezone(self.config.timezone).date()

    def note(self, source: str, reason: str = "", sync_id: str | None = None) -> CommitNote:
        """Give the note of a commit by this call's author, now."""
        return CommitNote(sync_id or new_word(24), self.author, self.clock.now(), source, reason, run=self.run)

    @cached_property
    def _in_force(self) -> dict[str, SchemaInForce]:
        return {}

    @cached_property
    def _written(self) -> dict[str, TableSchema]:
        return {}

    def written_schema(self, table: str) -> TableSchema:
        """Give a table's schema as its file says it. `UserError`: `table.unknown`, and what loading a schema raises."""
        entry = self.config.tables.get(table)
        if entry is None:
            raise UserError("table.unknown", table=table, known=list(self.config.tables))
        if table not in self._written:
            self._written[table] = load(entry.schema, self.config.root)
        return self._written[table]

    def in_force(self, table: str) -> SchemaInForce:
        """Give the schema that a table is under, and what its file changes. Where nothing is recorded (a plan, a dry run)
        what applies by itself counts already.
        """
        if table not in self._in_force:
            stands = schema_in_force(self.store, table, self.written_schema(table))
            if not self.records and not stands.is_waiting and (stands.next is not None or not stands.version):
                stands = SchemaInForce(stands.version + 1, stands.next.new if stands.next else stands.schema)
            self._in_force[table] = stands
        return self._in_force[table]

    def take_up(self, table: str) -> SchemaInForce:
        """Bring into force what a table's file changes and what applies by itself; in a plan nothing is recorded."""
        stands = self.in_force(table)
        if self.records and (not stands.version or (stands.next is not None and not stands.is_waiting)):
            stands = self._in_force[table] = taken_up(self.store, table, self.written_schema(table), self.note)
            self._called.pop(table, None)
        return stands

    def look_again(self) -> None:
        """Read the schemas anew: another call may have brought a version in force."""
        self.store.look_again()
        self._in_force.clear()
        self._written.clear()
        self._called.clear()

    def schema(self, table: str) -> TableSchema:
        """Give the schema that a table is under. `UserError`: `table.unknown`, and what loading a schema raises."""
        return self.in_force(table).schema

    def older_schema(self, table: str) -> Callable[[int], Evolution | None]:
        """Give what tells the changes from an older version of a table's schema to the one in force."""
        return partial(self._changed_since, table)

    def _changed_since(self, table: str, version: int) -> Evolution | None:
        return changed_since(self.store, table, version, self.in_force(table))

    def called_now(self, table: str) -> CalledNow:
        """Give what tells today's name of a table's field that is called by another one."""
        if table not in self._called:
            self._called[table] = CalledNow(self.store, table, self.in_force(table))
        return self._called[table]

    @cached_property
    def _called(self) -> dict[str, CalledNow]:
        return {}

    def config_for(self, table: str) -> Config:
        """Give the settings with the roles' rules under the names that a table's fields have today."""
        return roles_as_called(self.config, table, self.called_now(table))

    def retyped_once(self, table: str) -> Collection[str]:
        """Give the fields that were of another type or format in some older version of a table's schema."""
        older = [self._changed_since(table, version) for version in range(1, self.in_force(table).version)]
        return {name for evolution in older if evolution is not None for name in evolution.retyped}

    def entry(self, name: str) -> SheetEntry:
        """Give a sheet's entry in the settings. `UserError('sheet.unknown')`."""
        entry = self.config.sheets.get(name)
        if entry is None:
            raise UserError("sheet.unknown", name=name, known=list(self.config.sheets))
        return entry

    def table_order(self) -> list[str]:
        """Give the tables in the order of their foreign keys: what is pointed at comes first."""
        done: list[str] = []

        def take(table: str, above: tuple[str, ...]) -> None:
            if table in done or table in above:
                return
            for target in self.tables_of({key.resource for key in self.schema(table).foreign_keys if key.resource}):
                take(target, (*above, table))
            done.append(table)

        for table in self.config.tables:
            take(table, ())
        return done

    def tables_of(self, resources: Collection[str]) -> list[str]:
        """Give the tables whose schema has one of these names."""
        return [table for table in self.config.tables if self.schema(table).name in resources]

    def column(self, table: str, field: str, store: Store | None = None) -> set[Value]:
        """Give the filled values of a field at the head, as the workspace's store or another view of it has them."""
        cells = (store or self.store).read(table, (self.called_now(table)(field),)).rows.values()
        return {value for (cell,) in cells if (value := value_of(cell)) is not None}

    def known(
        self, table: str, store: Store | None = None, schema: TableSchema | None = None
    ) -> Mapping[str, Callable[[], Collection[Value]]]:
        """Give, for each field that refers to another table of the workspace, what loads the values it may take.

        References to the table itself are left out: rows that arrive together may refer to each other.
        """
        schema = schema or self.schema(table)
        loaders: dict[str, Callable[[], Collection[Value]]] = {}
        for key in schema.foreign_keys:
            targets = self.tables_of({key.resource}) if key.resource not in ("", schema.name) else []
            if len(key.fields) == 1 and targets:
                loaders[key.fields[0]] = _Union(self, tuple(targets), key.reference_fields[0], store)
        return loaders

    def referrers(
        self, table: str, column: Callable[[str, str], set[Value]] | None = None
    ) -> Callable[[Mapping[str, object]], tuple[str, ...]]:
        """Give what names the tables whose rows point to a row of this one.

        `column` gives the filled values of a table's field where they are not to be those of today.
        """
        values_of = column or self.column
        name = self.schema(table).name
        pointing = [
            (other, key.fields[0], self.called_now(table)(key.reference_fields[0]))
            for other in self.config.tables
            if other != table
            for key in self.schema(other).foreign_keys
            if key.resource == name and len(key.fields) == 1
        ]
        loaded: dict[tuple[str, str], set[Value]] = {}

        def find(cells: Mapping[str, object]) -> tuple[str, ...]:
            found: dict[str, None] = {}
            for other, via, target in pointing:
                value = value_of(cast("Value", cells.get(target)))
                if value is None:
                    continue
                if (other, via) not in loaded:
                    loaded[other, via] = values_of(other, via)
                if value in loaded[other, via]:
                    found[other] = None
            return tuple(found)

        return find

    def validator(self, table: str) -> Validator:
        """Give what judges a table's rows."""
        return Validator(self.schema(table))


@dataclass(frozen=True, slots=True)
class _Union:
    """Loads the values of one field of several tables."""

    workspace: Workspace
    tables: tuple[str, ...]
    field: str
    store: Store | None

    def __call__(self) -> Collection[Value]:
        return set[Value]().union(*(self.workspace.column(table, self.field, self.store) for table in self.tables))


@contextmanager
def opened(root: Path, author: str | None = None) -> Generator[Workspace]:
    """Open a workspace and close its store in the end. `UserError`: what settings and store raise."""
    config = read_config(root)
    # Where sheets are bound, a new and empty store would take their rows for new ones and know nothing of their past.
    store = open_store(config, may_be_new=not config.sheets)
    try:
        journal = FileJournal(config.root / PRIVATE / "journal")
        yield Workspace(config, NamedStore(store), journal, author or user_of_this_computer(), SystemClock())
    finally:
        store.close()
