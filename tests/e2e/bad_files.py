"""Files and calls as they go wrong in an office, and what the command line says to them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import struct
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msoffcrypto.format.ooxml
import openpyxl
import xlsxwriter
from sheetward.cli import run
from sheetward.cli.session import Session, begin

HEADERS = ("Customer ID", "Name", "Phone", "E-mail", "Company", "Purchase history", "Remarks")
ROWS: tuple[tuple[object, ...], ...] = (
    ("C001", "Anna Berg", "13800138001", "anna@example.com", "Berg Trading", "12 orders", "calls on Mondays"),
    ("C002", "Bo Chen", "13800138002", "bo@example.com", "Chen Ltd", "3 orders", "-"),
    ("C003", "Cy Dorn", "13800138003", "cy@example.com", "Dorn AG", "1 order", "-"),
)
CHINESE = re.compile(r"[\u3400-\u9fff]")
_UNFILLED = re.compile(r"<[a-z_]+>|\{[a-z_]*\}")


@dataclass(frozen=True)
class Call:
    """What a call gave."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Give the one document on standard output."""
        return json.loads(self.out)


def called(folder: Path, *arguments: str, stdin: str = "") -> Call:
    """Run a call in this process, in a folder, as `sheetward` would: the streams are those of a pipe."""
    streams = {
        name: io.TextIOWrapper(
            io.BytesIO(stdin.encode() if name == "stdin" else b""), encoding="utf-8", errors="replace", newline="\n"
        )
        for name in ("stdin", "stdout", "stderr")
    }
    before, here = {name: getattr(sys, name) for name in streams}, Path.cwd()
    os.chdir(folder)
    for name, stream in streams.items():
        setattr(sys, name, stream)
    try:
        status = run(arguments)
    finally:
        for name, stream in before.items():
            setattr(sys, name, stream)
        os.chdir(here)
    said: list[str] = []
    for name in ("stdout", "stderr"):
        streams[name].flush()
        said.append(streams[name].buffer.getvalue().decode())
    begin(Session())
    return Call(status, *said)


def digests(folder: Path) -> dict[str, str]:
    """Give the content of every file below a folder, but for the empty lock files of our own folder."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and not (name.startswith(".sheetward/") and path.stat().st_size == 0):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def workbook(
    path: Path, rows: Sequence[Sequence[object]] = (HEADERS, *ROWS), tab: str = "Customers", at: int = 1
) -> Path:
    """Make a plain workbook of customers."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(tab)
        for number, row in enumerate(rows, at - 1):
            sheet.write_row(number, 0, row)
    return path


def csv_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a CSV."""
    path.write_bytes(text.encode(encoding))
    return path


def members(path: Path) -> dict[str, bytes]:
    """Give the parts of a workbook."""
    with zipfile.ZipFile(path) as package:
        return {info.filename: package.read(info) for info in package.infolist()}


def rewritten(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """Change one part of a workbook."""
    parts = members(path)
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def with_doctype(part: str) -> Callable[[Path], None]:
    """Give what makes a workbook with an entity bomb in one part."""

    def make(folder: Path) -> None:
        def put(data: bytes) -> bytes:
            if data.startswith(b"<?xml"):
                head, end, rest = data.partition(b"?>")
                return head + end + ENTITIES + rest
            return ENTITIES + data

        rewritten(workbook(folder / "bad.xlsx"), part, put)

    return make


def locked(folder: Path) -> None:
    """Make a workbook that needs a password."""
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(workbook(folder / "bad.xlsx").read_bytes())).encrypt("secret", out)
    (folder / "bad.xlsx").write_bytes(out.getvalue())


def old_xls(folder: Path) -> None:
    """Make the beginning of an OLE file that holds a workbook of Excel 97, under a new name."""
    name = "Workbook".encode("utf-16-le") + b"\0\0"
    entry = name.ljust(64, b"\0") + struct.pack("<H", len(name)) + b"\x02\x01" + b"\0" * 60
    root = b"Root Entry".ljust(128, b"\0")
    (folder / "bad.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + root + entry)


def bomb(folder: Path) -> None:
    """Make a workbook with a sheet that unpacks to 120 MB from 120 kB."""
    path = workbook(folder / "bad.xlsx")
    rewritten(path, "xl/worksheets/sheet1.xml", lambda data: data.replace(b"</sheetData>", b" " * 120_000_000))


def doubled(folder: Path) -> None:
    """Make a workbook that holds a sheet twice."""
    path = workbook(folder / "bad.xlsx")
    parts = members(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
        package.writestr("XL/worksheets/Sheet1.xml", parts["xl/worksheets/sheet1.xml"])


def truncated(folder: Path) -> None:
    """Make a workbook of which a download brought half."""
    data = workbook(folder / "bad.xlsx").read_bytes()
    (folder / "bad.xlsx").write_bytes(data[: len(data) // 2])


def made(name: str, data: bytes) -> Callable[[Path], None]:
    """Give what writes one file."""

    def make(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return make


def good(folder: Path) -> None:
    """Make a good workbook."""
    workbook(folder / "good.xlsx")


def nothing(folder: Path) -> None:
    """Make nothing."""
    assert folder.is_dir()


def settings(*changes: tuple[str, str]) -> Callable[[Path], None]:
    """Give what changes `sheetward.yaml`; an empty text stands for the end of the file."""

    def make(folder: Path) -> None:
        path = folder / "sheetward.yaml"
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1) if old else text + new
        path.write_text(text, encoding="utf-8")

    return make


def both(*steps: Callable[[Path], object]) -> Callable[[Path], None]:
    """Give what does one thing after the other."""

    def make(folder: Path) -> None:
        for step in steps:
            step(folder)

    return make


def sheet_settings(old: str, new: str) -> Callable[[Path], None]:
    """Give what changes the entry of the bound sheet in `sheetward.yaml`."""

    def make(folder: Path) -> None:
        path = folder / "sheetward.yaml"
        head, mark, rest = path.read_text(encoding="utf-8").partition("\nsheets:")
        assert old in rest, rest
        path.write_text(head + mark + rest.replace(old, new, 1), encoding="utf-8")

    return make


def edited(cell: str, value: str) -> Callable[[Path], None]:
    """Give what types into the bound workbook."""

    def make(folder: Path) -> None:
        book = openpyxl.load_workbook(folder / "main.xlsx")
        book.worksheets[0][cell] = value
        book.save(folder / "main.xlsx")

    return make


def read_only(folder: Path) -> None:
    """Take the right to write from a folder."""
    folder.chmod(0o555)


def marked(name: str) -> Callable[[Path], None]:
    """Give what lays the marker of an office program into the folder."""
    return made(name, b"\x04Anna" + b" " * 160)


def no_store(folder: Path) -> None:
    """Take the store away."""
    for path in folder.glob("sheetward.db*"):
        path.unlink()


def foreign_store(folder: Path) -> None:
    """Put a database of another program in the store's place."""
    no_store(folder)
    with contextlib.closing(sqlite3.connect(folder / "sheetward.db")) as database:
        database.execute("create table cats (name text)")
        database.commit()


