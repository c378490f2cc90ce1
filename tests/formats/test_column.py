"""Readers of columns: missing values, evidence, labels, regions, and what is kept as typed."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import sheetward.formats
import sheetward.messages
from sheetward.cells import RawCell, State, Typed
from sheetward.errors import UserError
from sheetward.formats import KINDS, column_reader, comparison_form, normalize
from sheetward.messages import catalogue
from sheetward_schemas.model import Category, Field

TODAY = dt.date(2024, 3, 5)


def text(value: str) -> RawCell:
    return RawCell(State.TEXT, value)


def test_what_was_typed_is_kept_only_where_it_differs() -> None:
    reader = column_reader(Field("d", type="date"))
    assert reader.read(text("2024-03-05")).cell == TODAY
    assert reader.read(text(" 2024/3/5")).cell == Typed(TODAY, " 2024/3/5")
    assert column_reader(Field("t")).read(RawCell(State.NUMBER, "13800138000")).cell == "13800138000"


def test_a_missing_value_is_nothing_and_is_kept_as_typed() -> None:
    reader = column_reader(Field("t"), missing_values=("", "无"))
    assert reader.read(text("无")).cell == Typed(None, "无")
    assert reader.read(text("")).cell is None
    assert reader.read(text(" \u3000")).cell is None


def test_a_field_s_own_missing_values_stand_before_the_table_s() -> None:
    reader = column_reader(Field("t", missing_values=("?",)), missing_values=("", "无"))
    assert reader.read(text("无")).cell == "无"
    assert reader.read(text("?")).cell == Typed(None, "?")


def test_an_error_cell_is_never_missing() -> None:
    reading = column_reader(Field("t"), missing_values=("", "#N/A")).read(RawCell(State.ERROR, "#N/A"))
    assert (reading.cell, reading.code, reading.is_settled) == ("#N/A", "cell.error", False)


def test_one_cell_that_can_only_be_read_one_way_decides_the_column() -> None:
    sample = [text("03/04/2024"), text("25/12/2023"), RawCell(State.NUMBER, "45356")]
    field = Field("d", type="date", kind={"kind": "date"})
    assert column_reader(field, sample=sample).read(text("03/04/2024")).cell == Typed(dt.date(2024, 4, 3), "03/04/2024")
    assert column_reader(field, sample=sample[:1]).read(text("03/04/2024")).code == "date.ambiguous"


def test_the_row_s_region_decides_a_phone_number() -> None:
    reader = column_reader(Field("p", kind={"kind": "phone", "defaultRegion": "CN", "show": "national"}))
    assert reader.read(text("030 123456"), "DE").cell == Typed("+4930123456", "030 123456")
    assert reader.read(text("13800138000"), None).cell == "13800138000"
    assert reader.read(text("+86 13800138000"), "DE").cell == Typed("+8613800138000", "+86 13800138000")


def test_a_later_date_than_today_is_named_where_the_field_forbids_it() -> None:
    reader = column_reader(Field("d", type="date", kind={"kind": "date", "notAfter": "today"}))
    assert reader.check(dt.date(2024, 3, 6), today=TODAY).code == "date.future"
    assert reader.check(dt.date(2024, 3, 6), today=TODAY).is_settled is False
    assert reader.check(TODAY, today=TODAY).code is None
    assert reader.check(dt.date(2024, 3, 6)).code is None
    free = column_reader(Field("d", type="date", kind={"kind": "date"}))
    assert free.check(dt.date(2999, 1, 1), today=TODAY).code is None


def test_a_category_shows_its_label_and_reads_it_back() -> None:
    field = Field(
        "k",
        kind={"kind": "category", "acceptLabels": True},
        categories=(Category("vip", "贵宾"), Category("new", "新")),
    )
    reader = column_reader(field)
    assert reader.shown("vip", "zh") == "贵宾"
    assert reader.read(text("贵宾")).cell == Typed("vip", "贵宾")
    assert reader.shown("gone", "zh") == "gone"
    assert reader.shown(None, "zh") is None


def test_a_label_that_is_another_category_s_value_is_not_shown() -> None:
    field = Field("k", kind={"kind": "category"}, categories=(Category("A", "B"), Category("B", "C")))
    reader = column_reader(field)
    assert reader.shown("A", "zh") == "A"
    assert reader.shown("B", "zh") == "C"


def test_plain_categories_show_their_values() -> None:
    reader = column_reader(Field("k", categories=(Category("vip", "贵宾"),)))
    assert reader.shown("vip", "zh") == "vip"
    assert reader.read(text("贵宾")).code == "category.unknown"


def test_a_country_shows_its_name_where_the_field_says_so() -> None:
    shown = column_reader(Field("c", kind={"kind": "country", "show": "label"})).shown
    assert [shown("CN", "zh"), shown("CN", "en"), shown("HK", "zh"), shown("nowhere", "zh")] == [
        "中国",
        "China",
        "中国香港",
        "nowhere",
    ]
    assert column_reader(Field("c", kind={"kind": "country"})).shown("CN", "zh") == "CN"


def test_a_birthday_cell_that_shows_no_year_has_none() -> None:
    """Excel gives the year of typing to 5-12; nobody typed it."""
    reader = column_reader(Field("b", kind={"kind": "birthday"}))
    assert reader.read(RawCell(State.DATE, "45424", "mm-dd")).cell == "05-12"
    assert reader.read(RawCell(State.DATE, "29353", "yyyy-mm-dd")).cell == "1980-05-12"


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(UserError) as caught:
        column_reader(Field("f", kind={"kind": "fone"}))
    assert caught.value.code == "formats.unknown_kind"
    with pytest.raises(UserError):
        normalize("fone", "1")


def test_numbers_keep_fifteen_digits() -> None:
    reader = column_reader(Field("n", type="number"))
    assert reader.read(RawCell(State.NUMBER, "0.30000000000000004")).cell == Decimal("0.3")


def test_names_are_compared_apart_from_width_case_and_legal_form() -> None:
    assert comparison_form("company", "上海远洋（集团）有限责任公司") == comparison_form(
        "company", "上海远洋(集团)有限公司"
    )
    assert comparison_form("company", "ABC CO., LTD") == comparison_form("company", "Abc Company Limited")
    assert comparison_form("company", "浙商银行") != comparison_form("company", "浙江农商银行")
    assert comparison_form("person_name", "Ｊｏｈｎ Smith") == comparison_form("person_name", "john smith")
    assert comparison_form("email", "A@Example.com") == comparison_form("email", "a@example.com")


def test_every_code_has_its_sentences_and_every_sentence_its_code() -> None:
    """Codes are read off the sources, so that none is returned without a text and a way out in both languages."""
    folder = Path(sheetward.formats.__file__).parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    used = {
        code for code in re.findall(r'"([a-z_]+\.[a-z_]+(?:[0-9]+)?)"', source) if not code.endswith((".com", ".con"))
    }
    damaged = {
        f"{kind}.{fate}"
        for kind in re.findall(r'damage\(entry, "([a-z_]+)"\)', source)
        for fate in ("damaged", "became_date")
    }
    path = Path(sheetward.messages.__file__).parent / "catalogue" / "formats.toml"
    written = set(re.findall(r'^\["(.+)"\]$', path.read_text(encoding="utf-8"), re.MULTILINE))
    assert used | damaged == written
    for code in written:
        assert {"zh", "en", "hint_zh", "hint_en"} <= set(catalogue()[code]), code


def test_libraries_are_loaded_when_they_are_needed() -> None:
    """Starting up and reading ISO dates and mobile numbers load none of the large libraries."""
    program = (
        "import sys; from sheetward.formats import normalize;"
        "normalize('date', '2024-03-05'); normalize('phone', '13800138000'); normalize('email', 'a@example.com');"
        "print([m for m in ('phonenumbers', 'email_validator', 'babel', 'stdnum') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_kinds_are_named_once() -> None:
    assert len(KINDS) == len(set(KINDS))
    assert {
        "phone",
        "email",
        "date",
        "amount",
        "currency",
        "country",
        "cn_id",
        "uscc",
        "vat",
        "company",
        "person_name",
    } <= set(KINDS)
    assert {"category", "url", "postal_code", "birthday", "tax_id", "code", "percent", "boolean"} <= set(KINDS)
