"""A small company in memory: one store, some sheets with roles, a clock that only moves when told."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import orjson
import pytest
from sheetward.cells import Cell, Value, value_of
from sheetward.engine import Choice, SettlingDesk, SheetContext, SyncReport, accept, drop, resolve, sync_sheet
from sheetward.engine.evolve import apply_evolution, plan_evolution
from sheetward.plan.retype import Retyping
from sheetward.plan.situation import Limits
from sheetward.ports.store import BindingState, CommitNote, SchemaStep, Store, Transaction
from sheetward.sharing import EVERYTHING, Rule, parse_rule
from sheetward.sheets.grid import GridRow
from sheetward.sheets.memory import MemorySheet, Saved
from sheetward.stores.memory import MemoryStore
from sheetward.stores.named import NamedStore
from sheetward.table import RowId
from sheetward.validation.validator import Validator
from sheetward_schemas import TableSchema, parse_schema, schema_data
from sheetward_schemas.evolve import Evolution, evolution, evolution_by

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

    @property
    def named(self) -> NamedStore:
        """The store under today's names of the fields: what a call that begins now sees."""
        return NamedStore(self.store)

    # A schema change between syncs, for tests and for random histories:
    #
    #     world.evolve(text)            brings another version of the schema in force, as `schema apply` does
    #     world.evolve(text, to=store)  the same through a store that fails or dies
    #
    # `text` is the whole schema as a file would have it (SCHEMA_TEXT with a field renamed by "x:renamed_from", retyped,
    # removed, added, a rule tightened). `world.schema` is the new one afterwards, and every later `sync`, `resolve`,
    # `accept` and `drop` runs under it. A sheet in memory names its columns by field and holds values, not texts: after
    # each `evolve` call `copies = world.follow(evolution, *copies)`. It renames the columns as the binding of a real sheet
    # does, takes the column of a removed field out of the sync, reads retyped cells anew, and does the same to the copies
    # (`sheet.saved()`) that are to come back later. A sheet gets the column of a new field by
    # `world.add_column(sheet_name, field)`. An oracle finds a field again in `evolution.former` (new name to old name).
    def evolve(self, text: str, *, to: Store | None = None, author: str = "boss") -> Evolution:
        """Bring another version of the schema in force; the first call records the one that was there."""
        new, mistakes = parse_schema(text, "test")
        assert new is not None, mistakes
        store = NamedStore(to or self.store)
        note = CommitNote(self.word(), author, self.clock.now(), "schema")
        if store.schema_version("customers") is None:
            first = SchemaStep(0, schema_data(self.schema))  # type: ignore[arg-type]
            store.apply(Transaction("customers", store.head("customers"), note, schema=first))
        version, _ = store.schema_version("customers") or (0, None)
        change = evolution(self.schema, new)
        assert not change.mistakes, change.mistakes
        plan = plan_evolution(store, "customers", change, version, now=self.clock.now(), author=author)
        apply_evolution(store, plan, replace(note, sync_id=self.word()))
        self.schema = new
        return change

    def follow(self, change: Evolution, *copies: Saved) -> list[Saved]:
        """Let the sheets' columns follow their fields: renamed, read as their new type, or out of the sync; so do copies."""
        today = {old: new for new, old in change.former.items()}
        read = Retyping(change.new, change.retyped)

        def followed(rows: Iterable[GridRow]) -> list[GridRow]:
            return [
                GridRow(
                    row.row_id,
                    {today[n]: read.cell(today[n], cell) for n, cell in row.cells.items() if n in today},
                    {today[n]: mark for n, mark in row.marks.items() if n in today},
                    {today[n]: text for n, text in row.errors.items() if n in today},
                    row.hidden,
                )
                for row in rows
            ]

        def named(fields: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(today[name] for name in fields if name in today)

        for sheet in self.sheets.values():
            sheet.headers = {today[n]: text for n, text in sheet.headers.items() if n in today}
            sheet.fields, sheet.bound = named(sheet.fields), named(sheet.bound)
            sheet.rows = followed(sheet.rows)
            sheet.save()
        return [Saved(named(copy.fields), tuple(followed(copy.rows)), copy.stamp) for copy in copies]

    def add_column(self, sheet_name: str, field_name: str) -> None:
        """Give a sheet an empty column for a field that it has none of."""
        sheet = self.sheets[sheet_name]
        sheet.fields, sheet.bound = (*sheet.fields, field_name), (*sheet.bound, field_name)
        sheet.headers = {**sheet.headers, field_name: field_name}
        sheet.save()

    def older(self, version: int) -> Evolution | None:
        """What changed from an older version of the schema to the one in force."""
        store = self.named
        stands = store.schema_version("customers")
        if stands is None or stands[0] == version:
            return None
        old, mistakes = parse_schema(orjson.dumps(store.schema_at("customers", version)).decode(), "test")
        assert old is not None, mistakes
        return evolution_by(old, self.schema, store.former("customers", version))

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
            self.named.save_rule("customers", role, parsed.data, note)
            self.rules[role] = parsed
        sheet = MemorySheet(fields or self.schema.field_names, rows or [], **options)  # type: ignore[arg-type]
        stamp = f"{self.store.epoch}:{name}:start"
        sheet.stamp = stamp if sheet.keeps_stamp else None
        self.store.save_binding(BindingState(f"b-{name}", name, "customers", role, {}, stamp=stamp))
        self.sheets[name] = sheet
        return sheet

    def context(self, name: str, **changes: object) -> SheetContext:
        store = self.named
        state = store.binding(name)
        assert state is not None
        version = 0
        if state.role is not None:
            found = store.rule("customers", state.role)
            assert found is not None
            version = found[0]

        def rule_at(number: int) -> Rule:
            if state.role is None or number == 0:
                return EVERYTHING
            data = store.rule_at("customers", state.role, number)
            parsed, mistakes = parse_rule(data, self.schema, {})  # type: ignore[arg-type]
            assert parsed is not None, mistakes
            return parsed

        options: dict[str, object] = {
            "name": name,
            "replica": self.sheets[name],
            "store": store,
            "schema": self.schema,
            "checker": Validator(self.schema),
            "clock": self.clock,
            "today": self.today,
            "author": name,
            "new_word": self.word,
            "rule_version": version,
            "schema_version": (store.schema_version("customers") or (1, None))[0],
            "older": self.older,
            "word": partial(store.word, "customers"),
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
            self.named,
            self.schema,
            Validator(self.schema),
            self.clock,
            self.today,
            author,
            self.word,
            {},
            self._rule_of,
        )

    def _rule_of(self, role: str | None) -> Rule | None:
        found = None if role is None else self.named.rule("customers", role)
        return EVERYTHING if found is None else parse_rule(found[1], self.schema, {})[0]  # type: ignore[arg-type]

    def resolve(self, identity: str, choice: str, value: Cell = None) -> None:
        resolve(self.desk(), identity, Choice(choice), value)

    def accept(self, identity: str) -> None:
        accept(self.desk(), identity)

    def drop(self, identity: str) -> None:
        drop(self.desk(), identity)

    def table(self) -> dict[Value, dict[str, Value]]:
        """Give the store's rows by business key, empty cells left out."""
        table = self.named.read("customers", self.schema.field_names)
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
