"""What a reader may not see is in no byte of what belongs to that reader: workbook, old copies, messages."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from sheetward.app.closed_file import file_key

from .firm import KEY, NAME, OPEN, Book, Firm, founded
from .forge import Forge
from .residue import leaks, places_of

COMPANY, REMARK, MAIL, REGION, PHONE, PERSON, TAX = (
    "公司名称",
    "备注",
    "电子邮件",
    "区域",
    "联系电话",
    "身份证号",
    "统一社会信用代码",
)
SECRET, ADDRESS, CARD = "密语九霄有限公司", "miyu.jiuxiao@example.com", "110101198003071239"
WORDS = (SECRET, ADDRESS, "remark-one")
PRIVATE = 40
"""A column far to the right in which the person calculates something of their own."""


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory, forge: Forge) -> Path:
    """Found a company in whose east nothing is hidden yet, and let values come into its workbook in every way."""
    firm = founded(tmp_path_factory.mktemp("opened"), forge, OPEN)
    with firm.edit("east") as book:
        book.type("C001", COMPANY, SECRET)
        book.type("C001", MAIL, ADDRESS)
        book.type("C001", PERSON, CARD)
        book.place("C001", MAIL).hyperlink = f"mailto:{ADDRESS}"
        book.place("C002", PHONE).hyperlink = "https://example.org/stays"
        book.place("C001", COMPANY).comment = Comment(f"{SECRET}?", "me")
        book.place("C002", COMPANY).comment = Comment("stays", "me")
        row = book.place("C001", KEY).row
        for number, header in enumerate((COMPANY, MAIL, REMARK, PERSON)):
            book.tab.cell(row, PRIVATE + number, f"={book.place('C001', header).coordinate}")
        other = book.book.create_sheet("我的")
        other["A1"] = f"=客户!{book.place('C001', COMPANY).coordinate}&A2"
        chart = BarChart()
        chart.add_data(Reference(book.tab, min_col=book.place("C001", REMARK).column, min_row=row, max_row=row + 2))
        chart.set_categories(Reference(book.tab, min_col=book.place("C001", COMPANY).column, min_row=row))
        other.add_chart(chart, "C3")
    calculated(firm.path("east"))
    call = firm.sync()
    assert call.status == 0, call.said
    found = {re.sub(r"[2-9]", "n", place) for place in leaks(firm, SECRET)}
    assert found >= {
        "xl/charts/chart1.xml",
        "xl/comments/comment1.xml",
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheetn.xml",
    }
    assert "xl/worksheets/_rels/sheet1.xml.rels" in leaks(firm, ADDRESS)
    return firm.root


@pytest.fixture
def east(opened: Path, tmp_path: Path, forge: Forge) -> Firm:
    """Give a company of one's own in which the east sees everything of its rows."""
    shutil.copytree(opened, tmp_path / "company")
    return Firm(tmp_path / "company", forge)


def calculated(path: Path) -> None:
    """Give every formula the result that Excel would have kept, and the chart the values it would have drawn."""
    results = iter((SECRET, ADDRESS, "remark-one", CARD, SECRET))
    beside = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                text = re.sub(
                    rb'<c r="([A-Z0-9]+)"([^>]*)><f>([^<]*)</f><v ?/?>(?:</v>)?</c>',
                    lambda found: (
                        b'<c r="%s"%s t="str"><f>%s</f><v>%s</v></c>'
                        % (found[1], found[2], found[3], next(results).encode())
                    ),
                    text,
                )
            if name.startswith("xl/charts/"):
                cache = b'<strCache><ptCount val="1"/><pt idx="0"><v>%s</v></pt></strCache>' % SECRET.encode()
                text = re.sub(
                    rb"<cat><numRef>(<f>[^<]*</f>)</numRef>", rb"<cat><strRef>\1" + cache + b"</strRef>", text
                )
            new.writestr(name, text)
    assert next(results, None) is None
    beside.replace(path)


def narrowed(**columns: str) -> dict[str, object]:
    """Give the east's rule with some columns closed."""
    return {**OPEN, "columns": {"*": "write", "id_number": "write", **columns}}


def check_hidden(firm: Firm, *words: str) -> None:
    """Look for the words in all that the east has and is shown."""
    assert leaks(firm, *words) == []
    assert firm.leftovers() == []
    shown = [
        firm.done("table", "customers", "--role", "east", "--json"),
        firm.done("share", "view-as", "east"),
        firm.start("sync", "east", "--json").wait(),
        firm.start("sync", "east", "--dry-run").wait(),
    ]
    assert [word for word in words for call in shown if word in call.said] == []


