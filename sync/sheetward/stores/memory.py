"""The store as plain Python: the reference that the contract is read by. Keeps everything, forgets it at the end."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Generator, Iterable, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from dataclasses import field as default

import orjson

from sheetward.cells import Cell, Json
from sheetward.diff import Changeset
from sheetward.errors import IntegrityError, UserError
from sheetward.history import chain
from sheetward.merge.items import Item, ItemKind
from sheetward.ports.snapshots import KeptFile, Snapshot
from sheetward.ports.store import Applied, BindingState, Commit, CommitNote, Fenced, SchemaMoved, Stale, Transaction
from sheetward.stores.minutes import commit_of, troubles
from sheetward.stores.settle import Cells, settle
from sheetward.table import RowId, Table
from sheetward.validation.attested import Attestation

_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)


def _empty_rows() -> dict[RowId, Cells]:
    return {}


@dataclass
class _TableRecord:
    """One table: its commits with what they changed, its rows today, and what stands beside its history."""

    commits: list[tuple[Commit, Changeset]] = default(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    rows: dict[RowId, Cells] = default(default_factory=_empty_rows)
    syncs: dict[str, Commit | None] = default(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    counters: dict[str, int] = default(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    rules: dict[str, list[Json]] = default(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    schemas: list[Json] = default(default_factory=list)  # pyright: ignore[reportUnknownVariableType]


_WANTED_S = 0.5
"""For so long after it asked in vain somebody is taken to wait for a lease: who waits asks much more often."""


@dataclass(frozen=True, slots=True)
class _Lease:
    number: int
    holder: str
    until: float
    wanted: float = 0.0


def _rows_as_of(record: _TableRecord, number: int) -> Mapping[RowId, Cells]:
    """Replay the commits up to a number onto the empty table."""
    rows: dict[RowId, Cells] = {}
    for _, changes in record.commits[:number]:
        _advance(rows, settle("", _those(rows, changes), changes).after)
    return rows


def _advance(rows: dict[RowId, Cells], after: Mapping[RowId, Cells | None]) -> None:
    for row, cells in after.items():
        if cells is None:
            del rows[row]
        else:
            rows[row] = cells


def _those(rows: Mapping[RowId, Cells], changes: Changeset) -> Mapping[RowId, Cells]:
    return {row: rows[row] for row in (*changes.added, *changes.removed, *changes.changed) if row in rows}


def _table(fields: tuple[str, ...], rows: Mapping[RowId, Mapping[str, Cell]]) -> Table:
    return Table(fields, {row: tuple(cells.get(name) for name in fields) for row, cells in rows.items()})


class MemoryStore:
    """The reference implementation of `sheetward.ports.store.Store`. May be shared by threads."""

    def __init__(self, epoch: str) -> None:
        self._epoch = epoch
        self._past_epochs: tuple[str, ...] = ()
        self._key = hashlib.sha256(epoch.encode()).digest()
        self._tables: dict[str, _TableRecord] = {}
        self._revisions: dict[tuple[str, str], BindingState] = {}
        self._bindings: dict[str, BindingState] = {}
        self._items: dict[tuple[str, str], Item] = {}
        self._leases: dict[str, _Lease] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._files: dict[str, KeptFile] = {}
        self._pieces: dict[str, bytes] = {}
        self._said: dict[str, list[Attestation]] = {}
        self._lock = threading.RLock()

    @property
    def epoch(self) -> str:
        """Give the word that names this store's life."""
        return self._epoch

    @property
    def past_epochs(self) -> Sequence[str]:
        """Give the words of its earlier lives, oldest first."""
        return self._past_epochs

    def begin_epoch(self, word: str) -> None:
        """Begin a new life under this word."""
        with self._lock:
            self._past_epochs = (*self._past_epochs, self._epoch)
            self._epoch = word

    def close(self) -> None:
        """Hold nothing that would have to be let go of."""

    def _record(self, table: str) -> _TableRecord:
        return self._tables.get(table, _TableRecord())

    def _record_to_change(self, table: str) -> _TableRecord:
        return self._tables.setdefault(table, _TableRecord())

    # Reading ------------------------------------------------------------------------------------------------------

    def tables(self) -> Sequence[str]:
        """Give the names of all tables that have commits."""
        with self._lock:
            return sorted(name for name, record in self._tables.items() if record.commits)

    def head(self, table: str) -> int:
        """Give the number of the last commit, 0 for an empty table."""
        with self._lock:
            return len(self._record(table).commits)

    def read(self, table: str, fields: tuple[str, ...], at: int | None = None) -> Table:
        """Give the table at the head, or as of a commit; `UserError` where there is no such commit."""
        with self._lock:
            record = self._record(table)
            if at is None:
                return _table(fields, record.rows)
            _check_number(record, table, at)
            return _table(fields, _rows_as_of(record, at))

    def rows(self, table: str, fields: tuple[str, ...], ids: Iterable[RowId]) -> Table:
        """Give these rows of the head; ids that are not there are left out."""
        with self._lock:
            rows = self._record(table).rows
            return _table(fields, {row: rows[row] for row in ids if row in rows})

    def log(self, table: str | None = None) -> Sequence[Commit]:
        """Give commits, newest first; of all tables by time where none is named."""
        with self._lock:
            if table is not None:
                return [commit for commit, _ in reversed(self._record(table).commits)]
            every = [commit for record in self._tables.values() for commit, _ in record.commits]
            return sorted(every, key=lambda c: (c.time, c.table, c.number), reverse=True)

    def commit_at(self, table: str, when: dt.datetime) -> int:
        """Give the number of the last commit at or before a moment, 0 where there is none."""
        with self._lock:
            return max((c.number for c, _ in self._record(table).commits if c.time <= when), default=0)

    def find_sync(self, table: str, sync_id: str) -> Commit | None:
        """Give the commit that a sync made, if it did."""
        with self._lock:
            return self._record(table).syncs.get(sync_id)

    def changes(
        self, table: str, after: int, upto: int, rows: Set[RowId] | None = None
    ) -> Sequence[tuple[Commit, Changeset]]:
        """Give the commits `after < number <= upto`, oldest first, each with what it changed."""
        with self._lock:
            record = self._record(table)
            _check_number(record, table, after)
            _check_number(record, table, upto)
            told = record.commits[after:upto]
            if rows is None:
                return told
            parts = [(commit, changes.only(rows)) for commit, changes in told]
            return [(commit, changes) for commit, changes in parts if changes.rows]

    def deleted(self, table: str, ids: Iterable[RowId] | None = None) -> Mapping[RowId, Mapping[str, Cell]]:
        """Give those of the ids that the table once had and has no more, with their last cells."""
        with self._lock:
            record = self._record(table)
            last: dict[RowId, Mapping[str, Cell]] = {}
            for _, changes in reversed(record.commits):
                last = {**last, **{row: cells for row, cells in changes.removed.items() if row not in last}}
            asked = last.keys() if ids is None else set(ids)
            return {row: dict(cells) for row, cells in last.items() if row in asked and row not in record.rows}

    def counter(self, table: str, name: str) -> int:
        """Give the last number given for a generated key, 0 at first."""
        with self._lock:
            return self._record(table).counters.get(name, 0)

    # Changing -----------------------------------------------------------------------------------------------------

    def apply(self, transaction: Transaction) -> Applied:
        """Apply a transaction: check everything, then change everything."""
        table, note = transaction.table, transaction.note
        with self._lock:
            record = self._record(table)
            head = len(record.commits)
            if note.sync_id in record.syncs:
                return Applied(head, record.syncs[note.sync_id], is_repeat=True)
            if transaction.expected_head != head:
                raise Stale(table, head=head)
            for name, (was, now) in transaction.counters.items():
                if record.counters.get(name, 0) != was:
                    raise Stale(table, counter=name)
                if now < was:
                    raise IntegrityError("store.counter_falls", table=table, field=name, now=was, asked=now)
            if transaction.rule is not None:
                role, version = transaction.rule
                if len(record.rules.get(role, [])) != version:
                    raise Stale(table, rule=role)
            if transaction.schema is not None and len(record.schemas) != transaction.schema.version:
                raise SchemaMoved(table, len(record.schemas))
            if transaction.binding is not None:
                self._check_fence(transaction.binding, transaction.fence)
                self._check_binding(transaction.binding)
            opened = {item.id for item in transaction.opened}
            for item in transaction.closed:
                if item.id not in opened:
                    self._check_open(item)
            settled = settle(table, _those(record.rows, transaction.changes), transaction.changes)

            record = self._record_to_change(table)
            commit = None
            if settled.exact:
                last = record.commits[-1][0] if record.commits else None
                commit = commit_of(
                    note,
                    table=table,
                    number=head + 1,
                    parent=chain.GENESIS if last is None else last.hash,
                    changes=settled.exact,
                    key=self._key,
                    since=None if last is None else last.time,
                )
                record.commits.append((commit, settled.exact))
            _advance(record.rows, settled.after)
            record.syncs[note.sync_id] = commit
            if transaction.schema is not None and transaction.schema.data is not None:
                _with_version(record.schemas, transaction.schema.data)
            record.counters.update({name: now for name, (_, now) in transaction.counters.items()})
            if transaction.binding is not None:
                self._put_binding(transaction.binding)
            for item in (*transaction.opened, *transaction.closed):
                self._items[item.table, item.id] = item
            return Applied(len(record.commits), commit)

    # Bindings and items -------------------------------------------------------------------------------------------

    def binding(self, name: str) -> BindingState | None:
        """Give a binding by its name."""
        with self._lock:
            return next((state for state in self._bindings.values() if state.name == name), None)

    def bindings(self) -> Sequence[BindingState]:
        """Give all bindings, by name."""
        with self._lock:
            return sorted(self._bindings.values(), key=lambda state: state.name)

    def save_binding(self, state: BindingState, fence: int | None = None) -> None:
        """Insert a binding (`number` 0) or replace the one whose number is one less; `Stale` otherwise."""
        with self._lock:
            self._check_fence(state, fence)
            self._check_binding(state)
            self._put_binding(state)

    def _put_binding(self, state: BindingState) -> None:
        self._bindings[state.id] = state
        delivered = state.delivered()
        self._revisions[state.id, delivered.stamp] = delivered

    def revision_of(self, binding: str, stamp: str) -> BindingState | None:
        """Give a binding as it was last recorded while its sheet bore this stamp."""
        with self._lock:
            return self._revisions.get((binding, stamp))

    def _check_binding(self, state: BindingState) -> None:
        stored = self._bindings.get(state.id)
        same_name = self.binding(state.name)
        if (stored.number + 1 if stored else 0) != state.number or (same_name and same_name.id != state.id):
            raise Stale(state.table, binding=state.name)

    def drop_binding(self, name: str) -> None:
        """Forget a binding, if it is there; its open items are closed as `gone`."""
        with self._lock:
            state = self.binding(name)
            if state is None:
                return
            del self._bindings[state.id]
            self._leases.pop(state.id, None)
            self._revisions = {key: kept for key, kept in self._revisions.items() if key[0] != state.id}
            for place, item in self._items.items():
                if item.binding == state.id and not item.outcome:
                    self._items[place] = replace(item, outcome="gone")

    def take_lease(self, table: str, binding: str, holder: str, seconds: float) -> int | None:  # noqa: ARG002
        """Take the lease of a binding and give its number; `None` where another holder's has not ended."""
        with self._lock:
            found, now = self._leases.get(binding), time.monotonic()
            if found is not None and found.holder != holder and now < found.until:
                self._leases[binding] = replace(found, wanted=now + _WANTED_S)
                return None
            if found is not None and found.holder == holder and seconds == 0:
                return found.number
            if found is not None and found.holder == holder and found.until <= now < found.wanted:
                return None
            self._leases[binding] = _Lease((found.number if found else 0) + 1, holder, now + seconds)
            return self._leases[binding].number

    def renew_lease(self, table: str, binding: str, number: int, seconds: float) -> bool:  # noqa: ARG002
        """Let a lease end only so many seconds from now, 0 at once; say whether its number is still the newest."""
        with self._lock:
            found = self._leases.get(binding)
            if found is None or found.number != number:
                return False
            self._leases[binding] = replace(found, until=time.monotonic() + seconds)
            return True

    def _check_fence(self, state: BindingState, fence: int | None) -> None:
        found = self._leases.get(state.id)
        if fence is not None and (found is None or found.number != fence):
            raise Fenced(state.name)

    @contextmanager
    def turn(self, table: str) -> Generator[None]:  # noqa: ARG002 - there is one lock
        """Hold the store for this thread from here to the end of the block."""
        with self._lock:
            yield

    def is_crowded(self) -> bool:
        """Say no: whoever waits here waits for a moment."""
        return False

    def items(
        self, *, kind: ItemKind | None = None, binding: str | None = None, is_open: bool | None = True
    ) -> Sequence[Item]:
        """Give items by kind and binding id, oldest first; those of one moment by table, then as they came."""
        with self._lock:
            found = [
                item
                for item in self._items.values()
                if kind in (None, item.kind) and binding in (None, item.binding) and is_open in (None, not item.outcome)
            ]
            return sorted(found, key=lambda item: (item.opened or _BEGINNING, item.table))

    def item(self, item_id: str) -> Item | None:
        """Give one item, open or settled."""
        with self._lock:
            return next((item for item in self._items.values() if item.id == item_id), None)

    def close_items(self, items: Iterable[Item]) -> None:
        """Record outcomes of items that are still open, of all or none; `Stale` where one is not."""
        settled = list(items)
        with self._lock:
            for item in settled:
                self._check_open(item)
            for item in settled:
                self._items[item.table, item.id] = item

    def _check_open(self, item: Item) -> None:
        stored = self._items.get((item.table, item.id))
        if stored is None or stored.outcome:
            raise Stale(item.table, item=item.id)

    # Rules and schemas --------------------------------------------------------------------------------------------

    def rule(self, table: str, role: str) -> tuple[int, Json] | None:
        """Give the rule in force for a role on a table: its version and its data as written."""
        with self._lock:
            return _newest(self._record(table).rules.get(role, []))

    def rule_at(self, table: str, role: str, version: int) -> Json:
        """Give an older version of a rule; `IntegrityError` where it never was."""
        with self._lock:
            versions = self._record(table).rules.get(role, [])
            if not 1 <= version <= len(versions):
                raise IntegrityError("store.no_rule", table=table, role=role, version=version)
            return versions[version - 1]

    def save_rule(self, table: str, role: str, data: Json, note: CommitNote) -> int:  # noqa: ARG002 - kept by real stores
        """Put a rule in force and give its version; the same data as now in force makes none."""
        with self._lock:
            return _with_version(self._record_to_change(table).rules.setdefault(role, []), data)

    def schema_version(self, table: str) -> tuple[int, Json] | None:
        """Give the newest recorded schema of a table: version and data as written."""
        with self._lock:
            return _newest(self._record(table).schemas)

    def schema_at(self, table: str, version: int) -> Json:
        """Give an older version of a schema; `IntegrityError` where it never was."""
        with self._lock:
            versions = self._record(table).schemas
            if not 1 <= version <= len(versions):
                raise IntegrityError("store.no_schema", table=table, version=version)
            return versions[version - 1]

    # Snapshots ----------------------------------------------------------------------------------------------------

    def snapshots(self) -> Sequence[Snapshot]:
        """Give all snapshots, newest first."""
        with self._lock:
            return sorted(self._snapshots.values(), key=lambda one: (one.time, one.name), reverse=True)

    def snapshot(self, name: str) -> Snapshot | None:
        """Give a snapshot by its name."""
        with self._lock:
            return self._snapshots.get(name)

    def kept_files(self, digests: Iterable[str]) -> Mapping[str, KeptFile]:
        """Give the recipes of files by their SHA-256; those that are not there are left out."""
        with self._lock:
            return {one: self._files[one] for one in digests if one in self._files}

    def lacking_pieces(self, digests: Iterable[str]) -> set[str]:
        """Give those of the pieces that are not there."""
        with self._lock:
            return {one for one in digests if one not in self._pieces}

    def pieces(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Give the bytes of pieces; those that are not there are left out."""
        with self._lock:
            return {one: self._pieces[one] for one in digests if one in self._pieces}

    def keep_snapshot(self, snapshot: Snapshot, files: Iterable[KeptFile], pieces: Mapping[str, bytes]) -> None:
        """Keep a snapshot, the recipes of its files and the pieces that were lacking."""
        recipes = tuple(files)
        with self._lock:
            if snapshot.name in self._snapshots:
                raise UserError("snapshot.name_taken", name=snapshot.name)
            if any(one not in pieces and one not in self._pieces for file in recipes for one in file.pieces):
                raise IntegrityError("snapshot.incomplete", name=snapshot.name)
            self._pieces |= pieces
            self._files |= {file.sha256: file for file in recipes}
            self._snapshots[snapshot.name] = snapshot

    # What people said ---------------------------------------------------------------------------------------------

    def attest(self, table: str, said: Iterable[Attestation]) -> None:
        """Append to what was said about a table's rows."""
        with self._lock:
            self._said.setdefault(table, []).extend(said)

    def attestations(self, table: str) -> Sequence[Attestation]:
        """Give all that was ever said about a table's rows, oldest first."""
        with self._lock:
            return list(self._said.get(table, ()))

    # Proof --------------------------------------------------------------------------------------------------------

    def verify(self) -> Sequence[str]:
        """Check the hash chains, and that the rows are what the commits lead to."""
        with self._lock:
            lines: list[str] = []
            for name, record in sorted(self._tables.items()):
                lines.extend(troubles(record.commits, self._key))
                if _rows_as_of(record, len(record.commits)) != record.rows:
                    lines.append(f"{name}: the rows are not what the commits lead to")
            return lines


def _check_number(record: _TableRecord, table: str, number: int) -> None:
    if not 0 <= number <= len(record.commits):
        raise UserError("store.no_commit", table=table, number=number, head=len(record.commits))


def _newest(versions: Sequence[Json]) -> tuple[int, Json] | None:
    return (len(versions), versions[-1]) if versions else None


def _with_version(versions: list[Json], data: Json) -> int:
    def spelt(value: Json) -> bytes:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)

    if not versions or spelt(versions[-1]) != spelt(data):
        versions.append(orjson.loads(orjson.dumps(data)))
    return len(versions)
