"""Each dependency has its row with a reason, and nothing is imported that is not declared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = {"sheetward", "sheetward_addin", "sheetward_schemas", "sheetward_templates"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: Iterable[object]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9_.-]+", line) for line in requirements if isinstance(line, str))
    return {canonical(match[0]) for match in found if match}


RUN = names(PROJECT["project"]["dependencies"])
EXTRAS = {name for group in PROJECT["project"]["optional-dependencies"].values() for name in names(group)}
DEV = {name for group in PROJECT["dependency-groups"].values() for name in names(group)}
BENCH = names(PROJECT["dependency-groups"]["bench"])


def section(title: str) -> list[list[str]]:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    part = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert part
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part[1].splitlines() if line[:1] == "|"]
    return rows[2:]


@pytest.mark.parametrize(("title", "declared"), [("At run time", RUN), ("Extras", EXTRAS), ("For development", DEV)])
def test_the_rows_are_the_declared_packages(title: str, declared: set[str]) -> None:
    rows = section(title)
    assert sorted(canonical(row[0]) for row in rows) == sorted(declared)
    assert [row[0] for row in rows if not all(row[1:4])] == []


def test_what_is_needed_at_run_time_has_a_reason() -> None:
    assert [row[0] for row in section("At run time") + section("Extras") if len(row[4]) < 10] == []


def imported(*roots: str) -> set[str]:
    found: set[str] = set()
    for root in roots:
        for path in (ROOT / root).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    found.add(node.module.split(".")[0])
                elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                    text = node.args[0]
                    if isinstance(text, ast.Constant):
                        found.add(str(text.value).split(".")[0])
    return found - sys.stdlib_module_names - OURS


def packages(modules: set[str]) -> set[str]:
    known = packages_distributions()
    return {canonical(name) for module in modules for name in known[module]}


def test_the_product_imports_what_it_declares_and_declares_what_it_imports() -> None:
    used = packages(imported("addin", "sync", "schemas", "templates"))
    assert used - RUN - EXTRAS == set()
    assert RUN - used == set()


def test_extras_that_nothing_imports_are_said_to_wait() -> None:
    used = packages(imported("addin", "sync", "schemas", "templates"))
    waiting = {canonical(row[0]) for row in section("Extras") if "Nothing imports it yet" in row[4]}
    assert waiting == EXTRAS - used


def test_locks_name_every_package_with_hashes_and_no_address() -> None:
    for lock, wanted in (
        ("requirements.lock", RUN | EXTRAS),
        ("requirements-dev.lock", RUN | EXTRAS | DEV - BENCH),
        ("requirements-bench.lock", RUN | EXTRAS | DEV),
    ):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert {canonical(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)} >= wanted
        assert "://" not in text
        assert "file:" not in text
        pins = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
