"""`sync --watch` as a real process: it follows saves, waits for files that are open or still written, and ends when asked."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from .firm import Firm, is_whole
from .forge import Call
from .test_races import check_in_step

PHONE = "联系电话"


def watching(firm: Firm, *arguments: str) -> Call:
    """Start a watch."""
    call = firm.start("sync", "--watch", "--every", "0.1", *arguments)
    until(call, lambda: "Ctrl-C" in call.said or "--json" in arguments)
    return call


def until(call: Call, holds: Callable[[], bool]) -> None:
    """Wait until something holds while the call runs."""
    end = time.monotonic() + 60
    while not holds():
        assert call.poll() is None, call.said
        assert time.monotonic() < end, call.said
        time.sleep(0.05)


def phone(firm: Firm, key: str) -> str:
    return str(firm.table()[key]["phone"])[-11:]


def rounds(call: Call) -> list[Any]:
    """Give the documents that a watch has written, one a line."""
    return [json.loads(line) for line in call.out.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_saves_are_followed_and_ctrl_c_ends_it(firm: Firm, number: signal.Signals) -> None:
    call = watching(firm, "--lang", "en")
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
    until(call, lambda: firm.shown("boss")["C001"][PHONE] == "13911110001")
    with firm.edit("boss") as book:
        book.type("C004", PHONE, "13922220004")
    until(call, lambda: firm.shown("east")["C004"][PHONE] == "13922220004")
    call.signal(number)
    assert call.wait().status == 0, call.said
    assert "Traceback" not in call.said
    assert call.said.rstrip().endswith("the watch has ended")
    check_in_step(firm)


def test_an_open_workbook_and_one_still_written_are_waited_for(firm: Firm) -> None:
    marker = firm.root / "~$east.xlsx"
    marker.write_bytes(b"\x05Alice" + b" " * 50)
    call = watching(firm, "--lang", "zh")
    until(call, lambda: "Alice" in call.said)
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
    saved = firm.path("east").read_bytes()
    time.sleep(1.5)
    assert firm.path("east").read_bytes() == saved
    assert phone(firm, "C001") != "13911110001"
    marker.unlink()
    until(call, lambda: firm.shown("boss")["C001"][PHONE] == "13911110001")

    book = openpyxl.load_workbook(firm.path("east"))
    book.worksheets[0].title = "客户"
    book.save(firm.root / "slow.tmp")
    whole = (firm.root / "slow.tmp").read_bytes()
    with firm.path("east").open("wb") as file:  # a copy over a slow line: half of it lies there for a while
        for piece in range(0, len(whole), len(whole) // 6):
            file.write(whole[piece : piece + len(whole) // 6])
            file.flush()
            time.sleep(0.25)
    (firm.root / "slow.tmp").unlink()
    with firm.edit("boss") as boss:
        boss.type("C002", PHONE, "13933330002")
    until(call, lambda: firm.shown("boss")["C002"][PHONE] == "13933330002" and phone(firm, "C002") == "13933330002")
    call.signal(signal.SIGINT)
    assert call.wait().status == 0
    assert "workbook.truncated" not in call.said
    assert "不完整" not in call.said
    check_in_step(firm)


def test_with_json_each_sync_that_says_something_is_one_line_and_a_touch_says_nothing(firm: Firm) -> None:
    call = watching(firm, "--json")
    time.sleep(1)
    firm.path("east").touch()
    time.sleep(2)
    assert rounds(call) == []
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
    until(call, lambda: len(rounds(call)) >= 2)
    call.signal(signal.SIGINT)
    assert call.wait().status == 0
    said = [sheet for document in rounds(call) for sheet in document["sheets"]]
    assert [(sheet["name"], sheet["to_store"], sheet["to_sheet"]) for sheet in said] == [("east", 1, 0), ("boss", 0, 1)]


def test_a_trouble_is_said_once_and_the_watch_goes_on(firm: Firm) -> None:
    call = watching(firm, "--lang", "en")
    good = firm.path("east").read_bytes()
    firm.path("east").write_bytes(good[: len(good) // 2])
    until(call, lambda: "east.xlsx" in call.said.partition("Ctrl-C")[2])
    time.sleep(1)
    assert call.said.count("incomplete") + call.said.count("cut off") == 1, call.said
    firm.path("east").write_bytes(good)
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110001")
    until(call, lambda: firm.shown("boss")["C001"][PHONE] == "13911110001")
    settings = firm.root / "sheetward.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("tables:", "tables: ["), encoding="utf-8")
    until(call, lambda: "sheetward.yaml" in call.said)
    settings.write_text(text, encoding="utf-8")
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13911110009")
    until(call, lambda: firm.shown("boss")["C001"][PHONE] == "13911110009")
    call.signal(signal.SIGINT)
    assert call.wait().status == 0
    assert is_whole(firm.path("east"))


def test_a_dry_run_is_no_watch(firm: Firm) -> None:
    for option in (["--dry-run"], ["--allow", "east:empty"]):
        call = firm.call("sync", "--watch", *option, "--json")
        assert (call.status, call.json["error"]["code"]) == (2, "usage.not_together")
