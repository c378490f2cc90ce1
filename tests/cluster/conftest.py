"""A database that outlives its leader: the one that `SHEETWARD_TEST_DSN` names, or a Patroni cluster started here."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .cluster import Cluster, missing


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster | None]:
    """Give a running cluster; `None` where a database was given, whose leader is not ours to kill."""
    if os.environ.get("SHEETWARD_TEST_DSN"):
        yield None
        return
    if missing():
        pytest.fail(f"not installed: {', '.join(missing())}: apt-get install patroni etcd-server postgresql")
    made = Cluster()
    try:
        made.start()
        yield made
    finally:
        made.stop()
