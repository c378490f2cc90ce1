"""One measured thing in a process of its own: CPU seconds, peak memory, and what it has to say.

A case is a generator function of its work: up to the first `yield` it prepares, up to the second it is measured, and
the second gives facts. The parent imports nothing heavy, so that no child starts with memory that is not its own.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from statistics import median

GROUPS = ("reading", "writing", "syncing", "history", "validating", "merging")
"""Those of a whole run; `growth` is measured by `growth.py`."""

Facts = dict[str, float]


@dataclass(frozen=True)
class Sizes:
    """How much data: rows of the wide workbook, rows of tables, versions, edited rows (0: 1 %), values of a column."""

    wide_rows: int = 100_000
    rows: int = 100_000
    versions: int = 100
    changes: int = 0
    values: int = 1_000_000
    sample: int = 20_000


@dataclass(frozen=True)
class Work:
    """Where a case finds what its group made, and a folder of its own to write into."""

    inputs: Path
    scratch: Path
    sizes: Sizes


Case = Callable[[Work], Generator[Facts | None]]


@dataclass(frozen=True)
class Measure:
    """CPU seconds (user and system, children too), peak memory in MB, and facts, each the median of its runs.

    The CPU time of a sample is multiplied by the fact `times`: how often the sample goes into the whole.
    """

    cpu_s: float
    peak_mb: float
    facts: Mapping[str, float] = field(default_factory=dict)

    def of(self, name: str) -> float:
        """Give a figure by its name: `cpu_s`, `peak_mb` or a fact."""
        return {"cpu_s": self.cpu_s, "peak_mb": self.peak_mb, **self.facts}[name]


def cases_of(group: str) -> Mapping[str, Case]:
    """Give the cases of a group, by name."""
    cases: Mapping[str, Case] = import_module(f"groups.{group}").CASES
    return cases


# In the child --------------------------------------------------------------------------------------------------------


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _forget_peak() -> None:
    """Let the peak begin anew where the system can (Linux): preparation does not count."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        own = int(lines["VmHWM"].split()[0]) / 1024
    return max(own, children)


def run_case(group: str, name: str, work: Work) -> Measure:
    """Run one case here and now."""
    steps = cases_of(group)[name](work)
    next(steps)
    gc.collect()
    _forget_peak()
    before = _cpu_s()
    facts = next(steps) or {}
    cpu = _cpu_s() - before
    peak = _peak_mb()
    steps.close()
    return Measure(cpu * facts.get("times", 1.0), peak, facts)


def main(arguments: Sequence[str]) -> None:
    """Make a group's inputs, or run one case and print its measure as JSON."""
    group, name, inputs, scratch, sizes = arguments
    work = Work(Path(inputs), Path(scratch), Sizes(**json.loads(sizes)))
    if name:
        print(json.dumps(asdict(run_case(group, name, work))))
    else:
        import_module(f"groups.{group}").make(work)


# In the parent -------------------------------------------------------------------------------------------------------


class ChildError(Exception):
    """A child ended badly; the text is what it said."""


def _child(group: str, name: str, inputs: Path, sizes: Sizes) -> str:
    with tempfile.TemporaryDirectory(dir=inputs) as scratch:
        command = [sys.executable, __file__, group, name, str(inputs), scratch, json.dumps(asdict(sizes))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildError(f"{group} {name}: {done.stderr.strip()}")
    return done.stdout


def make_inputs(group: str, inputs: Path, sizes: Sizes) -> None:
    """Make what the cases of a group read."""
    _child(group, "", inputs, sizes)


def measured(group: str, names: Iterable[str], inputs: Path, sizes: Sizes, runs: int) -> dict[str, Measure]:
    """Measure cases by turns, A B C A B C, and give the median of each figure."""
    seen: dict[str, list[Measure]] = {name: [] for name in names}
    for _ in range(runs):
        for name, measures in seen.items():
            measures.append(Measure(**json.loads(_child(group, name, inputs, sizes))))
    return {name: _middle(measures) for name, measures in seen.items()}


def _middle(measures: Sequence[Measure]) -> Measure:
    facts = {name: median(one.facts[name] for one in measures) for name in measures[0].facts}
    return Measure(median(one.cpu_s for one in measures), median(one.peak_mb for one in measures), facts)


if __name__ == "__main__":
    main(sys.argv[1:])
