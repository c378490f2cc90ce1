"""HTML reports: what they say is what was found, all of it escaped, none of it fetched, in both languages."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest
from sheetward_templates.difference_page import MOST, pieces
from sheetward_templates.quality_workbook import quality_workbook
from sheetward_templates.report import (
    Beside,
    CellDifference,
    Checked,
    Difference,
    Figures,
    FindingLine,
    Grid,
    GroupLine,
    Note,
    RowDifference,
    Section,
    Story,
    Text,
    TrendDot,
    WholeRow,
    difference_page,
    rows_of,
    story_page,
    validation_page,
)
from sheetward_templates.texts import LANGS, Lang, texts
from sheetward_templates.trend_chart import trend_chart

HOSTILE = "<script>alert('x')</script>&\"<img src=http://example.com/a.png>"
VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})


class Reader(HTMLParser):
    """Collects tables, tags and attributes, and finds tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.rows: list[list[str]] = []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data


def finding(
    row: int, field: str, *, severity: str = "error", value: str = "x", suggestion: str | None = None
) -> FindingLine:
    return {
        "cell": f"C{row}",
        "row": row,
        "column": field.upper(),
        "field": field,
        "value": value,
        "code": f"{field}.wrong",
        "severity": severity,
        "message": f"{field} is wrong",
        "suggestion": suggestion,
    }


CHECKED: Checked = {
    "file": "客户.xlsx",
    "tab": "客户",
    "table": "customer",
    "rows": 1200,
    "findings": [
        finding(5, "phone", value=HOSTILE, suggestion="13800138000"),
        finding(5, "email", severity="warning", value=""),
        finding(9, "phone"),
    ],
}


@pytest.mark.parametrize("lang", LANGS)
def test_a_check_says_every_finding_with_its_cell(lang: Lang) -> None:
    columns = {"name": "NAME", "phone": "PHONE", "email": "EMAIL"}
    html = validation_page(
        CHECKED, lang, made="2024-03-05", columns=columns, filled={"name": 1200, "phone": 3, "email": 0}
    )
    rows = [[cell.strip() for cell in row] for row in Reader(html).rows]
    words = {code.removeprefix("validation."): entry[lang] for code, entry in texts("report").items()}
    assert ["NAME", "1,200", "", "", "100%"] in rows
    assert ["PHONE", "3", "2", "", "99.8%"] in rows
    assert ["EMAIL", "0", "", "1", "99.9%"] in rows
    assert ["2", "phone is wrong", "PHONE", "phone.wrong"] in rows
    assert ["5", "2", "PHONE、EMAIL" if lang == "zh" else "PHONE, EMAIL"] in rows
    assert ["C5", words["error"], "PHONE", HOSTILE, "phone is wrong", "13800138000"] in rows
    assert ["C5", words["warning"], "EMAIL", words["page.empty"], "email is wrong", ""] in rows
    assert "1,198" in html


@pytest.mark.parametrize("lang", LANGS)
def test_a_clean_table_is_said_to_be_clean(lang: Lang) -> None:
    html = validation_page({**CHECKED, "findings": [], "rows": 0}, lang)
    assert texts("report")["validation.clean"][lang] in html
    assert not Reader(html).rows


def test_a_page_stays_readable_with_very_many_findings() -> None:
    many: Checked = {**CHECKED, "findings": [finding(n, "phone") for n in range(2, 5002)], "rows": 100_000}
    html = validation_page(many, "en")
    assert html.count("<tr>") < 2100
    assert "3,000 more" in html
    assert "5,000" in html
    assert "95.0%" in html


DIFFERENCE = Difference(
    "old.xlsx",
    HOSTILE,
    changed=rows_of(
        [("C1", "phone", "13800138000", "13900138000"), ("C1", "remark", "", HOSTILE), ("C2", "name", "李", "王")]
    ),
    added=(WholeRow("C3", (("name", HOSTILE), ("phone", "1"))),),
    removed=(WholeRow("C4", (("name", "赵"),)),),
    columns_added=("wechat",),
)


