"""A real process killed with `kill -9` at every statement of its transaction and at every step with its file, then finished."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheetward.errors import TransientError
from sheetward.stores.sqlite import SqliteStore
from sqlalchemy import Engine, create_engine, event, text

from tests.e2e.firm import is_whole
from tests.histories import places
from tests.histories.company import PEOPLE, Company
from tests.scenarios.stage import Stage
from tests.scenarios.test_cut_anywhere import Counter, Steps, finished, prepared


def kill() -> None:
    """End this process as nothing that it could answer to."""
    os.kill(os.getpid(), signal.SIGKILL)


class Killer(Counter):
    """Kills the process at the nth call that it sees, before the call takes effect or after."""

    def call(self, act: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if not self.is_armed:
            return act(*args, **options)
        self.left -= 1
        if self.left == 0 and self.when == "before":
            kill()
        result = act(*args, **options)
        if self.left == 0:
            kill()
        return result


def at_statement(engine: Engine, number: int, act: Callable[[], None], when: str = "before") -> list[int]:
    """Do something before or after the nth statement of transactions that write, their commits counted too."""
    seen = [0]

    def tick() -> None:
        seen[0] += 1
        if seen[0] == number:
            act()

    def is_writing(connection: Any) -> bool:
        options = connection.get_execution_options()
        return bool(options.get("write", False) if engine.dialect.name == "sqlite" else not options.get("reads", False))

    def statement(connection: Any, *_: Any) -> None:
        if is_writing(connection):
            tick()

    event.listen(engine, f"{when}_cursor_execute", statement)
    if when == "before":
        event.listen(engine, "commit", lambda connection: tick() if is_writing(connection) else None)
    return seen


def was_killed(work: Callable[[], object], *, after_s: float | None = None) -> bool:
    """Do work in a process of its own, killed after some seconds where told; say whether it was killed, or came to its end."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the parent must see a failure, and none of its own handlers may run
            os._exit(1)
        os._exit(0)
    if after_s is not None:
        time.sleep(after_s)
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, -signal.SIGKILL), f"the sync failed: {code}"
    return code != 0


def undisturbed(folder: Path) -> tuple[object, ...]:
    calm = prepared(folder)
    expected = finished(calm)
    calm.store.close()
    return expected


@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.long)])
def test_killed_at_every_statement_of_a_transaction(tmp_path: Path, when: str) -> None:
    expected = undisturbed(tmp_path / "calm")
    kills = 0
    for number in range(1, 120):
        stage = prepared(tmp_path / f"{number}")
        store = stage.store
        engine = _engine_of(stage)
        store.close()

        def work(stage: Stage = stage, engine: Engine = engine, number: int = number) -> None:
            at_statement(engine, number, kill, when)
            stage.sync("A")

        if not was_killed(work):
            break
        kills += 1
        assert finished(stage) == expected, f"statement {number}, {when}"
        store.close()
    assert kills >= 15


def _engine_of(stage: Stage) -> Engine:
    inner: Any = stage.store
    while not isinstance(inner, SqliteStore):
        inner = inner._store
    return inner._engine


@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.long)])
def test_killed_at_every_step_with_the_file(tmp_path: Path, when: str) -> None:
    expected = undisturbed(tmp_path / "calm")
    kills = 0
    for number in range(1, 80):
        killer = Killer(number, when)
        stage = prepared(tmp_path / f"{number}", Steps(killer))
        stage.store.close()

        def work(stage: Stage = stage, killer: Killer = killer) -> None:
            killer.is_armed = True
            stage.sync("A")

        if not was_killed(work):
            break
        kills += 1
        assert finished(stage) == expected, f"step {number}, {when}"
        stage.store.close()
    assert kills >= 10


@pytest.mark.parametrize("numbers", [range(16), pytest.param(range(16, 216), marks=pytest.mark.long)], ids=len)
@pytest.mark.timeout(3600)
def test_killed_at_random_moments(tmp_path: Path, numbers: range) -> None:
    """A process of its own is killed at any moment of its sync: the workbook is the old or the new one, whole."""
    expected = undisturbed(tmp_path / "calm")
    took_s = sync_seconds(tmp_path / "timed")
    new = showing(tmp_path / "timed" / "A.xlsx")
    kills = 0
    for number in numbers:
        stage = prepared(tmp_path / f"{number}")
        stage.store.close()
        path = (stage.folder or Path()) / "A.xlsx"
        old = showing(path)
        if was_killed(lambda stage=stage: stage.sync("A"), after_s=random.Random(number).uniform(0, took_s)):
            kills += 1
        assert is_whole(path)
        assert showing(path) in (old, new), f"kill {number}"
        assert finished(stage) == expected, f"kill {number}"
        stage.store.close()
        shutil.rmtree(tmp_path / f"{number}")
    assert kills, "no moment came before the end: how long a sync takes was measured wrong"


