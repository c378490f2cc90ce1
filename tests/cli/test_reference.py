"""The reference in `docs/` is what the commands say of themselves, and every text is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from sheetward.cli.help import text_code, walked
from sheetward.cli.reference import FILES, reference
from sheetward.cli.tree import parser
from sheetward.messages import Lang, catalogue

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("lang", FILES)
def test_the_reference_is_up_to_date(lang: Lang) -> None:
    written = (DOCS / FILES[lang]).read_text(encoding="utf-8")
    assert written == reference(lang), "run: python -m sheetward.cli.reference docs"


def test_every_command_and_every_parameter_has_its_text() -> None:
    codes = [text_code(path) for path, _ in walked(parser())]
    codes += [text_code(path, p.name) for path, command in walked(parser()) for p in command.params if p.name != "help"]
    assert [code for code in codes if code not in catalogue()] == []


def test_no_help_text_is_left_over() -> None:
    used = {text_code(path) for path, _ in walked(parser())}
    used |= {text_code(path, p.name) for path, command in walked(parser()) for p in command.params}
    kept = ("help.word.", "help.common.", "help.reference.", "help.sheetward", "help.any.is_version")
    spare = [
        code for code in catalogue() if code.startswith("help.") and code not in used and not code.startswith(kept)
    ]
    assert spare == []
