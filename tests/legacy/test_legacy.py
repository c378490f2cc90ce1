"""Reading .xls, .xlsb and .ods: the same rows as from .xlsx, and one sentence for whatever cannot be read."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from sheetward.app.drafting import drafted
from sheetward.app.fixing import apply_fix, plan_fix
from sheetward.app.legacy_table import check_writes
from sheetward.app.patching import patch_file
from sheetward.app.plain_table import PlainTable, kind_of, read_plain, write_plain
from sheetward.app.reading import read_file
from sheetward.app.table_merge import compared
from sheetward.cells import RawCell, State, value_of
from sheetward.errors import UserError
from sheetward.messages import catalogue
from sheetward.sheets import legacy
from sheetward.sheets.legacy import Limits, read_legacy

from tests.legacy.binary_book import xlsb

ROWS: list[list[str | float | None]] = [
    ["客户编号", "客户姓名", "联系电话", "电子邮件", "建档日期"],
    ["C1", "张三", "13800138000", "a@example.com", None],
    ["007", "Łucja 😀", 13900139000, None, None],
]


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[openpyxl.Workbook, str], bytes]:
    """Give a function that saves a workbook as another kind, by LibreOffice."""
    folder = tmp_path_factory.mktemp("office")

    def convert(book: openpyxl.Workbook, kind: str) -> bytes:
        book.save(folder / "book.xlsx")
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(folder)]
        subprocess.run([*command, str(folder / "book.xlsx")], check=True, capture_output=True, timeout=120)
        return (folder / f"book.{kind}").read_bytes()

    return convert


def sample() -> openpyxl.Workbook:
    """A title above, merged; dates; a formula; a hidden tab in front; everything away from A1."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "hidden"
    book.active["A1"] = "客户姓名"
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("客户")
    book.active = 1
    sheet["C2"] = "客户名单"
    sheet.merge_cells("C2:G2")
    for number, row in enumerate(ROWS, 4):
        for column, value in enumerate(row, 3):
            sheet.cell(number, column).value = value
    sheet["G5"] = dt.date(2024, 3, 5)
    sheet["G6"] = dt.date(1999, 12, 31)
    sheet["F6"] = '=C6&"@example.com"'
    return book


