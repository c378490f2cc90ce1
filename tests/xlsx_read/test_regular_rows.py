"""Rows read many at a time are what they are cell by cell, and what a true parser makes of them."""

from __future__ import annotations

import random

import pytest
from sheetward.errors import SheetwardError
from sheetward.xlsx import regular_rows, texts
from sheetward.xlsx.workbook import Workbook

REGULAR = {
    "number": '<c r="{at}"><v>{n}</v></c>',
    "decimal": '<c r="{at}" s="5"><v>{n}.25</v></c>',
    "date": '<c r="{at}" s="1"><v>45{n:03}</v></c>',
    "shared": '<c r="{at}" t="s"><v>{few}</v></c>',
    "shared, styled": '<c r="{at}" s="4" t="s"><v>{few}</v></c>',
    "truth": '<c r="{at}" t="b"><v>1</v></c>',
    "text": '<c r="{at}" t="str"><v>a&amp;b_x000D_ {n}</v></c>',
    "inline": '<c r="{at}" t="inlineStr"><is><t>王 &lt;{n}&gt;</t></is></c>',
    "inline, spaced": '<c r="{at}" s="4" t="inlineStr"><is><t xml:space="preserve"> x_x0041_ </t></is></c>',
    "formula": '<c r="{at}"><f>A1&amp;"{n}"</f><v>{n}</v></c>',
    "text of a formula": '<c r="{at}" t="str"><f>B1</f><v>t{n}</v></c>',
    "empty text of a formula": '<c r="{at}" t="str"><f>B1</f><v></v></c>',
    "shared formula": '<c r="{at}"><f t="shared" si="0"/><v>{n}</v></c>',
    "error": '<c r="{at}" t="e"><v>#N/A</v></c>',
    "format only": '<c r="{at}" s="6"/>',
    "nothing": "",
}
ODD = {
    "uncached": '<c r="{at}"><f>A1</f></c>',
    "uncached, closed": '<c r="{at}" t="str"><f>A1</f><v/></c>',
    "array": '<c r="{at}"><f t="array" ref="{at}:F{row3}">SUM(A1)</f><v>{n}</v></c>',
    "master": '<c r="{at}"><f t="shared" ref="{at}:{at}" si="{n}">A1</f><v>{n}</v></c>',
    "dynamic": '<c r="{at}" s="1" cm="1"><f>A1</f><v>{n}</v></c>',
    "other order": "<c t='s' s='4' r='{at}'><v>1</v></c>",
    "spread": '<c r="{at}" >\n<v >{n}</v >\n</c >',
    "rich": '<c r="{at}" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>',
    "phonetic": '<c r="{at}" t="inlineStr"><is><t>a</t><rPh sb="0" eb="1"><t>b</t></rPh></is></c>',
    "bad string": '<c r="{at}" t="s"><v>9999</v></c>',
    "bad style": '<c r="{at}" s="77"><v>1</v></c>',
    "bad number": '<c r="{at}"><v>1,5</v></c>',
    "bad truth": '<c r="{at}" t="b"><v>2</v></c>',
    "bad type": '<c r="{at}" t="q"><v>2</v></c>',
    "signed": '<c r="{at}" t="s"><v>-1</v></c>',
    "spaced number": '<c r="{at}"><v> 12 </v></c>',
    "lines in a number": '<c r="{at}"><v>1\n2</v></c>',
    "iso date": '<c r="{at}" t="d"><v>2024-02-29</v></c>',
    "no content": '<c r="{at}" t="str"></c>',
    "empty text": '<c r="{at}" t="str"><v></v></c>',
    "empty inline": '<c r="{at}" t="inlineStr"><is><t></t></is></c>',
    "inline by value": '<c r="{at}" t="inlineStr"><v>{n}</v></c>',
    "empty inline by value": '<c r="{at}" t="inlineStr"><v></v></c>',
    "inline of another type": '<c r="{at}" t="s"><is><t>x</t></is></c>',
    "line ends": '<c r="{at}" t="str"><v>a\r\nb\rc</v></c>',
    "extension": '<c r="{at}"><v>{n}</v><extLst><ext><v>9</v></ext></extLst></c>',
}
WRONG = {
    "unclosed value": '<c r="{at}"><v>1</c>',
    "unclosed formula": '<c r="{at}"><f>A1<v>1</v></c>',
    "bad entity": '<c r="{at}" t="str"><v>&nope;</v></c>',
    "twice": '<c r="{at}"><v>1</v></c><c r="{at}"><v>1</v></c>',
    "elsewhere": '<c r="B99999"><v>1</v></c>',
    "outside": '<c r="XFE{row}"><v>1</v></c>',
    "style of no number": '<c r="{at}" s="x"><v>1</v></c>',
    "nested": '<c r="{at}"><c r="{at}"/></c>',
    "stray text": "stray",
}
ROWS = (
    '<row r="{row}" spans="1:8">{cells}</row>',
    '<row r="{row}" hidden="1">{cells}</row>',
    "<row r='{row}'>{cells}</row>",
    "<row>{cells}</row>\n",
    '<row r="{row}" s="3" customFormat="1" ht="&gt;20"/>',
    '<row r="{row}" note="a>b">{cells}</row >',
)


