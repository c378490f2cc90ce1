"""The list of bad workbooks in `docs/bad-files.md`: what each call says, its exit status, and what it may cost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .bad_workbooks import BAD, HEAD, PAGE, Bad, line

ROWS = PAGE.read_text(encoding="utf-8").removeprefix(HEAD).strip().splitlines()
MEMORY_MB = 260
CPU_S = 12


@pytest.mark.parametrize(("bad", "row"), [*zip(BAD, ROWS, strict=True)], ids=lambda value: getattr(value, "what", ""))
def test_the_page_says_what_the_call_says(bad: Bad, row: str) -> None:
    assert line(bad) == row


def cost(folder: Path, arguments: tuple[str, ...]) -> tuple[int, float, int, str]:
    """Make a call as a real process; give its exit status, its CPU seconds, its peak memory in MB, what it said."""
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "sheetward", *arguments, "--lang", "en"], cwd=folder, stdout=said, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    text = (folder / "said").read_text(encoding="utf-8")
    return process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss >> 10, text


@pytest.mark.parametrize(
    "what",
    [
        "a zip bomb",
        "a zip bomb that lies about its size",
        "a document type (DOCTYPE) with entities",
        "more than 10,000 parts",
    ],
)
def test_what_is_made_to_hurt_costs_little(what: str, tmp_path: Path) -> None:
    (bad,) = [bad for bad in BAD if bad.what == what]
    bad.make(tmp_path)
    status, seconds, memory, said = cost(tmp_path, bad.arguments)
    assert status == 2, said
    assert len(said.strip().splitlines()) == 2
    assert seconds < CPU_S
    assert memory < MEMORY_MB
