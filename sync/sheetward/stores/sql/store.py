"""The store in SQL, as far as databases agree: each call is one transaction over the shared parts."""

from __future__ import annotations

import datetime as dt
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence, Set
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, text

from sheetward.cells import Cell, Json
from sheetward.diff import Changeset
from sheetward.errors import IntegrityError, TransientError, UserError
from sheetward.merge.items import Item, ItemKind
from sheetward.ports.snapshots import KeptFile, Snapshot
from sheetward.ports.store import Applied, BindingState, Commit, CommitNote, Stale, Transaction
from sheetward.stores.sql import (
    applying,
    attestations,
    bindings,
    epochs,
    heads,
    keyframes,
    leases,
    proof,
    reading,
    snapshots,
    versions,
    waiting,
)
from sheetward.stores.sql.relations import rule, table_schema
from sheetward.stores.sql.rows import stored, stored_some
from sheetward.stores.sql.together import together
from sheetward.stores.sql.wordbook import Wordbooks
from sheetward.table import RowId, Table
from sheetward.validation.attested import Attestation

T = TypeVar("T")

_AT_ONCE_S: Final = 0.005
"""A turn that took no longer to come was not waited for."""

_PART, _PART_BACK, _PART_DONE = text("SAVEPOINT part"), text("ROLLBACK TO part"), text("RELEASE part")