RULES: Mapping[str, tuple[Mapping[str, object], tuple[str, ...]]] = {
    "hidden": (narrowed(company="hide", email="hide", remark="hide"), WORDS),
    "masked": (narrowed(company="mask", email="mask", remark="mask"), WORDS),
    "restricted": ({**OPEN, "columns": {"*": "write"}}, (CARD,)),
    "other rows": ({**OPEN, "rows": {"all": [{"region": "华东"}, {"name": {"ne": "王五"}}]}}, (*WORDS, CARD, "王五")),
    "another role": ({**OPEN, "columns": {"customer_id": "read", "name": "read", "phone": "write"}}, (*WORDS, CARD)),
}


@pytest.mark.parametrize("kind", RULES)
def test_a_changed_rule_takes_the_values_out_of_every_byte(east: Firm, kind: str) -> None:
    rule, words = RULES[kind]
    east.rule("east", rule)
    assert east.call("share", "plan").status == 1
    east.done("share", "apply", "--yes")
    call = east.sync()
    assert call.status == 0, call.said
    assert not [word for word in words if word in str(call.sheet("east"))]
    check_hidden(east, *words)
    with east.edit("east") as book:
        line = book.tab[book.place("C002", KEY).row]
        assert [cell.comment.text.partition("\n")[0] for cell in line if cell.comment] == ["stays"]
        assert book.place("C002", PHONE).hyperlink.target == "https://example.org/stays"
    assert east.table()["C001"]["company"] == SECRET


@pytest.mark.parametrize(
    ("kind", "point"),
    [
        ("hidden", "after_commit"),
        ("hidden", "during_write"),
        ("masked", "after_write"),
        ("other rows", "after_commit"),
    ],
)
def test_a_sync_killed_while_it_takes_values_out_is_finished_as_thoroughly(east: Firm, kind: str, point: str) -> None:
    rule, words = RULES[kind]
    east.rule("east", rule)
    east.done("share", "apply", "--yes")
    east.start("sync", "east", at=point, does="kill").wait()
    assert east.sync().status == 0
    check_hidden(east, *words)


def test_a_row_that_another_one_moves_away_leaves_nothing(east: Firm) -> None:
    with east.edit("boss") as book:
        book.type("C001", REGION, "华北")
    assert east.sync().status == 0
    check_hidden(east, *WORDS, CARD, "王五", "13800138001")


def test_a_column_emptied_before_it_was_hidden_leaves_the_old_copies_too(east: Firm) -> None:
    with east.edit("east") as book:
        book.place("C001", COMPANY).value = None
        book.place("C001", COMPANY).comment = None
    assert east.sync().status == 0
    assert leaks(east, SECRET)
    east.rule("east", narrowed(company="hide"))
    east.done("share", "apply", "--yes")
    assert east.sync().status == 0
    assert not [place for place in leaks(east, SECRET) if ": " in place]


def test_what_a_person_typed_into_a_masked_cell_of_a_new_row_is_masked_everywhere(firm: Firm) -> None:
    with firm.edit("east") as book:
        row = book.add("C050", "新人", "13955550050", "华东", "", "masked-one-typed")
        column = book.header()[1][REMARK]
        book.tab.cell(row, column).comment = Comment("masked-one-typed", "me")
    call = firm.sync()
    assert call.status == 0
    assert "masked-one-typed" not in str(call.sheet("east"))
    assert firm.table()["C050"]["remark"] == "masked-one-typed"
    check_hidden(firm, "masked-one-typed")


def test_the_copies_of_a_workbook_that_was_moved_are_purged_as_well(east: Firm) -> None:
    (east.root / "archive").mkdir()
    with east.edit("east") as book:
        book.type("C002", PHONE, "13955550002")
    assert east.sync().status == 0
    copies = sorted((east.root / ".sheetward" / "copies").glob(f"{file_key(east.path('east'))}*"))
    assert any(places_of(SECRET, copy) for copy in copies)
    east.path("east").replace(east.root / "archive" / "east.xlsx")
    assert east.sync().status == 0
    east.rule("east", narrowed(company="hide"))
    east.done("share", "apply", "--yes")
    assert east.sync().status == 0
    assert [copy for copy in copies if copy.exists()] == []
    assert places_of(SECRET, east.root / "archive" / "east.xlsx") == []


def _name(book: Book) -> Callable[[Book], None]:
    book.book.defined_names["最大客户"] = DefinedName("最大客户", attr_text=f'"{SECRET}"')
    return lambda later: later.book.defined_names.pop("最大客户")


def _list(book: Book) -> Callable[[Book], None]:
    choices = DataValidation(type="list", formula1=f'"甲公司,{SECRET}"')
    choices.add("AZ1:AZ9")
    book.tab.add_data_validation(choices)
    return lambda later: setattr(later.tab.data_validations, "dataValidation", [])


