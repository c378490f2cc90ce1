"""Schemas for the commands: by name or path, by the workspace's table, or by what a header looks like."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sheetward_schemas import Mistake, TableSchema, bundled_names, load_schema, match_header

from sheetward.errors import UserError


def mistake_facts(mistake: Mistake) -> dict[str, object]:
    """Give a mistake as plain data, for an error's fact `mistakes` and for JSON."""
    return {"line": mistake.line, "column": mistake.column, "path": mistake.path, "code": mistake.code, **mistake.facts}


def load(name: str, root: Path | None = None) -> TableSchema:
    """Load a bundled schema by its name, or a file; a relative path starts at `root`, else where the call was made.

    `UserError`: the code of the one mistake where nothing could be read (`schema.unknown`, `schema.no_file` ...),
    `schema.wrong` with all mistakes in its fact `mistakes` otherwise.
    """
    beside = root / name if root is not None else Path(name)
    if beside.is_file():
        schema, mistakes = load_schema(beside)
    else:
        schema, mistakes = _bundled(name) if name in bundled_names() else load_schema(name)
    if schema is not None:
        return schema
    first = mistakes[0]
    if len(mistakes) == 1 and not first.path and first.code in _WHOLE:
        raise UserError(first.code, **first.facts)
    raise UserError("schema.wrong", source=name, count=len(mistakes), mistakes=[mistake_facts(m) for m in mistakes])


@cache
def _bundled(name: str) -> tuple[TableSchema | None, tuple[Mistake, ...]]:
    """Load a bundled schema once: it does not change while the program runs, and every opened workspace asks for it."""
    schema, mistakes = load_schema(name)
    return schema, tuple(mistakes)


_WHOLE = {"schema.unknown", "schema.no_file", "schema.unreadable", "schema.not_utf8"}


@cache
def bundled() -> tuple[TableSchema, ...]:
    """Give every bundled schema."""
    return tuple(load(name) for name in bundled_names())


def guessed_schema(headers: Iterable[str]) -> TableSchema | None:
    """Give the bundled schema to which most headers belong, two at least.

    Where several have equally many, the one whose own key stands there is meant; where that does not tell either, the
    customer table, if it is among them: a list of names and phones is one of customers until it says otherwise.
    """
    texts = [text for text in headers if text.strip()]
    found = {
        schema.name: (schema, {f.name for text in texts if (f := match_header(text, schema)) is not None})
        for schema in bundled()
    }
    most = max(len(fields) for _, fields in found.values())
    if most < 2:
        return None
    best = {name: entry for name, entry in found.items() if len(entry[1]) == most}
    with_key = [schema for schema, fields in best.values() if schema.business_key in fields]
    chosen = with_key or [schema for schema, _ in best.values()]
    if len(chosen) == 1:
        return chosen[0]
    return next((schema for schema in chosen if schema.name == _MAIN), None)


_MAIN = "customer"
