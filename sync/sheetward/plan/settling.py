"""The workbook's own list of what waits: its lines after this sync, and the cells that are marked.

Everything is projected by the role of the sheet: a row out of view has no line, a masked cell shows the mask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sheetward.cells import Cell, Missing, plain_text, value_of
from sheetward.merge.choice import Choice
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.choices import OUTCOMES, offered
from sheetward.plan.desk import Desk
from sheetward.plan.observation import MarkedCell, ShownLine
from sheetward.plan.settle_line import SettleLine, Side
from sheetward.plan.shifted import CODE as SHIFTED
from sheetward.sharing import Access
from sheetward.table import Row, RowId

NAMES = ("company", "name")
"""Fields that tell people whom a row is about, the first one that the reader sees."""
STAYS = "choice.refreshed"
"""The remark that stays with its line until the item is settled: nothing in the line itself would bring it up again."""


def lines_after(desk: Desk, view: Mapping[RowId, Row]) -> tuple[SettleLine, ...]:
    """Give the lines as they are to be after this sync, in the order of the sheet's rows and columns."""
    s = desk.situation
    closed = {i for i in desk.closed if i not in desk.kept} | _free(desk)
    items = {i: item for i, item in {**s.items, **desk.opened}.items() if i not in closed}
    told = _told(desk)
    waiting = [item for item in items.values() if item.kind is not ItemKind.REJECTED]
    lines = [line for item in waiting if (line := _line(desk, item, view, told)) is not None]
    return tuple(sorted(lines, key=lambda line: _order(desk, line)))


def _free(desk: Desk) -> set[str]:
    """Give the items that nothing keeps any more: those that the overlay named and this sync let go."""
    return {i for i in desk.expected.items.values() if i not in desk.kept and i not in desk.opened}


def _order(desk: Desk, line: SettleLine) -> tuple[int, int, str]:
    seen = desk.theirs.get(line.row)
    column = desk.fields.index(line.field) if line.field in desk.fields else -1
    return (1 << 30 if seen is None else seen.position), column, line.item


def _line(desk: Desk, item: Item, view: Mapping[RowId, Row], told: _Told) -> SettleLine | None:
    s = desk.situation
    is_away = item.code == "conflict.left_view"
    row = view.get(item.row)
    is_column = item.code == SHIFTED
    is_here = item.row in desk.kept_rows and item.row not in s.ours.rows
    if row is None and not (is_away or is_here or is_column):
        return None
    if item.field is not None and (item.field not in desk.fields or s.rule.access(item.field) is Access.HIDE):
        return None
    shown = dict(zip(desk.fields, row, strict=True)) if row is not None else {} if is_column else dict(item.row_cells)
    mine, store = _sides(desk, item, row)
    return SettleLine(
        item=item.id,
        row=item.row,
        field=item.field,
        kind=item.kind.value,
        code=item.code,
        facts={name: fact for name, fact in item.facts.items() if name not in ("store_by", "store_at")},
        key=_shown(desk, shown, (s.schema.business_key or "",)) or str(item.facts.get("key") or ""),
        name=_shown(desk, shown, NAMES),
        mine=mine,
        store=store,
        who=str(item.facts.get("store_by", "")),
        when=str(item.facts.get("store_at", "")),
        choices=offered(s, item),
        remark=_remark(desk, item, told),
    )


def _shown(desk: Desk, cells: Mapping[str, Cell], names: Iterable[str]) -> str:
    """Give the first of these fields that the reader sees and that is filled."""
    readable = [n for n in names if n in cells and desk.situation.rule.access(n) in (Access.WRITE, Access.READ)]
    return next((text for n in readable if (text := plain_text(value_of(cells[n])))), "")


def _sides(desk: Desk, item: Item, row: Row | None) -> tuple[Side, Side]:
    s, name = desk.situation, item.field
    if item.code == "conflict.delete_modify":
        is_here = item.facts.get("deleted") == "sheet"
        sides = Side(code="settle.side_deleted"), Side(code="settle.side_changed")
        return sides if is_here else (sides[1], sides[0])
    if item.code == "identity.pasted_over":
        return Side(code="settle.side_gone"), Side(code="settle.side_kept")
    if item.code == SHIFTED:
        return Side(code="settle.side_column"), Side(code="settle.side_column_before")
    if name is None:
        readable = {n: c for n, c in item.row_cells.items() if s.rule.access(n) is not Access.HIDE}
        return Side({n: c for n, c in readable.items() if value_of(c) is not None}), Side(code="settle.side_nothing")
    typed = None if isinstance(item.sheet, Missing) else item.sheet
    if item.kind is ItemKind.HELD:
        return Side({name: typed}), Side({name: None if row is None else row[desk.fields.index(name)]})
    ours = None if isinstance(item.store, Missing) else item.store
    return Side({name: s.rule.shown(name, typed)}), Side({name: s.rule.shown(name, ours)})


