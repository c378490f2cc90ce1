"""Schemas by name or by path."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from sheetward_schemas.mistakes import Mistake
from sheetward_schemas.model import TableSchema
from sheetward_schemas.parse import parse_schema

_ENDINGS: Final = (".yaml", ".yml", ".json")


def bundled_names() -> tuple[str, ...]:
    """Give the names of the tables that come with the package."""
    folder = files("sheetward_schemas") / "tables"
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def bundled_text(name: str) -> str:
    """Give the file of a bundled table as written; `KeyError` where there is none of that name."""
    if name not in bundled_names():
        raise KeyError(name)
    return (files("sheetward_schemas") / "tables" / f"{name}.yaml").read_text(encoding="utf-8")


def load_schema(name_or_path: str | Path) -> tuple[TableSchema | None, tuple[Mistake, ...]]:
    """Load a bundled table by its name, or a file by its path.

    A bare word is a bundled name unless a file of that very name is there. Where nothing is found the mistake
    is `schema.unknown` (a name) or `schema.no_file` (a path).
    """
    word = str(name_or_path)
    path = Path(word)
    looks_like_path = path.suffix.lower() in _ENDINGS or len(path.parts) > 1
    if not looks_like_path and word in bundled_names():
        return parse_schema(bundled_text(word), f"bundled:{word}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        code = "schema.no_file" if looks_like_path else "schema.unknown"
        return None, (Mistake(code, 1, 1, "", {"name": word, "known": bundled_names()}),)
    except UnicodeDecodeError:
        return None, (Mistake("schema.not_utf8", 1, 1, "", {"name": word}),)
    except OSError as trouble:
        return None, (Mistake("schema.unreadable", 1, 1, "", {"name": word, "problem": trouble.strerror or ""}),)
    return parse_schema(text, word)
