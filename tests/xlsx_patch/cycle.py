"""The whole life of a workbook in a store: bound, synced, changed elsewhere, synced; its bytes at every stage."""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from sheetward.cells import Value, value_of
from sheetward.diff import Changeset
from sheetward.engine import SheetContext, SyncReport, sync_sheet
from sheetward.ports.store import BindingState, CommitNote, Transaction
from sheetward.sharing import EVERYTHING
from sheetward.sheets.bind_xlsx import bind_xlsx, plan_xlsx
from sheetward.sheets.file import SheetFile
from sheetward.sheets.place import Place
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet
from sheetward.stores.journal import FileJournal
from sheetward.stores.memory import MemoryStore
from sheetward.validation.validator import Validator
from sheetward_schemas import TableSchema, parse_schema

from .corpus import BY_NAME, Case, built

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
NEW_NAME = "改过的 <新> & 值"
"""What the store makes of the third customer's name."""
_SCHEMA = """
name: customer
primaryKey: [code]
fields:
  - {name: code, type: string, "x:labels": {zh: 编号}}
  - {name: name, type: string, "x:labels": {zh: 姓名}}
  - {name: phone, type: string, "x:labels": {zh: 电话}}
  - {name: email, type: string, "x:labels": {zh: 邮箱}}
  - {name: amount, type: TYPE, "x:labels": {zh: 金额}}
  - {name: remark, type: string, "x:labels": {zh: 备注}}
"""


@cache
def customers(amount: str = "number") -> TableSchema:
    """Give the schema of the corpus's customers, with the type of their amounts."""
    found, mistakes = parse_schema(_SCHEMA.replace("TYPE", amount), "test")
    assert found is not None, mistakes
    return found


class Office:
    """One store and one workbook with one bound tab."""

    def __init__(self, data: bytes, folder: Path, suffix: str = ".xlsx", schema: TableSchema | None = None) -> None:
        self.path = folder / f"客户名单{suffix}"
        self.path.write_bytes(data)
        self.store = MemoryStore("e1")
        self.schema = schema or customers()
        self._words = itertools.count()
        self._file = SheetFile(self.path, "b1", FileJournal(folder / "journal"), folder / "copies")

    def now(self) -> dt.datetime:
        return NOON

    def word(self) -> str:
        return f"x{next(self._words):05d}y"

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    def bind(self, **options: object) -> None:
        plan = plan_xlsx(
            self._file,
            self.schema,
            lambda _: (),
            name="东区",
            table="customers",
            path=self.path.name,
            tab="客户",
            **options,
        )  # type: ignore[arg-type]
        stamp = f"{self.store.epoch}:b1:start"
        bind_xlsx(self._file, self.schema, plan, binding="b1", stamp=stamp, lang="zh")
        self.store.save_binding(BindingState("b1", "东区", "customers", None, plan.place.to_json(), stamp=stamp))

    def sheet(self) -> XlsxSheet:
        state = self.store.binding("东区")
        assert state is not None
        return XlsxSheet(XlsxBook(self._file), "b1", Place.from_json(state.place), self.schema)

    def sync(self) -> SyncReport:
        context = SheetContext(
            name="东区",
            replica=self.sheet(),
            store=self.store,
            schema=self.schema,
            checker=Validator(self.schema),
            clock=self,
            today=NOON.date,
            author="王芳",
            new_word=self.word,
            rule_version=0,
            rule_at=lambda _: EVERYTHING,
        )
        return sync_sheet(context)

    def table(self) -> dict[Value, dict[str, Value]]:
        """Give the customers of the store by number."""
        rows = self.store.read("customers", self.schema.field_names)
        found = [dict(zip(rows.fields, map(value_of, row), strict=True)) for row in rows.rows.values()]
        return {row["code"]: row for row in found}

    def elsewhere(self, changes: Callable[[Mapping[Value, str]], Changeset]) -> None:
        """Let another sheet of the store change the table; `changes` is given number to row id."""
        ids = {value_of(row[0]): row_id for row_id, row in self.store.read("customers", ("code",)).rows.items()}
        note = CommitNote(self.word(), "别人", NOON, "sync")
        self.store.apply(Transaction("customers", self.store.head("customers"), note, changes(ids)))


def three_changes(office: Office) -> Callable[[Mapping[Value, str]], Changeset]:
    """Give the changes of the cycle: one name, three new customers, one customer gone."""

    def changes(ids: Mapping[Value, str]) -> Changeset:
        table = office.store.read("customers", office.schema.field_names)
        by_id = {row_id: dict(zip(table.fields, row, strict=True)) for row_id, row in table.rows.items()}
        is_number = office.schema.by_name["amount"].type == "number"
        added = {
            f"rnew{n}x": {
                "code": f"C10{n}",
                "phone": f"0138001380{n}",
                "amount": Decimal(f"{n}.5") if is_number else f"{n}.5",
                "email": f"n{n}@example.com",
            }
            for n in range(3)
        }
        return Changeset(
            added=added,  # type: ignore[arg-type]
            removed={ids["C002"]: by_id[ids["C002"]]},  # type: ignore[index, dict-item]
            changed={ids["C003"]: {"name": (by_id[ids["C003"]]["name"], NEW_NAME)}},  # type: ignore[dict-item]
        )

    return changes


@dataclass(frozen=True)
class Cycle:
    """A workbook's bytes as they were made, bound, synced for the first time, and after the changes; what the last sync said."""

    made: bytes
    bound: bytes
    synced: bytes
    changed: bytes
    notices: tuple[str, ...]
    id_column: int


@cache
def cycled(name: str) -> Cycle:
    """Play the cycle of one case. Every sync is done twice: the second leaves the file byte for byte."""
    case: Case = BY_NAME[name]
    with tempfile.TemporaryDirectory() as folder:
        office = Office(built(name), Path(folder), case.suffix, customers(case.amount))
        office.bind()
        bound = office.data
        _sync_twice(office)
        synced = office.data
        id_column = office.sheet().reading().found.id_column
        assert id_column is not None
        office.elsewhere(three_changes(office))
        report = _sync_twice(office)
        notices = tuple(notice.code for notice in report.plan.notices) if report.plan else ()
        return Cycle(built(name), bound, synced, office.data, notices, id_column)


def _sync_twice(office: Office) -> SyncReport:
    report = office.sync()
    before = office.data
    office.sync()
    assert office.data == before
    return report