def newer_store(folder: Path) -> None:
    """Make the store look as if a later program had written it."""
    with contextlib.closing(sqlite3.connect(folder / "sheetward.db")) as database:
        database.execute("pragma user_version = 999")
        database.commit()


def torn_store(folder: Path) -> None:
    """Overwrite the middle of the store."""
    path = folder / "sheetward.db"
    data = bytearray(path.read_bytes())
    data[8192:36864] = b"\x5a" * 28672
    path.write_bytes(bytes(data))


def without_header(folder: Path) -> None:
    """Delete the header row of the bound workbook."""
    book = openpyxl.load_workbook(folder / "main.xlsx")
    book.worksheets[0].delete_rows(1)
    book.save(folder / "main.xlsx")


def without_tab(folder: Path) -> None:
    """Delete the bound tab, another one stays."""
    book = openpyxl.load_workbook(folder / "main.xlsx")
    book.create_sheet("Other")
    del book["Customers"]
    book.save(folder / "main.xlsx")


def duplicated(*names: str) -> Callable[[Path], None]:
    """Give what copies the bound workbook, as people do with files."""

    def make(folder: Path) -> None:
        for name in names:
            shutil.copy(folder / "main.xlsx", folder / name)

    return make


def company(root: Path) -> Path:
    """Begin a workspace with one bound workbook and one sync."""
    assert called(root, "init", "--table", "customers=customer", "--lang", "en").status == 0
    workbook(root / "main.xlsx")
    bound = called(root, "bind", "main.xlsx", "--as", "main", "--table", "customers", "--yes", "--lang", "en")
    assert bound.status == 0, bound
    assert called(root, "sync", "--lang", "en").status == 0
    return root


def copied(company_root: Path, folder: Path) -> Path:
    """Give a company of one's own."""
    shutil.copytree(company_root, folder, dirs_exist_ok=True)
    return folder


@dataclass(frozen=True)
class Case:
    """One way in which a call goes wrong.

    `make` prepares the folder, `code` is that of the error, `names` are what the answer must hold so that a person
    finds the place. `lines` are those of a list of mistakes.
    """

    id: str
    make: Callable[[Path], object]
    arguments: Sequence[str]
    status: int
    code: str
    names: Sequence[str] = ()
    lines: int = 0
    stdin: str = ""


def judged(error: Mapping[str, Any], said: str, lang: str, case: Case) -> None:
    """Check the words of one error: the code, the language, the place and the way out."""
    assert error["code"] == case.code, error
    message, hint = str(error["message"]), str(error["hint"])
    assert hint, error
    for name in case.names:
        assert name in said, (name, said)
    for text in (message, hint):
        assert not _UNFILLED.search(_without_facts(text, error)), text
        if lang == "zh":
            assert CHINESE.search(text), text
        else:
            assert not CHINESE.search(_without_facts(text, error)), text
        assert "\n" not in text, text
    assert "Traceback" not in said
    assert "Errno" not in said
    said_lines = [line for line in said.splitlines() if line.strip()]
    assert len(said_lines) == 2 + case.lines, said


def _without_facts(text: str, error: Mapping[str, Any]) -> str:
    for value in error.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and item != error["message"] and item != error["hint"]:
                text = text.replace(item, "")
    return text
