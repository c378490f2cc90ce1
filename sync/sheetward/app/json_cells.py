"""Cells as JSON shows them to people and scripts (the store has its own form, see `cells.to_json`)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sheetward.cells import Cell, Missing, plain_number, value_of


def number_json(number: Decimal) -> int | float | str:
    """Give a number for JSON: as a number where a double holds it exactly, else spelt in full as text.

    >>> number_json(Decimal("1200.50")), number_json(Decimal("3")), number_json(Decimal("12345678901234567.5"))
    (1200.5, 3, '12345678901234567.5')
    """
    text = plain_number(number)
    if len(text.lstrip("-").replace(".", "").lstrip("0")) > 15:
        return text
    return float(text) if "." in text else int(text)


def cell_json(cell: Cell | Missing) -> None | str | bool | int | float:
    """Give a cell's value: text, truth, number or nothing; dates in ISO form; a cell that is not there as nothing."""
    value = None if isinstance(cell, Missing) else value_of(cell)
    if value is None or isinstance(value, str | bool):
        return value
    return number_json(value) if isinstance(value, Decimal) else value.isoformat()


def row_json(cells: Mapping[str, Cell]) -> dict[str, None | str | bool | int | float]:
    """Give a row by field or column."""
    return {name: cell_json(cell) for name, cell in cells.items()}
