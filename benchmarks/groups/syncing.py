"""Sync of one bound workbook with the embedded store: first load, nothing changed, saved anew, 1 % changed."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Generator
from pathlib import Path

from data import FIELDS, customers, edited_places, write_customer_workbook
from measure import Facts, Sizes, Work
from table import Goal, Sense

BOOK = "客户.xlsx"
TAB = "客户"
SHEET = "sales"
BOUND, SYNCED, SAVED, EDITED, RESTORABLE = "bound", "synced", "saved", "edited", "restorable"


def make_synced(work: Work) -> None:
    """Make two workspaces: bound and not yet synced; synced."""
    from sheetward.app.beginning import begin_workspace
    from sheetward.app.binding import BindRequest, carry_out, plan_binding
    from sheetward.app.schemas import load
    from sheetward.app.workspace import opened

    root = work.inputs / BOUND
    begin_workspace(root, {"customers": "customer"}, "zh")
    schema = load("customer", root)
    headers = [schema.by_name[name].label("zh") for name in FIELDS]
    write_customer_workbook(root / BOOK, customers(work.sizes.rows), headers)
    with opened(root, "bench") as workspace:
        request = BindRequest(root / BOOK, SHEET, "customers", tab=TAB)
        carry_out(workspace, request, plan_binding(workspace, request, "zh"))
    shutil.copytree(root, work.inputs / SYNCED)
    sync(work.inputs / SYNCED)


def make(work: Work) -> None:
    """Make five workspaces: bound and not yet synced; synced; then saved anew; then 1 % edited; then synced with that."""
    make_synced(work)
    shutil.copytree(work.inputs / SYNCED, work.inputs / SAVED)
    _repack(work.inputs / SAVED / BOOK)
    shutil.copytree(work.inputs / SYNCED, work.inputs / EDITED)
    edit(work.inputs / EDITED / BOOK, edited_places(work.sizes.rows, 0.01, seed=21))
    shutil.copytree(work.inputs / EDITED, work.inputs / RESTORABLE)
    sync(work.inputs / RESTORABLE)


def sync(root: Path) -> Facts:
    """Sync the one sheet of a workspace."""
    from sheetward.app.syncing import sync_sheets
    from sheetward.app.workspace import opened

    with opened(root, "bench") as workspace:
        (outcome,) = sync_sheets(workspace, [SHEET], {})
    if outcome.error is not None:
        raise outcome.error
    return {"to_store": outcome.to_store, "to_sheet": outcome.to_sheet, "held": len(outcome.held)}


def _repack(path: Path) -> None:
    """Save anew without edits: the same members, compressed by another hand."""
    beside = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    beside.replace(path)


def edit(path: Path, places: list[int]) -> None:
    """Edit the remark in some rows, as a person would, and save."""
    from sheetward.xlsx.edits import CellEdit, PutText, SheetEdit
    from sheetward.xlsx.package import Package
    from sheetward.xlsx.patch import patch

    column = FIELDS.index("remark") + 1
    cells = tuple(CellEdit(place + 2, column, PutText(f"改 {place}")) for place in places)
    beside = path.with_suffix(".new")
    with beside.open("w+b") as out:
        patch(Package(path.read_bytes(), path.name), [SheetEdit(TAB, cells)], None, out)
    beside.replace(path)


def synced(work: Work, state: str) -> Generator[Facts | None]:
    """Sync a workspace as it was made."""
    import sheetward.app.syncing
    import sheetward.sheets.xlsx
    import sheetward.stores.sqlite  # noqa: F401 - imports are not measured

    root = work.scratch / state
    shutil.copytree(work.inputs / state, root)
    yield None
    facts = sync(root)
    store = root / "sheetward.db"
    yield {**facts, "store_bytes": store.stat().st_size}


def first_load(work: Work) -> Generator[Facts | None]:
    """Sync for the first time: all rows enter the store and get their ids."""
    yield from synced(work, BOUND)


def unchanged(work: Work) -> Generator[Facts | None]:
    """Sync a file and a store that have not moved."""
    yield from synced(work, SYNCED)


def saved_anew(work: Work) -> Generator[Facts | None]:
    """Sync a file whose bytes moved and whose cells did not."""
    yield from synced(work, SAVED)


def edited(work: Work) -> Generator[Facts | None]:
    """Sync a file in which one cell of each hundredth row was edited."""
    yield from synced(work, EDITED)


def rows_alone(work: Work) -> Generator[Facts | None]:
    """Read all cells of the same file with our reader, and nothing else."""
    from sheetward.xlsx.workbook import Workbook

    yield None
    path = work.inputs / SAVED / BOOK
    book = Workbook.open(path.read_bytes(), path.name)
    yield {"cells": sum(len(cells) for _, _, cells in book.rows(book.sheet(TAB)))}


def observed(work: Work) -> Generator[Facts | None]:
    """Read the same file into an observation: columns found, every value canonical, fingerprint."""
    yield from read_as_table(work, SAVED)


def read_as_table(work: Work, state: str) -> Generator[Facts | None]:
    """Read a workspace's file into an observation."""
    from sheetward.app.bound_sheet import binding_of, opened_file
    from sheetward.app.workspace import opened

    root = work.scratch / state
    shutil.copytree(work.inputs / state, root)
    with opened(root, "bench") as workspace:
        state = binding_of(workspace, SHEET)
        replica = opened_file(workspace, root / BOOK, [state])[1][SHEET]
        yield None
        yield {"rows": len(replica.observe().rows)}


