"""The difference of two tables as a page: each changed cell, with what changed inside it marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from sheetward_templates.page import page
from sheetward_templates.texts import Lang, joined, report_text
from sheetward_templates.validation_page import grouped

MOST: Final = 2000
_LONGEST: Final = 400
"""Characters up to which the inside of a cell is compared; beyond, it is marked as a whole."""


@dataclass(frozen=True, slots=True)
class CellDifference:
    """One cell that differs, both values as text; an empty one is the empty string."""

    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RowDifference:
    """The changed cells of one row."""

    key: str
    cells: tuple[CellDifference, ...]


@dataclass(frozen=True, slots=True)
class WholeRow:
    """A row that one table only has: its filled cells as column and text."""

    key: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two tables compared by key; `old` and `new` are their names for people."""

    old: str
    new: str
    changed: tuple[RowDifference, ...] = ()
    added: tuple[WholeRow, ...] = ()
    removed: tuple[WholeRow, ...] = ()
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a cell's text, and whether the other side lacks it."""

    text: str
    is_changed: bool


def difference_page(difference: Difference, lang: Lang, *, made: str = "") -> str:
    """Give the page; at most some thousand rows are listed, the figures count all."""
    cells = sum(len(row.cells) for row in difference.changed)
    figures = {
        "cells": grouped(cells),
        "rows": grouped(len(difference.changed)),
        "added": grouped(len(difference.added)) if difference.added else 0,
        "removed": grouped(len(difference.removed)) if difference.removed else 0,
    }
    is_same = not (difference.changed or difference.added or difference.removed)
    columns = [
        report_text(f"difference.{code}", lang, columns=joined(list(names), lang))
        for code, names in (
            ("columns_added", difference.columns_added),
            ("columns_removed", difference.columns_removed),
        )
        if names
    ]
    if is_same and not columns:
        verdict = report_text("difference.same", lang)
    else:
        verdict = report_text("difference.verdict", lang, **figures)
    parts = (difference.changed, difference.added, difference.removed)
    content: dict[str, object] = {
        "verdict": verdict,
        "figures": figures,
        "columns": columns,
        "changed": [_marked(row) for row in difference.changed[:MOST]],
        "whole": [("added", difference.added[:MOST]), ("removed", difference.removed[:MOST])],
        "more": grouped(sum(max(0, len(part) - MOST) for part in parts)) if any(len(p) > MOST for p in parts) else "",
    }
    subtitle = [f"{difference.old} → {difference.new}", report_text("page.made", lang, when=made) if made else ""]
    return page("difference.html", report_text("difference.title", lang), subtitle, lang, content)


def _marked(row: RowDifference) -> dict[str, object]:
    cells: list[dict[str, object]] = []
    for cell in row.cells:
        old, new = pieces(cell.old, cell.new)
        cells.append({"column": cell.column, "old": old, "new": new})
    return {"key": row.key, "cells": cells}


def pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Cut two texts where they differ; texts with little in common are marked as wholes, which reads better.

    >>> [(p.text, p.is_changed) for p in pieces("13800138000", "13800138001")[1]]
    [('1380013800', False), ('1', True)]
    """
    if not old or not new or max(len(old), len(new)) > _LONGEST:
        return _whole(old), _whole(new)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.5:
        return _whole(old), _whole(new)
    before: list[Piece] = []
    after: list[Piece] = []
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        is_changed = tag != "equal"
        if old_to > old_from:
            before.append(Piece(old[old_from:old_to], is_changed))
        if new_to > new_from:
            after.append(Piece(new[new_from:new_to], is_changed))
    return before, after


def _whole(text: str) -> list[Piece]:
    return [Piece(text, is_changed=True)] if text else []


def rows_of(changes: Sequence[tuple[str, str, str, str]]) -> tuple[RowDifference, ...]:
    """Gather changes given one by one (key, column, old, new) into rows, in the order in which keys first appear."""
    found: dict[str, list[CellDifference]] = {}
    for key, column, old, new in changes:
        found.setdefault(key, []).append(CellDifference(column, old, new))
    return tuple(RowDifference(key, tuple(cells)) for key, cells in found.items())
