"""A small Patroni cluster on this computer: etcd and some PostgreSQL nodes, each in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg

PROGRAMS = ("patroni", "etcd")
SCOPE = "sheetward"


def missing() -> Sequence[str]:
    """Give the programs that are not installed: `apt-get install patroni etcd-server postgresql`."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(what: Callable[[], bool], seconds: float, why: str) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.1)


class Cluster:
    """etcd and Patroni nodes under synchronous replication: what a leader acknowledged, another node has."""

    def __init__(self, nodes: int = 3) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sheetward-cluster-"))
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            self._as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(self.folder, "postgres")
        self._etcd_port = _free_port()
        self.ports = [_free_port() for _ in range(nodes)]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[4]))
        self._programs = str(programs[-1])

    def _start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [*self._as_user, *command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder,
                start_new_session=True, env={**os.environ, "ETCD_UNSUPPORTED_ARCH": "arm64"},
            )  # fmt: skip

    def start(self) -> None:
        """Start all, and wait until there is a leader with a synchronous standby."""
        client, peer = f"http://127.0.0.1:{self._etcd_port}", f"http://127.0.0.1:{_free_port()}"
        self._start(
            "etcd", "etcd", "--name", "e", "--data-dir", str(self.folder / "etcd"), "--enable-v2=true",
            "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", f"e={peer}",
        )  # fmt: skip
        for number, port in enumerate(self.ports):
            self._start(f"node{number}", "patroni", str(self._written(number, port)))
        _until(self._is_whole, 120, "the cluster did not come up: see " + str(self.folder))

    def _written(self, number: int, port: int) -> Path:
        name = f"node{number}"
        settings = {
            "scope": SCOPE,
            "name": name,
            "restapi": {"listen": f"127.0.0.1:{_free_port()}"},
            "etcd3": {"host": f"127.0.0.1:{self._etcd_port}"},
            "bootstrap": {
                "dcs": {
                    "ttl": 20, "loop_wait": 2, "retry_timeout": 5, "synchronous_mode": True,
                    "postgresql": {"use_pg_rewind": True, "parameters": {"max_connections": 60}},
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{port}",
                "connect_address": f"127.0.0.1:{port}",
                "data_dir": str(self.folder / name),
                "bin_dir": self._programs,
                "pgpass": str(self.folder / f"{name}.pass"),
                "authentication": {
                    "superuser": {"username": "postgres", "password": "p"},
                    "replication": {"username": "replicator", "password": "r"},
                    "rewind": {"username": "rewinder", "password": "w"},
                },
                "pg_hba": [
                    "local all all trust",
                    "host all all 127.0.0.1/32 trust",
                    "host replication all 127.0.0.1/32 trust",
                ],
                "parameters": {"unix_socket_directories": str(self.folder), "fsync": "off"},
            },
        }  # fmt: skip
        settings["restapi"]["connect_address"] = settings["restapi"]["listen"]  # type: ignore[index]
        path = self.folder / f"{name}.yml"
        path.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
        return path

    def _role(self, port: int) -> str:
        with suppress(psycopg.Error), psycopg.connect(self._address(port), autocommit=True, connect_timeout=2) as at:
            found = at.execute("SELECT pg_is_in_recovery()").fetchone()
            return "standby" if found and found[0] else "leader"
        return "away"

    @staticmethod
    def _address(port: int) -> str:
        return f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def leader(self) -> int | None:
        """Give the number of the node that takes writes, if there is one."""
        return next((number for number, port in enumerate(self.ports) if self._role(port) == "leader"), None)

    def _is_whole(self) -> bool:
        leader = self.leader()
        if leader is None:
            return False
        with suppress(psycopg.Error), psycopg.connect(self._address(self.ports[leader]), autocommit=True) as at:
            found = at.execute("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone()
            return bool(found and found[0])
        return False

    @property
    def url(self) -> str:
        """Give the address that always reaches the leader."""
        hosts = "&".join(f"host=127.0.0.1:{port}" for port in self.ports)
        return f"postgresql://postgres@/postgres?{hosts}&target_session_attrs=read-write&connect_timeout=3"

    def leading_url(self) -> str:
        """Give the address of the node that leads just now."""
        number = self.leader()
        assert number is not None
        return self._address(self.ports[number])

    def kill_leader(self) -> int:
        """Kill the leading node with all its processes, as a power cut does, and give its number."""
        number = self.leader()
        assert number is not None
        pid_file = self.folder / f"node{number}" / "postmaster.pid"
        postmaster = int(pid_file.read_text().split()[0])
        children = subprocess.run(["pgrep", "-P", str(postmaster)], check=False, capture_output=True, text=True)
        for pid in (self._processes[f"node{number}"].pid, postmaster, *map(int, children.stdout.split())):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return number

    def stop(self) -> None:
        """Stop all and leave nothing."""
        for name in reversed(list(self._processes)):
            process = self._processes[name]
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        for pid_file in self.folder.glob("node*/postmaster.pid"):
            with suppress(ProcessLookupError, ValueError, IndexError):
                os.kill(int(pid_file.read_text().split()[0]), signal.SIGQUIT)
        time.sleep(1)
        shutil.rmtree(self.folder, ignore_errors=True)
