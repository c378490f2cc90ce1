"""Mutated files of every kind: each is answered within limits, and a cell put into one changes nothing else.

`python -m tests.fuzz --help` tries any number without pytest; what it found stands here by name.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
from sheetward.errors import UserError
from sheetward.xlsx.edits import CellEdit, PutBlank, PutNumber, PutText, SheetEdit
from sheetward.xlsx.package import Package
from sheetward.xlsx.patch import patch
from sheetward.xlsx.verify import verify

from tests.xlsx_patch.corpus import exchanged, written

from .trial import flat, rows_of

COUNT = 1500
SHEET = "xl/worksheets/sheet1.xml"


def _fuzzed(first: int, count: int) -> str:
    command = [sys.executable, "-m", "tests.fuzz", "--first", str(first), "--count", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.timeout(900)
def test_every_mutated_file_is_answered_and_none_is_harmed() -> None:
    said = _fuzzed(0, COUNT)
    # What is not in them was not tried.
    for least, what in (
        (300, "> written"),
        (400, ": workbook."),
        (60, "csv: "),
        (5, r"\.(?:xls|xlsb|ods): "),
        (10, "command line"),
    ):
        counts = [
            int(line.split()[0]) for line in said.splitlines() if re.search(what, line) and line[:7].strip().isdigit()
        ]
        assert sum(counts) >= least, (what, said)
    peak = re.search(r"peak memory (\d+) MB", said)
    assert peak is not None
    assert int(peak[1]) < 400, said


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_fifty_thousand_mutated_files() -> None:
    _fuzzed(COUNT, 50_000)


def _put(data: bytes, *cells: CellEdit, purge: bool = False) -> bytes:
    package, out, sheet = Package(data, "a.xlsx"), io.BytesIO(), SheetEdit("客户", cells)
    report = patch(package, [sheet], None, out, purge=purge)
    verify(package, Package(out.getvalue(), "a.xlsx"), [sheet], report)
    return out.getvalue()


@pytest.mark.parametrize("between", [" \n ", "x", "<f>1</f>", '<x a=">"/>'])
def test_a_shared_string_in_use_is_not_purged_whatever_stands_before_its_index(between: str) -> None:
    cell = '<c r="C2" t="s">'
    data = exchanged(written(), {SHEET: lambda xml: xml.replace(cell, cell + between)})
    new = _put(data, CellEdit(3, 2, PutBlank()), purge=True)
    before, after = flat(rows_of(data)), flat(rows_of(new))
    assert after.pop(("客户", 3, 2), None) is None
    del before["客户", 3, 2]
    assert before == after
    assert "韩梅梅".encode() not in Package(new, "a.xlsx").read("xl/sharedStrings.xml")


def test_a_cell_that_stands_twice_is_not_written() -> None:
    """Seed 968: readers do not agree which of both counts, so what was written could not be proved."""
    cell = '<c r="B3" t="s"><v>12</v></c>'
    data = exchanged(written(), {SHEET: lambda xml: xml.replace(cell, cell + cell)})
    with pytest.raises(UserError, match=re.escape("patch.doubled")):
        _put(data, CellEdit(3, 2, PutText("新")))


def test_a_workbook_whose_rows_openpyxl_cannot_read_is_written_all_the_same() -> None:
    """It opens such a workbook and fails at the cell: it cannot judge, and its failure is none of ours."""
    data = exchanged(written(), {SHEET: lambda xml: xml.replace("<v>12.5</v>", "<v>12,5</v>")})
    new = _put(data, CellEdit(3, 2, PutText("新")))
    assert flat(rows_of(new))["客户", 3, 2] == ("text", "新", None)


def test_an_attribute_that_stands_twice_goes_with_the_value_that_it_was_of() -> None:
    data = exchanged(written(), {SHEET: lambda xml: xml.replace('<c r="B3" t="s">', '<c r="B3" t="s" t="s">')})
    new = _put(data, CellEdit(3, 2, PutNumber("7")))
    assert flat(rows_of(new))["客户", 3, 2] == ("number", "7", None)


def test_a_sheet_that_no_parser_understands_is_refused_and_is_no_defect() -> None:
    def nested(xml: str) -> str:
        return xml.replace('<c r="D2"', "<c r=' '").replace(
            '<c r="C6"', '<row r="2"><c r="A2"><v>7</v></c></row><c r="C6"'
        )

    data = exchanged(written(), {SHEET: nested})
    with pytest.raises(UserError) as read:
        rows_of(data)
    with pytest.raises(UserError) as put:
        _put(data, CellEdit(3, 2, PutText("新")))
    assert (read.value.code, put.value.code) == ("workbook.damaged", "patch.unsupported_xml")


def test_a_row_inside_a_row_is_damage() -> None:
    row = '<row r="9"><c r="A9"><v>7</v></c></row>'
    with pytest.raises(UserError) as read:
        rows_of(exchanged(written(), {SHEET: lambda xml: xml.replace('<c r="C6"', row + '<!-- --><c r="C6"')}))
    assert read.value.code == "workbook.damaged"


def test_what_openpyxl_prints_about_odd_styles_does_not_stand_in_an_answer(capfd: pytest.CaptureFixture[str]) -> None:
    data = exchanged(written(), {"xl/styles.xml": lambda xml: xml.replace('xfId="0" builtinId', 'xfId="9" builtinId')})
    _put(data, CellEdit(3, 2, PutText("新")))
    assert capfd.readouterr().out == ""
