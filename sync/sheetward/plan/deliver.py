"""Turns decisions into what the sheet is to receive, and the overlay that says what it shows until then.

The rule is one sentence: wherever the sheet differs from the projection of the new head, either an action ends that, or
an open item keeps it, or the cell cannot take a value; the overlay names each of these, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sheetward.cells import Cell, plain_text, same, typed_text, value_of
from sheetward.plan.actions import AppendRow, ClearRow, SetCell, SetRowId, SheetAction
from sheetward.plan.desk import Desk
from sheetward.plan.observation import Mark, ShownRow
from sheetward.plan.overlay import Overlay, OverlayCell, OverlayRow
from sheetward.table import Row, RowId

LONGEST = 32_767
"""Characters that a cell of a workbook holds at most; Excel counts UTF-16 units."""


def is_too_long(cell: Cell) -> bool:
    """Say whether a text has no room in a cell of a workbook."""
    text = typed_text(cell) or value_of(cell)
    return isinstance(text, str) and len(text) * 2 > LONGEST and len(text.encode("utf-16-le")) // 2 > LONGEST


@dataclass
class Delivery:
    """Actions in the sheet's order, the overlay, and how many cells and rows they touch."""

    actions: list[SheetAction] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    cells: dict[RowId, dict[str, OverlayCell]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    rows: dict[RowId, OverlayRow] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    new_ids: list[tuple[int, Mapping[str, Cell], RowId]] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    cell_count: int = 0
    left_view: list[int] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    """Sheet rows that go because the row is out of view, not because it was deleted."""

    def overlay(self) -> Overlay:
        """Give the overlay as it stands after the commit."""
        return Overlay({row: cells for row, cells in self.cells.items() if cells}, self.rows)


def deliver(desk: Desk, view: Mapping[RowId, Row]) -> Delivery:
    """Compare what the sheet shows with the view of the result, for every row that was touched.

    `view`: row id to cells over the observed fields, of the touched rows that the reader may see afterwards.
    """
    delivery = Delivery()
    fields = desk.fields
    order = sorted(desk.touched, key=lambda r: desk.theirs[r].position if r in desk.theirs else 1 << 30)
    appended: list[RowId] = []
    for row_id in order:
        seen, want = desk.theirs.get(row_id), view.get(row_id)
        if row_id in desk.unseen:
            _await_unseen(desk, delivery, row_id, want)
        elif seen is not None and row_id in desk.kept_rows:
            _keep_row(desk, delivery, row_id, seen)
        elif seen is not None and want is not None:
            _set_id(delivery, row_id, seen, fields)
            _set_cells(desk, delivery, row_id, seen, want)
        elif seen is not None:
            delivery.actions.append(ClearRow(seen.position, seen.row_id))
            shown = dict(zip(fields, seen.cells, strict=True))
            delivery.rows[row_id] = OverlayRow(shown, shown, pending=True)
            delivery.cell_count += sum(value_of(cell) is not None for cell in seen.cells)
            if row_id in desk.situation.ours.rows and row_id not in desk.deletes:
                delivery.left_view.append(seen.position)
        elif row_id in desk.put_back_rows:
            _put_row_back(desk, delivery, row_id)
        elif row_id in desk.kept_rows:
            kept = desk.kept_rows[row_id]
            delivery.rows[row_id] = OverlayRow(None, kept.base, kept.item)
        elif want is not None:
            appended.append(row_id)
    for row_id in sorted(appended, key=lambda r: _key_order(desk, r)):
        _append(desk, delivery, row_id, view[row_id])
    return delivery


def _key_order(desk: Desk, row_id: RowId) -> tuple[str, RowId]:
    """Order appended rows by their number, so that a new sheet reads as people expect."""
    key = desk.situation.schema.business_key
    row = desk.result_row(row_id)
    if key is None or row is None:
        return "", row_id
    return plain_text(value_of(row[desk.situation.ours.index[key]])), row_id


def _set_id(delivery: Delivery, row_id: RowId, seen: ShownRow, fields: tuple[str, ...]) -> None:
    if seen.row_id != row_id:
        delivery.actions.append(SetRowId(seen.position, seen.row_id, row_id))
        delivery.new_ids.append((seen.position, dict(zip(fields, seen.cells, strict=True)), row_id))


def _set_cells(desk: Desk, delivery: Delivery, row_id: RowId, seen: ShownRow, want: Row) -> None:
    cells: dict[str, OverlayCell] = {}
    for place, name in enumerate(desk.fields):
        shown, new = seen.cells[place], want[place]
        kept = desk.kept_cells.get((row_id, name))
        if kept is not None:
            again = desk.put_back.get((row_id, name), shown)
            if not same(again, shown):
                delivery.actions.append(SetCell(seen.position, row_id, name, shown, again))
                delivery.cell_count += 1
            cells[name] = OverlayCell(again, kept.base, kept.item)
            continue
        mark = seen.marks.get(name)
        if same(shown, new) and mark is not Mark.ERROR:
            continue
        if mark is not None:
            # A formula is never overwritten, an error is a person's to mend, a merged cell has no room.
            cells[name] = OverlayCell(shown, desk.stuck_bases.get((row_id, name), shown))
            if mark is not Mark.ERROR and not _is_known_stuck(desk, row_id, name, new):
                desk.say(f"undelivered.{mark.value}", row=seen.position, field=name)
            continue
        if is_too_long(new):
            cells[name] = OverlayCell(shown, shown)
            if not _is_known_stuck(desk, row_id, name, new):
                desk.say("undelivered.too_long", row=seen.position, field=name, limit=LONGEST)
            continue
        delivery.actions.append(SetCell(seen.position, row_id, name, shown, new))
        cells[name] = OverlayCell(shown, shown, pending=True)
        delivery.cell_count += 1
    if cells:
        delivery.cells[row_id] = cells


def _is_known_stuck(desk: Desk, row_id: RowId, name: str, new: Cell) -> bool:
    """Say whether this value could not be delivered before either: it was said then."""
    s = desk.situation
    known = s.overlay.cells.get(row_id, {}).get(name)
    before = s.ours.rows.get(row_id)
    past = s.base.rows.get(row_id)
    if known is None or known.item is not None or before is None or past is None:
        return False
    return same(past[s.base.index[name]], new)


def _keep_row(desk: Desk, delivery: Delivery, row_id: RowId, seen: ShownRow) -> None:
    """Leave a row as the sheet has it: held, or deleted in the store while it was changed here."""
    kept = desk.kept_rows[row_id]
    shown = dict(zip(desk.fields, seen.cells, strict=True))
    again = {name: desk.put_back_rows.get(row_id, shown).get(name) for name in desk.fields}
    delivery.rows[row_id] = OverlayRow(again, kept.base, kept.item)
    _set_id(delivery, row_id, seen, desk.fields)
    for name, cell in again.items():
        if not same(cell, shown[name]) and name not in seen.marks:
            delivery.actions.append(SetCell(seen.position, row_id, name, shown[name], cell))
            delivery.cell_count += 1


def _put_row_back(desk: Desk, delivery: Delivery, row_id: RowId) -> None:
    """Append a held row that an older revision lacks, as it was typed."""
    cells = {name: cell for name, cell in desk.put_back_rows[row_id].items() if name in desk.fields}
    filled = {name: cell for name, cell in cells.items() if value_of(cell) is not None}
    delivery.actions.append(AppendRow(row_id, filled))
    delivery.cell_count += len(filled)
    delivery.rows[row_id] = OverlayRow(cells, desk.kept_rows[row_id].base, desk.kept_rows[row_id].item)


def _await_unseen(desk: Desk, delivery: Delivery, row_id: RowId, want: Row | None) -> None:
    """Note where a row that could not be read differs from what it is to become: the next whole reading delivers it."""
    shown = desk.expected.shown[row_id]
    row = desk.kept_rows.get(row_id)
    if row is not None:
        delivery.rows[row_id] = OverlayRow(dict(zip(desk.fields, shown, strict=True)), row.base, row.item)
        return
    if want is None:
        cells = dict(zip(desk.fields, shown, strict=True))
        delivery.rows[row_id] = OverlayRow(cells, cells)
        return
    noted: dict[str, OverlayCell] = {}
    for place, name in enumerate(desk.fields):
        kept = desk.kept_cells.get((row_id, name))
        if kept is not None:
            noted[name] = OverlayCell(shown[place], kept.base, kept.item)
        elif not same(shown[place], want[place]):
            noted[name] = OverlayCell(shown[place], shown[place])
    if noted:
        delivery.cells[row_id] = noted


def _append(desk: Desk, delivery: Delivery, row_id: RowId, want: Row) -> None:
    """Append a row; where open items kept cells of it apart, it comes back as the sheet showed it."""
    fields = desk.fields
    cells = dict(zip(fields, want, strict=True))
    noted: dict[str, OverlayCell] = {}
    shown = desk.expected.shown.get(row_id)
    for place, name in enumerate(fields):
        kept = desk.kept_cells.get((row_id, name))
        if kept is not None and (shown is not None or (row_id, name) in desk.put_back):
            again = desk.put_back.get((row_id, name), None if shown is None else shown[place])
            cells[name] = again
            noted[name] = OverlayCell(again, kept.base, kept.item)
    for name in [name for name, cell in cells.items() if is_too_long(cell)]:
        cells[name] = None
        noted[name] = OverlayCell(None, None)
        desk.say("undelivered.too_long", row=0, field=name, limit=LONGEST)
    filled = {name: cell for name, cell in cells.items() if value_of(cell) is not None}
    delivery.actions.append(AppendRow(row_id, filled))
    delivery.cell_count += len(filled)
    delivery.rows[row_id] = OverlayRow(None, None, pending=True)
    if noted:
        delivery.cells[row_id] = noted
