"""`validate`, `fix`, `patch`, `template`, `normalize` on files as people have them, and on files that are none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]

HEADER = "客户编号,客户姓名,联系电话,电子邮件,公司名称,国家"
DIRTY = f"""{HEADER}
C1,张三,138 0013 8000,a@exmaple,某公司,中国
C1,李四,1234,li@example.com,"ＡＢＣ 公司 ",中国
C3,王五,13900139000,wang@example.com,,中国
"""


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def workbook(path: Path, text: str, title: str = "客户") -> Path:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.title = title
    for line in text.strip().splitlines():
        made.active.append([cell.strip('"') or None for cell in line.split(",")])
    made.save(path)
    return path


def dirty(folder: Path, ending: str) -> Path:
    if ending == "xlsx":
        return workbook(folder / "d.xlsx", DIRTY)
    path = folder / "d.csv"
    path.write_text(DIRTY, encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_validate_names_every_wrong_cell(sheetward: Run, tmp_path: Path, ending: str) -> None:
    call = sheetward("validate", dirty(tmp_path, ending), "--json")
    assert call.status == 1
    report = call.json
    assert report.keys() == {"file", "tab", "table", "rows", "findings", "summary"}
    assert (report["table"], report["rows"], report["tab"]) == ("customer", 3, "客户" if ending == "xlsx" else None)
    found = {(f["cell"], f["field"], f["code"]) for f in report["findings"]}
    assert {
        ("A2", "customer_id", "key.duplicate"),
        ("C3", "phone", "phone.length"),
        ("D2", "email", "email.form"),
    } <= found
    one = next(f for f in report["findings"] if f["cell"] == "C3")
    assert (one["column"], one["value"], one["row"], one["severity"]) == ("联系电话", "1234", 3, "error")
    assert report["summary"]["errors"] == len(report["findings"])


def test_a_clean_file_exits_0(sheetward: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(f"{HEADER}\nC3,王五,13900139000,wang@example.com,,中国\n", encoding="utf-8")
    assert sheetward("validate", path).status == 0


def test_of_masked_cells_nothing_is_said(sheetward: Run, tmp_path: Path) -> None:
    path = tmp_path / "masked.csv"
    path.write_text(f"{HEADER}\nC3,王五,••••••,••••••,,中国\nC4,赵六,1234,••••••,,中国\n", encoding="utf-8")
    found = sheetward("validate", path, "--json").json["findings"]
    assert [(f["cell"], f["code"]) for f in found] == [("C3", "phone.length")]


def test_the_small_table_that_people_start_with_validates_as_it_stands(sheetward: Run, tmp_path: Path) -> None:
    assert sheetward("template", "customer", "-o", "small.xlsx", "--lang", "zh").status == 0
    call = sheetward("validate", "small.xlsx", "--json")
    assert (call.status, call.json["table"], call.json["rows"]) == (0, "customer", 0)


def test_a_report_is_written_as_a_page(sheetward: Run, tmp_path: Path) -> None:
    assert sheetward("validate", dirty(tmp_path, "csv"), "--html", tmp_path / "r.html", "--lang", "zh").status == 1
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "1234" in page
    assert "联系电话" in page


def test_the_schema_and_the_tab_can_be_named(sheetward: Run, tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", "编号,名\nC1,x", "甲")
    assert sheetward("validate", path, "--json").json["error"]["code"] == "table.no_schema"
    assert sheetward("validate", path, "--schema", "custmer", "--json").json["error"]["code"] == "schema.unknown"
    named = sheetward("validate", dirty(tmp_path, "xlsx"), "--schema", "customer", "--tab", "无", "--json")
    assert (named.status, named.json["error"]["code"]) == (2, "workbook.no_tab")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_fix_writes_what_is_certain_and_lists_old_and_new(sheetward: Run, tmp_path: Path, ending: str) -> None:
    path = dirty(tmp_path, ending)
    before = path.read_bytes()
    dry = sheetward("fix", path, "--dry-run", "--json")
    assert path.read_bytes() == before
    assert dry.json["changed"][0] == {
        "cell": "C2",
        "field": "phone",
        "old": "138 0013 8000",
        "new": "13800138000",
        "code": "fix.format",
    }
    done = sheetward("fix", path, "--json")
    assert done.json["changed"] == dry.json["changed"]
    assert {f["code"] for f in done.json["left"]} == {"key.duplicate", "phone.length", "email.form"}
    assert sheetward("fix", path, "--json").json["changed"] == []
    (copy,) = [one for one in (tmp_path / "state").rglob(f"*.{ending}") if one.is_file()]
    assert copy.read_bytes() == before


def test_choices_are_shown_in_the_language_of_the_headers(sheetward: Run, tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("Customer ID,Name,Phone,Direction,Kind\nC1,Li,13800138000,UPSTREAM,潜在\n", encoding="utf-8")
    assert sheetward("fix", path, "--json").json["changed"] == [
        {"cell": "D2", "field": "direction", "old": "UPSTREAM", "new": "Upstream supplier", "code": "fix.format"}
    ]
    path.write_text("Customer ID,Name,Phone,Direction\nC1,Li,13800138000,supplier\n", encoding="utf-8")
    (found,) = sheetward("validate", path, "--json", "--lang", "en").json["findings"]
    assert (found["code"], found["suggestion"]) == ("category.unknown", "Upstream supplier")


def test_fix_into_another_file_leaves_the_original(sheetward: Run, tmp_path: Path) -> None:
    path = dirty(tmp_path, "xlsx")
    before = path.read_bytes()
    assert sheetward("fix", path, "--out", "fixed.xlsx").status == 1
    assert path.read_bytes() == before
    assert openpyxl.load_workbook("fixed.xlsx").active["C2"].value == "13800138000"  # type: ignore[index]


def test_patch_writes_cells_and_touches_no_other_part(sheetward: Run, tmp_path: Path) -> None:
    path = dirty(tmp_path, "xlsx")
    before = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    assert sheetward("patch", path, "--tab", "客户", "--set", "B2=007", "--set", "H9=x").status == 0
    assert sheetward("patch", path, "--tab", "客户", "--set", "I9=12.50", "--set-type", "number").status == 0
    assert sheetward("patch", path, "--tab", "客户", "--set", "J9=2026-05-01", "--set-type", "date").status == 0
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert (sheet["B2"].value, sheet["H9"].value, sheet["I9"].value) == ("007", "x", 12.5)
    assert str(sheet["J9"].value)[:10] == "2026-05-01"
    after = zipfile.ZipFile(path)
    untouched = [name for name in before.namelist() if "theme" in name or "docProps" in name]
    assert untouched
    assert all(after.read(name) == before.read(name) for name in untouched)


PATCH = [
    (("--set", "2B=x"), "usage.cell"),
    (("--set", "B2"), "usage.cell"),
    (("--set", "XFE1=x"), "usage.cell"),
    (("--set", "B2=x", "--set-type", "number"), "patch.value"),
    (("--set", "B2=soon", "--set-type", "date"), "patch.value"),
    (("--set", "B2=maybe", "--set-type", "bool"), "patch.value"),
]


@pytest.mark.parametrize(("arguments", "code"), PATCH, ids=[" ".join(a) for a, _ in PATCH])
def test_a_cell_that_makes_no_sense_is_named(sheetward: Run, tmp_path: Path, arguments: Any, code: str) -> None:
    path = dirty(tmp_path, "xlsx")
    before = path.read_bytes()
    call = sheetward("patch", path, "--tab", "客户", *arguments, "--json")
    assert (call.status, call.json["error"]["code"]) == (2, code)
    assert path.read_bytes() == before


def test_normalize_is_a_filter(sheetward: Run) -> None:
    call = sheetward("normalize", "phone", stdin="138 0013 8000\n\n12\n")
    assert call.out.splitlines() == ["+8613800138000\t", "\t", "\tphone.length"]
    assert call.status == 1
    assert sheetward("normalize", "date", "--options", '{"order": "DMY"}', stdin="03/04/2026\n").out == "2026-04-03\t\n"


def test_a_template_is_not_written_over_a_file(sheetward: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.xlsx").write_bytes(b"mine")
    assert sheetward("template", "customer", "-o", "mine.xlsx").status == 2
    assert (tmp_path / "mine.xlsx").read_bytes() == b"mine"


def bad_files(folder: Path) -> dict[str, Path]:
    """Make files that are no workbook, each in its own way."""

    def put(name: str, content: bytes) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    good = dirty(folder, "xlsx").read_bytes()
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    return {
        "missing": folder / "none.xlsx",
        "folder": folder,
        "text": put("text.xlsx", b"not a workbook"),
        "empty": put("empty.xlsx", b""),
        "old": put("old.xlsx", ole),
        "cut": put("cut.xlsx", good[: len(good) // 2]),
        "xls": put("old.xls", ole),
        "binary csv": put("b.csv", b"a,b\0\n1,2\n"),
        "empty csv": put("e.csv", b""),
    }


@pytest.mark.parametrize("kind", ["missing", "folder", "text", "empty", "old", "cut", "xls", "binary csv", "empty csv"])
@pytest.mark.parametrize("command", ["validate", "fix", "infer"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_that_is_none_gets_one_sentence_and_a_way_out(
    sheetward: Run, tmp_path: Path, kind: str, command: str, lang: str
) -> None:
    path = bad_files(tmp_path)[kind]
    before = sorted(tmp_path.iterdir())
    call = sheetward(command, path, "--lang", lang)
    assert call.status == 2
    assert call.out == ""
    sentence, hint = call.err.strip().splitlines()
    assert sentence
    assert hint
    assert any("\u4e00" <= sign <= "\u9fff" for sign in hint) == (lang == "zh")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", [("fix",), ("patch", "--tab", "客户", "--set", "B2=x")])
def test_a_file_that_is_open_or_read_only_is_not_written(
    sheetward: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    path = dirty(tmp_path, "xlsx")
    before = path.read_bytes()
    marker = tmp_path / f".~lock.{path.name}#"
    marker.write_text(",somebody,elsewhere,01.01.2026 10:00,file:///x;")
    call = sheetward(command[0], path, *command[1:], "--json")
    assert (call.status, call.json["error"]["code"]) == (3, "sheet.open")
    marker.unlink()
    path.chmod(0o444)
    call = sheetward(command[0], path, *command[1:], "--json")
    assert (call.status, call.json["error"]["code"]) == (2, "file.read_only")
    path.chmod(0o644)
    assert path.read_bytes() == before


def test_a_schema_of_ones_own_is_enough(sheetward: Run, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "name: own\nfields:\n  - {name: code, title: 编码, constraints: {required: true}}\n  - {name: n, type: integer}\n",
        encoding="utf-8",
    )
    (tmp_path / "t.csv").write_text("编码,n\na,1\n,x\n", encoding="utf-8")
    call = sheetward("validate", "t.csv", "--schema", "own.yaml", "--json")
    assert call.status == 1
    assert {f["cell"] for f in call.json["findings"]} == {"A3", "B3"}
    assert sheetward("schema", "check", "own.yaml").status == 0


def test_a_misspelt_key_of_a_schema_is_named_with_its_line(sheetward: Run, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("name: own\nfields:\n  - {name: code, constraint: {required: true}}\n")
    call = sheetward("schema", "check", "own.yaml")
    assert call.status == 2
    assert "line 3" in call.err
    assert "constraints" in sheetward("schema", "check", "own.yaml", "--json").out


@pytest.mark.parametrize(
    "command",
    [
        ("init",),
        ("init", "below"),
        ("template", "customer", "-o", "t.xlsx"),
        ("fix", "../d.csv", "--out", "f.csv"),
        ("validate", "../d.csv", "--html", "r.html"),
    ],
    ids=" ".join,
)
def test_a_folder_that_cannot_be_written_is_named(
    sheetward: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    dirty(tmp_path, "csv")
    folder = tmp_path / "locked"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.chmod(0o555)
    try:
        call = sheetward(*command, "--json")
        assert (call.status, call.json["error"]["code"]) == (2, "folder.read_only")
        assert list(folder.iterdir()) == []
    finally:
        folder.chmod(0o755)
