"""Every trouble of a team's database during a sync: one clear sentence, the right exit code, nothing half-done, then mended."""

from __future__ import annotations

import csv
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

Run = Callable[..., Any]
SETTINGS = "store: {url}\nlanguage: en\ntimezone: Asia/Shanghai\ntables: {{customers: {{schema: customer}}}}\n{rest}"
ROWS = [["客户编号", "客户姓名", "联系电话"], ["C001", "王五", "13800138000"]]
RAISE = "CREATE FUNCTION raise_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NULL; END $$;"
TRIGGER = "CREATE TRIGGER t BEFORE INSERT ON commits FOR EACH STATEMENT EXECUTE FUNCTION raise_it()"


def raising(code: str) -> str:
    return RAISE.format(f"RAISE EXCEPTION 'x' USING ERRCODE = '{code}'") + TRIGGER


CUT = RAISE.format("PERFORM pg_terminate_backend(pg_backend_pid())") + TRIGGER
MENDED = "DROP FUNCTION raise_it CASCADE"
TROUBLES = {
    "full": (raising("53100"), MENDED, "postgres.full", 75),
    "connection lost in the middle": (CUT, MENDED, "postgres.lost", 75),
    "locked": (raising("55P03"), MENDED, "postgres.locked", 75),
    "read-only": (raising("25006"), MENDED, "postgres.read_only", 2),
    "newer": (
        "UPDATE meta SET value = '99' || value WHERE name = 'version'",
        "UPDATE meta SET value = substr(value, 3) WHERE name = 'version'",
        "postgres.newer",
        2,
    ),
    "not ours": (
        "UPDATE meta SET value = 'other' WHERE name = 'application'",
        "UPDATE meta SET value = 'sheetward' WHERE name = 'application'",
        "postgres.not_ours",
        2,
    ),
}


@pytest.fixture
def url(postgres_server: Any) -> str:
    return str(postgres_server.place()[1])


@pytest.fixture
def book(sheetward: Run, tmp_path: Path, url: str) -> Path:
    path = tmp_path / "east.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(ROWS)
    (tmp_path / "sheetward.yaml").write_text(SETTINGS.format(url=url, rest=""), encoding="utf-8")
    assert sheetward("init").status == 0
    assert sheetward("bind", path, "--as", "east", "--table", "customers", "--yes").status == 0
    assert sheetward("sync").status == 0
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace("13800138000", "13900139000") + "C002,赵六,13700137000\r\n", encoding="utf-8-sig")
    return path


def phones(sheetward: Run) -> list[str]:
    table = sheetward("table", "customers", "--json").json
    return sorted(row[table["columns"].index("phone")][-11:] for row in table["rows"])


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_trouble_of_the_database(sheetward: Run, book: Path, url: str, trouble: str) -> None:
    make, mend, code, status = TROUBLES[trouble]
    before = book.read_bytes()
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(make)
        failed = sheetward("sync", "--json")
        told = failed.json.get("error") or failed.json["sheets"][0]["error"]
        assert (failed.status, told["code"]) == (status, code), failed.out
        said = sheetward("sync")
        words = said.out + said.err
        assert (said.status, "Traceback" in words, "postgres." in words) == (status, False, False), words
        assert words.count("\n") <= 3, words
        assert book.read_bytes() == before
        admin.execute(mend)
    assert phones(sheetward) == ["13800138000"]
    assert sheetward("sync").status == 0
    assert phones(sheetward) == ["13700137000", "13900139000"]


class Gate:
    """Stands between program and server, and can swallow the answer to a commit, connection and all."""

    def __init__(self, server: Path, folder: Path) -> None:
        self.server = str(server / ".s.PGSQL.5432")
        self.swallows_at = 0
        self.lost = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.server)
                state = {"is_last": False}
                for source, target, is_asking in ((client, server, True), (server, client, False)):
                    work = (source, target, state, is_asking)
                    threading.Thread(target=self._pass_on, args=work, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, state: dict[str, bool], is_asking: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if is_asking and b"COMMIT" in data:
                    self.swallows_at -= 1
                    state["is_last"] = self.swallows_at == 0
                if not is_asking and state["is_last"]:
                    self.lost += 1
                    break  # the server has answered: the commit stands
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def gate(postgres_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gate, Path]]:
    folder = tmp_path_factory.mktemp("g")
    made = Gate(postgres_server.folder, folder)
    yield made, folder
    made.close()


def test_an_answer_lost_after_the_commit_took_effect(
    sheetward: Run, book: Path, postgres_server: Any, gate: tuple[Gate, Path]
) -> None:
    """Each answer of a sync is lost in turn: what the program does not hear of, the next sync finds done, and does not repeat."""
    made, folder = gate
    settings = book.with_name("sheetward.yaml")
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(str(postgres_server.folder), str(folder)), encoding="utf-8")
    original, statuses = book.read_bytes(), []
    for number in range(1, 30):
        value = f"1390013{number:04d}"
        book.write_bytes(
            book.read_bytes().replace(b"13900139000", value.encode()).replace(_last(number), value.encode())
        )
        made.swallows_at, made.lost = number, 0
        statuses.append(sheetward("sync").status)
        was_lost, made.swallows_at = made.lost, 0
        assert statuses[-1] in ({0, 75} if was_lost else {0})
        assert sheetward("sync").status == 0
        assert phones(sheetward) == ["13700137000", value]
        if not was_lost:
            break
    assert original != book.read_bytes()
    assert statuses.count(75) >= 2
    commits = sheetward("history", "--json").json["commits"]
    assert len(commits) == 1 + len(statuses)


def _last(number: int) -> bytes:
    return f"1390013{number - 1:04d}".encode()
