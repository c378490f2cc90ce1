"""A sync that is killed, interrupted or overtaken by a person's save loses nothing and doubles nothing."""

from __future__ import annotations

import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from .firm import NAME, Book, Firm, is_whole
from .forge import Call, Forge

POINTS = (
    "after_observe",
    "before_commit",
    "after_commit",
    "before_write",
    "during_write",
    "after_write",
    "before_confirm",
)
PHONE, RATING, REMARK = "联系电话", "信用评级", "备注"
KEYS = ("C001", "C002", "C003", "C004", "C005", "C006", "C010")
Rows = dict[str, dict[str, Any]]
Courses = dict[str, tuple[Rows, Rows, dict[str, Rows]]]


def work(firm: Firm) -> None:
    """Let both people work: edits on both sides, a conflict, new rows, deletions, what must be held, what is not theirs."""
    with firm.edit("boss") as book:
        book.type("C001", PHONE, "13911110001")
        book.type("C002", NAME, "赵六改名")
        book.type("C002", REMARK, "remark-two-new")
        book.add("C010", "新人甲", "13911110010", "华东", "A", "remark-ten")
        book.add("", "新人丁", "13911110013", "华北", "B", "remark-thirteen")
        book.add("C011", "电话不对", "12", "华东", "A", "remark-eleven")
        book.delete("C006")
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13922220001")
        book.type("C004", NAME, "孙八改名")
        book.type("C002", RATING, "BBB")
        book.add("", "新人乙", "13922220011", "华东")
        book.add("C003", "号码占用", "13922220012", "华东")
        book.delete("C005")


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory, template: Path, forge: Forge) -> Firm:
    """Give the company after a day's work that no sync has seen."""
    root = tmp_path_factory.mktemp("worked") / "company"
    shutil.copytree(template, root)
    firm = Firm(root, forge)
    work(firm)
    return firm


def copied(worked: Firm, tmp_path: Path) -> Firm:
    """Give a company of one's own in that state."""
    shutil.copytree(worked.root, tmp_path / "company")
    return Firm(tmp_path / "company", worked.forge, typed=[*worked.typed])


def told(rows: Rows) -> Rows:
    """Give rows without their random ids."""
    return {key: {name: cell for name, cell in row.items() if name != "_sheetward_id"} for key, row in rows.items()}


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, worked: Firm) -> Courses:
    """Say, by the sheet that is synced first, what comes of the work where nothing dies.

    That sheet's rows right after its own sync; the store's rows in the end; all sheets' rows in the end.
    """
    found: Courses = {}
    for first in ("boss", "east"):
        firm = copied(worked, tmp_path_factory.mktemp("undisturbed"))
        firm.sync(first)
        then = told(firm.shown(first))
        assert firm.sync().status == 4
        found[first] = then, firm.table(), {name: told(firm.shown(name)) for name in firm.sheets}
    return found


def check_nothing_is_lost(firm: Firm) -> None:
    """Look for every word that somebody typed."""
    calls = [firm.done("table", "customers", "--json")]
    calls += [firm.done(word, "list", "--json") for word in ("conflicts", "held", "rejections")]
    said = "".join(call.said for call in calls)
    for key in sorted({*KEYS, *firm.table()}):
        if all(word in said for word in firm.typed):
            break
        said += firm.call("history", "--row", key, "--json").said
    assert [word for word in firm.typed if word not in said] == []


def check_settled(firm: Firm, call: Call) -> None:
    """Look whether a sync came to its end: nothing left behind, nothing more to do."""
    assert call.status in (0, 4), call.said
    assert [entry["error"] for entry in call.json["sheets"]] == [None] * len(call.json["sheets"])
    assert firm.leftovers() == []
    before = firm.bytes_of()
    again = firm.sync()
    counts = [(s["to_store"], s["to_sheet"], s["new_rows"], s["deleted_rows"]) for s in again.json["sheets"]]
    assert counts == [(0, 0, 0, 0)] * len(counts), again.said
    assert firm.bytes_of() == before
    assert all(is_whole(firm.path(name)) for name in firm.sheets)
    names = [row["name"] for row in firm.table().values()]
    assert len(names) == len(set(names)), names


@pytest.mark.parametrize(
    ("first", "point"), [*(("east", p) for p in POINTS), *(("boss", p) for p in ("after_commit", "during_write"))]
)
def test_killed_at_a_named_point(worked: Firm, tmp_path: Path, undisturbed: Courses, first: str, point: str) -> None:
    firm = copied(worked, tmp_path)
    killed = firm.start("sync", first, at=point, does="kill").wait()
    assert killed.status == -signal.SIGKILL
    then, table, sheets = undisturbed[first]
    assert is_whole(firm.path(first))
    assert told(firm.shown(first)) in (told(worked.shown(first)), then)
    check_settled(firm, firm.sync(first, *[name for name in firm.sheets if name != first]))
    assert firm.table() == table
    assert {name: told(firm.shown(name)) for name in firm.sheets} == sheets
    check_nothing_is_lost(firm)


