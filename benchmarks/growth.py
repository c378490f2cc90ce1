"""Growth with changes, not with the table: the same edits in ever larger tables, and ever more edits in one. `--help`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from math import log10
from pathlib import Path

from measure import Measure, Sizes, make_inputs, measured

PAGE = Path(__file__).parent / "growth.md"
CASES = ("sync", "reading", "difference", "restore")
WIDTH = 40
LEAST_S, MOST_S = 0.001, 1000.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and leave the page beside this file."""
    parser = argparse.ArgumentParser(prog="benchmarks/growth.py", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000], metavar="N")
    parser.add_argument("--changes", type=int, nargs="+", default=[10, 100, 1_000, 10_000], metavar="N")
    parser.add_argument("--runs", type=int, default=1, metavar="N")
    options = parser.parse_args(arguments)
    # A tenth at most: more edits of one column would look like a column that was sorted alone.
    fixed, table = min(1_000, min(options.rows) // 10), max(options.rows)
    by_rows = {rows: _measured(rows, fixed, options.runs) for rows in options.rows}
    by_changes = {
        changes: by_rows[table] if changes == fixed else _measured(table, changes, options.runs)
        for changes in options.changes
        if changes <= table // 10
    }
    text = (
        "# Growth\n\nCPU seconds on a logarithmic scale, one `#` a tenth of the way from 1 ms to 10 ms and so on. "
        "The sync is that of an .xlsx, the reading of the file taken off.\n\n"
        f"## {fixed:,} edited rows in tables of\n\n{_plot(by_rows)}\n"
        f"## A table of {table:,} rows with edited rows\n\n{_plot(by_changes)}"
    )
    print(text, end="")
    if parser.get_default("rows") == options.rows or max(options.rows) >= 1_000_000:
        PAGE.write_text(text, encoding="utf-8")
    return 0


def _measured(rows: int, changes: int, runs: int) -> dict[str, Measure]:
    print(f"growth: {changes:,} of {rows:,} rows", file=sys.stderr, flush=True)
    sizes = replace(Sizes(), rows=rows, changes=changes)
    with tempfile.TemporaryDirectory() as folder:
        make_inputs("growth", Path(folder), sizes)
        return measured("growth", CASES, Path(folder), sizes, runs)


def _plot(found: dict[int, dict[str, Measure]]) -> str:
    lines: list[str] = []
    for name, of in (("sync apart from reading", "sync"), ("difference", "difference"), ("restore", "restore")):
        lines += [f"{name}\n\n```"]
        for size, measures in found.items():
            cpu = measures[of].cpu_s - (measures["reading"].cpu_s if of == "sync" else 0)
            lines.append(f"{size:>9,} {_bar(cpu):<{WIDTH + 20}} {cpu:.3f} s, {measures[of].peak_mb:.0f} MB")
        lines += ["```\n"]
    return "\n".join(lines)


def _bar(cpu_s: float) -> str:
    place = min(max(cpu_s, LEAST_S), MOST_S)
    return "#" * max(1, round(10 * log10(place / LEAST_S)))


if __name__ == "__main__":
    sys.exit(main())
