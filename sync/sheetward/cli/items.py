"""Conflicts, held values and rejections as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from sheetward.cli.output import write_grid
from sheetward.cli.session import current, say

if TYPE_CHECKING:
    from sheetward.app.items import Described


LONGEST = 200
"""So many characters of a typed text are shown; JSON gives all of it."""


def shortened(text: str) -> str:
    """Give a text that a table can show."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def row_name(position: object) -> str:
    """Name a row of a sheet by its number, where no cell can be named."""
    return say("word.row_at", row=position) if position else ""


def _text(value: object, headers: Mapping[str, str] | None = None) -> str:
    """Spell a value; a whole row under the sheet's own headers."""
    if isinstance(value, Mapping):
        cells = cast("Mapping[str, object]", value)
        named = headers or {}
        return "; ".join(f"{named.get(name, name)}: {cell}" for name, cell in cells.items() if cell is not None)
    return "" if value is None else shortened(str(value))


def _typed(value: object, described: Described) -> str:
    """Spell what was typed; of a whole row the cell that keeps it waiting, where one does."""
    from sheetward.app.items import blamed

    name = blamed(described.item) or ""
    if not isinstance(value, Mapping):
        return _text(value)
    row = cast("Mapping[str, object]", value)
    return _text({name: row[name]} if name in row else row, described.headers)


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
        sides = ("base", "store", "sheet")
        shown = [[_text(r[side], d.headers) for side in sides] for r, d in zip(records, items, strict=True)]
    else:
        words = ("word.id", "word.sheet", "word.key", "word.column", "word.cell", "word.value", "word.why")
        shown = [
            [_text(r["cell"]) or row_name(r["position"]), _typed(r["value"], d), _text(r["message"])]
            for r, d in zip(records, items, strict=True)
        ]
    heads = [[_text(r["id"]), _text(r["name"]), _text(r["key"]), _text(r["column"]) or whole] for r in records]
    write_grid([say(word) for word in words], [[*head, *rest] for head, rest in zip(heads, shown, strict=True)])
