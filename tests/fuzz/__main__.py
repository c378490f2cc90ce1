"""Reads and writes many mutated files: `python -m tests.fuzz --count 50000 --first 0`. Exit 1 where a promise broke.

The files are tried in processes of their own with a limit of memory, some hundred in each; one that dies is a failure of
the file it was at.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from . import seeds
from .trial import Outcome, TooSlowError, trial

CHUNK = 500
MEMORY = 2 << 30
"""Bytes of address space for all that is done with one file."""


def failure(seed: int) -> tuple[Outcome | None, str]:
    """Try a file; give what came of it, and what is wrong, if anything: the kind of trouble and its place."""
    try:
        return trial(seed), ""
    except (Exception, TooSlowError) as wrong:  # noqa: BLE001 - whatever it is, the next file is to be tried too
        frames = traceback.extract_tb(wrong.__traceback__)
        ours = [frame for frame in frames if f"{os.sep}sheetward{os.sep}" in frame.filename] or list(frames)
        place = f"{Path(ours[-1].filename).name}:{ours[-1].name}"
        return None, f"{type(wrong).__name__} at {place}: {str(wrong)[:300]}"


def _tried(first: int, count: int, said: Path) -> None:
    """Try files in this process and write a line for each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with said.open("w", encoding="utf-8") as lines:
        for seed in range(first, first + count):
            began = time.process_time()
            lines.write(json.dumps({"began": seed}) + "\n")
            lines.flush()
            outcome, wrong = failure(seed)
            spent = time.process_time() - began
            lines.write(
                json.dumps({"seed": seed, "wrong": wrong, "spent": spent, **(asdict(outcome) if outcome else {})})
                + "\n"
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        lines.write(json.dumps({"peak": peak}) + "\n")


def _chunk(first: int, count: int, said: Path) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            _tried(first, count, said)
        finally:
            sys.stdout.flush()
            os._exit(0)
    return os.waitpid(pid, 0)[1]


def main() -> int:
    """Try the files of a range of seeds."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    for kind in (".xls", ".xlsb", ".ods"):
        seeds.legacy(kind)
    seeds.cases()
    came: Counter[str] = Counter()
    failed: list[tuple[int, str]] = []
    slowest, slowest_seed, peak = 0.0, 0, 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = f"{folder}/state"
        said = Path(folder) / "said"
        seed, end = asked.first, asked.first + asked.count
        while seed < end:
            status = _chunk(seed, min(CHUNK, end - seed), said)
            for line in said.read_text(encoding="utf-8").splitlines():
                told = json.loads(line)
                if "began" in told:
                    seed = told["began"] + 1
                    continue
                if "peak" in told:
                    peak = max(peak, told["peak"])
                    continue
                if told["wrong"]:
                    failed.append((told["seed"], told["wrong"]))
                    sys.stdout.write(f"seed {told['seed']}: {told['wrong']}\n")
                else:
                    came[f"{told['kind']}: {told['read']}" + (f" > {told['written']}" if told["written"] else "")] += 1
                if told["spent"] > slowest:
                    slowest, slowest_seed = told["spent"], told["seed"]
            if status:
                failed.append((seed - 1, f"the process ended with {status}"))
                sys.stdout.write(f"seed {seed - 1}: the process ended with {status}\n")
            sys.stdout.flush()
    for name, count in sorted(came.items()):
        sys.stdout.write(f"{count:7d}  {name}\n")
    sys.stdout.write(
        f"{asked.count} files from seed {asked.first}, {len(failed)} failed; slowest {slowest:.2f} s of CPU "
        f"(seed {slowest_seed}), peak memory {peak} MB, {time.monotonic() - began:.0f} s\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
