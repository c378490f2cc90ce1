"""The benchmarks run from end to end on a handful of rows and say what they promise; how fast is not asked here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "run.py"


def bench(*arguments: str) -> str:
    command = [sys.executable, str(PROGRAM), "--rows", "60", "--runs", "1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def report() -> Mapping[str, Any]:
    document: dict[str, Any] = json.loads(bench("--json"))
    return document


def of(report: Mapping[str, Any], what: str) -> Sequence[Mapping[str, Any]]:
    return [line for line in report["lines"] if what in line["what"]]


def test_every_group_is_measured(report: Mapping[str, Any]) -> None:
    for what in ("read", "write 1 cell", "sync of", "commit", "check", "merge"):
        lines = of(report, what)
        assert lines
        assert all(line["ours"] > 0 for line in lines if line["figure"] in ("cpu_s", "peak_mb")), what


def test_ratios_are_of_the_figures_beside_them(report: Mapping[str, Any]) -> None:
    compared = [line for line in report["lines"] if line["theirs"] and line["ours"]]
    assert len(compared) > 15
    for line in compared:
        ours, theirs = line["ours"], line["theirs"]
        expected = theirs / ours if line["sense"] == "times less" else ours / theirs
        assert line["ratio"] == pytest.approx(expected)


def test_a_target_that_is_missed_has_a_share_below_one(report: Mapping[str, Any]) -> None:
    aimed = [line for line in report["lines"] if line["target"] and line["reached"]]
    assert aimed
    for line in aimed:
        measured = line["ours"] if line["sense"] == "at most" else line["ratio"]
        is_met = measured >= line["target"] if line["sense"] == "times less" else measured <= line["target"]
        assert (line["reached"] >= 1) == is_met, line


def test_the_table_is_markdown_and_names_the_machine_without_its_paths() -> None:
    text = bench("--only", "merging")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in table}) == 1
    assert len(table) == 2 + (3 if shutil.which("git") else 0)
    assert "Python 3." in text and "pandas" in text
    assert str(Path.home()) not in text and str(PROGRAM.parents[1]) not in text


def test_growth_is_drawn_for_tables_and_for_changes() -> None:
    command = [sys.executable, str(PROGRAM.with_name("growth.py")), "--rows", "60", "120", "--changes", "5", "6", "90"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    tables, _, changes = done.stdout.partition("## A table of 120 rows")
    for part, sizes in ((tables, ("60", "120")), (changes, ("5", "6"))):
        for what in ("sync apart from reading", "difference", "restore"):
            drawn = part.partition(what)[2].partition("```")[2].partition("```")[0].splitlines()
            assert [line.split()[0] for line in drawn if line] == list(sizes), what
            assert all("#" in line for line in drawn if line)
