"""The columns that a changed rule gives to a sheet and takes from it. Pure.

Only the moment of the change counts: a column that a person takes out later stays out. What was decided is kept in the
overlay (`Overlay.columns`) and in the place of the sheet until it has arrived, so that a cut write is finished.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from sheetward_schemas.headers import header_key
from sheetward_schemas.model import TableSchema

from sheetward.cells import Json, value_of
from sheetward.plan.observation import Notice, Observation
from sheetward.sharing import Access, Rule

if TYPE_CHECKING:
    from sheetward.plan.deliver import Delivery

LOST = "columns.lost"


@dataclass(frozen=True)
class ColumnChange:
    """What becomes of a sheet's columns.

    `coming` is field to the header of a column that this sync appends, `late` are those for which there is no room, `closing`
    those whose column is taken away as soon as nothing in it waits for a person.
    """

    coming: Mapping[str, str]
    late: tuple[str, ...]
    closing: tuple[str, ...]


NO_CHANGE = ColumnChange({}, (), ())


def column_change(
    observed: Observation,
    schema: TableSchema,
    shown_rule: Rule,
    rule: Rule,
    *,
    seen: Collection[str],
    waiting: Collection[str],
    closed: Collection[str],
    lang: str,
) -> ColumnChange:
    """Say which columns come and go.

    A field that the old rule hid and the new one shows gets a column, unless it has one. One that was shown (`seen` had a
    column then) and is hidden now loses its own; so does one that was taken away before (`closed`) and whose header stands
    there again: typed by a person, or in an older copy. `waiting` are those that an earlier sync decided on.
    """
    hidden = {f.name for f in schema.fields if rule.access(f.name) is Access.HIDE}
    was_hidden = {f.name for f in schema.fields if shown_rule.access(f.name) is Access.HIDE}
    wanted = [
        name
        for name in schema.field_names
        if name not in hidden and name not in observed.fields and (name in was_hidden or name in waiting)
    ]
    is_whole = observed.complete and observed.header_found
    room = len(observed.free_columns) if is_whole else 0
    closing = [
        name
        for name in observed.fields
        if name in hidden and is_whole and ((name in seen and name not in was_hidden) or name in closed)
    ]
    taken = {_folded(text) for text in observed.headers}
    coming: dict[str, str] = {}
    for name in wanted[:room]:
        coming[name] = _free_header(schema.by_name[name].label(lang), taken)
        taken.add(_folded(coming[name]))
    return ColumnChange(coming, tuple(wanted[room:]), tuple(closing))


def _free_header(label: str, taken: Collection[str]) -> str:
    """Give a header that stands there once: a private column may bear the label already, and stays its owner's."""
    header, number = label, 2
    while _folded(header) in taken:
        header, number = f"{label}{number}", number + 1
    return header


def _folded(text: str) -> str:
    return header_key(text) or text.strip().casefold()


def as_empty(observed: Observation, change: ColumnChange, rule: Rule) -> Observation:
    """Give the observation with the columns that come as if they stood there empty; what is away by the rule is not lost."""
    away = {*change.coming, *change.late}
    notices = tuple(
        n
        for n in observed.notices
        if n.code != LOST or (n.facts["field"] not in away and rule.access(str(n.facts["field"])) is not Access.HIDE)
    )
    lost = tuple(n for n in observed.lost_fields if n not in away and rule.access(n) is not Access.HIDE)
    if not change.coming:
        return replace(observed, notices=notices, lost_fields=lost)
    blank = (None,) * len(change.coming)
    letters = dict(zip(change.coming, observed.free_columns, strict=False))
    return replace(
        observed,
        fields=(*observed.fields, *change.coming),
        rows=tuple(replace(row, cells=(*row.cells, *blank)) for row in observed.rows),
        lost_fields=lost,
        notices=notices,
        columns={**observed.columns, **change.coming},
        addresses={**observed.addresses, **letters},
    )


def closable(change: ColumnChange, delivery: Delivery) -> tuple[str, ...]:
    """Give the columns in which nothing waits for a person any more: those can be closed at once."""

    def waits(name: str) -> bool:
        cells = (entries[name] for entries in delivery.cells.values() if name in entries)
        rows = (row.shown for row in delivery.rows.values() if row.item is not None and row.shown is not None)
        return any(cell.item is not None for cell in cells) or any(value_of(row.get(name)) is not None for row in rows)

    return tuple(name for name in change.closing if not waits(name))


def told(change: ColumnChange, closed: Iterable[str], headers: Mapping[str, str]) -> list[Notice]:
    """Say what comes, what goes, and what there is no room for."""
    notices: list[Notice] = []
    if change.coming:
        names = list(change.coming.values())
        notices.append(Notice("columns.added", {"headers": names, "count": len(names)}))
    gone = [headers[name] for name in closed]
    if gone:
        notices.append(Notice("columns.closed", {"headers": gone, "count": len(gone)}))
    if change.late:
        notices.append(Notice("columns.no_room", {"fields": list(change.late), "count": len(change.late)}))
    return notices


def closed_fields(place: Mapping[str, Json]) -> tuple[str, ...]:
    """Give the fields whose column was taken away from a sheet, from its place as the store keeps it."""
    return tuple(cast("list[str]", place.get("closed", [])))


def with_change(place: Mapping[str, Json], change: ColumnChange) -> Mapping[str, Json]:
    """Give a sheet's place, as the store keeps it, with what a write is about to do to its columns.

    A column of ours is known by its header alone (`made`), whatever else may look like it; one taken away (`closed`) by the
    header that it had.
    """
    closed = [*closed_fields(place), *(n for n in change.closing if n not in closed_fields(place))]
    after: dict[str, Json] = dict(place)
    if change.coming:
        for key in ("headers", "columns"):
            kept = cast("Mapping[str, Json]", place.get(key, {}))
            after[key] = {name: entry for name, entry in kept.items() if name not in change.coming}
        after["made"] = {**cast("Mapping[str, Json]", place.get("made", {})), **change.coming}
        closed = [name for name in closed if name not in change.coming]
    if closed:
        after["closed"] = list(closed)
    else:
        after.pop("closed", None)
    return after
