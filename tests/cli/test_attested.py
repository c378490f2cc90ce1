"""`waive`, `confirm`, `attested`: a finding accepted for a reason, a value confirmed, both with an end and a history.

> A waiver speaks of one value: it ends with its day, and when the value changes. What was said is never lost.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheetward.app import workspace as workspaces

Run = Callable[..., Any]
HEADERS = ("客户编号", "客户姓名", "联系电话", "电子邮件")
ROWS = (
    ("C001", "王五", "13800138000", "wang@example.com"),
    ("C002", "赵六", "1234", "zhao@example.com"),
    ("C003", "钱七", "13700137000", ""),
)


def bound(sheetward: Run, folder: Path, headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Path:
    book = openpyxl.Workbook()
    tab = book.active
    assert tab is not None
    tab.title = "客户"
    for row in (headers, *rows):
        tab.append(list(row))
    path = folder / "k.xlsx"
    book.save(path)
    for call in (
        ("init", "--table", "customers=customer", "--lang", "zh"),
        ("bind", "k.xlsx", "--as", "k", "--table", "customers", "--yes"),
    ):
        assert sheetward(*call).status == 0
    sheetward("sync")
    return path


@pytest.fixture
def firm(sheetward: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return bound(sheetward, tmp_path, HEADERS, ROWS)


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the workspace's clock stand so many days from now."""

    def turn(days: int) -> None:
        class Later:
            def now(self) -> dt.datetime:
                return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)

        monkeypatch.setattr(workspaces, "SystemClock", Later)

    return turn


def put(path: Path, cell: str, value: str) -> None:
    book = openpyxl.load_workbook(path)
    book["客户"][cell].value = value
    book.save(path)


def findings(sheetward: Run, path: Path) -> dict[str, Any]:
    return {one["cell"]: one for one in sheetward("validate", path, "--json").json["findings"]}


def test_a_waived_finding_is_told_apart_and_no_longer_counts(sheetward: Run, firm: Path) -> None:
    wrong = findings(sheetward, firm)["C3"]
    assert (wrong["waived"], wrong["key"]) == (None, "C002")
    assert sheetward("waive", wrong["id"], "--reason", "总机转分机", "--author", "李").status == 0
    report = sheetward("validate", firm, "--json")
    again = {one["cell"]: one for one in report.json["findings"]}["C3"]
    assert (again["id"], again["waived"]["reason"], again["waived"]["by"]) == (wrong["id"], "总机转分机", "李")
    assert (report.status, report.json["summary"]["errors"], report.json["summary"]["waived"]) == (0, 0, 1)
    assert "1234" not in sheetward("validate", "k").out


def test_a_sheet_is_checked_by_its_name_too(sheetward: Run, firm: Path) -> None:
    assert (
        sheetward("validate", "k", "--json").json["findings"] == sheetward("validate", firm, "--json").json["findings"]
    )


def test_a_waiver_ends_when_the_value_changes_and_holds_again_when_it_is_back(sheetward: Run, firm: Path) -> None:
    sheetward("waive", findings(sheetward, firm)["C3"]["id"], "--reason", "分机")
    put(firm, "C3", "12345")
    assert findings(sheetward, firm)["C3"]["waived"] is None
    put(firm, "C3", "1234")
    assert findings(sheetward, firm)["C3"]["waived"] is not None


def test_a_waiver_ends_after_its_day(sheetward: Run, firm: Path, on_day: Callable[[int], None]) -> None:
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=10)).date().isoformat()
    sheetward("waive", findings(sheetward, firm)["C3"]["id"], "--reason", "分机", "--until", until)
    on_day(9)
    assert findings(sheetward, firm)["C3"]["waived"]["until"] == until
    on_day(12)
    assert findings(sheetward, firm)["C3"]["waived"] is None


