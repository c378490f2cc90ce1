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
BOUND, SYNCED, SAVED, EDITED = "bound", "synced", "saved", "edited"


def make(work: Work) -> None:
    """Make four workspaces: bound and not yet synced; synced; then saved anew; then 1 % edited."""
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
    _sync(work.inputs / SYNCED)
    shutil.copytree(work.inputs / SYNCED, work.inputs / SAVED)
    _repack(work.inputs / SAVED / BOOK)
    shutil.copytree(work.inputs / SYNCED, work.inputs / EDITED)
    _edit(work.inputs / EDITED / BOOK, edited_places(work.sizes.rows, 0.01, seed=21))


def _sync(root: Path) -> Facts:
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


def _edit(path: Path, places: list[int]) -> None:
    from sheetward.xlsx.edits import CellEdit, PutText, SheetEdit
    from sheetward.xlsx.package import Package
    from sheetward.xlsx.patch import patch

    column = FIELDS.index("remark") + 1
    cells = tuple(CellEdit(place + 2, column, PutText(f"改 {place}")) for place in places)
    beside = path.with_suffix(".new")
    with beside.open("w+b") as out:
        patch(Package(path.read_bytes(), path.name), [SheetEdit(TAB, cells)], None, out)
    beside.replace(path)


def _synced(work: Work, state: str) -> Generator[Facts | None]:
    import sheetward.app.syncing
    import sheetward.sheets.xlsx
    import sheetward.stores.sqlite  # noqa: F401 - imports are not measured

    root = work.scratch / state
    shutil.copytree(work.inputs / state, root)
    yield None
    facts = _sync(root)
    store = root / "sheetward.db"
    yield {**facts, "store_bytes": store.stat().st_size}


def first_load(work: Work) -> Generator[Facts | None]:
    """Sync for the first time: all rows enter the store and get their ids."""
    yield from _synced(work, BOUND)


def unchanged(work: Work) -> Generator[Facts | None]:
    """Sync a file and a store that have not moved."""
    yield from _synced(work, SYNCED)


def saved_anew(work: Work) -> Generator[Facts | None]:
    """Sync a file whose bytes moved and whose cells did not."""
    yield from _synced(work, SAVED)


def edited(work: Work) -> Generator[Facts | None]:
    """Sync a file in which one cell of each hundredth row was edited."""
    yield from _synced(work, EDITED)


def rows_alone(work: Work) -> Generator[Facts | None]:
    """Read all cells of the same file with our reader, and nothing else."""
    from sheetward.xlsx.workbook import Workbook

    yield None
    path = work.inputs / SAVED / BOOK
    book = Workbook.open(path.read_bytes(), path.name)
    yield {"cells": sum(len(cells) for _, _, cells in book.rows(book.sheet(TAB)))}


def observed(work: Work) -> Generator[Facts | None]:
    """Read the same file into an observation: columns found, every value canonical, fingerprint."""
    from sheetward.app.bound_sheet import binding_of, replica_of
    from sheetward.app.workspace import opened

    root = work.scratch / SAVED
    shutil.copytree(work.inputs / SAVED, root)
    with opened(root, "bench") as workspace:
        state = binding_of(workspace, SHEET)
        replica = replica_of(workspace, root / BOOK, state, workspace.schema("customers"))
        yield None
        yield {"rows": len(replica.observe().rows)}


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
    )
