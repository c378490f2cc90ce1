"""The columns that a binding remembers, kept in step with the schema and with what people do to their headers."""

from __future__ import annotations

from dataclasses import replace

from sheetward.app.workspace import Workspace
from sheetward.plan.observation import Notice, Observation
from sheetward.ports.store import BindingState
from sheetward.sharing import Access, Rule
from sheetward.sheets.place import Place
from sheetward.xlsx.areas import column_number


def with_new_fields(workspace: Workspace, state: BindingState, rule: Rule) -> tuple[BindingState, tuple[Notice, ...]]:
    """Let a sheet await columns for the fields that came since its last sync and that its reader sees; said once.

    A column with such a header is bound when it is there, now or later; without one nothing changes in the sheet. Columns
    of fields that were removed meanwhile are said too.
    """
    evolution = workspace.older_schema(state.table)(state.schema_version)
    if evolution is None:
        return state, ()
    place = Place.from_json(state.place)
    known = {*place.headers, *place.awaited}
    new = tuple(n for n in evolution.added if n not in known and rule.access(n) is not Access.HIDE)
    notices: list[Notice] = []
    gone = workspace.store.left_columns(state.name)
    if new:
        labels = [evolution.new.by_name[n].label(workspace.config.language) for n in new]
        notices.append(Notice("columns.awaited", {"name": state.name, "headers": labels}))
        state = replace(state, place=replace(place, awaited=(*place.awaited, *new)).to_json())
        if workspace.records:
            state = replace(state, number=state.number + 1)
            workspace.store.save_binding(state)
    if gone:
        notices.append(Notice("columns.unbound", {"name": state.name, "headers": list(gone)}))
    return state, tuple(notices)


def remember_columns(workspace: Workspace, name: str, observed: Observation) -> None:
    """Remember where the columns stand and what stands above them: a renamed or moved header is said once."""
    state = workspace.store.binding(name)
    if state is None or not observed.header_found or not workspace.records:
        return
    place = Place.from_json(state.place)
    numbers = {field: column_number(letters) for field, letters in observed.addresses.items()}
    seen = replace(
        place,
        headers={**place.headers, **{field: text for field, text in observed.columns.items() if text.strip()}},
        columns={**place.columns, **numbers},
        awaited=tuple(field for field in place.awaited if field not in observed.columns),
    )
    if seen != place:
        workspace.store.save_binding(replace(state, place=seen.to_json(), number=state.number + 1))
