"""Bad input: each file and each call is answered by one sentence with a way out, and nothing is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheetward.messages import LANGS

from .bad_files import (
    HEADERS,
    ROWS,
    Case,
    bomb,
    both,
    called,
    company,
    copied,
    csv_file,
    digests,
    doubled,
    duplicated,
    edited,
    foreign_store,
    good,
    judged,
    locked,
    made,
    marked,
    newer_store,
    no_store,
    nothing,
    old_xls,
    read_only,
    rewritten,
    settings,
    sheet_settings,
    torn_store,
    truncated,
    with_doctype,
    without_header,
    without_tab,
    workbook,
)

BAD = ("validate", "bad.xlsx")
CSV = ("validate", "bad.csv", "--schema", "customer")
BIND = ("bind", "good.xlsx", "--as", "more", "--table", "customers", "--yes")
PATCH = ("patch", "good.xlsx", "--tab", "Customers")
OWN = ("validate", "good.xlsx", "--schema", "own.yaml")
HEAD = "Customer ID,Name,Phone\n"


def rows(*lines: tuple[object, ...]) -> Any:
    """Give what makes a workbook of these rows."""
    return lambda folder: workbook(folder / "bad.xlsx", lines)


def text(content: str, encoding: str = "utf-8") -> Any:
    """Give what makes a CSV."""
    return lambda folder: csv_file(folder / "bad.csv", content, encoding)


def own_schema(content: bytes) -> Any:
    """Give what makes a good workbook and a schema file."""
    return both(good, made("own.yaml", content))


FILES = [
    Case("missing", nothing, BAD, 2, "file.missing", ["bad.xlsx"]),
    Case("a folder", lambda f: (f / "bad.xlsx").mkdir(), BAD, 2, "file.is_folder", ["bad.xlsx"]),
    Case("no name", nothing, ("validate", ""), 2, "file.is_folder"),
    Case("a name that no file can have", nothing, ("validate", "x" * 300), 2, "file.missing"),
    Case("a name in no encoding", nothing, ("validate", "a\udc80.xlsx"), 2, "file.missing"),
    Case("a name with braces", nothing, ("validate", "{x}.xlsx"), 2, "file.missing", ["{x}.xlsx"]),
    Case("a name with a line break", nothing, ("validate", "a\nb.xlsx"), 2, "file.missing", ["a b.xlsx"]),
    Case("a name with a dash", nothing, ("validate", "-a.xlsx"), 2, "usage.unknown_option", ["-a", "./-"]),
    Case("text", made("bad.xlsx", b"not a workbook"), BAD, 2, "workbook.not_workbook", ["bad.xlsx"]),
    Case("a picture", made("bad.xlsx", b"\x89PNG\r\n" + b"\0" * 500), BAD, 2, "workbook.not_workbook", ["bad.xlsx"]),
    Case("an empty file", made("bad.xlsx", b""), BAD, 2, "workbook.empty", ["bad.xlsx"]),
    Case("a csv named xlsx", made("bad.xlsx", HEAD.encode()), BAD, 2, "workbook.not_workbook", ["bad.xlsx"]),
    Case("a password", locked, BAD, 2, "workbook.encrypted", ["bad.xlsx"]),
    Case("xls renamed", old_xls, BAD, 2, "workbook.xls", ["bad.xlsx", ".xls"]),
    Case("numbers", made("bad.numbers", b"PK"), ("validate", "bad.numbers"), 2, "file.kind", [".numbers"]),
    Case("pdf", made("bad.pdf", b"%PDF-1.4"), ("validate", "bad.pdf"), 2, "file.kind", [".pdf"]),
    Case("docx", made("bad.docx", b"PK\x03\x04"), ("diff", "bad.docx", "bad.docx"), 2, "file.kind", [".docx"]),
    Case("truncated", truncated, BAD, 2, "workbook.truncated", ["bad.xlsx"]),
    Case("zip bomb", bomb, BAD, 2, "workbook.bomb", ["bad.xlsx", "sheet1.xml"]),
    Case("doctype in a sheet", with_doctype("xl/worksheets/sheet1.xml"), BAD, 2, "workbook.doctype", ["sheet1.xml"]),
    Case("doctype in strings", with_doctype("xl/sharedStrings.xml"), BAD, 2, "workbook.doctype", ["sharedStrings.xml"]),
    Case("doctype in workbook", with_doctype("xl/workbook.xml"), BAD, 2, "workbook.doctype", ["workbook.xml"]),
    Case(
        "doctype, diff", with_doctype("xl/sharedStrings.xml"), ("diff", "bad.xlsx", "bad.xlsx"), 2, "workbook.doctype"
    ),
    Case("a part twice", doubled, BAD, 2, "workbook.part_twice", ["bad.xlsx"]),
    Case(
        "wrong tab", good, ("validate", "good.xlsx", "--tab", "Kunden"), 2, "workbook.no_tab", ["Kunden", "Customers"]
    ),
    Case(
        "wrong tab, diff", good, ("diff", "good.xlsx", "good.xlsx", "--tab", "X"), 2, "workbook.no_tab", ["Customers"]
    ),
    Case("wrong tab, patch", good, ("patch", "good.xlsx", "--tab", "X", "--set", "A1=1"), 2, "workbook.no_tab"),
    Case("no header", rows(("a", "b"), (1, 2)), BAD, 2, "table.no_schema", ["bad.xlsx", "--schema"]),
    Case(
        "no header of that schema", rows(("a", "b")), (*BAD, "--schema", "order"), 2, "layout.no_header", ["Customers"]
    ),
    Case("a blank tab", rows(), BAD, 2, "table.no_header", ["bad.xlsx"]),
    Case("a blank tab, diff", rows(), ("diff", "bad.xlsx", "bad.xlsx"), 2, "table.no_header", ["bad.xlsx"]),
    Case("csv, empty", text(""), ("validate", "bad.csv"), 2, "table.no_header", ["bad.csv"]),
    Case("csv, blank lines", text("\n\n"), CSV, 2, "table.no_header", ["bad.csv"]),
    Case("csv, no header", text("1,2\n"), CSV, 2, "layout.no_header", ["“bad.csv”"]),
    Case("csv, two encodings", lambda f: (f / "bad.csv").write_bytes(HEAD.encode() + b"\x81"), CSV, 2, "csv.encoding"),
    Case("csv with NUL", text(HEAD + "1,A\0,138\n"), CSV, 2, "csv.binary", ["bad.csv"]),
    Case("csv, an open quote", text(HEAD + '1,"A,138\n'), CSV, 2, "csv.unclosed_quote", ["bad.csv", "2"]),
    Case(
        "csv, a cell of 1 MB", text(HEAD + f"1,{'x' * 1_000_000},1\n"), CSV, 2, "csv.field_too_long", ["bad.csv", "2"]
    ),
    Case(
        "csv, long row, diff", text(HEAD + "1,A,1,x\n"), ("diff", "bad.csv", "bad.csv"), 2, "table.long_row", ["2", "3"]
    ),
    Case(
        "csv, a header twice", text("a,a\n1,2\n"), ("diff", "bad.csv", "bad.csv"), 2, "table.repeated_column", ["“a”"]
    ),
    Case("json, no table", made("a.json", b"[1]"), ("merge", *["a.json"] * 3), 2, "table.bad_json", ["a.json"]),
]

CALLS = [
    Case("unknown command", nothing, ("frobnicate",), 2, "usage.unknown_command", ["frobnicate"]),
    Case("misspelt command", nothing, ("valdate", "x"), 2, "usage.unknown_command_near", ["“validate”"]),
    Case(
        "misspelt option", good, ("validate", "good.xlsx", "--shema", "x"), 2, "usage.unknown_option_near", ["--schema"]
    ),
    Case("missing argument", nothing, ("validate",), 2, "usage.missing_argument", ["FILE"]),
    Case("too many arguments", nothing, ("validate", "a", "b"), 2, "usage.extra_argument"),
    Case(
        "unknown schema",
        good,
        ("validate", "good.xlsx", "--schema", "custmer"),
        2,
        "schema.unknown",
        ["custmer", "customer"],
    ),
    Case("no schema file", good, OWN, 2, "schema.no_file", ["own.yaml"]),
    Case(
        "misspelt schema key",
        own_schema(b"name: own\nfields:\n- name: a\n  typ: string\n"),
        OWN,
        2,
        "schema.wrong",
        ["own.yaml", "4", "“typ”", "“type”"],
        lines=1,
    ),
    Case("schema in bytes", own_schema(b"\xff\xfe\0"), OWN, 2, "schema.not_utf8", ["own.yaml"]),
    Case(
        "schema is a folder", both(good, lambda f: (f / "own.yaml").mkdir()), OWN, 2, "schema.unreadable", ["own.yaml"]
    ),
    Case("no workspace", nothing, ("sync",), 2, "workspace.none", ["sheetward.yaml", "init"]),
    Case("init with a schema that is none", nothing, ("init", "--table", "a=nosuch"), 2, "schema.unknown", ["nosuch"]),
    Case("init in a file", made("f", b""), ("init", "f"), 2, "file.is_no_folder"),
    Case("set, no such cell", good, (*PATCH, "--set", "A0=1"), 2, "usage.cell", ["A0=1"]),
    Case("set, no value", good, (*PATCH, "--set", "A1"), 2, "usage.cell", ["A1"]),
    Case("set, beyond the grid", good, (*PATCH, "--set", "XFE1=1"), 2, "usage.cell", ["XFE1"]),
    Case("set, nothing", good, PATCH, 2, "usage.missing_argument", ["--set"]),
    Case("set, no tab", good, ("patch", "good.xlsx", "--set", "A1=1"), 2, "usage.missing_argument", ["--tab"]),
    Case("set, no number", good, (*PATCH, "--set", "A1=x", "--set-type", "number"), 2, "patch.value", ["“x”"]),
    Case("set, nan", good, (*PATCH, "--set", "A1=nan", "--set-type", "number"), 2, "patch.value"),
    Case(
        "set, a huge number",
        good,
        (*PATCH, "--set", "A1=1e400", "--set-type", "number"),
        2,
        "patch.number_too_large",
        ["A1"],
    ),
    Case("set, no date", good, (*PATCH, "--set", "A1=31.12.24", "--set-type", "date"), 2, "patch.value", ["31.12.24"]),
    Case(
        "set, a day before Excel",
        good,
        (*PATCH, "--set", "A1=1800-01-01", "--set-type", "date"),
        2,
        "patch.date",
        ["1800"],
    ),
    Case("set, no truth", good, (*PATCH, "--set", "A1=ja", "--set-type", "bool"), 2, "patch.value"),
    Case("set, no such type", good, (*PATCH, "--set", "A1=1", "--set-type", "money"), 2, "usage.choice", ["number"]),
    Case(
        "set, 40,000 characters",
        good,
        (*PATCH, "--set", f"A1={'x' * 40000}"),
        2,
        "patch.text_too_long",
        ["A1", "32767"],
    ),
    Case("set, a broken character", good, (*PATCH, "--set", "A1=\udc80"), 2, "patch.bad_text", ["A1"]),
    Case(
        "set, an open bracket",
        good,
        (*PATCH, "--set", "A1==SUM(", "--set-type", "formula"),
        2,
        "patch.bad_formula",
        ["A1"],
    ),
    Case(
        "set, an open quote", good, (*PATCH, "--set", 'A1=="a', "--set-type", "formula"), 2, "patch.bad_formula", ["A1"]
    ),
    Case(
        "key, no such column",
        good,
        ("diff", "good.xlsx", "good.xlsx", "--key", "No"),
        2,
        "table.no_column",
        ["“No”", "Phone"],
    ),
    Case(
        "key, twice",
        rows(("k", "v"), ("1", "2"), ("1", "3")),
        ("diff", *["bad.xlsx"] * 2, "--key", "k"),
        2,
        "table.repeated_key",
        ["k"],
    ),
    Case(
        "key, empty",
        rows(("k", "v"), ("", "2")),
        ("diff", *["bad.xlsx"] * 2, "--key", "k"),
        2,
        "table.empty_key",
        ["k"],
    ),
    Case("key, no name", good, ("diff", "good.xlsx", "good.xlsx", "--key", ","), 2, "usage.missing_value", ["--key"]),
    Case("no such format", nothing, ("normalize", "telefon"), 2, "usage.kind", ["telefon", "phone"]),
    Case("options, no object", nothing, ("normalize", "phone", "--options", "[1]"), 2, "usage.json", ["--options"]),
    Case("template of nothing", nothing, ("template", "custmer", "-o", "t.xlsx"), 2, "schema.unknown", ["customer"]),
    Case(
        "template over a file", good, ("template", "customer", "-o", "good.xlsx"), 2, "template.exists", ["good.xlsx"]
    ),
    Case("template as pdf", nothing, ("template", "customer", "-o", "t.pdf"), 2, "file.kind_out", [".pdf", ".xlsx"]),
    Case("no such folder", nothing, ("template", "customer", "-o", "no/t.xlsx"), 2, "file.no_folder", ["no"]),
    Case("merge as pdf", good, ("merge", *["good.xlsx"] * 3, "-o", "a.pdf"), 2, "file.kind_out", [".pdf"]),
    Case(
        "report into a folder",
        both(good, lambda f: (f / "d").mkdir()),
        ("validate", "good.xlsx", "--html", "d"),
        2,
        "file.is_folder",
        ["d"],
    ),
    Case(
        "read-only folder, patch",
        both(good, read_only),
        (*PATCH, "--set", "A2=x"),
        2,
        "folder.read_only",
        ["good.xlsx"],
    ),
    Case(
        "read-only folder, fix",
        both(lambda f: workbook(f / "good.xlsx", (HEADERS, ("C1", " Ann ", "138 0013 8001"))), read_only),
        ("fix", "good.xlsx"),
        2,
        "folder.read_only",
        ["good.xlsx"],
    ),
    Case(
        "read-only folder, report",
        both(good, read_only),
        ("validate", "good.xlsx", "--html", "x.html"),
        2,
        "folder.read_only",
        ["x.html"],
    ),
    Case(
        "read-only folder, template",
        read_only,
        ("template", "customer", "-o", "t.xlsx"),
        2,
        "folder.read_only",
        ["t.xlsx"],
    ),
    Case("read-only folder, init", read_only, ("init",), 2, "folder.read_only"),
    Case(
        "read-only file",
        both(good, lambda f: (f / "good.xlsx").chmod(0o444)),
        (*PATCH, "--set", "A2=x"),
        2,
        "file.read_only",
        ["good.xlsx"],
    ),
    Case(
        "open in Excel, patch",
        both(good, marked("~$good.xlsx")),
        (*PATCH, "--set", "A2=x"),
        3,
        "sheet.open",
        ["~$good.xlsx"],
    ),
    Case(
        "open in LibreOffice, patch",
        both(good, marked(".~lock.good.xlsx#")),
        (*PATCH, "--set", "A2=x"),
        3,
        "sheet.open",
        [".~lock"],
    ),
]

INSIDE = [
    Case("unknown role", good, (*BIND, "--role", "west"), 2, "role.unknown", ["west"]),
    Case(
        "unknown role, listed",
        both(good, settings(("roles: {}", 'roles:\n  east: {"columns": {"*": write}}'))),
        (*BIND, "--role", "west"),
        2,
        "role.unknown",
        ["west", "east"],
    ),
    Case("unknown role, table", nothing, ("table", "customers", "--role", "boss"), 2, "role.unknown", ["boss"]),
    Case("unknown role, view-as", nothing, ("share", "view-as", "boss"), 2, "role.unknown", ["boss"]),
    Case(
        "no role",
        both(good, settings(("roles: {}", 'roles:\n  east: {"columns": {"*": write}}'))),
        BIND,
        2,
        "share.no_role",
        ["east"],
    ),
    Case(
        "unknown table",
        good,
        ("bind", "good.xlsx", "--as", "x", "--table", "customer"),
        2,
        "table.unknown",
        ["customers"],
    ),
    Case("unknown sheet, sync", nothing, ("sync", "man"), 2, "sheet.unknown", ["“man”", "main"]),
    Case("unknown sheet, unbind", nothing, ("unbind", "man"), 2, "sheet.unknown", ["“man”", "main"]),
    Case("unknown sheet, conflicts", nothing, ("conflicts", "list", "--sheet", "man"), 2, "sheet.unknown", ["main"]),
    Case("unknown sheet, history", nothing, ("history", "--sheet", "man"), 2, "sheet.unknown", ["main"]),
    Case(
        "name taken",
        good,
        ("bind", "good.xlsx", "--as", "main", "--table", "customers"),
        2,
        "bind.name_taken",
        ["main"],
    ),
    Case("no name", good, ("bind", "good.xlsx", "--as", "", "--table", "customers"), 2, "bind.name_wrong"),
    Case(
        "a name of two lines", good, ("bind", "good.xlsx", "--as", "a\nb", "--table", "customers"), 2, "bind.name_wrong"
    ),
    Case("bind, no file", nothing, BIND, 2, "file.missing", ["good.xlsx"]),
    Case("bind, a folder", lambda f: (f / "good.xlsx").mkdir(), BIND, 2, "file.is_folder", ["good.xlsx"]),
    Case("bind, a text", nothing, ("bind", "a.txt", "--as", "x", "--table", "customers"), 2, "file.kind", [".txt"]),
    Case(
        "bind, on the web", nothing, ("bind", "https://a.example/x", "--as", "x", "--table", "customers"), 2, "bind.url"
    ),
    Case("bind, wrong tab", good, (*BIND, "--tab", "Kunden"), 2, "workbook.no_tab", ["Kunden", "Customers"]),
    Case(
        "bind, no header",
        lambda f: workbook(f / "good.xlsx", (("a", "b"),)),
        BIND,
        2,
        "layout.no_header",
        ["Customers"],
    ),
    Case(
        "bind, locked", both(locked, lambda f: (f / "bad.xlsx").rename(f / "good.xlsx")), BIND, 2, "workbook.encrypted"
    ),
    Case("map, no such field", good, (*BIND, "--map", "Phone=fone"), 2, "layout.map_field", ["fone", "phone"]),
    Case("map, no such header", good, (*BIND, "--map", "Fone=phone"), 2, "layout.map_header", ["Fone", "Phone"]),
    Case("map, no field", good, (*BIND, "--map", "Phone"), 2, "usage.map", ["Phone"]),
    Case(
        "map, one field twice",
        good,
        (*BIND, "--map", "Phone=phone", "--map", "E-mail=phone"),
        2,
        "layout.map_twice",
        ["phone"],
    ),
    Case("header row 0", good, (*BIND, "--header-row", "0"), 2, "usage.whole_number", ["--header-row", "1"]),
    Case("header row x", good, (*BIND, "--header-row", "x"), 2, "usage.whole_number", ["--header-row", "1"]),
    Case("header row of data", good, (*BIND, "--header-row", "3"), 2, "layout.row_is_no_header", ["3", "Customers"]),
    Case("header row far below", good, (*BIND, "--header-row", "9999999"), 2, "layout.row_is_no_header"),
    Case("allow, no guard", nothing, ("sync", "--allow", "main"), 2, "usage.allow", ["deletions"]),
    Case("allow, misspelt guard", nothing, ("sync", "--allow", "main:deletion"), 2, "usage.allow", ["deletions"]),
    Case("allow, no such sheet", nothing, ("sync", "--allow", "man:deletions"), 2, "sheet.unknown", ["main"]),
    Case("allow, no count", nothing, ("sync", "--allow", "main:deletions=x"), 2, "usage.allow"),
    Case("as of a word", nothing, ("table", "customers", "--as-of", "yesteryear"), 2, "history.when", ["yesteryear"]),
    Case("as of no day", nothing, ("table", "customers", "--as-of", "2024-13-45"), 2, "history.when", ["2024-13-45"]),
    Case(
        "as of no commit",
        nothing,
        ("table", "customers", "--as-of", "customers:99"),
        2,
        "history.no_commit",
        ["customers:1"],
    ),
    Case("since a word", nothing, ("history", "--since", "sometime"), 2, "history.when", ["sometime"]),
    Case("unknown row", nothing, ("history", "--row", "C999"), 2, "row.unknown", ["C999"]),
    Case("a condition cut off", nothing, ("table", "customers", "--where", "{region: ["), 2, "usage.where"),
    Case(
        "a condition of a program",
        nothing,
        ("table", "customers", "--where", "phone == 1"),
        2,
        "usage.where",
        ["phone == 1"],
    ),
    Case(
        "a condition on no field",
        nothing,
        ("table", "customers", "--where", "{fone: 1}"),
        2,
        "usage.where",
        ["fone"],
        lines=1,
    ),
    Case("sort by no field", nothing, ("table", "customers", "--sort", "fone"), 2, "field.unknown", ["fone", "phone"]),
    Case("table as pdf", nothing, ("table", "customers", "-o", "a.pdf"), 2, "file.kind_out", [".pdf", ".csv"]),
    Case("restore what", nothing, ("restore", "--to", "customers:1"), 2, "usage.one_of", ["--row"]),
    Case(
        "restore two things", nothing, ("restore", "--row", "C001", "--all", "--to", "customers:1"), 2, "usage.one_of"
    ),
    Case("restore to when", nothing, ("restore", "--row", "C001", "--yes"), 2, "usage.missing_argument", ["--to"]),
    Case(
        "restore, to and by",
        nothing,
        ("restore", "--by", "x", "--since", "1d", "--to", "customers:1"),
        2,
        "usage.not_together",
        ["--by"],
    ),
    Case(
        "restore, no cell",
        nothing,
        ("restore", "--cell", "C001", "--to", "customers:1"),
        2,
        "usage.key_field",
        ["C001"],
    ),
    Case(
        "restore, no field",
        nothing,
        ("restore", "--column", "fone", "--to", "customers:1"),
        2,
        "field.unknown",
        ["fone"],
    ),
    Case("no such conflict", nothing, ("conflicts", "resolve", "k1", "--take", "store"), 2, "conflict.unknown", ["k1"]),
    Case("no such side", nothing, ("conflicts", "resolve", "k1", "--take", "mine"), 2, "usage.choice", ["store"]),
    Case("nothing held", nothing, ("held", "accept", "k1"), 2, "held.unknown", ["k1"]),
    Case("nothing rejected", nothing, ("rejections", "ack", "k1"), 2, "rejected.unknown", ["k1"]),
    Case(
        "read-only folder",
        both(edited("C2", "13800138009"), read_only),
        ("sync",),
        2,
        "folder.read_only",
        ["main.xlsx"],
    ),
    Case(
        "open in Excel",
        both(edited("C2", "13800138009"), marked("~$main.xlsx")),
        ("sync",),
        3,
        "sheet.open",
        ["~$main.xlsx"],
    ),
    Case(
        "open in LibreOffice",
        both(edited("C2", "13800138009"), marked(".~lock.main.xlsx#")),
        ("sync",),
        3,
        "sheet.open",
        [".~lock.main.xlsx#"],
    ),
    Case("open, unbind", marked("~$main.xlsx"), ("unbind", "main"), 3, "sheet.open", ["main.xlsx"]),
    Case(
        "a copy bound",
        duplicated("copy.xlsx"),
        ("bind", "copy.xlsx", "--as", "two", "--table", "customers", "--yes"),
        3,
        "bind.copied",
        ["copy.xlsx", "--anew"],
    ),
    Case(
        "a copy in the settings",
        both(duplicated("copy.xlsx"), sheet_settings("main.xlsx", "copy.xlsx")),
        ("sync",),
        3,
        "sheet.copied",
        ["copy.xlsx", "main.xlsx", "--anew"],
    ),
    Case(
        "a copy not bound",
        both(duplicated("copy.xlsx"), settings(("\nsheets:", "\nsheets:\n  two: {file: copy.xlsx, table: customers}"))),
        ("sync", "two"),
        2,
        "sheet.not_bound",
        ["two"],
    ),
    Case("gone", lambda f: (f / "main.xlsx").unlink(), ("sync",), 2, "sheet.file_gone", ["main.xlsx"]),
    Case(
        "gone, two copies left",
        both(duplicated("a.xlsx", "b.xlsx"), lambda f: (f / "main.xlsx").unlink()),
        ("sync",),
        3,
        "sheet.several",
        ["a.xlsx", "b.xlsx"],
    ),
    Case("another workbook", lambda f: workbook(f / "main.xlsx"), ("sync",), 3, "stamp.missing", ["main"]),
    Case("the tab is gone", without_tab, ("sync",), 2, "workbook.no_tab", ["Customers", "Other"]),
    Case("the header is gone", without_header, ("sync",), 3, "guard.empty", ["main", "--allow"]),
    Case(
        "torn workbook",
        lambda f: (f / "main.xlsx").write_bytes((f / "main.xlsx").read_bytes()[:3000]),
        ("sync",),
        2,
        "workbook.truncated",
    ),
    Case(
        "locked workbook",
        both(locked, lambda f: (f / "bad.xlsx").rename(f / "main.xlsx")),
        ("sync",),
        2,
        "workbook.encrypted",
    ),
    Case(
        "store is text",
        both(no_store, made("sheetward.db", b"hello " * 500)),
        ("sync",),
        2,
        "store.not_ours",
        ["sheetward.db"],
    ),
    Case("store of others", foreign_store, ("sync",), 2, "store.not_ours", ["sheetward.db"]),
    Case("store of a later program", newer_store, ("sync",), 2, "store.newer", ["999"]),
    Case("store torn", torn_store, ("sync",), 70, "store.corrupt", ["sheetward.db"]),
    Case("store torn, status", torn_store, ("status",), 70, "store.corrupt", ["sheetward.db"]),
    Case(
        "store cut off",
        lambda f: (f / "sheetward.db").write_bytes((f / "sheetward.db").read_bytes()[:5000]),
        ("sync",),
        70,
        "store.corrupt",
    ),
    Case("store gone", no_store, ("sync",), 2, "store.gone", ["sheetward.db", "main"]),
    Case(
        "store is a folder", both(no_store, lambda f: (f / "sheetward.db").mkdir()), ("sync",), 2, "store.cannot_open"
    ),
]

SETTINGS = [
    Case("a bracket", settings(("\ntables:", "\ntables: [")), ("sync",), 2, "config.syntax", ["sheetward.yaml"]),
    Case("a tab sign", settings(("language: en", "\tlanguage: en")), ("sync",), 2, "config.syntax", ["4"]),
    Case("a list", lambda f: (f / "sheetward.yaml").write_text("- a\n"), ("sync",), 2, "config.syntax"),
    Case("an anchor that is none", settings(("language: en", "language: *b")), ("sync",), 2, "config.syntax", ["4"]),
    Case(
        "a key twice",
        settings(("language: en", "language: en\nlanguage: zh")),
        ("sync",),
        2,
        "config.twice",
        ["language", "5"],
    ),
    Case("latin-1", lambda f: (f / "sheetward.yaml").write_bytes(b"# \xe9\n"), ("sync",), 2, "config.unreadable"),
    Case(
        "gb18030",
        lambda f: (f / "sheetward.yaml").write_bytes("# 客户\n".encode("gb18030")),
        ("sync",),
        2,
        "config.unreadable",
    ),
    Case(
        "misspelt key",
        settings(("timezone:", "timezon:")),
        ("sync",),
        2,
        "config.wrong",
        ["5", "timezon", "“timezone”"],
        lines=1,
    ),
    Case("language", settings(("language: en", "language: fr")), ("sync",), 2, "config.wrong", ["4", "fr"], lines=1),
    Case(
        "an object",
        settings(("language: en", "language: !!python/object:os.system x")),
        ("sync",),
        2,
        "config.wrong",
        ["4"],
        lines=1,
    ),
    Case(
        "time zone",
        settings(("Asia/Shanghai", "Asia/Shanhai")),
        ("sync",),
        2,
        "config.wrong",
        ["5", "Shanhai"],
        lines=1,
    ),
    Case(
        "store",
        settings(("sqlite:///sheetward.db", "mysql://x")),
        ("sync",),
        2,
        "config.wrong",
        ["3", "mysql"],
        lines=1,
    ),
    Case("schema", settings(("{schema: customer}", "{schema: custmer}")), ("sync",), 2, "schema.unknown", ["custmer"]),
    Case("no schema", settings(("{schema: customer}", "{}")), ("sync",), 2, "config.wrong", ["customers"], lines=2),
    Case(
        "a share above 1",
        settings(("deletion_share: 0.2", "deletion_share: 20")),
        ("sync",),
        2,
        "config.wrong",
        ["deletion_share"],
        lines=1,
    ),
    Case(
        "rows in words",
        settings(("deletion_rows: 3", "deletion_rows: three")),
        ("sync",),
        2,
        "config.wrong",
        ["deletion_rows"],
        lines=1,
    ),
    Case(
        "misspelt guard",
        settings(("deletion_cap: 50", "deletion_cup: 50")),
        ("sync",),
        2,
        "config.wrong",
        ["“deletion_cap”"],
        lines=1,
    ),
    Case("roles as a list", settings(("roles: {}", "roles: []")), ("sync",), 2, "config.wrong", ["roles"], lines=1),
    Case(
        "misspelt key of a role",
        settings(("roles: {}", "roles:\n  a: {column: {}}")),
        ("sync",),
        2,
        "config.wrong",
        ["“columns”"],
        lines=1,
    ),
    Case(
        "a sheet's table",
        sheet_settings("table: customers", "table: customer"),
        ("sync",),
        2,
        "config.wrong",
        ["customer", "customers"],
        lines=1,
    ),
    Case(
        "a sheet's role",
        sheet_settings("table: customers", "table: customers\n    role: x"),
        ("sync",),
        2,
        "config.wrong",
        ["“x”"],
        lines=1,
    ),
    Case("a sheet's key", sheet_settings("file:", "fil:"), ("sync",), 2, "config.wrong", ["“file”"], lines=2),
    Case(
        "two places", sheet_settings("file:", "google: x\n    file:"), ("sync",), 2, "config.wrong", ["main"], lines=1
    ),
    Case("google", sheet_settings("file: main.xlsx", "google: x"), ("sync",), 2, "sheet.google", ["main"]),
    *(
        Case(
            f"a rule's {what}",
            settings(("roles: {}", f"roles:\n  a: {rule}")),
            ("table", "customers", "--role", "a"),
            2,
            "role.wrong",
            [place, word],
            lines=1,
        )
        for what, rule, place, word in (
            ("field", "{columns: {fone: write}}", "a.columns.fone", "fone"),
            ("access", "{columns: {phone: writ}}", "a.columns.phone", "writ"),
            ("condition", "{rows: {fone: x}, columns: {'*': write}}", "a.rows.fone", "fone"),
            ("right", "{columns: {'*': write}, insert: perhaps}", "a.insert", "insert"),
        )
    ),
]


def answered(case: Case, folder: Path) -> None:
    """Make the call in both languages and forms, and check that nothing in the folder changed."""
    before = digests(folder)
    for lang in LANGS:
        said = called(folder, case.arguments[0], "--lang", lang, *case.arguments[1:], stdin=case.stdin)
        told = called(folder, case.arguments[0], "--json", "--lang", lang, *case.arguments[1:], stdin=case.stdin)
        assert (said.status, told.status) == (case.status, case.status), (said, told)
        document = told.json
        error = document["error"] if "error" in document else next(s["error"] for s in document["sheets"] if s["error"])
        judged(error, said.err, lang, case)
        assert told.err == ""
        assert said.out == "" or case.arguments[0] == "bind"  # the plan of a binding is shown before it is carried out
    assert digests(folder) == before


def named(case: Case) -> str:
    return case.id


@pytest.mark.parametrize("case", [*FILES, *CALLS], ids=named)
def test_a_bad_file_or_call_is_answered_by_one_sentence(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    answered(case, tmp_path)


@pytest.fixture(scope="session")
def small_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("bad"))


@pytest.mark.parametrize("case", [*INSIDE, *SETTINGS], ids=named)
def test_a_bad_call_in_a_workspace_is_answered_by_one_sentence(case: Case, tmp_path: Path, small_company: Path) -> None:
    folder = copied(small_company, tmp_path / "company")
    case.make(folder)
    answered(case, folder)


ODD_NAMES = [
    "my file.xlsx",
    'it\'s "q".xlsx',
    "客户 华东.xlsx",
    "a=b.xlsx",
    "-a.xlsx",
    "{x}.xlsx",
    "a%s#1.xlsx",
    "no ending",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_files_of_any_name_are_checked_bound_synced_and_set_free(name: str, tmp_path: Path) -> None:
    assert called(tmp_path, "init", "--table", "customers=customer").status == 0
    workbook(tmp_path / name)
    assert called(tmp_path, "validate", f"./{name}").status == 0
    if Path(name).suffix != ".xlsx":
        return
    bound = called(tmp_path, "bind", "--as", "东 = 1", "--table", "customers", "--yes", "--", name)
    assert bound.status == 0, bound
    assert called(tmp_path, "sync", "--json").json["sheets"][0]["new_rows"] == len(ROWS)
    assert called(tmp_path, "unbind", "东 = 1").status == 0
    assert contents(tmp_path / name) == contents(workbook(tmp_path / "again.xlsx"))


def contents(path: Path) -> list[list[tuple[Any, ...]]]:
    """Give the cells of every tab."""
    return [list(tab.iter_rows(values_only=True)) for tab in openpyxl.load_workbook(path).worksheets]


def validated(folder: Path, name: str, *more: str) -> Any:
    """Validate a file and give its findings; the words about its form stand on standard error."""
    call = called(folder, "validate", name, "--json", *more)
    assert call.status in (0, 1), call
    return call.json


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_csv_of_any_origin_is_read(encoding: str, sign: str, tmp_path: Path) -> None:
    lines = ["客户编号,客户姓名,联系电话", "C001,王五,13800138001", "C002,赵六,1380013"]
    csv_file(tmp_path / "a.csv", "\n".join(lines).replace(",", sign) + "\n", encoding)
    found = validated(tmp_path, "a.csv")
    assert (found["rows"], [f["cell"] for f in found["findings"]]) == (2, ["C3"])


def test_what_stands_beyond_the_header_of_a_csv_is_named_and_never_covered(tmp_path: Path) -> None:
    assert called(tmp_path, "init", "--table", "customers=customer").status == 0
    csv_file(tmp_path / "a.csv", HEAD + "C1,Ann,13800138001\nC2,Bo,13800138002,extra,more\n")
    for lang, word in (("en", "3"), ("zh", "第 3 行")):
        assert word in called(tmp_path, *CSV[:1], "a.csv", "--schema", "customer", "--lang", lang).err
    assert called(tmp_path, "bind", "a.csv", "--as", "a", "--table", "customers", "--yes").status == 0
    assert called(tmp_path, "sync").status == 0
    text_now = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert text_now[2].startswith("C2,Bo,13800138002,extra,more,")
    assert text_now[0] == "Customer ID,Name,Phone,,,_sheetward_id"


def test_a_sheet_of_formulas_only_says_why_it_has_no_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADERS)
    book.active.append(["=A9"] * len(HEADERS))
    book.save(tmp_path / "a.xlsx")
    call = called(tmp_path, "validate", "a.xlsx", "--lang", "en")
    assert "formulas only" in call.err
    assert "0 rows" in call.out


def test_a_merged_body_cell_counts_once_and_its_covered_cells_are_named(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    book.active.merge_cells("B2:B3")
    book.save(tmp_path / "a.xlsx")
    found = validated(tmp_path, "a.xlsx")
    assert [(f["cell"], f["code"]) for f in found["findings"]] == [("B3", "field.required")]


def test_five_thousand_columns_are_read_and_not_all_named(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", ((*HEADERS, *(f"c{n}" for n in range(5000))), *ROWS))
    call = called(tmp_path, "validate", "a.xlsx", "--lang", "en")
    assert call.status == 0
    assert "5000 in all" in call.err
    assert len(call.err) < 1000


def test_a_text_of_40000_characters_is_a_finding_that_a_screen_can_show(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", (HEADERS, ("C1", "Ann", "13800138001", "", "", "", "LONG")))
    rewritten(tmp_path / "a.xlsx", "xl/sharedStrings.xml", lambda data: data.replace(b"LONG", b"x" * 40000))
    assert [f["code"] for f in validated(tmp_path, "a.xlsx")["findings"]] == ["field.too_long"]
    assert len(called(tmp_path, "validate", "a.xlsx").out) < 4000


def test_control_characters_in_cells_are_no_trouble(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", (HEADERS, ("C1", "Ann", "138", "", "", "", "LONG")))
    rewritten(tmp_path / "a.xlsx", "xl/sharedStrings.xml", lambda data: data.replace(b"LONG", b"a_x0000_b_x001F_\x07"))
    assert [f["cell"] for f in validated(tmp_path, "a.xlsx")["findings"]] == ["C2"]
    assert called(tmp_path, "fix", "a.xlsx", "--dry-run").status == 1


def test_header_only_is_no_mistake(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", (HEADERS,))
    assert validated(tmp_path, "a.xlsx")["rows"] == 0
    csv_file(tmp_path / "a.csv", HEAD)
    assert validated(tmp_path, "a.csv", "--schema", "customer")["rows"] == 0


def test_a_workbook_under_the_name_of_a_csv_is_read_as_what_it_is(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    workbook(tmp_path / "b.xlsx")
    assert validated(tmp_path, "a.csv")["rows"] == len(ROWS)
    assert called(tmp_path, "diff", "a.csv", "b.xlsx").status == 0


def test_a_moved_workbook_is_followed(tmp_path: Path, small_company: Path) -> None:
    folder = copied(small_company, tmp_path / "company")
    (folder / "east").mkdir()
    (folder / "main.xlsx").rename(folder / "east" / "renamed.xlsx")
    assert called(folder, "sync").status == 0
    assert "east/renamed.xlsx" in (folder / "sheetward.yaml").read_text(encoding="utf-8")


def test_a_renamed_tab_is_followed_and_said(tmp_path: Path, small_company: Path) -> None:
    folder = copied(small_company, tmp_path / "company")
    book = openpyxl.load_workbook(folder / "main.xlsx")
    book.worksheets[0].title = "Kunden"
    book.save(folder / "main.xlsx")
    call = called(folder, "sync", "--lang", "en")
    assert call.status == 0
    assert "“Kunden”" in call.out


def test_a_copied_workspace_is_its_own(tmp_path: Path, small_company: Path) -> None:
    folder = copied(small_company, tmp_path / "company")
    edited("C2", "13800138009")(folder)
    assert called(folder, "sync", "--json").json["sheets"][0]["to_store"] == 1


@pytest.mark.parametrize(
    ("make", "arguments", "status", "code"),
    [
        (nothing, ("validate", "a\udc80.xlsx"), 2, "file.missing"),
        (locked, BAD, 2, "workbook.encrypted"),
        (both(good, marked("~$good.xlsx")), (*PATCH, "--set", "A2=x"), 3, "sheet.open"),
        (nothing, ("frobnicate",), 2, "usage.unknown_command"),
    ],
)
def test_a_real_process_says_the_same(make: Any, arguments: Any, status: int, code: str, tmp_path: Path) -> None:
    make(tmp_path)
    environment = {**os.environ, "LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "sheetward", *(os.fsencode(word) for word in arguments)]
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    told = subprocess.run([*command, "--json"], cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert (said.returncode, told.returncode) == (status, status)
    assert json.loads(told.stdout)["error"]["code"] == code
    assert len(said.stderr.decode("utf-8").strip().splitlines()) == 2
    assert (said.stdout, told.stderr) == (b"", b"")
