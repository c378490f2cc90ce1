"""The list of bad workbooks: for each what a call says to it, in both languages, and its exit status.

`python -m tests.e2e.bad_workbooks` makes every file, makes the calls and writes `docs/bad-files.md`;
`tests/e2e/test_bad_workbooks.py` compares that page with what the calls say.
"""

from __future__ import annotations

import contextlib
import struct
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import xlsxwriter
from sheetward.xlsx.reader import MAX_CELLS, RowReader

from tests.fuzz.archive import Archive
from tests.legacy.binary_book import xlsb

from .bad_files import called, digests, doubled, locked, members, old_xls, truncated, with_doctype

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bad-files.md"
HEADERS = ("客户编号", "客户姓名", "联系电话", "建档日期")
SHEET = "xl/worksheets/sheet1.xml"
READ = ("validate", "bad.xlsx", "--schema", "customer")
WRITE = ("patch", "bad.xlsx", "--tab", "客户", "--set", "B3=新")
HEAD = """# Bad files

Written by `python -m tests.e2e.bad_workbooks` from real calls on real files; do not edit. `tests/e2e/test_bad_workbooks.py` compares
this page with what the calls say today. The way out follows after the arrow. A refused file is never changed, and nothing is left
beside it. Reading is `validate`, writing is `patch`; `bind`, `sync` and `fix` say the same.

| what | 是什么 | call | exit | code | 中文 | English |
|---|---|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad workbook: what it is in English and Chinese, how it is made, the call, and what holds during it."""

    what: str
    name_zh: str
    make: Callable[[Path], object]
    arguments: tuple[str, ...] = READ
    limits: Callable[[], contextlib.AbstractContextManager[object]] = contextlib.nullcontext

    @property
    def file(self) -> str:
        """Give the name of the file."""
        return self.arguments[1]


def customers(folder: Path, decorate: Callable[[Any, Any], object] | None = None) -> Path:
    """Make a good workbook of customers."""
    path = folder / "bad.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("客户")
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADERS)
        for number, name in enumerate(("王五", "赵六", "孙八"), 1):
            sheet.write_row(number, 0, (f"C00{number}", name, f"1380013800{number}"))
            sheet.write_number(number, 3, 45000 + number, date)
        if decorate is not None:
            decorate(book, sheet)
    return path


def part(name: str, find: str, put: str) -> Callable[[Path], None]:
    """Give what makes a workbook in which a text of one part is another."""

    def make(folder: Path) -> None:
        path = customers(folder)
        parts = members(path)
        assert find.encode() in parts[name], find
        parts[name] = parts[name].replace(find.encode(), put.encode(), 1)
        _write(path, parts)

    return make


def added(name: str, content: bytes) -> Callable[[Path], None]:
    """Give what makes a workbook with one part more."""
    return lambda folder: _write(customers(folder), {**members(folder / "bad.xlsx"), name: content})


def zipped(change: Callable[[Archive], object]) -> Callable[[Path], None]:
    """Give what makes a workbook whose zip records lie."""

    def make(folder: Path) -> None:
        path = customers(folder)
        archive = Archive.of(path.read_bytes())
        change(archive)
        path.write_bytes(archive.written())

    return make


def _sheet(archive: Archive) -> Any:
    return next(one for one in archive.entries if one.name == SHEET.encode())


def _write(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)


def overlap(archive: Archive) -> None:
    """Let one part reach into the next."""
    one = _sheet(archive)
    one.local["compressed"] = one.central["compressed"] = len(one.compressed()) + 100