def sheet(dice: random.Random, *, odd: float, wrong: float = 0.0, count: int = 120) -> str:
    """Write rows whose columns each have a habit, and now and then something else."""
    habits = [dice.choice(list(REGULAR.values())) for _ in range(8)]
    rows: list[str] = []
    for row in range(1, count + 1):
        cells = ""
        for place, habit in enumerate(habits):
            if row < 4:
                form = REGULAR["number"] if place else REGULAR["shared"]
            elif dice.random() < wrong:
                form = dice.choice(list(WRONG.values()))
            elif dice.random() < odd:
                form = dice.choice(list(ODD.values()))
            else:
                form = dice.choice((habit, habit, habit, habit, "", dice.choice(list(REGULAR.values()))))
            facts = {"n": dice.randrange(1000), "few": dice.randrange(5), "row": row, "row3": row + 2}
            cells += form.format(at=f"{'ABCDEFGZ'[place]}{row}", **facts)
        frame = ROWS[0] if row < 4 or dice.random() > odd else dice.choice(ROWS)
        rows.append(frame.format(row=row, cells=cells))
    return "".join(rows)


def outcome(book, xml: str, ending: str = "") -> object:
    """Give all rows and the formulas that cover areas, or the code of the error."""
    try:
        workbook = Workbook.open(book(xml + ending), "客户.xlsx")
        found = list(workbook.rows(workbook.sheets[0]))
        return found, workbook.formula_areas(workbook.sheets[0])
    except SheetwardError as error:
        return error.code


@pytest.fixture
def small_windows(monkeypatch) -> None:
    """Let a window hold some ten rows."""
    monkeypatch.setattr(texts, "WINDOW", 5000)


@pytest.mark.parametrize("seed", range(30))
def test_three_ways_of_reading_agree(seed, book, small_windows, monkeypatch) -> None:
    xml = sheet(random.Random(seed), odd=(0.0, 0.004, 0.03)[seed % 3])
    bands: list[int] = []
    read = regular_rows.RegularRows.read
    monkeypatch.setattr(
        regular_rows.RegularRows,
        "read",
        lambda self, text: (bands.append(isinstance(piece, regular_rows.Band)) or piece for piece in read(self, text)),
    )
    fast = outcome(book, xml)
    assert any(bands) or seed % 3, "no row took the fast way"
    monkeypatch.setattr(regular_rows, "MAX_LESSONS", 0)
    bands.clear()
    slow = outcome(book, xml)
    assert not bands
    assert fast == slow
    assert fast == outcome(book, xml, "<!-- -->")


@pytest.mark.parametrize("seed", range(40))
def test_what_makes_no_sense_is_the_same_trouble(seed, book, small_windows, monkeypatch) -> None:
    xml = sheet(random.Random(seed), odd=0.01, wrong=0.002, count=60)
    fast = outcome(book, xml)
    monkeypatch.setattr(regular_rows, "MAX_LESSONS", 0)
    assert fast == outcome(book, xml)


def test_a_sheet_of_odd_rows_is_read_cell_by_cell_after_a_while(book, small_windows) -> None:
    form = '<row r="{row}"><c r="A{row}" t="inlineStr"><is><r><t>{row}</t></r></is></c></row>'
    xml = "".join(form.format(row=row) for row in range(1, 2000))
    workbook = Workbook.open(book(xml), "客户.xlsx")
    assert [cells[0][2] for _, _, cells in workbook.rows(workbook.sheets[0])] == [str(row) for row in range(1, 2000)]


def test_columns_that_come_late_are_learned(book, small_windows) -> None:
    early = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(1, 400))
    late = "".join(
        f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="C{row}"><f>A1</f><v>{row}</v></c></row>'
        for row in range(400, 800)
    )
    workbook = Workbook.open(book(early + late), "客户.xlsx")
    rows = list(workbook.rows(workbook.sheets[0]))
    assert [len(cells) for _, _, cells in rows] == [1] * 399 + [2] * 400
    assert rows[-1][2][1][4] == "A1"
