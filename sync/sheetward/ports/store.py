"""The central store as the engine sees it: heads, history, bindings and what waits for a person.

Every call that changes something is one transaction that compares before it sets. Times are UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, runtime_checkable

from sheetward.cells import Cell, Json
from sheetward.diff import Changeset
from sheetward.errors import TransientError
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.overlay import Overlay
from sheetward.plan.pending import PendingWrite
from sheetward.ports.attestations import Attestations
from sheetward.ports.snapshots import Snapshots
from sheetward.table import RowId, Table


class Stale(TransientError):  # noqa: N818 - the contract's word, a state and not a fault
    """What was read before has moved since; nothing was written. Observe again and try again."""

    def __init__(self, table: str, **facts: object) -> None:
        super().__init__("store.moved", table=table, **facts)


class SchemaMoved(TransientError):  # noqa: N818 - the contract's word, a state and not a fault
    """Another version of a table's schema came in force since it was read; nothing was written. The same call works anew."""

    def __init__(self, table: str, version: int) -> None:
        super().__init__("store.schema_moved", table=table, version=version)


class Fenced(TransientError):  # noqa: N818 - as `Stale`
    """Another syncer has taken the lease over; nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__("sync.lease_lost", name=name)


LONGEST_LEASE_S: Final = 300.0
"""No lease is taken for longer: one that would end later than that was given by a clock that went back since."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One entry of a table's history. `number` counts from 1 within the table; 0 is the empty table.

    `author` ran it, `editor` is who is reported to have edited (None where unknown), `source` is ribbon, sync, import,
    restore, resolve or API, `changes` counts cells. `hash` covers `parent` and the canonical bytes of the commit. `run`
    is shared by all commits of one call, of whatever sheet and table; empty where a commit stands for itself.
    """

    table: str
    number: int
    sync_id: str
    author: str
    editor: str | None
    time: dt.datetime
    source: str
    reason: str
    binding: str | None
    changes: int
    parent: str
    hash: str
    run: str = ""

    @property
    def id(self) -> str:
        """Give the id that people type: table and number."""
        return f"{self.table}:{self.number}"


@dataclass(frozen=True)
class BindingState:
    """What the store knows of one sheet. `number` counts the writes to this record and is its compare-and-set mark.

    `place` says where the sheet is (path, tab, header, columns), as its adapter wrote it. `base` is the commit that the
    sheet last shared, `rule_version` and `schema_version` those in force then. `stamp` is the last confirmed one,
    `seen` the fingerprint of the sheet as it was last written, where it keeps no stamp; `revision` the medium's mark after
    the last confirmed sync. `before` is the stamp that the last write replaced, `written` counts the cells it changed.
    """

    id: str
    name: str
    table: str
    role: str | None
    place: Mapping[str, Json]
    number: int = 0
    base: int = 0
    rule_version: int = 0
    schema_version: int = 1
    stamp: str = ""
    seen: str = ""
    revision: str = ""
    content: str = ""
    """The digest of what the medium held at that revision (`Observation.content`), where it has one."""
    before: str = ""
    written: int = 0
    fields: tuple[str, ...] = ()
    """Fields that had a column at the last sync: a column that is gone is reported, not taken as emptied."""
    pending: PendingWrite | None = None
    overlay: Overlay = field(default_factory=Overlay)
    last_sync: dt.datetime | None = None

    def delivered(self) -> BindingState:
        """Give the record as it is once its pending write has arrived: itself where there is none."""
        if self.pending is None:
            return self
        return replace(self, overlay=self.overlay.confirmed(), pending=None, stamp=self.pending.stamp)


@dataclass(frozen=True, slots=True)
class CommitNote:
    """Who, when, why and from where."""

    sync_id: str
    author: str
    time: dt.datetime
    source: str
    reason: str = ""
    editor: str | None = None
    binding: str | None = None
    run: str = ""


def _no_counters() -> Mapping[str, tuple[int, int]]:
    return {}


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """The version of the table's schema that a step was decided under, 0 before the first; with `data`, the next one.

    `former` is new field name to the old name of the same field; fields that are not in it are new.
    """

    version: int
    data: Json = None
    former: Mapping[str, str] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]


@dataclass(frozen=True)
class Transaction:
    """Everything one step changes in the store, as one unit.

    An empty changeset makes no commit. `counters`: field to (value read, value to set). `binding` replaces the record
    whose `number` is one less. `rule` is a role and the version of its rule that the step was decided under, `schema` likewise. `opened` inserts or replaces items by id; `closed` are the same items with their outcome.
    `fence` is the number of the lease that the binding is changed under.
    """

    table: str
    expected_head: int
    note: CommitNote
    changes: Changeset = field(default_factory=Changeset)
    binding: BindingState | None = None
    opened: tuple[Item, ...] = ()
    closed: tuple[Item, ...] = ()
    counters: Mapping[str, tuple[int, int]] = field(default_factory=_no_counters)
    rule: tuple[str, int] | None = None
    schema: SchemaStep | None = None
    fence: int | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What a transaction came to: the head afterwards, its commit (None where none was made), and whether it had been done before."""

    head: int
    commit: Commit | None
    is_repeat: bool = False


