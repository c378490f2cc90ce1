"""`diff` and `merge`: tables by key, in every kind of file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

BASE = [["id", "name", "city"], ["01", "Ann", "Bonn"], ["02", "Bob", "Köln"], ["03", "Cy", "Ulm"]]


def write(path: Path, rows: list[list[str]]) -> Path:
    """Write rows by the ending of the name."""
    if path.suffix == ".json":
        columns, *lines = rows
        cells = [[cell or None for cell in line] for line in lines]
        path.write_text(json.dumps({"columns": columns, "key": columns[0], "rows": cells}))
    elif path.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    return path


def edited(**cells: str) -> list[list[str]]:
    """Give the base table with cells replaced, named like `city01`."""
    rows = [list(row) for row in BASE]
    for place, value in cells.items():
        column, key = place[:-2], place[-2:]
        next(row for row in rows if row[0] == key)[BASE[0].index(column)] = value
    return rows


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_diff_names_cells_and_rows(sheetward: Run, tmp_path: Path, ending: str) -> None:
    old = write(tmp_path / f"old.{ending}", BASE)
    new = write(tmp_path / f"new.{ending}", [*edited(city01="Berlin")[:3], ["04", "Di", "Jena"]])
    call = sheetward("diff", old, new, "--json")
    assert call.status == 1
    assert call.json["changed"] == [{"key": "01", "column": "city", "old": "Bonn", "new": "Berlin"}]
    assert [entry["key"] for entry in call.json["added"]] == ["04"]
    assert [entry["key"] for entry in call.json["removed"]] == ["03"]
    assert sheetward("diff", old, old, "--json").status == 0


def test_diff_reads_files_of_different_kinds_alike(sheetward: Run, tmp_path: Path) -> None:
    assert sheetward("diff", write(tmp_path / "a.csv", BASE), write(tmp_path / "b.xlsx", BASE)).status == 0


def test_diff_writes_a_page_in_which_nothing_runs(sheetward: Run, tmp_path: Path) -> None:
    old, new = write(tmp_path / "a.csv", BASE), write(tmp_path / "b.csv", edited(city01="<script>x</script>"))
    assert sheetward("diff", old, new, "--html", tmp_path / "d.html").status == 1
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["id", "name"], ["1", "a"], ["1", "b"]], "table.repeated_key"),
        ([["id", "name"], ["", "a"]], "table.empty_key"),
        ([["id", "id"], ["1", "a"]], "table.repeated_column"),
        ([["id"], ["1", "a"]], "table.long_row"),
    ],
)
def test_a_table_that_cannot_be_compared_is_named(
    sheetward: Run, tmp_path: Path, rows: list[list[str]], code: str
) -> None:
    bad = write(tmp_path / "bad.csv", rows)
    call = sheetward("diff", bad, bad, "--key", "id", "--json")
    assert (call.status, call.json["error"]["code"]) == (2, code)


def merge(sheetward: Run, folder: Path, ours: list[list[str]], theirs: list[list[str]], *more: object) -> Any:
    sides = [write(folder / f"{name}.csv", rows) for name, rows in (("base", BASE), ("ours", ours), ("theirs", theirs))]
    return sheetward("merge", *sides, "--json", *more)


def test_edits_of_different_cells_both_enter(sheetward: Run, tmp_path: Path) -> None:
    call = merge(sheetward, tmp_path, edited(city01="Berlin"), edited(name01="Anna"))
    assert call.status == 0
    assert call.json["rows"][0] == ["01", "Anna", "Berlin"]
    assert call.json["conflicts"] == []


def test_edits_of_one_cell_conflict_and_prefer_decides(sheetward: Run, tmp_path: Path) -> None:
    ours, theirs = edited(city01="Berlin"), edited(city01="Hamburg")
    call = merge(sheetward, tmp_path, ours, theirs)
    assert call.status == 4
    conflict = {"key": "01", "column": "city", "base": "Bonn", "ours": "Berlin", "theirs": "Hamburg"}
    assert call.json["conflicts"] == [conflict]
    for side, city in (("ours", "Berlin"), ("theirs", "Hamburg")):
        settled = merge(sheetward, tmp_path, ours, theirs, "--prefer", side)
        assert (settled.status, settled.json["rows"][0][2], settled.json["conflicts"]) == (0, city, [])


def test_a_row_deleted_here_and_changed_there_is_a_conflict_of_the_row(sheetward: Run, tmp_path: Path) -> None:
    call = merge(sheetward, tmp_path, BASE[:3], edited(city03="Bremen"))
    (conflict,) = call.json["conflicts"]
    assert (conflict["key"], conflict["column"], conflict["ours"]) == ("03", None, None)
    assert conflict["theirs"]["city"] == "Bremen"
    assert ["03", "Cy", "Bremen"] in call.json["rows"]
    untouched = merge(sheetward, tmp_path, BASE[:3], BASE)
    assert (untouched.status, len(untouched.json["rows"])) == (0, 2)


def test_the_same_row_added_twice_is_one_row(sheetward: Run, tmp_path: Path) -> None:
    added = [*BASE, ["04", "Di", "Jena"]]
    call = merge(sheetward, tmp_path, added, added)
    assert (call.status, len(call.json["rows"])) == (0, 4)


def test_flipping_the_sides_flips_nothing_but_the_names(sheetward: Run, tmp_path: Path) -> None:
    ours = [*edited(city01="Berlin", name02="Rob"), ["04", "Di", "Jena"]]
    theirs = [*edited(city01="Hamburg", city02="Trier")[:3], ["05", "Ed", "Gera"]]
    one, other = merge(sheetward, tmp_path, ours, theirs).json, merge(sheetward, tmp_path, theirs, ours).json
    assert {row[0] for row in one["rows"]} == {row[0] for row in other["rows"]}
    flipped = [{**c, "ours": c["theirs"], "theirs": c["ours"]} for c in other["conflicts"]]
    assert sorted(one["conflicts"], key=str) == sorted(flipped, key=str)


def test_a_column_that_one_side_added_stays_and_one_that_it_removed_goes(sheetward: Run, tmp_path: Path) -> None:
    ours = [[*row, value] for row, value in zip(BASE, ["mail", "a@x", "b@x", "c@x"], strict=True)]
    theirs = [row[:2] for row in BASE]
    call = merge(sheetward, tmp_path, ours, theirs)
    assert call.json["columns"] == ["id", "name", "mail"]
    assert call.json["rows"][0] == ["01", "Ann", "a@x"]


def test_it_serves_git_as_a_merge_driver(tmp_path: Path) -> None:
    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *identity, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

    git("init", "-q", "-b", "main")
    git("config", "merge.sheetward.driver", f"{sys.executable} -m sheetward merge %O %A %B -o %A")
    (tmp_path / ".gitattributes").write_text("*.csv merge=sheetward\n")
    table = write(tmp_path / "t.csv", BASE)
    git("add", "."), git("commit", "-qm", "base"), git("checkout", "-qb", "other")
    write(table, edited(city01="Hamburg")), git("commit", "-qam", "other"), git("checkout", "-q", "main")
    write(table, edited(name01="Anna")), git("commit", "-qam", "main")
    done = git("merge", "-q", "other", "-m", "merged")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "01,Anna,Hamburg" in table.read_text(encoding="utf-8-sig")
