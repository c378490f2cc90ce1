"""What a command writes beside a person's files: an earlier result is made anew, anything else stays as it is.

> No option that names a place for a result costs anybody a file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("a.xlsx", "b.xlsx"):
        book = openpyxl.Workbook()
        tab = book.active
        assert tab is not None
        tab.title = name
        for row in (("客户编号", "客户姓名", "联系电话"), ("C1", "张 三", "138 0013 8000"), ("C2", "李四", "1234")):
            tab.append(row)
        book.save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("by hand", encoding="utf-8")
    (tmp_path / "own.html").write_text("<!doctype html><title>older page</title>", encoding="utf-8")
    (tmp_path / "bound.csv").write_text("客户编号,_sheetward_id\r\nC1,r1\r\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (("validate", "a.xlsx", "--html", "a.xlsx"), "result.is_input"),
        (("validate", "a.xlsx", "--xlsx", "a.xlsx"), "result.is_input"),
        (("validate", "a.xlsx", "--html", "b.xlsx"), "template.exists"),
        (("validate", "a.xlsx", "--xlsx", "b.xlsx"), "template.exists"),
        (("validate", "a.xlsx", "--html", "notes.txt"), "template.exists"),
        (("diff", "a.xlsx", "b.xlsx", "--html", "b.xlsx"), "result.is_input"),
        (("fix", "a.xlsx", "-o", "a.xlsx"), "result.is_input"),
        (("fix", "a.xlsx", "-o", "b.xlsx"), "template.exists"),
        (("patch", "a.xlsx", "--tab", "a.xlsx", "--set", "A2=C9", "-o", "b.xlsx"), "template.exists"),
        (("merge", "a.xlsx", "a.xlsx", "b.xlsx", "-o", "b.xlsx"), "result.is_input"),
        (("merge", "a.xlsx", "a.xlsx", "b.xlsx", "-o", "bound.csv"), "template.exists"),
    ],
    ids=" ".join,
)
def test_no_result_covers_a_file_of_somebody(sheetward: Run, books: Path, call: tuple[str, ...], code: str) -> None:
    before = {path.name: path.read_bytes() for path in books.iterdir() if path.is_file()}
    refused = sheetward(*call, "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, code)
    assert before == {path.name: path.read_bytes() for path in books.iterdir() if path.is_file()}


def test_an_earlier_result_is_made_anew(sheetward: Run, books: Path) -> None:
    for _ in range(2):
        assert sheetward("validate", "a.xlsx", "--html", "own.html", "--xlsx", "report.xlsx").status == 1
        assert sheetward("fix", "a.xlsx", "-o", "fixed.xlsx").status in {0, 1}
        (books / "fixed.xlsx").unlink()
    assert "older page" not in (books / "own.html").read_text(encoding="utf-8")


def test_a_listing_of_the_store_never_covers_a_bound_workbook(sheetward: Run, books: Path) -> None:
    assert sheetward("init", ".", "--table", "customers=customer").status == 0
    assert sheetward("bind", "a.xlsx", "--as", "sales", "--table", "customers", "--yes").status == 0
    bound = (books / "a.xlsx").read_bytes()
    refused = sheetward("table", "customers", "-o", "a.xlsx", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "template.exists")
    assert (books / "a.xlsx").read_bytes() == bound
    for _ in range(2):
        assert sheetward("table", "customers", "-o", "list.xlsx").status == 0


def test_a_fix_in_place_says_where_the_former_file_is(sheetward: Run, books: Path) -> None:
    before = (books / "a.xlsx").read_bytes()
    fixed = sheetward("fix", "a.xlsx", "--lang", "en")
    [copy] = (books / "state" / "sheetward" / "copies").iterdir()
    assert f"kept as {copy}" in fixed.err
    assert copy.read_bytes() == before != (books / "a.xlsx").read_bytes()
    assert "kept as" not in sheetward("fix", "a.xlsx", "--lang", "en").err
