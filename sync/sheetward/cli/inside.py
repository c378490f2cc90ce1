"""A call inside a workspace: which one, opened and closed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sheetward.cli.session import current

if TYPE_CHECKING:
    from sheetward.app.workspace import Workspace


def root() -> Path:
    """Give the workspace of this call: as `--workspace` says, else the nearest upwards."""
    from sheetward.config import find_workspace

    return current().workspace or find_workspace(Path())


@contextmanager
def workspace(author: str | None = None) -> Generator[Workspace]:
    """Open the workspace of this call."""
    from sheetward.app.workspace import opened

    with opened(root(), author) as found:
        yield found