def test_a_waiver_follows_its_row_and_is_taken_back(sheetward: Run, firm: Path) -> None:
    name = findings(sheetward, firm)["C3"]["id"]
    sheetward("waive", name, "--reason", "分机")
    book = openpyxl.load_workbook(firm)
    book["客户"].insert_rows(2)
    book.save(firm)
    assert findings(sheetward, firm)["C4"]["waived"]["reason"] == "分机"
    assert sheetward("waive", name, "--revoke", "--reason", "号码换了").status == 0
    assert findings(sheetward, firm)["C4"]["waived"] is None
    listed = sheetward("attested", "--json").json["attested"]
    assert [(one["word"], one["key"], one["reason"]) for one in listed] == [
        ("revoked", "C002", "号码换了"),
        ("waived", "C002", "分机"),
    ]
    assert "C002" in sheetward("attested", "--lang", "zh").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("f-0000000000", "--reason", "x"), "waive.unknown"),
        (("ID",), "waive.no_reason"),
        (("ID", "--reason", "x", "--until", "2020-01-01"), "waive.past"),
        (("ID", "--reason", "x", "--until", "soon"), "usage.day"),
        (("ID", "--revoke"), "waive.not_waived"),
    ],
)
def test_what_cannot_be_waived_is_said(sheetward: Run, firm: Path, arguments: tuple[str, ...], code: str) -> None:
    name = findings(sheetward, firm)["C3"]["id"]
    call = sheetward("waive", *(name if one == "ID" else one for one in arguments), "--json")
    assert (call.status, call.json["error"]["code"]) == (2, code)
    assert sheetward("attested", "--json").json["attested"] == []


def test_a_row_that_was_never_synced_has_no_waiver(sheetward: Run, firm: Path) -> None:
    for cell, value in (("A5", "C004"), ("B5", "孙八"), ("C5", "99")):
        put(firm, cell, value)
    call = sheetward("waive", findings(sheetward, firm)["C5"]["id"], "--reason", "x", "--json")
    assert (call.status, call.json["error"]["code"]) == (2, "waive.no_row_id")


def test_a_value_grows_stale_and_is_fresh_again_once_confirmed(
    sheetward: Run, firm: Path, on_day: Callable[[int], None]
) -> None:
    on_day(300)
    assert "field.stale" not in {one["code"] for one in findings(sheetward, firm).values()}
    on_day(400)
    stale = findings(sheetward, firm)["C2"]
    assert (stale["code"], stale["severity"]) == ("field.stale", "warning")
    assert sheetward("confirm", "C001.联系电话", "--how", "phone", "--author", "李").status == 0
    assert "C2" not in findings(sheetward, firm)
    assert "D2" in findings(sheetward, firm)
    put(firm, "C2", "13600136000")
    sheetward("sync")
    listed = sheetward("attested", "--json").json["attested"]
    assert [(one["word"], one["how"], one["field"], one["author"]) for one in listed] == [
        ("confirmed", "phone", "phone", "李")
    ]


def test_a_confirmation_speaks_of_the_value_of_its_day_only(
    sheetward: Run, firm: Path, on_day: Callable[[int], None]
) -> None:
    put(firm, "C2", "13600136000")
    sheetward("sync")
    on_day(390)
    sheetward("confirm", "C001.phone")
    put(firm, "C2", "13800138000")
    assert findings(sheetward, firm)["C2"]["code"] == "field.stale"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("C003.email",), "confirm.empty"),
        (("C009.email",), "row.unknown"),
        (("C001.nothing",), "field.unknown"),
        (("C001",), "usage.key_field"),
        (("C001.phone", "--on", "2999-01-01"), "confirm.future"),
    ],
)
def test_what_cannot_be_confirmed_is_said(sheetward: Run, firm: Path, arguments: tuple[str, ...], code: str) -> None:
    call = sheetward("confirm", *arguments, "--json")
    assert (call.status, call.json["error"]["code"]) == (2, code)


