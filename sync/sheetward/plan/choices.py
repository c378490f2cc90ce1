"""What a person chose in the workbook's list of what waits, decided in the same plan as the rest of the sync.

A choice compares and sets: it counts only where this very sync would keep the item open about the same pair. So all is
decided first as if nothing had been chosen; then an item that was kept is settled by what was chosen for it. A choice
that cannot be followed leaves the item open, and its line says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sheetward_schemas.model import TableSchema

from sheetward.cells import BLANK, Cell, Missing, RawCell, same, value_of
from sheetward.formats import column_reader
from sheetward.formats.reading import Reading
from sheetward.merge.choice import Choice, choices_for
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.desk import Desk, KeptCell, KeptRow, NewRow, Taken
from sheetward.plan.line_cells import open_cell_conflict
from sheetward.plan.observation import NO_VALUE, ShownLine
from sheetward.plan.pasted import COVERED
from sheetward.plan.shifted import CODE as SHIFTED
from sheetward.plan.situation import Situation
from sheetward.sharing import Access, Rejected, authorise_delete, is_mask, put_new_row
from sheetward.table import RowId, ThreeWay

ORDER = (Choice.SHEET, Choice.STORE, Choice.VALUE, Choice.KEEP, Choice.DELETE, Choice.ACCEPT, Choice.DROP)
"""The choices of the list, as they are offered there. What stood there before both sides moved is not on offer."""
OUTCOMES = {Choice.ACCEPT: "accepted", Choice.DROP: "dropped"}
"""The outcomes that are not called as their choices are."""


def offered(s: Situation, item: Item) -> tuple[Choice, ...]:
    """Give the choices that the sheet's reader has for an item.

    Who sees only a part of the table accepts nothing against its rules and decides nothing beyond the rights of the role.
    """
    fitting = set(choices_for(item))
    if item.code == "conflict.left_view":
        fitting.clear()
    is_partial = not s.rule.is_whole(s.schema.field_names)
    if Choice.ACCEPT in fitting and is_partial and item.code not in (SHIFTED, COVERED):
        fitting.discard(Choice.ACCEPT)
    if item.code == COVERED and isinstance(authorise_delete(s.rule), Rejected):
        fitting.discard(Choice.ACCEPT)
    if item.code == "conflict.delete_modify":
        if item.facts.get("deleted") == "sheet" and isinstance(authorise_delete(s.rule), Rejected):
            fitting.discard(Choice.DELETE)
        if item.facts.get("deleted") == "store" and not s.rule.insert:
            fitting.discard(Choice.KEEP)
    return tuple(choice for choice in ORDER if choice in fitting)


def read_value(schema: TableSchema, name: str, raw: RawCell, region: str | None) -> Reading:
    """Read a value that was typed for a field elsewhere than in its column."""
    return column_reader(schema.by_name[name], missing_values=schema.missing_values).read(raw, region)


def take_choices(desk: Desk) -> None:
    """Settle what was chosen in the list; nothing of an older copy of the sheet counts as a choice."""
    if desk.situation.since is not None:
        return
    for line, item in _chosen(desk):
        choice = _understood(desk, line, item)
        if choice is None:
            continue
        if item.kind is ItemKind.HELD:
            done = _take_held(desk, item, choice)
        elif item.field is None:
            done = _take_row(desk, item, choice)
        else:
            done = _take_cell(desk, item, choice, line.value)
        if not done and item.id in desk.kept:
            desk.remarks.setdefault(item.id, "choice.refreshed")


def _chosen(desk: Desk) -> Iterator[tuple[ShownLine, Item]]:
    """Give the lines that a person wrote into, about items that are open; of two about one item neither."""
    s = desk.situation
    lines = [line for line in s.observed.settling or () if line.is_chosen]
    for line in lines:
        item = s.items.get(line.item)
        if item is not None and item.row not in desk.unseen:
            if sum(other.item == line.item for other in lines) > 1:
                desk.remarks[line.item] = "choice.twice"
            else:
                yield line, item


def _understood(desk: Desk, line: ShownLine, item: Item) -> Choice | None:
    has_value = line.value != BLANK
    choice = line.choice if line.text else Choice.VALUE
    if choice is None:
        desk.remarks[item.id] = "choice.not_understood"
    elif choice not in offered(desk.situation, item):
        desk.remarks[item.id] = "choice.not_offered"
    elif has_value and choice is not Choice.VALUE:
        desk.remarks[item.id] = "choice.contradicts"
    elif choice is Choice.VALUE and not has_value:
        desk.remarks[item.id] = "choice.value_missing"
    else:
        return choice
    return None


def _take_cell(desk: Desk, item: Item, choice: Choice, raw: RawCell) -> bool:
    s, place = desk.situation, (item.row, item.field or "")
    kept = desk.kept_cells.get(place)
    seen = desk.theirs.get(item.row)
    if kept is None or kept.item != item.id or seen is None or item.id not in desk.kept:
        return False
    now = s.ours.cell(*place)
    theirs = seen.cells[desk.fields.index(place[1])]
    if s.rule.access(place[1]) is not Access.WRITE or not (same(now, item.store) and same(theirs, item.sheet)):
        return False
    picked: Cell = theirs if choice is Choice.SHEET else now
    if choice is Choice.VALUE:
        reading = read_value(s.schema, place[1], raw, _region(desk, item.row, place[1]))
        picked = value_of(reading.cell)
        if not reading.is_settled or is_mask(reading.cell):
            desk.remarks[item.id] = "choice.value_unclear"
            return False
    del desk.kept_cells[place]
    desk.taken[place] = Taken(item.id, choice, kept.base)
    _close(desk, item.id, choice)
    if not same(now, picked):
        desk.edits.setdefault(item.row, {})[place[1]] = (now, picked)
        desk.bases[place] = kept.base
    return True


def _region(desk: Desk, row_id: RowId, name: str) -> str | None:
    """Give the region of a row, where a field's values are read by it."""
    source = desk.situation.schema.by_name[name].kind.get("regionFrom")
    row = desk.result_row(row_id)
    if not isinstance(source, str) or source not in desk.situation.schema.by_name or row is None:
        return None
    value = value_of(row[desk.situation.ours.index[source]])
    return value if isinstance(value, str) and len(value) == 2 else None


