"""A file as a plain table: named columns and rows of cells, without a schema. CSV, JSON and workbooks."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import cast

import orjson

from sheetward.app.json_cells import cell_json
from sheetward.cells import Cell, plain_text, value_of
from sheetward.errors import UserError

KeyText = tuple[str, ...]
"""A row's key as text, one part for each key column."""

_KINDS = {".csv": ".csv", ".tsv": ".csv", ".txt": ".csv", ".json": ".json", ".xlsx": ".xlsx", ".xlsm": ".xlsx"}
_ONLY_READ = {".xls", ".xlsb", ".ods"}
OTHER_KINDS = frozenset(
    {".xlt", ".numbers", ".et", ".ets", ".parquet"}
    | {".pdf", ".doc", ".docx", ".wps", ".ppt", ".pptx", ".png", ".jpg", ".jpeg", ".zip", ".rar", ".7z"}
)
"""Endings of files that are surely no table that can be read here."""


@dataclass(frozen=True)
class PlainTable:
    """Columns in order, rows aligned with them. `key` is what the file itself says its key is (JSON only)."""

    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    key: tuple[str, ...] = ()

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Give each column's place."""
        return {name: place for place, name in enumerate(self.columns)}

    def keyed(self, key: Sequence[str]) -> dict[KeyText, tuple[Cell, ...]]:
        """Give rows by key. `UserError`: `table.no_column`, `table.empty_key`, `table.repeated_key`."""
        for name in key:
            if name not in self.places:
                raise UserError("table.no_column", path=self.path, column=name, columns=list(self.columns))
        found: dict[KeyText, tuple[Cell, ...]] = {}
        places = [self.places[name] for name in key]
        for number, row in enumerate(self.rows, start=1):
            cells = [row[place] for place in places]
            text = tuple([cell if type(cell) is str else plain_text(value_of(cell)) for cell in cells])
            if not any(text):
                raise UserError("table.empty_key", path=self.path, row=number, columns=list(key))
            if text in found:
                raise UserError("table.repeated_key", path=self.path, key=" / ".join(text), columns=list(key))
            found[text] = row
        return found

    def is_key(self, key: Sequence[str]) -> bool:
        """Say whether these columns are there, filled and tell all rows apart."""
        try:
            self.keyed(key)
        except UserError:
            return False
        return True


def choose_key(tables: Sequence[PlainTable], wanted: Sequence[str], known: Sequence[str] = ()) -> tuple[str, ...]:
    """Give the key columns: as wanted, as a file says, as a schema knows, else the first that fit in all tables.

    One column that is filled and unique everywhere goes before several; several are the leftmost ones. An empty table
    fits any key. `UserError('table.no_key')` where nothing tells the rows apart.
    """
    if wanted:
        return tuple(wanted)
    said = next((table.key for table in tables if table.key), ())
    if said:
        return said
    shared = [name for name in tables[0].columns if all(name in table.places for table in tables)]
    candidates = [
        *([tuple(known)] if known else []),
        *((name,) for name in shared),
        *(tuple(shared[:count]) for count in range(2, len(shared) + 1)),
    ]
    for key in candidates:
        if all(table.is_key(key) for table in tables):
            return key
    raise UserError("table.no_key", paths=[table.path for table in tables])


def read_plain(path: Path, tab: str | None = None) -> PlainTable:
    """Read a file as a plain table, by the ending of its name."""
    if not path.is_file():
        raise UserError("file.is_folder" if path.is_dir() else "file.missing", file=path.name, path=str(path))
    if path.suffix.lower() in _ONLY_READ:
        from sheetward.app.plain_workbook import read_other_workbook

        return read_other_workbook(path, tab)
    kind = kind_of(path, path)
    if kind == ".csv" and path.read_bytes()[:4] == b"PK\x03\x04":  # a workbook under the name of a CSV
        kind = ".xlsx"
    if kind == ".json":
        return _from_json(path)
    if kind == ".xlsx":
        from sheetward.app.plain_workbook import read_workbook

        return read_workbook(path, tab)
    return _from_csv(path)


