"""`fix`: certain corrections found, shown and written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sheetward_schemas import TableSchema

from sheetward.app.bound_sheet import binding_of, located
from sheetward.app.cell_edits import Put, put_into_csv, put_into_workbook
from sheetward.app.inspection import Correction, corrections_of, findings_of
from sheetward.app.legacy_table import check_writes
from sheetward.app.reading import FileReading, read_file
from sheetward.app.recovery import recovered, with_recovered
from sheetward.app.workspace import Workspace
from sheetward.cells import plain_text
from sheetward.sheets.contents import content
from sheetward.sheets.csv_cells import guarded
from sheetward.sheets.place import Place
from sheetward.validation import Finding


@dataclass(frozen=True)
class FixPlan:
    """What would be corrected, and what is left for a person."""

    reading: FileReading
    corrections: Sequence[Correction]
    left: Sequence[Finding]


def plan_fix(path: Path, schema: TableSchema | None, tab: str | None, today: dt.date) -> FixPlan:
    """Find certain corrections; a correction changes the spelling and never the value, so every finding is left."""
    reading = read_file(path, schema, tab)
    places = {name: place for place, name in enumerate(reading.fields)}
    left = sorted(findings_of(reading, today), key=lambda f: (f.row, places.get(f.field, len(places))))
    return FixPlan(reading, corrections_of(reading), left)


def plan_bound_fix(workspace: Workspace, name: str, *, takes_history: bool) -> FixPlan:
    """Find the corrections of a bound sheet under the schema in force.

    Good values of spoilt cells are written where `takes_history`, else only offered.
    """
    state = binding_of(workspace, name)
    path = located(workspace, workspace.entry(name), state)
    tab = Place.from_json(state.place).tab or None
    plan = plan_fix(path, workspace.schema(state.table), tab, workspace.today())
    found = recovered(workspace, name, plan.reading)
    places = {(one.row, one.field) for one in found}
    kept = [c for c in plan.corrections if (c.row, c.field) not in places]
    if not takes_history:
        return replace(plan, corrections=kept, left=with_recovered(plan.left, found))
    left = [finding for finding in plan.left if (finding.row, finding.field) not in places]
    return replace(plan, corrections=[*kept, *(one.correction for one in found)], left=left)


def apply_fix(plan: FixPlan, out: Path | None) -> None:
    """Write the corrections, to another file or in place; nothing else in the file changes.

    `UserError('legacy.only_read')` for an .xls, .xlsb or .ods.
    """
    reading = plan.reading
    check_writes(reading.path)
    columns = reading.layout.columns
    if reading.text is not None:
        fields = {(c.row, columns[c.field]): guarded(plain_text(c.value)) for c in plan.corrections}
        put_into_csv(reading.path, reading.data, reading.text, fields, out)
    elif reading.workbook is not None and reading.tab is not None:
        date_1904 = reading.workbook.date_1904
        puts = [Put(c.row, columns[c.field], content(c.value, date_1904=date_1904)) for c in plan.corrections]
        put_into_workbook(reading.path, reading.data, reading.tab, puts, out)
