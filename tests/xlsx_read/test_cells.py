"""Every state of a cell, whichever way its markup is dressed."""

from __future__ import annotations

import re

import pytest
from sheetward.cells import RawCell, State
from sheetward.errors import SheetwardError, UserError
from sheetward.xlsx.reader import FormulaKind
from sheetward.xlsx.workbook import Workbook

T, N, D, B, E, U = State.TEXT, State.NUMBER, State.DATE, State.BOOL, State.ERROR, State.UNCACHED

CELLS = [
    ("shared string", '<c r="A1" t="s"><v>0</v></c>', (T, "王芳", 0, None)),
    ("spaces and entities", '<c r="A1" t="s"><v>1</v></c>', (T, " a&b ", 0, None)),
    ("empty text is not blank", '<c r="A1" t="s"><v>2</v></c>', (T, "", 0, None)),
    ("rich text without phonetics", '<c r="A1" t="s"><v>3</v></c>', (T, "李雷", 0, None)),
    ("escapes", '<c r="A1" t="s"><v>4</v></c>', (T, "x\ry_x0041_", 0, None)),
    (
        "inline text",
        '<c r="A1" t="inlineStr"><is><t>a &lt;b&gt; &#20013;&#x6587;</t></is></c>',
        (T, "a <b> 中文", 0, None),
    ),
    (
        "inline runs",
        '<c r="A1" t="inlineStr"><is><r><t>a</t></r><r><t>_x0042_</t></r><rPh sb="0" eb="1"><t>z</t></rPh></is></c>',
        (T, "aB", 0, None),
    ),
    ("inline empty", '<c r="A1" t="inlineStr"><is><t></t></is></c>', (T, "", 0, None)),
    ("inline line break", '<c r="A1" t="inlineStr"><is><t>a\r\nb&#13;</t></is></c>', (T, "a\nb\r", 0, None)),
    ("lexical number", '<c r="A1"><v>13800138000</v></c>', (N, "13800138000", 0, None)),
    ("number with type", '<c r="A1" t="n"><v>1.10</v></c>', (N, "1.10", 0, None)),
    ("exponent", '<c r="A1"><v>1.3800138E+10</v></c>', (N, "1.3800138E+10", 0, None)),
    ("number with plus", '<c r="A1"><v>+5</v></c>', (N, "+5", 0, None)),
    ("number with spaces", '<c r="A1"><v> 5 </v></c>', (N, "5", 0, None)),
    ("leading zeros by format", '<c r="A1" s="5"><v>123</v></c>', (N, "123", 5, None)),
    ("date", '<c r="A1" s="1"><v>45356</v></c>', (D, "45356", 1, None)),
    ("Chinese built-in date", '<c r="A1" s="2"><v>45356</v></c>', (D, "45356", 2, None)),
    ("Chinese built-in date 58", '<c r="A1" s="3"><v>45356.5</v></c>', (D, "45356.5", 3, None)),
    ("true", '<c r="A1" t="b"><v>1</v></c>', (B, "1", 0, None)),
    ("false", '<c r="A1" t="b"><v>false</v></c>', (B, "0", 0, None)),
    ("error", '<c r="A1" t="e"><v>#REF!</v></c>', (E, "#REF!", 0, None)),
    ("an error nobody knows", '<c r="A1" t="e"><v>#SPILL!</v></c>', (E, "#SPILL!", 0, None)),
    ("strict date", '<c r="A1" s="1" t="d"><v>2024-03-05</v></c>', (D, "45356", 1, None)),
    ("strict moment", '<c r="A1" s="1" t="d"><v>2024-03-05T12:00:00Z</v></c>', (D, "45356.5", 1, None)),
    ("strict time", '<c r="A1" s="1" t="d"><v>06:00:00</v></c>', (D, "0.25", 1, None)),
    ("formula", '<c r="A1"><f>B1&amp;"x"</f><v>3</v></c>', (N, "3", 0, 'B1&"x"')),
    ("formula text", '<c r="A1" t="str"><f>B1</f><v>a_x000A_b</v></c>', (T, "a\nb", 0, "B1")),
    ("formula empty text", '<c r="A1" t="str"><f>B1</f><v></v></c>', (T, "", 0, "B1")),
    ("formula text missing", '<c r="A1" t="str"><f>B1</f></c>', (U, "", 0, "B1")),
    ("uncached", '<c r="A1"><f>B1</f></c>', (U, "", 0, "B1")),
    ("uncached, empty value", '<c r="A1"><f>B1</f><v/></c>', (U, "", 0, "B1")),
    ("formula error", '<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', (E, "#DIV/0!", 0, "1/0")),
    ("shared formula", '<c r="A1"><f t="shared" ref="A1:A9" si="0">B1</f><v>1</v></c>', (N, "1", 0, "B1")),
    ("shared member", '<c r="A1"><f t="shared" si="0"/><v>1</v></c>', (N, "1", 0, "")),
    ("formula by LibreOffice", '<c r="A1" s="0" t="n"><f aca="false">B1</f><v>2</v></c>', (N, "2", 0, "B1")),
    ("text in a plain formula type", '<c r="A1" t="str"><v>x</v></c>', (T, "x", 0, None)),
    ("extension", '<c r="A1"><v>2</v><extLst><ext uri="u"/></extLst></c>', (N, "2", 0, None)),
    ("dynamic array", '<c r="A1" cm="1"><f t="array" ref="A1">SORT(B:B)</f><v>2</v></c>', (N, "2", 0, "SORT(B:B)")),
    ("attributes in another order", '<c t="s" s="4" r="A1"><v>0</v></c>', (T, "王芳", 4, None)),
    ("bad string id", '<c r="A1" t="s"><v>99</v></c>', (E, "#BAD-STRING!", 0, None)),
    ("negative string id", '<c r="A1" t="s"><v>-1</v></c>', (E, "#BAD-STRING!", 0, None)),
    ("fractional string id", '<c r="A1" t="s"><v>1.5</v></c>', (E, "#BAD-STRING!", 0, None)),
    ("string id no number", '<c r="A1" t="s"><v>x</v></c>', (E, "#BAD-STRING!", 0, None)),
    ("bad style id", '<c r="A1" s="99"><v>1</v></c>', (E, "#BAD-STYLE!", 99, None)),
    ("bad style id of text", '<c r="A1" s="99" t="s"><v>0</v></c>', (E, "#BAD-STYLE!", 99, None)),
    (
        "bad style id of inline text",
        '<c r="A1" s="99" t="inlineStr"><is><t>a</t></is></c>',
        (E, "#BAD-STYLE!", 99, None),
    ),
    ("bad number", '<c r="A1"><v>NaN</v></c>', (E, "#BAD-NUMBER!", 0, None)),
    ("bad boolean", '<c r="A1" t="b"><v>2</v></c>', (E, "#BAD-BOOLEAN!", 0, None)),
    ("bad date", '<c r="A1" t="d"><v>05/03/2024</v></c>', (E, "#BAD-DATE!", 0, None)),
    ("bad type", '<c r="A1" t="zz"><v>1</v></c>', (E, "#BAD-TYPE!", 0, None)),
    ("blank", '<c r="A1" s="6"/>', None),
    ("blank with space", '<c r="A1" s="6" />', None),
    ("blank in two tags", '<c r="A1" s="6"></c>', None),
    ("empty value", '<c r="A1"><v></v></c>', None),
    ("inline without text", '<c r="A1" t="inlineStr"/>', None),
]


