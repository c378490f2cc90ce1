"""The check after writing: each kind of damage is seen before a user's file is replaced."""

from __future__ import annotations

import io

import pytest
from sheetward.errors import IntegrityError
from sheetward.xlsx.edits import AppendedRow, CellEdit, PatchReport, PutBlank, PutDate, PutNumber, PutText, SheetEdit
from sheetward.xlsx.package import Package, write_package
from sheetward.xlsx.patch import patch
from sheetward.xlsx.verify import SECOND_READER_UP_TO, verify

from .corpus import BY_NAME, written

EDIT = SheetEdit(
    "客户",
    (CellEdit(2, 2, PutText("新名字")), CellEdit(3, 5, PutDate("45356")), CellEdit(4, 6, PutBlank())),
    appended=(AppendedRow({1: PutText("C9"), 5: PutNumber("3.25")}),),
    after_row=6,
    header_row=1,
)
SHEET = "xl/worksheets/sheet1.xml"


def patched_once(data: bytes) -> tuple[Package, Package, PatchReport]:
    before, out = Package(data, "t.xlsx"), io.BytesIO()
    report = patch(before, [EDIT], None, out)
    return before, Package(out.getvalue(), "t.xlsx"), report


def changed(package: Package, part: str, old: bytes, new: bytes) -> Package:
    content = package.read(part)
    assert old in content
    out = io.BytesIO()
    write_package(package, out, {part: content.replace(old, new, 1)})
    return Package(out.getvalue(), "t.xlsx")


def test_a_good_patch_passes_with_the_second_reader() -> None:
    assert verify(*patched_once(written())[:2], [EDIT], patched_once(written())[2])


@pytest.mark.parametrize(
    ("part", "old", "new", "place"),
    [
        (SHEET, "新名字".encode(), "旧名字".encode(), "客户!B2"),
        (SHEET, b"<v>45356</v>", b"<v>45357</v>", "客户!E3"),
        (SHEET, b'<c r="F4"/>', b'<c r="F4"><v>1</v></c>', "客户!F4"),
        (SHEET, b"<v>3.25</v>", b"<v>3.5</v>", "客户!E7"),
        (SHEET, b'<c r="A7"', b'<c r="B7"', "客户!A7"),
        ("docProps/core.xml", b"dcterms:W3CDTF", b"dcterms:W3CDTG", "docProps/core.xml"),
        ("xl/theme/theme1.xml", b"Office", b"Orifice", "xl/theme/theme1.xml"),
    ],
)
def test_a_wrong_cell_or_a_touched_part_is_named(part: str, old: bytes, new: bytes, place: str) -> None:
    before, after, report = patched_once(written())
    with pytest.raises(IntegrityError) as failure:
        verify(before, changed(after, part, old, new), [EDIT], report)
    assert failure.value.code == "patch.verify_failed"
    assert failure.value.facts["place"] == place


@pytest.mark.parametrize("part", ["xl/theme/theme1.xml", "docProps/app.xml"])
def test_a_lost_part_is_seen(part: str) -> None:
    before, after, report = patched_once(written())
    out = io.BytesIO()
    write_package(after, out, removed={part})
    with pytest.raises(IntegrityError):
        verify(before, Package(out.getvalue(), "t.xlsx"), [EDIT], report)


def test_a_result_that_openpyxl_cannot_open_fails_if_it_could_open_the_original() -> None:
    before, after, report = patched_once(written())
    broken = changed(after, "xl/styles.xml", b"</cellXfs>", b"</cellXfz>")
    with pytest.raises(IntegrityError) as failure:
        verify(before, broken, [EDIT], report)
    assert failure.value.facts["place"] == "openpyxl"


def test_where_the_second_reader_cannot_judge_it_says_so() -> None:
    assert not verify(*patched_once(BY_NAME["strict"].build())[:2], [EDIT], patched_once(BY_NAME["strict"].build())[2])
    big = "x" * 30_000
    many = SheetEdit("客户", tuple(CellEdit(n, 9, PutText(big)) for n in range(20, 21 + SECOND_READER_UP_TO // 30_000)))
    before, out = Package(written(), "t.xlsx"), io.BytesIO()
    report = patch(before, [many], None, out)
    assert not verify(before, Package(out.getvalue(), "t.xlsx"), [many], report)
