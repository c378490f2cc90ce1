"""Markup made to keep a pattern busy for hours is read or refused at once."""

from __future__ import annotations

import time

import pytest
from sheetward.errors import SheetwardError
from sheetward.xlsx.workbook import Workbook

N = 150_000
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

ROWS = {
    "cells never closed": '<row r="1">' + "<c>" * N + "</row>",
    "cells never closed after one that is": '<row r="1"><c r="A1"><v>1</v></c>' + '<c r="B1">' * N + "</row>",
    "cells closed before they open": '<row r="1">' + "</c>" * N + "<c>" * N + "</row>",
    "cells closed under another name": '<row r="1">' + "<c>" * N + "</cx>" * N + "</row>",
    "quotes never closed": "<row r='1'>" + "<c '" * N + "</row>",
    "both quotes": "<row r='1'>" + "<c '\"" * N + "</row>",
    "one attribute without end": '<row r="1"><c ' + "a" * N * 4 + "></c></row>",
    "row attributes without end": "<row " + "a" * N * 4 + "></row>",
    "slashes": '<row r="1"><c ' + "/ " * N + "></row>",
    "spaces": '<row r="1">' + " " * N * 4 + "x</row>",
    "inline never closed": '<row r="1"><c r="A1" t="inlineStr">' + "<is>" * N + "</c></row>",
    "runs never closed": '<row r="1"><c r="A1" t="inlineStr"><is>' + "<t>" * N + "</is></c></row>",
    "run tags never closed": '<row r="1"><c r="A1" t="inlineStr"><is>' + "<t " * N + "</is></c></row>",
    "phonetics never closed": '<row r="1"><c r="A1" t="inlineStr"><is>' + "<rPh>" * N + "</is></c></row>",
    "formulas never closed": '<row r="1"><c r="A1">' + "<f>" * N + "</c></row>",
    "values never closed": '<row r="1"><c r="A1">' + "<v " * N + "</c></row>",
    "a comment without end": "<!--" + "-x" * N * 20,
    "rows never closed": '<row r="1">' * N,
    "rows without content": "<row/>" * N,
    "one long number": '<row r="1"><c r="A1"><v>' + "9" * N * 4 + "</v></c></row>",
    "one long id": '<row r="1"><c r="A1" t="s"><v>' + "9" * N * 4 + "</v></c></row>",
    "a huge exponent": '<row r="1"><c r="A1"><v>1e999999999</v></c></row>',
    "deep nesting": "<row r='1'><c r='A1'>" + "<x>" * N + "</x>" * N + "</c></row>",
    "ampersands": '<row r="1"><c r="A1" t="str"><v>' + "&amp;#" * N + "</v></c></row>",
    "escapes": '<row r="1"><c r="A1" t="str"><v>' + "_x00" * N + "</v></c></row>",
}

STRINGS = {
    "items never closed": "<si>" * N,
    "items closed before they open": "</si>" * N + "<si>" * N,
    "item tags never closed": "<si " * N,
    "phonetics never closed": "<si>" + "<rPh>" * N + "</si>",
    "no root": None,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS.keys())
@pytest.mark.parametrize("ending", ["", "<!-- -->"], ids=["", "commented"])
def test_rows(rows, ending, book) -> None:
    workbook = Workbook.open(book(rows + ending), "a.xlsx")
    started = time.process_time()
    try:
        for _ in workbook.rows(workbook.sheets[0]):
            pass
        workbook.layout(workbook.sheets[0])
    except SheetwardError as trouble:
        assert trouble.code.startswith("workbook.")
    assert time.process_time() - started < 10


@pytest.mark.timeout(20)
@pytest.mark.parametrize("items", STRINGS.values(), ids=STRINGS.keys())
def test_strings(items, book) -> None:
    xml = "<a>" * N if items is None else f'<sst xmlns="{MAIN}">{items}</sst>'
    workbook = Workbook.open(book("", strings=xml), "a.xlsx")
    started = time.process_time()
    try:
        assert len(workbook.strings) <= N
    except SheetwardError as trouble:
        assert trouble.code == "workbook.damaged"
    assert time.process_time() - started < 10


def test_a_part_too_large_for_a_tree_is_refused(parts, pack, sheet_xml, monkeypatch) -> None:
    monkeypatch.setattr("sheetward.xlsx.tree.MAX_TREE", 2000)
    styles = f'<styleSheet xmlns="{MAIN}">' + "<a/>" * 1000 + "</styleSheet>"
    workbook = Workbook.open(pack(parts(sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>'), styles=styles)), "a.xlsx")
    with pytest.raises(SheetwardError) as caught:
        list(workbook.rows(workbook.sheets[0]))
    assert caught.value.code == "workbook.part_too_large"
