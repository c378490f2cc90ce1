"""What is certain of whole columns is what the readers say of each cell."""

from __future__ import annotations

import random
import string
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import phonenumbers
import pytest
import sheetward.formats.column
from sheetward.cells import RawCell, State, value_of
from sheetward.formats import KINDS, Reading, column_reader
from sheetward.formats.certain.arrays import text_array, truths
from sheetward.formats.cn_id import check_character as id_check
from sheetward.formats.uscc import check_character as credit_check
from sheetward_schemas.model import Field

CASES = Path(__file__).parent / "cases"
MISSING = ("", "无", "-", "N/A")
OPTIONS: dict[str, list[dict[str, object]]] = {
    "phone": [{}, {"show": "national"}, {"defaultRegion": "US", "show": "national"}, {"mobile": "warn"}],
    "email": [{}, {"typoDomains": "off"}, {"typoDomains": "error"}],
    "code": [{}, {"upper": True}],
    "cn_id": [{}, {"legacy15": "error"}],
    "birthday": [{}, {"calendars": ["solar"]}],
}
FIELDS = [
    *(Field("f", kind={"kind": kind, **options}) for kind in KINDS for options in OPTIONS.get(kind, [{}])),
    Field("f", type="date", kind={"kind": "date", "order": "DMY"}),
    Field("f", type="date", format="%d/%m/%Y"),
    Field("f", type="date"),
    Field("f"),
]


def _digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choices(string.digits, k=count))


def _phones(dice: random.Random) -> Iterable[str]:
    """Numbers of every calling code and type, as they stand and with a digit changed, in the shapes that people type."""
    for region in phonenumbers.SUPPORTED_REGIONS | {"001"}:
        for kind in range(11):
            number = phonenumbers.example_number_for_type(None if region == "001" else region, kind)
            if number is None:
                continue
            for style in (phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL):
                text = phonenumbers.format_number(number, style)
                yield text
                place = dice.randrange(1, len(text))
                yield text[:place] + dice.choice(string.digits) + text[place + 1 :]
                yield text[:place] + dice.choice(["", "0", " ", "-", "00"]) + text[place:]
    for _ in range(800):
        number = (
            dice.choice(["", "+86", "+86 ", "0086-", "86"])
            + dice.choice("1123")
            + _digits(dice, dice.choice([8, 9, 10, 11]))
        )
        yield number
        yield f"{number[:-8]}{dice.choice([' ', '-'])}{number[-8:-4]}{dice.choice([' ', '-', ''])}{number[-4:]}"
        yield f"+{dice.choice([1, 7, 39, 44, 49, 52, 54, 55, 81, 86, 225, 262, 599, 800, 999])}{dice.choice(['', ' ', ' 0'])}{_digits(dice, 9)}"


def _days(dice: random.Random) -> Iterable[str]:
    for _ in range(4000):
        year, month, day = (
            dice.choice([dice.randrange(2500), dice.randrange(1890, 2110), 1900, 2000]),
            dice.randrange(14),
            dice.randrange(33),
        )
        mark = dice.choice("-/.")
        yield dice.choice([f"{year:04d}{mark}{month}{mark}{day}", f"{year:04d}{mark}{month:02d}{mark}{day:02d}", f"{year:04d}年{month}月{day}日",
                           f"{year}年{month:02d}月{day}号", f"{year:04d}{month:02d}{day:02d}", f"{year:04d}-{month}/{day}", f"{day}/{month}/{year:04d}"])  # fmt: skip


def _ids(dice: random.Random) -> Iterable[str]:
    for _ in range(3000):
        body = f"{dice.choice([11, 31, 44, 83, 91, 16, 91])}{_digits(dice, 4)}{dice.choice([1849, 1850, 1985, 2999])}{dice.randrange(14):02d}{dice.randrange(33):02d}{_digits(dice, 3)}"
        yield body + dice.choice([id_check(body), dice.choice("0123456789Xx")])


def _credits(dice: random.Random) -> Iterable[str]:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for _ in range(3000):
        body = (
            dice.choice(["91", "9" + dice.choice(letters), "DE", "N1"])
            + _digits(dice, 6)
            + "".join(dice.choices(letters, k=9))
        )
        yield body + dice.choice([credit_check(body), dice.choice(letters), "O"])
        yield dice.choice(["DE", "FR", "PL", ""]) + _digits(dice, 9)


