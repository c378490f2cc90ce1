"""Reports as HTML pages: what the commands found, handed to the templates. Pure: data in, text out."""

from __future__ import annotations

from typing import cast

from sheetward_templates.report import Checked, Difference, WholeRow, difference_page, rows_of, validation_page

from sheetward.app.reading import FileReading
from sheetward.app.table_merge import TableDiff
from sheetward.cells import Cell, plain_text, value_of
from sheetward.messages import Lang
from sheetward.validation import Report


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


def check_page(report: Report, reading: FileReading, lang: Lang, made: str) -> str:
    """Give the page of a file's check; `made` says when."""
    filled = {
        name: sum(value_of(row.cells[place]) is not None for row in reading.shown.rows)
        for place, name in enumerate(reading.fields)
    }
    return validation_page(cast("Checked", report), lang, made=made, columns=reading.layout.headers, filled=filled)
