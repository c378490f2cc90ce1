"""The tour of the READMEs is played as it is printed; the two READMEs say the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .readme import READMES, ROOT, Block, blocks, commands, headings

# These build a virtual environment or run this very suite: `make` itself is tried on a fresh machine.
NOT_PLAYED = ("make ", "python -m pip ", "sheetward demo", "export PATH")


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


class Tour:
    """A shell that begins in a copy of what the tour needs of the repository and remembers `cd`."""

    def __init__(self, folder: Path, lang: str) -> None:
        self.folder = folder
        (folder / "docs").mkdir()
        shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "LC_ALL": {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[lang],
            "LANG": {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[lang],
            "COLUMNS": "160",
        }
        self.output = ""

    def play(self, block: Block) -> None:
        self.output = ""
        for command in commands(block):
            if command.line.startswith(NOT_PLAYED):
                continue
            if command.line.startswith("cd "):
                self.folder /= command.line[3:]
                continue
            line = re.sub(r"\bID\b", self._first_conflict(), command.line) if " ID" in command.line else command.line
            done = self._run(line)
            assert done.returncode == command.exit_status, (line, done.stdout, done.stderr)
            self.output += done.stdout + done.stderr

    def _run(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            line, shell=True, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )

    def _first_conflict(self) -> str:
        listed = self._run("sheetward conflicts --json").stdout
        return str(json.loads(listed)["conflicts"][0]["id"])


@pytest.mark.parametrize(("name", "lang"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_the_tour_runs_and_prints_what_it_says(name: str, lang: str, tmp_path: Path) -> None:
    tour = Tour(tmp_path, lang)
    played = 0
    for block in blocks(name):
        if block.lang == "sh":
            tour.play(block)
            played += len(commands(block))
        elif block.lang == "yaml":
            (tour.folder / "sheetward.yaml").write_text(block.text, encoding="utf-8")
        elif block.lang == "text":
            seen = _squeezed(tour.output)
            for line in block.text.splitlines():
                assert _squeezed(line) in seen, (line, tour.output)
    assert played > 20


def test_both_readmes_have_the_same_headings_and_commands() -> None:
    first, second = READMES
    assert headings(first) == headings(second)
    assert [b.lang for b in blocks(first)] == [b.lang for b in blocks(second)]
    for ours, theirs in zip(blocks(first), blocks(second), strict=True):
        if ours.lang == "text":
            assert len(ours.text.splitlines()) == len(theirs.text.splitlines())
        elif ours.lang == "sh":
            assert commands(ours) == commands(theirs)
        else:
            assert ours.text.replace("language: en", "language: zh") == theirs.text
