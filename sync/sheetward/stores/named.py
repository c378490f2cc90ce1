"""A store read and written under today's names of the fields, whatever words it stores them under."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import cast

from sheetward.cells import Cell, Json
from sheetward.diff import Changeset
from sheetward.merge.items import Item, ItemKind
from sheetward.ports.snapshots import KeptFile, Snapshot
from sheetward.ports.store import Applied, BindingState, Commit, CommitNote, SchemaStep, Store, Transaction
from sheetward.stores import renaming
from sheetward.stores.names import Names, bare, fields_of, names_in, recorded
from sheetward.table import RowId, Table
from sheetward.validation.attested import Attestation


class NamedStore:
    """`sheetward.ports.store.Store` over another one.

    The names of a table are read once and kept: a call that began under one version of a schema ends under it, and what
    it would write after another version came in force is refused (`store.schema_moved`). `look_again` forgets them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[int, Json, Names]] = {}

    def look_again(self) -> None:
        """Forget the names: the schemas may have moved."""
        self._known.clear()

    def _version(self, table: str) -> tuple[int, Json, Names]:
        known = self._known.get(table)
        if known is None:
            newest = self._store.schema_version(table)
            known = (0, None, Names()) if newest is None else (newest[0], bare(newest[1]), names_in(newest[1]))
            self._known[table] = known
        return known

    def _names(self, table: str) -> Names:
        return self._version(table)[2]

    def word(self, table: str, name: str) -> str:
        """Give the word that a field is stored under."""
        return self._names(table).word(name)

    @property
    def epoch(self) -> str:
        """Give the word that names this store's life."""
        return self._store.epoch

    @property
    def past_epochs(self) -> Sequence[str]:
        """Give the words of its earlier lives, oldest first."""
        return self._store.past_epochs

    def begin_epoch(self, word: str) -> None:
        """Begin a new life under this word."""
        self._store.begin_epoch(word)

    def close(self) -> None:
        """Let go of files and connections."""
        self._store.close()

    # Reading ------------------------------------------------------------------------------------------------------

    def tables(self) -> Sequence[str]:
        """Give the names of all tables that have commits."""
        return self._store.tables()

    def head(self, table: str) -> int:
        """Give the number of the last commit, 0 for an empty table."""
        return self._store.head(table)

    def read(self, table: str, fields: tuple[str, ...], at: int | None = None) -> Table:
        """Give the table at the head, or as of a commit, also one from before a field had its name."""
        names = self._names(table)
        if names.is_plain:
            return self._store.read(table, fields, at)
        return Table(fields, self._store.read(table, tuple(map(names.word, fields)), at).rows)

    def rows(self, table: str, fields: tuple[str, ...], ids: Iterable[RowId]) -> Table:
        """Give these rows of the head; ids that are not there are left out."""
        names = self._names(table)
        return Table(fields, self._store.rows(table, tuple(map(names.word, fields)), ids).rows)

    def log(self, table: str | None = None) -> Sequence[Commit]:
        """Give commits, newest first; of all tables by time where none is named."""
        return self._store.log(table)

    def commit_at(self, table: str, when: dt.datetime) -> int:
        """Give the number of the last commit at or before a moment, 0 where there is none."""
        return self._store.commit_at(table, when)

    def find_sync(self, table: str, sync_id: str) -> Commit | None:
        """Give the commit that a sync made, if it did."""
        return self._store.find_sync(table, sync_id)

    def changes(
        self, table: str, after: int, upto: int, rows: Set[RowId] | None = None
    ) -> Sequence[tuple[Commit, Changeset]]:
        """Give the commits `after < number <= upto`, oldest first, each with what it changed."""
        told, names = self._store.changes(table, after, upto, rows), self._names(table)
        return told if names.is_plain else [(commit, renaming.changes(one, names.name)) for commit, one in told]

    def deleted(self, table: str, ids: Iterable[RowId] | None = None) -> Mapping[RowId, Mapping[str, Cell]]:
        """Give those of the ids that the table once had and has no more, with their last cells."""
        found, names = self._store.deleted(table, ids), self._names(table)
        return found if names.is_plain else {row: renaming.by_field(cells, names.name) for row, cells in found.items()}

    def counter(self, table: str, name: str) -> int:
        """Give the last number given for a generated key, 0 at first."""
        return self._store.counter(table, self._names(table).word(name))

    # Changing -----------------------------------------------------------------------------------------------------

    def apply(self, transaction: Transaction) -> Applied:
        """Apply a transaction, all or nothing, under the version of the schema that this store was read under."""
        version, _, names = self._version(transaction.table)
        step = transaction.schema or SchemaStep(version)
        if step.data is not None:
            fresh = names.evolved(fields_of(step.data), step.former)
            step = replace(step, data=recorded(step.data, fresh))
        stored = replace(transaction, schema=step)
        if not names.is_plain:
            stored = replace(
                stored,
                changes=renaming.changes(transaction.changes, names.word),
                counters=renaming.by_field(transaction.counters, names.word),
            )
        stored = replace(
            stored,
            binding=None if transaction.binding is None else self._stored_binding(transaction.binding),
            opened=tuple(map(self._stored_item, transaction.opened)),
            closed=tuple(map(self._stored_item, transaction.closed)),
        )
        applied = self._store.apply(stored)
        if step.data is not None:
            self._known.pop(transaction.table, None)
        return applied

    # Bindings and items -------------------------------------------------------------------------------------------

    def _stored_binding(self, state: BindingState) -> BindingState:
        names = self._names(state.table)
        return state if names.is_plain else renaming.binding(state, names.word)

    def _named_binding(self, state: BindingState) -> BindingState:
        names = self._names(state.table)
        return state if names.is_plain else renaming.binding(state, names.today)

    def _stored_item(self, item: Item) -> Item:
        names = self._names(item.table)
        return item if names.is_plain else renaming.item(item, names.word)

    def _named_item(self, item: Item) -> Item:
        names = self._names(item.table)
        return item if names.is_plain else renaming.item(item, names.name)

    def binding(self, name: str) -> BindingState | None:
        """Give a binding by its name; what it remembers of removed fields is left out."""
        state = self._store.binding(name)
        return None if state is None else self._named_binding(state)

    def left_columns(self, name: str) -> Sequence[str]:
        """Give the headers that a binding's sheet has above columns of removed fields, until the binding is recorded anew."""
        state = self._store.binding(name)
        if state is None:
            return []
        headers = cast("Mapping[str, str]", state.place.get("headers", {}))
        names = self._names(state.table)
        return [text for word, text in headers.items() if names.today(word) is None]

    def bindings(self) -> Sequence[BindingState]:
        """Give all bindings, by name."""
        return [self._named_binding(state) for state in self._store.bindings()]

    def revision_of(self, binding: str, stamp: str) -> BindingState | None:
        """Give a binding, by its id, as it was last recorded while its sheet bore this stamp."""
        state = self._store.revision_of(binding, stamp)
        return None if state is None else self._named_binding(state)

    def save_binding(self, state: BindingState, fence: int | None = None) -> None:
        """Insert a binding (`number` 0) or replace the one whose number is one less; `Stale` otherwise."""
        self._store.save_binding(self._stored_binding(state), fence)

    def take_lease(self, table: str, binding: str, holder: str, seconds: float) -> int | None:
        """Take the lease of a binding and give its number; `None` where another holder's has not ended."""
        return self._store.take_lease(table, binding, holder, seconds)

    def renew_lease(self, table: str, binding: str, number: int, seconds: float) -> bool:
        """Let a lease end only so many seconds from now, 0 at once; say whether its number is still the newest."""
        return self._store.renew_lease(table, binding, number, seconds)

    def turn(self, table: str) -> AbstractContextManager[None]:
        """Hold the table's head for this thread from here to the end of the block, in one transaction."""
        return self._store.turn(table)

    def is_crowded(self) -> bool:
        """Say whether a commit by this object lost a race for a head, and no turn came at once since."""
        return self._store.is_crowded()

    def drop_binding(self, name: str) -> None:
        """Forget a binding; its open items are closed as `gone`."""
        self._store.drop_binding(name)

    def items(
        self, *, kind: ItemKind | None = None, binding: str | None = None, is_open: bool | None = True
    ) -> Sequence[Item]:
        """Give items by kind and binding id, oldest first; `is_open` None gives settled ones too."""
        return [self._named_item(item) for item in self._store.items(kind=kind, binding=binding, is_open=is_open)]

    def item(self, item_id: str) -> Item | None:
        """Give one item, open or settled."""
        item = self._store.item(item_id)
        return None if item is None else self._named_item(item)

    def close_items(self, items: Iterable[Item]) -> None:
        """Record outcomes of items that are still open; `Stale` where one is not."""
        self._store.close_items([self._stored_item(item) for item in items])

    # Rules and schemas --------------------------------------------------------------------------------------------

    def rule(self, table: str, role: str) -> tuple[int, Json] | None:
        """Give the rule in force for a role on a table: its version and its data as written."""
        found = self._store.rule(table, role)
        return None if found is None else (found[0], self._named_rule(table, found[1]))

    def rule_at(self, table: str, role: str, version: int) -> Json:
        """Give an older version of a rule, under today's names."""
        return self._named_rule(table, self._store.rule_at(table, role, version))

    def _named_rule(self, table: str, data: Json) -> Json:
        names = self._names(table)
        if names.is_plain:
            return data
        return renaming.rule(data, names.name, lambda word: names.today(word) is not None)

    def save_rule(self, table: str, role: str, data: Json, note: CommitNote) -> int:
        """Put a rule in force and give its version; the same data as now in force makes none."""
        names = self._names(table)
        return self._store.save_rule(table, role, data if names.is_plain else renaming.rule(data, names.word), note)

    def schema_version(self, table: str) -> tuple[int, Json] | None:
        """Give the schema that this store is read under: version and data as written."""
        version, data, _ = self._version(table)
        return (version, data) if version else None

    def schema_at(self, table: str, version: int) -> Json:
        """Give an older version of a schema as it was written, under the names of its time."""
        return bare(self._store.schema_at(table, version))

    def former(self, table: str, version: int) -> Mapping[str, str]:
        """Give today's names to what the same fields were called in an older version, of fields that it had."""
        names = self._names(table)
        then = names_in(self._store.schema_at(table, version))
        words = {then.word(name): name for name in then.fields}
        return {name: words[names.word(name)] for name in names.fields if names.word(name) in words}

    # Snapshots ----------------------------------------------------------------------------------------------------

    def place_then(self, table: str, version: int, kept: Mapping[str, Json]) -> Mapping[str, Json]:
        """Give the place of a sheet as it was under an older version of the schema, its columns by today's names."""
        if not version:
            return kept
        now = {then: name for name, then in self.former(table, version).items()}
        return renaming.place(kept, now.get)

    def snapshots(self) -> Sequence[Snapshot]:
        """Give all snapshots, newest first."""
        return self._store.snapshots()

    def snapshot(self, name: str) -> Snapshot | None:
        """Give a snapshot by its name."""
        return self._store.snapshot(name)

    def kept_files(self, digests: Iterable[str]) -> Mapping[str, KeptFile]:
        """Give the recipes of files by their SHA-256; those that are not there are left out."""
        return self._store.kept_files(digests)

    def lacking_pieces(self, digests: Iterable[str]) -> set[str]:
        """Give those of the pieces that are not there."""
        return self._store.lacking_pieces(digests)

    def pieces(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Give the bytes of pieces; those that are not there or cannot be unpacked are left out."""
        return self._store.pieces(digests)

    def keep_snapshot(self, snapshot: Snapshot, files: Iterable[KeptFile], pieces: Mapping[str, bytes]) -> None:
        """Keep a snapshot as it is, under the names of its time."""
        self._store.keep_snapshot(snapshot, files, pieces)

    def attest(self, table: str, said: Iterable[Attestation]) -> None:
        """Append to what was said about a table's rows."""
        names = self._names(table)
        self._store.attest(table, [replace(one, field=names.word(one.field)) for one in said])

    def attestations(self, table: str) -> Sequence[Attestation]:
        """Give all that was ever said about a table's rows, oldest first, under today's names."""
        names = self._names(table)
        return [replace(one, field=names.name(one.field)) for one in self._store.attestations(table)]

    def verify(self) -> Sequence[str]:
        """Check the hash chains and give one line for each trouble; empty where all is well."""
        return self._store.verify()
