"""Versions of a table on the embedded store beside git on its CSV and Delta Lake: commits of 1 % edits, size, an old state, a difference."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from data import FIELDS, Customer, customers, edited_places, row_ids, write_csv
from measure import Facts, Sizes, Work
from table import Goal, Sense

CSV = "customers.csv"
STORE = "store.db"
TABLE = "customers"
LOADED = "loaded"
REMARK, OWNER = FIELDS.index("remark"), FIELDS.index("owner")


def make(work: Work) -> None:
    """Make a store with the table, one with all versions, and the same in a git repository with its CSVs."""
    write_csv(work.inputs / CSV, customers(work.sizes.rows))
    for name in (LOADED, "full"):
        store = _opened(work.inputs / f"{name}.db")
        _load(store, work)
        if name == "full":
            for number, changes in enumerate(_versions(work), start=2):
                _commit(store, number, changes)
        store.close()
    rows = list(customers(work.sizes.rows))
    for version, places in enumerate(islice(_edits(work), _peer_versions(work.sizes))):
        for place in places:
            rows[place] = _edited(rows[place], version)
        write_csv(work.inputs / f"version-{version}.csv", rows)
    if shutil.which("git"):
        _begin_git(work, work.inputs / LOADED)
        _begin_git(work, work.inputs / "full")
        for version in range(_peer_versions(work.sizes)):
            _git_commit(work, work.inputs / "full", version)
        _git(work.inputs / LOADED, "gc", "-q")


def _peer_versions(sizes: Sizes) -> int:
    """Give how many of the versions the slow peers make: enough to know what one takes."""
    return min(20, sizes.versions)


def _times(sizes: Sizes) -> float:
    return sizes.versions / _peer_versions(sizes)


def _edits(work: Work) -> Iterator[list[int]]:
    """Give, for each version, the places of the rows it edits."""
    for version in range(work.sizes.versions):
        yield edited_places(work.sizes.rows, 0.01, seed=100 + version)


def _edited(row: Customer, version: int) -> Customer:
    line = list(row)
    line[REMARK] = f"第 {version} 版"
    line[OWNER] = f"业务员 {version % 7}"
    return tuple(line)


def _opened(path: Path):
    from sheetward.stores.sqlite import SqliteStore

    return SqliteStore.open(path, epoch_if_new="bench")


def _transaction(number: int, changes):
    from sheetward.ports.store import CommitNote, Transaction

    moment = dt.datetime(2026, 6, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=number)
    return Transaction(TABLE, number - 1, CommitNote(f"run{number}", "bench", moment, "sync"), changes)


def _commit(store, number: int, changes) -> None:
    store.apply(_transaction(number, changes))


def _load(store, work: Work) -> None:
    from sheetward.diff import Changeset

    ids = row_ids(work.sizes.rows)
    rows = (dict(zip(FIELDS, row, strict=True)) for row in customers(work.sizes.rows))
    added = {row_id: {k: v for k, v in row.items() if v is not None} for row_id, row in zip(ids, rows, strict=True)}
    _commit(store, 1, Changeset(added=added))


def _versions(work: Work) -> Iterator[object]:
    from sheetward.diff import Changeset

    ids = row_ids(work.sizes.rows)
    rows = list(customers(work.sizes.rows))
    for version, places in enumerate(_edits(work)):
        changed: dict[str, Mapping[str, tuple[object, object]]] = {}
        for place in places:
            old, new = rows[place], _edited(rows[place], version)
            rows[place] = new
            changed[ids[place]] = {FIELDS[at]: (old[at], new[at]) for at in (REMARK, OWNER) if old[at] != new[at]}
        yield Changeset(changed=changed)


def commits(work: Work) -> Generator[Facts | None]:
    """Commit every version onto the loaded store."""
    shutil.copy(work.inputs / f"{LOADED}.db", work.scratch / STORE)
    changes = list(_versions(work))
    before = (work.scratch / STORE).stat().st_size
    store = _opened(work.scratch / STORE)
    store.head(TABLE)
    yield None
    for number, each in enumerate(changes, start=2):
        _commit(store, number, each)
    store.close()
    grown = (work.scratch / STORE).stat().st_size - before
    yield {"bytes_a_version": grown / len(changes)}


def loading(work: Work) -> Generator[Facts | None]:
    """Commit the whole table into an empty store."""
    store = _opened(work.scratch / STORE)
    yield None
    _load(store, work)
    store.close()
    yield {"bytes": (work.scratch / STORE).stat().st_size}


def _reading(work: Work, at: int | None) -> Generator[Facts | None]:
    shutil.copy(work.inputs / "full.db", work.scratch / STORE)
    store = _opened(work.scratch / STORE)
    store.head(TABLE)
    yield None
    yield {"rows": len(store.read(TABLE, FIELDS, at).rows)}
    store.close()


def head(work: Work) -> Generator[Facts | None]:
    """Read the table today."""
    yield from _reading(work, None)


def middle(work: Work) -> Generator[Facts | None]:
    """Read the table as of the middle of its versions."""
    yield from _reading(work, 1 + work.sizes.versions // 2)


def adjacent(work: Work) -> Generator[Facts | None]:
    """Give what the newest version changed."""
    shutil.copy(work.inputs / "full.db", work.scratch / STORE)
    store = _opened(work.scratch / STORE)
    newest = store.head(TABLE)
    yield None
    ((_, changes),) = store.changes(TABLE, newest - 1, newest)
    yield {"rows": len(changes.changed)}
    store.close()


def _git(folder: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "core.autocrlf=false")
    done = subprocess.run(
        ["git", *settings, "-C", str(folder), *arguments], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return done.stdout


def _begin_git(work: Work, folder: Path) -> None:
    folder.mkdir()
    _git(folder, "init", "-q")
    shutil.copy(work.inputs / CSV, folder / CSV)
    _git(folder, "add", CSV)
    _git(folder, "commit", "-qm", "first")


def _git_commit(work: Work, folder: Path, version: int) -> None:
    shutil.copy(work.inputs / f"version-{version}.csv", folder / CSV)
    _git(folder, "add", CSV)
    _git(folder, "commit", "-qm", f"version {version}")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def git_commits(work: Work) -> Generator[Facts | None]:
    """Commit every version of the CSV; the size is that of `.git` before and after its own packing."""
    shutil.copytree(work.inputs / LOADED, work.scratch / "git")
    folder = work.scratch / "git"
    before = _size(folder / ".git")
    yield None
    count = _peer_versions(work.sizes)
    for version in range(count):
        _git_commit(work, folder, version)
    yield {"bytes_a_version": (_size(folder / ".git") - before) / count, "times": _times(work.sizes)}


def git_packed(work: Work) -> Generator[Facts | None]:
    """Let git pack all its versions."""
    shutil.copytree(work.inputs / "full", work.scratch / "git")
    first = _size(work.inputs / LOADED / ".git")
    yield None
    _git(work.scratch / "git", "gc", "-q")
    grown = _size(work.scratch / "git" / ".git") - first
    yield {"bytes_a_version": grown / _peer_versions(work.sizes), "times": _times(work.sizes)}


def _frame(rows: Iterable[Sequence[object]]):
    import pyarrow

    columns = zip(*rows, strict=True)
    return pyarrow.table({name: pyarrow.array(column) for name, column in zip(FIELDS, columns, strict=True)})


def delta_commits(work: Work) -> Generator[Facts | None]:
    """Merge every version's edited rows into a Delta Lake table."""
    from deltalake import DeltaTable, write_deltalake

    place = work.scratch / "delta"
    rows = list(customers(work.sizes.rows))
    write_deltalake(place, _frame(rows))
    versions = []
    for version, places in enumerate(islice(_edits(work), _peer_versions(work.sizes))):
        for at in places:
            rows[at] = _edited(rows[at], version)
        versions.append(_frame([rows[at] for at in places]))
    before = _size(place)
    yield None
    for edited in versions:
        merge = DeltaTable(place).merge(edited, "old.customer_id = new.customer_id", "new", "old")
        merge.when_matched_update_all().execute()
    yield {"bytes_a_version": (_size(place) - before) / len(versions), "times": _times(work.sizes)}


