"""Every code that a sheet raises or says has its sentence in both languages, and every error its way out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import sheetward.sheets.xlsx
from sheetward.messages import LANGS, catalogue

FOLDER = Path(sheetward.sheets.xlsx.__file__).parent
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.py")))
RAISED = set(re.findall(r'(?:User|Guard|Transient|Integrity)Error\(\s*"([a-z_.]+)"', SOURCE))
SAID = set(re.findall(r'"((?:layout|bind|csv|columns)\.[a-z_]+)"', SOURCE)) - RAISED


def test_all_codes_are_found() -> None:
    assert len(RAISED) > 15
    assert len(SAID) > 10


def test_every_code_has_both_languages() -> None:
    texts = catalogue()
    assert {code for code in RAISED | SAID for lang in LANGS if not texts.get(code, {}).get(lang)} == set()


def test_every_error_has_a_way_out() -> None:
    texts = catalogue()
    assert {code for code in RAISED for lang in LANGS if not texts[code].get(f"hint_{lang}")} == set()


def test_no_sentence_of_ours_is_left_over() -> None:
    file = FOLDER.parent / "messages" / "catalogue" / "sheets.toml"
    assert set(tomllib.loads(file.read_text(encoding="utf-8"))) - RAISED - SAID == set()
