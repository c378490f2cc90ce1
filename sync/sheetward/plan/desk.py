"""The working state of one plan: what was decided so far, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sheetward.cells import MISSING, Cell, Missing, Value, to_json, value_of
from sheetward.merge.choice import Choice
from sheetward.merge.items import Item, ItemKind, cell_json, item_id
from sheetward.plan.expect import Expected
from sheetward.plan.observation import Notice, ShownRow
from sheetward.plan.plan import Trip
from sheetward.plan.situation import Situation
from sheetward.plan.why import Why
from sheetward.table import Row, RowId


@dataclass
class NewRow:
    """A row on its way into the table: its cells by field, and where it stands in the sheet.

    `last` are the cells of a deleted row that comes back. `typed` is what the sheet shows, over the observed fields.
    """

    cells: dict[str, Cell]
    seen: ShownRow
    typed: Row
    last: Mapping[str, Cell] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]


@dataclass(frozen=True, slots=True)
class KeptCell:
    """A cell that stays different on both sides: the item that says why, and the base to merge from."""

    item: str
    base: Cell


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row that stays different on both sides; `base` is `None` where the table never had it."""

    item: str
    base: Mapping[str, Cell] | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A choice of a person that this sync follows, and what stands again where it cannot: the cell's base, or the row."""

    item: str
    choice: Choice
    base: Cell = None
    row: KeptRow | None = None


