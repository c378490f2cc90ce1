"""A small company for tests from outside: one store, workbooks under different roles, and people who edit them."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from .forge import LARGEST_FILE, Call, Forge

KEY, NAME = "客户编号", "客户姓名"
HEADERS = (KEY, NAME, "联系电话", "区域", "信用评级", "备注")
ROWS: tuple[tuple[str, ...], ...] = (
    ("C001", "王五", "13800138001", "华东", "AA", "remark-one"),
    ("C002", "赵六", "13800138002", "华东", "A", "remark-two"),
    ("C003", "钱七", "13800138003", "华北", "B", "remark-three"),
    ("C004", "孙八", "13800138004", "华东", "B", "remark-four"),
    ("C005", "李九", "13800138005", "华东", "C", "remark-five"),
    ("C006", "周十", "13800138006", "华北", "C", "remark-six"),
)
BOSS: Mapping[str, object] = {"columns": {"*": "write"}, "insert": True, "delete": True, "move_out": True}
OPEN: Mapping[str, object] = {
    "rows": {"region": "华东"},
    "columns": {"*": "write", "id_number": "write"},
    "insert": True,
    "delete": True,
}
"""What the east may at first, where a test takes something from it."""
EAST: Mapping[str, object] = {
    "rows": {"region": "华东"},
    "columns": {"*": "write", "credit_rating": "read", "remark": "mask"},
    "insert": True,
    "delete": True,
}


@dataclass
class Book:
    """A workbook in a person's hands. Every value typed is noted in `typed`."""

    book: openpyxl.Workbook
    typed: list[str]

    @property
    def tab(self) -> Worksheet:
        """Give the bound tab."""
        return self.book.worksheets[0]

    def header(self) -> tuple[int, dict[str, int]]:
        """Give the header's row and the columns by their texts."""
        for row in self.tab.iter_rows(max_row=20):
            texts = {str(cell.value): int(cell.column or 0) for cell in row if cell.value not in (None, "")}
            if KEY in texts:
                return int(row[0].row or 0), texts
        raise AssertionError("no header row")

    def rows(self) -> dict[str, dict[str, Any]]:
        """Give the rows by customer number, those without one by name; none may stand there twice."""
        line, columns = self.header()
        found: dict[str, dict[str, Any]] = {}
        for row in self.tab.iter_rows(min_row=line + 1):
            cells = {name: row[column - 1].value for name, column in columns.items()}
            if any(value not in (None, "") for value in cells.values()):
                key = str(cells[KEY] or cells[NAME])
                assert key not in found, f"{key} stands there twice"
                found[key] = cells
        return found

    def place(self, key: str, header: str) -> Any:
        """Give one cell of the row of a customer, known by number or by name."""
        line, columns = self.header()
        for row in self.tab.iter_rows(min_row=line + 1):
            if key in (row[columns[KEY] - 1].value, row[columns[NAME] - 1].value):
                return row[columns[header] - 1]
        raise AssertionError(f"no row {key}")

    def type(self, key: str, header: str, value: str) -> None:
        """Type into one cell."""
        self.place(key, header).value = value
        self.typed.append(value)

    def add(self, *cells: str) -> int:
        """Type a new row under `HEADERS` below the others and give its row number."""
        _, columns = self.header()
        number = self.tab.max_row + 1
        for header, value in zip(HEADERS, cells, strict=False):
            if value:
                self.tab.cell(number, columns[header], value)
                self.typed.append(value)
        return number

    def delete(self, key: str) -> None:
        """Delete a row."""
        self.tab.delete_rows(self.place(key, KEY).row)


