"""A schema file changes under a running company: planned, agreed to, applied, and followed by real workbooks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]

SCHEMA = """\
name: deal
primaryKey: [no]
fields:
  - {name: no, constraints: {required: true, unique: true}, "x:labels": {zh: 编号, en: No}}
  - {name: who, "x:labels": {zh: 客户, en: Customer}}
  - {name: sum, "x:labels": {zh: 金额, en: Amount}}
  - {name: note, "x:labels": {zh: 备注, en: Note}}
"""
HEADERS = ["编号", "客户", "金额", "备注"]
ROWS = [["D1", "王五", "7", "x1"], ["D2", "赵六", "007", "x2"], ["D3", "钱七", "about 9", "x3"]]
RENAMED = SCHEMA.replace(
    '{name: who, "x:labels": {zh: 客户', '{name: customer, "x:renamed_from": who, "x:labels": {zh: 客户名称'
)
NUMBERED = SCHEMA.replace("{name: sum,", "{name: sum, type: number,")
WITHOUT_NOTE = SCHEMA.replace('  - {name: note, "x:labels": {zh: 备注, en: Note}}\n', "")


def book(path: Path) -> None:
    made = openpyxl.Workbook()
    assert made.active is not None
    for row in (HEADERS, *ROWS):
        made.active.append(row)
    made.save(path)


def type_into(path: Path, place: str, value: object) -> None:
    made = openpyxl.load_workbook(path)
    made.worksheets[0][place].value = value
    made.save(path)


def shown(path: Path) -> list[list[object]]:
    return [list(row)[:4] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)]


def column(call: Any, field: str) -> dict[str, object]:
    found = call.json
    place, key = found["columns"].index(field), found["columns"].index("no")
    return {row[key]: row[place] for row in found["rows"]}


@pytest.fixture
def deals(sheetward: Run, tmp_path: Path) -> Path:
    """A workspace with one table, one schema file, and two workbooks in step."""
    (tmp_path / "deal.yaml").write_text(SCHEMA, encoding="utf-8")
    assert sheetward("init", "--table", "deals=deal.yaml", "--lang", "zh").status == 0
    for name in ("a", "b"):
        book(tmp_path / f"{name}.xlsx")
        if name == "b":
            made = openpyxl.load_workbook(tmp_path / "b.xlsx")
            made.worksheets[0].delete_rows(2, 3)
            made.save(tmp_path / "b.xlsx")
        assert sheetward("bind", f"{name}.xlsx", "--as", name, "--table", "deals", "--yes").status == 0
    assert sheetward("sync").status == 0
    return tmp_path


def write(deals: Path, text: str) -> None:
    (deals / "deal.yaml").write_text(text, encoding="utf-8")


def test_what_needs_consent_waits_and_every_sync_says_so(sheetward: Run, deals: Path) -> None:
    assert sheetward("schema", "plan").status == 0
    write(deals, RENAMED)
    type_into(deals / "a.xlsx", "B2", "王五新")
    call = sheetward("sync", "--json")
    assert call.status == 0
    assert [[m["code"] for m in s["messages"]] for s in call.json["sheets"]] == [["schema.waits"], ["schema.waits"]]
    assert column(sheetward("table", "deals", "--json"), "who")["D1"] == "王五新"
    plan = sheetward("schema", "plan", "--json")
    assert plan.status == 1
    [table] = plan.json["tables"]
    assert table["needs_consent"]
    assert [(c["code"], c["field"], c["by_itself"]) for c in table["changes"]] == [
        ("evolve.renamed", "customer", False),
        ("evolve.label", "customer", True),
    ]
    assert table["store"]["renamed"] == 3
    assert [s["goes_on"] for s in table["sheets"]] == [[{"column": "客户", "field": "customer"}]] * 2
    assert sheetward("schema", "apply").status == 1
    assert sheetward("schema", "apply", "--dry-run").status == 0
    assert sheetward("schema", "plan").status == 1


def test_a_rename_leaves_files_byte_for_byte_and_history_and_restore_reach_beyond_it(
    sheetward: Run, deals: Path
) -> None:
    type_into(deals / "a.xlsx", "B2", "王五新")
    sheetward("sync")
    write(deals, RENAMED)
    before = [(deals / f"{name}.xlsx").read_bytes() for name in ("a", "b")]
    done = sheetward("schema", "apply", "deals", "--yes", "--json", "--reason", "clearer")
    assert (done.status, done.json["applied"]) == (0, True)
    call = sheetward("sync", "--json")
    assert (call.status, [s["messages"] for s in call.json["sheets"]]) == (0, [[], []])
    assert [(s["to_store"], s["to_sheet"]) for s in call.json["sheets"]] == [(0, 0), (0, 0)]
    assert [shown(deals / f"{name}.xlsx")[0] for name in ("a", "b")] == [HEADERS, HEADERS]
    again = [(deals / f"{name}.xlsx").read_bytes() for name in ("a", "b")]
    assert again == before
    assert column(sheetward("table", "deals", "--as-of", "deals:1", "--json"), "customer")["D1"] == "王五"
    assert "customer" in sheetward("diff-commits", "deals:1", "deals:2", "--json").out
    back = sheetward("restore", "--column", "customer", "--to", "deals:1", "--yes", "--json")
    assert [(c["key"], c["field"], c["new"]) for c in back.json["changed"]] == [("D1", "customer", "王五")]
    sheetward("sync")
    assert shown(deals / "b.xlsx")[1][1] == "王五"
    assert sheetward("audit", "verify").status == 0
    assert sheetward("schema", "plan").status == 0


def test_a_conflict_that_is_open_is_settled_under_the_new_name(sheetward: Run, deals: Path) -> None:
    type_into(deals / "a.xlsx", "B2", "mine")
    type_into(deals / "b.xlsx", "B2", "theirs")
    sheetward("sync")
    [conflict] = sheetward("conflicts", "--json").json["conflicts"]
    write(deals, RENAMED)
    plan = sheetward("schema", "plan", "--json").json["tables"][0]
    assert plan["items"]["renamed"] == [conflict["id"]]
    sheetward("schema", "apply", "--yes")
    [still] = sheetward("conflicts", "--json").json["conflicts"]
    assert (still["id"], still["field"], still["column"]) == (conflict["id"], "customer", "客户")
    assert sheetward("conflicts", "resolve", conflict["id"], "--take", "sheet").status == 0
    assert sheetward("sync").status == 0
    assert shown(deals / "a.xlsx")[1][1] == shown(deals / "b.xlsx")[1][1] == still["sheet"]


def test_an_older_copy_from_before_the_rename_comes_back(sheetward: Run, deals: Path) -> None:
    copy = (deals / "a.xlsx").read_bytes()
    type_into(deals / "a.xlsx", "B2", "王五新")
    sheetward("sync")
    write(deals, RENAMED)
    sheetward("schema", "apply", "--yes")
    sheetward("sync")
    (deals / "a.xlsx").write_bytes(copy)
    type_into(deals / "a.xlsx", "B3", "typed into the copy")
    call = sheetward("sync", "--json")
    assert [m["code"] for m in call.json["sheets"][0]["messages"]] == ["sync.older"]
    sheetward("sync")
    names = column(sheetward("table", "deals", "--json"), "customer")
    assert (names["D1"], names["D2"]) == ("王五新", "typed into the copy")
    assert shown(deals / "a.xlsx")[1][1] == shown(deals / "b.xlsx")[1][1] == "王五新"


def test_numbers_out_of_texts_where_that_is_certain(sheetward: Run, deals: Path) -> None:
    write(deals, NUMBERED)
    plan = sheetward("schema", "plan", "--json").json["tables"][0]
    assert plan["store"]["converted"] == 2
    assert plan["store"]["respelt"] == 1
    assert plan["store"]["left"] == [{"key": "D3", "field": "sum"}]
    assert list(plan["store"]["breaking"].values()) == [["D3"]]
    text = sheetward("schema", "plan").out
    assert "about 9" not in text
    assert "D3.sum" in text
    type_into(deals / "a.xlsx", "C2", "70")
    sheetward("schema", "apply", "--yes")
    call = sheetward("sync", "--json")
    assert (call.status, call.json["sheets"][0]["conflicts"]) == (0, [])
    assert column(sheetward("table", "deals", "--json"), "sum") == {"D1": 70, "D2": 7, "D3": "about 9"}
    again = sheetward("sync", "--json")
    assert [(s["to_store"], s["to_sheet"]) for s in again.json["sheets"]] == [(0, 0), (0, 0)]
    back = sheetward("restore", "--column", "sum", "--to", "deals:1", "--yes", "--json")
    assert [(c["key"], c["old"], c["new"]) for c in back.json["changed"]] == [("D1", 70, 7)]


def test_a_removed_field_leaves_its_column_alone_and_comes_back_with_it(sheetward: Run, deals: Path) -> None:
    type_into(deals / "a.xlsx", "D2", "mine")
    type_into(deals / "b.xlsx", "D2", "theirs")
    sheetward("sync")
    write(deals, WITHOUT_NOTE)
    plan = sheetward("schema", "plan", "--json").json["tables"][0]
    assert plan["store"]["removed"] == 3
    assert len(plan["items"]["closed"]) == 1
    assert plan["sheets"][0]["loses"] == [{"column": "备注", "field": "note"}]
    sheetward("schema", "apply", "--yes")
    type_into(deals / "a.xlsx", "D3", "no longer synced")
    call = sheetward("sync", "--json")
    assert (call.status, [m["code"] for m in call.json["sheets"][0]["messages"]]) == (0, ["columns.unbound"])
    assert shown(deals / "a.xlsx")[2][3] == "no longer synced"
    assert shown(deals / "b.xlsx")[2][3] == "x2"
    assert sheetward("conflicts", "--json").json["conflicts"] == []
    write(deals, SCHEMA)
    call = sheetward("sync", "--json")
    assert [m["code"] for m in call.json["sheets"][0]["messages"]][:2] == ["columns.awaited", "columns.bound"]
    notes = column(sheetward("table", "deals", "--json"), "note")
    assert notes == {"D1": "mine", "D2": "no longer synced", "D3": "x3"}
    conflicts = sheetward("conflicts", "--json").json["conflicts"]
    assert {(c["name"], c["store"], c["sheet"]) for c in conflicts} == {
        ("b", "mine", "theirs"),
        ("b", "no longer synced", "x2"),
    }
    assert sheetward("audit", "verify").status == 0


def test_a_new_field_applies_by_itself_and_its_column_is_bound_when_it_is_there(sheetward: Run, deals: Path) -> None:
    write(deals, SCHEMA + '  - {name: city, "x:labels": {zh: 城市, en: City}, "x:aliases": [所在地]}\n')
    made = openpyxl.load_workbook(deals / "a.xlsx")
    place = made.worksheets[0].max_column + 1
    made.worksheets[0].cell(1, place, "所在地")
    made.worksheets[0].cell(2, place, "杭州")
    made.save(deals / "a.xlsx")
    before = (deals / "b.xlsx").read_bytes()
    plan = sheetward("schema", "plan", "--json").json["tables"][0]
    assert not plan["needs_consent"]
    assert [s["gains"] for s in plan["sheets"]] == [["city"], ["city"]]
    call = sheetward("sync", "--json")
    assert [[m["code"] for m in s["messages"]] for s in call.json["sheets"]] == [
        ["columns.awaited", "columns.bound"],
        ["columns.awaited"],
    ]
    assert column(sheetward("table", "deals", "--json"), "city")["D1"] == "杭州"
    assert shown(deals / "b.xlsx")[0] == HEADERS
    quiet = sheetward("sync", "--json")
    assert [s["messages"] for s in quiet.json["sheets"]] == [[], []]
    assert before == (deals / "b.xlsx").read_bytes()
    made = openpyxl.load_workbook(deals / "b.xlsx")
    place = made.worksheets[0].max_column + 1
    made.worksheets[0].cell(1, place, "城市")
    made.save(deals / "b.xlsx")
    sheetward("sync")
    assert openpyxl.load_workbook(deals / "b.xlsx").worksheets[0].cell(2, place).value == "杭州"


def test_a_renamed_header_is_said_once_and_remembered(sheetward: Run, deals: Path) -> None:
    type_into(deals / "a.xlsx", "D1", "其他说明")
    first, second = sheetward("sync", "--json"), sheetward("sync", "--json")
    assert [m["code"] for m in first.json["sheets"][0]["messages"]] == ["columns.renamed"]
    type_into(deals / "a.xlsx", "D2", "edited")
    third = sheetward("sync", "--json")
    assert second.json["sheets"][0]["messages"] == third.json["sheets"][0]["messages"] == []
    assert column(sheetward("table", "deals", "--json"), "note")["D1"] == "edited"


def test_roles_may_name_a_field_as_before_or_as_written_and_one_that_chooses_rows_cannot_go(
    sheetward: Run, tmp_path: Path
) -> None:
    (tmp_path / "deal.yaml").write_text(SCHEMA, encoding="utf-8")
    sheetward("init", "--table", "deals=deal.yaml", "--lang", "zh")
    settings = tmp_path / "sheetward.yaml"
    role = 'roles:\n  r: {rows: {who: 王五}, columns: {"*": write, note: read}}\n'
    settings.write_text(settings.read_text(encoding="utf-8").replace("roles: {}\n", role), encoding="utf-8")
    book(tmp_path / "a.xlsx")
    sheetward("bind", "a.xlsx", "--as", "a", "--table", "deals", "--role", "r", "--yes")
    sheetward("sync")
    write(tmp_path, SCHEMA.replace('  - {name: who, "x:labels": {zh: 客户, en: Customer}}\n', ""))
    blocked = sheetward("schema", "apply", "--yes", "--json")
    assert (blocked.status, blocked.json["error"]["code"]) == (2, "evolve.obstacles")
    assert "evolve.role_reads" in sheetward("schema", "plan", "--json").out
    write(tmp_path, RENAMED)
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("{who: 王五}", "{customer: 王五}"), encoding="utf-8"
    )
    assert sheetward("share", "plan").status == 0
    assert sheetward("sync", "--json").json["sheets"][0]["error"] is None
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("{customer: 王五}", "{who: 王五}"), encoding="utf-8"
    )
    assert sheetward("schema", "apply", "--yes").status == 0
    assert sheetward("share", "plan").status == 0
    assert sheetward("sync", "--json").json["sheets"][0]["error"] is None


def test_a_wrong_former_name_is_told_with_its_line_and_changes_nothing(sheetward: Run, deals: Path) -> None:
    write(deals, SCHEMA.replace('{name: note, "x:labels"', '{name: note, "x:renamed_from": who, "x:labels"'))
    call = sheetward("schema", "plan", "--json")
    assert (call.status, call.json["error"]["code"]) == (2, "schema.wrong")
    assert [(m["code"], m["line"]) for m in call.json["error"]["mistakes"]] == [("schema.renamed_from_existing", 7)]
    write(
        deals,
        WITHOUT_NOTE.replace('{name: sum, "x:labels"', '{name: who, "x:renamed_from": sum, "x:labels"').replace(
            '  - {name: who, "x:labels": {zh: 客户, en: Customer}}\n', ""
        ),
    )
    [table] = sheetward("schema", "plan", "--json").json["tables"]
    assert [o["code"] for o in table["obstacles"]] == ["evolve.rename_taken"]
    assert sheetward("schema", "apply", "--yes").status == 2


def test_the_plan_reads_in_chinese_too(sheetward: Run, deals: Path) -> None:
    write(deals, RENAMED.replace('  - {name: note, "x:labels": {zh: 备注, en: Note}}\n', "  - {name: city}\n"))
    text = sheetward("--lang", "zh", "schema", "plan").out
    assert "字段由“who”改名为“customer”" in text
    assert "列“备注”不再同步" in text
    assert "须同意" in text