@pytest.mark.parametrize("lang", LANGS)
def test_a_difference_shows_each_cell_before_and_after(lang: Lang) -> None:
    rows = [[cell.strip() for cell in row] for row in Reader(difference_page(DIFFERENCE, lang)).rows]
    empty = texts("report")["page.empty"][lang]
    assert ["C1", "phone", "13800138000", "13900138000"] in rows
    assert ["remark", empty, HOSTILE] in rows
    assert ["C2", "name", "李", "王"] in rows
    assert any(row[0] == "C3" and HOSTILE in row[1] for row in rows)
    assert "wechat" in difference_page(DIFFERENCE, lang)
    assert texts("report")["difference.same"][lang] in difference_page(Difference("a", "b"), lang)


def test_only_what_changed_inside_a_cell_is_marked() -> None:
    html = difference_page(DIFFERENCE, "zh")
    assert "13<del>8</del>00138000" in html
    assert "13<ins>9</ins>00138000" in html
    before, after = pieces("宁波海通", "Haitong Trading")
    assert [p.is_changed for p in (*before, *after)] == [True, True]
    assert ["".join(p.text for p in side) for side in pieces("a" * 500, "a" * 499)] == ["a" * 500, "a" * 499]


def test_a_difference_of_very_many_rows_lists_some_and_counts_all() -> None:
    rows = tuple(RowDifference(f"C{n}", (CellDifference("a", "1", "2"),)) for n in range(MOST + 7))
    html = difference_page(Difference("a", "b", changed=rows), "en")
    assert html.count("<tr>") == MOST + 1
    assert "7 more rows" in html
    assert "2,007" in html


STORY = Story(
    "标题" + HOSTILE,
    "subtitle",
    tuple(
        Section(
            f"part {n}",
            (Text(HOSTILE), Note("mind", "warning"), Figures((("rows", "5"),)), Grid(("a", "b"), (("1", HOSTILE),))),
        )
        for n in range(4)
    ),
)


@pytest.mark.parametrize("lang", LANGS)
def test_a_story_has_its_sections_in_order(lang: Lang) -> None:
    html = story_page(STORY, lang)
    assert re.findall(r"<h2 id=\"s\d\">\d\. (part \d)</h2>", html) == [f"part {n}" for n in range(4)]
    assert html.count('href="#s') == 4
    assert ["1", HOSTILE] in Reader(html).rows
    assert 'class="contents"' not in story_page(Story("t", "", STORY.sections[:2]), lang)


@pytest.mark.parametrize("lang", LANGS)
def test_pages_fetch_nothing_and_run_nothing(lang: Lang) -> None:
    pages = [validation_page(CHECKED, lang), difference_page(DIFFERENCE, lang), story_page(STORY, lang)]
    for html in pages:
        reader = Reader(html)
        assert reader.tags.isdisjoint({"script", "img", "link", "iframe", "object", "form"})
        assert not {name for name in reader.attributes if name.startswith("on") or name == "src"}
        style = re.search(r"<style>(.*)</style>", html, re.S)
        assert style is not None
        assert "url(" not in style[1]
        assert "@import" not in style[1]
        assert "size: A4" in style[1]
        assert "default-src 'none'" in html
        assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in html


def test_every_text_of_the_reports_is_there_in_both_languages() -> None:
    for code, entry in texts("report").items():
        assert set(entry) == {"zh", "en"}, code
        assert all(entry.values()), code
        assert sorted(re.findall(r"{\w+}", entry["zh"])) == sorted(re.findall(r"{\w+}", entry["en"])), code


BESIDE = Beside(
    groups=(GroupLine("负责人", "李", 30, 4, 1, 3), GroupLine("负责人", HOSTILE, 10, 0, 0, 0)),
    trend=tuple(TrendDot(f"2024-0{n}-01", f"c:{n}", 100, 10 - n) for n in range(1, 6)),
    freshness={"联系电话": (5, 2, 1)},
    link="文件/客户 1.xlsx",
)
WAIVED: FindingLine = {
    **finding(7, "phone"),
    "key": "C007",
    "hint": "",
    "waived": {"reason": "分机" + HOSTILE, "by": "李", "on": "2024-03-05", "until": None},
}
WHOLE: Checked = {**CHECKED, "findings": [*CHECKED["findings"], {**finding(11, "phone"), "hint": "call"}, WAIVED]}


