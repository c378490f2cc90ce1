"""Conflict copies of synced folders: said by `sync` and `status`, refused by `bind`, never followed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.bad_files import called as call
from tests.e2e.bad_files import company, copied, digests, workbook

CONFLICT = "main-DESKTOP-1A2B3C4.xlsx"


@pytest.fixture(scope="module")
def small_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("copies"))


@pytest.fixture
def folder(small_company: Path, tmp_path: Path) -> Path:
    return copied(small_company, tmp_path / "company")


@pytest.mark.parametrize(
    "name", [CONFLICT, "main 2.xlsx", "main-ANNAS-PC.xlsx", "main (Anna's conflicted copy 2026-11-25).xlsx"]
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sync_and_status_say_that_a_conflict_copy_lies_there(folder: Path, name: str, lang: str) -> None:
    shutil.copy(folder / "main.xlsx", folder / name)
    before = digests(folder)
    told = call(folder, "sync", "--json", "--lang", lang).json["sheets"][0]
    assert [(said["code"], said["copy"]) for said in told["messages"]] == [("sheet.conflict_copy", name)]
    assert told["error"] is None
    assert name in call(folder, "sync", "--lang", lang).out
    assert name in call(folder, "status", "--lang", lang).out
    assert call(folder, "status", "--json").json["sheets"][0]["conflict_copies"][0]["file"] == name
    after = digests(folder)
    assert {path: after[path] for path in ("main.xlsx", name)} == {path: before[path] for path in ("main.xlsx", name)}


def test_a_number_behind_the_name_is_no_conflict_copy_without_the_stamp(folder: Path) -> None:
    workbook(folder / "main 2.xlsx")
    (folder / "main 3.xlsx").write_bytes(b"no workbook at all")
    assert call(folder, "sync", "--json").json["sheets"][0]["messages"] == []
    assert call(folder, "status", "--json").json["sheets"][0]["conflict_copies"] == []


@pytest.mark.parametrize("name", [CONFLICT, "main-冲突-王芳.xlsx", "main 2.xlsx"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_conflict_copy_is_not_bound_by_accident(folder: Path, name: str, lang: str) -> None:
    shutil.copy(folder / "main.xlsx", folder / name)
    before = digests(folder)
    arguments = ("bind", name, "--as", "more", "--table", "customers", "--yes", "--json", "--lang", lang)
    refused = call(folder, *arguments)
    assert (refused.status, refused.json["error"]["code"]) == (3, "bind.conflict_copy")
    assert "main.xlsx" in refused.json["error"]["message"]
    assert "--anew" in refused.json["error"]["hint"]
    assert digests(folder) == before
    assert call(folder, *arguments, "--anew").status == 0


def test_a_conflict_copy_without_stamp_and_without_its_file_is_not_bound_either(folder: Path) -> None:
    workbook(folder / "orders (王芳 的冲突副本 2026-11-25).xlsx")
    refused = call(
        folder, "bind", "orders (王芳 的冲突副本 2026-11-25).xlsx", "--as", "o", "--table", "customers", "--json"
    )
    assert (refused.status, refused.json["error"]["original"]) == (3, "orders.xlsx")


def test_a_conflict_copy_that_is_all_that_is_left_is_not_followed(folder: Path) -> None:
    (folder / "main.xlsx").rename(folder / CONFLICT)
    stopped = call(folder, "sync", "--json")
    error = stopped.json["sheets"][0]["error"]
    assert (stopped.status, error["code"], error["found"]) == (3, "sheet.only_conflict_copy", [CONFLICT])
    (folder / CONFLICT).rename(folder / "renamed.xlsx")
    assert call(folder, "sync").status == 0


def test_a_csv_copy_is_known_by_its_row_ids(tmp_path: Path) -> None:
    assert call(tmp_path, "init", "--table", "customers=customer", "--lang", "en").status == 0
    (tmp_path / "a.csv").write_text("Customer ID,Name,Phone\nC1,Ann,13800138001\n", encoding="utf-8")
    assert call(tmp_path, "bind", "a.csv", "--as", "a", "--table", "customers", "--yes").status == 0
    assert call(tmp_path, "sync").status == 0
    shutil.copy(tmp_path / "a.csv", tmp_path / "a (1).csv")
    (tmp_path / "a (2).csv").write_text(
        "Customer ID,Name,Phone,_sheetward_id\nC1,Ann,13800138001,other\n", encoding="utf-8"
    )
    (said,) = call(tmp_path, "sync", "--json").json["sheets"][0]["messages"]
    assert said["copy"] == "a (1).csv"


@pytest.mark.parametrize("name", ["CON.xlsx", "aux.xlsx", "lpt1.xlsx", "a:b.xlsx", "客户?.xlsx"])
def test_no_workbook_is_made_that_windows_cannot_open(folder: Path, name: str) -> None:
    refused = call(folder, "bind", name, "--as", "more", "--table", "customers", "--create", "--yes", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "file.windows_name")
    assert not (folder / name).exists()
