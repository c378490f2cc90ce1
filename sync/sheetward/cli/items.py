"""Conflicts, held values and rejections as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sheetward.cli.output import write_grid
from sheetward.cli.session import current, say

if TYPE_CHECKING:
    from sheetward.app.items import Described


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={cell}" for name, cell in value.items() if cell is not None)  # pyright: ignore[reportUnknownVariableType]
    return "" if value is None else str(value)


def write_items(items: Sequence[Described]) -> None:
    """Write items of one kind, each with its row's key and its cell."""
    from sheetward.app.items import item_json
    from sheetward.merge.items import ItemKind

    if not items:
        return
    records = [item_json(described, current().lang) for described in items]
    whole = say("word.whole_row")
    if items[0].item.kind is ItemKind.CONFLICT:
        words = ("word.id", "word.sheet", "word.key", "word.column", "word.base", "word.store", "word.in_sheet")
        shown = [[_text(r[side]) for side in ("base", "store", "sheet")] for r in records]
    else:
        words = ("word.id", "word.sheet", "word.key", "word.column", "word.cell", "word.value", "word.why")
        shown = [[_text(r["cell"]), _text(r["value"]), _text(r["message"])] for r in records]
    heads = [[_text(r["id"]), _text(r["name"]), _text(r["key"]), _text(r["column"]) or whole] for r in records]
    write_grid([say(word) for word in words], [[*head, *rest] for head, rest in zip(heads, shown, strict=True)])