def _plain(xml: str) -> str:
    return xml


def _commented(xml: str) -> str:
    return xml.replace("<sheetData>", "<sheetData><!-- rows -->")


def _prefixed(xml: str) -> str:
    xml = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", xml)
    return xml.replace("xmlns=", "xmlns:x=").replace("<?x:", "<?")


def _wide(xml: str) -> bytes:
    return xml.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


def _single_quoted(xml: str) -> str:
    return xml.replace('"', "'").replace("&amp;'x'", '&amp;"x"')


def _spread(xml: str) -> str:
    return re.sub(r"</(c|v|f|is)>", r"</\1\n>", re.sub(r"<(row|c) ", r"<\1\n  ", xml)).replace("<row", "\n<row")


def _cut(xml: str) -> str:
    return xml.replace("<v>0</v>", "<v><![CDATA[0]]></v>").replace("</sheetData>", "<?pi x?></sheetData>")


DRESSES = [_plain, _commented, _prefixed, _wide, _single_quoted, _spread, _cut]


@pytest.mark.parametrize("dress", DRESSES, ids=lambda dress: dress.__name__)
def test_every_state_reads_the_same_in_every_dress(dress, sheet_xml, parts, pack):
    rows = "".join(f'<row r="{n}">{cell.replace("A1", f"A{n}", 1)}</row>' for n, (_, cell, _) in enumerate(CELLS, 1))
    workbook = Workbook.open(pack(parts(dress(sheet_xml(rows)))), "a.xlsx")
    found = {row[0]: row[2] for row in workbook.rows(workbook.sheets[0])}
    for number, (name, _, expected) in enumerate(CELLS, 1):
        assert found.get(number) == (None if expected is None else [(1, *expected)]), name


