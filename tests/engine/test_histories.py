"""Random histories of several people at several sheets: the promises of docs/SPEC.md, judged without the engine's help.

Every value that is typed is a word of its own, so that a lost one can be named.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sheetward.cells import value_of
from sheetward.errors import GuardError, SheetwardError
from sheetward.merge.items import ItemKind
from sheetward.plan.expect import viewed
from sheetward.plan.situation import Limits
from sheetward.sharing import EVERYTHING, MASK_TEXT

HISTORIES = int(os.environ.get("SHEETWARD_HISTORIES", "400"))
"""How many; `make test-long` asks for 20,000."""
FIELDS = ("name", "phone", "region", "note")
EAST = {"rows": {"region": "east"}, "columns": {"*": "write", "note": "read"}, "delete": True, "move_out": True}
MASKED = {"columns": {"*": "write", "phone": "mask", "note": "hide"}}

OPERATIONS = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from("ABEM"), st.integers(0, 9), st.sampled_from(FIELDS)),
    st.tuples(st.just("same"), st.sampled_from("AB"), st.integers(0, 3), st.sampled_from(["phone", "note"])),
    st.tuples(st.just("blank"), st.sampled_from("AB"), st.integers(0, 9), st.sampled_from(["phone", "note"])),
    st.tuples(st.just("region"), st.sampled_from("ABEM"), st.integers(0, 9), st.sampled_from(["east", "west"])),
    st.tuples(st.just("new"), st.sampled_from("ABEM"), st.integers(0, 9), st.sampled_from(["east", "west"])),
    st.tuples(st.just("delete"), st.sampled_from("ABEM"), st.integers(0, 9), st.none()),
    st.tuples(st.just("sort"), st.sampled_from("ABEM"), st.integers(0, 1), st.sampled_from(FIELDS)),
    st.tuples(st.just("copy"), st.sampled_from("ABEM"), st.integers(0, 9), st.none()),
    st.tuples(st.just("copy over"), st.sampled_from("ABEM"), st.integers(0, 9), st.integers(1, 3)),
    st.tuples(st.just("cut"), st.sampled_from("ABEM"), st.integers(0, 9), st.none()),
    st.tuples(st.just("paste"), st.sampled_from("ABEM"), st.none(), st.none()),
    st.tuples(st.just("keep a copy"), st.sampled_from("ABEM"), st.none(), st.none()),
    st.tuples(st.just("put the copy back"), st.sampled_from("ABEM"), st.none(), st.none()),
    st.tuples(st.just("clear id"), st.sampled_from("ABEM"), st.integers(0, 9), st.none()),
    st.tuples(st.just("number"), st.sampled_from("AB"), st.integers(0, 9), st.integers(1, 5)),
    st.tuples(st.just("long"), st.sampled_from("AB"), st.integers(0, 9), st.none()),
    st.tuples(st.just("sync"), st.sampled_from("ABEM"), st.none(), st.none()),
    st.tuples(st.just("crash"), st.sampled_from("ABEM"), st.sampled_from(["after_commit", "after_write"]), st.none()),
    st.tuples(st.just("settle"), st.integers(0, 9), st.sampled_from(["store", "sheet", "keep", "delete"]), st.none()),
)


class CrashError(Exception):
    """The process died."""


class Play:
    """Performs a history and remembers every word that was typed, and where."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.words = itertools.count(1)
        self.typed: dict[str, str] = {}
        self.witnessed: set[str] = set()
        self.taken: dict[str, Any] = {}
        self.copies: dict[str, Any] = {}
        self.last = ""
        world.limits = Limits(1.0, 99, 99, 99)
        world.add("A", [{"no": f"C00{n}", "name": f"n{n}", "phone": f"p{n}", "region": r, "note": f"q{n}"}
                        for n, r in ((1, "east"), (2, "east"), (3, "west"), (4, "west"))])  # fmt: skip
        world.add("B")
        world.add("E", rule=EAST)
        world.add("M", rule=MASKED)
        world.settle()

    def word(self, sheet: str) -> str:
        text = f"w{next(self.words)}"
        self.typed[text] = sheet
        return text

    def rows(self, sheet: str) -> list[int]:
        grid = self.world.sheets[sheet]
        return [p for p in range(grid.first_row, grid.first_row + len(grid.rows)) if grid.row(p).is_shown(grid.fields)]

    def at(self, sheet: str, number: int) -> int | None:
        rows = self.rows(sheet)
        return rows[number % len(rows)] if rows else None

    def sync(self, sheet: str, **options: object) -> None:
        self.last = sheet
        shown = repr([row.cells for row in self.world.sheets[sheet].rows])
        self.witnessed |= {word for word in self.typed if f"'{word}'" in shown or f"'{word}x" in shown}
        try:
            self.world.sync(
                sheet, allowed={"empty": None, "blanked": None, "deletions": None, "undone": None}, **options
            )
        except GuardError as error:
            if error.code != "guard.ids":
                raise
            self.world.sync(
                sheet, allowed={"empty": None, "blanked": None, "deletions": None, "ids": None, "undone": None}
            )
        self.check_confidential()

    def check_confidential(self) -> None:
        """Promise 5: after a sync the masked sheet holds no phone and no note of a row that the store has."""
        table = self.world.store.read("customers", self.world.schema.field_names)
        for row in self.world.sheets["M"].rows if self.last == "M" else []:
            if row.row_id in table.rows:
                assert value_of(row.cells.get("phone")) in (None, MASK_TEXT), row
                assert value_of(row.cells.get("note")) is None, row

    def step(self, operation: tuple[Any, ...]) -> None:
        verb, sheet, number, detail = operation
        if verb == "sync":
            self.sync(sheet)
            return
        if verb == "crash":

            def die(point: str) -> None:
                if point == number:
                    raise CrashError(point)

            with contextlib.suppress(CrashError):
                self.sync(sheet, on_step=die)
            return
        if verb == "settle":
            self.choose(sheet, number)
            return
        grid = self.world.sheets[sheet]
        if verb == "new":
            grid.append({"name": self.word(sheet), "phone": self.word(sheet), "region": detail})
            return
        if verb == "sort":
            grid.sort(detail, reverse=bool(number))
            return
        if verb == "keep a copy":
            self.copies[sheet] = grid.saved()
            return
        if verb == "put the copy back":
            if sheet in self.copies:
                grid.restore(self.copies[sheet])
            return
        if verb == "paste":
            if sheet in self.taken:
                grid.paste(self.taken.pop(sheet), grid.first_row + len(grid.rows))
            return
        position = self.at(sheet, number)
        if position is None:
            return
        if verb == "edit":
            grid.set(position, detail, self.word(sheet))
        elif verb == "same":
            grid.set(position, detail, "same")
        elif verb == "blank":
            grid.set(position, detail, None)
        elif verb == "region":
            grid.set(position, "region", detail)
        elif verb == "delete":
            grid.delete(position)
        elif verb == "copy":
            grid.copy_inserted(position, position + 1)
        elif verb == "copy over":
            grid.copy(position, self.at(sheet, number + detail) or position)
        elif verb == "cut":
            self.taken[sheet] = grid.cut(position)
        elif verb == "clear id":
            grid.set_id(position, "")
        elif verb == "number":
            grid.set(position, "no", f"C00{detail}")
        elif verb == "long":
            grid.set(position, "name", self.word(sheet) + "x" * 12)

    def choose(self, number: int, choice: str) -> None:
        conflicts = self.world.store.items(kind=ItemKind.CONFLICT)
        if not conflicts:
            return
        item = conflicts[number % len(conflicts)]
        options = {"conflict.cell": ("store", "sheet"), "conflict.delete_modify": ("keep", "delete")}.get(
            item.code, ("store", "sheet")
        )
        first = choice if choice in options else options[0]
        for attempt in (first, *options):
            try:
                self.world.resolve(item.id, attempt)
            except SheetwardError as error:
                # Refreshed meanwhile, or the value would break the schema: a person chooses something else.
                assert error.exit_status in (2, 3)
            else:
                return

    def finish(self) -> None:
        """Stop editing; sync, and settle whatever waits, until nothing waits."""
        for _ in range(12):
            for sheet in "ABEM":
                self.sync(sheet)
                self.sync(sheet)
            items = self.world.store.items(kind=ItemKind.CONFLICT)
            held = self.world.store.items(kind=ItemKind.HELD)
            if not items and not held:
                break
            for item in held:
                self.world.drop(item.id)
            for number in range(len(items)):
                self.choose(number, "store")
        for _ in range(2):
            for sheet in "ABEM":
                self.sync(sheet)

    def check_lost(self) -> None:
        """Promise 1: each word typed is in the history, in an item, or still in a sheet (as typed over by its own person)."""
        changes = repr([c for _, c in self.world.store.changes("customers", 0, self.world.store.head("customers"))])
        items = repr([(i.sheet, i.store, i.row_cells) for i in self.world.store.items(is_open=None)])
        for word in self.witnessed:
            assert any(f"'{word}{end}" in text for text in (changes, items) for end in ("'", "x")), (
                f"{word} typed in {self.typed[word]} is lost"
            )

    def check_converged(self) -> None:
        """Promise 4: every sheet equals its projection; nothing stands twice."""
        world = self.world
        table = world.store.read("customers", world.schema.field_names)
        names = [row[table.index["no"]] for row in table.rows.values()]
        assert len(set(names)) == len(names)
        for sheet, grid in world.sheets.items():
            rule = world.rules.get(f"role-{sheet}", EVERYTHING)
            view = viewed(table, rule, grid.fields)
            shown = {
                row.row_id: tuple(value_of(row.cells.get(f)) for f in grid.fields)
                for row in grid.rows
                if row.is_shown(grid.fields)
            }
            assert shown == view, sheet
            assert world.sync(sheet).plan is None or not world.sync(sheet).plan.actions


def perform(new_world: Any, history: list[tuple[Any, ...]]) -> Play:
    play = Play(new_world())
    for operation in history:
        play.step(operation)
    play.finish()
    return play


@settings(
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
@given(st.lists(OPERATIONS, min_size=3, max_size=25))
def test_no_edit_is_lost_and_sheets_converge(new_world, history):
    play = perform(new_world, history)
    play.check_lost()
    play.check_converged()
