"""Why a plan does with a cell what it does: base, ours, theirs, and the rule that decided. Read off the very plan.

Nothing is shown that the sheet's own reader may not see: a masked cell is its mask on all sides, a row out of view is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sheetward.cells import MISSING, Cell, Missing, plain_text, same, value_of
from sheetward.merge.cell import Outcome, classify
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.desk import Desk
from sheetward.plan.observation import NO_VALUE, Mark
from sheetward.plan.why import Why
from sheetward.sharing import Access, is_mask
from sheetward.table import Row, RowId, ThreeWay


@dataclass(frozen=True, slots=True)
class Explained:
    """One cell: its three sides, MISSING where a side has no such row, and the rule that decided.

    `code` names what the rule applied: why it is held or rejected, the column's policy, what kept a value from being written.
    `facts` fill that message. `position` is the sheet's row number, `None` where the sheet has no such row yet.
    """

    row: RowId
    field: str
    position: int | None
    base: Cell | Missing
    ours: Cell | Missing
    theirs: Cell | Missing
    why: Why
    code: str = ""
    facts: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Explanation:
    """The reasons of one plan. `view`: what the reader may see afterwards of the rows that were touched."""

    desk: Desk
    view: Mapping[RowId, Row]

    def row_at(self, position: int) -> RowId | None:
        """Give the row that stands in a row of the sheet."""
        return next((row_id for row_id, seen in self.desk.theirs.items() if seen.position == position), None)

    def row_of(self, key: str) -> RowId | None:
        """Give the row with a business key or an id, as far as the reader knows of it: as the sheet shows it, else as the store has it."""
        name = self.desk.situation.schema.business_key
        place = self.desk.fields.index(name) if name in self.desk.fields else None
        theirs = {row_id: seen.cells for row_id, seen in self.desk.theirs.items()}
        for rows in (theirs, self.desk.ours_view, self.desk.expected.shown):
            if RowId(key) in rows:
                return RowId(key)
            if place is not None:
                bearers = (i for i, row in rows.items() if plain_text(value_of(row[place])) == key)
                found = next(bearers, None)
                if found is not None:
                    return found
        return None

    def key_of(self, row_id: RowId) -> str | None:
        """Give the number of a row as the sheet shows it, else as its reader may see it in the store."""
        name = self.desk.situation.schema.business_key
        if name not in self.desk.fields:
            return None
        seen = self.desk.theirs.get(row_id)
        row = seen.cells if seen is not None else self.desk.ours_view.get(row_id, self.desk.expected.shown.get(row_id))
        cell = None if row is None else row[self.desk.fields.index(name)]
        return plain_text(value_of(cell)) or None

    def cell(self, row_id: RowId, name: str) -> Explained:
        """Explain one cell of a column that the sheet has."""
        desk, place = self.desk, self.desk.fields.index(name)
        seen, ours = desk.theirs.get(row_id), desk.ours_view.get(row_id)
        base = desk.expected.base_of(row_id)
        if desk.situation.rule.access(name) in (Access.MASK, Access.HIDE):
            base = desk.expected.shown.get(row_id)
        sides: ThreeWay[Cell | Missing] = ThreeWay(
            MISSING if base is None else base[place],
            MISSING if ours is None else ours[place],
            MISSING if seen is None else seen.cells[place],
        )
        why, item, code = self._decided(row_id, name, sides)
        return Explained(
            row_id,
            name,
            None if seen is None else seen.position,
            *(sides.base, sides.ours, sides.theirs),
            why,
            item.code if item is not None else code,
            None if item is None else item.facts,
        )

    def cells(self) -> Iterator[Explained]:
        """Explain every cell about which something was to be decided, in the order of the sheet; empty ones of whole rows apart."""
        desk = self.desk
        order = sorted(desk.touched, key=lambda i: (desk.theirs[i].position if i in desk.theirs else 1 << 30, i))
        for row_id in order:
            for name in desk.fields:
                found = self.cell(row_id, name)
                sides = (found.base, found.ours, found.theirs)
                is_empty = all(isinstance(side, Missing) or value_of(side) is None for side in sides)
                if found.why is not Why.UNCHANGED and not (is_empty and found.why is not Why.NO_VALUE):
                    yield found

    def _decided(self, row_id: RowId, name: str, sides: ThreeWay[Cell | Missing]) -> tuple[Why, Item | None, str]:
        of_row = self._of_row(row_id)
        if of_row is not None:
            return of_row
        desk = self.desk
        kept = desk.kept_cells.get((row_id, name))
        item = self._item(kept.item) if kept is not None else self._rejected(row_id, name)
        if item is not None:
            return _KINDS[item.kind], item, ""
        if (row_id, name) in desk.why:
            return desk.why[row_id, name][0], None, desk.why[row_id, name][1]
        if (row_id, name) in desk.taken:
            return Why.CHOSEN, None, ""
        if name in desk.edits.get(row_id, {}):
            return Why.THEIRS, None, ""
        return self._plain(row_id, name, sides)

    def _of_row(self, row_id: RowId) -> tuple[Why, Item | None, str] | None:
        """Say what decided about a whole row, `None` where its cells decide one by one."""
        desk = self.desk
        seen, item = desk.theirs.get(row_id), None
        if (row_id, "") in desk.taken:
            return Why.CHOSEN, None, ""
        if row_id in desk.kept_rows:
            item = self._item(desk.kept_rows[row_id].item)
            return (Why.UNSEEN if item is None else _KINDS[item.kind]), item, ""
        if row_id in desk.new_rows:
            return Why.NEW_ROW, None, ""
        if row_id in desk.deletes:
            return Why.DELETED_HERE, None, ""
        if row_id in desk.unseen:
            return Why.UNSEEN, None, ""
        ours = desk.ours_view.get(row_id)
        if ours is None:
            is_away = row_id in desk.situation.ours.rows
            return (Why.LEFT_VIEW if is_away else Why.DELETED_THERE), None, ""
        if seen is None:
            item = self._rejected(row_id, None)
            if item is not None:
                return Why.REJECTED, item, ""
            return (Why.PUT_BACK if row_id in desk.expected.shown else Why.APPENDED), None, ""
        return None

    def _plain(self, row_id: RowId, name: str, sides: ThreeWay[Cell | Missing]) -> tuple[Why, Item | None, str]:
        """Say what decided about a cell that nobody held, refused or edited."""
        desk, place = self.desk, self.desk.fields.index(name)
        seen = desk.theirs[row_id]
        mark = seen.marks.get(name)
        base, ours, theirs = (
            None if isinstance(side, Missing) else side for side in (sides.base, sides.ours, sides.theirs)
        )
        want = self.view[row_id][place] if row_id in self.view else ours
        if mark in NO_VALUE and (mark is Mark.ERROR or same(base, ours)):
            return Why.NO_VALUE, None, ""
        if mark is not None and not same(want, theirs):
            return Why.UNDELIVERED, None, f"undelivered.{mark.value}"
        if is_mask(theirs) or desk.situation.rule.access(name) is Access.MASK:
            return (Why.UNCHANGED if same(ours, theirs) and same(base, theirs) else Why.MASKED), None, ""
        outcome = classify(ThreeWay(base, ours, theirs))
        return _OUTCOMES.get(outcome, Why.PUT_BACK), None, ""

    def _item(self, identity: str) -> Item | None:
        return self.desk.opened.get(identity) or self.desk.situation.items.get(identity)

    def _rejected(self, row_id: RowId, name: str | None) -> Item | None:
        """Give what refuses a cell or a row in this sync, or did before and still does."""
        desk = self.desk
        new = [desk.opened[identity] for identity in desk.rejected.get(row_id, ()) if identity in desk.opened]
        known = [i for i in (desk.situation.items.get(k) for k in desk.kept) if i is not None and i.row == row_id]
        found = (i for i in (*new, *known) if i.kind is ItemKind.REJECTED and i.field == name)
        return next(found, None)


_KINDS = {ItemKind.CONFLICT: Why.CONFLICT, ItemKind.HELD: Why.HELD, ItemKind.REJECTED: Why.REJECTED}
_OUTCOMES = {
    Outcome.UNCHANGED: Why.UNCHANGED,
    Outcome.OURS: Why.OURS,
    Outcome.CONVERGENT: Why.CONVERGENT,
}
"""The outcomes that need no edit; what else the sheet says and nobody took is put back."""