@runtime_checkable
class Store(Snapshots, Attestations, Protocol):
    """The central store.

    Contract (one test class that every implementation runs):
    * `apply` is all or nothing, and looks for `note.sync_id` before it compares: a transaction that was already
      applied gives `is_repeat` and changes nothing.
    * `apply` raises `Stale` (a TransientError, `store.moved`) where the head, a counter, the rule's version or the
      binding's number moved, `SchemaMoved` (`store.schema_moved`) where the version of the schema did.
    * `read(table, at)` gives every past state exactly; `changes(table, a, b)` composes to the difference of both.
    * Numbers of commits have no gaps, times never fall (a commit is at least as late as the one before); each hash covers its parent's; `verify` finds any change of a stored commit.
    * A counter never falls, whatever is restored.
    * A lease has one holder at a time, by the store's own clock; its number rises with every taking and never falls.
      `apply` and `save_binding` under a number that is no longer the newest raise `Fenced` and write nothing.
    * Within `turn` nobody else commits onto the table.
    * `begin_epoch` changes nothing else; who has the store open under the epoch before goes on under that.
    * Every binding that is put is remembered under the stamp that its sheet then bears, or is about to.
    """

    @property
    def epoch(self) -> str:
        """Give the word that names this store's life; a restored store starts a new one."""
        ...

    @property
    def past_epochs(self) -> Sequence[str]:
        """Give the words of its earlier lives, oldest first."""
        ...

    def begin_epoch(self, word: str) -> None:
        """Begin a new life under this word; `Stale` where somebody else did since this store was opened."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...

    def tables(self) -> Sequence[str]:
        """Give the names of all tables that have commits."""
        ...

    def head(self, table: str) -> int:
        """Give the number of the last commit, 0 for an empty table."""
        ...

    def read(self, table: str, fields: tuple[str, ...], at: int | None = None) -> Table:
        """Give the table at the head, or as of a commit, in these fields."""
        ...

    def rows(self, table: str, fields: tuple[str, ...], ids: Iterable[RowId]) -> Table:
        """Give these rows of the head; ids that are not there are left out."""
        ...

    def log(self, table: str | None = None) -> Sequence[Commit]:
        """Give commits, newest first; of all tables by time where none is named."""
        ...

    def commit_at(self, table: str, when: dt.datetime) -> int:
        """Give the number of the last commit at or before a moment, 0 where there is none."""
        ...

    def find_sync(self, table: str, sync_id: str) -> Commit | None:
        """Give the commit that a sync made, if it did."""
        ...

    def changes(
        self, table: str, after: int, upto: int, rows: Set[RowId] | None = None
    ) -> Sequence[tuple[Commit, Changeset]]:
        """Give the commits `after < number <= upto`, oldest first, each with what it changed.

        Where `rows` are named, only what was changed in them, and only commits that changed any.
        """
        ...

    def deleted(self, table: str, ids: Iterable[RowId] | None = None) -> Mapping[RowId, Mapping[str, Cell]]:
        """Give the rows that the table once had and has no more, or those among some ids, with their last cells.

        The rows that went last come first.
        """
        ...

    def counter(self, table: str, name: str) -> int:
        """Give the last number given for a generated key, 0 at first."""
        ...

    def apply(self, transaction: Transaction) -> Applied:
        """Apply a transaction, all or nothing."""
        ...

    def binding(self, name: str) -> BindingState | None:
        """Give a binding by its name."""
        ...

    def bindings(self) -> Sequence[BindingState]:
        """Give all bindings, by name."""
        ...

    def revision_of(self, binding: str, stamp: str) -> BindingState | None:
        """Give a binding, by its id, as it was last recorded while its sheet bore this stamp; its pending write had arrived.

        `None` where the store never knew that stamp, or has forgotten it: at least the last 200 of a binding are kept.
        """
        ...

    def save_binding(self, state: BindingState, fence: int | None = None) -> None:
        """Insert a binding (`number` 0) or replace the one whose number is one less; `Stale` otherwise.

        `fence` is the number of the lease that it is changed under.
        """
        ...

    def drop_binding(self, name: str) -> None:
        """Forget a binding; its open items are closed as `gone`."""
        ...

    def take_lease(self, table: str, binding: str, holder: str, seconds: float) -> int | None:
        """Take the lease of a binding (by its id) and give its number; `None` where another holder's has not ended.

        It ends after so many seconds (at most `LONGEST_LEASE_S`) of the store's clock. A lease without seconds others may
        take at once; asked for again by its last holder, it keeps its number, and nothing is written. Whoever names the
        same holder twice sees to it that only one of them is at work. Its last holder gives way to who asked in vain just
        now: nobody starves.
        """
        ...

    def renew_lease(self, table: str, binding: str, number: int, seconds: float) -> bool:
        """Let a lease end only so many seconds from now, 0 at once; say whether its number is still the newest."""
        ...

    def turn(self, table: str) -> AbstractContextManager[None]:
        """Hold the table's head for this thread from here to the end of the block, in one transaction.

        What is read there is what a commit there is compared with, so that it cannot be `Stale` for the head's sake. For
        who has lost a race already: everybody else who writes to the table waits meanwhile.
        """
        ...

    def is_crowded(self) -> bool:
        """Say whether a commit by this object lost a race for a head, and no turn came at once since."""
        ...

    def items(
        self, *, kind: ItemKind | None = None, binding: str | None = None, is_open: bool | None = True
    ) -> Sequence[Item]:
        """Give items by kind and binding id, oldest first; `is_open` None gives settled ones too."""
        ...

    def item(self, item_id: str) -> Item | None:
        """Give one item, open or settled."""
        ...

    def close_items(self, items: Iterable[Item]) -> None:
        """Record outcomes of items that are still open; `Stale` where one is not."""
        ...

    def rule(self, table: str, role: str) -> tuple[int, Json] | None:
        """Give the rule in force for a role on a table: its version and its data as written."""
        ...

    def rule_at(self, table: str, role: str, version: int) -> Json:
        """Give an older version of a rule; `IntegrityError` where it never was."""
        ...

    def save_rule(self, table: str, role: str, data: Json, note: CommitNote) -> int:
        """Put a rule in force and give its version; the same data as now in force makes none."""
        ...

    def schema_version(self, table: str) -> tuple[int, Json] | None:
        """Give the newest recorded schema of a table: version and data as written."""
        ...

    def schema_at(self, table: str, version: int) -> Json:
        """Give an older version of a schema; `IntegrityError` where it never was."""
        ...

    def verify(self) -> Sequence[str]:
        """Check the hash chains and give one line for each trouble; empty where all is well."""
        ...


@runtime_checkable
class Journal(Protocol):
    """Intents of file replacements, on disk before the file is touched, gone after it was recorded."""

    def put(self, key: str, intent: Mapping[str, str]) -> None:
        """Record durably; replaces an earlier intent of that key."""
        ...

    def get(self, key: str) -> Mapping[str, str] | None:
        """Give the intent of that key, if any."""
        ...

    def clear(self, key: str) -> None:
        """Forget it."""
        ...


@runtime_checkable
class Clock(Protocol):
    """Time as an argument of the edges."""

    def now(self) -> dt.datetime:
        """Give the present moment, in UTC, with its zone."""
        ...