def _take_row(desk: Desk, item: Item, choice: Choice) -> bool:
    """Settle `delete/modify`: the row stays on both sides, or goes on both."""
    s, row_id = desk.situation, item.row
    kept = desk.kept_rows.get(row_id)
    if kept is None or kept.item != item.id or item.id not in desk.kept:
        return False
    row, seen = s.ours.rows.get(row_id), desk.theirs.get(row_id)
    if choice is Choice.DELETE and row is not None:
        if s.referrers(dict(zip(s.ours.fields, row, strict=True))):
            desk.remarks[item.id] = "choice.referenced"
            return False
        desk.deletes[row_id] = row
    elif choice is Choice.KEEP and row is None:
        if seen is None:
            return False
        shown = {n: c for n, c in zip(desk.fields, seen.cells, strict=True) if seen.marks.get(n) not in NO_VALUE}
        typed = edits_of(shown, kept.base)
        last = {n: c for n, c in s.deleted.get(row_id, {}).items() if typed.get(n, c) is not None}
        typed = {n: c for n, c in typed.items() if value_of(c) is not None}
        put = put_new_row(s.rule, s.ours.fields, {**dict(last), **typed})
        if put.held is not None:
            desk.remarks[item.id] = "choice.not_offered"
            return False
        desk.new_rows[row_id] = NewRow(dict(put.cells), seen, seen.cells, dict(last))
    del desk.kept_rows[row_id]
    desk.taken[row_id, ""] = Taken(item.id, choice, row=kept)
    _close(desk, item.id, choice)
    return True


def edits_of(shown: Mapping[str, Cell], base: Mapping[str, Cell] | None) -> dict[str, Cell]:
    """Give what was typed into a row that is kept: of the other cells the table's last state counts, which may be newer."""
    return {n: c for n, c in shown.items() if base is None or n not in base or not same(base[n], c)}


def _take_held(desk: Desk, item: Item, choice: Choice) -> bool:
    if item.code == SHIFTED:
        return _take_column(desk, item, choice)
    if item.field is not None:
        return _take_held_cell(desk, item, choice)
    return _take_covered(desk, item, choice) if item.code == COVERED else _take_held_row(desk, item, choice)


