"""`sheetward.yaml`: mistakes named by line, comments kept, workspaces found upwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sheetward.config import SheetEntry, find_workspace, read_config, remove_sheet, save_sheet
from sheetward.errors import UserError

Run = Callable[..., Any]

GOOD = """\
# our customers
store: sqlite:///sheetward.db   # here
language: zh
timezone: Asia/Shanghai
tables:
  customers: {schema: customer}
sheets:
  east:
    file: 客户-华东.xlsx   # the one on the share
    tab: 客户
    table: customers
    role: east
roles:
  east:
    rows: {region: 华东}
    columns: {"*": write, credit_rating: read}
guards: {deletion_share: 0.1, deletion_rows: 2, deletion_cap: 20}
schedule: [{at: "0 2 * * *", do: snapshot}]
backups: {usb: {to: "file:///mnt/backup", keep: {daily: 7}}}
"""


def write(folder: Path, text: str) -> Path:
    (folder / "sheetward.yaml").write_text(text, encoding="utf-8")
    return folder


def test_what_stands_there_is_read(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD))
    assert config.store_path == tmp_path / "sheetward.db"
    assert config.sheets["east"] == SheetEntry("east", "customers", tmp_path / "客户-华东.xlsx", None, "客户", "east")
    assert config.roles["east"] == {"rows": {"region": "华东"}, "columns": {"*": "write", "credit_rating": "read"}}
    assert (config.guards.share, config.guards.rows, config.guards.cap) == (0.1, 2, 20)


WRONG = [
    ("tables:", "tabels:", 5, "config.unknown_key_near"),
    ("    tab: 客户", "    tap: 客户", 10, "config.unknown_key_near"),
    ("store: sqlite:///sheetward.db", "store: mysql://h/db", 2, "config.store"),
    ("store: sqlite:///sheetward.db", "store: postgresql://h", 2, "config.database"),
    ("store: sqlite:///sheetward.db", "store: postgresql://[h/db", 2, "config.database"),
    ("store: sqlite:///sheetward.db", "store: postgresql://u:secret@h/db", 2, "config.store_password"),
    ("store: sqlite:///sheetward.db", "store: postgresql://u@h/db?password=secret", 2, "config.store_password"),
    ("language: zh", "language: de", 3, "config.language"),
    ("Asia/Shanghai", "Asia/Shanghia", 4, "config.timezone"),
    ("{schema: customer}", "{}", 6, "config.no_schema"),
    ("table: customers", "table: custmers", 11, "config.unknown_table"),
    ("role: east", "role: west", 12, "config.unknown_role"),
    ("deletion_share: 0.1", "deletion_share: 20", 17, "config.not_number"),
    ("    rows:", "    rwos:", 15, "config.unknown_key_near"),
    ("    file: 客户-华东.xlsx   # the one on the share\n", "", 8, "config.sheet_place"),
]


@pytest.mark.parametrize(("old", "new", "line", "code"), WRONG, ids=[new or "no file" for _, new, _, _ in WRONG])
def test_a_mistake_is_named_by_its_line(tmp_path: Path, old: str, new: str, line: int, code: str) -> None:
    with pytest.raises(UserError) as caught:
        read_config(write(tmp_path, GOOD.replace(old, new, 1)))
    found = [(m["line"], m["code"]) for m in caught.value.facts["mistakes"]]  # type: ignore[attr-defined]
    assert (line, code) in found


def test_all_mistakes_are_named_at_once_in_the_language_of_the_call(sheetward: Run, tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("language: zh", "langage: zh").replace("role: east", "role: west"))
    (tmp_path / "x.csv").write_text("a\n1\n")
    call = sheetward("schema", "show", "customers", "--lang", "zh")
    assert call.status == 2
    assert "第 3 行" in call.err
    assert "language" in call.err
    assert "第 12 行" in call.err


@pytest.mark.parametrize("text", ["a: [", "- a\n- b\n", "a: 1\na: 2\n", "\t- x"])
def test_what_is_no_settings_file_is_a_mistake_of_the_caller(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_config(write(tmp_path, text))
    assert caught.value.code == ("config.twice" if text.count("a:") == 2 else "config.syntax")


def test_editing_keeps_every_comment_and_all_other_lines(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD))
    save_sheet(config, SheetEntry("west", "customers", tmp_path / "sub" / "w.xlsx", None, "客户", None))
    text = (tmp_path / "sheetward.yaml").read_text(encoding="utf-8")
    assert [line for line in GOOD.splitlines() if line not in text.splitlines()] == []
    assert read_config(tmp_path).sheets["west"].file == tmp_path / "sub" / "w.xlsx"
    remove_sheet(config, "west")
    assert (tmp_path / "sheetward.yaml").read_text(encoding="utf-8") == GOOD


def test_the_workspace_is_found_upwards(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_workspace(below) == tmp_path
    with pytest.raises(UserError, match=r"workspace\.none"):
        find_workspace(Path("/"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_init_writes_settings_that_are_right_and_a_store(sheetward: Run, tmp_path: Path, lang: str) -> None:
    assert sheetward("init", "firm", "--lang", lang).status == 0
    config = read_config(tmp_path / "firm")
    assert list(config.tables) == ["customers", "orders", "payments"]
    assert config.language == lang
    assert config.store_path.is_file()
    assert "#" in config.path.read_text(encoding="utf-8")


def test_init_keeps_settings_that_exist(sheetward: Run, tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    call = sheetward("init", "--json")
    assert (call.status, call.json["created"]) == (0, False)
    assert (tmp_path / "sheetward.yaml").read_text(encoding="utf-8") == GOOD


def test_a_wrong_schema_leaves_nothing_behind(sheetward: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: bad\nfeilds: []\n")
    assert sheetward("init", "firm", "--table", "x=bad.yaml").status == 2
    assert not (tmp_path / "firm").exists()
