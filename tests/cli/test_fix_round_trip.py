"""`fix` on messy workbooks: what it lists is what changes and nothing else, once and for all, and it can be taken back."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill

Run = Callable[..., Any]

HEADERS = [
    "客户编号",
    "客户姓名",
    "联系电话",
    "电子邮件",
    "公司名称",
    "国家",
    "上下游",
    "建档日期",
    "身份证号",
    "备注",
    "内部",
]
MESSY: dict[str, list[object]] = {
    "客户姓名": ["张 三", "李四", "  王五 ", "Ｊｏｈｎ  Smith", "欧 阳 娜 娜"],
    "联系电话": ["138 0013 8000", "１３９００１３９０００", "13700137000", "+86-136-0013-6000", "1380013800", "010-62345678转8", 13500135000],
    "电子邮件": ["Li@Example.COM", "<a@example.com>", "a@example。com", "a@", "a@b.cn; c@d.cn", None, "x@gmial.com"],
    "公司名称": ["某  公司", "ＡＢＣ有限公司", "某公司", None],
    "国家": ["中国", "CHN", "Korea", "deutschland", None, "美国"],
    "上下游": ["下游客户", "UPSTREAM", "供应商", "下游", None],
    "建档日期": ["2024/3/5", "2024年3月5日", "20240305", 45356, "03/04/2024", "31/12/2023", None, "2024-02-30"],
    "身份证号": ["11010519491231002x", "110105 19491231 002X", "110105194912310000", None],
    "备注": ["a\nb", "=1+1 is two", "'quoted", None, "  two  "],
    "内部": ["keep  me ", "=A1&B1", 3.14, None],
}  # fmt: skip


def _messy(path: Path, seed: int) -> None:
    """Write a workbook as people keep them: styles, notes, a conditional format, a formula, a second tab, columns of their own."""
    dice = random.Random(seed)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "客户"
    order = HEADERS[:1] + dice.sample(HEADERS[1:], len(HEADERS) - 1)
    sheet.append(order)
    for number in range(dice.randint(3, 25)):
        sheet.append([f"C{number + 1:03d}" if head == "客户编号" else dice.choice(MESSY[head]) for head in order])
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if dice.random() < 0.1:
                cell.fill = PatternFill("solid", fgColor="FFFF00")
            if dice.random() < 0.05:
                cell.font = Font(bold=True, color="FF0000")
    sheet["B2"].comment = Comment("ask him", "Li")
    sheet.conditional_formatting.add("C2:C9", CellIsRule(operator="equal", formula=['"x"'], font=Font(bold=True)))
    sheet.freeze_panes = "B2"
    other = book.create_sheet("Other")
    other.append(["138 0013 8000", "  stays "])
    book.defined_names["Whole"] = openpyxl.workbook.defined_name.DefinedName("Whole", attr_text="客户!$A$1:$K$9")
    book.save(path)


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _cells(part: bytes) -> dict[str, str]:
    """Give each cell of a sheet's part as it is written."""
    text = part.decode()
    return dict(re.findall(r'(?s)<c r="([A-Z]+[0-9]+)"([^>]*?(?:/>|>.*?</c>))', text))


def _around(part: bytes) -> str:
    """Give a sheet's part without its cells."""
    return re.sub(r"(?s)<sheetData>.*</sheetData>", "", part.decode())


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 60))])
def test_what_fix_lists_is_what_changes(
    sheetward: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "messy.xlsx"
    _messy(path, seed)
    before = path.read_bytes()
    known = sheetward("validate", path, "--json").json["findings"]
    shown = sheetward("fix", path, "--dry-run", "--json").json
    assert path.read_bytes() == before

    done = sheetward("fix", path, "--json").json

    assert done["changed"] == shown["changed"]  # the plan is what happens
    after = path.read_bytes()
    old, new = _parts(before), _parts(after)
    assert old.keys() == new.keys()
    sheet = "xl/worksheets/sheet1.xml"
    assert {name for name in old if old[name] != new[name]} <= {sheet, "xl/styles.xml"}
    listed = {change["cell"] for change in done["changed"]}
    cells = _cells(old[sheet]), _cells(new[sheet])
    assert {address for address in cells[0] if cells[0][address] != cells[1].get(address)} == listed
    assert _around(old[sheet]) == _around(new[sheet])

    # Nothing of what was fixed is a finding, all else is found as before.
    left = sheetward("validate", path, "--json").json["findings"]
    assert [(f["cell"], f["code"]) for f in left] == [(f["cell"], f["code"]) for f in known]
    assert [(f["cell"], f["code"]) for f in done["left"]] == [(f["cell"], f["code"]) for f in left]
    unsettled = {f["cell"] for f in left if f["severity"] == "error" and not f["code"].startswith(("key.", "field."))}
    assert unsettled.isdisjoint(listed)
    assert all(len(f["candidates"]) <= 3 for f in left)

    # Twice is once, and the copy that was kept is the way back.
    assert sheetward("fix", path, "--json").json["changed"] == []
    assert path.read_bytes() == after
    copies = [one.read_bytes() for one in (tmp_path / "state").rglob("*.xlsx") if one.is_file()]
    assert (before in copies) == bool(listed)


def test_an_uncertain_value_is_offered_and_never_written(sheetward: Run, tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    header = "客户编号,客户姓名,联系电话,电子邮件,国家,上下游,建档日期\n"
    path.write_text(
        header + "C1,张三,13800138000 13900139000,a b@example.com,Korea,下游,03/04/2024\n", encoding="utf-8"
    )
    done = sheetward("fix", path, "--json").json
    assert done["changed"] == []
    assert {f["field"]: f["candidates"] for f in done["left"]} == {
        "phone": ["13800138000", "13900139000"],
        "email": ["b@example.com", "ab@example.com"],
        "country": ["KR", "KP"],
        "direction": ["上下游", "下游客户"],
        "created_on": ["2024-04-03", "2024-03-04"],
    }
    assert [f["suggestion"] for f in done["left"]] == [None] * 5