def git_middle(work: Work) -> Generator[Facts | None]:
    """Give the CSV as of the middle of its versions."""
    back = _peer_versions(work.sizes) // 2
    yield None
    yield {"bytes": len(_git(work.inputs / "full", "show", f"HEAD~{back}:{CSV}"))}


def git_adjacent(work: Work) -> Generator[Facts | None]:
    """Give what the newest version changed, by line."""
    yield None
    yield {"bytes": len(_git(work.inputs / "full", "diff", "--unified=0", "HEAD~1", "HEAD"))}


def copies(work: Work) -> Generator[Facts | None]:
    """Keep a copy of the CSV for each version."""
    count = _peer_versions(work.sizes)
    yield None
    for version in range(count):
        shutil.copyfile(work.inputs / f"version-{version}.csv", work.scratch / f"{version}.csv")
    kept = _size(work.scratch)
    yield {"bytes_a_version": kept / count, "bytes": kept / count, "times": _times(work.sizes)}


CASES = {
    "commits": commits,
    "git": git_commits,
    "git_packed": git_packed,
    "delta": delta_commits,
    "copies": copies,
    "loading": loading,
    "head": head,
    "middle": middle,
    "adjacent": adjacent,
    "git_middle": git_middle,
    "git_adjacent": git_adjacent,
}


def goals(sizes: Sizes) -> tuple[Goal, ...]:
    """Give what is compared. Slow peers make the first 20 versions only; their time is that of all, by proportion."""
    of = f"{sizes.rows:,} rows x 15"
    run = f"{sizes.versions} commits of 1 % edits"
    return (
        Goal(f"{run}, {of}: CPU", "commits", "git", "git add and commit of the CSV", limit=10),
        Goal("growth for each such commit", "commits", None, "", "bytes_a_version", Sense.AT_MOST, 40e3),
        Goal("growth for each such commit", "commits", "git", "git, loose objects", "bytes_a_version"),
        Goal("growth for each such commit", "commits", "git_packed", "git, after gc", "bytes_a_version"),
        Goal(f"{run}, {of}: CPU", "commits", "delta", "Delta Lake, merge of the edited rows", limit=10),
        Goal("growth for each such commit", "commits", "delta", "Delta Lake", "bytes_a_version"),
        Goal("growth for each such commit", "commits", "copies", "a copy of the CSV", "bytes_a_version"),
        Goal(f"first commit of {of}: size", "loading", None, "", "bytes", Sense.AT_MOST, 10e6),
        Goal(f"first commit of {of}: size", "loading", "copies", "the CSV", "bytes"),
        Goal(
            f"as of the middle of {sizes.versions} versions: CPU",
            "middle",
            "head",
            "reading today",
            sense=Sense.WITHIN,
            limit=3,
        ),
        Goal(f"as of the middle of {sizes.versions} versions: CPU", "middle", "git_middle", "git show, text only"),
        Goal("difference of the newest two commits: CPU", "adjacent", None, "", "cpu_s", Sense.AT_MOST, 0.2),
        Goal("difference of the newest two commits: CPU", "adjacent", "git_adjacent", "git diff, by line"),
    )
