"""The store is put back from a copy while the workbooks go on: they stop, rejoin it, and nothing is lost."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from .firm import NAME, Firm

PHONE, REMARK = "联系电话", "备注"


def backup(firm: Firm) -> None:
    shutil.copy(firm.root / "sheetward.db", firm.root / "backup.db")


def put_back(firm: Firm) -> None:
    for end in ("", "-wal", "-shm"):
        (firm.root / f"sheetward.db{end}").unlink(missing_ok=True)
    shutil.copy(firm.root / "backup.db", firm.root / "sheetward.db")


def a_day_passes(firm: Firm) -> dict[str, dict[str, object]]:
    """Let both people work and sync: edits, a new row each, a deletion."""
    with firm.edit("boss") as boss:
        boss.type("C003", REMARK, "boss-since")
        boss.add("", "新客户", "13800138007", "华东", "A", "remark-seven")
    with firm.edit("east") as east:
        east.type("C001", PHONE, "13900139001")
        east.add("", "东客户", "13800138008", "华东", "", "")
    firm.sync()
    with firm.edit("boss") as boss:
        boss.delete("C006")
    firm.sync()
    firm.sync()
    return firm.table()


def codes(call) -> set[str | None]:
    return {sheet["error"] and sheet["error"]["code"] for sheet in call.json["sheets"]}


def is_in_step(firm: Firm) -> bool:
    again = firm.sync()
    return [(s["to_store"], s["to_sheet"], s["error"]) for s in again.json["sheets"]] == [(0, 0, None)] * 2


def test_workbooks_ahead_of_the_store_stop_and_rejoin_it(firm: Firm) -> None:
    backup(firm)
    before = a_day_passes(firm)
    put_back(firm)
    stopped = firm.sync()
    assert stopped.status == 3, stopped.said
    assert codes(stopped) == {"stamp.ahead"}
    assert "sheetward rejoin" in stopped.said
    shown = firm.call("rejoin", "--dry-run", "--json")
    assert shown.status == 0, shown.said
    assert set(shown.json["ahead"]) == {"boss", "east"}
    assert not shown.json["rejoined"]
    assert firm.call("rejoin").status == 1, "nobody agreed"
    assert firm.sync().status == 3
    done = firm.call("rejoin", "--yes", "--json")
    assert done.status == 0, done.said
    assert firm.table() == before
    assert is_in_step(firm)
    assert firm.call("audit", "verify").status == 0
    assert firm.done("rejoin", "--yes", "--json").json["sheets"] == []


@pytest.mark.parametrize(
    "at", ["after_observe", "before_commit", "after_commit", "during_write", "after_write", "before_confirm"]
)
def test_a_rejoin_that_was_killed_is_finished_by_the_next(firm: Firm, at: str) -> None:
    backup(firm)
    before = a_day_passes(firm)
    put_back(firm)
    killed = firm.start("rejoin", "--yes", at=at, does="kill").wait()
    assert killed.status not in (0, 4)
    again = firm.call("rejoin", "--yes", "--json")
    assert again.status == 0, again.said
    assert firm.table() == before
    assert is_in_step(firm)


def test_a_copy_from_before_the_epoch_stops(firm: Firm) -> None:
    backup(firm)
    a_day_passes(firm)
    lost = firm.path("boss").read_bytes()
    with firm.edit("boss") as boss:
        boss.type("C001", NAME, "王五五")
    firm.sync()
    put_back(firm)
    assert firm.call("rejoin", "--yes").status == 0
    firm.path("boss").write_bytes(lost)
    stopped = firm.sync("boss")
    assert (stopped.status, codes(stopped)) == (3, {"stamp.unknown"})
    assert firm.done("rejoin", "--yes", "--json").json["sheets"] == []


def test_an_older_copy_of_a_workbook_is_merged_and_said(firm: Firm) -> None:
    old = firm.path("boss").read_bytes()
    before = a_day_passes(firm)
    firm.path("boss").write_bytes(old)
    merged = firm.sync("boss")
    assert merged.status == 0, merged.said
    assert "sync.older" in {message["code"] for message in merged.json["sheets"][0]["messages"]}
    assert firm.table() == before
    assert is_in_step(firm)


def test_a_store_put_back_beside_the_log_of_a_killed_process_is_refused(firm: Firm) -> None:
    """SQLite mixes an older file with the log of a newer one; that must not pass for a store that lost nothing."""
    backup(firm)
    a_day_passes(firm)
    store = firm.root / "sheetward.db"
    reading = sqlite3.connect(store)
    reading.execute("PRAGMA wal_autocheckpoint=0")
    reading.execute("SELECT count(*) FROM live").fetchall()
    with firm.edit("east") as east:
        east.type("C001", PHONE, "13900139002")
    firm.sync()
    left = {end: (firm.root / f"sheetward.db{end}").read_bytes() for end in ("-wal", "-shm")}
    assert left["-wal"]
    reading.close()
    shutil.copy(firm.root / "backup.db", store)
    for end, data in left.items():
        (firm.root / f"sheetward.db{end}").write_bytes(data)
    refused = firm.call("rejoin", "--yes", "--json")
    assert refused.status == 70, refused.said
