"""Benchmarks: one table of ratios, each measured in this one run. `make bench`, or `python benchmarks/run.py --help`."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from measure import GROUPS, ChildError, Sizes, cases_of, make_inputs, measured
from table import Goal, Line, line_of, markdown

PLAIN = Sizes()
FULL = replace(PLAIN, wide_rows=500_000)
QUICK = Sizes(wide_rows=2_000, rows=2_000, versions=4, values=10_000, sample=2_000)
PEER_PACKAGES = {"delta": "deltalake", "daff": "daff"}
LATEST = Path(__file__).parent / "latest.md"
PACKAGES = (
    "sheetward",
    "isal",
    "orjson",
    "sqlalchemy",
    "openpyxl",
    "python-calamine",
    "pandas",
    "pandera",
    "phonenumbers",
    "python-dateutil",
    "deltalake",
    "daff",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and leave the table of a whole run beside this file."""
    options = _options(arguments)
    sizes = QUICK if options.quick else FULL if options.full else PLAIN
    if options.rows:
        sizes = replace(
            sizes,
            wide_rows=options.rows,
            rows=options.rows,
            values=min(sizes.values, options.rows * 10),
            versions=min(sizes.versions, max(2, options.rows // 10)),
        )
    lines: list[Line] = []
    failed = False
    for group in options.only or GROUPS:
        try:
            lines += _group(group, sizes, options.runs)
        except ChildError as trouble:
            failed = True
            _say(f"benchmarks: {trouble}")
    if options.json:
        print(json.dumps({"machine": _machine(), "sizes": asdict(sizes), "lines": _records(lines)}, ensure_ascii=False))
        return int(failed)
    text = _page(lines, options.runs)
    print(text, end="")
    if not (failed or options.only or options.quick or options.rows):
        LATEST.write_text(text, encoding="utf-8")
    return int(failed)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/run.py", description="Measure Sheetward beside other tools.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick", action="store_true", help="small sizes, under a minute: says that it works, not how fast"
    )
    size.add_argument("--full", action="store_true", help="500,000 rows in the workbook that is read and written")
    parser.add_argument("--rows", type=int, metavar="N", help="so many rows everywhere")
    parser.add_argument("--only", action="append", choices=GROUPS, help="one group; may be given again")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each case, by turns (default: 3)")
    parser.add_argument("--json", action="store_true", help="figures as JSON; nothing is left beside the program")
    return parser.parse_args(arguments)


def _group(group: str, sizes: Sizes, runs: int) -> Iterator[Line]:
    goals: Sequence[Goal] = import_module(f"groups.{group}").goals(sizes)
    wanted = {name for goal in goals for name in (goal.ours, goal.peer) if name}
    names = [name for name in cases_of(group) if name in wanted and _has_peer(name)]
    with tempfile.TemporaryDirectory() as folder:
        _say(f"{group}: making data")
        make_inputs(group, Path(folder), sizes)
        _say(f"{group}: measuring {', '.join(names)}")
        measures = measured(group, names, Path(folder), sizes, runs)
    for goal in goals:
        line = line_of(goal, measures)
        if line is not None:
            yield line


def _has_peer(case: str) -> bool:
    """Say whether the tool that a case begins with is installed: a program or a package; our own cases have none."""
    tool = case.partition("_")[0]
    if tool in PEER_PACKAGES:
        return find_spec(PEER_PACKAGES[tool]) is not None
    return tool != "git" or shutil.which("git") is not None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _machine() -> str:
    """Name what it ran on; no paths, no names of people or hosts."""
    installed: list[str] = []
    for name in PACKAGES:
        try:
            installed.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            installed.append(f"no {name}")
    if shutil.which("git"):
        installed.append(
            subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        )
    day = dt.datetime.now(dt.UTC).date()
    return (
        f"{day.isoformat()}, {platform.system()} {platform.machine()}, {os.cpu_count()} x {_processor()}, "
        f"Python {platform.python_version()}; {', '.join(installed)}"
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def _page(lines: Sequence[Line], runs: int) -> str:
    how = f"the median of {runs} runs by turns" if runs > 1 else "each measured once"
    return (
        "# Benchmarks\n\n"
        "Ratios of one run on one machine; absolute times mean little elsewhere. CPU seconds are user and system time of a "
        f"process of its own, imports and preparation left out, {how}; memory is the peak of the whole "
        "process. A share of the target below 1 is how far it is missed.\n\n"
        f"{markdown(lines)}\n{_machine()}\n"
    )


def _records(lines: Sequence[Line]) -> list[dict[str, object]]:
    return [
        {
            "what": line.goal.what,
            "figure": line.goal.figure,
            "ours": line.ours,
            "peer": line.goal.peer_name or None,
            "theirs": line.peer,
            "ratio": line.ratio,
            "sense": line.goal.sense.value,
            "target": line.goal.limit,
            "reached": line.share,
        }
        for line in lines
    ]


if __name__ == "__main__":
    sys.exit(main())