def rights_managed(folder: Path) -> None:
    """Make the beginning of an OLE file as rights management writes it."""
    entries = b""
    for word in ("Root Entry", "EncryptedPackage", "DRMEncryptedDataSpace", "DRMEncryptedTransform"):
        name = word.encode("utf-16-le") + b"\0\0"
        entries += name.ljust(64, b"\0") + struct.pack("<H", len(name)) + b"\x02\x01" + b"\0" * 60
    (folder / "bad.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + entries)


def bomb(archive: Archive) -> None:
    """Let a sheet unpack to 120 MB."""
    _sheet(archive).content = _sheet(archive).content.replace(b"</sheetData>", b" " * 120_000_000 + b"</sheetData>")


def lying_bomb(archive: Archive) -> None:
    """Let a sheet unpack to 20 MB and say 4 kB."""
    bomb_sheet = _sheet(archive)
    bomb_sheet.content = bomb_sheet.content.replace(b"</sheetData>", b" " * 20_000_000 + b"</sheetData>")
    bomb_sheet.local["size"] = bomb_sheet.central["size"] = 4000


def many_parts(folder: Path) -> None:
    """Make a workbook of 10,001 parts."""
    parts = members(customers(folder))
    _write(folder / "bad.xlsx", {**parts, **{f"xl/media/{n}": b"" for n in range(10_001 - len(parts))}})


@contextlib.contextmanager
def few_cells() -> Iterator[None]:
    """Let the count of cells begin right below its limit: a file of 20 million takes a minute to make."""
    begin = RowReader.__init__

    def begun(self: RowReader, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        self._cells = MAX_CELLS - 5

    with mock.patch.object(RowReader, "__init__", begun):
        yield


def _protect(_book: Any, sheet: Any) -> None:
    sheet.protect("secret")


def _merge(book: Any, sheet: Any) -> None:
    sheet.merge_range("B2:B3", "王五", book.add_format())


def _array(_book: Any, sheet: Any) -> None:
    sheet.write_array_formula("B2:B4", "{=A2:A4}", None, "x")


def _table(_book: Any, sheet: Any) -> None:
    sheet.add_table("B3:D5", {"columns": [{"header": name} for name in ("新表", "b", "c")]})


def torn_xlsb(folder: Path) -> None:
    """Make an .xlsb whose sheet is cut off."""
    archive = Archive.of(xlsb([HEADERS[:2], ("C1", "王五")]))
    entry = next(one for one in archive.entries if one.name.endswith(b"sheet1.bin"))
    entry.content = entry.content[:-9]
    (folder / "bad.xlsb").write_bytes(archive.written())


def web_page(folder: Path) -> None:
    """Make a web page under the name of a workbook, as many programs export."""
    (folder / "bad.xls").write_text("<html><table><tr><td>客户编号</td></tr></table></html>", encoding="utf-8")


def _bytes(data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "bad.xlsx").write_bytes(data)


def _dated(serial: str) -> Callable[[Path], None]:
    return part(SHEET, "<v>45001</v>", f"<v>{serial}</v>")


def _decorated(decorate: Callable[[Any, Any], object]) -> Callable[[Path], object]:
    return lambda folder: customers(folder, decorate)


BAD: tuple[Bad, ...] = (
    Bad("protected by a password", "设有打开密码", locked),
    Bad(
        "protected by rights management (IRM, a sensitivity label)", "受权限管理（IRM、敏感度标签）保护", rights_managed
    ),
    Bad("an .xls under the name of an .xlsx", "改名为 .xlsx 的 .xls", old_xls),
    Bad("no workbook at all", "根本不是工作簿", _bytes(b"\x89PNG\r\n" + bytes(200))),
    Bad("empty", "空文件", _bytes(b"")),
    Bad("a web page named .xls", "名为 .xls 的网页", web_page, ("validate", "bad.xls", "--schema", "customer")),
    Bad("a damaged .xlsb", "损坏的 .xlsb", torn_xlsb, ("validate", "bad.xlsb", "--schema", "customer")),
    Bad("cut off", "不完整（下载或复制中断）", truncated),
    Bad("a part twice, in other letters", "同一部件出现两次（大小写不同）", doubled),
    Bad("a part whose checksum is wrong", "部件校验和不对", zipped(lambda a: _sheet(a).central.update(crc=1))),
    Bad("parts that overlap", "部件互相重叠", zipped(overlap)),
    Bad("a part whose name leads outside", "部件名指向外面", added("../evil.xml", b"<a/>")),
    Bad("a part encrypted by the zip format", "部件用 zip 加密", zipped(lambda a: _sheet(a).central.update(flags=1))),
    Bad(
        "a part packed in another way",
        "部件用其他方式压缩",
        zipped(lambda a: _sheet(a).central.update(method=93) or _sheet(a).local.update(method=93)),
    ),
    Bad("a symbolic link", "符号链接", zipped(lambda a: _sheet(a).central.update(attributes=0o120777 << 16))),
    Bad("more than 10,000 parts", "部件超过 10,000 个", many_parts),
    Bad("a zip bomb", "压缩炸弹", zipped(bomb)),
    Bad("a zip bomb that lies about its size", "谎报大小的压缩炸弹", zipped(lying_bomb)),
    Bad("a document type (DOCTYPE) with entities", "带实体的 DOCTYPE", with_doctype(SHEET)),
    Bad(
        "another encoding than UTF-8 and UTF-16",
        "UTF-8、UTF-16 以外的编码",
        part(SHEET, 'encoding="UTF-8"', 'encoding="GBK"'),
    ),
    Bad(
        "a tab whose part is missing",
        "缺少工作表部件",
        part("xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", "worksheets/gone.xml"),
    ),
    Bad(
        "a tab that lies outside the file",
        "工作表指向文件之外",
        part("xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", "../../../etc/passwd"),
    ),
    Bad("markup that is no XML", "不是 XML 的内容", part(SHEET, "<sheetData>", "<sheetData><")),
    Bad("a cell beyond column XFD", "单元格超出 XFD 列", part(SHEET, 'r="D2"', 'r="XFE2"')),
    Bad("a row beyond 1,048,576", "超出第 1,048,576 行", part(SHEET, '<row r="4"', '<row r="1048577"')),
    Bad("rows out of order", "行的顺序混乱", part(SHEET, '<row r="4"', '<row r="2"')),
    Bad("more than 20 million cells in a tab", "一个工作表超过 2000 万个单元格", customers, limits=few_cells),
    Bad(
        "a text that is not in the table of texts",
        "引用了不存在的共享文本",
        part(SHEET, 't="s"><v>4<', 't="s"><v>4000<'),
    ),
    Bad("a format that is not there", "引用了不存在的格式", part(SHEET, 'r="D2" s="1"', 'r="D2" s="77"')),
    Bad("the date -1", "日期 -1", _dated("-1")),
    Bad("the date 60, 29 February 1900", "日期 60（1900 年 2 月 29 日）", _dated("60")),
    Bad("a date beyond the year 9999", "超出 9999 年的日期", _dated("2958466")),
    Bad("digitally signed, written", "带数字签名（写入时）", added("_xmlsignatures/sig1.xml", b"<a/>"), WRITE),
    Bad(
        "in the old shared mode, written",
        "旧式共享模式（写入时）",
        added("xl/revisions/revisionHeaders.xml", b"<a/>"),
        WRITE,
    ),
    Bad("a protected tab, written", "受保护的工作表（写入时）", _decorated(_protect), WRITE),
    Bad("a cell inside a merged area, written", "合并区域内的单元格（写入时）", _decorated(_merge), WRITE),
    Bad("a cell of an array formula, written", "数组公式的单元格（写入时）", _decorated(_array), WRITE),
    Bad("the header of a table object, written", "表格对象的标题（写入时）", _decorated(_table), WRITE),
)


def said(bad: Bad, folder: Path, lang: str) -> tuple[int, str, str]:
    """Make the file and the call; give exit status, code, and the sentence with its way out."""
    bad.make(folder)
    before = digests(folder)
    with bad.limits():
        call = called(folder, *bad.arguments, "--json", "--lang", lang)
    assert digests(folder) == before
    told = call.json
    if "error" in told:
        error = told["error"]
        text = f"{error['message']} → {error['hint']}"
        return call.status, error["code"], text.replace(str(folder), "…")
    found = [one for one in told["findings"] if one["severity"] == "error"]
    assert len(found) == 1, found
    finding = found[0]
    way_out = f" → {finding['suggestion']}" if finding["suggestion"] else ""
    return call.status, finding["code"], f"{finding['cell']}: {finding['message']}{way_out}"


def line(bad: Bad) -> str:
    """Give the row of the page for a bad workbook."""
    with tempfile.TemporaryDirectory() as name:
        chinese = said(bad, Path(name), "zh")
    with tempfile.TemporaryDirectory() as name:
        english = said(bad, Path(name), "en")
    assert chinese[:2] == english[:2]
    cells = (bad.what, bad.name_zh, bad.arguments[0], str(chinese[0]), f"`{chinese[1]}`", chinese[2], english[2])
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def page() -> str:
    """Give the page."""
    return "\n".join([HEAD, *map(line, BAD)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
