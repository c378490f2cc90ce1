"""Laws of the patcher on sheets drawn at random: what is read afterwards is what was there, with the edits on top."""

from __future__ import annotations

import io
from typing import TypeAlias
from xml.sax.saxutils import escape

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st
from sheetward.xlsx.edits import AppendedRow, CellContent, CellEdit, PutBlank, PutNumber, PutText, SheetEdit
from sheetward.xlsx.package import Package
from sheetward.xlsx.patch import patch
from sheetward.xlsx.sheet_scan import RowCounter, sheet_pieces

from .corpus import MAIN, by_hand
from .observe import patched

Grid: TypeAlias = dict[tuple[int, int], "str | int"]

places = st.tuples(st.integers(1, 6), st.integers(1, 5))
texts = st.text("ab 客<&>\"'\n_x0041", min_size=1, max_size=8).filter(lambda text: text.strip() != "")
grids = st.dictionaries(places, texts | st.integers(-9, 99), max_size=12)
contents: st.SearchStrategy[CellContent] = st.one_of(
    texts.map(PutText), st.integers(-9, 99).map(str).map(PutNumber), st.just(PutBlank())
)
edits = st.dictionaries(places, contents, max_size=8)


@st.composite
def sheets(draw: st.DrawFn) -> tuple[str, Grid]:
    """Draw a sheet part and what it holds: prefix, references, order of attributes, empty rows and cells at random."""
    grid = draw(grids)
    p = draw(st.sampled_from(["", "x:"]))
    has_references = draw(st.booleans())
    rows: list[str] = []
    for row in range(1, 7):
        here = {column: value for (number, column), value in grid.items() if number == row}
        if not here and has_references and draw(st.booleans()):
            continue
        cells = ""
        for column in range(1, max(here, default=0) + 1):
            value = here.get(column)
            place = f' r="{chr(64 + column)}{row}"' if has_references else ""
            style = ' s="1"' if draw(st.booleans()) else ""
            if value is None:
                cells += "" if has_references and not style else f"<{p}c{place}{style}/>"
            elif isinstance(value, int):
                cells += f"<{p}c{place}><{p}v>{value}</{p}v></{p}c>"
            else:
                spelt = escape(value.replace("_x0041", "_x005F_x0041") if "_x0041_" in value else value)
                inline = f'<{p}is><{p}t xml:space="preserve">{spelt}</{p}t></{p}is>'
                cells += f'<{p}c{place} t="inlineStr"{style}>{inline}</{p}c>'
        place = f' r="{row}"' if has_references else ""
        rows.append(f"<{p}row{place}>{cells}</{p}row>" if cells else f"<{p}row{place}/>")
    xmlns = 'xmlns:x="' if p else 'xmlns="'
    body = f"<{p}sheetData>{''.join(rows)}</{p}sheetData>" if rows else f"<{p}sheetData/>"
    return f'<{p}worksheet {xmlns}{MAIN}">{body}</{p}worksheet>', grid


def plain(content: CellContent) -> str | int | None:
    match content:
        case PutText(text):
            return text
        case PutNumber(text):
            return int(text)
        case _:
            return None


def shown(data: bytes) -> Grid:
    sheet = openpyxl.load_workbook(io.BytesIO(data))["客户"]
    found = {(cell.row, cell.column): cell.value for row in sheet.iter_rows() for cell in row}
    return {
        place: int(value)
        if isinstance(value, float)
        else value.replace("_x005F_x0041", "_x0041")
        if isinstance(value, str)
        else value
        for place, value in found.items()
        if value is not None
    }


@settings(max_examples=60, deadline=None)
@given(sheets(), edits)
def test_a_sheet_shows_what_was_there_with_the_edits_on_top(
    sheet: tuple[str, Grid], planned: dict[tuple[int, int], CellContent]
) -> None:
    xml, grid = sheet
    edit = SheetEdit("客户", tuple(CellEdit(row, column, content) for (row, column), content in planned.items()))
    after, _ = patched(by_hand(xml), edit)
    wanted = {**grid, **{place: plain(content) for place, content in planned.items()}}
    assert shown(after) == {place: value for place, value in wanted.items() if value is not None}


@settings(max_examples=30, deadline=None)
@given(sheets(), st.lists(st.dictionaries(st.integers(1, 5), contents, min_size=1, max_size=4), min_size=1, max_size=3))
def test_appended_rows_come_below_in_their_order(sheet: tuple[str, Grid], rows: list[dict[int, CellContent]]) -> None:
    xml, grid = sheet
    last = max((row for row, _ in grid), default=0) or 1
    edit = SheetEdit("客户", appended=tuple(map(AppendedRow, rows)), after_row=last, table_columns=(1, 5))
    after, report = patched(by_hand(xml), edit)
    added = {(last + n, column): plain(content) for n, row in enumerate(rows, 1) for column, content in row.items()}
    assert shown(after) == {**grid, **{place: value for place, value in added.items() if value is not None}}
    assert report.appended == {"客户": tuple(range(last + 1, last + 1 + len(rows)))}


@settings(max_examples=30, deadline=None)
@given(sheets(), edits)
def test_patching_in_two_steps_is_patching_at_once(
    sheet: tuple[str, Grid], planned: dict[tuple[int, int], CellContent]
) -> None:
    xml, _ = sheet
    every = [CellEdit(row, column, content) for (row, column), content in planned.items()]
    half = len(every) // 2
    once, _ = patched(by_hand(xml), SheetEdit("客户", tuple(every)))
    first, _ = patched(by_hand(xml), SheetEdit("客户", tuple(every[:half])))
    twice, _ = patched(first, SheetEdit("客户", tuple(every[half:])))
    assert shown(once) == shown(twice)


@settings(max_examples=60, deadline=None)
@given(sheets(), st.integers(1, 60))
def test_the_pieces_of_a_part_are_the_part(sheet: tuple[str, Grid], size: int) -> None:
    data = sheet[0].encode()
    windows = [data[at : at + size] for at in range(0, len(data), size)]
    pieces = list(sheet_pieces(windows, "p"))
    assert b"".join(piece for _, piece in pieces) == data
    prefix = b"x:" if b"<x:row" in data else b""
    counter = RowCounter(prefix, "p")
    spans = [span.number for kind, piece in pieces if kind.name == "ROWS" for span in counter.spans(piece, None)]
    assert len(spans) == data.count(b"<" + prefix + b"row")
    assert spans == sorted(set(spans))


@settings(max_examples=20, deadline=None)
@given(sheets(), edits)
def test_an_edit_of_what_is_there_already_changes_no_cell(
    sheet: tuple[str, Grid], planned: dict[tuple[int, int], CellContent]
) -> None:
    edit = SheetEdit("客户", tuple(CellEdit(row, column, content) for (row, column), content in planned.items()))
    once, _ = patched(by_hand(sheet[0]), edit)
    out = io.BytesIO()
    patch(Package(once, "t.xlsx"), [edit], None, out)
    assert Package(out.getvalue(), "t.xlsx").read("xl/worksheets/sheet1.xml") == Package(once, "t.xlsx").read(
        "xl/worksheets/sheet1.xml"
    )
