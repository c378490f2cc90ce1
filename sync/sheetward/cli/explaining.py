"""`explain`, and the cells that `sync --dry-run` and `status` tell about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.inside import workspace
from sheetward.cli.items import shortened
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say

if TYPE_CHECKING:
    from sheetward.app.explaining import Told

SHOWN = 20
"""So many cells are shown as text; JSON gives all of them."""


def explain(
    name: Annotated[str, typer.Argument(metavar="NAME")], cell: Annotated[str, typer.Argument(metavar="CELL")]
) -> int:
    """Run `sheetward explain`."""
    from sheetward.app.explaining import explain_cell, told_json

    with workspace() as opened:
        told, trips = explain_cell(opened, name, cell)
    if current().wants_json:
        guards = [{"guard": trip.guard, "count": trip.count, "rows": list(trip.rows)} for trip in trips]
        write_json({"name": name, **told_json(told, current().lang), "guards": guards})
        return 0
    sides = [
        (say(word), text) for word, text in zip(("word.base", "word.store", "word.in_sheet"), _sides(told), strict=True)
    ]
    heads = [
        *([(say("word.cell"), told.cell)] if told.cell else []),
        *([(say("word.key"), told.key)] if told.key else []),
        (say("word.column"), told.column),
    ]
    write_grid(("", ""), [*heads, *sides, (say("word.rule"), told.message(current().lang))])
    for trip in trips:
        write_line(say("explain.guard", guard=trip.guard, count=trip.count))
    return 0


def _sides(told: Told) -> list[str]:
    from sheetward.app.explaining import side_text

    explained = told.explained
    texts = [side_text(side) for side in (explained.base, explained.ours, explained.theirs)]
    return ["-" if text is None else shortened(text) for text in texts]


def write_cells(cells: Sequence[Told]) -> None:
    """Write what a sync would decide, cell by cell: the first of them, and how many there are."""
    if not cells:
        return
    write_line(f"  {say('explain.cells', count=len(cells), shown=min(SHOWN, len(cells)))}")
    words = ("word.cell", "word.key", "word.column", "word.base", "word.store", "word.in_sheet", "word.rule")
    rows = [
        (told.cell or "", told.key or "", told.column, *_sides(told), told.message(current().lang))
        for told in cells[:SHOWN]
    ]
    write_grid([say(word) for word in words], rows)
