"""What the documents name exists: files, folders, tests, make targets, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ROOT / "docs" / "SPEC.md",
    ROOT / "docs" / "dependencies.md",
    ROOT / "tests" / "scenarios" / "README.md",
    *DECISIONS,
]
FOLDERS = "addin|sync|schemas|templates|tests|docs|benchmarks"
NAMED = re.compile(rf"`((?:{FOLDERS})/[^`\s:]*)(?:::(\w+))?`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
ids = [str(path.relative_to(ROOT)) for path in DOCUMENTS]


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_every_path_it_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    paths = [ROOT / path for path, _ in NAMED.findall(text)]
    links = [document.parent / link for link in LINK.findall(text)]
    assert [str(path) for path in (*paths, *links) if not path.exists()] == []


def _tests_in(path: Path) -> set[str]:
    return set(re.findall(r"^\s*(?:def (?=test_)|class (?=Test))(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_every_test_it_names_exists(document: Path) -> None:
    named = [(path, name) for path, name in NAMED.findall(document.read_text(encoding="utf-8")) if name]
    assert [(path, name) for path, name in named if name not in _tests_in(ROOT / path)] == []


def test_the_promises_name_their_tests() -> None:
    text = (ROOT / "docs" / "SPEC.md").read_text(encoding="utf-8")
    promises = re.search(r"^## The promises\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    assert promises
    each = re.split(r"^\d+\. ", promises[1], flags=re.MULTILINE)[1:]
    assert len(each) == 6
    assert [promise for promise in each if not NAMED.search(promise)] == []


def test_the_spec_names_functions_that_exist() -> None:
    from importlib import import_module

    text = (ROOT / "docs" / "SPEC.md").read_text(encoding="utf-8")
    named = re.findall(r"`(sheetward(?:\.\w+)+)`", text)
    assert len(named) >= 2
    for dotted in named:
        module, _, name = dotted.rpartition(".")
        assert hasattr(import_module(module), name), dotted


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        name for document in DOCUMENTS for name in re.findall(r"`make ([a-z-]+)`", document.read_text(encoding="utf-8"))
    }
    assert {"demo", "test", "check", "bench", "lock", "docs"} <= named
    assert named - targets == set()


@pytest.mark.parametrize("page", DECISIONS, ids=[page.stem for page in DECISIONS])
def test_a_decision_has_its_number_its_date_and_its_evidence(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(rf"# {int(page.name[:4])}\. .+\n\nDate: \d{{4}}-\d\d-\d\d\. (In force|Superseded by \d+)\.\n", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Decision", "Evidence", "Turned down", "What follows"]


def test_decisions_are_numbered_in_a_row() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
