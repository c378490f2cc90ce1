"""Whole columns of dates in real workbooks: decided by their own evidence, or refused, and never both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

Run = Callable[..., Any]

SCHEMA = """
name: visits
fieldsMatch: partial
fields:
  - {name: no}
  - {name: day, type: date, x:format: {kind: date}}
  - {name: at, type: datetime, x:format: {kind: datetime}}
"""


def _book(path: Path, header: str, values: Sequence[object], *, date_1904: bool = False) -> Path:
    book = openpyxl.Workbook()
    if date_1904:
        book.epoch = CALENDAR_MAC_1904
    assert book.active is not None
    book.active.append(["no", header])
    for number, value in enumerate(values, 1):
        book.active.append([f"N{number}", value])
    book.save(path)
    (path.parent / "visits.yaml").write_text(SCHEMA, encoding="utf-8")
    return path


def _read(sheetward: Run, path: Path, header: str = "day") -> tuple[dict[str, str], dict[str, str]]:
    """Give what `fix` writes, and what it leaves with the code: both by cell."""
    done = sheetward("fix", path, "--schema", path.parent / "visits.yaml", "--json").json
    changed = {c["cell"]: c["new"] for c in done["changed"]}
    left = {f["cell"]: f["code"] for f in done["left"] if f["field"] == header}
    assert changed.keys().isdisjoint(left)  # decided or refused, never both
    return changed, left


def test_a_column_with_evidence_for_one_order_is_read_in_it(sheetward: Run, tmp_path: Path) -> None:
    path = _book(tmp_path / "dmy.xlsx", "day", ["03/04/2024", "25/12/2023", "31.12.2023", "01/02/2024"])
    assert _read(sheetward, path) == (
        {"B2": "2024-04-03", "B3": "2023-12-25", "B4": "2023-12-31", "B5": "2024-02-01"},
        {},
    )
    path = _book(tmp_path / "mdy.xlsx", "day", ["03/04/2024", "12/25/2023"])
    assert _read(sheetward, path) == ({"B2": "2024-03-04", "B3": "2023-12-25"}, {})


def test_a_column_without_evidence_or_with_both_is_refused(sheetward: Run, tmp_path: Path) -> None:
    path = _book(tmp_path / "none.xlsx", "day", ["03/04/2024", "05/06/2024", "07/07/2024"])
    assert _read(sheetward, path) == ({"B4": "2024-07-07"}, {"B2": "date.ambiguous", "B3": "date.ambiguous"})
    path = _book(tmp_path / "mixed.xlsx", "day", ["03/04/2024", "25/12/2023", "12/25/2023"])
    assert _read(sheetward, path) == ({"B3": "2023-12-25", "B4": "2023-12-25"}, {"B2": "date.ambiguous"})


def test_evidence_far_below_decides_the_first_row(sheetward: Run, tmp_path: Path) -> None:
    path = _book(tmp_path / "far.xlsx", "day", ["03/04/2024"] * 700 + ["31/01/2024"])
    changed, left = _read(sheetward, path)
    assert (changed["B2"], len(changed), left) == ("2024-04-03", 701, {})


def test_serials_texts_and_date_cells_stand_side_by_side(sheetward: Run, tmp_path: Path) -> None:
    values = [45356, "45356", dt.date(2024, 3, 5), "2024-03-05", "20240305", 20240305, 60, 73051, 1, "0305", 2024]
    path = _book(tmp_path / "serial.xlsx", "day", values)
    changed, left = _read(sheetward, path)
    assert {changed.get(f"B{row}", "2024-03-05") for row in range(2, 8)} == {"2024-03-05"}
    assert left == {"B8": "date.impossible", "B9": "date.form", "B11": "date.incomplete", "B12": "date.incomplete"}


def test_months_in_words_are_read_in_chinese_and_english(sheetward: Run, tmp_path: Path) -> None:
    values = [
        "2024年三月五日",
        "二〇二四年三月五日",
        "5 March 2024",
        "Mar 5, 2024",
        "2024-Mar-05",
        "5 Mars 2024",
        "三月五日",
        "March 2024",
    ]
    path = _book(tmp_path / "words.xlsx", "day", values)
    changed, left = _read(sheetward, path)
    assert set(changed.values()) == {"2024-03-05"}
    assert len(changed) == 5
    assert left == {"B7": "date.form", "B8": "date.incomplete", "B9": "date.incomplete"}


def test_two_digit_years_are_offered_and_never_taken(sheetward: Run, tmp_path: Path) -> None:
    path = _book(
        tmp_path / "short.xlsx", "day", ["24-03-05", "05/03/24", "31/12/24", "5-Mar-24", "99年3月5日", "240305"]
    )
    changed, left = _read(sheetward, path)
    assert changed == {}
    assert set(left) == {f"B{row}" for row in range(2, 8)}
    assert set(left.values()) <= {"date.two_digit_year", "date.form"}


def test_workbooks_of_1904_have_their_own_count_of_days(sheetward: Run, tmp_path: Path) -> None:
    """A date cell is its day in both systems; a bare number in a workbook of 1904 means a day of that system or none."""
    days = [dt.date(2024, 3, 5), dt.date(1999, 12, 31), "2024/3/5"]
    for name, old in (("new", False), ("old", True)):
        path = _book(tmp_path / f"{name}.xlsx", "day", days, date_1904=old)
        changed, left = _read(sheetward, path)
        assert (changed, left) == ({"B4": "2024-03-05"}, {})
        read = openpyxl.load_workbook(path)
        assert [row[1].value.date() for row in read.worksheets[0].iter_rows(min_row=2)] == [
            dt.date(2024, 3, 5),
            dt.date(1999, 12, 31),
            dt.date(2024, 3, 5),
        ]


def test_a_bare_number_in_a_workbook_of_1904_is_a_day_of_its_count(sheetward: Run, tmp_path: Path) -> None:
    path = _book(tmp_path / "bare.xlsx", "day", [43894, "43894"], date_1904=True)
    assert _read(sheetward, path) == ({"B2": "2024-03-05", "B3": "2024-03-05"}, {})
    path = _book(tmp_path / "bare_at.xlsx", "at", [43894.5], date_1904=True)
    assert _read(sheetward, path, "at") == ({"B2": "2024-03-05 12:00:00"}, {})
    path = _book(tmp_path / "usual.xlsx", "day", [45356, "45356"])
    assert _read(sheetward, path) == ({"B2": "2024-03-05", "B3": "2024-03-05"}, {})


def test_dates_with_times_are_decided_by_the_column_too(sheetward: Run, tmp_path: Path) -> None:
    path = _book(tmp_path / "at.xlsx", "at", ["03/04/2024 14:30", "25/12/2023 8:00", "2024年3月5日 下午2点30分"])
    changed, left = _read(sheetward, path, "at")
    assert changed == {"B2": "2024-04-03 14:30:00", "B3": "2023-12-25 08:00:00", "B4": "2024-03-05 14:30:00"}
    assert left == {}
    path = _book(tmp_path / "at2.xlsx", "at", ["03/04/2024 14:30", "2024-03-05T10:00:00+08:00", "2024-03-05 25:00"])
    changed, left = _read(sheetward, path, "at")
    assert changed == {}
    assert left == {"B2": "datetime.ambiguous", "B3": "datetime.zone", "B4": "datetime.form"}


def test_a_time_in_a_column_of_days_is_not_dropped(sheetward: Run, tmp_path: Path) -> None:
    path = _book(
        tmp_path / "timed.xlsx", "day", [dt.datetime(2024, 3, 5, 14, 30), "2024-03-05 14:30", "2024-03-05 00:00"]
    )
    changed, left = _read(sheetward, path)
    assert changed == {"B4": "2024-03-05"}
    assert left == {"B2": "date.has_time", "B3": "date.has_time"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_refused_is_told_with_both_days(sheetward: Run, tmp_path: Path, lang: str) -> None:
    path = _book(tmp_path / "told.xlsx", "day", ["03/04/2024"])
    call = sheetward("validate", path, "--schema", tmp_path / "visits.yaml", "--lang", lang)
    assert call.status == 1
    assert "2024-04-03 / 2024-03-04" in call.out