def showing(path: Path) -> list[list[object]]:
    """Give what people see in a workbook's first tab: the ids of rows, which are drawn at random, are hidden."""
    tab = openpyxl.load_workbook(path).worksheets[0]
    hidden = {cell.column for row in tab.iter_rows() for cell in row if cell.value == "_sheetward_id"}
    return [[cell.value for cell in row if cell.column not in hidden] for row in tab.iter_rows()]


def sync_seconds(folder: Path) -> float:
    """Say how many seconds the sync takes in a process of its own, here and now."""
    stage = prepared(folder)
    stage.store.close()
    began = time.monotonic()
    assert not was_killed(lambda: stage.sync("A"))
    return time.monotonic() - began


# PostgreSQL --------------------------------------------------------------------------------------------------------


def at_work(company: Company) -> None:
    """Let two people edit, add and delete; one of them has synced."""
    rows = [
        {"no": f"C00{n}", "name": f"n{n}", "phone": f"p{n}", "region": "east", "note": f"q{n}"} for n in range(1, 6)
    ]
    company.hire("A", rows)
    company.hire("E")
    for name in (*PEOPLE[:2], *PEOPLE[:2]):
        company.sync(name)
    a, e = company.sheets["A"], company.sheets["E"]
    e.set(e.find("no", "C001"), "name", "theirs")
    company.sync("E")
    a.set(a.find("no", "C001"), "name", "mine")
    a.set(a.find("no", "C002"), "phone", "new phone")
    a.append({"name": "newcomer", "phone": "77", "region": "east"})
    a.delete(a.find("no", "C004"))


def end_of(company: Company) -> tuple[object, ...]:
    """Sync until nothing moves and say what there is, ids apart."""
    for name in ("A", "E", "A", "E"):
        company.sync(name)
    table = company.store.read("customers", ("no", "name", "phone", "region", "note"))
    items = sorted((i.kind.value, i.code, i.field or "", str(i.sheet)) for i in company.store.items())
    shown = {n: sorted(repr(sorted(r.cells.items())) for r in s.rows if r.cells) for n, s in company.sheets.items()}
    return sorted(map(repr, table.rows.values())), items, shown


def test_a_client_killed_at_every_statement_on_postgresql(postgres_server: Any) -> None:
    with places.postgres(postgres_server.place()[1]) as empty:
        calm = Company(empty())
        at_work(calm)
        expected = end_of(calm)
        kills = 0
        for number in range(1, 120):
            company = Company(empty())
            at_work(company)
            engine: Engine = company.store._engine  # type: ignore[attr-defined]
            engine.dispose()

            def work(company: Company = company, engine: Engine = engine, number: int = number) -> None:
                at_statement(engine, number, kill)
                company.sync("A")

            if not was_killed(work):
                break
            kills += 1
            assert end_of(company) == expected, f"statement {number}"
        assert kills >= 15


def test_a_server_process_ended_at_every_statement(postgres_server: Any) -> None:
    place = postgres_server.place()[1]
    with places.postgres(place) as empty:
        calm = Company(empty())
        at_work(calm)
        expected = end_of(calm)
    ends = 0
    for number in range(1, 120):
        # A store of its own each time: what listens to an engine ends with it.
        with places.postgres(place) as empty:
            company = Company(empty())
            at_work(company)
            if not ended_sync(company, number):
                break
            ends += 1
            assert end_of(company) == expected, f"statement {number}"
    assert ends >= 15


def ended_sync(company: Company, number: int) -> bool:
    """Sync while the server's side of the connection is ended at a statement; say whether it came to that."""
    engine: Engine = company.store._engine  # type: ignore[attr-defined]
    hand = create_engine(engine.url, isolation_level="AUTOCOMMIT")
    here: list[int] = []
    happened: list[bool] = []

    def remember(connection: Any, *_: Any) -> None:
        here[:] = [connection.connection.driver_connection.info.backend_pid]

    def end() -> None:
        happened.append(True)
        with hand.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": here[0]})

    event.listen(engine, "before_cursor_execute", remember)
    at_statement(engine, number, end)
    try:
        company.sync("A")
    except TransientError as error:
        assert error.code == "postgres.lost"
    finally:
        hand.dispose()
    return bool(happened)
