"""A workspace whose store is a PostgreSQL database: the same commands, and what its troubles tell people."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]

SETTINGS = """\
store: {url}
language: en
timezone: Asia/Shanghai
tables: {{customers: {{schema: customer}}}}
"""
HEADERS = ["客户编号", "客户姓名", "联系电话"]
ROWS = [["C001", "王五", "13800138000"], ["C002", "赵六", "13900139000"]]


def written(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADERS, *rows])
    return path


def edited(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text(encoding="utf-8-sig").replace(old, new), encoding="utf-8-sig")


@pytest.fixture
def team(sheetward: Run, tmp_path: Path, postgres_server: Any) -> Run:
    (tmp_path / "sheetward.yaml").write_text(SETTINGS.format(url=postgres_server.place()[1]), encoding="utf-8")
    assert sheetward("init").status == 0
    return sheetward


def test_two_sheets_are_synced_through_the_database(team: Run, tmp_path: Path) -> None:
    east, west = written(tmp_path / "east.csv", ROWS), written(tmp_path / "west.csv", [])
    for name, path in (("east", east), ("west", west)):
        done = team("bind", path, "--as", name, "--table", "customers", "--yes")
        assert done.status == 0, done.err
    assert team("sync").status == 0
    assert "王五" in west.read_text(encoding="utf-8-sig")
    edited(west, "13900139000", "13700137000")
    assert team("sync", "west", "east").status == 0
    assert "13700137000" in east.read_text(encoding="utf-8-sig")
    table = team("table", "customers", "--json").json
    assert sorted(row[table["columns"].index("name")] for row in table["rows"]) == sorted(row[1] for row in ROWS)
    history = team("history", "--json").json["commits"]
    assert len(history) == 2
    assert team("restore", "--all", "--to", history[-1]["id"], "--yes").status == 0
    assert team("sync").status == 0
    assert "13900139000" in east.read_text(encoding="utf-8-sig")
    assert team("audit", "verify").status == 0
    assert not (tmp_path / "sheetward.db").exists()
    well = team("doctor")
    assert (well.status, "The store is whole: /postgres" in well.out) == (0, True), well.out


def test_a_snapshot_is_kept_in_the_database_and_brought_back_from_it(team: Run, tmp_path: Path) -> None:
    east = written(tmp_path / "east.csv", ROWS)
    assert team("bind", east, "--as", "east", "--table", "customers", "--yes").status == 0
    assert team("sync").status == 0
    kept = east.read_bytes()
    assert team("snapshot", "create", "a").status == 0
    edited(east, "王五", "王五改名")
    assert team("sync").status == 0
    assert team("snapshot", "diff", "a").status == 1
    assert team("snapshot", "restore", "a", "--sheet", "east", "--yes").status == 0
    assert east.read_bytes() == kept
    assert team("snapshot", "verify", "--json").json == {"verified": ["before-a", "a"], "troubles": []}
    assert team("audit", "verify").status == 0


def test_a_sync_killed_after_its_commit_is_finished_by_the_next(team: Run, tmp_path: Path) -> None:
    east = written(tmp_path / "east.csv", ROWS)
    assert team("bind", east, "--as", "east", "--table", "customers", "--yes").status == 0
    killed = subprocess.run(
        [sys.executable, "-m", "sheetward", "sync"],
        env={**os.environ, "SHEETWARD_TESTING": "1", "SHEETWARD_FAILPOINT": "after_commit:kill"},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert killed.returncode not in (0, 1, 2, 3, 4, 70, 75)
    assert team("sync").status == 0
    assert team("sync").status == 0
    assert len(team("table", "customers", "--json").json["rows"]) == 2
    assert len(team("history", "--json").json["commits"]) == 1


@pytest.mark.parametrize(("lang", "sentence"), [("en", "cannot be reached"), ("zh", "连不上数据库")])
def test_a_server_that_is_away_is_one_sentence_and_exit_75(
    sheetward: Run, tmp_path: Path, lang: str, sentence: str
) -> None:
    settings = SETTINGS.format(url="postgresql://u@127.0.0.1:9/db")
    (tmp_path / "sheetward.yaml").write_text(settings, encoding="utf-8")
    away = sheetward("--lang", lang, "status")
    assert (away.status, sentence in away.err, "Traceback" in away.err) == (75, True, False), away.err
    assert "127.0.0.1:9/db" in away.err


def test_bound_sheets_never_meet_a_new_and_empty_store(team: Run, tmp_path: Path, postgres_server: Any) -> None:
    assert team("bind", written(tmp_path / "e.csv", ROWS), "--as", "e", "--table", "customers", "--yes").status == 0
    settings = tmp_path / "sheetward.yaml"
    url = postgres_server.place()[1]
    lines = settings.read_text(encoding="utf-8").splitlines()
    settings.write_text("\n".join([f"store: {url}", *lines[1:]]), encoding="utf-8")
    gone = team("sync", "--json")
    assert (gone.status, gone.json["error"]["code"]) == (2, "postgres.gone")


def test_the_password_comes_from_the_environment_and_is_never_shown(
    sheetward: Run, tmp_path: Path, postgres_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sheetward.yaml").write_text(SETTINGS.format(url="postgresql://u:geheim@h/db"), encoding="utf-8")
    refused = sheetward("status")
    assert (refused.status, "SHEETWARD_STORE_PASSWORD" in refused.err, "geheim" in refused.err) == (2, True, False)
    import psycopg

    place, _ = postgres_server.place()
    rules = postgres_server.folder / "data" / "pg_hba.conf"
    rules.write_text("local all clerk scram-sha-256\n" + rules.read_text())
    with psycopg.connect(postgres_server.url(), autocommit=True) as admin:
        admin.execute("CREATE ROLE clerk LOGIN PASSWORD 'geheim'; SELECT pg_reload_conf()")
        admin.execute(f"ALTER SCHEMA {place} OWNER TO clerk")
    url = postgres_server.url(schema=place, user="clerk")
    (tmp_path / "sheetward.yaml").write_text(SETTINGS.format(url=url), encoding="utf-8")
    monkeypatch.setenv("SHEETWARD_STORE_PASSWORD", "geheimX")
    wrong = sheetward("init", "--json")
    assert (wrong.status, wrong.json["error"]["code"], "geheim" in wrong.out) == (2, "postgres.password", False)
    monkeypatch.setenv("SHEETWARD_STORE_PASSWORD", "geheim")
    assert sheetward("init").status == 0
    assert sheetward("status").status == 0


def test_a_database_put_back_from_a_dump_is_rejoined(team: Run, tmp_path: Path, postgres_server: Any) -> None:
    """A real dump, a real workbook and a CSV; what happened since the dump comes back from them."""
    settings = (tmp_path / "sheetward.yaml").read_text(encoding="utf-8")
    place = settings.split("search_path%3D")[1].split("\n")[0]
    book = openpyxl.Workbook()
    for row in (HEADERS, *ROWS):
        book.worksheets[0].append(row)
    book.save(tmp_path / "east.xlsx")
    written(tmp_path / "west.csv", [])
    for file in ("east.xlsx", "west.csv"):
        assert team("bind", file, "--as", file[:4], "--table", "customers", "--yes").status == 0
    assert team("sync").status == 0
    dump = tmp_path / "dump.sql"
    postgres_server.dump(place, dump)
    edited(tmp_path / "west.csv", "13900139000", "13700137000")
    book = openpyxl.load_workbook(tmp_path / "east.xlsx")
    book.worksheets[0].append([None, "孙八", "13600136000"])
    book.save(tmp_path / "east.xlsx")
    assert team("sync").status == 0
    before = team("table", "customers", "--json").json
    assert len(before["rows"]) == 3
    postgres_server.put_back(place, dump)
    stopped = team("sync", "east", "--json")
    assert stopped.status == 3
    assert stopped.json["sheets"][0]["error"]["code"] == "stamp.ahead"
    done = team("rejoin", "--yes", "--json")
    assert done.status == 0, done.out
    assert set(done.json["ahead"]) == {"east", "west"}
    after = team("table", "customers", "--json").json
    assert sorted(zip(after["ids"], after["rows"], strict=True)) == sorted(
        zip(before["ids"], before["rows"], strict=True)
    )
    assert team("sync").status == 0
    assert team("audit", "verify").status == 0
