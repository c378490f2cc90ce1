"""The tab in which people settle what waits, in real workbooks: read back as typed, carried over, never in the way."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet
from sheetward.cells import BLANK, RawCell, State
from sheetward.errors import GuardError
from sheetward.merge.choice import Choice
from sheetward.messages import Lang
from sheetward.ports.replica import AppendRow, MarkedCell, Observation, SetRowId, SettleLine, SheetWrite, Side
from sheetward.sheets.bind_xlsx import bind_xlsx, plan_xlsx, unbind_xlsx
from sheetward.sheets.file import SheetFile
from sheetward.sheets.settle_tab import HIDDEN
from sheetward.sheets.settle_words import meant
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet
from sheetward.table import RowId
from sheetward_schemas.model import TableSchema

ROWS = [
    ["客户编号", "客户姓名", "联系电话", "金额"],
    ["C1", "张三", "13800000001", 5],
    ["C2", "李四", "13800000002", 6],
]
HEADER = {"zh": ("您的选择", "另填的值"), "en": ("Your choice", "Another value")}
LINE = SettleLine(
    item="c123456789",
    row=RowId("ra"),
    field="phone",
    kind="conflict",
    code="conflict.cell",
    facts={},
    key="C1",
    name="张三",
    mine=Side({"phone": "=1+1"}),
    store=Side({"phone": "13900000000"}),
    who="王经理",
    when="2026-03-02T09:00:05+00:00",
    choices=(Choice.SHEET, Choice.STORE, Choice.VALUE),
)


class Bench:
    """A bound workbook, and a person in it."""

    def __init__(self, file: SheetFile, schema: TableSchema, lang: Lang = "zh", stamp: str = "s0") -> None:
        self.file, self.schema = file, schema
        plan = plan_xlsx(file, schema, lambda _: [], name="s", table="customer", path=file.name)
        bind_xlsx(file, schema, plan, binding="b1", stamp=stamp, lang=lang)
        self.lang, self.place = lang, plan.place
        self.sheet = XlsxSheet(
            XlsxBook(file, lang=lang, zone=ZoneInfo("Asia/Shanghai")), "b1", plan.place, schema, lang=lang
        )
        rows = self.sheet.observe().rows
        self.write(*(SetRowId(r.position, "", i) for r, i in zip(rows, ("ra", "rb"), strict=False)))

    def write(self, *actions: object, **batch: object) -> Observation:
        seen = self.sheet.observe()
        self.sheet.write(SheetWrite(actions, "s1", **batch), seen.revision)  # type: ignore[arg-type]
        return self.sheet.observe()

    def open(self) -> openpyxl.Workbook:
        return openpyxl.load_workbook(self.file.path)

    def tab(self, name: str = "") -> Worksheet:
        tab = self.open()[name or {"zh": "待处理", "en": "To settle"}[self.lang]]
        assert isinstance(tab, Worksheet)
        return tab

    def type(self, changes: Mapping[str, object], row: int = 3, tab: str = "") -> None:
        book = self.open()
        sheet = book[tab or {"zh": "待处理", "en": "To settle"}[self.lang]]
        columns = {str(cell.value): cell.column for cell in sheet[2]}
        for name, value in changes.items():
            sheet.cell(row, columns[name]).value = value  # type: ignore[assignment]
        book.save(self.file.path)


@pytest.fixture
def make(save: Callable[..., Path], file_of: Callable[..., SheetFile], schema: TableSchema) -> Callable[..., Bench]:
    def bench(lang: Lang = "zh", finish: Callable[[Worksheet], None] | None = None) -> Bench:
        return Bench(file_of(save(ROWS, finish)), schema, lang)

    return bench


def test_a_workbook_without_anything_to_settle_gets_no_tab(make: Callable[..., Bench]) -> None:
    bench = make()
    seen = bench.sheet.observe()
    assert (seen.settling, seen.marked) == ((), frozenset())
    bench.write(settling=())
    assert bench.open().sheetnames == ["客户", "_sheetward"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_line_says_all_a_person_needs(make: Callable[..., Bench], lang: Lang) -> None:
    bench = make(lang)
    bench.write(settling=(LINE,))
    tab = bench.tab()
    texts = [cell.value for cell in tab[3]][:10]
    assert texts[:7] == ["客户 C2", "C1 张三", "联系电话", "=1+1", "13900000000", "王经理", "2026-03-02 17:00"]
    assert texts[7:9] == [None, None]
    assert tab["D3"].data_type != "f"
    assert tab["A3"].hyperlink.location == "'客户'!C2"
    assert tab.freeze_panes == "A3"
    (rule,) = tab.data_validations.dataValidation
    words = {"zh": '"用我的,用中央库的,另填一个值"', "en": '"mine,the store\'s,another value"'}
    assert (str(rule.sqref), rule.formula1) == ("H3", words[lang])
    assert all(tab.column_dimensions[letter].hidden for letter in "KLMNOPQ")


def test_nothing_left_leaves_a_kind_sentence(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.write(settling=(LINE,))
    seen = bench.write(settling=())
    assert seen.settling == ()
    assert "没有" in str(bench.tab()["A1"].value)
    assert bench.tab().max_row == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("text", "choice"),
    [("用我的", Choice.SHEET), (" Mine ", Choice.SHEET), ("the store’s", Choice.STORE), ("maybe", None)],
)
def test_what_a_person_chose_is_read_in_either_language(
    make: Callable[..., Bench], lang: Lang, text: str, choice: Choice | None
) -> None:
    bench = make(lang)
    bench.write(settling=(LINE,))
    bench.type({HEADER[lang][0]: text})
    (line,) = bench.sheet.observe().settling or ()
    assert (line.choice, line.text, line.value) == (choice, text.strip(), BLANK)
    assert (line.item, line.digest, line.place) == (LINE.item, LINE.digest, "C2")


@pytest.mark.parametrize(
    ("typed", "state", "text"),
    [("0138", State.TEXT, "0138"), (12.5, State.NUMBER, "12.5"), (dt.date(2024, 3, 5), State.DATE, "45356")],
)
def test_the_other_value_is_read_as_it_was_typed_and_carried_over(
    make: Callable[..., Bench], typed: object, state: State, text: str
) -> None:
    bench = make()
    bench.write(settling=(LINE,))
    bench.type({"另填的值": typed})
    (line,) = bench.sheet.observe().settling or ()
    assert (line.value.state, line.value.text) == (state, text)
    other = SettleLine(**{**{n: getattr(LINE, n) for n in LINE.__slots__}, "item": "c2", "row": RowId("rb")})
    first, second = bench.write(settling=(LINE, other)).settling or ()
    assert first.value == RawCell(State.TEXT, "2024-03-05" if state is State.DATE else text, "@")
    assert (second.value, second.place) == (BLANK, "C3")


def test_lines_point_to_rows_that_the_same_write_appends(make: Callable[..., Bench]) -> None:
    bench = make()
    line = SettleLine(**{**{n: getattr(LINE, n) for n in LINE.__slots__}, "row": RowId("rc")})
    marks = frozenset({MarkedCell("rc", "phone", "held")})
    seen = bench.write(AppendRow(RowId("rc"), {"code": "C3"}), settling=(line,), marked=marks)
    assert [one.place for one in seen.settling or ()] == ["C4"]
    assert seen.marked == marks


def test_marks_colour_the_cell_and_leave_what_people_put_there(make: Callable[..., Bench]) -> None:
    def finish(tab: Worksheet) -> None:
        tab["C2"].fill = openpyxl.styles.PatternFill("solid", fgColor="FF00FF00")
        tab["C2"].comment = Comment("我的批注", "我")
        tab.conditional_formatting.add(
            "C2:C3",
            openpyxl.formatting.rule.CellIsRule(operator="equal", formula=['"x"'], font=openpyxl.styles.Font(b=True)),
        )

    bench = make(finish=finish)
    before = zipfile.ZipFile(io.BytesIO(bench.file.path.read_bytes()))
    part = before.read("xl/worksheets/sheet1.xml")
    marks = frozenset({MarkedCell("ra", "phone", "conflict")})
    assert bench.write(marked=marks).marked == marks
    tab = bench.tab("客户")
    assert (tab["C2"].fill.fgColor.rgb, tab["C2"].comment.text) == ("FF00FF00", "我的批注")
    assert {str(block.sqref) for block in tab.conditional_formatting} == {"C2:C3", "C2"}
    assert bench.write(marked=frozenset()).marked == frozenset()
    after = zipfile.ZipFile(io.BytesIO(bench.file.path.read_bytes()))
    assert after.read("xl/worksheets/sheet1.xml") == part
    notes = [name for name in before.namelist() if "comment" in name or "vml" in name.lower()]
    assert notes
    assert all(after.read(name) == before.read(name) for name in notes)


def test_a_mark_that_lies_elsewhere_by_now_is_a_stray(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.write(marked=frozenset({MarkedCell("ra", "phone", "held")}))
    book = bench.open()
    book["客户"].delete_rows(2)
    book["客户"].delete_rows(2)
    book.save(bench.file.path)
    assert bench.sheet.observe().marked == frozenset({MarkedCell("", "C2", "held")})


def test_a_tab_of_the_user_s_own_keeps_its_name(make: Callable[..., Bench]) -> None:
    bench = make()
    book = bench.open()
    book.create_sheet("待处理")["A1"] = "我自己的清单"
    book.save(bench.file.path)
    bench.write(settling=(LINE,))
    assert bench.open().sheetnames == ["客户", "_sheetward", "待处理", "待处理 2"]
    assert bench.tab("待处理")["A1"].value == "我自己的清单"
    assert len(bench.sheet.observe().settling or ()) == 1


def test_a_renamed_tab_is_known_again(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.write(settling=(LINE,))
    book = bench.open()
    book["待处理"].title = "冲突"
    book["冲突"].insert_rows(1)
    book.save(bench.file.path)
    assert len(bench.sheet.observe().settling or ()) == 1
    bench.write(settling=())
    assert "冲突" in bench.open().sheetnames
    assert "待处理" not in bench.open().sheetnames


@pytest.mark.parametrize("pasted", [("_sheetward:item",), tuple(f"_sheetward:{name}" for name in HIDDEN)])
def test_a_bound_tab_is_never_taken_for_the_list_whatever_was_pasted_into_it(
    make: Callable[..., Bench], pasted: tuple[str, ...]
) -> None:
    bench = make()
    bench.write(settling=(LINE,))
    book = bench.open()
    del book["待处理"]
    for column, text in enumerate(pasted, start=12):
        book["客户"].cell(3, column).value = text
    book.save(bench.file.path)
    before = [[cell.value for cell in row] for row in book["客户"].iter_rows()]
    assert bench.sheet.observe().settling == ()
    bench.write(settling=(LINE,))
    assert [[cell.value for cell in row] for row in bench.tab("客户").iter_rows()] == before
    assert bench.open().sheetnames == ["客户", "_sheetward", "待处理"]


def test_the_list_is_known_without_some_of_its_hidden_columns(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.write(settling=(LINE,))
    book = bench.open()
    book["待处理"].delete_cols(13, 2)
    book.save(bench.file.path)
    (line,) = bench.sheet.observe().settling or ()
    assert (line.item, line.digest) == (LINE.item, "")
    assert len(bench.write(settling=(LINE,)).settling or ()) == 1
    assert bench.open().sheetnames == ["客户", "_sheetward", "待处理"]


def test_the_list_is_known_whatever_its_values_say(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.write(settling=(replace(LINE, mine=Side({"phone": "_sheetward_id"})),))
    assert len(bench.sheet.observe().settling or ()) == 1


def test_a_tab_that_was_deleted_is_made_again(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.write(settling=(LINE,))
    book = bench.open()
    del book["待处理"]
    book.save(bench.file.path)
    assert bench.sheet.observe().settling == ()
    assert len(bench.write(settling=(LINE,)).settling or ()) == 1


def test_a_renamed_bound_tab_makes_the_links_point_anew(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.write(settling=(LINE,))
    book = bench.open()
    book["客户"].title = "客户 2026"
    book.save(bench.file.path)
    (line,) = bench.sheet.observe().settling or ()
    assert line.place == ""
    bench.write(settling=(LINE,))
    assert bench.tab()["A3"].hyperlink.location == "'客户 2026'!C2"


def test_a_locked_workbook_holds_no_list(make: Callable[..., Bench]) -> None:
    bench = make()
    book = bench.open()
    book.security.lockStructure = True
    book.save(bench.file.path)
    seen = bench.sheet.observe()
    assert (seen.settling, seen.marked) == (None, None)


def test_unbinding_takes_the_tab_and_the_marks_away(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.write(settling=(LINE,), marked=frozenset({MarkedCell("ra", "phone", "conflict")}))
    unbind_xlsx(bench.file, bench.schema, bench.place, binding="b1")
    assert bench.open().sheetnames == ["客户"]
    assert not list(bench.tab("客户").conditional_formatting)


def test_another_table_is_never_found_in_our_tab(make: Callable[..., Bench], schema: TableSchema) -> None:
    bench = make()
    bench.write(settling=(LINE,))
    with pytest.raises(GuardError):
        plan_xlsx(bench.file, schema, lambda _: [], name="t", table="customer", path="x")
    plan = plan_xlsx(bench.file, schema, lambda _: [], name="t", table="customer", path="x", known=["b1"])
    assert plan.place.tab == "客户"


def test_words_of_choices_are_told_apart() -> None:
    found = {
        text: meant(text) for text in ("保留", "删除", "接受", "放弃", "keep", "Delete", "accept", "drop", "另填一个值")
    }
    assert list(found.values()) == [
        *(Choice.KEEP, Choice.DELETE, Choice.ACCEPT, Choice.DROP) * 2,
        Choice.VALUE,
    ]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_opens_and_saves_it_and_a_choice_made_there_is_read(
    make: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = make()
    marks = frozenset({MarkedCell("ra", "phone", "conflict")})
    bench.write(settling=(LINE,), marked=marks)
    bench.type({"您的选择": "用我的"})
    out = tmp_path / "out"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out)]
    subprocess.run([*command, str(bench.file.path)], check=True, capture_output=True, timeout=120)
    bench.file.path.write_bytes((out / bench.file.path.name).read_bytes())
    seen = bench.sheet.observe()
    (line,) = seen.settling or ()
    assert (line.item, line.choice, line.place) == (LINE.item, Choice.SHEET, "C2")
    assert seen.marked == marks
    again = bench.write(settling=(LINE,), marked=frozenset())
    assert again.marked == frozenset()
    assert (again.settling or ())[0].choice is Choice.SHEET
