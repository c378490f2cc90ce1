"""A small company: one table of customers, three people at three sheets under three roles, and a store."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sheetward.cells import Cell, value_of
from sheetward.engine import Choice, SettlingDesk, SheetContext, SyncReport, accept, drop, resolve, sync_sheet
from sheetward.errors import UserError
from sheetward.history.restore import Area, plan_restore
from sheetward.ports.replica import Replica
from sheetward.ports.store import BindingState, CommitNote, Store, Transaction
from sheetward.sharing import Rule, parse_rule
from sheetward.sheets.memory import MemorySheet
from sheetward.table import RowId
from sheetward.validation.validator import Validator
from sheetward_schemas import TableSchema, parse_schema

TABLE = "customers"
SCHEMA = """
name: customer
primaryKey: [no]
x:labels: {zh: 客户, en: Customers}
x:dedupe: {identify: [phone]}
fields:
  - {name: no, type: string, constraints: {required: true, unique: true}, "x:auto": {kind: sequence, format: "C{:03d}"}}
  - {name: name, type: string, constraints: {required: true, maxLength: 10}}
  - {name: phone, type: string}
  - {name: region, type: string}
  - {name: note, type: string}
"""
FIELDS = ("no", "name", "phone", "region", "note")
WORDED = ("name", "phone", "note")
"""Fields into which people type words; the others take few values, so that they collide."""
PEOPLE = ("A", "E", "M")
EVERYTHING: Mapping[str, Any] = {"columns": {"*": "write"}, "delete": True, "move_out": True}
EAST: Mapping[str, Any] = {
    "rows": {"region": "east"},
    "columns": {"*": "write", "note": "read"},
    "delete": True,
    "move_out": True,
}
MASKED: Mapping[str, Any] = {"columns": {"*": "write", "phone": "mask", "note": "hide"}}
ROLES: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "A": (EVERYTHING, {"columns": {"*": "write"}}, {"columns": {"*": "write", "note": "read"}, "delete": True}),
    "E": (
        EAST,
        {"rows": {"region": "east"}, "columns": {"*": "write"}},
        {"rows": {"region": "west"}, "columns": {"*": "write"}, "delete": True},
        {"columns": {"*": "write", "phone": "hide"}, "delete": True, "move_out": True},
    ),
    "M": (
        MASKED,
        {"columns": {"*": "write", "phone": "read", "note": "mask"}, "delete": True},
        {"columns": {"*": "write"}, "insert": False},
        EVERYTHING,
    ),
}
"""The rules that each person may come under; the first holds in the beginning."""


def _parsed_schema() -> TableSchema:
    schema, mistakes = parse_schema(SCHEMA, "test")
    assert schema is not None, mistakes
    return schema


SCHEMA_READ = _parsed_schema()
CHECKER = Validator(SCHEMA_READ)


@dataclass
class Clock:
    """A clock that moves when it is asked."""

    time: dt.datetime = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        self.time += dt.timedelta(seconds=1)
        return self.time


@dataclass
class Company:
    """One store, one table, three sheets, and everything that an administrator does."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    sheets: dict[str, MemorySheet] = field(default_factory=dict)
    rules: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    _words: Iterable[int] = field(default_factory=itertools.count)
    _parsed: dict[str, Rule] = field(default_factory=dict)

    def word(self) -> str:
        """Give what the engine takes for a fresh random word."""
        return f"x{next(iter(self._words)):05d}y"

    def today(self) -> dt.date:
        return self.clock.time.date()

    def note(self, source: str, author: str = "admin") -> CommitNote:
        return CommitNote(self.word(), author, self.clock.now(), source)

    def parsed(self, data: Mapping[str, Any]) -> Rule:
        found = self._parsed.get(repr(data))
        if found is None:
            found, mistakes = parse_rule(data, SCHEMA_READ, {})
            assert found is not None, mistakes
            self._parsed[repr(data)] = found
        return found

    def hire(self, name: str, rows: Iterable[Mapping[str, Cell]] = (), **medium: bool) -> MemorySheet:
        """Bind a sheet for a person, under the first rule of its role."""
        self.set_rule(name, ROLES[name][0])
        sheet = MemorySheet(FIELDS, rows, **medium)  # type: ignore[arg-type]
        stamp = f"{self.store.epoch}:{name}:start"
        sheet.stamp = stamp if sheet.keeps_stamp else None
        self.store.save_binding(BindingState(f"b-{name}", name, TABLE, f"role-{name}", {}, stamp=stamp))
        self.sheets[name] = sheet
        return sheet

    def set_rule(self, name: str, data: Mapping[str, Any]) -> None:
        """Put a rule in force, as `share apply` does."""
        self.rules[name] = data
        self.versions[name] = self.store.save_rule(TABLE, f"role-{name}", self.parsed(data).data, self.note("share"))

    def rule_at(self, role: str, version: int) -> Rule:
        return self.parsed(self.store.rule_at(TABLE, role, version) if version else EVERYTHING)  # type: ignore[arg-type]

    def context(self, name: str, changes: Mapping[str, Any]) -> SheetContext:
        role = f"role-{name}"
        options: dict[str, Any] = {
            "name": name,
            "replica": self.sheets[name],
            "store": self.store,
            "schema": SCHEMA_READ,
            "checker": CHECKER,
            "clock": self.clock,
            "today": self.today,
            "author": name,
            "new_word": self.word,
            "rule_version": self.versions[name],
            "rule_at": lambda version: self.rule_at(role, version),
        }
        return SheetContext(**{**options, **changes})

    def sync(self, name: str, *, is_dry: bool = False, **changes: Any) -> SyncReport:
        return sync_sheet(self.context(name, changes), is_dry=is_dry)

    def desk(self) -> SettlingDesk:
        return SettlingDesk(
            self.store, SCHEMA_READ, CHECKER, self.clock, self.today, "boss", self.word, {}, self._rule_of
        )

    def _rule_of(self, role: str | None) -> Rule | None:
        return self.parsed(self.rules[str(role).removeprefix("role-")])

    def resolve(self, identity: str, choice: str, value: Cell = None) -> None:
        resolve(self.desk(), identity, Choice(choice), value)

    def accept(self, identity: str) -> None:
        accept(self.desk(), identity)

    def drop(self, identity: str) -> None:
        drop(self.desk(), identity)

    def restore(self, after: int, *, row: int | None, fields: Collection[str] | None, binding: str | None) -> None:
        """Take back every later commit, or those of one sheet, as far as the area goes.

        `row` picks one of the rows that those commits touched. `UserError` where two rows would have one number.
        """
        head = self.store.head(TABLE)
        told = self.store.changes(TABLE, after, head)
        chosen = {commit.number for commit, _ in told if binding is None or commit.binding == binding}
        touched = sorted({i for _, c in told for i in (*c.added, *c.removed, *c.changed)})
        rows = None if row is None or not touched else {RowId(touched[row % len(touched)])}
        changes = plan_restore(told, chosen, Area(rows, fields)).changes if chosen else None
        if not changes:
            return
        result = changes.applied(self.store.read(TABLE, FIELDS))
        numbers = [value_of(line[0]) for line in result.rows.values()]
        if len(set(numbers)) != len(numbers):
            raise UserError("restore.key_taken", field="no", value="")
        self.store.apply(Transaction(TABLE, head, self.note("restore"), changes))


class Torn:
    """A replica of which some rows could not be read, and which says so."""

    def __init__(self, replica: Replica, missing: Collection[int]) -> None:
        self._replica, self._missing = replica, missing
        self.is_atomic, self.keeps_stamp = replica.is_atomic, replica.keeps_stamp

    def revision(self) -> str:
        return self._replica.revision()

    def observe(self) -> Any:
        seen = self._replica.observe()
        left = tuple(row for number, row in enumerate(seen.rows) if number not in self._missing)
        return replace(seen, rows=left, complete=False, fingerprint=seen.fingerprint + "torn")

    def check_writable(self) -> None:
        self._replica.check_writable()

    def write(self, batch: Any, expected_revision: str) -> str:
        return self._replica.write(batch, expected_revision)
