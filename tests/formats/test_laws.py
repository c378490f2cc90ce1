"""What holds for every kind and every cell."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheetward.cells import RawCell, State, Typed, from_json, plain_text, same, to_json, value_of
from sheetward.formats import KINDS, column_reader, normalize
from sheetward_schemas.model import Category, Field

TYPES = [
    "any",
    "array",
    "boolean",
    "date",
    "datetime",
    "duration",
    "geojson",
    "geopoint",
    "integer",
    "list",
    "number",
    "object",
    "string",
    "time",
    "year",
    "yearmonth",
]
FIELDS = [
    *(Field("f", kind={"kind": kind}) for kind in KINDS),
    *(Field("f", type=name) for name in TYPES),
    *(Field("f", format=name) for name in ("email", "uri", "uuid", "binary")),
    Field("f", kind={"kind": "phone", "show": "national", "defaultRegion": "CN"}),
    Field("f", kind={"kind": "phone", "show": "national", "defaultRegion": "US"}),
    Field("f", kind={"kind": "phone", "show": "national", "defaultRegion": "AR"}),
    Field(
        "f",
        kind={"kind": "category", "ignoreCase": True, "acceptLabels": True, "strip": ["级"]},
        categories=(Category("A", "甲"), Category("B", "乙")),
    ),
    Field("f", kind={"kind": "category", "open": True}),
    Field("f", type="list", standard={"itemType": "integer"}),
    Field("f", type="geopoint", format="array"),
    Field("f", type="geopoint", format="object"),
    Field("f", type="number", standard={"bareNumber": False}),
    Field("f", kind={"kind": "number", "locale": "de"}),
    Field("f", kind={"kind": "amount", "currency": "CNY"}),
    Field("f", kind={"kind": "date", "order": "DMY"}),
    Field("f", type="date", format="%d/%m/%y"),
    Field("f", kind={"kind": "code", "upper": True}),
]
SIGNS = "0123456789+-/.:年月日号万亿元角分壹贰一二三十百千 零¥$,()转ext@com%Xx农历初廿闰正\u3000\u200b\u202d１２３。;AaBbEe甲乙级无#~'\"{}[]GBDEFR"
TEXTS = st.one_of(st.text(max_size=30), st.text(alphabet=SIGNS, max_size=24))
NUMBERS = st.one_of(st.integers(-(10**19), 10**19).map(str), st.floats(allow_nan=False).map(repr), TEXTS)
RAWS = st.one_of(
    st.builds(lambda text: RawCell(State.TEXT, text), TEXTS),
    st.builds(lambda text: RawCell(State.NUMBER, text), NUMBERS),
    st.builds(
        lambda serial, code: RawCell(State.DATE, str(serial), code),
        st.one_of(st.integers(0, 80000), st.floats(0, 80000)),
        st.sampled_from(["", "yyyy-mm-dd", "m-d"]),
    ),
    st.builds(lambda truth: RawCell(State.BOOL, truth), st.sampled_from("01")),
)


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: str(dict(f.kind) or f"{f.type} {f.format} {dict(f.standard)}"))
def test_reading_again_changes_nothing(field: Field) -> None:
    """Any cell is read without an exception; what it reads to reads to the same, with the same code."""
    reader = column_reader(field, missing_values=("", "无"))

    @settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(raw=RAWS, region=st.sampled_from([None, "CN", "DE", "US", "韩国"]))
    def law(raw: RawCell, region: str | None) -> None:
        reading = reader.read(raw, region)
        value = value_of(reading.cell)
        again = reader.check(value, region)
        assert value is None or isinstance(value, str | bool | Decimal | dt.date)
        assert value != ""
        assert len(reading.candidates) <= 3
        assert from_json(to_json(reading.cell)) == reading.cell
        if reading.is_settled:
            assert again.is_settled
            assert not isinstance(again.cell, Typed)
            assert same(again.cell, value)
            assert again.code in {None, reading.code}
        else:
            assert reading.code is not None
            assert again.code == reading.code
            assert again.cell == reading.cell

    law()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("region", ["CN", "DE", "US"])
def test_an_offer_is_a_value_that_can_be_typed(kind: str, region: str) -> None:
    """What is offered instead of a wrong value is itself accepted, without a further doubt that it cannot be settled."""

    @settings(max_examples=40, deadline=None, database=None, derandomize=True)
    @given(TEXTS)
    def law(text: str) -> None:
        for offer in normalize(kind, text, region=region).candidates:
            assert normalize(kind, offer, region=region).is_settled

    law()


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(
    st.dates(min_value=dt.date(1000, 1, 1)),
    st.sampled_from(["{0}-{1}-{2}", "{0}/{1}/{2}", "{0}.{1}.{2}", "{0}年{1}月{2}日"]),
)
def test_every_day_in_every_spelling_is_that_day(day: dt.date, spelling: str) -> None:
    assert value_of(normalize("date", spelling.format(f"{day:%Y}".zfill(4), day.month, day.day)).cell) == day


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_an_amount_is_itself_in_every_dress(amount: Decimal) -> None:
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    for dress in (f"{sign}{size}", f"{sign}{size:,}", f"{sign}¥{size:,}", f"{sign}{size}元", f"CNY {sign}{size}"):
        assert value_of(normalize("amount", dress).cell) == amount, dress


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.integers(1, 99_999_999))
def test_a_whole_number_in_cheque_numerals_is_that_number(number: int) -> None:
    assert value_of(normalize("amount", cheque(number) + "元整").cell) == number


def cheque(number: int) -> str:
    """Spell a number of up to eight digits for a cheque, by the rules of the People's Bank (零 once for any gap)."""

    def section(value: int) -> str:
        text, gap = "", False
        for unit, name in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
            digit, value = divmod(value, unit)
            if digit:
                text += ("零" if gap and text else "") + "零壹贰叁肆伍陆柒捌玖"[digit] + name
            gap = not digit
        return text

    high, low = divmod(number, 10_000)
    if not high:
        return section(low)
    between = "零" if low and (low < 1000) else ""
    return f"{section(high)}万{between}{section(low)}"


def test_plain_text_is_what_a_person_can_type() -> None:
    """The canonical spelling of a settled value is accepted as text too: it may be typed back into the sheet."""
    for kind, text in (
        ("amount", "1.2万"),
        ("date", "2024年3月5日"),
        ("phone", "010-62345678转801"),
        ("country", "韩国"),
    ):
        value = value_of(normalize(kind, text).cell)
        assert same(normalize(kind, plain_text(value)).cell, value)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", KINDS)
def test_a_full_cell_is_read_at_once(kind: str) -> None:
    """The longest text that a cell can hold (32,767 signs), of what a pattern might stumble over, takes no second."""
    for unit in ("1", "a.", "1,", "一", "@", "1 ", "-", "(", "年", " \u3000", "转", "1万", "[", "http://a.", "P1"):
        before = time.process_time()
        normalize(kind, unit * (32_767 // len(unit)))
        assert time.process_time() - before < 1, unit
