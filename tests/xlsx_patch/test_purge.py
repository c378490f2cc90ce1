"""A value that leaves a sheet under a purge leaves the bytes of the file: an unzip and a search find nothing."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from sheetward.errors import UserError
from sheetward.xlsx.edits import CellEdit, PutBlank, PutText, SheetEdit, StampTab

from .corpus import BY_NAME, by_hand, exchanged, png, related, sheet_xml, typed, written
from .observe import members, patched

SECRET = "韩梅梅"


def purged(data: bytes, *edits: CellEdit) -> dict[str, bytes]:
    row = edits or tuple(CellEdit(3, column, PutBlank()) for column in range(1, 7))
    after, _ = patched(data, SheetEdit("客户", row), purge=True)
    openpyxl.load_workbook(io.BytesIO(after)).close()
    return members(after)


def places(parts: dict[str, bytes], text: str = SECRET) -> list[str]:
    return [name for name, data in parts.items() if text.encode() in data or text.encode("utf-16-le") in data]


@pytest.mark.parametrize(
    "name", ["plain", "table", "formulas", "charts", "notes", "threaded", "rich", "constant_memory", "many_tabs"]
)
def test_a_blanked_row_is_found_nowhere(name: str) -> None:
    data = BY_NAME[name].build()
    assert places(members(data))
    assert not places(purged(data))
    assert not places(purged(data), "13900139000")


def test_without_a_purge_shared_strings_are_left_alone() -> None:
    data = written()
    after, _ = patched(data, SheetEdit("客户", (CellEdit(3, 2, PutBlank()),)))
    assert places(members(after)) == ["xl/sharedStrings.xml"]


def test_strings_that_a_cell_still_uses_stay_and_indices_do_not_move() -> None:
    before = members(written())["xl/sharedStrings.xml"]
    after = purged(written(), CellEdit(2, 2, PutText("新")))  # 李雷 also stands in F5
    assert after["xl/sharedStrings.xml"] == before
    gone = purged(written())["xl/sharedStrings.xml"]
    assert gone.count(b"<si>") == before.count(b"<si>")
    assert gone.count(b"<si><t/></si>") == 4
    assert "李雷".encode() in gone


def test_cached_results_that_could_come_from_the_tab_go_and_others_stay() -> None:
    data = BY_NAME["formulas"].build()
    after = purged(data, CellEdit(3, 2, PutBlank()))
    first, second = after["xl/worksheets/sheet1.xml"], after["xl/worksheets/sheet2.xml"]
    assert b"<f>SUM(E2:E6)</f></c>" in first
    assert b"<f>E3*2</f></c>" in first
    assert b"<f>E5*2</f><v>2</v></c>" in first  # its row lost nothing, and it speaks of its row only
    assert "<f>客户!B3</f></c>".encode() in second
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]


def test_a_tab_that_does_not_speak_of_the_patched_one_keeps_its_results() -> None:
    def add(workbook: object, sheet: object) -> None:
        workbook.add_worksheet("别处").write_formula("A1", "=B1+1", None, 5)  # type: ignore[attr-defined]

    data = written(add)
    after, report = patched(data, SheetEdit("客户", (CellEdit(3, 2, PutBlank()),)), purge=True)
    assert "xl/worksheets/sheet2.xml" not in report.replaced
    assert b"<f>B1+1</f><v>5</v>" in members(after)["xl/worksheets/sheet2.xml"]


def test_results_are_followed_through_tabs_and_names() -> None:
    def add(workbook: object, sheet: object) -> None:
        workbook.define_name("谁", "=客户!$B$3")  # type: ignore[attr-defined]
        workbook.add_worksheet("甲").write_formula("A1", "=谁", None, SECRET)  # type: ignore[attr-defined]
        workbook.add_worksheet("乙 ' 丙").write_formula("A1", "=甲!A1", None, SECRET)  # type: ignore[attr-defined]
        workbook.add_worksheet("丁").write_formula("A1", "='乙 '' 丙'!A1&\"!\"", None, SECRET)  # type: ignore[attr-defined]
        workbook.add_worksheet("戊").write_formula("A1", '=INDIRECT("客户!B3")', None, SECRET)  # type: ignore[attr-defined]

    assert not places(purged(written(add), CellEdit(3, 2, PutBlank())))


def test_chart_caches_go_and_the_references_stay() -> None:
    def with_cache(xml: str) -> str:
        cache = f'<c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{SECRET}</c:v></c:pt></c:strCache>'
        return re.sub(r"(<c:strRef><c:f>[^<]*</c:f>)(?:<c:strCache>.*?</c:strCache>)?", rf"\1{cache}", xml)

    data = exchanged(BY_NAME["charts"].build(), {"xl/charts/chart1.xml": with_cache})
    assert "xl/charts/chart1.xml" in places(members(data))
    after = purged(data)
    assert not places(after)
    assert "客户!$B$2:$B$6".encode() in after["xl/charts/chart1.xml"]


def test_the_picture_of_the_first_sheet_goes() -> None:
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail"
    entry = f'<Relationship Id="rIdT" Type="{kind}" Target="docProps/thumbnail.png"/></Relationships>'
    data = exchanged(
        written(),
        {
            "_rels/.rels": lambda xml: xml.replace("</Relationships>", entry),
            "[Content_Types].xml": lambda xml: xml.replace(
                "<Override", '<Default Extension="png" ContentType="image/png"/><Override', 1
            ),
        },
        {"docProps/thumbnail.png": png()},
    )
    after = purged(data)
    assert "docProps/thumbnail.png" not in after
    assert b"thumbnail" not in after["_rels/.rels"]


def test_an_old_stamp_that_excel_saved_as_shared_strings_does_not_keep_them() -> None:
    bound, _ = patched(written(), tab=StampTab((("stamp", SECRET),)))
    workbook = openpyxl.load_workbook(io.BytesIO(bound))
    out = io.BytesIO()
    workbook.save(out)
    after, _ = patched(
        out.getvalue(), SheetEdit("客户", (CellEdit(3, 2, PutBlank()),)), tab=StampTab((("stamp", "x"),)), purge=True
    )
    assert not places(members(after))


def test_notes_of_other_cells_stay() -> None:
    after = purged(BY_NAME["notes"].build())
    assert "核对过".encode() in after["xl/comments1.xml"]


def test_shared_strings_with_a_prefix_are_purged_too() -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = (
        sheet_xml()
        .replace(f"<is><t>{SECRET}</t></is>", "<v>1</v>")
        .replace('<c t="inlineStr" r="B3" >', '<c t="s" r="B3">')
    )
    strings = f'<x:sst xmlns:x="{main}"><x:si><x:t>a</x:t></x:si><x:si><x:r><x:t>韩</x:t></x:r><x:r><x:t>{SECRET}</x:t></x:r></x:si></x:sst>'
    data = exchanged(
        by_hand(xml),
        {
            "xl/_rels/workbook.xml.rels": related("sharedStrings", "sharedStrings.xml", "rId7"),
            "[Content_Types].xml": typed(
                "xl/sharedStrings.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
            ),
        },
        {"xl/sharedStrings.xml": strings.encode()},
    )
    assert places(members(data)) == ["xl/sharedStrings.xml"]
    after = purged(data)
    assert b"<x:si><x:t/></x:si><x:si><x:t/></x:si>" in after["xl/sharedStrings.xml"]


def test_a_filter_by_a_value_that_leaves_is_refused_and_by_another_is_not() -> None:
    data = BY_NAME["autofilter"].build()  # shows 李雷 and 王五
    with pytest.raises(UserError) as refusal:
        purged(data, CellEdit(5, 2, PutBlank()))
    assert refusal.value.code == "patch.cannot_purge"
    assert "autoFilter" in str(refusal.value.facts["place"])
    assert not places(purged(data, CellEdit(3, 2, PutBlank())))


def test_a_scenario_over_a_blanked_cell_is_refused() -> None:
    scenario = f'<scenarios><scenario name="s" count="1"><inputCells r="B3" val="{SECRET}"/></scenario></scenarios>'
    with pytest.raises(UserError) as refusal:
        purged(by_hand(sheet_xml(tail=scenario)))
    assert refusal.value.code == "patch.cannot_purge"


def test_a_text_box_that_shows_a_cell_is_emptied_and_another_is_not() -> None:
    def add(workbook: object, sheet: object) -> None:
        sheet.insert_textbox("I2", SECRET, {"textlink": "=客户!$B$3"})  # type: ignore[attr-defined]
        sheet.insert_textbox("I9", "请勿修改")  # type: ignore[attr-defined]

    data = written(add)
    assert "xl/drawings/drawing1.xml" in places(members(data))
    after = purged(data)
    assert not places(after)
    assert "请勿修改".encode() in after["xl/drawings/drawing1.xml"]
