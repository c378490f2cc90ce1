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
    """Give the bundled schema to which most headers belong: two at least, and more than to any other."""
    texts = [text for text in headers if text.strip()]
    counts = sorted(
        (
            (len({f.name for text in texts if (f := match_header(text, schema)) is not None}), schema.name, schema)
            for schema in bundled()
        ),
        key=lambda entry: (-entry[0], entry[1]),
    )
    best = counts[0]
    is_alone = len(counts) == 1 or counts[1][0] < best[0]
    return best[2] if best[0] >= 2 and is_alone else None
