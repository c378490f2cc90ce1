"""Starts calls of the command line as real processes without loading the program each time.

Run as a script: it loads `sheetward` once and forks for every request, so that each call is a process of its own that
can be killed, held and interrupted. Requests and answers are lines of JSON: `{"start": [...], "folder", "settings",
"out", "err"}` is answered with a process id, `{"poll": pid}` with its exit status (negative for a signal) or `null`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import pkgutil
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sheetward
import sheetward_schemas
import sheetward_templates
from sheetward.cli import main, run

PATIENCE_S = 120.0
LARGEST_FILE = "E2E_LARGEST_FILE"
"""Setting of a call: bytes beyond which the system lets it write into no file, as on a disk that is full."""


@dataclass
class Call:
    """A process under way, and what it said."""

    forge: Forge
    pid: int
    out: Path
    err: Path
    status: int | None = None

    def poll(self) -> int | None:
        """Give the exit status, `None` while it runs."""
        if self.status is None:
            self.status = self.forge.ask({"poll": self.pid})
        return self.status

    def wait(self) -> Call:
        """Wait for its end."""
        until = time.monotonic() + PATIENCE_S
        while self.poll() is None:
            assert time.monotonic() < until, f"process {self.pid} does not end"
            time.sleep(0.005)
        return self

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended gets none."""
        if self.poll() is None:
            os.kill(self.pid, number)

    @property
    def said(self) -> str:
        """Give all that it wrote."""
        return self.out.read_text(encoding="utf-8") + self.err.read_text(encoding="utf-8")

    @property
    def json(self) -> Any:
        """Give the document it wrote."""
        text = self.out.read_text(encoding="utf-8")
        assert text, self.err.read_text(encoding="utf-8")
        return json.loads(text)

    def sheet(self, name: str) -> Any:
        """Give the entry of one sheet of a sync."""
        return next(entry for entry in self.json["sheets"] if entry["name"] == name)


@dataclass
class Forge:
    """The server process and the folder for what calls write."""

    folder: Path
    process: subprocess.Popen[str] = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        """Start the server."""
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, request: dict[str, Any]) -> Any:
        """Send a request and give the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def start(self, folder: Path, arguments: tuple[object, ...], settings: dict[str, str]) -> Call:
        """Start a call in a folder."""
        self.count += 1
        out, err = (self.folder / f"{self.count}.{name}" for name in ("out", "err"))
        for path in (out, err):
            path.touch()  # so that it can be read before the process has begun
        words = [str(argument) for argument in arguments]
        places = {"folder": str(folder), "out": str(out), "err": str(err)}
        return Call(self, self.ask({"start": words, "settings": settings, **places}), out, err)

    def close(self) -> None:
        """End the server."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def _started(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.update(request["settings"])
    for number, name in ((1, "out"), (2, "err")):
        handle = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(handle, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if LARGEST_FILE in os.environ:
        largest = int(os.environ[LARGEST_FILE])
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    sys.argv = ["sheetward", *request["start"]]
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException as trouble:  # noqa: BLE001 - what a program does with an error that nobody caught
        sys.excepthook(type(trouble), trouble, trouble.__traceback__)
    os._exit(1)


def _ended(pid: int) -> int | None:
    done, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def _load() -> None:
    """Load the whole program, so that calls need not."""
    for package in (sheetward, sheetward_schemas, sheetward_templates):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        run(["init", folder, "--table", "customers=customer"])
        run(["sync", "--workspace", folder])


def _serve() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _load()
    for line in sys.stdin:
        request = json.loads(line)
        answer = _started(request) if "start" in request else _ended(request["poll"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
