"""A snapshot is kept whole or not at all, and bringing one back may be cut anywhere: the same call finishes it, no edit is lost."""

from __future__ import annotations

import errno
import random
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest
from sheetward.app.snapshot_contents import bytes_of, kept_sheet
from sheetward.app.snapshot_proof import troubles
from sheetward.app.snapshot_restore import BroughtBack, Scope, carry_back, plan_back
from sheetward.app.snapshots import create
from sheetward.app.syncing import sync_sheets
from sheetward.app.workspace import Workspace, opened
from sheetward.cli import run
from sheetward.errors import TransientError
from sheetward.stores.journal import FileJournal
from sheetward.stores.sqlite import SqliteStore
from sheetward.xlsx.file_steps import FileSteps

WRITES = {
    SqliteStore: ("apply", "save_binding", "keep_snapshot", "close_items", "take_lease"),
    FileSteps: ("create", "keep_attributes", "exchange", "replace", "move", "unlink", "sync_folder"),
    FileJournal: ("put", "clear"),
}
ENOUGH = 400


class Died(BaseException):
    """The process is gone."""


@contextmanager
def cut(number: int, *, after: bool) -> Generator[list[str]]:
    """Die at the call of this number of anything that writes, before it took effect or after; give the calls there were."""
    calls: list[str] = []

    def cutting(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            calls.append(name)
            place = len(calls)
            if place == number and not after:
                raise Died
            if place > number:
                raise Died
            answer = real(*arguments, **more)
            if place == number:
                raise Died
            return answer

        return call

    with pytest.MonkeyPatch.context() as patch:
        for kind, names in WRITES.items():
            for name in names:
                patch.setattr(kind, name, cutting(name, getattr(kind, name)))
        yield calls


def type_into(path: Path, cell: str, value: object) -> None:
    made = openpyxl.load_workbook(path)
    made.worksheets[0][cell] = value
    made.save(path)


def shown(path: Path) -> list[tuple[object, ...]]:
    lines = openpyxl.load_workbook(path).worksheets[0].iter_rows(max_col=4, values_only=True)
    return [line for line in lines if any(line)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose one sheet was kept as snapshot `a`, edited and synced, and edited again without a sync."""
    root = tmp_path_factory.mktemp("firm")
    assert run(["init", str(root), "--table", "customers=customer", "--lang", "zh", "-q"]) == 0
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (
        ["客户编号", "客户姓名", "联系电话", "备忘"],
        ["C001", "王五", "13800138001", "甲"],
        ["C002", "赵六", "13800138002", "乙"],
    ):
        book.active.append(line)
    book.save(root / "p.xlsx")
    bind = ["bind", str(root / "p.xlsx"), "--as", "p", "--table", "customers", "--yes"]
    assert run([*bind, "--workspace", str(root), "-q"]) == 0
    with opened(root) as workspace:
        sync_sheets(workspace, [], {})
        create(workspace, "a", "")
        type_into(root / "p.xlsx", "B2", "王五改名")
        type_into(root / "p.xlsx", "D2", "改过")
        sync_sheets(workspace, [], {})
    type_into(root / "p.xlsx", "C3", "13800138009")
    return root


@pytest.fixture
def firm(made: Path, tmp_path: Path) -> Callable[[str], Path]:
    def copied(name: str) -> Path:
        return Path(shutil.copytree(made, tmp_path / name))

    return copied


def bring_back(root: Path) -> BroughtBack:
    with opened(root) as workspace:
        return carry_back(workspace, plan_back(workspace, "a", ["p"], None, Scope.BOTH, ""))


def is_kept(workspace: Workspace, text: str, root: Path) -> bool:
    """Say whether an edit stands in the sheet, in the store, or in the bytes of a snapshot."""
    if any(text in line for line in shown(root / "p.xlsx")):
        return True
    for snapshot in workspace.store.snapshots():
        sheet = kept_sheet(snapshot, "p")
        (root / "look.xlsx").write_bytes(bytes_of(workspace, snapshot, sheet))
        if any(text in line for line in shown(root / "look.xlsx")):
            return True
    return False


def test_bringing_back_is_cut_at_every_write_and_finished_by_the_same_call(firm: Callable[[str], Path]) -> None:
    # What stands after a write stands before the next one: dying before each is dying after each as well.
    expected_root = firm("undisturbed")
    done = bring_back(expected_root)
    assert done.before == "before-a"
    expected = shown(expected_root / "p.xlsx")
    assert [line[1] for line in expected[1:]] == ["王五", "赵六"]
    for number in range(1, ENOUGH):
        root = firm(f"cut-{number}")
        with cut(number, after=False) as calls, suppress(Died):
            bring_back(root)
        with opened(root) as workspace:
            assert troubles(workspace)[1] == []
            assert is_kept(workspace, "13800138009", root), (number, calls[-1])
        bring_back(root)
        assert shown(root / "p.xlsx") == expected, (number, calls[-1])
        with opened(root) as workspace:
            assert workspace.store.verify() == []
            [outcome] = sync_sheets(workspace, [], {})
            assert (outcome.to_store, outcome.to_sheet, outcome.error) == (0, 0, None)
            assert is_kept(workspace, "13800138009", root), (number, calls[-1])
        shutil.rmtree(root)
        if len(calls) < number:
            break
    assert 10 < number < ENOUGH - 1


def test_a_snapshot_that_is_cut_off_is_not_there_and_the_same_call_makes_it(firm: Callable[[str], Path]) -> None:
    for after in (False, True):
        root = firm(f"root-{after}")
        with cut(1, after=after) as calls, pytest.raises(Died), opened(root) as workspace:
            create(workspace, "b", "")
        assert calls == ["keep_snapshot"]
        with opened(root) as workspace:
            assert [one.name for one in workspace.store.snapshots()] == (["b", "a"] if after else ["a"])
            create(workspace, "c", "")
            assert troubles(workspace)[1] == []


def test_a_file_that_changes_while_it_is_kept_is_read_again(
    firm: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = firm("moving")
    edits = iter(range(100))

    def saving(self: FileSteps, path: Path) -> bytes:
        data = path.read_bytes()
        if path.suffix == ".xlsx" and next(edits) < limit:
            type_into(path, "D3", f"edit {next(edits)}")
        return data

    limit = 6
    with monkeypatch.context() as patch, opened(root) as workspace:
        patch.setattr(FileSteps, "read", saving)
        made = create(workspace, "b", "")
        [sheet] = made.snapshot.sheets
        assert bytes_of(workspace, made.snapshot, sheet) == (root / "p.xlsx").read_bytes()
        assert next(edits) > limit
    limit, edits = 100_000, iter(range(100_000))
    with monkeypatch.context() as patch, opened(root) as workspace:
        patch.setattr(FileSteps, "read", saving)
        create(workspace, "c", "")
        [outcome] = workspace.store.snapshot("c").missing.items()
        assert outcome == ("p", "file.unsettled")


def test_a_full_disk_keeps_nothing_and_says_so(firm: Callable[[str], Path]) -> None:
    root = firm("full")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with opened(root) as workspace, pytest.MonkeyPatch.context() as patch:
        patch.setattr(FileSteps, "create", full)
        with pytest.raises(TransientError) as caught:
            carry_back(workspace, plan_back(workspace, "a", ["p"], None, Scope.FILE, ""))
        assert caught.value.code == "folder.full"
    before = (root / "p.xlsx").read_bytes()
    with opened(root) as workspace:
        store = cast("Any", workspace.store)._store
        with store._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        (root / "p.xlsx").write_bytes(before + random.Random(1).randbytes(1_000_000))
        from sqlalchemy import event

        def small(connection: Any, _: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages + 20}")

        store._engine.dispose()
        event.listen(store._engine, "connect", small)
        with pytest.raises(TransientError) as caught:
            create(workspace, "big", "")
        assert caught.value.code == "store.full"
    with opened(root) as workspace:
        assert "big" not in [one.name for one in workspace.store.snapshots()]
        assert (troubles(workspace)[1], workspace.store.verify()) == ([], [])
