"""Several things at once: syncs, a person settling matters, office programs, other users of the store, full disks."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .firm import EAST, NAME, Firm, is_whole
from .forge import Call, Forge
from .residue import leaks

PHONE, REMARK = "联系电话", "备注"


def check_in_step(firm: Firm) -> None:
    """Sync until nothing moves: at once, without a row twice, with nothing left behind."""
    settled = firm.sync()
    assert settled.status in (0, 4), settled.said
    before = firm.bytes_of()
    again = firm.sync()
    assert [(s["to_store"], s["to_sheet"], s["error"]) for s in again.json["sheets"]] == [(0, 0, None)] * 2
    assert firm.bytes_of() == before
    assert firm.leftovers() == []
    names = [row["name"] for row in firm.table().values()]
    assert len(names) == len(set(names)), names
    assert firm.call("audit", "verify").status == 0


def finished(*calls: Call) -> list[Call]:
    """Wait for several calls; each ends with an answer and not with a defect."""
    for call in calls:
        assert call.wait().status in (0, 1, 3, 4, 75), call.said
        assert "Traceback" not in call.said
    return list(calls)


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Let another process hold the store's write lock."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read(); c.execute('ROLLBACK')"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        holder.stdin.close()
        holder.wait(30)
        holder.stdout.close()


@pytest.fixture(scope="module", autouse=True)
def starved(
    tmp_path_factory: pytest.TempPathFactory, template: Path, forge: Forge
) -> Generator[tuple[Firm, Call, bytes]]:
    """Start a sync at a store that stays locked; it waits for half a minute while the other tests run."""
    root = tmp_path_factory.mktemp("starved") / "company"
    shutil.copytree(template, root)
    firm = Firm(root, forge)
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
    with locked(root / "sheetward.db"):
        yield firm, firm.start("sync", "east"), firm.path("east").read_bytes()


@pytest.mark.parametrize("number", range(2))
def test_two_syncs_of_one_workbook(firm: Firm, number: int) -> None:
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
        book.add("", f"新人{number}", "13911110002", "华东")
    finished(*(firm.start("sync", "east") for _ in range(3)))
    check_in_step(firm)
    assert firm.table()["C001"]["phone"].endswith("13911110001")
    assert [row["name"] for row in firm.table().values()].count(f"新人{number}") == 1


@pytest.mark.parametrize("number", range(2))
def test_two_syncs_of_two_workbooks_that_edit_the_same_rows(firm: Firm, number: int) -> None:
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
        book.type("C002", NAME, "赵六改")
        book.add("C070", f"同号{number}", "13911110070", "华东")
    with firm.edit("boss") as book:
        book.type("C001", PHONE, "13922220001")
        book.type("C004", NAME, "孙八改")
        book.add("C070", f"同号{number}", "13911110070", "华东", "", "from-the-boss")
    finished(firm.start("sync", "east"), firm.start("sync", "boss"), firm.start("sync"))
    check_in_step(firm)
    (conflict,) = firm.call("conflicts", "list", "--json").json["conflicts"]
    assert {conflict["store"][-11:], conflict["sheet"][-11:]} == {"13911110001", "13922220001"}
    table = firm.table()
    assert (table["C002"]["name"], table["C004"]["name"]) == ("赵六改", "孙八改")
    assert table["C070"]["remark"] == "from-the-boss"
    assert firm.shown("boss").keys() == {"C001", "C002", "C003", "C004", "C005", "C006", "C070"}


@pytest.mark.parametrize("point", ["before_commit", "after_commit", "before_confirm"])
def test_a_restore_while_a_sync_holds(firm: Firm, point: str) -> None:
    with firm.edit("boss") as book:
        book.type("C004", NAME, "孙八改")
        book.type("C001", REMARK, "remark-one-new")
    assert firm.sync().status == 0
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
        book.type("C004", PHONE, "13911110004")
    held = firm.held("sync", "east", at=point, seconds=0.8)
    restored = firm.call("restore", "--column", "name", "--to", "customers:1", "--yes")
    assert restored.status == 0, restored.said
    finished(held)
    check_in_step(firm)
    table = firm.table()
    assert table["C004"]["name"] == firm.shown("east")["C004"][NAME] == "孙八"
    assert [table[key]["phone"][-11:] for key in ("C001", "C004")] == ["13911110001", "13911110004"]
    assert table["C001"]["remark"] == "remark-one-new"


@pytest.mark.parametrize(
    ("point", "side"),
    [("after_observe", "sheet"), ("after_commit", "store"), ("during_write", "sheet"), ("before_confirm", "store")],
)
def test_a_conflict_resolved_while_a_sync_holds(firm: Firm, point: str, side: str) -> None:
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
    with firm.edit("boss") as book:
        book.type("C001", PHONE, "13922220001")
    assert firm.sync("boss", "east").status == 4
    (conflict,) = firm.call("conflicts", "list", "--json").json["conflicts"]
    with firm.edit("east") as book:
        book.type("C004", NAME, "孙八改")
        book.add("", "新人", "13911110009", "华东")
    held = firm.held("sync", "east", at=point, seconds=0.8)
    resolved = firm.call("conflicts", "resolve", conflict["id"], "--take", side)
    assert resolved.status == 0, resolved.said
    finished(held)
    check_in_step(firm)
    expected = "13911110001" if conflict[side].endswith("13911110001") else "13922220001"
    assert firm.table()["C001"]["phone"].endswith(expected)
    assert [firm.shown(name)["C001"][PHONE] for name in firm.sheets] == [expected, expected]
    assert firm.call("conflicts", "list", "--json").json["conflicts"] == []
    assert firm.table()["C004"]["name"] == "孙八改"


@pytest.mark.parametrize("point", ["after_observe", "before_commit", "after_commit", "during_write"])
def test_a_rule_applied_while_a_sync_holds(firm: Firm, point: str) -> None:
    """What the new rule hides is in no byte, although the sync under way was planned under the old one."""
    with firm.edit("boss") as book:
        book.type("C002", NAME, "只给老板看的名字")
    assert firm.sync("boss").status == 0
    with firm.edit("east") as book:
        book.type("C004", PHONE, "13911110004")
    firm.rule("east", {**EAST, "columns": {"customer_id": "read", "region": "read", "phone": "write"}})
    held = firm.held("sync", "east", at=point, seconds=0.8)
    firm.done("share", "apply", "--yes")
    finished(held)
    check_in_step(firm)
    assert leaks(firm, "只给老板看的名字", "孙八") == []
    rows = list(firm.shown("east").values())
    assert len(rows) == 4
    assert not any(NAME in row for row in rows)
    assert firm.table()["C004"]["phone"].endswith("13911110004")
    assert firm.table()["C002"]["name"] == "只给老板看的名字"


def test_another_sheet_is_bound_while_a_sync_holds(firm: Firm) -> None:
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
    held = firm.held("sync", "east", at="after_commit", seconds=0.8)
    firm.bind("west", {"columns": {"*": "read"}}, "--create")
    finished(held)
    assert firm.sync().status == 0
    assert firm.shown("west")["C001"][PHONE] == firm.shown("boss")["C001"][PHONE] == "13911110001"


def test_a_sheet_is_unbound_while_a_sync_of_it_holds(firm: Firm) -> None:
    """The sync keeps the workbook to itself until it is done; then it is unbound, whole."""
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
    held = firm.held("sync", "east", at="after_commit", seconds=0.8)
    unbound = firm.call("unbind", "east")
    finished(held)
    assert unbound.status == 0, unbound.said
    assert is_whole(firm.path("east"))
    assert firm.table()["C001"]["phone"].endswith("13911110001")
    assert [entry["name"] for entry in firm.sync().json["sheets"]] == ["boss"]


@pytest.mark.parametrize("marker", ["~$east.xlsx", ".~lock.east.xlsx#"])
def test_a_workbook_open_in_an_office_program(firm: Firm, marker: str) -> None:
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
    lock = firm.root / marker
    text = b"\x05Alice" if marker.startswith("~$") else b",alice,elsewhere,01.01.2026 10:00,file:///x;"
    before = firm.path("east").read_bytes()
    lock.write_bytes(text)
    call = firm.sync("east")
    assert (call.status, call.sheet("east")["error"]["code"]) == (3, "sheet.open")
    assert firm.path("east").read_bytes() == before
    assert firm.table()["C001"]["phone"].endswith("13800138001")
    lock.unlink()
    held = firm.held("sync", "east", "--json", at="after_commit", seconds=0.5)
    lock.write_bytes(text)
    assert (held.wait().status, held.sheet("east")["error"]["code"]) == (75, "sheet.open")
    assert firm.path("east").read_bytes() == before
    assert firm.table()["C001"]["phone"].endswith("13911110001")
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911119999")
        book.type("C002", NAME, "赵六改")
    lock.unlink()
    check_in_step(firm)
    assert firm.table()["C001"]["phone"].endswith("13911119999")
    assert firm.shown("boss")["C002"][NAME] == "赵六改"
    assert firm.call("conflicts", "list", "--json").json["conflicts"] == []


def test_a_store_that_another_process_keeps_locked(firm: Firm) -> None:
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
    before = firm.path("east").read_bytes()
    with locked(firm.root / "sheetward.db"):
        waiting = firm.start("sync", "east")
        time.sleep(1)
        assert waiting.poll() is None
    assert waiting.wait().status == 0, waiting.said
    assert firm.path("east").read_bytes() != before
    check_in_step(firm)


def test_a_store_locked_for_longer_than_anyone_waits(starved: tuple[Firm, Call, bytes]) -> None:
    firm, call, before = starved
    assert call.wait().status == 75
    assert "Traceback" not in call.said
    assert len(call.said.strip().splitlines()) <= 2
    assert firm.path("east").read_bytes() == before


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 1.0])
def test_a_disk_that_is_full(firm: Firm, share: float) -> None:
    """Room for a share of the workbook's bytes in each file: first the store cannot grow, later the workbook cannot."""
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
        book.add("", "新人", "13911110009", "华东")
    before = firm.path("east").read_bytes()
    call = firm.start("sync", "east", "--json", room=int(share * len(before))).wait()
    assert call.status == 75, call.said
    assert "Traceback" not in call.said
    assert firm.path("east").read_bytes() == before
    check_in_step(firm)
    assert firm.shown("boss")["C001"][PHONE] == "13911110001"
    assert [row["name"] for row in firm.table().values()].count("新人") == 1