def _words(dice: random.Random) -> Iterable[str]:
    pieces = ["user", "Zhang", "张", "伟", "公司", "（上海）", "(中国)", "·", " ", "  ", "@", ".", ",", "-", "_", "+", "example", "gmail", "gmial", ".com", ".cn",
              ".con", "http://", "HTTPS://", "www.", "/x?y=1", ":80", "1.38E+10", "3E+10", "007", "１", "é", "e\u0301", "\u200b", "\u3000", "\n", "\t", "\x00",
              "豈", "㎡", "😀", "\u00a0", "无", "N/A", "'", "<", ">", "200000", "100 000"]  # fmt: skip
    for _ in range(6000):
        yield "".join(dice.choices(pieces, k=dice.randrange(1, 7)))
    for _ in range(1500):
        domain = dice.choice(
            ["example.com", "gmail.com", "gmial.com", "a-b.cn", "qq.con", "x.org", "-a.com", "b.io", "a..com"]
        )
        yield f"{dice.choice(['user', 'a.b', 'a..b', '.a', 'a+b_c', 'x' * 60])}{dice.randrange(99)}@{domain}"


def _texts() -> list[str]:
    dice = random.Random(20260601)
    made: list[str] = []
    for make in (_phones, _days, _ids, _credits, _words):
        made += make(dice)
    lines = (line for path in CASES.glob("*.tsv") for line in path.read_text(encoding="utf-8").splitlines())
    cases = [line.split("\t")[0] for line in lines if not line.startswith("@ ")]
    found = dict.fromkeys(text for text in (*made, *cases) if text)
    return list(found)


TEXTS = _texts()


def _certainly(field: Field, region: str | None) -> tuple[Callable[[str], Reading], list[object], list[bool]] | None:
    reader = column_reader(field, missing_values=MISSING)
    found = reader.certain(text_array(TEXTS), region)
    if found is None:
        return None
    refused = [False] * len(TEXTS) if found.refused is None else truths(found.refused).tolist()
    return lambda text: reader.read(RawCell(State.TEXT, text), region), found.values.to_pylist(), refused


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: str(dict(f.kind) or f"{f.type} {f.format}"))
def test_a_certain_value_is_what_the_reader_says(field: Field) -> None:
    has_regions = field.kind.get("kind") in {"phone", "postal_code", "tax_id"}
    for region in ("CN", "US", None) if has_regions else ("CN",):
        found = _certainly(field, region)
        if found is None:
            return
        read, values, refused = found
        for text, value, is_refused in zip(TEXTS, values, refused, strict=True):
            if value is not None or is_refused:
                reading = read(text)
                assert (reading.is_settled, reading.code is None) == (not is_refused, not is_refused), text
                assert value_of(reading.cell) == (text if is_refused else value), text
                assert type(value_of(reading.cell)) is type(text if is_refused else value), text


@pytest.mark.parametrize(
    ("kind", "least"),
    [("phone", 2000), ("date", 1500), ("email", 200), ("uscc", 900), ("tax_id", 600), ("cn_id", 300), ("text", 4000), ("code", 2000)],
)  # fmt: skip
def test_common_shapes_are_certain(kind: str, least: int) -> None:
    found = _certainly(Field("f", kind={"kind": kind}, type="date" if kind == "date" else "string"), "CN")
    assert found is not None
    assert sum(value is not None for value in found[1]) >= least


def test_many_cells_are_read_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of every state and both ways of reading; a text that is none in any encoding goes to the reader."""
    raws = [RawCell(State.TEXT, text) for text in TEXTS[::29]] + [
        RawCell(State.BLANK), RawCell(State.TEXT, ""), RawCell(State.NUMBER, "13800138000"), RawCell(State.DATE, "45356", "yyyy-mm-dd"),
        RawCell(State.BOOL, "1"), RawCell(State.ERROR, "#N/A"), RawCell(State.TEXT, " 13800138000 "), RawCell(State.TEXT, "无"),
    ]  # fmt: skip
    monkeypatch.setattr(sheetward.formats.column, "AT_LEAST", 1)
    for field in FIELDS:
        one_by_one = column_reader(field, missing_values=MISSING)
        expected = [one_by_one.read(raw, "CN").cell for raw in raws]
        found = column_reader(field, missing_values=MISSING).cells(raws, "CN")
        assert [(type(cell), cell) for cell in found] == [(type(cell), cell) for cell in expected]
        assert column_reader(field).cells([RawCell(State.TEXT, "\ud800")] * 2) == ["\ud800"] * 2


def test_arrays_are_made_without_pandas() -> None:
    program = (
        "import sys\nfrom sheetward.cells import RawCell, State\nfrom sheetward.formats import column_reader\nfrom sheetward_schemas.model import Field\n"
        "raws = [RawCell(State.TEXT, str(13800000000 + n)) for n in range(20_000)]\n"
        "for kind in ('phone', 'email', 'birthday', 'uscc', 'cn_id'): column_reader(Field('f', kind={'kind': kind})).cells(raws)\n"
        "print('pyarrow' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["True", "False"]
