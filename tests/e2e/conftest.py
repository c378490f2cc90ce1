"""What tests from outside share: processes that start quickly, and a company in step."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from .firm import Firm, founded
from .forge import Forge


@pytest.fixture(scope="session")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Generator[Forge]:
    """Give what starts calls of the command line."""
    server = Forge(tmp_path_factory.mktemp("calls"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, forge: Forge) -> Path:
    """Found a company once, to be copied."""
    return founded(tmp_path_factory.mktemp("company"), forge).root


@pytest.fixture
def firm(template: Path, tmp_path: Path, forge: Forge) -> Firm:
    """Give a company of one's own: the boss's workbook and that of the east, in step."""
    root = tmp_path / "company"
    shutil.copytree(template, root)
    return Firm(root, forge)