def _title(book: Book) -> Callable[[Book], None]:
    book.book.properties.title = f"关于{SECRET}"
    return lambda later: setattr(later.book.properties, "title", "")


def _footer(book: Book) -> Callable[[Book], None]:
    footer: Any = book.tab.oddFooter
    footer.center.text = SECRET

    def clear(later: Book) -> None:
        footer: Any = later.tab.oddFooter
        footer.center.text = None

    return clear


def _format(book: Book) -> Callable[[Book], None]:
    formats: Any = book.tab.conditional_formatting
    fill = DifferentialStyle(fill=PatternFill("solid", "FF0000"))
    formats.add("A2:A9", Rule(type="expression", dxf=fill, formula=[f'$E2="{SECRET}"']))
    return lambda later: setattr(later.tab, "conditional_formatting", type(later.tab.conditional_formatting)())


def _filter(book: Book) -> Callable[[Book], None]:
    book.tab.auto_filter.ref = f"A{book.header()[0]}:AB9"
    book.tab.auto_filter.add_filter_column(book.header()[1][COMPANY] - 1, [SECRET])
    return lambda later: setattr(later.tab.auto_filter, "filterColumn", [])


PLACES: Mapping[str, Callable[[Book], Callable[[Book], None]]] = {
    "defined name": _name,
    "validation list": _list,
    "document title": _title,
    "footer": _footer,
    "conditional format": _format,
    "filter": _filter,
}


@pytest.mark.parametrize("place", PLACES)
def test_where_a_value_cannot_be_taken_out_the_place_is_named_until_a_person_clears_it(east: Firm, place: str) -> None:
    with east.edit("east") as book:
        clear = PLACES[place](book)
    assert east.sync("east").status == 0
    east.rule("east", narrowed(company="hide"))
    east.done("share", "apply", "--yes")
    before = east.path("east").read_bytes()
    for _ in range(2):
        refused = east.sync("east")
        error = refused.sheet("east")["error"]
        assert (refused.status, error["code"]) == (2, "patch.cannot_purge")
        assert error["place"]
        assert SECRET not in refused.said
        assert east.path("east").read_bytes() == before
    with east.edit("east") as book:
        clear(book)
    assert east.sync("east").status == 0
    check_hidden(east, SECRET)


def test_a_choice_that_the_schema_lists_and_a_value_that_others_still_have_hold_nothing_up(east: Firm) -> None:
    with east.edit("east") as book:
        choices = DataValidation(type="list", formula1='"AAA,AA,A,B,C"')
        choices.add("AZ1:AZ9")
        book.tab.add_data_validation(choices)
        book.tab.auto_filter.ref = f"A{book.header()[0]}:AB9"
        book.tab.auto_filter.add_filter_column(book.header()[1][REGION] - 1, ["华东"])
    with east.edit("boss") as book:
        book.type("C001", REGION, "华北")
    assert east.sync().status == 0
    east.rule("east", narrowed(credit_rating="hide"))
    east.done("share", "apply", "--yes")
    assert east.sync().status == 0


def test_messages_about_a_row_that_left_name_nothing_of_what_became_of_it(firm: Firm) -> None:
    with firm.edit("east") as book:
        book.type("C001", PHONE, "13955550001")
        book.add("C003", "撞号", "13955550003", "华东")
    with firm.edit("boss") as book:
        book.type("C001", REGION, "华北")
        book.type("C001", NAME, "已改姓名")
        book.type("C001", KEY, "C901")
    call = firm.sync()
    entry = call.sheet("east")
    assert [conflict["kind"] for conflict in entry["conflicts"]] == ["left_view"]
    assert [held["code"] for held in entry["held"]] == ["key.taken"]
    assert not [word for word in ("C901", "已改姓名", "钱七", "13800138003", "remark-three") if word in str(entry)]
    check_hidden(firm, "C901", "已改姓名", "钱七", "13800138003", "remark-one", "remark-three")


def test_a_number_that_must_be_unique_tells_nothing_of_a_row_out_of_view(east: Firm) -> None:
    number = "91350211M000100Y46"
    with east.edit("east") as book:
        book.type("C001", TAX, number)
    assert east.sync().status == 0
    with east.edit("boss") as book:
        book.type("C001", REGION, "华北")
    assert east.sync().status == 0
    with east.edit("east") as book:
        row = book.add("C060", "重号", "13955550060", "华东")
        book.tab.cell(row, book.header()[1][TAX], number)
    entry = east.sync().sheet("east")
    assert [(held["code"], held["field"]) for held in entry["held"]] == [("rule.administrator", None)]
    assert not [word for word in ("C001", "王五", *WORDS) if word in str(entry)]
