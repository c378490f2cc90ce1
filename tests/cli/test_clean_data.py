"""docs/clean-data.md: every example, in Chinese and in English, prints on real files what stands in it."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "clean-data.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def _calls(block: str) -> Iterator[tuple[str, list[str]]]:
    """Give each call of a block with the lines that it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        call, *printed = part.rstrip("\n").split("\n")
        yield call, printed


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_an_example_prints_what_stands_in_it(
    sheetward: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for path in (DOCS / "examples").iterdir():
        shutil.copy(path, tmp_path)
    for call, printed in _calls(BLOCKS[number]):
        line, _, remark = call.partition("    #")
        wanted = re.search(r"exit ([0-9])", remark)
        given, _, command = line.rpartition(" | ")
        stdin = shlex.split(given)[1] + "\n" if given else ""
        program, *arguments = shlex.split(command)
        assert program == "sheetward"
        done = sheetward(*arguments, stdin=stdin)
        assert done.status == (int(wanted[1]) if wanted else 0), call
        out = done.out + (done.err if done.status == 2 else "")
        lines = [text.rstrip() for text in out.splitlines()]
        assert lines == printed, f"{call}: run `python docs/fill_examples.py`"


def test_the_four_commands_are_shown_in_both_languages() -> None:
    calls = [call for block in BLOCKS for call, _ in _calls(block)]
    for lang in ("zh", "en"):
        for command in ("validate", "fix", "normalize", "infer", "schema check"):
            assert any(f"sheetward {command} " in call and f"--lang {lang}" in call for call in calls), command
