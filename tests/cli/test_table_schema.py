"""All of Table Schema 2.0 through the command line: each property with rows that fit it and rows that do not."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheetward_schemas.vocabulary import CONSTRAINTS, FIELD, FIELDS_MATCH, FORMATS, SCHEMA, TYPES

Run = Callable[..., Any]

CASES = tomllib.loads((Path(__file__).parents[1] / "schemas" / "standard.toml").read_text(encoding="utf-8"))


def _found(sheetward: Run, folder: Path, case: dict[str, str], rows: str) -> list[str]:
    (folder / "s.yaml").write_text(case["schema"], encoding="utf-8")
    (folder / "t.csv").write_text(rows + "\n", encoding="utf-8")
    call = sheetward("validate", "t.csv", "--schema", "s.yaml", "--json")
    assert call.status in {0, 1}, call.out
    return [finding["code"] for finding in call.json["findings"]]


@pytest.mark.parametrize("name", CASES)
def test_a_property_lets_through_what_fits_it_and_nothing_else(sheetward: Run, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    assert _found(sheetward, tmp_path, case, case["right"]) == []
    if "wrong" in case:
        assert _found(sheetward, tmp_path, case, case["wrong"])[0] == case["code"]


def test_every_property_of_the_standard_has_a_case() -> None:
    text = "\n".join((*CASES, *(case["schema"] for case in CASES.values())))
    words = {name for name in (*SCHEMA.keys, *FIELD.keys) if not name.startswith("x:")} | set(CONSTRAINTS.keys)
    words |= {*TYPES, *FIELDS_MATCH, *(name for names in FORMATS.values() for name in names if name != "default")}
    assert {word for word in words if not re.search(rf"(?<![\w$]){re.escape(word)}(?!\w)", text)} == set()


def test_a_reference_of_several_fields_looks_into_the_other_table(sheetward: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nprimaryKey: [x, y]\nfields: [{name: x}, {name: y}]\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(
        "name: b\nprimaryKey: no\nfields: [{name: no}, {name: p}, {name: q}]\n"
        "foreignKeys: [{fields: [p, q], reference: {resource: a, fields: [x, y]}}]\n",
        encoding="utf-8",
    )
    for name, rows in {
        "a": [("x", "y"), ("1", "2")],
        "b": [("no", "p", "q"), ("1", "1", "2"), ("2", "2", "1")],
    }.items():
        book = openpyxl.Workbook()
        assert book.active is not None
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / f"{name}.xlsx")
    assert sheetward("init", "--table", "a=a.yaml", "--table", "b=b.yaml", "--lang", "en").status == 0
    for name in ("a", "b"):
        assert sheetward("bind", f"{name}.xlsx", "--as", name, "--table", name, "--yes").status == 0
    assert sheetward("sync").status == 0
    findings = sheetward("validate", "b.xlsx", "--json").json["findings"]
    assert [(f["code"], f["field"], f["value"]) for f in findings] == [("key.unknown_reference", "p", "2")]
