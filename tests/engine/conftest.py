"""A small company in memory: one store, some sheets with roles, a clock that only moves when told."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from sheetward.cells import Cell, Value, value_of
from sheetward.engine import Choice, SettlingDesk, SheetContext, SyncReport, accept, drop, resolve, sync_sheet
from sheetward.plan.situation import Limits
from sheetward.ports.store import BindingState, CommitNote, Store
from sheetward.sharing import EVERYTHING, Rule, parse_rule
from sheetward.sheets.memory import MemorySheet
from sheetward.stores.memory import MemoryStore
from sheetward.table import RowId
from sheetward.validation.validator import Validator
from sheetward_schemas import TableSchema, parse_schema

SCHEMA_TEXT = """
name: customer
primaryKey: [no]
x:labels: {zh: 客户, en: Customers}
x:dedupe: {identify: [phone]}
fields:
  - {name: no, type: string, constraints: {required: true, unique: true}, "x:auto": {kind: sequence, format: "C{:03d}"}}
  - {name: name, type: string, constraints: {required: true, maxLength: 10}}
  - {name: phone, type: string}
  - {name: region, type: string}
  - {name: amount, type: number}
  - {name: note, type: string}
"""


@dataclass
class TestClock:
    """A clock whose time is set by the test."""

    time: dt.datetime = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        self.time += dt.timedelta(seconds=1)
        return self.time


@dataclass
class World:
    """One store, one table, many sheets."""

    schema: TableSchema
    store: Store
    clock: TestClock = field(default_factory=TestClock)
    sheets: dict[str, MemorySheet] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    on_step: Callable[[str], None] = lambda _: None
    words: itertools.count[int] = field(default_factory=itertools.count)
    limits: Limits = field(default_factory=Limits)

    def today(self) -> dt.date:
        return self.clock.time.date()

    def word(self) -> str:
        return f"x{next(self.words):05d}y"

    def add(
        self,
        name: str,
        rows: list[dict[str, Cell]] | None = None,
        rule: Mapping[str, object] | None = None,
        fields: tuple[str, ...] | None = None,
        **options: object,
    ) -> MemorySheet:
        """Bind a new sheet with these rows under a rule."""
        role = None
        if rule is not None:
            parsed, mistakes = parse_rule(rule, self.schema, {})
            assert parsed is not None, mistakes
            role = f"role-{name}"
            note = CommitNote(self.word(), "admin", self.clock.now(), "api")
            self.store.save_rule("customers", role, parsed.data, note)
            self.rules[role] = parsed
        sheet = MemorySheet(fields or self.schema.field_names, rows or [], **options)  # type: ignore[arg-type]
        stamp = f"{self.store.epoch}:{name}:start"
        sheet.stamp = stamp if sheet.keeps_stamp else None
        self.store.save_binding(BindingState(f"b-{name}", name, "customers", role, {}, stamp=stamp))
        self.sheets[name] = sheet
        return sheet

    def context(self, name: str, **changes: object) -> SheetContext:
        state = self.store.binding(name)
        assert state is not None
        version = 0
        if state.role is not None:
            found = self.store.rule("customers", state.role)
            assert found is not None
            version = found[0]

        def rule_at(number: int) -> Rule:
            if state.role is None or number == 0:
                return EVERYTHING
            data = self.store.rule_at("customers", state.role, number)
            parsed, mistakes = parse_rule(data, self.schema, {})  # type: ignore[arg-type]
            assert parsed is not None, mistakes
            return parsed

        options: dict[str, object] = {
            "name": name,
            "replica": self.sheets[name],
            "store": self.store,
            "schema": self.schema,
            "checker": Validator(self.schema),
            "clock": self.clock,
            "today": self.today,
            "author": name,
            "new_word": self.word,
            "rule_version": version,
            "rule_at": rule_at,
            "limits": self.limits,
            "on_step": self.on_step,
        }
        return SheetContext(**{**options, **changes})  # type: ignore[arg-type]

    def sync(self, name: str, *, is_dry: bool = False, **changes: object) -> SyncReport:
        return sync_sheet(self.context(name, **changes), is_dry=is_dry)

    def settle(self, *names: str) -> None:
        """Sync all sheets until nothing moves: two rounds, and a third that must do nothing."""
        for _ in range(2):
            for name in names or tuple(self.sheets):
                self.sync(name)
        for name in names or tuple(self.sheets):
            report = self.sync(name)
            plan = report.plan
            assert plan is None or (not plan.changes and not plan.actions), (name, plan)

    def desk(self, author: str = "boss") -> SettlingDesk:
        return SettlingDesk(
            self.store,
            self.schema,
            Validator(self.schema),
            self.clock,
            self.today,
            author,
            self.word,
            {},
        )

    def resolve(self, identity: str, choice: str, value: Cell = None) -> None:
        resolve(self.desk(), identity, Choice(choice), value)

    def accept(self, identity: str) -> None:
        accept(self.desk(), identity)

    def drop(self, identity: str) -> None:
        drop(self.desk(), identity)

    def table(self) -> dict[Value, dict[str, Value]]:
        """Give the store's rows by business key, empty cells left out."""
        table = self.store.read("customers", self.schema.field_names)
        rows = [dict(zip(table.fields, (value_of(c) for c in row), strict=True)) for row in table.rows.values()]
        assert len({row["no"] for row in rows}) == len(rows), "a number stands twice"
        return {row["no"]: {n: v for n, v in row.items() if v is not None} for row in rows}

    def shown(self, name: str) -> dict[Value, dict[str, Value]]:
        """Give a sheet's rows by business key, empty cells left out."""
        sheet = self.sheets[name]
        rows = [{n: value_of(c) for n, c in row.cells.items() if value_of(c) is not None} for row in sheet.rows]
        return {row.get("no"): row for row in rows if row}

    def id_of(self, name: str, no: str) -> RowId:
        sheet = self.sheets[name]
        return RowId(sheet.row(sheet.find("no", no)).row_id)


def customers() -> list[dict[str, Cell]]:
    return [
        {"no": "C001", "name": "张三", "phone": "13800000001", "region": "华东", "note": "a"},
        {"no": "C002", "name": "李四", "phone": "13800000002", "region": "华南", "note": "b"},
        {"no": "C003", "name": "王五", "phone": "13800000003", "region": "华东", "note": "c"},
        {"no": "C004", "name": "赵六", "phone": "13800000004", "region": "华北", "note": "d"},
    ]


def make_world(store: Store | None = None) -> World:
    schema, mistakes = parse_schema(SCHEMA_TEXT, "test")
    assert schema is not None, mistakes
    return World(schema, store or MemoryStore("epoch-1"))


@pytest.fixture
def world() -> World:
    """A company with one store and no sheet yet."""
    return make_world()


@pytest.fixture
def pair(world: World) -> World:
    """Two sheets, A and B, that both show the same four customers."""
    world.add("A", customers())
    world.add("B")
    world.sync("A")
    world.sync("B")
    world.settle()
    return world


@pytest.fixture
def new_world() -> Callable[[], World]:
    """Make worlds inside a property test."""
    return make_world
