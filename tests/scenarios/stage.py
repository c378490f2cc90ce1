"""The stage of a scenario: a store, sheets with roles and the people who edit them, in memory or as real workbooks."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import openpyxl
import orjson
import xlsxwriter
from sheetward.cells import Cell, Json, Value, plain_text, value_of
from sheetward.engine import Choice, SettlingDesk, SheetContext, SyncReport, accept, drop, resolve, sync_sheet
from sheetward.engine.epoch import raise_counters
from sheetward.engine.evolve import apply_evolution, plan_evolution
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.expect import viewed
from sheetward.plan.retype import Retyping
from sheetward.ports.replica import Mark, Replica
from sheetward.ports.store import BindingState, CommitNote, SchemaStep, Store, Transaction
from sheetward.sharing import EVERYTHING, Rule, parse_rule
from sheetward.sheets.bind_xlsx import bind_xlsx, plan_xlsx
from sheetward.sheets.file import SheetFile
from sheetward.sheets.grid import GridRow
from sheetward.sheets.memory import MemorySheet, Saved
from sheetward.sheets.place import Place
from sheetward.sheets.settle_words import choice_word
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet
from sheetward.stores.journal import FileJournal
from sheetward.stores.memory import MemoryStore
from sheetward.stores.named import NamedStore
from sheetward.stores.sqlite import SqliteStore
from sheetward.table import RowId
from sheetward.validation.validator import Validator
from sheetward.xlsx.file_steps import FileSteps
from sheetward_schemas import TableSchema, parse_schema, schema_data
from sheetward_schemas.evolve import Evolution, evolution, evolution_by

SCHEMA = """
name: customer
primaryKey: [no]
x:dedupe: {identify: [phone]}
fields:
  - {name: no, type: string, constraints: {required: true, unique: true}, "x:auto": {kind: sequence, format: "C{:03d}"}}
  - {name: name, type: string, constraints: {required: true, maxLength: 10}}
  - {name: phone, type: string}
  - {name: region, type: string}
  - {name: credit, type: string, categories: [high, mid, low]}
  - {name: note, type: string}