@dataclass(frozen=True)
class _Told:
    """What the list said before: its lines by item, and the rows and cells that a person chose for."""

    lines: Mapping[str, ShownLine]
    chosen: frozenset[tuple[RowId, str | None]]


def _told(desk: Desk) -> _Told:
    s = desk.situation
    lines = s.observed.settling or ()
    items = (s.items.get(line.item) or s.chosen.get(line.item) for line in lines if line.is_chosen)
    return _Told({line.item: line for line in lines}, frozenset((item.row, item.field) for item in items if item))


def _remark(desk: Desk, item: Item, told: _Told) -> str:
    """Say what became of a choice about this item: now, or about the item that this one took the place of."""
    now = desk.remarks.get(item.id, "")
    if now:
        return now
    own = told.lines.get(item.id)
    if own is not None:
        return own.remark if own.remark == STAYS else ""
    return STAYS if (item.row, item.field) in told.chosen else ""


def marks_after(desk: Desk, lines: Iterable[SettleLine], shown: Iterable[RowId]) -> frozenset[MarkedCell]:
    """Give the cells that are marked after this sync; `shown` are the rows that the sheet then has."""
    rows = set(shown)
    columns = {line.item: line for line in lines if line.code == SHIFTED}
    cells = [
        MarkedCell(line.row, name, line.kind)
        for line in lines
        for name in ((line.field,) if line.field is not None else desk.fields)
    ]
    cells += [MarkedCell(row, name, columns[i].kind) for (row, name), i in desk.shifted.items() if i in columns]
    return frozenset(cell for cell in cells if cell.row_id in rows)


def is_stale(desk: Desk, lines: tuple[SettleLine, ...]) -> bool:
    """Say whether the list in the workbook tells anything else than these lines, or points elsewhere."""
    shown = desk.situation.observed.settling
    if shown is None:
        return False
    now = {line.item: (line.digest, line.remark) for line in lines}
    if len(shown) != len(lines) or {line.item: (line.digest, line.remark) for line in shown} != now:
        return True
    places = {line.item: line.place for line in shown}
    return any(place_of(desk, line) not in (None, places[line.item]) for line in lines)


def place_of(desk: Desk, line: SettleLine) -> str | None:
    """Give the address of the cell that a line points to, `None` where the sheet does not show its row yet."""
    seen = desk.theirs.get(line.row)
    if seen is None:
        return None
    addresses = desk.situation.observed.addresses
    name = line.field or line.facts.get("field")
    letters = addresses.get(str(name)) or next(iter(addresses.values()), "")
    return f"{letters}{seen.position}"


def leaves_view(desk: Desk, lines: tuple[SettleLine, ...]) -> bool:
    """Say whether a line goes because its row or column left the reader's view: then its text leaves the bytes too."""
    s = desk.situation
    stay = {line.item for line in lines}
    gone = [line.item for line in s.observed.settling or () if line.item not in stay]
    items = [s.items.get(i) or s.chosen.get(i) for i in gone]
    fields = s.ours.fields
    return any(
        item.row in s.ours.rows
        and (
            not s.rule.shows(fields, s.ours.rows[item.row])
            or (item.field is not None and s.rule.access(item.field) in (Access.HIDE, Access.MASK))
        )
        for item in items
        if item is not None
    )


def say_ignored(desk: Desk, lines: Iterable[SettleLine]) -> None:
    """Tell once that choices were not followed, where their lines do not say so: open ones, and those settled elsewhere.

    A line whose item was settled as it was chosen there says nothing: that choice was followed by a sync whose write did
    not arrive, or somebody else chose the same.
    """
    s = desk.situation
    told = {line.item: line.remark for line in s.observed.settling or ()}
    count = sum(told.get(item) != remark for item, remark in desk.remarks.items())
    if count:
        desk.say("choice.ignored", count=count)
    open_places = {(line.row, line.field) for line in lines}
    late = [
        item
        for line in s.observed.settling or ()
        if line.is_chosen and (item := s.chosen.get(line.item)) is not None
        if (item.row, item.field) not in open_places and item.outcome != _outcome_of(line)
    ]
    if late:
        desk.say("choice.late", count=len(late), by=", ".join(sorted({item.closed_by for item in late})))


def _outcome_of(line: ShownLine) -> str:
    choice = line.choice if line.text else Choice.VALUE
    return "" if choice is None else OUTCOMES.get(choice, choice.value)
