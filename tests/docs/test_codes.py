"""Every code in the product has its sentence, every sentence its use, every error its way out.

A code is used where it stands as a text in the product. Many codes are put together (`f"guard.{trip.guard}"`): such a
code counts as used only if the fixed part stands there and what fills the gap is itself a word of the product (the
value of an enum, a key, a name). Help texts are checked against the command tree, the one place they come from.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from sheetward.messages import LANGS, catalogue

ROOT = Path(__file__).resolve().parents[2]
ERRORS = frozenset({"UserError", "GuardError", "TransientError", "IntegrityError"})
DOTTED = re.compile(r"[a-z_]+(\.[a-z_]+)+")
# Dotted texts that look like codes and are none, each with its reason.
NO_CODES = {
    "identity.adopted",  # a remark between merge and plan, taken out before anybody reads it
    "sheet.binary",  # part of a content type of .xlsb
}
FOREIGN = re.compile(r"(sheetward|sheetward_schemas|sheetward_templates|stdnum)\b")


@cache
def trees() -> Mapping[Path, ast.Module]:
    paths = [path for root in ("addin", "sync", "schemas", "templates") for path in sorted((ROOT / root).rglob("*.py"))]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def _no_text(tree: ast.Module) -> set[int]:
    """Docstrings, and the pieces of texts that are put together."""
    nodes = list(ast.walk(tree))
    prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return prose | {id(piece) for node in nodes if isinstance(node, ast.JoinedStr) for piece in node.values}


def _texts() -> Iterator[str]:
    for tree in trees().values():
        others = _no_text(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in others:
                yield node.value


@cache
def words() -> frozenset[str]:
    """Every text and every name in the product: what may fill the gap of a code that is put together."""
    names = {
        name
        for tree in trees().values()
        for node in ast.walk(tree)
        for name in (getattr(node, "arg", None), getattr(node, "attr", None))
        if isinstance(name, str)
    }
    return frozenset(_texts()) | names


@cache
def moulds() -> frozenset[re.Pattern[str]]:
    """Codes that are put together: f-strings with a dot beside a gap, and a text with an ending added."""
    found: set[str] = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "(.+)" for part in node.values
                ]
                mould = "".join(parts)
                if re.fullmatch(r"(\(\.\+\)|[a-z_]|\\\.)+", mould) and "\\." in mould and re.search("[a-z]", mould):
                    found.add(mould)
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and isinstance(node.right, ast.Constant):
                ending = node.right.value
                if isinstance(ending, str) and re.fullmatch("_[a-z]+", ending):
                    found.add("(.+)" + ending)
    return frozenset(re.compile(mould) for mould in found)


def _is_used(code: str) -> bool:
    if code in words():
        return True
    return any(
        (match := mould.fullmatch(code)) and all(gap in words() or _is_used(gap) for gap in match.groups())
        for mould in moulds()
    )


def raised() -> dict[str, list[str]]:
    """Give each code that an error is raised with, and the modules that do."""
    codes: dict[str, list[str]] = {}
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS):
                continue
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                codes.setdefault(str(first.value), []).append(str(path.relative_to(ROOT)))
    return codes


def test_the_product_is_read() -> None:
    assert len(trees()) > 150
    assert len(raised()) > 100
    assert len(moulds()) > 10


def test_every_raised_code_has_a_sentence_and_a_way_out() -> None:
    texts = catalogue()
    wanted = [*LANGS, *(f"hint_{lang}" for lang in LANGS)]
    assert {
        code: where for code, where in raised().items() if not all(texts.get(code, {}).get(w) for w in wanted)
    } == {}


def test_every_code_in_the_product_is_in_the_catalogue() -> None:
    areas = {code.split(".")[0] for code in catalogue()}
    files = {".toml", ".yaml", ".json", ".csv", ".xlsx", ".html", ".css", ".db", ".com", ".xml", ".rels", ".md"}
    suspects = {
        text
        for text in _texts()
        if DOTTED.fullmatch(text)
        and text.split(".")[0] in areas
        and not FOREIGN.match(text)
        and Path(text).suffix not in files
    }
    assert suspects - set(catalogue()) - _own_texts() - NO_CODES == set()


def _own_texts() -> set[str]:
    """Texts of the templates package and of the demo, which have files and prefixes of their own."""
    import tomllib

    own = {
        code
        for path in (ROOT / "templates" / "sheetward_templates").glob("*.toml")
        for code in tomllib.loads(path.read_text(encoding="utf-8"))
    }
    return own | {code.removeprefix("demo.") for code in catalogue() if code.startswith("demo.")}


def test_every_sentence_is_used() -> None:
    assert {code for code in catalogue() if not code.startswith("help.") and not _is_used(code)} == set()


@pytest.mark.parametrize("lang", LANGS)
def test_every_entry_has_both_languages(lang: str) -> None:
    assert {code for code, entry in catalogue().items() if not entry.get(lang, "").strip()} == set()
    other = {"zh": "en", "en": "zh"}[lang]
    assert {code for code, e in catalogue().items() if e.get(f"hint_{other}") and not e.get(f"hint_{lang}")} == set()


def test_chinese_is_chinese_and_english_is_english() -> None:
    han = re.compile("[一-鿿]")
    examples = re.compile('[（(“"`「].*?[)）”"`」]|[:：].*')
    for code, entry in catalogue().items():
        assert han.search(entry["zh"]) or not re.search("[a-z]{4,} [a-z]{3,}", entry["zh"]), code
        if code.startswith("demo."):
            continue
        assert not han.search(examples.sub("", entry["en"])), (code, entry["en"])


def _gaps(text: str) -> set[str]:
    """The facts a text names; one that differs by language has the language at its end.

    A count that only chooses between one and many is left out: Chinese has no such choice.
    """
    gaps = [(name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name]
    return {re.sub("_(zh|en)$", "", name) for name, spec in gaps if "|" not in spec}


def test_both_languages_tell_the_same_facts() -> None:
    different = {
        code: (_gaps(entry["zh"]), _gaps(entry["en"]))
        for code, entry in catalogue().items()
        if _gaps(entry["zh"]) != _gaps(entry["en"])
    }
    assert different == {}
