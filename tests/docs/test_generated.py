"""Generated files say what the code says today; `make docs` writes them anew."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GENERATED = runpy.run_path(str(ROOT / "docs" / "generate.py"))["GENERATED"]


@pytest.mark.parametrize("path", GENERATED)
def test_it_is_fresh(path: str) -> None:
    text = GENERATED[path]()
    assert len(text) > 1000
    assert (ROOT / path).read_text(encoding="utf-8") == text, "run `make docs`"