@dataclass
class Desk:
    """Everything decided so far. Private to the plan floor: `make_plan` freezes it into a `Plan`.

    `theirs`: row id to what the sheet shows now. `edits`: row id to field to (old of the store, new). `kept_cells` and
    `kept_rows`: what an open item keeps apart. `unseen`: rows that an incomplete reading did not show.
    """

    situation: Situation
    expected: Expected
    ours_view: Mapping[RowId, Row]
    theirs: dict[RowId, ShownRow] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    edits: dict[RowId, dict[str, tuple[Cell, Cell]]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    bases: dict[tuple[RowId, str], Cell] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """Merge base of each edit: where a held one starts from at the next sync."""
    new_rows: dict[RowId, NewRow] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    deletes: dict[RowId, Row] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    kept_cells: dict[tuple[RowId, str], KeptCell] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    stuck_bases: dict[tuple[RowId, str], Cell] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """Merge base of cells that hold no value (an error, an uncached formula): what a person's repair starts from."""
    kept_rows: dict[RowId, KeptRow] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    put_back: dict[tuple[RowId, str], Cell] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """What a kept cell of an older revision is to show again."""
    put_back_rows: dict[RowId, Mapping[str, Cell]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """What a kept row of an older revision is to show again."""
    shifted: dict[tuple[RowId, str], str] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """Cells of a column that was sorted or shifted by itself, with the item that lets them wait."""
    trips: list[Trip] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    """Guards that recognising the rows has tripped."""
    unseen: set[RowId] = field(default_factory=set)  # pyright: ignore[reportUnknownVariableType]
    behind: set[RowId] = field(default_factory=set)  # pyright: ignore[reportUnknownVariableType]
    """Rows among `unseen` that moved in the store since the sheet was last known to show them."""
    keep_key: set[RowId] = field(default_factory=set)  # pyright: ignore[reportUnknownVariableType]
    """Rows found again without their id and number: the number they had is put back, not taken as emptied."""
    touched: set[RowId] = field(default_factory=set)  # pyright: ignore[reportUnknownVariableType]
    """Rows whose image may differ from the projection afterwards; all others are equal on both sides."""
    opened: dict[str, Item] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    rejected: dict[RowId, list[str]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """The rejections among `opened`, by row."""
    closed: dict[str, str] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """Item id to outcome."""
    kept: set[str] = field(default_factory=set)  # pyright: ignore[reportUnknownVariableType]
    taken: dict[tuple[RowId, str], Taken] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """Choices followed, by cell; under an empty field name those about a whole row."""
    remarks: dict[str, str] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """Item id to what its line says of a choice that could not be followed."""
    why: dict[tuple[RowId, str], tuple[Why, str]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """Cells that something else than the truth table decided: what, and a word for it."""
    notices: list[Notice] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    counters: dict[str, int] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]

    @property
    def fields(self) -> tuple[str, ...]:
        """Give the observed fields."""
        return self.expected.fields

    def result_row(self, row_id: RowId) -> Row | None:
        """Give a whole row as the store would have it after the edits decided so far, `None` where it would be gone."""
        table = self.situation.ours
        if row_id in self.deletes:
            return None
        new = self.new_rows.get(row_id)
        if new is not None:
            return tuple(new.cells.get(name, new.last.get(name)) for name in table.fields)
        row = table.rows.get(row_id)
        edits = self.edits.get(row_id)
        if row is None or not edits:
            return row
        return tuple(edits[name][1] if name in edits else cell for name, cell in zip(table.fields, row, strict=True))

    def open_item(
        self,
        kind: ItemKind,
        row_id: RowId,
        name: str | None,
        code: str,
        *,
        base: Cell | Missing = MISSING,
        store: Cell | Missing = MISSING,
        sheet: Cell | Missing = MISSING,
        row_cells: Mapping[str, Cell] | None = None,
        facts: Mapping[str, object] | None = None,
        seen: ShownRow | None = None,
        state: str = "",
    ) -> str:
        """Open an item, or keep the one that is open already about the very same thing; give its id.

        `state` is a word for what else the item is about and must not be shown.
        """
        s = self.situation
        sides: list[object] = [cell_json(base), cell_json(store), cell_json(sheet), code, state]
        if row_cells is not None:
            sides.append({s.word(n): to_json(c) for n, c in row_cells.items() if value_of(c) is not None})
        if kind is ItemKind.REJECTED:
            sides.append(s.number)
        identity = item_id(kind, s.binding, row_id, None if name is None else s.word(name), *sides)
        if identity in s.items:
            self.kept.add(identity)
            return identity
        if kind is ItemKind.REJECTED:
            self.rejected.setdefault(row_id, []).append(identity)
        told = {**(facts or {}), **(self._store_change(row_id, name) if kind is ItemKind.CONFLICT else {})}
        self.opened[identity] = Item(
            id=identity,
            kind=kind,
            binding=s.binding,
            table=s.table,
            row=row_id,
            field=name,
            code=code,
            base=base,
            store=store,
            sheet=sheet,
            row_cells=dict(row_cells or {}),
            facts=told,
            position=None if seen is None else seen.position,
            by=s.observed.editor or s.author,
            opened=s.now,
        )
        return identity

    def _store_change(self, row_id: RowId, name: str | None) -> Mapping[str, object]:
        """Say who changed the store's side of a conflict, and when; what is known of an earlier conflict there goes on."""
        change = self.situation.last_change(row_id, name)
        if change is not None:
            return {"store_by": change.who, "store_at": change.when.isoformat()}
        earlier = self.situation.items.get(self.expected.items.get((row_id, name), ""))
        if earlier is None:
            return {}
        return {word: earlier.facts[word] for word in ("store_by", "store_at") if word in earlier.facts}

    def drop_edit(self, row_id: RowId, name: str) -> None:
        """Let a cell's edit not enter the table."""
        edits = self.edits.get(row_id, {})
        edits.pop(name, None)
        if not edits:
            self.edits.pop(row_id, None)

    def reject(
        self,
        row_id: RowId,
        name: str | None,
        code: str,
        typed: Cell | Missing,
        seen: ShownRow | None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        """Record something typed that the sheet gets back as it was."""
        row_cells = None
        if name is None and seen is not None:
            row_cells = dict(zip(self.fields, seen.cells, strict=True))
        store: Cell | Missing = MISSING
        if name is not None and row_id in self.ours_view and name in self.fields:
            store = self.ours_view[row_id][self.fields.index(name)]
        self.open_item(
            ItemKind.REJECTED, row_id, name, code, store=store, sheet=typed, row_cells=row_cells, facts=facts, seen=seen
        )

    def bearer(self, number: Cell) -> RowId | None:
        """Give the row of the table that has this business key, after the edits of this sync."""
        value = value_of(number)
        return self._bearers.get((type(value), value))

    @cached_property
    def _bearers(self) -> Mapping[tuple[type, Value], RowId]:
        """Index the table by business key once every row that exists was merged: newcomers come after that."""
        key = self.situation.schema.business_key
        if key is None:
            return {}
        place = self.situation.ours.index[key]
        bearers: dict[tuple[type, Value], RowId] = {}
        for row_id, row in self.situation.ours.rows.items():
            edit = self.edits.get(row_id, {}).get(key)
            value = value_of(row[place] if edit is None else edit[1])
            bearers.setdefault((type(value), value), row_id)
        return bearers

    def held_rows(self) -> list[Mapping[str, Cell]]:
        """Give the cells of the rows that wait in the sheet as a whole."""
        ids = [kept.item for kept in self.kept_rows.values()]
        items = [self.opened.get(i) or self.situation.items.get(i) for i in ids]
        return [item.row_cells for item in items if item is not None and item.kind is ItemKind.HELD]

    def close(self, identity: str, outcome: str) -> None:
        """Close an open item, unless this sync keeps it."""
        if identity in self.situation.items and identity not in self.kept:
            self.closed[identity] = outcome

    def say(self, code: str, **facts: object) -> None:
        """Add a notice."""
        self.notices.append(Notice(code, facts))