def restored(work: Work, state: str) -> Generator[Facts | None]:
    """Take the newest run of a workspace back: planned, checked, committed."""
    from sheetward.app.restoring import RestoreRequest, carry_out, check, plan_ways_back
    from sheetward.app.workspace import opened

    root = work.scratch / state
    shutil.copytree(work.inputs / state, root)
    with opened(root, "bench") as workspace:
        newest = workspace.store.log("customers")[0]
        yield None
        ways = plan_ways_back(workspace, RestoreRequest(run=newest.id), "bench")
        check(workspace, ways)
        commit = carry_out(workspace, ways[0])
        yield {"cells": 0 if commit is None else commit.changes}


def taken_back(work: Work) -> Generator[Facts | None]:
    """Take back the sync of 1 % edited rows."""
    yield from restored(work, RESTORABLE)


def hashed(work: Work) -> Generator[Facts | None]:
    """Hash the file."""
    import hashlib

    yield None
    digest = hashlib.sha256((work.inputs / SYNCED / BOOK).read_bytes())
    yield {"bytes": float(digest.digest_size)}


CASES = {
    "first": first_load,
    "unchanged": unchanged,
    "saved": saved_anew,
    "edited": edited,
    "rows": rows_alone,
    "observed": observed,
    "hashed": hashed,
    "restored": taken_back,
}


def goals(sizes: Sizes) -> tuple[Goal, ...]:
    """Give what is compared."""
    of = f"{sizes.rows:,} rows x 15"
    return (
        Goal(f"sync of {of}, first load: CPU", "first", "rows", "reading its cells", sense=Sense.WITHIN),
        Goal(f"first load of {of}: size of the store", "first", None, "", "store_bytes", Sense.AT_MOST, 10e6),
        Goal(f"sync of {of}, nothing moved: CPU", "unchanged", "hashed", "hashing the file", sense=Sense.WITHIN),
        Goal(
            f"sync of {of}, saved anew without edits: CPU",
            "saved",
            "rows",
            "reading its cells",
            sense=Sense.WITHIN,
            limit=1.5,
        ),
        Goal(f"sync of {of}, saved anew: CPU", "saved", "observed", "reading it as a table", sense=Sense.WITHIN),
        Goal(f"sync of {of}, 1 % changed: CPU", "edited", "saved", "saved anew", sense=Sense.WITHIN, limit=2),
        Goal(f"restore of a run that edited 1 % of {of}: CPU", "restored", None, "", "cpu_s", Sense.AT_MOST),
    )