@dataclass
class Firm:
    """A workspace and what people do there; a sheet, its workbook and its role have the same name."""

    root: Path
    forge: Forge
    sheets: Sequence[str] = ("boss", "east")
    typed: list[str] = field(default_factory=list[str])

    def path(self, name: str) -> Path:
        """Give a sheet's workbook."""
        return self.root / f"{name}.xlsx"

    def start(self, *arguments: object, at: str = "", does: str = "", flag: Path | None = None, room: int = 0) -> Call:
        """Start a call, one that dies or holds at a named point, or has room for so many bytes a file, where asked."""
        settings = {"LC_ALL": "C.UTF-8"}
        if at:
            settings |= {"SHEETWARD_TESTING": "1", "SHEETWARD_FAILPOINT": f"{at}:{does}"}
        if flag is not None:
            settings["SHEETWARD_FAILPOINT_FLAG"] = str(flag)
        if room:
            settings[LARGEST_FILE] = str(room)
        return self.forge.start(self.root, arguments, settings)

    def call(self, *arguments: object) -> Call:
        """Run a call to its end."""
        return self.start(*arguments).wait()

    def done(self, *arguments: object) -> Call:
        """Run a call that must succeed."""
        call = self.call(*arguments)
        assert call.status == 0, call.said
        return call

    def held(self, *arguments: object, at: str, seconds: float) -> Call:
        """Start a call and come back when it holds at a named point."""
        flag = self.root / f"holding-{self.forge.count}"
        call = self.start(*arguments, at=at, does=f"sleep={seconds}", flag=flag)
        until = time.monotonic() + 60
        while not flag.exists() and call.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        assert flag.exists(), call.said
        return call

    def sync(self, *arguments: object) -> Call:
        """Sync and give the report."""
        return self.call("sync", "--json", *arguments)

    def table(self, *arguments: object) -> dict[str, dict[str, Any]]:
        """Give the rows of the store by customer number, cells by field."""
        found = self.done("table", "customers", "--json", *arguments).json
        rows = [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
        by_key = {row["customer_id"]: row for row in rows}
        assert len(by_key) == len(rows), "a number stands in the store twice"
        return by_key

    @contextmanager
    def edit(self, name: str) -> Generator[Book]:
        """Open a sheet's workbook as a person does; it is saved in the end."""
        book = openpyxl.load_workbook(self.path(name))
        yield Book(book, self.typed)
        book.save(self.path(name))

    def shown(self, name: str) -> dict[str, dict[str, Any]]:
        """Give what a workbook shows, by customer number."""
        return Book(openpyxl.load_workbook(self.path(name)), []).rows()

    def bind(self, name: str, role: Mapping[str, object], *arguments: object) -> None:
        """Give a role its rule and a sheet of that name."""
        self.rule(name, role)
        self.done("bind", f"{name}.xlsx", "--as", name, "--table", "customers", "--role", name, "--yes", *arguments)

    def rule(self, name: str, role: Mapping[str, object]) -> None:
        """Write a role's rule into the settings, in place of the one that stands there."""
        settings = self.root / "sheetward.yaml"
        lines = settings.read_text(encoding="utf-8").replace("roles: {}", "roles:").splitlines()
        kept = [line for line in lines if not line.startswith(f'  {name}: {{"')]
        kept.insert(kept.index("roles:") + 1, f"  {name}: {json.dumps(role, ensure_ascii=False)}")
        settings.write_text("\n".join(kept) + "\n", encoding="utf-8")

    def words(self) -> str:
        """Give everything that the program says of table, history and what waits for people."""
        keys = sorted(self.table())
        calls = [self.call("table", "customers", "--json"), self.call("history", "--json")]
        calls += [self.call(word, "list", "--json") for word in ("conflicts", "held", "rejections")]
        calls += [self.call("history", "--row", key, "--json") for key in keys]
        return "".join(call.said for call in calls)

    def bytes_of(self) -> dict[str, bytes]:
        """Give the bytes of every workbook."""
        return {name: self.path(name).read_bytes() for name in self.sheets}

    def leftovers(self) -> list[str]:
        """Give temporary files of ours that lie beside the workbooks, and unfinished intents."""
        beside = [p.name for p in self.root.iterdir() if p.name.startswith(".sheetward-") or p.name.endswith(".part")]
        private = self.root / ".sheetward"
        return beside + [str(p) for p in private.rglob("*") if p.is_file() and p.suffix in (".json", ".new", ".part")]


def workbook(path: Path, rows: Sequence[Sequence[str]] = ROWS) -> None:
    """Make the workbook that a company has before anything is bound."""
    made = openpyxl.Workbook()
    tab = made.worksheets[0]
    tab.title = "客户"
    for row in (HEADERS, *rows):
        tab.append(list(row))
    made.save(path)


def founded(root: Path, forge: Forge, east: Mapping[str, object] = EAST) -> Firm:
    """Found the company: the boss's workbook has all customers, the sales people of the east see theirs; both in step."""
    firm = Firm(root, forge)
    firm.done("init", "--table", "customers=customer", "--lang", "zh")
    workbook(firm.path("boss"))
    firm.bind("boss", BOSS)
    firm.bind("east", east, "--create")
    firm.done("sync")
    return firm


def is_whole(path: Path) -> bool:
    """Say whether a workbook is a whole archive that opens."""
    with zipfile.ZipFile(path) as package:
        if package.testzip() is not None:
            return False
    openpyxl.load_workbook(path)
    return True
