"""What binding a sheet to a table would do, as plain data to be shown before consent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sheetward.cells import Json
from sheetward.plan.observation import Notice, Observation
from sheetward.sheets.layout import Layout
from sheetward.sheets.place import Place

Holds: TypeAlias = Callable[[Observation], Sequence[Json]]
"""What a first sync of the sheet as it stands would hold, one entry for each cell or row (the engine's rules say it)."""


@dataclass(frozen=True)
class BindingPlan:
    """A sheet found fit to be bound.

    `mapping` are pairs of header text and field in the sheet's order; `unmapped` headers stay private, `missing` fields
    have no column. `id_column` is the letters of the id column, `adds_id_column` says that it is yet to be made;
    `old_ids` counts ids that stand in it and that binding anew takes away. `other_stamps` are bindings whose stamps the
    workbook bears and loses when it is bound anew.
    """

    name: str
    table: str
    place: Place
    mapping: tuple[tuple[str, str], ...]
    unmapped: tuple[str, ...]
    missing: tuple[str, ...]
    would_hold: tuple[Json, ...]
    rows: int
    id_column: str
    adds_id_column: bool
    old_ids: int
    other_stamps: tuple[str, ...]
    notices: tuple[Notice, ...]

    def to_json(self) -> Mapping[str, Json]:
        """Give what `bind --json` shows."""
        return {
            "name": self.name,
            "table": self.table,
            "tab": self.place.tab,
            "header_row": self.place.header_row,
            "mapping": [{"column": column, "field": field} for column, field in self.mapping],
            "unmapped": list(self.unmapped),
            "missing": list(self.missing),
            "would_hold": list(self.would_hold),
            "rows": self.rows,
            "id_column": self.id_column,
        }


def planned(
    name: str,
    table: str,
    place: Place,
    layout: Layout,
    observed: Observation,
    held: Sequence[Json],
    *,
    id_column: str,
    other_stamps: Sequence[str] = (),
    notices: Sequence[Notice] = (),
) -> BindingPlan:
    """Put a plan together from what was found and observed."""
    return BindingPlan(
        name=name,
        table=table,
        place=place,
        mapping=tuple((layout.headers[field], field) for field in layout.columns),
        unmapped=layout.unmapped,
        missing=layout.missing,
        would_hold=tuple(held),
        rows=len(observed.rows),
        id_column=id_column,
        adds_id_column=layout.id_column is None,
        old_ids=sum(1 for row in observed.rows if row.row_id),
        other_stamps=tuple(other_stamps),
        notices=(*layout.notices, *notices, *(n for n in observed.notices if n.code != "columns.id_lost")),
    )