def _take_held_cell(desk: Desk, item: Item, choice: Choice) -> bool:
    place = item.row, item.field or ""
    edit = desk.edits.get(item.row, {}).get(place[1])
    known = desk.expected.items.get(place) == item.id
    if not known or edit is None or isinstance(item.sheet, Missing) or not same(edit[1], item.sheet):
        return False
    desk.taken[place] = Taken(item.id, choice, desk.bases[place])
    if choice is Choice.DROP:
        desk.drop_edit(*place)
    _close(desk, item.id, choice)
    return True


def _take_column(desk: Desk, item: Item, choice: Choice) -> bool:
    """Let the edits of a column go their ordinary way, to be judged like any others, or put the column back."""
    waiting = [place for place, kept in desk.kept_cells.items() if kept.item == item.id]
    if not waiting or item.id not in desk.kept:
        return False
    for row_id, name in waiting:
        kept, seen = desk.kept_cells.pop((row_id, name)), desk.theirs[row_id]
        cell = ThreeWay(kept.base, desk.situation.ours.cell(row_id, name), seen.cells[desk.fields.index(name)])
        if choice is Choice.ACCEPT and same(cell.ours, cell.base):
            desk.edits.setdefault(row_id, {})[name] = (cell.ours, cell.theirs)
            desk.bases[row_id, name] = cell.base
        elif choice is Choice.ACCEPT and not same(cell.ours, cell.theirs):
            open_cell_conflict(desk, row_id, name, cell, seen)
    _close(desk, item.id, choice)
    return True


def _take_held_row(desk: Desk, item: Item, choice: Choice) -> bool:
    row_id, seen = item.row, desk.theirs.get(item.row)
    if desk.expected.items.get((row_id, None)) != item.id or seen is None:
        return False
    typed = dict(zip(desk.fields, seen.cells, strict=True))
    if not all(same(typed.get(name), cell) for name, cell in item.row_cells.items() if name in typed):
        return False
    kept = desk.kept_rows.get(row_id)
    if choice is Choice.DROP:
        desk.new_rows.pop(row_id, None)
        desk.kept_rows.pop(row_id, None)
    elif row_id not in desk.new_rows or kept is not None:
        return False
    desk.taken[row_id, ""] = Taken(item.id, choice, row=KeptRow(item.id, None))
    _close(desk, item.id, choice)
    return True


def _take_covered(desk: Desk, item: Item, choice: Choice) -> bool:
    """Settle a row that another one was pasted over: it was meant to go, or it comes back."""
    s, kept = desk.situation, desk.kept_rows.get(item.row)
    if kept is None or kept.item != item.id or item.row not in s.ours.rows:
        return False
    if choice is Choice.ACCEPT:
        desk.deletes[item.row] = s.ours.rows[item.row]
    del desk.kept_rows[item.row]
    desk.taken[item.row, ""] = Taken(item.id, choice, row=kept)
    _close(desk, item.id, choice)
    return True


def _close(desk: Desk, identity: str, choice: Choice) -> None:
    desk.kept.discard(identity)
    desk.close(identity, OUTCOMES.get(choice, choice.value))


def untake(desk: Desk, row_id: RowId, name: str, remark: str) -> bool:
    """Take a choice back whose result may not stand, and say so; give false where none was taken there.

    `name` is empty for a whole row. The item is open again as it was, and each side shows its own.
    """
    taken = desk.taken.pop((row_id, name), None)
    if taken is None:
        return False
    desk.closed.pop(taken.item, None)
    desk.kept.add(taken.item)
    desk.remarks[taken.item] = remark
    if name:
        desk.drop_edit(row_id, name)
        desk.kept_cells[row_id, name] = KeptCell(taken.item, taken.base)
    else:
        desk.new_rows.pop(row_id, None)
        desk.deletes.pop(row_id, None)
        if taken.row is not None:
            desk.kept_rows[row_id] = taken.row
    return True


def is_accepted(desk: Desk, row_id: RowId, name: str) -> bool:
    """Say whether a person let a held cell (or a held row, with an empty name) in as it was typed."""
    taken = desk.taken.get((row_id, name))
    return taken is not None and taken.choice is Choice.ACCEPT
