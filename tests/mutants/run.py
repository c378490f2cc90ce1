"""Plants each fault of `mutants.toml` in a copy of the tree and demands that its test fails: `make test-mutants`.

With names, only those. Each runs in a process of its own, forked from one that has loaded the libraries, so that it costs
little more than its test. `--find` looks for the test where none is named yet and writes it into the file.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import importlib
import io
import os
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "mutants.toml"
SOURCES = ("sync", "schemas", "templates", "addin")
LIBRARIES = ("sqlalchemy", "psycopg", "orjson", "pandas", "pandera", "openpyxl", "phonenumbers")
PATIENCE_S = 600


def mutants() -> list[dict[str, Any]]:
    """Give all faults, as the file has them."""
    return list(tomllib.loads(DATA.read_text(encoding="utf-8"))["mutant"])


def copied(place: Path) -> None:
    """Copy what the tests need."""
    for name in (*SOURCES, "tests", "docs"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", place)


def failing(place: Path, tests: Sequence[str]) -> str | None:
    """Run tests on the copy in a child process; give the first that fails, `None` where none does."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        try:
            os.write(write, _first_failure(place, tests).encode())
        except BaseException as trouble:  # noqa: BLE001 - nothing of the parent's may run here
            os.write(write, f"! {trouble!r}".encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    os.waitpid(pid, 0)
    if said.startswith("!"):
        raise RuntimeError(said)
    return said or None


def _first_failure(place: Path, tests: Sequence[str]) -> str:
    import pytest

    class Watch:
        failed = ""
        ran = 0

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            self.ran += 1
            if report.failed and not self.failed:
                self.failed = report.nodeid

        def pytest_collectreport(self, report: pytest.CollectReport) -> None:
            if report.failed:
                self.failed = f"! {report.nodeid}: {report.longrepr}"

    os.chdir(place)
    sys.path[:0] = [str(place / name) for name in SOURCES]
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    watch = Watch()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        pytest.main(
            [
                "-x",
                "-q",
                "-W",
                "ignore::pytest.PytestAssertRewriteWarning",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                "--timeout",
                str(PATIENCE_S),
                *tests,
            ],
            [watch],
        )
    where = Path(str(sys.modules["sheetward"].__file__)) if "sheetward" in sys.modules else ROOT
    if not watch.ran or not where.is_relative_to(place):
        return f"! nothing of {tests} ran on the copy: {watch.failed}"
    return watch.failed


def tried(place: Path, mutant: dict[str, Any], tests: Sequence[str]) -> str | None:
    """Plant a fault, run tests, take it out again."""
    path = place / mutant["file"]
    sound = path.read_text(encoding="utf-8")
    if sound.count(mutant["find"]) != 1:
        raise RuntimeError(f"{mutant['name']}: the text stands {sound.count(mutant['find'])} times in {mutant['file']}")
    path.write_text(sound.replace(mutant["find"], mutant["plant"]), encoding="utf-8")
    try:
        return failing(place, tests)
    finally:
        path.write_text(sound, encoding="utf-8")


def found(place: Path, mutant: dict[str, Any]) -> None:
    """Look for a test that finds a fault, and write it into the file."""
    test = next((t for t in (tried(place, mutant, [where]) for where in mutant["tests"]) if t), None)
    sys.stdout.write(f"{mutant['name']}: {test}\n")
    sys.stdout.flush()
    if test is not None:
        with DATA.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            text = file.read()
            own = re.compile(rf'(name = "{mutant["name"]}"\n.*?)tests = \[[^\n]*\]', re.DOTALL)
            file.seek(0)
            file.write(own.sub(lambda match: f"{match[1]}test = {test!r}", text, count=1))
            file.truncate()


def main() -> int:
    """Try all faults, or those named; exit 1 where one survives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--find", action="store_true")
    asked = parser.parse_args()
    with contextlib.suppress(ImportError):
        for library in LIBRARIES:
            importlib.import_module(library)
    survived: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "tree"
        copied(place)
        for mutant in mutants():
            if asked.names and mutant["name"] not in asked.names:
                continue
            if asked.find:
                if "test" not in mutant:
                    found(place, mutant)
                continue
            is_killed = tried(place, mutant, [mutant["test"]]) is not None
            sys.stdout.write(f"{'killed  ' if is_killed else 'SURVIVED'} {mutant['name']}: {mutant['breaks']}\n")
            sys.stdout.flush()
            if not is_killed:
                survived.append(mutant["name"])
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
