"""Random histories in which the schema changes between syncs, crashes and copies: no value is lost, none changes its column.

Every value that is typed tells the column it was typed into, by a word that the column keeps whatever it is called. The
oracle knows nothing of the store: a cell anywhere that tells of another column, or a value that is nowhere any more, fails.
"""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sheetward.cells import value_of
from sheetward.errors import SheetwardError
from sheetward.merge.items import ItemKind
from sheetward.stores.memory import MemoryStore
from sheetward.stores.sqlite import SqliteStore
from sheetward_schemas import parse_schema

from .conftest import make_world
from .test_faults import CutError

HEAD = """\
name: customer
primaryKey: [no]
fields:
  - {name: no, type: string, constraints: {required: true, unique: true}, "x:auto": {kind: sequence, format: "C{:03d}"}}
  - {name: name, type: string, constraints: {required: true}}
"""
POINTS = ("after_observe", "before_commit", "after_commit", "before_write", "after_write", "before_confirm")


@dataclass
class History:
    """One history. `columns`: today's name to the word that values of that column begin with."""

    world: Any
    dice: random.Random
    columns: dict[str, str] = field(default_factory=lambda: {"phone": "p", "region": "r", "note": "n"})
    copies: dict[str, Any] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    met: set[str] = field(default_factory=set)
    """Values that stood in a sheet when it was synced."""
    unseen: set[str] = field(default_factory=set)
    count: int = 0

    def text(self, former: dict[str, str]) -> str:
        told = {name: f', "x:renamed_from": {old}' for name, old in former.items()}
        return HEAD + "".join(f"  - {{name: {n}, type: string{told.get(n, '')}}}\n" for n in self.columns)

    def word(self, name: str) -> str:
        self.count += 1
        word = f"{self.columns[name]}-{self.count}"
        self.typed.add(word)
        return word

    def words(self, *sheets: str) -> set[str]:
        """Give every value that stands in these sheets."""
        rows = [row for name in sheets or "AB" for row in self.world.sheets[name].rows]
        return {str(value_of(cell)) for row in rows for cell in row.cells.values()}

    def step(self) -> None:
        """Do one thing; what goes from the sheets before its sheet was synced was never seen by anybody else."""
        before = self.words()
        self.play()
        self.unseen |= before - self.words() - self.met

    def play(self) -> None:
        who = self.dice.choice("AB")
        sheet = self.world.sheets[who]
        roll = self.dice.random()
        if roll < 0.35 and sheet.rows:
            name = self.dice.choice(list(self.columns))
            if name in sheet.fields:
                position = self.dice.randrange(sheet.first_row, sheet.first_row + len(sheet.rows))
                if sheet.row(position).row_id:
                    sheet.set(position, name, self.word(name))
        elif roll < 0.42:
            name = self.dice.choice([n for n in self.columns if n in sheet.fields] or ["name"])
            cells = {"name": f"row{self.count}"}
            if name != "name":
                cells[name] = self.word(name)
            sheet.append(cells)
        elif roll < 0.62:
            self.sync(who)
        elif roll < 0.70:
            point = self.dice.choice(POINTS)
            with contextlib.suppress(CutError):
                self.sync(who, point)
        elif roll < 0.76:
            self.copies[who] = sheet.saved()
        elif roll < 0.80 and who in self.copies:
            sheet.restore(self.copies.pop(who))
        else:
            self.evolve()

    def sync(self, who: str, point: str = "") -> None:
        def cut(step: str) -> None:
            if step == point:
                raise CutError(step)

        shown = self.words(who)
        with contextlib.suppress(SheetwardError):
            self.world.sync(who, on_step=cut, allowed=dict.fromkeys(("deletions", "blanked", "empty", "undone", "ids")))
            self.met |= shown

    def evolve(self) -> None:
        # What the version in force says already was applied: said again, it says nothing (a swap back would be one).
        self.apply({})
        names = list(self.columns)
        roll = self.dice.random()
        former: dict[str, str] = {}
        if roll < 0.4 and names:
            old = self.dice.choice(names)
            new = self.dice.choice([n for n in ("phone", "tel", "mobile", "region", "area", "note") if n not in names])
            former = {new: old}
            self.columns = {new if n == old else n: word for n, word in self.columns.items()}
        elif roll < 0.55 and len(names) > 1:
            one, two = self.dice.sample(names, 2)
            former = {one: two, two: one}
            self.columns = {**self.columns, one: self.columns[two], two: self.columns[one]}
        elif roll < 0.75 and len(names) > 1:
            self.columns.pop(self.dice.choice(names))
        elif len(names) < 5:
            new = self.dice.choice([n for n in ("phone", "tel", "mobile", "region", "area", "note") if n not in names])
            self.columns[new] = f"{new}{self.count}"
        self.apply(former)

    def apply(self, former: dict[str, str]) -> None:
        change = self.world.evolve(self.text(former))
        moved = self.world.follow(change, *self.copies.values())
        self.copies = dict(zip(self.copies, moved, strict=True))
        for name in change.added:
            for who in "AB":
                self.world.add_column(who, name)

    def end(self) -> None:
        world = self.world
        for _ in range(12):
            for who in "AB":
                self.sync(who)
            for item in world.named.items(kind=ItemKind.CONFLICT):
                with contextlib.suppress(SheetwardError):
                    world.resolve(item.id, "store" if item.field else "keep")
            for item in world.named.items(kind=ItemKind.HELD):
                with contextlib.suppress(SheetwardError):
                    world.drop(item.id)
        world.settle()

    def check(self) -> None:
        world = self.world
        table = world.named.read("customers", world.schema.field_names)
        for row in table.rows.values():
            for name, cell in zip(table.fields, row, strict=True):
                self.told(name, value_of(cell))
        for sheet in world.sheets.values():
            for row in sheet.rows:
                for name, cell in row.cells.items():
                    self.told(name, value_of(cell))
        known = repr(world.store.changes("customers", 0, world.store.head("customers")))
        known += repr([(i.sheet, i.store, i.row_cells) for i in world.store.items(is_open=None)])
        lost = {word for word in self.typed if f"'{word}'" not in known}
        # A value that was typed over, or whose column was removed, before anything was synced is nobody's loss but its typist's.
        assert lost <= self.unseen, lost - self.unseen
        assert list(world.store.verify()) == []
        for who in "AB":
            # A copy from before a field came has no column for it.
            fields = world.sheets[who].fields
            view = {no: {n: v for n, v in row.items() if n in fields} for no, row in world.table().items()}
            assert world.shown(who) == view

    def told(self, name: str, value: object) -> None:
        if name in self.columns and isinstance(value, str) and "-" in value:
            assert value.split("-")[0] == self.columns[name], (name, value)


@pytest.mark.parametrize("seed", range(24))
def test_no_value_is_lost_or_changes_its_column(seed: int, tmp_path: Path) -> None:
    store = MemoryStore("e1") if seed % 3 else SqliteStore.open(tmp_path / "s.db", epoch_if_new="e1")
    world = make_world(store)
    history = History(world, random.Random(seed))
    world.schema = _schema(history)
    rows = [
        {"no": f"C{n:03d}", "name": f"row{n}", "phone": f"p-a{n}", "region": f"r-a{n}", "note": f"n-a{n}"}
        for n in range(1, 5)
    ]
    world.add("A", rows)
    world.add("B")
    world.settle()
    for _ in range(40):
        history.step()
    history.end()
    history.check()
    store.close()


def _schema(history: History) -> Any:
    schema, mistakes = parse_schema(history.text({}), "t")
    assert schema is not None, mistakes
    return schema