@pytest.fixture(scope="module")
def files(
    converted: Callable[[openpyxl.Workbook, str], bytes], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    found = {}
    for kind in ("xls", "ods"):
        found[kind] = folder / f"book.{kind}"
        found[kind].write_bytes(converted(sample(), kind))
    found["xlsb"] = folder / "book.xlsb"
    found["xlsb"].write_bytes(xlsb([*ROWS[:2], ["007", "Łucja 😀", 13900139000, "007@example.com", None]]))
    return found


@pytest.mark.parametrize("kind", ["xls", "ods", "xlsb"])
def test_a_table_is_found_and_read_as_in_an_xlsx(files: dict[str, Path], kind: str) -> None:
    reading = read_file(files[kind])
    assert (reading.schema.name, reading.tab) == ("customer", "客户")
    first = 5 if kind != "xlsb" else 2
    cells = {row.position: [value_of(cell) for cell in row.cells] for row in reading.shown.rows}
    date = [dt.date(2024, 3, 5), dt.date(1999, 12, 31)] if kind != "xlsb" else [None, None]
    assert cells == {
        first: ["C1", "张三", "13800138000", "a@example.com", date[0]],
        first + 1: ["007", "Łucja 😀", "13900139000", "007@example.com", date[1]],
    }
    assert reading.addresses["phone"] == ("E" if kind != "xlsb" else "C")


@pytest.mark.parametrize("kind", ["xls", "ods", "xlsb"])
def test_a_plain_table_has_the_same_rows_whatever_the_kind(files: dict[str, Path], kind: str, tmp_path: Path) -> None:
    table = read_plain(files[kind])
    assert table.columns == tuple(ROWS[0])
    values = [[value_of(cell) for cell in row] for row in table.rows]
    assert [row[:2] for row in values] == [["C1", "张三"], ["007", "Łucja 😀"]]
    assert str(values[1][2]) == "13900139000"  # a number, and not 1.39E+10


def test_a_named_tab_is_read_though_it_is_hidden_and_an_unknown_one_is_named(files: dict[str, Path]) -> None:
    data = files["xls"].read_bytes()
    (tab,) = read_legacy(data, "book.xls", "HIDDEN")
    assert tab.rows == [(1, {1: RawCell(State.TEXT, "客户姓名")})]
    with pytest.raises(UserError) as caught:
        read_legacy(data, "book.xls", "none")
    assert (caught.value.code, caught.value.facts["tabs"]) == ("workbook.no_tab", ["客户"])


def test_values_keep_what_the_library_gives(converted: Callable[[openpyxl.Workbook, str], bytes]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    day = dt.datetime(2024, 3, 5, 10, 11, 12)
    book.active.append([0.1, 123456789012345, True, dt.time(9, 30), day, "=1/0", " 空 ", "1.0", dt.timedelta(hours=30)])
    (tab,) = read_legacy(converted(book, "xls"), "v.xls")
    cells = tab.rows[0][1]
    assert cells[1] == RawCell(State.NUMBER, "0.1")
    assert cells[2] == RawCell(State.NUMBER, "123456789012345")
    assert cells[3] == RawCell(State.BOOL, "1")
    assert (cells[4].state, round(float(cells[4].text) * 86400)) == (State.DATE, 34200)
    assert cells[5].state is State.DATE
    assert cells[5].text.startswith("45356.424444")
    assert 6 not in cells  # an error is as if empty: documented
    assert (cells[7].text, cells[8].text) == (" 空 ", "1.0")
    assert (cells[9].state, float(cells[9].text)) == (State.DATE, 1.25)


def test_1904_serials_are_the_days_that_people_see(converted: Callable[[openpyxl.Workbook, str], bytes]) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    assert book.active is not None
    book.active.append([dt.date(2024, 3, 5)])
    (tab,) = read_legacy(converted(book, "xls"), "d.xls")
    assert tab.rows[0][1][1] == RawCell(State.DATE, "45356", "yyyy-mm-dd")


def test_an_xlsx_under_another_name_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    sample().save(path)
    assert read_file(path).workbook is not None
    assert read_plain(path).columns == tuple(ROWS[0])


def test_nothing_is_written_into_such_a_file(files: dict[str, Path], tmp_path: Path) -> None:
    path = files["xls"]
    before = path.read_bytes()
    plan = plan_fix(path, None, None, dt.date(2026, 1, 1))
    attempts: list[Callable[[], object]] = [
        lambda: apply_fix(plan, None),
        lambda: apply_fix(plan, tmp_path / "out.xlsx"),
        lambda: patch_file(path, "客户", ["A1=x"], "text", None),
        lambda: kind_of(tmp_path / "out.ods", path),
        lambda: check_writes(Path("OLD.XLS")),
    ]
    for attempt in attempts:
        with pytest.raises(UserError) as caught:
            attempt()
        assert caught.value.code == "legacy.only_read"
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == []


def refused(data: bytes, name: str, limits: Limits | None = None) -> str:
    with pytest.raises(UserError) as caught:
        read_legacy(data, name, limits=limits)
    assert caught.value.exit_status == 2
    return caught.value.code


def zipped(**parts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("_", "."), content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "workbook.empty"),
        (b"\xef\xbb\xbf\r\n<html><table><tr><td>1</td></tr></table></html>", "legacy.is_html"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>", "legacy.is_html"),
        ("客户\t电话\n张三\t1\n".encode("gb18030"), "legacy.is_text"),
        ("客户\t电话\n".encode("utf-16"), "legacy.is_text"),
        (b"\x00\x01\x02\x03" * 40, "workbook.not_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "workbook.not_workbook"),
        (zipped(a_txt="x"), "legacy.other_zip"),
        (zipped(mimetype="application/vnd.oasis.opendocument.text", content_xml="<a/>"), "legacy.other_zip"),
        (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_xml="<a"), "legacy.damaged"),
        (b"PK\x03\x04" + b"\0" * 100, "workbook.truncated"),
    ],
)
def test_what_is_no_such_workbook_is_told_by_its_content(data: bytes, code: str) -> None:
    assert refused(data, "old.xls") == code


def test_a_password_is_said(files: dict[str, Path]) -> None:
    data = bytearray(files["xls"].read_bytes())
    start = data.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")  # the record that begins the workbook's stream
    data[start + 20 : start + 22] = b"\x2f\x00"  # the next one becomes FILEPASS
    assert refused(bytes(data), "locked.xls") == "workbook.encrypted"
    name = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml" manifest:size="9">'
    entry += '<manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
    manifest = f'<manifest:manifest xmlns:manifest="{name}">{entry}</manifest:manifest>'
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": "x",
        "META-INF/manifest.xml": manifest,
    }
    assert refused(zipped(**parts), "locked.ods") == "workbook.encrypted"


