"""Writing `sheetward.yaml`: a commented beginning, and edits that keep every comment of a person."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

from sheetward.config.reading import Node, as_node, load_document, new_node, round_trip
from sheetward.config.settings import CONFIG_NAME, Config, SheetEntry, TableEntry
from sheetward.messages import Lang, render


def _quoted(text: str) -> str:
    buffer = io.StringIO()
    round_trip().dump([text], buffer)
    return buffer.getvalue().strip().removeprefix("- ")


def beginning(tables: Sequence[TableEntry], lang: Lang) -> str:
    """Give the text of a new settings file, explained line by line in a language."""
    entries = "\n".join(f"  {_quoted(t.name)}: {{schema: {_quoted(t.schema)}}}" for t in tables)
    return render("config.beginning", {"tables": entries}, lang).strip("\n") + "\n"


def create_config(root: Path, tables: Sequence[TableEntry], lang: Lang) -> bool:
    """Write a new settings file and say so; one that exists is kept as it is, and that is said with `False`."""
    path = root / CONFIG_NAME
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(beginning(tables, lang))
    except FileExistsError:
        return False
    return True


def _replace(path: Path, document: Node) -> None:
    buffer = io.StringIO()
    round_trip().dump(document, buffer)
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(buffer.getvalue())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def written_path(config: Config, file: Path) -> str:
    """Spell a path as settings and store keep it: relative to the workspace where it lies inside, so that both may be moved together."""
    try:
        return file.absolute().relative_to(config.root).as_posix()
    except ValueError:
        return str(file.absolute())


def save_sheet(config: Config, entry: SheetEntry) -> None:
    """Add a sheet's entry, or replace the one of that name."""
    document = load_document(config.path)
    record: dict[str, object] = {}
    if entry.file is not None:
        record["file"] = written_path(config, entry.file)
    if entry.google is not None:
        record["google"] = entry.google
    if entry.tab is not None:
        record["tab"] = entry.tab
    record["table"] = entry.table
    if entry.role is not None:
        record["role"] = entry.role
    sheets = as_node(document.get("sheets"))
    if sheets is None:
        document["sheets"] = sheets = new_node()
    old = as_node(sheets.get(entry.name))
    if old is None:
        sheets[entry.name] = old = new_node()
    for key in [key for key in old if key not in record]:
        del old[key]
    old.update(record)
    _replace(config.path, document)


def remove_sheet(config: Config, name: str) -> None:
    """Take a sheet's entry out; the rest of the file stays as it is."""
    document = load_document(config.path)
    sheets = as_node(document.get("sheets"))
    if sheets is not None and name in sheets:
        del sheets[name]
        _replace(config.path, document)