"""
FIELDS = ("no", "name", "phone", "region", "credit", "note")
Edit = Callable[[MemorySheet], None]


class CrashError(Exception):
    """The process died."""


class Seat(Protocol):
    """A sheet and the person at it."""

    replica: Replica

    def edit(self, change: Edit) -> None:
        """Let the person change the sheet."""
        ...

    def grid(self) -> MemorySheet:
        """Give what the person sees, as a grid."""
        ...

    def choose(self, item: str, choice: Choice | str, value: str = "") -> None:
        """Let the person answer in the list of what waits; a text that is no choice is typed as it stands."""
        ...

    def reopen(self, place: Mapping[str, Json]) -> None:
        """Look at the sheet with what the store remembers of its columns."""
        ...

    def delete_column(self, name: str) -> None:
        """Let the person delete a column."""
        ...

    def copy(self) -> object:
        """Give a copy of the whole medium."""
        ...

    def put_back(self, copy: object) -> None:
        """Put a copy in the place of the medium."""
        ...

    def follow(self, change: Evolution) -> None:
        """Go on under another version of the schema."""
        ...


class MemorySeat:
    """A sheet in memory. Its columns are called as their fields are, so they follow a schema; copies do when put back."""

    def __init__(self, rows: list[dict[str, Cell]], stamp: str) -> None:
        self.memory = MemorySheet(FIELDS, rows)
        self.memory.stamp = stamp
        self.replica: Replica = self.memory
        self._followed: list[Evolution] = []

    def follow(self, change: Evolution) -> None:
        saved = _followed(self.memory.saved(), change)
        self._followed.append(change)
        self.memory.bound = saved.fields
        self.memory.headers = dict(zip(saved.fields, saved.fields, strict=True))
        self.memory.restore(saved)

    def reopen(self, place: Mapping[str, Json]) -> None:
        pass

    def delete_column(self, name: str) -> None:
        self.memory.delete_column(name)

    def edit(self, change: Edit) -> None:
        change(self.memory)

    def grid(self) -> MemorySheet:
        return self.memory

    def choose(self, item: str, choice: Choice | str, value: str = "") -> None:
        self.memory.choose(item, str(choice), value)

    def copy(self) -> object:
        return len(self._followed), self.memory.saved()

    def put_back(self, copy: object) -> None:
        assert isinstance(copy, tuple)
        count, saved = copy
        for change in self._followed[count:]:
            saved = _followed(saved, change)
        self.memory.restore(saved)


def _followed(saved: Saved, change: Evolution) -> Saved:
    """Give a copy of a sheet in memory with its columns called and read as they are now."""
    today = {old: new for new, old in change.former.items()}
    read = Retyping(change.new, change.retyped)
    rows = [
        GridRow(
            row.row_id,
            {today[name]: read.cell(today[name], cell) for name, cell in row.cells.items() if name in today},
            {today[name]: mark for name, mark in row.marks.items() if name in today},
            {today[name]: text for name, text in row.errors.items() if name in today},
            row.hidden,
        )
        for row in saved.rows
    ]
    return Saved(tuple(today[name] for name in saved.fields if name in today), tuple(rows), saved.stamp)


class WorkbookSeat:
    """A real .xlsx file, edited with another program as a person would: read, changed, saved as a whole."""

    def __init__(
        self,
        path: Path,
        rows: list[dict[str, Cell]],
        stamp: str,
        binding: str,
        schema: TableSchema,
        steps: FileSteps | None = None,
    ) -> None:
        self.path = path
        with xlsxwriter.Workbook(path) as book:
            tab = book.add_worksheet("客户")
            tab.write(0, 0, "客户名单（内部）")
            for column, name in enumerate(FIELDS):
                tab.write(2, column, name)
                for at, row in enumerate(rows, 3):
                    if row.get(name) is not None:
                        tab.write_string(at, column, str(row[name]))
        self._file = file = SheetFile(
            path, binding, FileJournal(path.parent / "journal"), path.parent / "copies", steps=steps
        )
        plan = plan_xlsx(file, schema, lambda _: [], name=binding, table="customers", path=str(path))
        bind_xlsx(file, schema, plan, binding=binding, stamp=stamp, lang="en")
        self._binding, self._place, self._schema = binding, plan.place, schema
        self.replica: Replica = XlsxSheet(XlsxBook(file, lang="en"), binding, plan.place, schema, lang="en")

    def choose(self, item: str, choice: Choice | str, value: str = "") -> None:
        book = openpyxl.load_workbook(self.path)
        tab = book["To settle"]
        header = {str(cell.value): cell.column for cell in tab[2]}
        (row,) = [r[0].row for r in tab.iter_rows(3) if r[header["_sheetward:item"] - 1].value == item]
        text = choice_word(choice, "en") if isinstance(choice, Choice) else choice
        for column, content in (("Your choice", text), ("Another value", value)):
            cell = tab.cell(row, header[column])
            cell.value = content or None
            if content:
                cell.data_type = "s"
        book.save(self.path)

    def follow(self, change: Evolution) -> None:
        today = {old: new for new, old in change.former.items()}
        headers = {today[name]: text for name, text in self._place.headers.items() if name in today}
        columns = {today[name]: number for name, number in self._place.columns.items() if name in today}
        self._place, self._schema = replace(self._place, headers=headers, columns=columns), change.new
        self.replica = XlsxSheet(XlsxBook(self._file, lang="en"), self._binding, self._place, change.new, lang="en")

    def copy(self) -> object:
        return self.path.read_bytes()

    def put_back(self, copy: object) -> None:
        assert isinstance(copy, bytes)
        self.path.write_bytes(copy)

    def reopen(self, place: Mapping[str, Json]) -> None:
        turned = Place.from_json(
            {**self._place.to_json(), **{k: v for k, v in place.items() if k in ("made", "closed")}}
        )
        if turned != self._place:
            self._place = turned
            self.replica = XlsxSheet(XlsxBook(self._file, lang="en"), self._binding, turned, self._schema, lang="en")

    def delete_column(self, name: str) -> None:
        book = openpyxl.load_workbook(self.path)
        tab = book["客户"]
        (column,) = [cell.column for cell in tab[3] if cell.value == self._place.known[name]]
        tab.delete_cols(column)
        book.save(self.path)

    def grid(self) -> MemorySheet:
        book = openpyxl.load_workbook(self.path)
        tab = book["客户"]
        header = {str(cell.value): cell.column for cell in tab[3] if cell.value is not None}
        columns = {name: header[text] for name, text in self._place.known.items() if text in header}
        id_column = header["_sheetward_id"]
        grid = MemorySheet(tuple(columns), first_row=4)
        for at in range(4, tab.max_row + 1):
            row = grid.row(at)
            row.row_id = str(tab.cell(at, id_column).value or "")
            for name, column in columns.items():
                cell = tab.cell(at, column)
                if cell.value is None:
                    continue
                if cell.data_type == "f":
                    row.marks[name] = Mark.UNCACHED
                    row.cells[name] = str(cell.value)
                elif cell.data_type == "e":
                    row.marks[name] = Mark.ERROR
                    row.errors[name] = str(cell.value)
                else:
                    row.cells[name] = str(cell.value)
        return grid

    def edit(self, change: Edit) -> None:
        grid = self.grid()
        change(grid)
        book = openpyxl.load_workbook(self.path)
        tab = book["客户"]
        header = {str(cell.value): cell.column for cell in tab[3] if cell.value is not None}
        id_column = header["_sheetward_id"]
        for at in range(4, max(tab.max_row, 3 + len(grid.rows)) + 1):
            row = grid.row(at)
            tab.cell(at, id_column).value = row.row_id or None
            for name, text in self._place.known.items():
                if text not in header:
                    continue
                mark = row.marks.get(name)
                cell = tab.cell(at, header[text])
                cell.value = row.errors[name] if mark is Mark.ERROR else row.cells.get(name)  # type: ignore[assignment]
                if mark is None and cell.value is not None:
                    cell.data_type = "s"
        book.save(self.path)


@dataclass
class Clock:
    """A clock that moves by a second a look."""

    time: dt.datetime = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        self.time += dt.timedelta(seconds=1)
        return self.time


@dataclass
class Stage:
    """Everything a scenario plays on. `folder` is `None` for sheets and a store in memory."""

    folder: Path | None
    steps: FileSteps | None = None
    schema: TableSchema = field(init=False)
    store: NamedStore = field(init=False)
    clock: Clock = field(default_factory=Clock)
    seats: dict[str, Seat] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    past_rules: dict[str, list[Rule]] = field(default_factory=dict)
    taken: dict[str, object] = field(default_factory=dict)
    reports: dict[str, SyncReport] = field(default_factory=dict)
    words: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        schema, mistakes = parse_schema(SCHEMA, "scenario")
        assert schema is not None, mistakes
        self.schema = schema
        self.text = SCHEMA
        self.store = NamedStore(
            MemoryStore("e1") if self.folder is None else SqliteStore.open(self.folder / "store.db", epoch_if_new="e1")
        )
        first = Transaction("customers", 0, self.note(), schema=SchemaStep(0, schema_data(schema)))  # type: ignore[arg-type]
        self.store.apply(first)

    def note(self) -> CommitNote:
        return CommitNote(self.word(), "boss", self.clock.now(), "schema")

    def evolve(self, old: str, new: str) -> None:
        """Write another schema, with one text in place of another, and apply it; the sheets go on under it."""
        assert old in self.text, old
        self.text = self.text.replace(old, new)
        schema, mistakes = parse_schema(self.text, "scenario")
        assert schema is not None, mistakes
        change = evolution(self.schema, schema)
        assert not change.mistakes, change.mistakes
        version, _ = self.store.schema_version("customers") or (0, None)
        plan = plan_evolution(self.store, "customers", change, version, now=self.clock.now(), author="boss")
        apply_evolution(self.store, plan, self.note())
        self.schema = schema
        for seat in self.seats.values():
            seat.follow(change)

    def older(self, version: int) -> Evolution | None:
        now, _ = self.store.schema_version("customers") or (0, None)
        if version == now:
            return None
        old, mistakes = parse_schema(orjson.dumps(self.store.schema_at("customers", version)).decode(), "scenario")
        assert old is not None, mistakes
        return evolution_by(old, self.schema, self.store.former("customers", version))

    def today(self) -> dt.date:
        return self.clock.time.date()

    def word(self) -> str:
        return f"x{next(self.words):05d}y"

    def add(self, name: str, rows: list[dict[str, Cell]], rule: Mapping[str, object] | None) -> None:
        """Bind a sheet."""
        role = None
        if rule is not None:
            parsed, mistakes = parse_rule(rule, self.schema, {})
            assert parsed is not None, mistakes
            role = f"role-{name}"
            self.store.save_rule(
                "customers", role, parsed.data, CommitNote(self.word(), "admin", self.clock.now(), "api")
            )
            self.rules[name] = parsed
            self.past_rules[name] = [EVERYTHING, parsed]
        stamp, binding = f"e1:{name}:0", f"b{name}"
        if self.folder is None:
            self.seats[name] = MemorySeat(rows, stamp)
        else:
            self.seats[name] = WorkbookSeat(self.folder / f"{name}.xlsx", rows, stamp, binding, self.schema, self.steps)
        self.store.save_binding(BindingState(binding, name, "customers", role, {}, stamp=stamp, schema_version=1))

    def sync(
        self,
        name: str,
        *,
        allowed: Mapping[str, int | None] | None = None,
        crash: str = "",
        store: Store | None = None,
        replica: Replica | None = None,
        is_rejoining: bool = False,
    ) -> SyncReport:
        def on_step(step: str) -> None:
            if step == crash:
                raise CrashError(step)

        past = self.past_rules.get(name, [EVERYTHING])
        self.seats[name].reopen(self.store.binding(name).place)  # type: ignore[union-attr]
        version, _ = self.store.schema_version("customers") or (0, None)
        context = SheetContext(
            name=name,
            schema_version=version,
            older=self.older,
            word=partial(self.store.word, "customers"),
            replica=replica or self.seats[name].replica,
            store=store or self.store,
            schema=self.schema,
            checker=Validator(self.schema),
            clock=self.clock,
            today=self.today,
            author=name,
            new_word=self.word,
            rule_version=len(past) - 1,
            rule_at=past.__getitem__,
            lang="en",
            allowed=allowed,
            on_step=on_step,
            is_rejoining=is_rejoining,
        )
        report = sync_sheet(context)
        self.reports[name] = report
        return report

    def store_copy(self) -> object:
        """Give a copy of the store."""
        inner = self._inner
        if isinstance(inner, MemoryStore):
            return deepcopy({name: value for name, value in vars(inner).items() if name != "_lock"})
        inner.close()
        data = self._file.read_bytes()
        self.store = NamedStore(SqliteStore.open(self._file, epoch_if_new="e1"))
        return data

    def put_store_back(self, copy: object) -> None:
        """Put a copy in the place of the store; the sheets stay as they are."""
        inner = self._inner
        if isinstance(inner, MemoryStore):
            vars(inner).update(deepcopy(copy))  # type: ignore[call-overload]
            self.store.look_again()
            return
        assert isinstance(copy, bytes)
        inner.close()
        self._file.write_bytes(copy)
        self.store = NamedStore(SqliteStore.open(self._file, epoch_if_new="e1"))

    @property
    def _inner(self) -> Store:
        inner: Store = vars(self.store)["_store"]
        return inner

    @property
    def _file(self) -> Path:
        assert self.folder is not None
        return self.folder / "store.db"

    def rejoin(self) -> None:
        """Begin a new epoch and let every sheet rejoin, those without a role first."""
        seen = [seat.replica.observe() for seat in self.seats.values()]
        note = CommitNote(self.word(), "boss", self.clock.now(), "rejoin")
        raise_counters(self.store, self.schema, "customers", seen, note)
        self.store.begin_epoch(self.word())
        for name in sorted(self.seats, key=lambda name: (name in self.rules, name)):
            self.sync(name, is_rejoining=True)

    def change_role(self, name: str, rule: Mapping[str, object]) -> None:
        """Put another rule in force for a sheet, as `share apply` does."""
        parsed, mistakes = parse_rule(rule, self.schema, {})
        assert parsed is not None, mistakes
        self.store.save_rule("customers", f"role-{name}", parsed.data, self.note())
        self.rules[name] = parsed
        self.past_rules[name].append(parsed)

    def settle(self) -> None:
        """Sync every sheet twice in turn."""
        for _ in range(2):
            for name in self.seats:
                self.sync(name)

    def desk(self) -> SettlingDesk:
        return SettlingDesk(
            self.store,
            self.schema,
            Validator(self.schema),
            self.clock,
            self.today,
            "boss",
            self.word,
            {},
            lambda role: EVERYTHING if role is None else self.rules[role.removeprefix("role-")],
        )

    def resolve(self, item: Item, choice: str, value: Cell = None) -> None:
        resolve(self.desk(), item.id, Choice(choice), value)

    def accept(self, item: Item) -> None:
        accept(self.desk(), item.id)

    def drop(self, item: Item) -> None:
        drop(self.desk(), item.id)

    def table(self) -> dict[str, dict[str, Value]]:
        table = self.store.read("customers", self.schema.field_names)
        rows: dict[str, dict[str, Value]] = {}
        for row in table.rows.values():
            cells = {n: value_of(c) for n, c in zip(table.fields, row, strict=True) if value_of(c) is not None}
            key = str(cells.get("no") or cells.get("name"))
            assert key not in rows, f"{key} stands twice in the store"
            rows[key] = cells
        return rows

    def shown(self, name: str) -> dict[str, dict[str, Value]]:
        grid = self.seats[name].grid()
        rows: dict[str, dict[str, Value]] = {}
        for row in grid.rows:
            cells = {n: value_of(c) for n, c in row.cells.items() if value_of(c) is not None}
            if cells:
                rows.setdefault(str(cells.get("no") or cells.get("name")), cells)
        return rows

    def id_of(self, name: str, who: str) -> str:
        grid = self.seats[name].grid()
        return grid.row(find(grid, who)).row_id

    def items(self, kind: ItemKind) -> list[Item]:
        return list(self.store.items(kind=kind))

    def name_of(self, row: RowId) -> str:
        """Give the number or name that a row has, or had."""
        table = self.store.read("customers", self.schema.field_names)
        if row in table.rows:
            return str(value_of(table.cell(row, "no")))
        last = self.store.deleted("customers", [row]).get(row, {})
        return str(value_of(last.get("no")))

    def check_agreed(self) -> None:
        """Check that every sheet equals its projection, and that one more sync changes neither bytes nor head."""
        table = self.store.read("customers", self.schema.field_names)
        for name, seat in self.seats.items():
            fields = tuple(f for f in self.schema.field_names if f in seat.grid().fields)
            view = viewed(table, self.rules.get(name, EVERYTHING), fields)
            grid = seat.grid()
            rows = {
                r.row_id: tuple(plain_text(value_of(r.cells.get(f))) for f in fields)
                for r in grid.rows
                if r.is_shown(fields)
            }
            assert rows == {i: tuple(plain_text(value_of(c)) for c in row) for i, row in view.items()}, name
            before = seat.replica.revision(), self.store.head("customers")
            self.sync(name)
            assert (seat.replica.revision(), self.store.head("customers")) == before, f"{name} is not idempotent"


def find(grid: MemorySheet, who: str) -> int:
    """Give the position of a row by its number, else by its name; a word `NAME#2` means the second such row."""
    text, _, number = who.partition("#")
    for key in ("no", "name"):
        hits = [p for p in range(grid.first_row, grid.first_row + len(grid.rows)) if grid.row(p).cells.get(key) == text]
        if hits:
            return hits[int(number or 1) - 1]
    raise AssertionError(f"no row {who}")
