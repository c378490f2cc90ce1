"""Workbooks drawn by seed: every type of cell, many formats, both date systems, formulas with and without results, sparse tabs."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import xlsxwriter

from tests.xlsx_patch.corpus import MAIN, OFFICE, by_hand, exchanged

TEXTS = (
    "王芳", "李雷 & 韩梅梅", "<Ltd>", '"x"', "013800138000", "a\nb", "it's", "𠮷野家", "é", "x" * 300, "=1+1", "１２３", " lead", "tail ",
    "_x0041_", "a_x000D_b", "\ttab", "#N/A", "TRUE", "1e5", "", "2024-01-05", "\u00a0", "Ω≈ç",
)  # fmt: skip
FORMATS = (
    "General", "0", "0.00", "#,##0.00", "0%", "0.00E+00", "@", "00000000", "yyyy-mm-dd", "yyyy/m/d h:mm", "h:mm:ss", "[h]:mm:ss",
    'yyyy"年"m"月"d"日"', "[$-804]aaaa", '"d"0', "[Red]0.00", '0.00"h"', "d-mmm-yy", "mm:ss.0", "#,##0;[Red]-#,##0", "m/d/yy",
    '[DBNum1][$-804]yyyy"年"m"月"', '_-* #,##0.00_-', "\\d0", "0.0 \"days\"", "[mm]:ss", "yyyy", "e\"年\"", '[>=10]0;0.0',
)  # fmt: skip
BUILT_IN = (0, 1, 9, 10, 14, 15, 18, 20, 22, 27, 28, 30, 31, 34, 36, 45, 46, 47, 49, 50, 52, 54, 57, 58)
ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
NUMBERS: tuple[Callable[[random.Random], float], ...] = (
    lambda c: c.randrange(-(10**6), 10**6),
    lambda c: c.randrange(10**11, 10**15),
    lambda c: round(c.uniform(-1e6, 1e6), c.randrange(8)),
    lambda c: c.uniform(-1, 1) * 10 ** c.randrange(-300, 300),
    lambda c: c.randrange(0, 60000),
    lambda c: c.randrange(0, 60000) + c.randrange(86400) / 86400,
    lambda c: c.choice([0, 1, 59, 60, 61, -1, 0.5, 2958465, 2958466, 0.1 + 0.2, 1e15, 1e16, 123456789012345678]),
)


def generated(seed: int) -> bytes:
    """Give the workbook of a seed."""
    chance = random.Random(seed)
    return chance.choice([_by_xlsxwriter, _by_xlsxwriter, _by_openpyxl, _by_hand])(chance)


def _places(chance: random.Random) -> list[tuple[int, int]]:
    height, width = chance.choice([(20, 8), (60, 5), (5, 40), (2000, 30)])
    top, left = chance.choice([(0, 0), (0, 0), (3, 2), (900, 0)])
    found = {
        (top + chance.randrange(height), left + chance.randrange(width)) for _ in range(chance.choice([3, 30, 80]))
    }
    return sorted(found)


def _number(chance: random.Random) -> float:
    return chance.choice(NUMBERS)(chance)


def _by_xlsxwriter(chance: random.Random) -> bytes:
    out = io.BytesIO()
    options = {
        "date_1904": chance.random() < 0.3,
        "constant_memory": chance.random() < 0.3,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, {**options, "in_memory": True}) as book:
        formats = [book.add_format({"num_format": one}) for one in chance.sample(FORMATS, 6)]
        formats += [book.add_format({"num_format": one}) for one in chance.sample(BUILT_IN, 3)]
        for tab in range(chance.choice([1, 1, 2])):
            sheet = book.add_worksheet(f"数据{tab}")
            for row, column in _places(chance):
                _write(chance, book, sheet, row, column, chance.choice([None, *formats]))
            if chance.random() < 0.3 and not options["constant_memory"]:
                sheet.set_row(chance.randrange(60), None, None, {"hidden": True})
    return out.getvalue()


def _write(chance: random.Random, book: Any, sheet: Any, row: int, column: int, style: Any) -> None:
    match chance.randrange(9):
        case 0 | 1:
            sheet.write_string(row, column, chance.choice(TEXTS[:-4]), style)
        case 2 | 3:
            sheet.write_number(row, column, _number(chance), style)
        case 4:
            sheet.write_boolean(row, column, chance.random() < 0.5, style)
        case 5:
            sheet.write_blank(row, column, None, style or book.add_format({"bold": True}))
        case 6:
            results: tuple[Any, ...] = (_number(chance), chance.choice(TEXTS), True, False, chance.choice(ERRORS), "")
            sheet.write_formula(row, column, "=A1+1", style, chance.choice(results))
        case 7:
            moment = dt.datetime(1905, 1, 1) + dt.timedelta(
                days=chance.randrange(60000), seconds=chance.choice([0, 3600, 61])
            )
            date = book.add_format(
                {"num_format": chance.choice(["yyyy-mm-dd hh:mm:ss", "m/d/yyyy", 'yyyy"年"m"月"d"日"'])}
            )
            sheet.write_datetime(row, column, moment, date)
        case _:
            bold = book.add_format({"bold": True})
            sheet.write_rich_string(
                row, column, chance.choice(["普通", "x "]), bold, chance.choice(["粗体", "y&z"]), "末"
            )


def _by_openpyxl(chance: random.Random) -> bytes:
    book = openpyxl.Workbook()
    if chance.random() < 0.3:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        book.epoch = CALENDAR_MAC_1904
    for row, column in _places(chance):
        cell: Any = book.worksheets[0].cell(row + 1, column + 1)
        match chance.randrange(6):
            case 0 | 1:
                # Written as they are, its `_x0041_` would be another text for every reader that decodes it.
                cell.value = chance.choice([text for text in TEXTS if "_x" not in text and text])
                cell.data_type = "s"
            case 2 | 3:
                cell.value = _number(chance)
                cell.number_format = chance.choice(FORMATS)
            case 4:
                cell.value = chance.choice([True, False, "=SUM(A1:A3)", *ERRORS])
            case _:
                cell.value = dt.datetime(1950, 1, 1) + dt.timedelta(
                    days=chance.randrange(40000), hours=chance.choice([0, 5])
                )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _by_hand(chance: random.Random) -> bytes:
    """Cells as other programs spell them: every type, built-in formats without a code, phonetics, escapes, whitespace."""
    rows: dict[int, list[str]] = {}
    for row, column in _places(chance):
        letters = openpyxl.utils.get_column_letter(column + 1)
        rows.setdefault(row + 1, []).append(_cell(chance, f"{letters}{row + 1}"))
    body = "".join(f'<row r="{number}">{"".join(cells)}</row>' for number, cells in rows.items())
    sheet = f'<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheetData>{body}</sheetData></worksheet>'
    data = by_hand(sheet)
    formats = "".join(f'<xf numFmtId="{one}" fontId="0" fillId="0" borderId="0" xfId="0"/>' for one in BUILT_IN)
    change = {
        "xl/styles.xml": lambda xml: (
            xml[: xml.index("<cellXfs")] + f'<cellXfs count="{len(BUILT_IN)}">{formats}</cellXfs></styleSheet>'
        )
    }
    if chance.random() < 0.3:
        change["xl/workbook.xml"] = lambda xml: xml.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    return exchanged(data, change)


def _cell(chance: random.Random, place: str) -> str:
    style = f' s="{chance.randrange(len(BUILT_IN))}"' if chance.random() < 0.7 else ""
    text = escape(chance.choice(TEXTS))
    number = repr(_number(chance))
    return chance.choice(
        (
            f'<c r="{place}"{style}><v>{number}</v></c>',
            f'<c r="{place}"{style} t="n"><v>{number}</v></c>',
            f'<c r="{place}"{style} t="b"><v>{chance.choice("01")}</v></c>',
            f'<c r="{place}"{style} t="e"><v>{chance.choice(ERRORS)}</v></c>',
            f'<c r="{place}"{style} t="str"><f>A1</f><v>{text}</v></c>',
            f'<c r="{place}"{style} t="str"><f>A1</f></c>',
            f'<c r="{place}"{style}><f>A1</f></c>',
            f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>',
            f'<c r="{place}"{style} t="inlineStr"><is><r><t>李</t></r><r><rPr><b/></rPr><t>雷</t></r></is></c>',
            f'<c r="{place}"{style} t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></is></c>',
            f'<c r="{place}"{style} t="d"><v>2024-0{chance.randrange(1, 9)}-05</v></c>',
            f'<c r="{place}"{style}/>',
        )
    )
