"""One contract, run by every replica: in memory, CSV, closed workbook."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sheetward.cells import Cell, plain_text, value_of
from sheetward.errors import SheetwardError, TransientError
from sheetward.merge.choice import Choice
from sheetward.ports.replica import (
    AddColumn,
    AppendRow,
    ClearRow,
    CloseColumn,
    Mark,
    MarkedCell,
    Observation,
    Replica,
    SetCell,
    SetRowId,
    SettleLine,
    SheetAction,
    SheetWrite,
    ShownLine,
    Side,
)
from sheetward.sheets.csv import CsvSheet
from sheetward.sheets.csv_cells import guarded
from sheetward.sheets.file import SheetFile
from sheetward.sheets.memory import MemorySheet
from sheetward.sheets.place import Place
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet
from sheetward.stores.journal import FileJournal
from sheetward.table import RowId
from sheetward_schemas.model import Field, TableSchema

SCHEMA = TableSchema(
    "deal",
    (
        Field("code", labels={"zh": "编号", "en": "Code"}),
        Field("name", labels={"zh": "姓名", "en": "Name"}),
        Field("amount", type="number", labels={"zh": "金额", "en": "Amount"}),
        Field("since", type="date", labels={"zh": "日期", "en": "Since"}),
        Field("remark", labels={"zh": "备注", "en": "Remarks"}),
    ),
)
HEADERS = {field.name: field.label("zh") for field in SCHEMA.fields}
PLACE = Place("x", "客户", 1, HEADERS, {name: place for place, name in enumerate(HEADERS, 1)})
PLACE_CLOSED = replace(PLACE, closed=("remark",))
PLACE_MADE = replace(
    PLACE,
    headers={name: text for name, text in HEADERS.items() if name != "remark"},
    columns={name: column for name, column in PLACE.columns.items() if name != "remark"},
    made={"remark": "备注2"},
)
Rows = list[Mapping[str, Cell]]
START: Rows = [
    {"code": "007", "name": "张三", "amount": Decimal("12.5"), "since": dt.date(2024, 3, 5), "remark": "a, b"},
    {"code": "C2", "name": "李四", "amount": None, "since": None, "remark": None},
    {"code": "C3", "name": "王五", "amount": Decimal(3), "since": dt.date(2023, 12, 31), "remark": 'x "y"\nz'},
]


class Bench(Protocol):
    """A sheet under test, and a person who edits it with another program."""

    sheet: Replica

    def type(self, position: int, name: str, cell: Cell) -> None: ...
    def delete_row(self, position: int) -> None: ...
    def insert_row(self, position: int, cells: Mapping[str, Cell]) -> None: ...
    def delete_column(self, name: str) -> None: ...
    def rename_header(self, name: str, text: str) -> None: ...
    def delete_header(self) -> None: ...
    def forbid(self) -> None: ...
    def reopened(self, place: Place) -> Replica: ...


LINE = SettleLine(
    item="c1",
    row=RowId("rb"),
    field="name",
    kind="conflict",
    code="conflict.cell",
    facts={},
    key="C2",
    name="李四",
    mine=Side({"name": "李四"}),
    store=Side({"name": "李思"}),
    who="B",
    when="2026-03-02T09:00:05+00:00",
    choices=(Choice.SHEET, Choice.STORE),
    remark="choice.refreshed",
)


class MemoryBench:
    def __init__(self, rows: Rows) -> None:
        self.memory = MemorySheet(SCHEMA.field_names, rows, headers=HEADERS)
        self.sheet: Replica = self.memory

    def type(self, position: int, name: str, cell: Cell) -> None:
        self.memory.set(position, name, cell)

    def delete_row(self, position: int) -> None:
        self.memory.delete(position)

    def insert_row(self, position: int, cells: Mapping[str, Cell]) -> None:
        self.memory.insert(position, cells)

    def delete_column(self, name: str) -> None:
        self.memory.delete_column(name)

    def rename_header(self, name: str, text: str) -> None:
        self.memory.rename_header(name, text)

    def delete_header(self) -> None:
        self.memory.header_found = False

    def forbid(self) -> None:
        self.memory.is_read_only = True

    def reopened(self, place: Place) -> Replica:
        return self.sheet


def sheet_file(path: Path) -> SheetFile:
    return SheetFile(path, "b1", FileJournal(path.parent / "journal"), path.parent / "copies")


def table(seen: Observation) -> list[dict[str, object]]:
    """Give what a sheet shows, spelling apart: id and values by field, rows in order."""
    return [{"id": row.row_id, **dict(zip(seen.fields, map(value_of, row.cells), strict=True))} for row in seen.rows]


def plain(rows: Rows, ids: list[str] | None = None) -> list[dict[str, object]]:
    given_ids = ids or [""] * len(rows)
    return [
        {"id": row_id, **{name: value_of(row.get(name)) for name in SCHEMA.field_names}}
        for row, row_id in zip(rows, given_ids, strict=True)
    ]


def write(sheet: Replica, *actions: SheetAction, stamp: str = "stamp-1", revision: str | None = None) -> str:
    return sheet.write(SheetWrite(actions, stamp), revision or sheet.observe().revision)


class ReplicaContract:
    """What every replica keeps; a subclass gives the bench."""

    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[Rows], Bench]:
        raise NotImplementedError

    @pytest.fixture
    def bench(self, make: Callable[[Rows], Bench]) -> Bench:
        return make(START)

    @pytest.fixture
    def owned(self, bench: Bench) -> Iterator[Bench]:
        """A sheet whose rows bear the ids ra, rb, rc."""
        rows = bench.sheet.observe().rows
        write(bench.sheet, *(SetRowId(r.position, "", i) for r, i in zip(rows, ["ra", "rb", "rc"], strict=True)))
        return bench

    def test_a_sheet_is_observed_whole(self, bench: Bench) -> None:
        seen = bench.sheet.observe()
        assert seen.fields == SCHEMA.field_names
        assert table(seen) == plain(START)
        assert (seen.complete, seen.header_found, seen.lost_fields, seen.stamp) == (True, True, (), None)
        assert [row.position for row in seen.rows] == [2, 3, 4]
        assert seen.columns == HEADERS
        assert list(seen.addresses) == list(SCHEMA.field_names)

    def test_observing_changes_nothing_and_repeats(self, owned: Bench) -> None:
        seen = owned.sheet.observe()
        assert owned.sheet.observe() == seen
        assert owned.sheet.revision() == seen.revision

    def test_ids_and_the_stamp_arrive(self, owned: Bench) -> None:
        seen = owned.sheet.observe()
        assert table(seen) == plain(START, ["ra", "rb", "rc"])
        assert seen.stamp == ("stamp-1" if owned.sheet.keeps_stamp else None)

    def test_only_the_planned_cells_change(self, owned: Bench) -> None:
        revision = write(
            owned.sheet,
            SetCell(2, "ra", "amount", Decimal("12.5"), Decimal("1234567.89")),
            SetCell(3, "rb", "since", None, dt.date(2026, 1, 2)),
            SetCell(4, "rc", "remark", 'x "y"\nz', None),
            SetCell(2, "ra", "name", "张三", "赵六"),
            stamp="stamp-2",
        )
        wanted = plain(START, ["ra", "rb", "rc"])
        wanted[0] |= {"amount": Decimal("1234567.89"), "name": "赵六"}
        wanted[1]["since"] = dt.date(2026, 1, 2)
        wanted[2]["remark"] = None
        seen = owned.sheet.observe()
        assert table(seen) == wanted
        assert seen.revision == revision
        assert seen.stamp == ("stamp-2" if owned.sheet.keeps_stamp else None)

    @pytest.mark.parametrize(
        "text",
        ["007", "13800138000", "+8613800138000", "=1+1", "-", "-x", "@a", "1e5", "TRUE", "2024-03-05", "3/4", "a,b;c\td",
         "第一行\n第二行", '"', "''", "'=1", "#N/A", "😀𠮷", "_x0041_", "<&>", "0", "110101199003077758", "a" * 5000],
    )  # fmt: skip
    def test_a_text_stays_a_text(self, owned: Bench, text: str) -> None:
        write(owned.sheet, SetCell(2, "ra", "remark", "a, b", text), AppendRow(RowId("rd"), {"remark": text}))
        shown = {
            row.row_id: dict(zip(SCHEMA.field_names, row.cells, strict=True)) for row in owned.sheet.observe().rows
        }
        assert value_of(shown["ra"]["remark"]) == text
        assert value_of(shown["rd"]["remark"]) == text

    def test_rows_are_appended_in_order(self, owned: Bench) -> None:
        added: Rows = [{"code": f"N{n}", "amount": Decimal(n), "since": dt.date(2024, 1, 1 + n)} for n in range(1, 6)]
        ids = [f"r{n}" for n in range(1, 6)]
        write(owned.sheet, *(AppendRow(RowId(i), row) for i, row in zip(ids, added, strict=True)))
        seen = owned.sheet.observe()
        assert table(seen) == plain([*START, *added], ["ra", "rb", "rc", *ids])
        assert [row.position for row in seen.rows] == list(range(2, 10))

    def test_a_cleared_row_is_gone_and_the_others_stay_where_they_are(self, owned: Bench) -> None:
        write(owned.sheet, ClearRow(3, "rb"))
        seen = owned.sheet.observe()
        assert table(seen) == plain([START[0], START[2]], ["ra", "rc"])
        assert [row.position for row in seen.rows] == [2, 4]

    def test_a_row_given_its_id_takes_cells_in_the_same_batch(self, bench: Bench) -> None:
        write(
            bench.sheet, SetRowId(3, "", "rb"), SetCell(3, "", "code", "C2", "C9"), SetCell(2, "", "name", "张三", "张")
        )
        rows = table(bench.sheet.observe())
        assert [(row["id"], row["code"], row["name"]) for row in rows] == [
            ("", "007", "张"), ("rb", "C9", "李四"), ("", "C3", "王五")
        ]  # fmt: skip

    def test_a_column_is_closed_with_its_header_and_not_lost(self, owned: Bench) -> None:
        seen = owned.sheet.observe()
        cells = [(2, "ra", "a, b"), (4, "rc", 'x "y"\nz')]
        write(
            owned.sheet,
            *(SetCell(position, row_id, "remark", text, None) for position, row_id, text in cells),
            CloseColumn("remark", seen.columns["remark"]),
        )
        after = owned.reopened(PLACE_CLOSED).observe()
        assert after.fields == SCHEMA.field_names[:-1]
        assert after.lost_fields == ()
        assert HEADERS["remark"] not in after.headers
        assert [row.row_id for row in after.rows] == ["ra", "rb", "rc"]

    def test_a_column_is_added_with_its_cells_and_those_of_new_rows(self, owned: Bench) -> None:
        owned.delete_column("remark")
        sheet = owned.reopened(PLACE_MADE)
        seen = sheet.observe()
        assert seen.free_columns
        write(
            sheet,
            AddColumn("remark", "备注2"),
            SetCell(2, "ra", "remark", None, "007"),
            SetCell(4, "rc", "remark", None, "x\ny"),
            SetCell(2, "ra", "name", "张三", "赵六"),
            AppendRow(RowId("rd"), {"code": "C4", "remark": "新"}),
            revision=seen.revision,
        )
        after = sheet.observe()
        shown = {row["id"]: row for row in table(after)}
        assert after.fields == SCHEMA.field_names
        assert after.columns["remark"] == "备注2"
        assert {i: row["remark"] for i, row in shown.items()} == {"ra": "007", "rb": None, "rc": "x\ny", "rd": "新"}
        assert (shown["ra"]["name"], shown["ra"]["amount"], shown["rd"]["code"]) == ("赵六", Decimal("12.5"), "C4")
        write(sheet, SetCell(3, "rb", "remark", None, "later"))
        assert {row["remark"] for row in table(sheet.observe())} == {"007", "later", "x\ny", "新"}

    @pytest.mark.parametrize("wrong", [CloseColumn("remark", "别的"), AddColumn("remark", "备注")])
    def test_columns_that_moved_stop_the_batch(self, owned: Bench, wrong: SheetAction) -> None:
        before = owned.sheet.observe()
        with pytest.raises(TransientError, match=r"sheet\.changed"):
            write(owned.sheet, SetCell(2, "ra", "name", "张三", "x"), wrong, stamp="stamp-3")
        assert owned.sheet.observe() == before

    def test_a_batch_without_actions_moves_only_the_stamp(self, owned: Bench) -> None:
        before = owned.sheet.observe()
        write(owned.sheet, stamp="stamp-9")
        after = owned.sheet.observe()
        assert (after.rows, after.fingerprint) == (before.rows, before.fingerprint)
        assert after.stamp == ("stamp-9" if owned.sheet.keeps_stamp else None)

    def test_a_sheet_that_moved_takes_nothing(self, owned: Bench) -> None:
        revision = owned.sheet.observe().revision
        owned.type(3, "name", "别人")
        between = owned.sheet.observe()
        with pytest.raises(TransientError, match=r"sheet\.changed"):
            write(owned.sheet, SetCell(2, "ra", "name", "张三", "x"), stamp="stamp-3", revision=revision)
        assert owned.sheet.observe() == between

    @pytest.mark.parametrize(
        "wrong",
        [
            SetCell(3, "ra", "name", "李四", "x"),
            SetCell(3, "rb", "name", "张三", "x"),
            SetCell(3, "rb", "amount", Decimal(0), Decimal(1)),
            SetRowId(3, "", "rz"),
            ClearRow(3, "ra"),
            SetCell(99, "rb", "name", None, "x"),
        ],
    )
    def test_an_action_that_does_not_meet_what_is_there_stops_the_batch(self, owned: Bench, wrong: SheetAction) -> None:
        before = owned.sheet.observe()
        with pytest.raises(TransientError, match=r"sheet\.changed"):
            write(owned.sheet, SetCell(2, "ra", "name", "张三", "x"), wrong, stamp="stamp-3")
        assert owned.sheet.observe() == before

    def test_the_fingerprint_follows_the_meaning(self, owned: Bench) -> None:
        before = owned.sheet.observe()
        owned.type(3, "remark", "neu")
        edited = owned.sheet.observe()
        assert edited.fingerprint != before.fingerprint
        assert edited.revision != before.revision
        owned.type(3, "remark", None)
        assert owned.sheet.observe().fingerprint == before.fingerprint

    def test_rows_inserted_and_deleted_by_a_person(self, owned: Bench) -> None:
        owned.insert_row(3, {"code": "C9", "name": "新人"})
        owned.delete_row(2)
        seen = owned.sheet.observe()
        new: Mapping[str, Cell] = {"code": "C9", "name": "新人"}
        assert table(seen) == plain([new, START[1], START[2]], ["", "rb", "rc"])
        assert [row.position for row in seen.rows] == [2, 3, 4]

    def test_a_deleted_column_is_lost_not_emptied(self, owned: Bench) -> None:
        owned.delete_column("amount")
        seen = owned.sheet.observe()
        assert seen.lost_fields == ("amount",)
        assert seen.fields == ("code", "name", "since", "remark")
        assert [row.row_id for row in seen.rows] == ["ra", "rb", "rc"]
        assert seen.header_found

    def test_a_renamed_header_is_still_that_field(self, owned: Bench) -> None:
        owned.rename_header("name", "怎么称呼")
        seen = owned.sheet.observe()
        assert (seen.fields, seen.lost_fields) == (SCHEMA.field_names, ())
        assert seen.columns["name"] == "怎么称呼"
        assert table(seen) == plain(START, ["ra", "rb", "rc"])

    def test_a_deleted_header_row_is_said(self, owned: Bench) -> None:
        owned.delete_header()
        seen = owned.sheet.observe()
        assert (seen.header_found, seen.fields, seen.rows) == (False, (), ())

    def test_a_sheet_that_cannot_be_written_says_so_before(self, owned: Bench) -> None:
        owned.sheet.check_writable()
        owned.forbid()
        with pytest.raises(SheetwardError):
            owned.sheet.check_writable()


class CsvBench:
    """A CSV that a person edits in another program, which rewrites the whole file."""

    def __init__(self, path: Path, rows: Rows) -> None:
        self.path = path
        records = [[HEADERS[name] for name in SCHEMA.field_names]]
        records += [[guarded(plain_text(value_of(row.get(name)))) for name in SCHEMA.field_names] for row in rows]
        self.save(records)
        self.sheet: Replica = CsvSheet(sheet_file(path), PLACE, SCHEMA)

    def load(self) -> list[list[str]]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            return [*csv.reader(file)]

    def save(self, records: list[list[str]]) -> None:
        with self.path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(records)

    def column(self, name: str) -> int:
        return self.load()[0].index(HEADERS[name])

    def type(self, position: int, name: str, cell: Cell) -> None:
        records = self.load()
        records[position - 1][self.column(name)] = plain_text(value_of(cell))
        self.save(records)

    def delete_row(self, position: int) -> None:
        records = self.load()
        del records[position - 1]
        self.save(records)

    def insert_row(self, position: int, cells: Mapping[str, Cell]) -> None:
        records = self.load()
        records.insert(position - 1, [plain_text(value_of(cells.get(name))) for name in SCHEMA.field_names])
        self.save(records)

    def delete_column(self, name: str) -> None:
        place = self.column(name)
        self.save([[*record[:place], *record[place + 1 :]] for record in self.load()])

    def rename_header(self, name: str, text: str) -> None:
        records = self.load()
        records[0][self.column(name)] = text
        self.save(records)

    def delete_header(self) -> None:
        self.save(self.load()[1:])

    def forbid(self) -> None:
        forbid(self.path)

    def reopened(self, place: Place) -> Replica:
        self.sheet = CsvSheet(sheet_file(self.path), place, SCHEMA)
        return self.sheet


class XlsxBench:
    """A workbook that a person edits with another program (openpyxl), which saves it anew."""

    def __init__(self, path: Path, rows: Rows) -> None:
        self.path = path
        book = openpyxl.Workbook()
        tab = book.active
        assert isinstance(tab, Worksheet)
        tab.title = "客户"
        tab.append([HEADERS[name] for name in SCHEMA.field_names])
        for position, row in enumerate(rows, 2):
            for name, cell in row.items():
                put(tab, position, SCHEMA.field_names.index(name) + 1, cell)
        book.save(path)
        self.sheet: Replica = XlsxSheet(XlsxBook(sheet_file(path)), "b1", PLACE, SCHEMA)

    @contextmanager
    def open(self) -> Iterator[Worksheet]:
        book = openpyxl.load_workbook(self.path)
        tab = book["客户"]
        assert isinstance(tab, Worksheet)
        yield tab
        book.save(self.path)

    def column(self, tab: Worksheet, name: str) -> int:
        return [cell.value for cell in tab[1]].index(HEADERS[name]) + 1

    def type(self, position: int, name: str, cell: Cell) -> None:
        with self.open() as tab:
            put(tab, position, self.column(tab, name), cell)

    def delete_row(self, position: int) -> None:
        with self.open() as tab:
            tab.delete_rows(position)

    def insert_row(self, position: int, cells: Mapping[str, Cell]) -> None:
        with self.open() as tab:
            tab.insert_rows(position)
            for name, cell in cells.items():
                put(tab, position, self.column(tab, name), cell)

    def delete_column(self, name: str) -> None:
        with self.open() as tab:
            tab.delete_cols(self.column(tab, name))

    def rename_header(self, name: str, text: str) -> None:
        with self.open() as tab:
            tab.cell(1, self.column(tab, name)).value = text

    def delete_header(self) -> None:
        with self.open() as tab:
            tab.delete_rows(1)

    def forbid(self) -> None:
        forbid(self.path)

    def reopened(self, place: Place) -> Replica:
        self.sheet = XlsxSheet(XlsxBook(sheet_file(self.path)), "b1", place, SCHEMA)
        return self.sheet


def put(tab: Worksheet, row: int, column: int, cell: Cell) -> None:
    target = tab.cell(row, column)
    value = value_of(cell)
    target.value = value
    if isinstance(value, str):
        target.data_type = "s"


def forbid(path: Path) -> None:
    """Open the file in an office program, as far as others can tell."""
    (path.parent / f".~lock.{path.name}#").write_text(",someone,here,25.11.2026 15:00,file:///home;", encoding="utf-8")


class ListingContract(ReplicaContract):
    """What a replica keeps beyond that whose medium can hold the list of what waits, and mark cells."""

    def list(self, bench: Bench, *lines: SettleLine, marked: frozenset[MarkedCell] | None = None) -> Observation:
        bench.sheet.write(SheetWrite((), "stamp-3", settling=lines, marked=marked), bench.sheet.observe().revision)
        return bench.sheet.observe()

    def test_a_fresh_sheet_lists_and_marks_nothing(self, owned: Bench) -> None:
        seen = owned.sheet.observe()
        assert (seen.settling, seen.marked) == ((), frozenset())

    def test_the_list_and_the_marks_are_those_written(self, owned: Bench) -> None:
        before = owned.sheet.observe()
        marked = frozenset({MarkedCell("rb", "name", "conflict"), MarkedCell("rc", "amount", "held")})
        seen = self.list(owned, LINE, marked=marked)
        assert seen.settling == (ShownLine("c1", LINE.digest, "choice.refreshed", "B3"),)
        assert (seen.marked, seen.rows, seen.fingerprint) == (marked, before.rows, before.fingerprint)
        assert owned.sheet.observe() == seen

    def test_a_write_without_them_leaves_them(self, owned: Bench) -> None:
        seen = self.list(owned, LINE, marked=frozenset({MarkedCell("rb", "name", "conflict")}))
        write(owned.sheet, SetCell(2, "ra", "name", "张三", "张珊"))
        after = owned.sheet.observe()
        assert (after.settling, after.marked) == (seen.settling, seen.marked)

    def test_they_go_when_nothing_waits(self, owned: Bench) -> None:
        self.list(owned, LINE, marked=frozenset({MarkedCell("rb", "name", "conflict")}))
        seen = self.list(owned, marked=frozenset())
        assert (seen.settling, seen.marked) == ((), frozenset())

    def test_a_line_about_a_row_that_is_not_there_points_nowhere(self, owned: Bench) -> None:
        (line,) = self.list(owned, replace(LINE, row=RowId("gone"))).settling or ()
        assert line.place == ""


class TestMemory(ListingContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[Rows], Bench]:
        return MemoryBench


class TestCsv(ReplicaContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[Rows], Bench]:
        return lambda rows: CsvBench(tmp_path / "客户.csv", rows)


class TestXlsx(ListingContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[Rows], Bench]:
        return lambda rows: XlsxBench(tmp_path / "客户.xlsx", rows)


def test_a_formula_in_memory_contributes_and_is_never_overwritten() -> None:
    bench = MemoryBench(START)
    bench.memory.mark(2, "amount", Mark.FORMULA)
    bench.memory.mark(3, "name", Mark.ERROR, "#N/A")
    seen = bench.sheet.observe()
    assert seen.rows[0].marks == {"amount": Mark.FORMULA}
    assert seen.rows[0].cells[2] == Decimal("12.5")
    assert (seen.rows[1].cells[1], seen.rows[1].errors) == (None, {"name": "#N/A"})
    with pytest.raises(SheetwardError, match=r"columns\.cell_refuses"):
        write(bench.sheet, SetCell(2, "", "amount", Decimal("12.5"), Decimal(1)))
    assert bench.sheet.observe() == seen