def test_time_memory_output_and_cells_are_limited(files: dict[str, Path]) -> None:
    data = files["xls"].read_bytes()
    assert refused(data, "a.xls", Limits(size=100)) == "legacy.too_large"
    assert refused(data, "a.xls", Limits(cells=3)) == "legacy.too_large_inside"
    assert refused(data, "a.xls", Limits(output=10)) == "legacy.too_large_inside"
    assert refused(data, "a.xls", Limits(seconds=0.001)) == "legacy.too_slow"
    assert refused(data, "a.xls", Limits(memory=1 << 20)) in {"legacy.reader_died", "legacy.too_large_inside"}


@pytest.mark.parametrize("rows", [1_048_576, 5_000])
def test_a_sheet_that_spans_the_grid_meets_the_limits_and_not_the_machine(rows: int) -> None:
    far = f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell office:value-type="string" '
    far += 'table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row>'
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="a">{far}'
    content += "</table:table></office:spreadsheet></office:body></office:document-content>"
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    parts = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content}
    data = zipped(**parts, **{"META-INF/manifest.xml": manifest})
    code = refused(data, "far.ods", Limits(memory=1 << 30, cpu_seconds=10, seconds=30))
    assert code in {"legacy.reader_died", "legacy.too_large_inside", "legacy.too_slow"}


def test_damage_is_one_sentence_or_a_result_and_leaves_nothing_behind(files: dict[str, Path], tmp_path: Path) -> None:
    chance = random.Random(7)
    left = set(Path(tempfile.gettempdir()).glob("sheetward-*"))
    codes = set()
    for kind in ("xls", "ods", "xlsb"):
        good = files[kind].read_bytes()
        for _ in range(12):
            bad = bytearray(good)
            for _ in range(chance.randint(1, 40)):
                bad[chance.randrange(8, len(bad))] = chance.randrange(256)
            cut = bytes(bad[: chance.choice([len(bad), len(bad), len(bad) // 2])])
            try:
                read_legacy(cut, f"bad.{kind}", limits=Limits(seconds=30, cpu_seconds=20, memory=2 << 30))
            except UserError as problem:
                codes.add(problem.code)
    assert codes
    assert all(code.startswith(("legacy.", "workbook.")) for code in codes)
    assert set(Path(tempfile.gettempdir()).glob("sheetward-*")) <= left


def test_without_the_extra_the_way_out_is_named(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "find_spec", lambda name: None)
    assert refused(files["xls"].read_bytes(), "a.xls") == "legacy.no_reader"


def test_a_table_is_not_written_under_such_a_name(tmp_path: Path) -> None:
    table = PlainTable("x", ("a",), (("1",),))
    with pytest.raises(UserError, match="only_read"):
        write_plain(table, tmp_path / "o.xls", kind_of(tmp_path / "o.xls", tmp_path / "o.xls"))


def test_the_reading_process_takes_no_module_from_the_folder_it_is_called_in(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python_calamine.py").write_text("import pathlib; pathlib.Path('caught').write_text('')")
    monkeypatch.chdir(tmp_path)
    assert read_legacy(files["xls"].read_bytes(), "a.xls")
    assert not (tmp_path / "caught").exists()


def test_the_page_names_every_case_and_the_limits_in_force() -> None:
    page = (Path(__file__).parents[2] / "docs" / "other-workbooks.md").read_text(encoding="utf-8")
    own = {code for code in catalogue() if code.startswith("legacy.")}
    assert own <= set(re.findall(r"`([a-z_.]+)`", page))
    limits = Limits()
    assert (limits.size >> 20, limits.memory >> 30, limits.output >> 30) == (256, 4, 2)
    assert (limits.cpu_seconds, limits.seconds, limits.cells) == (120, 300, 20_000_000)
    for figure in ("256 MB", "4 GB", "20,000,000", "2 GB", "120 s", "300 s"):
        assert figure in page


@pytest.mark.parametrize("kind", ["xls", "ods", "xlsb"])
def test_a_schema_is_drafted_and_tables_are_compared_and_merged(
    files: dict[str, Path], kind: str, tmp_path: Path
) -> None:
    draft = drafted(files[kind], None)
    assert [field.name for field in draft.fields[:4]] == ["customer_id", "name", "phone", "email"]
    assert draft.key == "customer_id"
    old = read_plain(files[kind])
    write_plain(old, tmp_path / "new.csv", ".csv")
    assert not compared(old, read_plain(tmp_path / "new.csv"), ("客户编号",)).added


def test_truth_is_kept(converted: Callable[[openpyxl.Workbook, str], bytes]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = True
    files = {"xls": converted(book, "xls"), "xlsb": xlsb([[True]])}
    cells = [read_legacy(data, f"t.{kind}")[0].rows[0][1][1] for kind, data in files.items()]
    assert cells == [RawCell(State.BOOL, "1")] * 2