@pytest.mark.parametrize("dress", [_plain, _commented])
def test_rows_and_cells_without_references_are_counted(dress, sheet_xml, parts, pack):
    rows = "<row><c><v>1</v></c><c/><c><v>2</v></c></row><row/><row r='7'><c r='C7'><v>3</v></c><c><v>4</v></c></row><row><c><v>5</v></c></row>"
    workbook = Workbook.open(pack(parts(dress(sheet_xml(rows)))), "a.xlsx")
    found = [(number, [(cell[0], cell[2]) for cell in cells]) for number, _, cells in workbook.rows(workbook.sheets[0])]
    assert found == [(1, [(1, "1"), (3, "2")]), (7, [(3, "3"), (4, "4")]), (8, [(1, "5")])]


@pytest.mark.parametrize("dress", [_plain, _commented])
def test_members_of_arrays_are_known_as_formulas(dress, sheet_xml, parts, pack):
    rows = (
        '<row r="1"><c r="A1"><f t="array" ref="A1:B2">SORT(D1:E2)</f><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><v>3</v></c></row>'
        '<row r="2"><c r="A2"><v>4</v></c><c r="B2" t="s"><v>0</v></c></row>'
        '<row r="3"><c r="A3"><v>5</v></c><c r="B3"><f t="shared" si="0" ref="B3:B4">A3</f><v>5</v></c></row>'
        '<row r="4"><c r="B4"><f t="shared" si="0"/><v>6</v></c></row>'
    )
    workbook = Workbook.open(pack(parts(dress(sheet_xml(rows)))), "a.xlsx")
    sheet = workbook.sheets[0]
    formulas = {(row[0], cell[0]): cell[4] for row in workbook.rows(sheet) for cell in row[2]}
    assert formulas == {
        (1, 1): "SORT(D1:E2)", (1, 2): "", (1, 3): None, (2, 1): "", (2, 2): "",
        (3, 1): None, (3, 2): "A3", (4, 2): "",
    }  # fmt: skip
    assert [(one.row, one.column, one.kind, str(one.area)) for one in workbook.formula_areas(sheet)] == [
        (1, 1, FormulaKind.ARRAY, "A1:B2"),
        (3, 2, FormulaKind.SHARED, "B3:B4"),
    ]


@pytest.mark.parametrize("dress", [_plain, _commented])
def test_hidden_rows_are_read_and_known(dress, sheet_xml, parts, pack):
    rows = '<row r="1" hidden="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="false"><c r="A2"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>'
    workbook = Workbook.open(pack(parts(dress(sheet_xml(rows)))), "a.xlsx")
    assert [row[1] for row in workbook.rows(workbook.sheets[0])] == [True, False, False]
    hiding = dress(sheet_xml(rows, '<sheetFormatPr zeroHeight="1" defaultRowHeight="15"/>'))
    workbook = Workbook.open(pack(parts(hiding)), "a.xlsx")
    assert [row[1] for row in workbook.rows(workbook.sheets[0])] == [True, False, True]