def test_a_row_that_nobody_was_in_touch_with_is_told_of_any_file(sheetward: Run, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("客户编号,客户姓名,联系电话,最近联系日期\nC1,王五,13800138000,2020-01-05\n", encoding="utf-8")
    (found,) = sheetward("validate", path, "--json").json["findings"]
    assert (found["cell"], found["code"], found["severity"]) == ("D2", "record.stale", "warning")


def test_a_damaged_record_is_told_and_not_passed_over(sheetward: Run, firm: Path) -> None:
    sheetward("waive", findings(sheetward, firm)["C3"]["id"], "--reason", "分机")
    with sqlite3.connect(firm.parent / "sheetward.db") as store:
        store.execute("UPDATE attestation SET data = x'7b7d'")
    call = sheetward("validate", firm, "--json")
    assert (call.status, call.json["error"]["code"]) == (70, "store.attestation_damaged")


def test_the_report_of_a_bound_sheet_tells_its_trend_and_what_is_accepted(sheetward: Run, firm: Path) -> None:
    for value in ("13600136001", "13600136002"):
        put(firm, "C2", value)
        sheetward("sync")
    sheetward("waive", findings(sheetward, firm)["C3"]["id"], "--reason", "总机转分机")
    for _ in range(2):
        assert sheetward("validate", firm, "--html", "r.html", "--xlsx", "r.xlsx", "--lang", "zh").status == 0
    html = (firm.parent / "r.html").read_text(encoding="utf-8")
    assert "总机转分机" in html
    assert html.count("<circle") == 3
    assert 'href="k.xlsx#' in html
    trend = openpyxl.load_workbook(firm.parent / "r.xlsx")["走势"]
    assert [row[1].value for row in trend.iter_rows(min_row=2)] == ["customers:1", "customers:2", "customers:3"]
    assert [row[4].value for row in trend.iter_rows(min_row=2)] == [1, 1, 1]
    call = sheetward("validate", firm, "--xlsx", "r.csv", "--json")
    assert (call.status, call.json["error"]["code"]) == (2, "file.kind_out")


def test_a_trend_judges_the_past_by_the_rules_of_today(
    sheetward: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_day: Callable[[int], None]
) -> None:
    """A contract that had expired at the first commit, and was renewed by the second, lowers the first point alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    days = ("2019-01-05", "2031-01-05", "2031-01-05")
    rows = tuple((*row[:2], "13800138000", day) for row, day in zip(ROWS, days, strict=True))
    path = bound(sheetward, tmp_path, (*HEADERS[:3], "合同到期"), rows)
    put(path, "D2", "2031-01-05")
    sheetward("sync")
    on_day(5)
    sheetward("validate", path, "--xlsx", "r.xlsx", "--lang", "en")
    trend = openpyxl.load_workbook(tmp_path / "r.xlsx")["Trend"]
    shares = [row[4].value for row in trend.iter_rows(min_row=2)]
    assert [round(share, 2) for share in shares] == [0.67, 1]


def test_another_tab_of_a_bound_workbook_is_checked_by_itself(sheetward: Run, firm: Path) -> None:
    book = openpyxl.load_workbook(firm)
    other = book.create_sheet("旧表")
    for row in (HEADERS, ("C9", "孙八", "99", "")):
        other.append(list(row))
    book.save(firm)
    report = sheetward("validate", firm, "--tab", "旧表", "--json").json
    assert (report["tab"], report["rows"], report["summary"]["errors"]) == ("旧表", 1, 1)
    assert "id" not in report["findings"][0]
    assert sheetward("validate", firm, "--tab", "客户", "--json").json["findings"][0]["id"].startswith("f-")


def test_a_sync_leaves_the_marks_of_a_check_and_takes_no_mark_for_an_edit(sheetward: Run, firm: Path) -> None:
    sheetward("sync")
    assert sheetward("validate", "k", "--mark", "--lang", "zh").status == 1
    marked = firm.read_bytes()
    assert sheetward("sync", "--json").json["sheets"][0]["to_store"] == 0
    assert firm.read_bytes() == marked
    put(firm, "B2", "王小五")
    assert sheetward("sync", "--json").json["sheets"][0]["to_store"] == 1
    book = openpyxl.load_workbook(firm)
    rules = [str(rule.formula) for block in book["客户"].conditional_formatting for rule in block.rules]
    assert any("_sheetward:error" in rule for rule in rules)
    assert "检查结果" in book.sheetnames
