"""The list of bad workbooks in `docs/bad-files.md`: what each call says, its exit status, and what it may cost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .bad_workbooks import BAD, HEAD, PAGE, Bad, line

ROWS = PAGE.read_text(encoding="utf-8").removeprefix(HEAD).strip().splitlines()
MEMORY_MB = 200
CPU_S = 12


@pytest.mark.parametrize(("bad", "row"), [*zip(BAD, ROWS, strict=True)], ids=lambda value: getattr(value, "what", ""))
def test_the_page_says_what_the_call_says(bad: Bad, row: str) -> None:
    assert line(bad) == row


_CALL = """
import re, resource, sys
from pathlib import Path
from sheetward.cli import run
status = run(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_SELF)
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) >> 10
Path(sys.argv[1]).write_text(f"{status} {used.ru_utime + used.ru_stime} {peak}")
"""


def cost(folder: Path, arguments: tuple[str, ...]) -> tuple[int, float, int, str]:
    """Make a call in a process of its own; give its exit status, its CPU seconds, its peak memory in MB, what it said."""
    command = [sys.executable, "-c", _CALL, str(folder / "cost"), *arguments, "--lang", "en"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    status, seconds, memory = (folder / "cost").read_text(encoding="utf-8").split()
    return int(status), float(seconds), int(memory), done.stdout + done.stderr


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