@pytest.fixture(scope="session")
def sync_s(tmp_path_factory: pytest.TempPathFactory, worked: Firm) -> float:
    """Say how many seconds a sync of the day's work takes here, now."""
    firm = copied(worked, tmp_path_factory.mktemp("timed"))
    began = time.monotonic()
    assert firm.sync().status == 4
    return time.monotonic() - began


@pytest.mark.parametrize("number", [*range(10), *(pytest.param(n, marks=pytest.mark.long) for n in range(10, 50))])
def test_killed_at_any_moment(worked: Firm, tmp_path: Path, sync_s: float, number: int) -> None:
    firm = copied(worked, tmp_path)
    moment = random.Random(number)
    for _ in range(1 + number % 2):
        call = firm.start("sync")
        time.sleep(moment.uniform(0.02, max(0.6, sync_s)))
        call.signal(signal.SIGKILL)
        call.wait()
        assert all(is_whole(firm.path(name)) for name in firm.sheets)
    check_settled(firm, firm.sync())
    assert {"C001", "C002", "C003", "C004", "C010"} < firm.table().keys()
    assert not {"C005", "C006", "C011"} & firm.table().keys()
    check_nothing_is_lost(firm)


@pytest.mark.parametrize("point", ["after_observe", "after_commit", "during_write"])
def test_interrupted_by_its_user(worked: Firm, tmp_path: Path, point: str) -> None:
    firm = copied(worked, tmp_path)
    call = firm.held("sync", "east", at=point, seconds=30)
    call.signal(signal.SIGINT)
    assert call.wait().status == 130
    assert "Traceback" not in call.said
    assert is_whole(firm.path("east"))
    check_settled(firm, firm.sync())
    check_nothing_is_lost(firm)


def test_a_kill_after_a_kill_is_finished_too(worked: Firm, tmp_path: Path) -> None:
    firm = copied(worked, tmp_path)
    for point in ("after_commit", "during_write", "after_write", "during_write", "before_confirm"):
        firm.start("sync", at=point, does="kill").wait()
    with firm.edit("east") as book:
        book.type("C004", PHONE, "13933330004")
    check_settled(firm, firm.sync())
    assert firm.table()["C004"]["phone"].endswith("13933330004")
    check_nothing_is_lost(firm)


@pytest.mark.parametrize("point", ["after_commit", "during_write", "before_confirm"])
def test_edited_after_the_kill(worked: Firm, tmp_path: Path, point: str) -> None:
    """A person goes on with the workbook that a killed sync left: edits, a row more, one less, and a sorted tab."""
    firm = copied(worked, tmp_path)
    firm.start("sync", "east", at=point, does="kill").wait()
    with firm.edit("east") as book:
        book.type("新人乙", PHONE, "13944440011")
        book.type("C002", NAME, "赵六又改")
        book.add("C020", "新人丙", "13944440020", "华东")
        book.delete("C004")
        book.tab.move_range("A3:AB3", rows=20)
    call = firm.sync("east", "boss")
    check_settled(firm, call)
    table = firm.table()
    assert [row["phone"][-11:] for row in table.values() if row["name"] == "新人乙"] == ["13944440011"]
    assert "C004" not in table
    assert {"C010", "C020"} <= table.keys()
    check_nothing_is_lost(firm)


@pytest.mark.parametrize(
    ("point", "way"),
    [
        ("after_observe", "in place"),
        ("before_commit", "by renaming"),
        ("after_commit", "in place"),
        ("before_write", "by renaming"),
        ("during_write", "in place"),
        ("during_write", "by renaming"),
    ],
)
def test_saved_while_a_sync_is_under_way(worked: Firm, tmp_path: Path, point: str, way: str) -> None:
    firm = copied(worked, tmp_path)
    opened = openpyxl.load_workbook(firm.path("east"))
    book = Book(opened, firm.typed)
    book.type("C002", NAME, "中途改名")
    book.type("新人乙", PHONE, "13955550011")
    book.add("C030", "中途新人", "13955550030", "华东")
    call = firm.held("sync", "east", at=point, seconds=0.6)
    if way == "in place":
        opened.save(firm.path("east"))
    else:
        opened.save(tmp_path / "new.xlsx")
        (tmp_path / "new.xlsx").replace(firm.path("east"))
    assert call.poll() is None, "the save came too late to be in between"
    assert call.wait().status in (4, 75), call.said
    check_settled(firm, firm.sync())
    table = firm.table()
    assert table["C030"]["name"] == firm.shown("east")["C030"][NAME] == "中途新人"
    assert [row["phone"][-11:] for row in table.values() if row["name"] == "新人乙"] == ["13955550011"]
    assert firm.shown("east")["C002"][NAME] == "中途改名"
    check_nothing_is_lost(firm)
