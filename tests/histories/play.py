"""Performs a history: people's hands on sheets in memory, syncs that are disturbed, what an administrator decides."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sheetward.errors import GuardError, SheetwardError, TransientError
from sheetward.merge.items import ItemKind
from sheetward.ports.store import Store
from sheetward.sharing import MASK_TEXT
from sheetward.sheets.grid import GridRow
from sheetward.sheets.memory import MemorySheet, Saved

from .company import FIELDS, PEOPLE, ROLES, TABLE, WORDED, Company, Torn
from .deeds import Deed
from .disturbed import Counted, CountedStore, Counter, DeathError, die, lose_the_answer
from .oracle import BrokenError, Oracle, words_in

GUARDS = ("empty", "blanked", "deletions", "older", "ids", "undone")
ROUNDS = 12
"""Rounds of settling after which nothing may wait any more."""


class Play:
    """One history under way; `figures` counts what happened in it."""

    def __init__(self, store: Store, media: dict[str, dict[str, bool]]) -> None:
        self.company = Company(store)
        self.figures: dict[str, int] = {}
        self.clip: dict[str, GridRow | None] = dict.fromkeys(PEOPLE)
        self.copies: dict[str, tuple[Saved, bool]] = {}
        self._words = 0
        self._depth = 0
        self._was_idle = False
        self._is_unchanged: set[str] = set()
        """Sheets in which an older copy was put back and nothing was done since."""
        self._in_window: set[str] = set()
        """Those of them whose last write was not known to have arrived then."""
        self._unnamed: dict[str, str] = {}
        """Word to the row in which it stood when a person took that row's id away."""
        self._left: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in PEOPLE}
        """Sheet and row to the cells that the last sync left there."""
        rows = [self._customer(number, "east" if number <= 3 else "west") for number in range(1, 7)]
        self.company.hire("A", rows, **media.get("A", {}))
        for name in PEOPLE[1:]:
            self.company.hire(name, **media.get(name, {}))
        self.oracle = Oracle(store, TABLE, FIELDS, self.company.sheets, self.company.rules)
        for word in words_in(rows):
            self.oracle.typed[word] = "A"
        self.oracle.hands["A"] = words_in(rows)
        for name in PEOPLE:
            self.sync(name)
        for name in PEOPLE:
            self._keep_a_copy(name, self.company.sheets[name], 0)

    def _customer(self, number: int, region: str) -> dict[str, Any]:
        cells: dict[str, Any] = {name: self._fresh() for name in WORDED}
        return {"no": f"C{number:03d}", "region": region, **cells}

    def _fresh(self) -> str:
        self._words += 1
        return f"w{self._words:04d}"

    def count(self, what: str, number: int = 1) -> None:
        self.figures[what] = self.figures.get(what, 0) + number

    def perform(self, history: Sequence[Deed]) -> None:
        """Perform a whole history, let everything be settled, and judge the end."""
        for deed in history:
            self.do(deed)
        self.oracle.check_rows()
        self.finish()

    def do(self, deed: Deed) -> None:
        """Do one deed."""
        self.count("deeds")
        verb, who, *more = deed
        if verb == "sync":
            self.sync(who, more[0])
        elif verb == "settle":
            self.settle(*more)
        elif verb in ("accept", "drop"):
            self.answer(verb, *more)
        elif verb == "restore":
            self.restore(*more)
        elif verb == "rule":
            self.change_rule(who, *more)
        else:
            self.by_hand(deed)

    # Hands ---------------------------------------------------------------------------------------------------------

    def by_hand(self, deed: Deed) -> None:
        verb, who, *more = deed
        before, stood = self.oracle.tally(who, self.clip[who]), self.oracle.sheet_words(who)
        getattr(self, "_" + verb.replace(" ", "_"))(who, self.company.sheets[who], *more)
        self._made_others(who)
        after = self.oracle.tally(who, self.clip[who])
        if verb not in ("put the copy back", "keep a copy"):
            self.oracle.may_double((after - before).elements())
            self._is_unchanged.discard(who)
        if verb != "keep a copy":
            self.oracle.hand_done(who, stood, self.oracle.sheet_words(who))

    def _typed(self, who: str, tail: str = "") -> str:
        word = self._fresh()
        self.oracle.typed[word] = who
        return word + tail

    def _at(self, sheet: MemorySheet, number: int) -> int | None:
        shown = [p for p, row in enumerate(sheet.rows, sheet.first_row) if row.is_shown(sheet.fields)]
        return shown[number % len(shown)] if shown else None

    def _set(self, sheet: MemorySheet, number: int, field: str, cell: Any) -> None:
        position = self._at(sheet, number)
        if position is not None and field in sheet.fields:  # a role may have taken the column away
            sheet.set(position, field, cell)

    def _edit(self, who: str, sheet: MemorySheet, number: int, field: str) -> None:
        self._set(sheet, number, field, self._typed(who))

    def _long(self, who: str, sheet: MemorySheet, number: int) -> None:
        self._set(sheet, number, "name", self._typed(who, "x" * 12))

    def _same(self, who: str, sheet: MemorySheet, number: int, field: str) -> None:
        self._set(sheet, number % 4, field, "same")

    def _blank(self, who: str, sheet: MemorySheet, number: int, field: str) -> None:
        self._set(sheet, number, field, None)

    def _mask(self, who: str, sheet: MemorySheet, number: int, field: str) -> None:
        self._set(sheet, number, field, MASK_TEXT)

    def _move(self, who: str, sheet: MemorySheet, number: int, region: str) -> None:
        self._set(sheet, number, "region", region)

    def _number(self, who: str, sheet: MemorySheet, number: int, other: int) -> None:
        self._set(sheet, number, "no", f"C{other:03d}")

    def _no_number(self, who: str, sheet: MemorySheet, number: int) -> None:
        self._set(sheet, number, "no", None)

    def _new(self, who: str, sheet: MemorySheet, number: int, region: str) -> None:
        cells: dict[str, Any] = {"name": self._typed(who), "phone": self._typed(who), "region": region}
        sheet.append({**cells, "no": f"N{number}"} if number < 2 else cells)

    def _insert(self, who: str, sheet: MemorySheet, number: int, region: str) -> None:
        position = self._at(sheet, number) or sheet.first_row
        sheet.insert(position, {"name": self._typed(who), "note": self._typed(who), "region": region})

    def _delete(self, who: str, sheet: MemorySheet, number: int) -> None:
        position = self._at(sheet, number)
        if position is not None:
            sheet.delete(position)

    def _clear(self, who: str, sheet: MemorySheet, number: int) -> None:
        position = self._at(sheet, number)
        if position is not None:
            sheet.clear(position)

    def _sort(self, who: str, sheet: MemorySheet, is_reverse: int, field: str) -> None:
        sheet.sort(field, reverse=bool(is_reverse))

    def _sort_without_ids(self, who: str, sheet: MemorySheet, is_reverse: int, field: str) -> None:
        sheet.sort(field, reverse=bool(is_reverse), with_ids=False)
        self._cells_wandered(sheet, FIELDS)

    def _sort_a_column(self, who: str, sheet: MemorySheet, is_reverse: int, field: str) -> None:
        sheet.sort_column(field, reverse=bool(is_reverse % 2))
        self._cells_wandered(sheet, (field,))

    def _cells_wandered(self, sheet: MemorySheet, fields: Sequence[str]) -> None:
        """Single cells went from row to row: where one of two edits is refused, a word stands in both, rightly."""
        self.oracle.may_double(words_in([[row.cells.get(f) for f in fields] for row in sheet.rows]))

    def _shift_down(self, who: str, sheet: MemorySheet, number: int, by: int, field: str) -> None:
        """Paste a block of cells one row lower than it was copied."""
        start = self._at(sheet, number)
        if start is None:
            return
        taken = [dict(sheet.row(p).cells) for p in range(start, start + by)]
        for place, cells in enumerate(taken):
            sheet.row(start + place + 1).cells = dict(cells)
        self._cells_wandered(sheet, FIELDS)

    def _shift_right(self, who: str, sheet: MemorySheet, number: int, field: str) -> None:
        """Paste a column of a few rows one column further right than it was copied."""
        start = self._at(sheet, number)
        target = FIELDS[(FIELDS.index(field) + 1) % len(FIELDS)]
        if start is None:
            return
        for position in range(start, min(start + 3, sheet.first_row + len(sheet.rows))):
            cells = sheet.row(position).cells
            cells[target] = cells.get(field)
        self._cells_wandered(sheet, FIELDS)

    def _fill_down(self, who: str, sheet: MemorySheet, number: int, by: int, field: str) -> None:
        start = self._at(sheet, number)
        if start is not None:
            sheet.fill_down(field, start, min(start + by, sheet.first_row + len(sheet.rows) - 1))

    def _swap(self, who: str, sheet: MemorySheet, number: int, by: int, field: str) -> None:
        one, other = self._at(sheet, number), self._at(sheet, number + by)
        if one is not None and other is not None:
            sheet.swap(one, other, field)
            self._cells_wandered(sheet, (field,))

    def _copy(self, who: str, sheet: MemorySheet, number: int) -> None:
        position = self._at(sheet, number)
        if position is not None:
            sheet.copy_inserted(position, position + 1)

    def _copy_without_number(self, who: str, sheet: MemorySheet, number: int) -> None:
        position = self._at(sheet, number)
        if position is not None:
            sheet.copy_inserted(position, position + 1)
            sheet.set(position + 1, "no", None)

    def _copy_over(self, who: str, sheet: MemorySheet, number: int, by: int) -> None:
        position, other = self._at(sheet, number), self._at(sheet, number + by)
        if position is not None and other is not None:
            sheet.copy(position, other)

    def _cut(self, who: str, sheet: MemorySheet, number: int) -> None:
        position = self._at(sheet, number)
        if position is not None:
            self.clip[who] = sheet.cut(position)

    def _paste(self, who: str, sheet: MemorySheet, number: int) -> None:
        row = self.clip[who]
        if row is not None:
            self.clip[who] = None
            # Where a sync put the row back meanwhile, this makes a second one of it.
            self.oracle.may_double(words_in(row.cells) & self.oracle.sheet_words(who))
            sheet.paste(row, sheet.first_row + len(sheet.rows))

    def _clear_id(self, who: str, sheet: MemorySheet, number: int) -> None:
        position = self._at(sheet, number)
        if position is None:
            return
        row = sheet.row(position)
        if row.row_id:
            self._unnamed.update(dict.fromkeys(words_in(row.cells), row.row_id))
        sheet.set_id(position, "")

    def _made_others(self, who: str) -> None:
        """A row that has neither its id nor a number that it ever had nor much else is another customer; the first may stay.

        So is one that waited for its number under an id of its own, once a person takes that number away.
        """
        for row in self.company.sheets[who].rows:
            for word in words_in(row.cells) & self._unnamed.keys():
                row_id = self._unnamed[word]
                if row.row_id == row_id:
                    continue
                # Hands may have been at it after the last sync read the sheet: what the store has counts, too.
                known = self._left[who].get(row_id, {}), self.oracle.shown_to(who, row_id)
                if any(self._is_another(row.cells, row_id, was) for was in known):
                    self.oracle.may_double([word])
                    if row.row_id:
                        del self._unnamed[word]  # it enters once

    def _is_another(self, cells: Mapping[str, Any], row_id: str, left: Mapping[str, Any]) -> bool:
        if cells.get("no") is not None:
            return not self.oracle.had_number(row_id, cells["no"])
        pairs = [(cells.get(f), left.get(f)) for f in FIELDS if cells.get(f) is not None or left.get(f) is not None]
        new, old = cells.get("phone"), left.get("phone")
        is_same_phone = new == old or not {None, MASK_TEXT}.isdisjoint((new, old))
        return not is_same_phone or sum(a == b for a, b in pairs) < 0.6 * len(pairs)

    def _keep_a_copy(self, who: str, sheet: MemorySheet, number: int) -> None:
        is_clean = self.oracle.clean[who]
        self.copies[who] = sheet.saved(), is_clean

    def _put_the_copy_back(self, who: str, sheet: MemorySheet, number: int) -> None:
        if who not in self.copies:
            return
        saved, is_clean = self.copies[who]
        sheet.restore(saved)
        self.count("old copies")
        state = self.company.store.binding(who)
        if state is not None and state.pending is not None:
            self.count("old copies while a write waits")
            self._in_window.add(who)
        else:
            self._in_window.discard(who)
        # What was cut from the sheet stands in it again: a paste will double it.
        self.oracle.may_double(words_in(self.clip[who]))
        if is_clean:
            self._is_unchanged.add(who)
        else:
            # It holds what was under way when it was taken: those rows may be new ones to anybody.
            self.oracle.may_double(self.oracle.sheet_words(who))

    # Syncs ---------------------------------------------------------------------------------------------------------

    def sync(self, who: str, disturbance: Deed | None = None) -> bool:
        """Sync a sheet, disturbed where asked, and judge it; say whether it came to its end."""
        self.count("syncs")
        before = self.oracle.sync_begins(who)
        first = self.company.store.head(TABLE)
        was_unchanged = who in self._is_unchanged
        waited = self._held(who) if was_unchanged else set[tuple[str, str | None]]()
        options, is_calm = self._disturbed(who, disturbance)
        is_whole = not isinstance(options.get("replica"), Torn)
        told: object = None
        read: set[str] = set()
        is_done = False
        sheet = self.company.sheets[who]
        revision = sheet.revision()
        self._depth += 1
        try:
            report = self.company.sync(who, **options)
            told, is_done = (report.plan and (report.plan.notices, report.plan.trips)), True
            read = set() if report.observed is None else {row.row_id for row in report.observed.rows}
            self._was_idle = report.plan is None
        except DeathError:
            self.count("crashes")
        except TransientError as error:
            told = error.facts
            self.count("put off")
        except GuardError as error:
            told = error.facts
            self._check_refusal(who, error, first, revision, is_calm=is_calm)
        finally:
            self._depth -= 1
            sheet.before_action = None
        self.oracle.sync_ended(who, before, is_done=is_done, is_whole=is_whole, told=told, read=read)
        state = self.company.store.binding(who)
        if state is not None and state.pending is not None and sheet.stamp == state.pending.stamp:
            # Nobody heard of it, but the write arrived, and with it all that was known then.
            self.oracle.received(who, state.base)
        if told is not None and not is_done and self._depth == 0 and is_calm:
            return self._sync_allowed(who)
        if is_done and is_calm and was_unchanged:
            self._check_copy_said_nothing(who, first, waited)
        if is_done:
            self._is_unchanged.discard(who)
            self._left[who] = {row.row_id: dict(row.cells) for row in sheet.rows}
        return is_done

    def _sync_allowed(self, who: str) -> bool:
        """Sync with every guard let pass, as a person does who was asked."""
        self.count("guards let pass")
        before = self.oracle.sync_begins(who)
        first = self.oracle.head
        waited = self._held(who)
        report = self.company.sync(who, allowed=dict.fromkeys(GUARDS))
        told = report.plan and (report.plan.notices, report.plan.trips)
        self.oracle.sync_ended(who, before, is_done=True, is_whole=True, told=told)
        if who in self._is_unchanged:
            self._check_copy_said_nothing(who, first, waited)
        self._is_unchanged.discard(who)
        self._left[who] = {row.row_id: dict(row.cells) for row in self.company.sheets[who].rows}
        return True

    def _held(self, who: str) -> set[tuple[str, str | None]]:
        """Give the rows and cells of a sheet that wait."""
        held = self.company.store.items(binding=f"b-{who}", kind=ItemKind.HELD)
        return {(item.row, item.field) for item in held}

    def _check_refusal(self, who: str, error: GuardError, head: int, revision: str, *, is_calm: bool) -> None:
        self.count("guards")
        if not error.code.startswith("guard."):
            raise BrokenError(3, f"the sheet of {who} was refused: {error.code}")
        if is_calm and (self.company.store.head(TABLE) != head or self.company.sheets[who].revision() != revision):
            raise BrokenError(2, f"a sync of {who} wrote something though it was refused: {error.code}")

    def _check_copy_said_nothing(self, who: str, head: int, waited: set[tuple[str, str | None]]) -> None:
        """Look whether an older copy, put back as a sync had left it, changed anything in the store.

        A row or cell that waited is no word of the copy: it enters where somebody else set its number free.
        """
        rows = {row for row, field in waited if field is None}
        self.count("old copies judged")
        mine = [
            (c.number, changes)
            for c, changes in self.company.store.changes(TABLE, head, self.company.store.head(TABLE))
            if c.binding == who
            and (
                changes.removed
                or changes.added.keys() - rows
                or any((i, f) not in waited for i, moved in changes.changed.items() for f in moved)
            )
        ]
        if who in self._in_window and mine:
            # It bears the stamp of today: a row that the sheet had just deleted is taken for one pasted again.
            self.count("rows revived by an older copy in a crash window")
            mine = [(n, c) for n, c in mine if c.changed or c.removed]
        if mine:
            raise BrokenError(6, f"an older copy of {who} was taken for edits: {mine}")

    def _disturbed(self, who: str, disturbance: Deed | None) -> tuple[dict[str, Any], bool]:
        """Give the options of a sync that is disturbed so, and whether it is not disturbed at all."""
        if disturbance is None or self._depth:
            return {}, True
        at, when, what, more = disturbance
        sheet = self.company.sheets[who]
        if what == "torn":
            self.count("torn readings")
            return {"replica": Torn(sheet, more)}, False
        if what == "halfway":

            def cut(number: int) -> None:
                if number == more:
                    die()

            sheet.before_action = cut
            return {}, False
        acts: dict[str, Callable[[], None]] = {
            "die": die,
            "lose": lose_the_answer,
            "hands": lambda: self._hands_meanwhile(more),
            "race": lambda: self._race(more),
            "rule": lambda: self.do(more),
        }
        when = "after" if what == "lose" else when
        counter = Counter(at, when, acts[what], waits=what in ("race", "rule"))
        ports = {"store": CountedStore(self.company.store, counter), "replica": Counted(sheet, counter)}
        return {**ports, "on_step": counter.step, "allowed": dict.fromkeys(GUARDS)}, False

    def _hands_meanwhile(self, deeds: Sequence[Deed]) -> None:
        self.count("edits during a sync", len(deeds))
        for deed in deeds:
            self.by_hand(deed)

    def _race(self, who: str) -> None:
        self.count("races")
        self.sync(who)

    # Decisions -----------------------------------------------------------------------------------------------------

    def settle(self, number: int, choice: str) -> None:
        """Resolve one of the open conflicts, this way or as it can be."""
        conflicts = self.company.store.items(kind=ItemKind.CONFLICT)
        if not conflicts:
            return
        item = conflicts[number % len(conflicts)]
        self.count("resolutions")
        options = {
            "conflict.delete_modify": ["keep", "delete"],
            "conflict.left_view": ["store", "sheet"],
        }.get(item.code, ["store", "sheet", "base"])
        self.oracle.may_double(words_in((item.base, item.store, item.sheet, item.row_cells)))
        for attempt in dict.fromkeys([choice, *options]):
            value = self._typed("boss") if attempt == "value" else None
            try:
                self.company.resolve(item.id, attempt, value)
            except SheetwardError as error:
                if error.exit_status not in (2, 3):
                    raise
            else:
                self.oracle.catch_up()
                return

    def answer(self, verb: str, number: int) -> None:
        """Let what is held into the table, or give it up."""
        held = self.company.store.items(kind=ItemKind.HELD)
        if not held:
            return
        item = held[number % len(held)]
        self.oracle.may_double(words_in((item.base, item.sheet, item.row_cells)))
        self.count("held answered")
        if verb == "accept":
            try:
                self.company.accept(item.id)
            except SheetwardError as error:
                if error.exit_status not in (2, 3):
                    raise
            else:
                return
            if self.company.store.item(item.id).outcome:  # type: ignore[union-attr]
                return  # the store moved meanwhile: a conflict from now on
        self.company.drop(item.id)

    def restore(self, area: str, number: int, row: int | None, fields: list[str] | None, who: str) -> None:
        """Bring something back as it was some commits ago."""
        head = self.company.store.head(TABLE)
        after = max(0, head - 1 - number) if area != "run" else head - 1
        self.oracle.may_double(list(self.oracle.recorded))
        with contextlib.suppress(SheetwardError):
            self.company.restore(after, row=row, fields=fields, binding=who if area == "sheet" else None)
        self.count("restores")
        self.oracle.catch_up()

    def change_rule(self, who: str, number: int) -> None:
        rule = ROLES[who][number]
        if rule == self.company.rules[who]:
            return
        self.count("role changes")
        self.oracle.catch_up()
        self.company.set_rule(who, rule)
        self.oracle.rule_changed(who, rule)

    # The end -------------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Stop editing; sync and settle until nothing waits; two rounds later every sheet is what it should be."""
        for _ in range(ROUNDS):
            for name in PEOPLE:
                self._sync_calmly(name)
            conflicts = self.company.store.items(kind=ItemKind.CONFLICT)
            held = self.company.store.items(kind=ItemKind.HELD)
            self.count("conflicts", len(conflicts))
            if not conflicts and not held:
                break
            for number, item in enumerate(held):
                if self.company.store.item(item.id).outcome == "":  # type: ignore[union-attr]
                    self.answer("accept" if number % 2 else "drop", 0)
            for number in range(len(conflicts)):
                self.settle(0, "sheet" if number % 3 == 1 else "store")
        for _ in range(2):
            idle = []
            for name in PEOPLE:
                self._sync_calmly(name)
                idle.append(self._was_idle)
            if all(idle):
                break
        self.oracle.check_rows()
        self.oracle.check_kept()
        self.oracle.check_past(self.oracle.head // 2)
        for name in PEOPLE:
            self.oracle.check_converged(name)
            self._check_idle(name)

    def _sync_calmly(self, name: str) -> None:
        for _ in range(3):
            if self.sync(name):
                return
        raise BrokenError(4, f"{name} does not come through")

    def _check_idle(self, name: str) -> None:
        """Promise 3: a sync without edits changes nothing at all."""
        sheet, store = self.company.sheets[name], self.company.store
        before = sheet.revision(), store.head(TABLE), store.binding(name)
        self.company.sync(name)
        if (sheet.revision(), store.head(TABLE), store.binding(name)) != before:
            raise BrokenError(3, f"a sync of {name} without edits did something")
