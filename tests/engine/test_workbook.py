"""A workbook with several bound tabs is one unit: planned in the order of foreign keys, guarded, written and finished as one."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheetward.cells import Value, value_of
from sheetward.diff import Changeset
from sheetward.engine import LazyKeys, SheetContext, SyncReport, sync_workbook
from sheetward.errors import GuardError, SheetwardError, TransientError
from sheetward.ports.replica import Replica
from sheetward.ports.store import BindingState, CommitNote, Store, Transaction
from sheetward.ports.workbook import Workbook
from sheetward.sharing import EVERYTHING
from sheetward.sheets.bind_xlsx import bind_xlsx, plan_xlsx
from sheetward.sheets.file import SheetFile
from sheetward.sheets.memory import MemorySheet
from sheetward.sheets.memory_book import MemoryBook
from sheetward.sheets.place import Place
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet
from sheetward.stores.journal import FileJournal
from sheetward.stores.memory import MemoryStore
from sheetward.validation.validator import Validator
from sheetward.xlsx.file_steps import FileSteps
from sheetward_schemas import TableSchema, parse_schema

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
COLUMNS = {
    "customers": ("no", "name"),
    "orders": ("no", "customer", "product"),
    "payments": ("no", "order", "amount"),
}
POINTS_TO = {"customers": ("orders", "customer"), "orders": ("payments", "order")}
"""Table to the table and field that point to it."""

FIRST: Mapping[str, list[tuple[str, ...]]] = {
    "customers": [("C1", "张三"), ("C2", "李四"), ("C3", "王五")],
    "orders": [("O1", "C1", "茶"), ("O2", "C2", "米"), ("O3", "C2", "油")],
    "payments": [("P1", "O1", "甲"), ("P2", "O2", "乙"), ("P3", "O3", "丙"), ("P4", "O1", "丁")],
}
Rows = dict[Value, dict[str, Value]]


class CutError(BaseException):
    """The process is gone: no handler runs after this."""


def schemas() -> dict[str, TableSchema]:
    found = {}
    for table, columns in COLUMNS.items():
        lines = [f"name: {table}", "primaryKey: [no]", "fields:"]
        lines += [f"  - {{name: {name}, type: string}}" for name in columns]
        for target, (table_of_key, name) in POINTS_TO.items():
            if table_of_key == table:
                lines += [
                    "foreignKeys:",
                    f"  - {{fields: [{name}], reference: {{resource: {target}, fields: [no]}}}}",
                ]
        schema, mistakes = parse_schema("\n".join(lines), "test")
        assert schema is not None, mistakes
        found[table] = schema
    return found


SCHEMAS = schemas()


@dataclass
class Ticks:
    """Counts calls and dies at one of them, before it takes effect or after."""

    left: int = 0
    when: str = "before"
    log: list[str] = field(default_factory=list)

    def call(self, name: str, act: Callable[..., Any], *args: Any, **options: Any) -> Any:
        self.log.append(name)
        self.left -= 1
        if self.left == 0 and self.when == "before":
            raise CutError(name)
        result = act(*args, **options)
        if self.left == 0:
            raise CutError(name)
        return result


class Counted:
    """A port whose calls are counted."""

    def __init__(self, port: Any, ticks: Ticks) -> None:
        self._port, self._ticks = port, ticks

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value):
            return value
        return lambda *args, **options: self._ticks.call(name, value, *args, **options)


class CountedSteps(FileSteps):
    """The real file system, every step counted."""

    def __init__(self, ticks: Ticks) -> None:
        self._ticks = ticks

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name.startswith("_") or not callable(value):
            return value
        ticks = super().__getattribute__("_ticks")
        return lambda *args, **options: ticks.call(name, value, *args, **options)


@dataclass
class Office:
    """One store and one workbook with a tab for each table; `tabs` are binding names, by table unless told otherwise."""

    store: Store
    tabs: dict[str, str] = field(default_factory=lambda: {table: table for table in COLUMNS})
    words: itertools.count[int] = field(default_factory=itertools.count)

    def word(self) -> str:
        return f"x{next(self.words):05d}y"

    def opened(self, ticks: Ticks | None = None) -> tuple[Workbook, dict[str, Replica]]:
        raise NotImplementedError

    def shown(self, name: str) -> Rows:
        raise NotImplementedError

    def type(self, name: str, key: str, column: str, text: str) -> None:
        raise NotImplementedError

    def add(self, name: str, *cells: str) -> None:
        raise NotImplementedError

    def delete(self, name: str, *keys: str) -> None:
        raise NotImplementedError

    def state_of_medium(self) -> object:
        raise NotImplementedError

    def sync(
        self,
        *,
        ports: Ticks | None = None,
        file: Ticks | None = None,
        on_step: Callable[[str], None] = lambda _: None,
        is_dry: bool = False,
        **allowed: Mapping[str, int | None],
    ) -> dict[str, SyncReport]:
        book, replicas = self.opened(file)
        store: Any = self.store
        if ports is not None:
            book, store = Counted(book, ports), Counted(store, ports)  # type: ignore[assignment]
            replicas = {name: Counted(replica, ports) for name, replica in replicas.items()}  # type: ignore[misc]
        contexts = [self._context(name, replicas[name], store, on_step, allowed.get(name)) for name in self.tabs]
        return {report.name: report for report in sync_workbook(book, contexts, is_dry=is_dry)}

    def _context(
        self, name: str, replica: Replica, store: Any, on_step: Callable[[str], None], allowed: Any
    ) -> SheetContext:
        table = self.tabs[name]
        return SheetContext(
            name=name,
            replica=replica,
            store=store,
            schema=SCHEMAS[table],
            checker=Validator(SCHEMAS[table]),
            clock=self,
            today=NOON.date,
            author="王芳",
            new_word=self.word,
            rule_version=0,
            rule_at=lambda _: EVERYTHING,
            known=lambda view: LazyKeys(
                {name: lambda target=target: column(view, target, "no") for name, target in _keys_of(table)}
            ),
            referrers=lambda view: lambda cells: _referrers(view, table, cells),
            allowed=allowed,
            on_step=on_step,
        )

    def now(self) -> dt.datetime:
        return NOON

    def table(self, table: str) -> Rows:
        rows = self.store.read(table, COLUMNS[table])
        found = [{n: value_of(c) for n, c in zip(rows.fields, row, strict=True)} for row in rows.rows.values()]
        assert len({row["no"] for row in found}) == len(found), "a number stands twice"
        return {row["no"]: row for row in found}

    def elsewhere(self, table: str, changes: Callable[[Mapping[Value, str]], Changeset]) -> None:
        """Let another sheet of the store change a table."""
        ids = {value_of(row[0]): row_id for row_id, row in self.store.read(table, ("no",)).rows.items()}
        note = CommitNote(self.word(), "别人", NOON, "sync")
        self.store.apply(Transaction(table, self.store.head(table), note, changes(ids)))

    def outcome(self) -> tuple[object, ...]:
        return (
            {table: self.table(table) for table in COLUMNS},
            {name: self.shown(name) for name in self.tabs},
            sorted((item.table, item.kind.value, item.code, item.field or "") for item in self.store.items()),
            {table: self.store.head(table) for table in COLUMNS},
        )

    def settle(self) -> None:
        """Sync until nothing moves, which is at once, and then leave the medium as it is."""
        for _ in range(3):
            self.sync()
        before = self.state_of_medium()
        assert [report.observed for report in self.sync().values()] == [None] * len(self.tabs)
        assert self.state_of_medium() == before


def _keys_of(table: str) -> list[tuple[str, str]]:
    return [(name, target) for target, (pointing, name) in POINTS_TO.items() if pointing == table]


def column(view: Store, table: str, name: str) -> set[Value]:
    return {value for (cell,) in view.read(table, (name,)).rows.values() if (value := value_of(cell)) is not None}


def _referrers(view: Store, table: str, cells: Mapping[str, Any]) -> tuple[str, ...]:
    if table not in POINTS_TO:
        return ()
    other, name = POINTS_TO[table]
    return (other,) if value_of(cells["no"]) in column(view, other, name) else ()


class MemoryOffice(Office):
    def bind(self) -> None:
        sheets = {}
        for name, table in self.tabs.items():
            rows = [dict(zip(COLUMNS[table], row, strict=True)) for row in FIRST[table]]
            sheet = MemorySheet(COLUMNS[table], rows if name == table else [])
            sheet.stamp = f"{self.store.epoch}:b-{name}:start"
            self.store.save_binding(BindingState(f"b-{name}", name, table, None, {}, stamp=sheet.stamp))
            sheets[f"b-{name}"] = sheet
        self.book = MemoryBook(sheets)

    def opened(self, ticks: Ticks | None = None) -> tuple[Workbook, dict[str, Replica]]:
        return self.book, {name: self.book.tab(f"b-{name}") for name in self.tabs}

    def sheet(self, name: str) -> MemorySheet:
        return self.book.sheets[f"b-{name}"]

    def shown(self, name: str) -> Rows:
        rows = [{n: value_of(c) for n, c in row.cells.items()} for row in self.sheet(name).rows]
        found = [row for row in rows if any(row.values())]
        assert len({row["no"] for row in found}) == len(found)
        return {row["no"]: row for row in found}

    def type(self, name: str, key: str, column: str, text: str) -> None:
        self.sheet(name).set(self.sheet(name).find("no", key), column, text)

    def add(self, name: str, *cells: str) -> None:
        self.sheet(name).append(dict(zip(COLUMNS[self.tabs[name]], cells, strict=True)))

    def delete(self, name: str, *keys: str) -> None:
        for key in keys:
            self.sheet(name).delete(self.sheet(name).find("no", key))

    def state_of_medium(self) -> object:
        return self.book.revision()


@dataclass
class XlsxOffice(Office):
    folder: Path = Path()

    @property
    def path(self) -> Path:
        return self.folder / "公司.xlsx"

    def _file(self, ticks: Ticks | None = None) -> SheetFile:
        steps = CountedSteps(ticks) if ticks is not None else None
        journal: Any = FileJournal(self.folder / "journal")
        if ticks is not None:
            journal = Counted(journal, ticks)
        return SheetFile(self.path, "f1", journal, self.folder / "copies", steps=steps)

    def bind(self) -> None:
        book = openpyxl.Workbook()
        for name, table in self.tabs.items():
            tab = book.create_sheet(name)
            tab.append(COLUMNS[table])
            for row in FIRST[table] if name == table else []:
                tab.append(row)
        del book["Sheet"]
        book.save(self.path)
        known: list[str] = []
        for name, table in self.tabs.items():
            plan = plan_xlsx(
                self._file(), SCHEMAS[table], lambda _: (),
                name=name, table=table, path=self.path.name, tab=name, known=known,
            )  # fmt: skip
            stamp = f"{self.store.epoch}:b-{name}:start"
            bind_xlsx(self._file(), SCHEMAS[table], plan, binding=f"b-{name}", stamp=stamp, lang="en")
            self.store.save_binding(BindingState(f"b-{name}", name, table, None, plan.place.to_json(), stamp=stamp))
            known.append(f"b-{name}")
        shutil.rmtree(self.folder / "copies")

    def opened(self, ticks: Ticks | None = None) -> tuple[Workbook, dict[str, Replica]]:
        book = XlsxBook(self._file(ticks))
        replicas: dict[str, Replica] = {}
        for name, table in self.tabs.items():
            state = self.store.binding(name)
            assert state is not None
            replicas[name] = XlsxSheet(book, state.id, Place.from_json(state.place), SCHEMAS[table], lang="en")
        return book, replicas

    def shown(self, name: str) -> Rows:
        tab = openpyxl.load_workbook(self.path)[name]
        names = COLUMNS[self.tabs[name]]
        rows = [row[: len(names)] for row in tab.iter_rows(min_row=2, values_only=True)]
        found: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in rows if any(row)]
        assert len({row["no"] for row in found}) == len(found)
        return {row["no"]: row for row in found}

    def type(self, name: str, key: str, column: str, text: str) -> None:
        book = openpyxl.load_workbook(self.path)
        (row,) = [row for row in book[name].iter_rows(min_row=2) if row[0].value == key]
        row[COLUMNS[self.tabs[name]].index(column)].value = text
        book.save(self.path)

    def add(self, name: str, *cells: str) -> None:
        book = openpyxl.load_workbook(self.path)
        book[name].append(cells)
        book.save(self.path)

    def delete(self, name: str, *keys: str) -> None:
        book = openpyxl.load_workbook(self.path)
        for key in keys:
            (row,) = [row for row in book[name].iter_rows(min_row=2) if row[0].value == key]
            book[name].delete_rows(row[0].row)
        book.save(self.path)

    def state_of_medium(self) -> object:
        return self.path.read_bytes()


@pytest.fixture(params=["memory", "xlsx"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made = (
        MemoryOffice(MemoryStore("e1")) if request.param == "memory" else XlsxOffice(MemoryStore("e1"), folder=tmp_path)
    )
    made.bind()
    made.settle()
    return made


def a_day(office: Any) -> None:
    """Everybody works: rows that point to each other come and go, cells move on both sides, two of them into a conflict."""
    office.add("customers", "C9", "新人")
    office.add("orders", "O9", "C9", "酒")
    office.add("payments", "P9", "O9", "壬")
    office.type("customers", "C1", "name", "张三丰")
    office.type("orders", "O1", "product", "绿茶")
    office.delete("payments", "P2")
    office.delete("orders", "O2")
    office.elsewhere("customers", lambda ids: Changeset(changed={ids["C3"]: {"name": ("王五", "王五爷")}}))
    office.elsewhere("orders", lambda ids: Changeset(changed={ids["O1"]: {"product": ("茶", "红茶")}}))
    office.elsewhere("payments", lambda _: Changeset(added={"row-else": {"no": "P8", "order": "O1", "amount": "辛"}}))


def test_a_row_new_in_one_tab_is_known_to_the_next_in_the_same_sync(office: Any) -> None:
    office.add("payments", "P9", "O9", "壬")
    office.add("orders", "O9", "C9", "酒")
    office.add("customers", "C9", "新人")
    office.add("orders", "O8", "C-none", "醋")
    reports = office.sync()
    assert [len(report.held) for report in reports.values()] == [0, 1, 0]
    assert office.table("payments")["P9"] == {"no": "P9", "order": "O9", "amount": "壬"}
    assert office.table("orders").keys() == {"O1", "O2", "O3", "O9"}


def test_a_customer_goes_together_with_all_that_points_to_him(office: Any) -> None:
    office.delete("payments", "P2", "P3")
    office.delete("orders", "O2", "O3")
    office.delete("customers", "C2")
    reports = office.sync()
    assert [report.plan.deleted_rows for report in reports.values()] == [1, 2, 2]
    assert [office.table(table).keys() for table in COLUMNS] == [{"C1", "C3"}, {"O1"}, {"P1", "P4"}]
    office.settle()


def test_a_customer_stays_while_an_order_of_his_does(office: Any) -> None:
    office.delete("payments", "P2", "P3")
    office.delete("orders", "O2")
    office.delete("customers", "C2")
    reports = office.sync()
    assert [len(report.rejected) for report in reports.values()] == [1, 0, 0]
    assert [office.table(table).keys() for table in COLUMNS] == [{"C1", "C2", "C3"}, {"O1", "O3"}, {"P1", "P4"}]
    assert office.shown("customers").keys() == {"C1", "C2", "C3"}


def test_a_guard_of_one_tab_stops_the_whole_workbook_and_names_it(office: Any) -> None:
    office.add("customers", "C9", "新人")
    office.delete("payments", "P1", "P2", "P3", "P4")
    before, medium = [office.store.head(table) for table in COLUMNS], office.state_of_medium()
    with pytest.raises(GuardError, match=r"guard\.(deletions|empty)") as stopped:
        office.sync()
    assert stopped.value.facts["name"] == "payments"
    assert ([office.store.head(table) for table in COLUMNS], office.state_of_medium()) == (before, medium)
    office.sync(payments={"deletions": None, "empty": None, "blanked": None})
    assert (office.table("payments"), len(office.table("customers"))) == ({}, 4)
    office.settle()


def test_all_tabs_are_written_by_one_replacement(tmp_path: Path) -> None:
    office = XlsxOffice(MemoryStore("e1"), folder=tmp_path)
    office.bind()
    office.settle()
    shutil.rmtree(tmp_path / "copies", ignore_errors=True)
    a_day(office)
    file = Ticks()
    reports = office.sync(file=file)
    assert all(report.plan.actions for report in reports.values() if report.plan)
    assert file.log.count("exchange") == 1
    assert len([path for path in (tmp_path / "copies").rglob("*") if path.is_file()]) == 1
    office.settle()


def test_a_tab_that_nothing_happened_to_is_not_read_again(office: Any) -> None:
    office.elsewhere("payments", lambda ids: Changeset(changed={ids["P1"]: {"amount": ("甲", "甲甲")}}))
    reports = office.sync()
    assert [report.observed is None for report in reports.values()] == [True, True, False]
    assert [report.observed for report in office.sync().values()] == [None, None, None]


def test_a_workbook_edited_while_it_is_read_is_read_anew(office: Any) -> None:
    office.elsewhere("orders", lambda ids: Changeset(changed={ids["O1"]: {"product": ("茶", "红茶")}}))
    typed: list[str] = []

    def while_reading(step: str) -> None:
        if step == "after_observe" and not typed:
            typed.append(step)
            office.type("customers", "C1", "name", "读时改")
            raise TransientError("sheet.changed", file="x")

    office.sync(on_step=while_reading)
    assert office.table("customers")["C1"]["name"] == "读时改"
    assert office.shown("orders")["O1"]["product"] == "红茶"


def test_two_tabs_of_one_table_both_come_in(office: Any, tmp_path: Path) -> None:
    kind, folder = type(office), tmp_path / "two"
    folder.mkdir()
    options = {"folder": folder} if kind is XlsxOffice else {}
    two = kind(MemoryStore("e2"), tabs={"customers": "customers", "customers-2": "customers"}, **options)
    two.bind()
    two.settle()
    two.type("customers", "C1", "name", "甲方改")
    two.add("customers", "C7", "七")
    two.type("customers-2", "C2", "name", "乙方改")
    two.add("customers-2", "C7", "另一个七")
    two.add("customers-2", "C8", "八")
    two.sync()
    names = {key: row["name"] for key, row in two.table("customers").items()}
    assert names == {"C1": "甲方改", "C2": "乙方改", "C3": "王五", "C7": "七", "C8": "八"}
    assert [(item.code, item.binding) for item in two.store.items()] == [("key.taken", "b-customers-2")]
    two.settle()
    assert two.shown("customers").keys() == {"C1", "C2", "C3", "C7", "C8"}


def test_what_another_machine_commits_between_two_tabs_is_met_by_the_next_attempt(office: Any) -> None:
    a_day(office)
    commits: list[str] = []

    def between(step: str) -> None:
        if step == "after_commit":
            commits.append(step)
            if len(commits) == 1:
                office.elsewhere("orders", lambda ids: Changeset(changed={ids["O3"]: {"product": ("油", "麻油")}}))

    office.sync(on_step=between)
    office.settle()
    assert len(commits) > 3
    assert office.shown("orders")["O3"]["product"] == "麻油"
    assert office.table("orders")["O9"]["customer"] == "C9"


def test_a_dry_run_decides_the_same_and_touches_nothing(office: Any) -> None:
    a_day(office)
    before, medium = [office.store.head(table) for table in COLUMNS], office.state_of_medium()
    dry = office.sync(is_dry=True)
    assert ([office.store.head(table) for table in COLUMNS], office.state_of_medium()) == (before, medium)
    done = office.sync()
    counts = [
        [(r.plan.to_store, r.plan.to_sheet, r.plan.new_rows, r.plan.deleted_rows) for r in reports.values() if r.plan]
        for reports in (dry, done)
    ]
    assert counts[0] == counts[1]
    assert len(counts[0]) == 3


@pytest.fixture(scope="module")
def undisturbed() -> tuple[object, ...]:
    office = MemoryOffice(MemoryStore("e1"))
    office.bind()
    office.settle()
    a_day(office)
    office.settle()
    return office.outcome()


@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_at_every_call_of_every_port_then_finished(undisturbed: Any, when: str) -> None:
    cuts: list[str] = []
    for number in range(1, 400):
        office = MemoryOffice(MemoryStore("e1"))
        office.bind()
        office.settle()
        a_day(office)
        ticks = Ticks(number, when)
        try:
            office.sync(ports=ticks)
        except CutError:
            cuts.append(ticks.log[-1])
        else:
            break
        office.settle()
        assert office.outcome() == undisturbed, f"call {number} {when}: {ticks.log[-1]}"
    assert [cuts.count(name) for name in ("apply", "write", "save_binding", "observe")] == [3, 1, 3, 3]


POINTS = ("after_observe", "before_commit", "after_commit", "before_write", "after_write", "before_confirm")


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_cut_at_every_named_point_and_edited_before_the_next_run(office: Any, point: str, nth: int) -> None:
    a_day(office)
    left = [nth]

    def die(step: str) -> None:
        left[0] -= step == point
        if left[0] == 0 and step == point:
            raise CutError

    with suppress(CutError):
        office.sync(on_step=die)
    office.type("customers", "C1", "name", "后来改的")
    office.type("payments", "P9", "amount", "后来")
    office.add("orders", "O7", "C9", "盐")
    office.settle()
    assert office.table("customers")["C1"]["name"] == "后来改的"
    assert office.shown("customers")["C3"]["name"] == "王五爷"
    assert office.table("payments")["P9"]["amount"] == "后来"
    assert office.table("payments").keys() == {"P1", "P3", "P4", "P8", "P9"} == office.shown("payments").keys()
    assert office.table("orders").keys() == {"O1", "O3", "O7", "O9"} == office.shown("orders").keys()
    assert [(item.table, item.code, item.field) for item in office.store.items()] == [
        ("orders", "conflict.cell", "product")
    ]


@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_at_every_step_of_the_file_then_finished(undisturbed: Any, tmp_path: Path, when: str) -> None:
    first = XlsxOffice(MemoryStore("e1"), folder=tmp_path / "first")
    first.folder.mkdir()
    first.bind()
    first.settle()
    saved = first.store
    cuts = 0
    for number in range(1, 400):
        office = XlsxOffice(_copied(saved), words=itertools.count(10_000), folder=tmp_path / f"{when}-{number}")
        shutil.copytree(first.folder, office.folder)
        a_day(office)
        ticks = Ticks(number, when)
        with suppress(CutError, SheetwardError):
            office.sync(file=ticks)
        if ticks.left > 0:
            break
        cuts += 1
        office.settle()
        assert office.outcome() == undisturbed, f"step {number} {when}: {ticks.log[-1]}"
    assert cuts > 15


def _copied(store: Any) -> Any:
    import pickle

    made = MemoryStore(store.epoch)
    for name, value in vars(store).items():
        if name != "_lock":
            setattr(made, name, pickle.loads(pickle.dumps(value)))
    return made


def _saved_by_another_program(path: Path) -> str:
    before = path.read_bytes()
    openpyxl.load_workbook(path).save(path)
    assert path.read_bytes() != before
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_saved_anew_without_edits_is_known_by_its_cells(tmp_path: Path) -> None:
    office = XlsxOffice(MemoryStore("e1"), folder=tmp_path)
    office.bind()
    office.settle()
    before = {name: office.store.binding(name) for name in office.tabs}
    saved = _saved_by_another_program(office.path)
    assert {report.observed for report in office.sync(is_dry=True).values()} == {None}
    assert {name: office.store.binding(name) for name in office.tabs} == before
    assert {report.observed for report in office.sync().values()} == {None}
    for name, state in before.items():
        assert state is not None
        assert state.content
        assert office.store.binding(name) == replace(state, number=state.number + 1, revision=saved)
    office.settle()


def test_of_a_file_saved_anew_only_the_sheet_that_moved_is_looked_at(tmp_path: Path) -> None:
    office = XlsxOffice(MemoryStore("e1"), folder=tmp_path)
    office.bind()
    office.settle()
    office.type("orders", "O1", "product", "绿茶")
    assert {name for name, report in office.sync().items() if report.observed is not None} == {"orders"}
    assert office.table("orders")["O1"]["product"] == "绿茶"
    office.settle()
    _saved_by_another_program(office.path)
    office.elsewhere("payments", lambda ids: Changeset(changed={ids["P1"]: {"amount": ("甲", "庚")}}))
    assert {name for name, report in office.sync().items() if report.observed is not None} == {"payments"}
    assert office.shown("payments")["P1"]["amount"] == "庚"
    office.settle()


def test_an_older_copy_put_back_is_not_taken_for_the_newest(tmp_path: Path) -> None:
    office = XlsxOffice(MemoryStore("e1"), folder=tmp_path)
    office.bind()
    office.settle()
    older = office.path.read_bytes()
    office.elsewhere("orders", lambda ids: Changeset(changed={ids["O1"]: {"product": ("茶", "红茶")}}))
    office.sync()
    office.path.write_bytes(older)
    _saved_by_another_program(office.path)
    assert office.sync()["orders"].observed is not None
    assert office.table("orders")["O1"]["product"] == office.shown("orders")["O1"]["product"] == "红茶"
