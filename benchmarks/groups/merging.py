"""Three-way merge of tables: 1 % of the rows edited on each side, never the same cell, beside daff and git's merge of the CSVs."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Generator

from data import FIELDS, customers, edited_places, write_csv
from measure import Facts, Sizes, Work
from table import Goal

SIDES = ("base", "ours", "theirs")
KEY = ("customer_id",)


def make(work: Work) -> None:
    """Write the three sides: ours edits remarks, theirs edits owners, some of them in the same rows."""
    base = list(customers(work.sizes.rows))
    write_csv(work.inputs / "base.csv", base)
    ours, theirs = list(base), list(base)
    remark, owner = FIELDS.index("remark"), FIELDS.index("owner")
    for place in edited_places(len(base), 0.01, seed=31):
        ours[place] = (*base[place][:remark], f"改 {place}", *base[place][remark + 1 :])
    for place in edited_places(len(base), 0.01, seed=32):
        theirs[place] = (*base[place][:owner], f"新人 {place}", *base[place][owner + 1 :])
    write_csv(work.inputs / "ours.csv", ours)
    write_csv(work.inputs / "theirs.csv", theirs)


def merge_alone(work: Work) -> Generator[Facts | None]:
    """Merge three tables in memory."""
    from sheetward.app.plain_table import read_plain
    from sheetward.app.table_merge import merged
    from sheetward.table import ThreeWay

    base, ours, theirs = (read_plain(work.inputs / f"{side}.csv") for side in SIDES)
    yield None
    result = merged(ThreeWay(base, ours, theirs), KEY)
    yield {"false_conflicts": len(result.conflicts)}


def with_files(work: Work) -> Generator[Facts | None]:
    """Read three CSVs, merge, write one."""
    from sheetward.app.plain_table import read_plain, write_plain
    from sheetward.app.table_merge import merged
    from sheetward.table import ThreeWay

    yield None
    base, ours, theirs = (read_plain(work.inputs / f"{side}.csv") for side in SIDES)
    result = merged(ThreeWay(base, ours, theirs), KEY)
    write_plain(result.table, work.scratch / "merged.csv", ".csv")
    yield {"false_conflicts": len(result.conflicts)}


def git(work: Work) -> Generator[Facts | None]:
    """Merge the files by line; each mark of a conflict is a false one."""
    paths = [str(shutil.copy(work.inputs / f"{side}.csv", work.scratch)) for side in ("ours", "base", "theirs")]
    yield None
    done = subprocess.run(["git", "merge-file", "-p", *paths], capture_output=True, check=False)
    yield {"false_conflicts": done.stdout.count(b"<<<<<<< ")}


def daff(work: Work) -> Generator[Facts | None]:
    """Merge three tables in memory by their key."""
    from daff import CompareFlags, Merger, PythonTableView

    base, ours, theirs = (
        list(csv.reader((work.inputs / f"{side}.csv").open(encoding="utf-8", newline=""))) for side in SIDES
    )
    flags = CompareFlags()
    flags.addPrimaryKey(KEY[0])
    yield None
    merger = Merger(PythonTableView(base), PythonTableView(ours), PythonTableView(theirs), flags)
    yield {"false_conflicts": merger.apply()}


CASES = {"alone": merge_alone, "files": with_files, "git": git, "daff": daff}


def goals(sizes: Sizes) -> tuple[Goal, ...]:
    """Give what is compared."""
    merge = f"merge three tables of {sizes.rows:,} rows x 15"
    return (
        Goal(f"{merge}: CPU", "alone", "daff", "daff, in memory by key", limit=10),
        Goal(f"{merge}: false conflicts", "alone", "daff", "daff", "false_conflicts"),
        Goal(f"{merge}: CPU", "alone", "git", "git merge-file, by line"),
        Goal(f"{merge}, files read and written: CPU", "files", "git", "git merge-file, by line"),
        Goal(f"{merge}: false conflicts", "alone", "git", "git merge-file", "false_conflicts"),
    )
