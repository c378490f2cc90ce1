"""What all tests share: with CI=true a skipped test is a failure; hypothesis never judges speed; a PostgreSQL server."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


if os.environ.get("SHEETWARD_CLUSTER") != "1":
    collect_ignore = ["cluster"]  # `make test-cluster` runs these


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
    return report


class PostgresServer:
    """A real server in a folder of its own, reached by a socket; run by the user postgres where the tests are root's."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Not in pytest's own folder: that is closed to every other user, and a socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="sheetward-pg-"))
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            self._as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(self.folder, "postgres")
        options = "-A trust -U postgres --no-locale -E UTF8 --no-sync"
        self._do("initdb", *options.split(), "-D", str(self._data))
        self._places = 0

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _do(self, program: str, *arguments: str) -> None:
        # To a file, not a pipe: the server inherits it and never closes it.
        with (self.folder / f"{program}.log").open("ab") as log:
            done = subprocess.run(
                [*self._as_user, str(self._programs / program), *arguments],
                check=False, stdout=log, stderr=log, stdin=subprocess.DEVNULL, timeout=60, cwd="/",
            )  # fmt: skip
        assert done.returncode == 0, (self.folder / f"{program}.log").read_text(errors="replace")[-2000:]

    def start(self, *settings: str) -> None:
        fast = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
        said = " ".join(f"-c {setting}" for setting in ("listen_addresses=''", *fast, *settings))
        options = f"-k {self.folder} {said}"
        self._do("pg_ctl", "-w", "-D", str(self._data), "-l", str(self.folder / "server.log"), "-o", options, "start")

    def stop(self) -> None:
        self._do("pg_ctl", "-w", "-m", "immediate", "-D", str(self._data), "stop")

    def dump(self, schema: str, path: Path) -> None:
        """Dump one schema into a file, as an administrator's backup does."""
        with path.open("wb") as file:
            command = [self._programs / "pg_dump", "-h", self.folder, "-U", "postgres", "-n", schema, "postgres"]
            subprocess.run(command, check=True, stdout=file, timeout=60)

    def put_back(self, schema: str, path: Path) -> None:
        """Put a schema back as it was dumped."""
        command = [
            self._programs / "psql",
            "-h",
            self.folder,
            "-U",
            "postgres",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "postgres",
        ]
        drop = ["-c", f"DROP SCHEMA {schema} CASCADE"]
        subprocess.run([*command, *drop], check=True, timeout=60, stderr=subprocess.DEVNULL)
        subprocess.run([*command, "-f", path], check=True, timeout=60, stdout=subprocess.DEVNULL)

    def url(self, database: str = "postgres", schema: str = "", user: str = "postgres", **options: str) -> str:
        """Give an address; the options are settings of the session."""
        settings = {**({"search_path": schema} if schema else {}), **options}
        said = "%20".join(f"-c{name}%3D{value}" for name, value in settings.items())
        return f"postgresql://{user}@/{database}?host={self.folder}" + (f"&options={said}" if said else "")

    def place(self, **options: str) -> tuple[str, str]:
        """Make an empty schema, where a store can be, and give its name and its address."""
        import psycopg

        self._places += 1
        name = f"place_{self._places}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return name, self.url(schema=name, **options)

    def remove(self) -> None:
        shutil.rmtree(self.folder)


def start_postgres() -> PostgresServer:
    """Give a new server that has not been started, in the newest version there is. Skips where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    program = found[-1] if found else shutil.which("initdb")
    if program is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    return PostgresServer(Path(program).parent)


class GivenServer:
    """A database that somebody named by `SHEETWARD_TEST_DSN`; tests make and leave schemas in it."""

    def __init__(self, address: str) -> None:
        self._address = address

    def url(self) -> str:
        return self._address

    def place(self) -> tuple[str, str]:
        """Make an empty schema, where a store can be, and give its name and its address."""
        import psycopg

        name = f"place_{secrets.token_hex(6)}"
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        joint = "&" if "?" in self._address else "?"
        return name, f"{self._address}{joint}options=-csearch_path%3D{name}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer | GivenServer]:
    """Give a running server that many tests share; each makes places of its own in it."""
    if address := os.environ.get("SHEETWARD_TEST_DSN"):
        yield GivenServer(address)
        return
    server = start_postgres()
    server.start("max_connections=120")
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def lone_postgres() -> Iterator[PostgresServer]:
    """Give a running server that a test has for itself, to stop and start; it loses nothing when it is stopped."""
    server = start_postgres()
    server.start("synchronous_commit=on")
    yield server
    server.stop()
    server.remove()