class SqlStore(ABC):
    """`sheetward.ports.store.Store` on an engine; a database adds how its transactions begin and what its errors mean.

    Every reading call sees one moment of the store. May be shared by threads; processes open their own.
    """

    def __init__(self, engine: Engine, called: str, words: Mapping[str, str]) -> None:
        """Take an engine whose tables are there. `called` names the store in a report; `words` are those of `meta`."""
        self._engine = engine
        self._called = called
        self._turns = threading.local()
        self._is_crowded = False
        self._id, self._key = words["store"], bytes.fromhex(words["key"])
        self._epochs = epochs.of(words)

    @abstractmethod
    def _seeing(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one moment, with the database's errors in our words."""

    @abstractmethod
    def _changing(self) -> AbstractContextManager[Connection]:
        """Give a connection in a transaction that writes, committed at the end, with errors in our words."""

    @abstractmethod
    def _changed(self, work: Callable[[Connection], T]) -> T:
        """Do work in one transaction that writes, all or nothing. The work may be called again after a rollback."""

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        """Give a connection that sees one moment: in a turn, its transaction."""
        held = self._held()
        if held is not None:
            yield held
            return
        with self._seeing() as connection:
            yield connection

    def _written(self, work: Callable[[Connection], T]) -> T:
        """Do work, all or nothing: in a turn as a part of its transaction, else in one of its own."""
        held = self._held()
        if held is None:
            return self._changed(work)
        together(held, (_PART, {}))
        try:
            done = work(held)
        except BaseException:
            if not held.invalidated:
                together(held, (_PART_BACK, {}))
            raise
        together(held, (_PART_DONE, {}))
        return done

    def _held(self) -> Connection | None:
        """Give the connection of this thread's turn."""
        return getattr(self._turns, "connection", None)

    @contextmanager
    def turn(self, table: str) -> Generator[None]:
        """Hold the table's head for this thread from here to the end of the block, in one transaction."""
        asked = time.monotonic()
        with self._changing() as connection:
            heads.taken(connection, self._id, table)
            if time.monotonic() - asked < _AT_ONCE_S:
                self._is_crowded = False
            self._turns.connection = connection
            try:
                yield
            finally:
                self._turns.connection = None

    def is_crowded(self) -> bool:
        """Say whether a commit by this object lost a race for a head, and no turn came at once since."""
        return self._is_crowded

    def _tidy(self, connection: Connection) -> None:  # noqa: B027 - few databases want anything
        """Do what the database wants done at the end of a sync, in the same transaction."""

    @abstractmethod
    def _medium_troubles(self, connection: Connection) -> Iterable[str]:
        """Give one line for each trouble that the database itself knows of."""

    def close(self) -> None:
        """Let go of files and connections."""
        self._engine.dispose()

    @property
    def epoch(self) -> str:
        """Give the word that names this store's life."""
        return self._epochs[-1]

    @property
    def past_epochs(self) -> Sequence[str]:
        """Give the words of its earlier lives, oldest first."""
        return self._epochs[:-1]

    def begin_epoch(self, word: str) -> None:
        """Begin a new life under this word; `Stale` where somebody else did since this store was opened."""
        self._written(lambda connection: epochs.begin(connection, self._id, self._epochs, word))
        self._epochs = (*self._epochs, word)

    def _table_id(self, table: str) -> str:
        return heads.table_id(self._id, table)

    # Reading ------------------------------------------------------------------------------------------------------

    def tables(self) -> Sequence[str]:
        """Give the names of all tables that have commits."""
        with self._reading() as connection:
            return [name for name, number in heads.names(connection) if number]

    def head(self, table: str) -> int:
        """Give the number of the last commit, 0 for an empty table."""
        with self._reading() as connection:
            return heads.head_of(connection, self._id, table).number

    def read(self, table: str, fields: tuple[str, ...], at: int | None = None) -> Table:
        """Give the table at the head, or as of a commit; `UserError` where there is no such commit."""
        with self._reading() as connection:
            head = heads.head_of(connection, self._id, table)
            if at is None or at == head.number:
                return reading.today(fields, stored(connection, head.table_id), Wordbooks(connection, head.table_id))
            _check_number(table, at, head.number)
            return reading.as_of(connection, head, self._key, fields, at)

    def rows(self, table: str, fields: tuple[str, ...], ids: Iterable[RowId]) -> Table:
        """Give these rows of the head; ids that are not there are left out."""
        with self._reading() as connection:
            table_id = self._table_id(table)
            return reading.today(fields, stored_some(connection, table_id, ids), Wordbooks(connection, table_id))

    def log(self, table: str | None = None) -> Sequence[Commit]:
        """Give commits, newest first; of all tables by time where none is named."""
        with self._reading() as connection:
            if table is not None:
                return heads.log_of(connection, self._table_id(table), table)
            every = [
                commit
                for name, _ in heads.names(connection)
                for commit in heads.log_of(connection, self._table_id(name), name)
            ]
            return sorted(every, key=lambda commit: (commit.time, commit.table, commit.number), reverse=True)

    def commit_at(self, table: str, when: dt.datetime) -> int:
        """Give the number of the last commit at or before a moment, 0 where there is none."""
        with self._reading() as connection:
            return heads.number_at(connection, self._table_id(table), when)

    def find_sync(self, table: str, sync_id: str) -> Commit | None:
        """Give the commit that a sync made, if it did."""
        with self._reading() as connection:
            return heads.commit_of_sync(connection, self._table_id(table), table, sync_id)

    def changes(
        self, table: str, after: int, upto: int, rows: Set[RowId] | None = None
    ) -> Sequence[tuple[Commit, Changeset]]:
        """Give the commits `after < number <= upto`, oldest first, each with what it changed."""
        with self._reading() as connection:
            head = heads.head_of(connection, self._id, table)
            _check_number(table, after, head.number)
            _check_number(table, upto, head.number)
            log = {c.number: c for c in heads.log_of(connection, head.table_id, table, after=after, upto=upto)}
            changesets = reading.changesets(connection, head, self._key, after, upto, rows)
            return [(log[number], changes) for number, changes in changesets]

    def deleted(self, table: str, ids: Iterable[RowId] | None = None) -> Mapping[RowId, Mapping[str, Cell]]:
        """Give those of the ids that the table once had and has no more, with their last cells."""
        with self._reading() as connection:
            return reading.removed(connection, self._table_id(table), ids)

    def counter(self, table: str, name: str) -> int:
        """Give the last number given for a generated key, 0 at first."""
        with self._reading() as connection:
            return applying.counter_value(connection, self._table_id(table), name)

    # Changing -----------------------------------------------------------------------------------------------------

    def apply(self, transaction: Transaction) -> Applied:
        """Apply a transaction, all or nothing; reads no more rows than it touches, but where a keyframe is due."""
        try:
            done, is_due = self._written(lambda c: applying.applied(c, self._id, self._key, transaction))
        except Stale:
            self._is_crowded = True
            raise
        if is_due:
            self._make_keyframe(transaction.table)
        return done

    def _make_keyframe(self, table: str) -> None:
        """Keep a whole state, beside the commit and after it; whoever commits next does it where this cannot."""
        with suppress(TransientError):
            with self._reading() as connection:
                frame = keyframes.made(connection, heads.head_of(connection, self._id, table), self._key)
            self._written(lambda c: keyframes.put(c, heads.taken(c, self._id, table), frame))

    # Bindings and items -------------------------------------------------------------------------------------------

    def binding(self, name: str) -> BindingState | None:
        """Give a binding by its name."""
        with self._reading() as connection:
            return bindings.named(connection, name)

    def bindings(self) -> Sequence[BindingState]:
        """Give all bindings, by name."""
        with self._reading() as connection:
            return bindings.every(connection)

    def revision_of(self, binding: str, stamp: str) -> BindingState | None:
        """Give a binding, by its id, as it was last recorded while its sheet bore this stamp."""
        with self._reading() as connection:
            return bindings.revision_of(connection, binding, stamp)

    def save_binding(self, state: BindingState, fence: int | None = None) -> None:
        """Insert a binding (`number` 0) or replace the one whose number is one less; `Stale` otherwise."""

        def put(connection: Connection) -> None:
            if fence is not None:
                leases.check(connection, self._table_id(state.table), state.id, fence, state.name)
            bindings.put(connection, self._id, state)
            self._tidy(connection)

        self._written(put)

    def drop_binding(self, name: str) -> None:
        """Forget a binding, if it is there; its open items are closed as `gone`."""

        def drop(connection: Connection) -> None:
            state = bindings.named(connection, name)
            if state is not None:
                bindings.forget(connection, heads.taken(connection, self._id, state.table).table_id, state)
                waiting.abandon(connection, state.id)

        self._written(drop)

    def take_lease(self, table: str, binding: str, holder: str, seconds: float) -> int | None:
        """Take the lease of a binding and give its number; `None` where another holder's has not ended."""
        if seconds == 0:
            with self._reading() as connection:
                kept = leases.kept(connection, self._table_id(table), binding, holder)
            if kept is not None:
                return kept

        def take(connection: Connection) -> int | None:
            table_id = heads.taken(connection, self._id, table).table_id
            return leases.take(connection, table_id, binding, holder, seconds)

        return self._written(take)

    def renew_lease(self, table: str, binding: str, number: int, seconds: float) -> bool:
        """Let a lease end only so many seconds from now, 0 at once; say whether its number is still the newest."""

        def renew(connection: Connection) -> bool:
            table_id = heads.taken(connection, self._id, table).table_id
            return leases.renew(connection, table_id, binding, number, seconds)

        return self._written(renew)

    def items(
        self, *, kind: ItemKind | None = None, binding: str | None = None, is_open: bool | None = True
    ) -> Sequence[Item]:
        """Give items by kind and binding id, oldest first; those of one moment by table, then as they came."""
        with self._reading() as connection:
            return waiting.found(connection, kind=kind, binding=binding, is_open=is_open)

    def item(self, item_id: str) -> Item | None:
        """Give one item, open or settled."""
        with self._reading() as connection:
            return waiting.one(connection, item_id)

    def close_items(self, items: Iterable[Item]) -> None:
        """Record outcomes of items that are still open, of all or none; `Stale` where one is not."""
        settled = sorted(items, key=lambda item: (item.table, item.id))

        def settle(connection: Connection) -> None:
            for item in settled:
                waiting.settle(connection, self._table_id(item.table), [item])

        self._written(settle)

    # Rules and schemas --------------------------------------------------------------------------------------------

    def rule(self, table: str, role: str) -> tuple[int, Json] | None:
        """Give the rule in force for a role on a table: its version and its data as written."""
        with self._reading() as connection:
            return versions.newest(connection, rule, versions.rule_key(self._table_id(table), role))

    def rule_at(self, table: str, role: str, version: int) -> Json:
        """Give an older version of a rule; `IntegrityError` where it never was."""
        with self._reading() as connection:
            found = versions.numbered(connection, rule, versions.rule_key(self._table_id(table), role), version)
        if not found:
            raise IntegrityError("store.no_rule", table=table, role=role, version=version)
        return found[0]

    def save_rule(self, table: str, role: str, data: Json, note: CommitNote) -> int:
        """Put a rule in force and give its version; the same data as now in force makes none."""

        def put(connection: Connection) -> int:
            table_id = heads.taken(connection, self._id, table).table_id
            return versions.put(connection, rule, versions.rule_key(table_id, role), data, note, self._key)

        return self._written(put)

    def schema_version(self, table: str) -> tuple[int, Json] | None:
        """Give the newest recorded schema of a table: version and data as written."""
        with self._reading() as connection:
            return versions.newest(connection, table_schema, {"table_id": self._table_id(table)})

    def schema_at(self, table: str, version: int) -> Json:
        """Give an older version of a schema; `IntegrityError` where it never was."""
        with self._reading() as connection:
            found = versions.numbered(connection, table_schema, {"table_id": self._table_id(table)}, version)
        if not found:
            raise IntegrityError("store.no_schema", table=table, version=version)
        return found[0]

    # Snapshots ----------------------------------------------------------------------------------------------------

    def snapshots(self) -> Sequence[Snapshot]:
        """Give all snapshots, newest first."""
        with self._reading() as connection:
            return snapshots.every(connection, self._table_id(heads.DIRECTORY))

    def snapshot(self, name: str) -> Snapshot | None:
        """Give a snapshot by its name."""
        with self._reading() as connection:
            return snapshots.named(connection, self._table_id(heads.DIRECTORY), name)

    def kept_files(self, digests: Iterable[str]) -> Mapping[str, KeptFile]:
        """Give the recipes of files by their SHA-256; those that are not there are left out."""
        with self._reading() as connection:
            return snapshots.files(connection, self._table_id(heads.DIRECTORY), digests)

    def lacking_pieces(self, digests: Iterable[str]) -> set[str]:
        """Give those of the pieces that are not there."""
        with self._reading() as connection:
            return snapshots.lacking(connection, self._table_id(heads.DIRECTORY), digests)

    def pieces(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Give the bytes of pieces; those that are not there or cannot be unpacked are left out."""
        with self._reading() as connection:
            return dict(snapshots.bytes_of(connection, self._table_id(heads.DIRECTORY), digests))

    def keep_snapshot(self, snapshot: Snapshot, files: Iterable[KeptFile], pieces: Mapping[str, bytes]) -> None:
        """Keep a snapshot, the recipes of its files and the pieces that were lacking."""
        recipes = tuple(files)
        self._written(lambda connection: snapshots.keep(connection, self._id, snapshot, recipes, pieces))

    # What people said ---------------------------------------------------------------------------------------------

    def attest(self, table: str, said: Iterable[Attestation]) -> None:
        """Append to what was said about a table's rows."""
        entries = tuple(said)
        self._written(lambda connection: attestations.add(connection, self._id, table, entries))

    def attestations(self, table: str) -> Sequence[Attestation]:
        """Give all that was ever said about a table's rows, oldest first."""
        with self._reading() as connection:
            return attestations.every(connection, self._table_id(table), table)

    # Proof --------------------------------------------------------------------------------------------------------

    def verify(self) -> Sequence[str]:
        """Check the medium, the hash chains, and that the rows are what the commits lead to."""
        try:
            with self._reading() as connection:
                lines = [*self._medium_troubles(connection), *proof.orphans(connection)]
                for name, _ in heads.names(connection):
                    lines.extend(proof.table_troubles(connection, self._id, self._key, name))
                return lines
        except IntegrityError as trouble:
            return [f"{self._called}: {trouble}"]


def _check_number(table: str, number: int, head: int) -> None:
    if not 0 <= number <= head:
        raise UserError("store.no_commit", table=table, number=number, head=head)
