"""Reports as pages and workbooks: what the commands found, handed to the templates."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from sheetward_templates.quality_workbook import quality_workbook
from sheetward_templates.report import (
    Beside,
    Checked,
    Difference,
    GroupLine,
    TrendDot,
    WholeRow,
    difference_page,
    rows_of,
    validation_page,
)

from sheetward.app.reading import FileReading
from sheetward.app.table_merge import TableDiff
from sheetward.app.trend import TrendPoint
from sheetward.cells import Cell, plain_text, value_of
from sheetward.messages import Lang
from sheetward.table import Row
from sheetward.validation import Report
from sheetward.validation.freshness import Freshness
from sheetward.validation.quality import Mark, quality_of


def _text(cell: Cell) -> str:
    return plain_text(value_of(cell))


def diff_page(old: str, new: str, diff: TableDiff, lang: Lang) -> str:
    """Give the page of two tables' difference."""
    changes = [(" / ".join(c.key), c.column, _text(c.old), _text(c.new)) for c in diff.changed]
    added, removed = (
        tuple(
            WholeRow(" / ".join(key), tuple((name, _text(cell)) for name, cell in row.items() if cell is not None))
            for key, row in rows.items()
        )
        for rows in (diff.added, diff.removed)
    )
    found = Difference(old, new, rows_of(changes), added, removed, diff.columns_added, diff.columns_removed)
    return difference_page(found, lang)


@dataclass(frozen=True)
class CheckReport:
    """A check as reports tell it: what was found, what was read, and what a workspace knows beside."""

    record: Report
    reading: FileReading
    made: str
    trend: Sequence[TrendPoint] = ()
    freshness: Mapping[str, Mapping[Freshness, int]] = field(default_factory=dict[str, Mapping[Freshness, int]])
    zone: dt.tzinfo = dt.UTC

    def page(self, lang: Lang, out: Path) -> str:
        """Give the report as a page that is going to stand at a path."""
        columns, filled, beside = self._beside(out)
        checked = self._checked()
        return validation_page(checked, lang, made=self.made, columns=columns, filled=filled, beside=beside)

    def workbook(self, lang: Lang, out: Path) -> bytes:
        """Give the report as a workbook that is going to stand at a path."""
        columns, filled, beside = self._beside(out)
        buffer = io.BytesIO()
        checked = self._checked()
        quality_workbook(checked, buffer, lang, made=self.made, columns=columns, filled=filled, beside=beside)
        return buffer.getvalue()

    def _checked(self) -> Checked:
        """Give what was found, the file by its name alone: a report is passed on."""
        return cast("Checked", {**self.record, "file": self.reading.path.name})

    def _beside(self, out: Path) -> tuple[Mapping[str, str], Mapping[str, int], Beside]:
        reading = self.reading
        headers = reading.layout.headers
        rows: list[tuple[str | int, Row]] = [(row.position, row.cells) for row in reading.shown.rows]
        active = [one for one in self.record["findings"] if not one.get("waived")]
        marks = [Mark(one["row"], one["field"], one["severity"]) for one in active]
        quality = quality_of(reading.fields, rows, marks, reading.schema.quality_by)
        groups = tuple(
            GroupLine(headers.get(one.by, one.by), one.value, one.rows, one.errors, one.warnings, one.bad_rows)
            for one in quality.groups
        )
        days = {one.time.astimezone(self.zone).date() for one in self.trend}
        day = "%Y-%m-%d" if len(days) == len(self.trend) else "%m-%d %H:%M"
        dots = tuple(
            TrendDot(one.time.astimezone(self.zone).strftime(day), one.commit, one.rows, one.bad_rows)
            for one in self.trend
        )
        ages = {
            headers.get(name, name): (counts[Freshness.FRESH], counts[Freshness.DUE], counts[Freshness.STALE])
            for name, counts in self.freshness.items()
        }
        filled = {one.field: one.filled for one in quality.fields}
        return headers, filled, Beside(groups, dots, ages, _link(reading.path, out))


def _link(file: Path, out: Path) -> str:
    """Give the way from a report to the file it is about; none where they lie on different drives."""
    try:
        return os.path.relpath(file.resolve(), out.resolve().parent).replace(os.sep, "/")
    except ValueError:
        return ""