def test_raw_cells_bear_format_and_epoch(book, parts):
    data = book(
        '<row r="1"><c r="A1" s="1"><v>1</v></c><c r="B1" s="5"><v>123</v></c></row>',
        workbook=parts("")["xl/workbook.xml"].replace("<sheets>", '<workbookPr date1904="1"/><sheets>'),
    )
    workbook = Workbook.open(data, "a.xlsx")
    (row,) = workbook.rows(workbook.sheet("客户"))
    assert [workbook.raw(*cell[1:]) for cell in row[2]] == [
        RawCell(State.DATE, "1", "yyyy\\-mm\\-dd", None, True),
        RawCell(State.NUMBER, "123", "00000000", None, True),
    ]


REFUSED = [
    ("row beyond the grid", '<row r="1048577"><c r="A1048577"><v>1</v></c></row>', "workbook.outside_grid"),
    ("column beyond the grid", '<row r="1"><c r="XFE1"><v>1</v></c></row>', "workbook.outside_grid"),
    ("column far beyond", '<row r="1"><c r="AAAAAAAA1"><v>1</v></c></row>', "workbook.outside_grid"),
    ("counted beyond the grid", '<row r="1"><c r="XFD1"><v>1</v></c><c><v>1</v></c></row>', "workbook.outside_grid"),
    ("cell in another row", '<row r="1"><c r="A2"><v>1</v></c></row>', "workbook.disordered"),
    ("cell twice", '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "workbook.disordered"),
    ("cells out of order", '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "workbook.disordered"),
    ("row twice", '<row r="1"/><row r="1"/>', "workbook.disordered"),
    ("row number no number", '<row r="x"/>', "workbook.damaged"),
    ("row zero", '<row r="0"/>', "workbook.disordered"),
    ("reference no reference", '<row r="1"><c r="1A"><v>1</v></c></row>', "workbook.damaged"),
    ("style no number", '<row r="1"><c r="A1" s="x"><v>1</v></c></row>', "workbook.damaged"),
    ("unknown entity", '<row r="1"><c r="A1" t="str"><v>&nbsp;</v></c></row>', "workbook.damaged"),
    ("forbidden character", '<row r="1"><c r="A1" t="str"><v>&#0;</v></c></row>', "workbook.damaged"),
    ("surrogate", '<row r="1"><c r="A1" t="str"><v>&#xD800;</v></c></row>', "workbook.damaged"),
    ("tag left open", '<row r="1"><c r="A1"><v>1</v></row>', "workbook.damaged"),
    ("cell within a cell", '<row r="1"><c r="A1"><c r="B1"><v>1</v></c></row>', "workbook.damaged"),
    ("row left open", '<row r="1"><c r="A1"><v>1</v></c>', "workbook.damaged"),
    ("stray text", '<row r="1">hello<c r="A1"><v>1</v></c></row></c>', "workbook.damaged"),
]


@pytest.mark.parametrize("dress", [_plain, _commented])
@pytest.mark.parametrize(("rows", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_sheet_that_makes_no_sense_is_refused(rows, code, dress, sheet_xml, parts, pack):
    workbook = Workbook.open(pack(parts(dress(sheet_xml(rows)))), "a.xlsx")
    with pytest.raises(UserError) as caught:
        list(workbook.rows(workbook.sheets[0]))
    assert caught.value.code == code
    assert caught.value.facts["file"] == "a.xlsx"


def test_a_cell_in_the_last_corner_is_no_trouble(book):
    workbook = Workbook.open(book('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "a.xlsx")
    assert list(workbook.rows(workbook.sheets[0])) == [(1048576, False, [(16384, State.NUMBER, "1", 0, None)])]


def test_many_empty_formatted_rows_yield_nothing(book):
    rows = "".join(f'<row r="{n}" s="6" customFormat="1"><c r="A{n}" s="6"/></row>' for n in range(1, 60_001))
    workbook = Workbook.open(book(rows + '<row r="60001"><c r="B60001" t="s"><v>0</v></c></row>'), "a.xlsx")
    assert [row[0] for row in workbook.rows(workbook.sheets[0])] == [60001]


def test_more_cells_than_the_cap_are_refused(book, monkeypatch):
    monkeypatch.setattr("sheetward.xlsx.reader.MAX_CELLS", 2)
    workbook = Workbook.open(book("<row><c><v>1</v></c><c><v>1</v></c></row><row><c><v>1</v></c></row>"), "a.xlsx")
    with pytest.raises(UserError) as caught:
        list(workbook.rows(workbook.sheets[0]))
    assert caught.value.code == "workbook.too_many_cells"


def test_an_irregular_place_late_in_the_sheet_doubles_and_loses_no_row(book):
    rows = [f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}" t="s"><v>0</v></c></row>' for n in range(1, 30_001)]
    rows[25_000] = rows[25_000].replace("<v>25001</v>", "<v><!-- here -->25001</v>")
    workbook = Workbook.open(book("".join(rows), "<cols><col min='2' max='3' hidden='1'/></cols>"), "a.xlsx")
    sheet = workbook.sheets[0]
    found = [(row[0], row[2][0][2]) for row in workbook.rows(sheet)]
    assert found == [(n, str(n)) for n in range(1, 30_001)]
    assert workbook.layout(sheet).hidden_columns == ((2, 3),)


@pytest.mark.parametrize("strings", [
    "<sst xmlns='{0}'><!-- c --><si><t>a</t></si><si><r><t>b_x000D_</t></r><r><t>c</t></r><rPh sb='0' eb='1'><t>z</t></rPh></si><si/></sst>",
    "<x:sst xmlns:x='{0}'><x:si><x:t>a</x:t></x:si><x:si><x:r><x:t>b_x000D_</x:t></x:r><x:r><x:t>c</x:t></x:r></x:si><x:si></x:si></x:sst>",
    "<sst xmlns='{0}'><si ><t>a</t></si ><si><t><![CDATA[b_x000D_c]]></t></si><si><t></t></si></sst>",
])  # fmt: skip
def test_shared_strings_read_the_same_in_every_dress(strings, book):
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    workbook = Workbook.open(book("", strings=strings.format(main)), "a.xlsx")
    assert list(workbook.strings) == ["a", "b\rc", ""]


def test_many_shared_strings_survive_the_windows(book):
    texts = [f"文字 {n} &amp; more" for n in range(40_000)]
    xml = (
        "<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>"
        + "".join(f"<si><t>{text}</t></si>" for text in texts)
        + "</sst>"
    )
    workbook = Workbook.open(book("", strings=xml), "a.xlsx")
    assert list(workbook.strings) == [text.replace("&amp;", "&") for text in texts]


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_file_never_crashes_the_reader(seed, book):
    import random

    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{n % 5}</v></c><c r="B{n}"><f>A1</f><v>{n}</v></c></row>'
        for n in range(1, 40)
    )
    data = bytearray(book(rows))
    chance = random.Random(seed)
    for _ in range(chance.randrange(1, 6)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    if seed % 3 == 0:
        del data[chance.randrange(len(data)) :]
    try:
        workbook = Workbook.open(bytes(data), "a.xlsx")
        for sheet in workbook.sheets:
            assert all(len(row) == 3 for row in workbook.rows(sheet))
            workbook.layout(sheet)
    except SheetwardError as trouble:
        assert trouble.code.startswith("workbook.")


@pytest.mark.parametrize("seed", range(150))
def test_hostile_markup_never_crashes_the_reader(seed, sheet_xml, parts, pack):
    import random

    chance = random.Random(seed)
    xml = sheet_xml(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>x</t></is></c><c r="C1"><f t="array" ref="C1:C2">A1</f><v>2</v></c></row>'
    )
    pieces = [
        "<",
        ">",
        '"',
        "/",
        "<c",
        "</row>",
        "<!--",
        "]]>",
        "&",
        "<row>",
        "r=",
        "<v>",
        "</v>",
        "\0",
        "<![CDATA[",
        "x:",
        "9" * 30,
        "-1",
        "<is>",
        "A1",
        "é",
    ]
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(80, len(xml))
        xml = xml[:at] + chance.choice(pieces) + xml[at + chance.randrange(0, 4) :]
    try:
        workbook = Workbook.open(pack(parts(xml)), "a.xlsx")
        for sheet in workbook.sheets:
            list(workbook.rows(sheet))
            workbook.layout(sheet)
    except SheetwardError as trouble:
        assert trouble.code.startswith("workbook.")
