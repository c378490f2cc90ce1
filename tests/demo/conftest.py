"""The demo, run once in each language for all tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from sheetward.demo import Demo, run
from sheetward.demo.company import Company
from sheetward.demo.workbooks import write_workbooks
from sheetward.messages import Lang


@dataclass(frozen=True)
class Told:
    """A demo that ran: its company, what it left, and its workbooks as they were before anything was done to them."""

    company: Company
    demo: Demo
    originals: Path


@pytest.fixture(scope="session", params=["zh", "en"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    lang = cast("Lang", request.param)
    folder = tmp_path_factory.mktemp("demo") / "演示 demo"
    originals = tmp_path_factory.mktemp("originals")
    write_workbooks(Company(originals, lang))
    return Told(Company(folder, lang), run(folder, lang), originals)
