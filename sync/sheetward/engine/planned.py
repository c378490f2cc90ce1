"""The plans of a workbook's sheets without a sync: what one would do now, even where nothing moved."""

from __future__ import annotations

from collections.abc import Sequence

from sheetward.engine.context import SheetContext
from sheetward.engine.decide import Decision
from sheetward.engine.observe import observe, stand
from sheetward.engine.together import decide_together


def planned(contexts: Sequence[SheetContext]) -> list[Decision]:
    """Decide as a sync would, and touch nothing; no guard stops it, those that would are in each plan's `trips`."""
    return decide_together(contexts, [observe(context, *stand(context)) for context in contexts])