def kind_of(path: Path, like: Path) -> str:
    """Say how a file is to be read or written: `.csv`, `.json` or `.xlsx`.

    By the ending of its name; where that says nothing (git's merge drivers get temporary names), by what the file
    `like` begins with. `UserError` where the ending is one that cannot be read: `file.kind`, or `file.kind_out` where
    `path` is to be written; `legacy.only_read` for one of a kind that is read and never written.
    """
    ending = path.suffix.lower()
    if ending in _ONLY_READ:
        raise UserError("legacy.only_read", file=path.name, ending=ending)
    if ending in _KINDS:
        return _KINDS[ending]
    if ending in OTHER_KINDS:
        code = "file.kind" if path == like else "file.kind_out"
        raise UserError(code, path=str(path), ending=ending, known=sorted(_KINDS))
    with like.open("rb") as file:
        beginning = file.read(64).lstrip()
    if beginning.startswith(b"PK"):
        return ".xlsx"
    return ".json" if beginning.startswith(b"{") else ".csv"


def check_columns(path: Path, names: Sequence[str]) -> None:
    """Raise `UserError('table.repeated_column')` where two columns have one name."""
    for name, count in Counter(names).items():
        if count > 1:
            raise UserError("table.repeated_column", path=str(path), column=name)


def _checked(path: Path, columns: Sequence[str], rows: Sequence[tuple[Cell, ...]], key: Sequence[str]) -> PlainTable:
    names = tuple(columns)
    check_columns(path, names)
    return PlainTable(str(path), names, tuple(rows), tuple(key))


def _from_csv(path: Path) -> PlainTable:
    from sheetward.sheets.csv_text import parse_csv

    lines = [record.texts for record in parse_csv(path.read_bytes(), path.name).records if any(record.texts)]
    if not lines:
        raise UserError("table.no_header", path=str(path))
    columns = [name.strip() for name in lines[0]]
    width = len(columns)
    for number, line in enumerate(lines[1:], start=2):
        if any(line[width:]):
            raise UserError("table.long_row", path=str(path), row=number, count=width)
    rows = [tuple((line[place] or None) if place < len(line) else None for place in range(width)) for line in lines[1:]]
    return _checked(path, columns, rows, ())


def _json_cell(value: object, path: Path) -> Cell:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value or None
    if isinstance(value, int | float):
        return Decimal(str(value))
    raise UserError("table.bad_json", path=str(path))


def _from_json(path: Path) -> PlainTable:
    try:
        document: object = orjson.loads(path.read_bytes())
        record = cast("Mapping[str, object]", document)
        columns = [str(name) for name in cast("list[object]", record["columns"])]
        key = record.get("key")
        keys = [key] if isinstance(key, str) else [str(name) for name in cast("list[object]", key or [])]
        lines = [list(line) for line in cast("list[list[object]]", record["rows"])]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as problem:
        raise UserError("table.bad_json", path=str(path)) from problem
    if any(len(line) != len(columns) for line in lines):
        raise UserError("table.bad_json", path=str(path))
    return _checked(path, columns, [tuple(_json_cell(cell, path) for cell in line) for line in lines], keys)


def write_plain(table: PlainTable, path: Path, kind: str) -> None:
    """Write a plain table as a kind that `kind_of` gives; the file is replaced as a whole."""
    if kind == ".json":
        record: dict[str, object] = {"columns": table.columns, "rows": table.rows}
        if table.key:
            record["key"] = table.key[0] if len(table.key) == 1 else table.key
        content = orjson.dumps(record, default=_to_json, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    elif kind == ".xlsx":
        from sheetward.app.plain_workbook import as_workbook

        content = as_workbook(table)
    else:
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(table.columns)
        writer.writerows([plain_text(value_of(cell)) for cell in row] for row in table.rows)
        content = buffer.getvalue().encode("utf-8-sig")
    replace_file(path, content)


def check_folder(folder: Path, name: str) -> None:
    """Refuse a folder without any write permission, for the superuser too. `UserError('folder.read_only')`."""
    if folder.is_dir() and not folder.stat().st_mode & 0o222:
        raise UserError("folder.read_only", file=name, folder=str(folder.absolute()))


def replace_file(path: Path, content: bytes) -> None:
    """Put bytes in the place of a file as a whole, or leave it as it was."""
    if path.is_dir():
        raise UserError("file.is_folder", file=path.name, path=str(path))
    check_folder(path.parent, path.name)
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except FileNotFoundError as problem:
        raise UserError("file.no_folder", path=str(path.parent)) from problem
    except PermissionError as problem:
        raise UserError("folder.read_only", file=path.name, folder=str(path.parent.absolute())) from problem
    finally:
        if beside.parent.is_dir():
            beside.unlink(missing_ok=True)


def _to_json(value: object) -> object:
    return cell_json(cast("Cell", value))