@pytest.mark.parametrize("lang", LANGS)
def test_quality_is_told_by_group_over_time_and_by_age(lang: Lang) -> None:
    html = validation_page(WHOLE, lang, beside=BESIDE)
    rows = [[cell.strip() for cell in row] for row in Reader(html).rows]
    assert ["李", "30", "4", "1", "90.0%"] in rows
    assert [HOSTILE, "10", "", "", "100%"] in rows
    assert ["联系电话", "5", "2", "1"] in rows
    assert ["2024-05-01", "c:5", "100", "5", "95.0%"] in rows
    assert html.count("<circle") == 5
    always = texts("report")["validation.always"][lang]
    assert ["C7", "PHONE", "x", "phone is wrong", "分机" + HOSTILE, "李", always] in rows


def test_the_worst_rows_come_first_and_each_finding_leads_to_its_cell() -> None:
    html = validation_page(WHOLE, "zh", beside=BESIDE)
    places = re.findall(r'<td class="place"><a href="([^"]*)">(C\d+)</a>', html)
    assert [cell for _, cell in places] == ["C5", "C5", "C9", "C11", "C7"]
    assert unquote(places[0][0]) == "文件/客户 1.xlsx#'客户'!C5"
    assert "<a" not in validation_page(WHOLE, "zh")


def test_accepted_findings_are_not_counted() -> None:
    html = validation_page(WHOLE, "en", beside=BESIDE)
    assert "1,200 rows were checked, 3 of them have findings: 3 errors" in html


@pytest.mark.parametrize("dots", [0, 1, 2, 12])
def test_a_trend_is_drawn_inside_its_picture(dots: int) -> None:
    chart = trend_chart([TrendDot(str(n), str(n), 10, n % 11) for n in range(dots)])
    assert (chart is None) is (dots < 2)
    if chart is not None:
        assert all(0 < dot.x < chart.width and 0 < dot.y < chart.height for dot in chart.dots)
        assert chart.dots[-1].is_told


def test_the_page_is_drawn_by_a_browser_without_a_network(tmp_path: Path) -> None:
    page, shot = tmp_path / "r.html", tmp_path / "r.png"
    page.write_text(validation_page(WHOLE, "zh", beside=BESIDE), encoding="utf-8")
    command = [shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path}/profile"]
    subprocess.run([*command, f"--screenshot={shot}", page.as_uri()], check=True, capture_output=True, timeout=120)
    assert shot.read_bytes().startswith(b"\x89PNG")
    assert shot.stat().st_size > 10_000


@pytest.mark.parametrize("lang", LANGS)
def test_the_workbook_tells_the_same_in_lists_to_filter(lang: Lang) -> None:
    buffer = io.BytesIO()
    columns = {"name": "NAME", "phone": "PHONE", "email": "EMAIL"}
    quality_workbook(WHOLE, buffer, lang, made="2024-03-05", columns=columns, filled={"name": 12}, beside=BESIDE)
    book = openpyxl.load_workbook(buffer)
    said = {code.removeprefix("validation."): entry[lang] for code, entry in texts("report").items()}
    parts = ("overview", "findings_sheet", "fields_sheet", "groups_sheet", "waived_sheet", "trend_sheet")
    assert book.sheetnames == [said[part] for part in parts]
    listed = book[said["findings_sheet"]]
    assert [row[0].value for row in listed.iter_rows(min_row=2)] == ["C5", "C5", "C9", "C11"]
    assert unquote(listed["A2"].hyperlink.target).replace("\\", "/") == "文件/客户 1.xlsx"
    assert listed["A2"].hyperlink.location == "'客户'!C5"
    assert listed["E2"].value == HOSTILE
    for part in parts[1:]:
        tab = book[said[part]]
        assert tab.auto_filter.ref == tab.dimensions
        assert tab.freeze_panes == "A2"
    assert all(cell.data_type != "f" for tab in book for row in tab.iter_rows() for cell in row)
    assert book[said["trend_sheet"]]._charts


def test_a_clean_check_makes_a_workbook_too() -> None:
    buffer = io.BytesIO()
    quality_workbook({**CHECKED, "findings": []}, buffer, "en")
    assert len(openpyxl.load_workbook(buffer).sheetnames) == 3
