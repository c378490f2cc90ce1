"""Made-up data for all benchmarks: the same rows from the same numbers, on every machine and in every run."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

FIELDS = (
    "customer_id",
    "name",
    "phone",
    "email",
    "company",
    "country",
    "region",
    "address",
    "direction",
    "kind",
    "owner",
    "credit_rating",
    "created_on",
    "last_contact_on",
    "remark",
)
"""Fifteen fields of the bundled customer schema."""

Customer = tuple["str | dt.date | None", ...]
"""Canonical cells, aligned with `FIELDS`."""

TODAY = dt.date(2026, 6, 1)
DIRTY_SHARE = 0.03
"""Rows with something wrong in the table that is validated."""

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂华玉兰"
_CITIES = ("上海", "杭州", "苏州", "广州", "深圳", "青岛", "厦门", "宁波", "义乌", "天津")
_TRADES = ("进出口", "纺织", "机械", "电子", "化工", "家具", "五金", "食品")
_REGIONS = ("华东", "华南", "华北", "西南", "海外")
_ROADS = ("人民路", "解放路", "中山路", "滨江大道", "科技园路", "世纪大道")
_REMARKS = (None, None, "老客户", "展会认识", "要求月结", "催款中", "样品已寄", "price list sent")
_PREFIXES = ("130", "131", "135", "136", "137", "138", "139", "150", "158", "186", "188")


def customers(count: int, seed: int = 1) -> Iterator[Customer]:
    """Give clean customers."""
    dice = random.Random(seed)
    pick, number = dice.choice, dice.randrange
    for place in range(count):
        created = dt.date(2015, 1, 1) + dt.timedelta(days=number(3600))
        name = pick(_SURNAMES) + pick(_GIVEN) + pick(("", pick(_GIVEN)))
        yield (
            f"C{place + 1:08d}",
            name,
            f"{pick(_PREFIXES)}{number(10**8):08d}",
            f"user{number(10**9)}@{pick(('example.com', 'example.cn', 'mail.example.org'))}",
            f"{pick(_CITIES)}{pick(_GIVEN)}{pick(_GIVEN)}{pick(_TRADES)}有限公司",
            "CN",
            pick(_REGIONS),
            f"{pick(_CITIES)}市{pick(_ROADS)}{number(1, 999)}号{number(1, 30)}室",
            pick(("downstream", "upstream", "both")),
            pick(("potential", "existing", "vip")),
            pick(_SURNAMES) + pick(_GIVEN),
            pick(("AAA", "AA", "A", "B", "C")),
            created,
            created + dt.timedelta(days=number(400)),
            pick(_REMARKS),
        )


def dirty_customers(count: int, seed: int = 1) -> Iterator[Customer]:
    """Give customers of whom 3 % have one wrong cell: a phone too short, an address without @, no name, a date before 1990."""
    dice = random.Random(seed + 1)
    wrong: tuple[tuple[str, str | dt.date | None], ...] = (
        ("phone", "1380013800"),
        ("email", "nobody.example.com"),
        ("name", None),
        ("created_on", dt.date(1889, 5, 1)),
        ("kind", "gold"),
    )
    for row in customers(count, seed):
        if dice.random() >= DIRTY_SHARE:
            yield row
            continue
        field, value = dice.choice(wrong)
        place = FIELDS.index(field)
        yield (*row[:place], value, *row[place + 1 :])


def row_ids(count: int, seed: int = 7) -> list[str]:
    """Give ids as the engine makes them: opaque, no number, of the same length."""
    dice = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return ["r" + "".join(dice.choices(letters, k=12)) for _ in range(count)]


def edited_places(count: int, share: float, seed: int) -> list[int]:
    """Give the places of rows to edit, in order; another seed gives others."""
    wanted = max(1, int(count * share))
    return sorted(random.Random(seed).sample(range(count), wanted))


def phones(count: int, seed: int = 3) -> Iterator[str]:
    """Give phone numbers as people type them, nearly all different: most from China, some foreign, some wrong."""
    dice = random.Random(seed)
    for _ in range(count):
        digits = f"{dice.choice(_PREFIXES)}{dice.randrange(10**8):08d}"
        match dice.randrange(10):
            case 0:
                yield f"{digits[:3]} {digits[3:7]} {digits[7:]}"
            case 1:
                yield f"+86 {digits}"
            case 2:
                yield f"+49 30 {dice.randrange(10**7):07d}"
            case 3:
                yield digits[:10]
            case _:
                yield digits


def dates(count: int, seed: int = 4) -> Iterator[str]:
    """Give dates as people type them, in four spellings."""
    dice = random.Random(seed)
    start = dt.date(1990, 1, 1)
    for _ in range(count):
        day = start + dt.timedelta(days=dice.randrange(13_000))
        match dice.randrange(4):
            case 0:
                yield f"{day.year}/{day.month}/{day.day}"
            case 1:
                yield f"{day.year}年{day.month}月{day.day}日"
            case 2:
                yield f"{day.year}.{day.month:02d}.{day.day:02d}"
            case _:
                yield day.isoformat()


def as_text(cell: object) -> str:
    """Spell a cell for a CSV."""
    return "" if cell is None else str(cell)


def write_csv(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write customers with a header of field names."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows([as_text(cell) for cell in row] for row in rows)


def write_customer_workbook(path: Path, rows: Iterable[Customer], headers: Sequence[str]) -> None:
    """Write customers as people keep them: one tab, a header, numbers typed as text, dates as dates."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("客户")
    sheet.write_row(0, 0, headers)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif cell is not None:
                sheet.write_datetime(number, column, cell, day)
    book.close()


WIDE_TAB = "Data"
WIDE_COLUMNS = 12


def write_wide_workbook(path: Path, count: int, seed: int = 5) -> None:
    """Write rows of 12 columns of every kind: texts shared and unlike, whole and broken numbers, dates, truth, formulas, errors, blanks."""
    import xlsxwriter

    dice = random.Random(seed)
    book = xlsxwriter.Workbook(str(path))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    money = book.add_format({"num_format": "#,##0.00"})
    sheet = book.add_worksheet(WIDE_TAB)
    sheet.write_row(0, 0, [f"column {number + 1}" for number in range(WIDE_COLUMNS)])
    start = dt.date(2000, 1, 1)
    for number in range(1, count + 1):
        sheet.write_number(number, 0, number)
        sheet.write_string(number, 1, f"C{number:08d}")
        sheet.write_string(number, 2, dice.choice(_CITIES))
        sheet.write_number(number, 3, 13_800_000_000 + dice.randrange(10**8))
        sheet.write_datetime(number, 4, start + dt.timedelta(days=dice.randrange(9000)), day)
        sheet.write_number(number, 5, round(dice.random() * 100_000, 2), money)
        sheet.write_number(number, 6, dice.randrange(1000))
        sheet.write_string(number, 7, f"{dice.choice(_SURNAMES)}{dice.choice(_GIVEN)}")
        sheet.write_boolean(number, 8, dice.random() < 0.5)
        sheet.write_formula(number, 9, f"=F{number + 1}*G{number + 1}", None, round(dice.random() * 1000, 2))
        sheet.write_string(number, 10, f"user{dice.randrange(10**9)}@example.com")
        if number % 10:
            sheet.write_string(number, 11, dice.choice(_TRADES))
        elif number % 100 == 0:
            sheet.write_formula(number, 11, "=1/0", None, "#DIV/0!")
    book.close()
