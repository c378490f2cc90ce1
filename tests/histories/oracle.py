"""Judges a history by what people can see: cells of sheets, the store's rows, its past, what waits. Knows no engine.

Everything that is typed is a word of its own (`w0001`), so that one that is lost, doubled or seen by the wrong person
can be named. Nothing of the product is imported here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WORD = re.compile(r"w\d{4}")
MASK = "\u2022" * 6


class BrokenError(AssertionError):
    """A promise was broken."""

    def __init__(self, promise: int, what: str) -> None:
        super().__init__(f"promise {promise}: {what}")
        self.promise = promise


def words_in(*things: object) -> set[str]:
    """Give the words that stand anywhere in what is printed of things."""
    return {word for thing in things for word in WORD.findall(repr(thing))}


def plain(cell: Any) -> Any:
    """Give the value of a cell, without the text that was typed."""
    return getattr(cell, "value", cell)


def access(rule: Mapping[str, Any], field: str) -> str:
    """Say what a role may do with a field."""
    columns = rule.get("columns", {})
    return str(columns.get(field, columns.get("*", "hide")))


def shows(rule: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Say whether a role sees a row."""
    return all(plain(row.get(field)) == value for field, value in rule.get("rows", {}).items())


def projected(rule: Mapping[str, Any], row: Mapping[str, Any], fields: Iterable[str]) -> tuple[Any, ...]:
    """Give a row as a role sees it."""

    def cell(field: str) -> Any:
        value, may = plain(row.get(field)), access(rule, field)
        if may == "hide" or value is None:
            return None
        return MASK if may == "mask" else value

    return tuple(cell(field) for field in fields)


@dataclass(frozen=True)
class Before:
    """What a sync began with: the words that it has to bring home, the rule, and the ids in the sheet."""

    brought: set[str]
    rule: Mapping[str, Any]
    ids: set[str]
    touches: int


class Oracle:
    """Watches one history. `sheets` and `rules` are by person and live: what is there now."""

    def __init__(self, store: Any, table: str, fields: tuple[str, ...], sheets: Any, rules: Any) -> None:
        self.store, self.table, self.fields = store, table, fields
        self.sheets, self.rules = sheets, dict(rules)
        self.typed: dict[str, str] = {}
        """Word to who typed it."""
        self.hands: dict[str, set[str]] = {name: set() for name in sheets}
        """Words that stand in a sheet as far as people are concerned and that no sync has brought home."""
        self.recorded: set[str] = set()
        """Words in the store's present or past, or in an item."""
        self.seen: dict[str, set[str]] = {name: set() for name in sheets}
        """Words that a sheet ever showed, or its list of conflicts."""
        self.met: dict[str, int] = dict.fromkeys(sheets, 0)
        self.rules_met = dict(rules)
        """Head of the store when a sheet's sync last came to its end, and the rule that this sync began under."""
        self.met_rows: dict[tuple[str, str], int] = {}
        """The same of single rows that a partial reading brought to a sheet: sheet and row to the head."""
        self.veiled: dict[tuple[str, str], set[str]] = {}
        """Sheet and row to the fields that the row showed nothing of, or a mask, when a sync last ended."""
        self.entitled: dict[str, set[str]] = {name: set() for name in sheets}
        """Words that a person's role ever let them see."""
        self.copies: Counter[str] = Counter()
        """How many rows more than one may have a word, because a person put it there."""
        self.rows: dict[str, dict[str, Any]] = {}
        self.past: dict[str, dict[str, set[str]]] = {}
        """Row and field to all words that ever stood there: history is shown by the rule of today."""
        self.head = 0
        self.cells: dict[tuple[str, str], list[tuple[int, Any]]] = {}
        """Row and field to the commits that set the cell, each with its value."""
        self._items: set[str] = set()
        self.clean: dict[str, bool] = dict.fromkeys(sheets, False)
        """Whether a sheet is as its last whole sync left it."""
        self.touches: Counter[str] = Counter()
        """How often hands were at a sheet."""

    # What people do ------------------------------------------------------------------------------------------------

    def sheet_words(self, name: str) -> set[str]:
        return words_in(self._cells(name))

    def _cells(self, name: str) -> list[list[Any]]:
        """Give the cells of a sheet's columns; what a paste brings beside them lies in no column."""
        sheet = self.sheets[name]
        return [[row.cells.get(field) for field in sheet.fields] for row in sheet.rows]

    def tally(self, name: str, clipboard: object) -> Counter[str]:
        """Count the words of a sheet and of what its person cut out."""
        return Counter(WORD.findall(repr(self._cells(name)) + repr(clipboard)))

    def hand_done(self, name: str, before: set[str], after: set[str]) -> None:
        """Note what a person's hands did to a sheet."""
        self.clean[name] = False
        self.touches[name] += 1
        gone, come = before - after, after - before
        self.hands[name] = (self.hands[name] - gone) | (come - self.recorded)
        self.seen[name] |= before | after

    def may_double(self, words: Iterable[str]) -> None:
        """A person copied these words, or put them where a refusal of one of two edits may double them."""
        self.copies.update(words)

    def shown_to(self, name: str, row_id: str) -> Mapping[str, Any]:
        """Give a row of the store as a person's role sees it."""
        row = self.rows.get(row_id, {})
        return dict(zip(self.fields, projected(self.rules[name], row, self.fields), strict=True))

    def had_number(self, row_id: str, number: Any) -> bool:
        """Say whether a row ever had a number."""
        return any(plain(value) == plain(number) for _, value in self.cells.get((row_id, "no"), []))

    # What syncs do -------------------------------------------------------------------------------------------------

    def sync_begins(self, name: str) -> Before:
        """Note what a sync begins with."""
        shown = self.sheet_words(name)
        self.seen[name] |= shown
        return Before(self.hands[name] & shown, self.rules[name], self._ids(name), self.touches[name])

    def _ids(self, name: str) -> set[str]:
        return {row.row_id for row in self.sheets[name].rows if row.row_id}

    def sync_ended(
        self, name: str, before: Before, *, is_done: bool, is_whole: bool, told: object, read: Collection[str] = ()
    ) -> None:
        """Judge a sync that came to its end, or died, or was refused; `read` are the rows that a torn reading held."""
        shown = self.sheet_words(name)
        self.catch_up()
        if (self.hands[name] if is_done and is_whole else self.hands[name] - shown) - self.recorded:
            self.read_items()
        lost = self.hands[name] - shown - self.recorded
        if lost:
            raise BrokenError(1, f"{sorted(lost)} vanished from the sheet of {name}")
        if is_done and is_whole:
            missed = (before.brought & self.hands[name]) - self.recorded
            if missed:
                raise BrokenError(1, f"{sorted(missed)} in the sheet of {name} is nowhere in the store")
        if is_done:
            is_untouched = self.touches[name] == before.touches
            self.clean[name] = is_whole and is_untouched and not self.hands[name] - self.recorded
        if is_done and is_whole:
            self.met[name] = self.head
            # A rule that came into force meanwhile shows in the sheet from its next sync on.
            self.rules_met[name] = before.rule
        elif is_done:
            met = (self._ids(name) - before.ids) | self._ids(name).intersection(read)
            self.met_rows.update(((name, row_id), self.head) for row_id in met)
        for row in self.sheets[name].rows:
            if row.row_id:
                self.veiled[name, row.row_id] = {f for f in self.fields if plain(row.cells.get(f)) in (None, MASK)}
        self.hands[name] -= self.recorded
        self.seen[name] |= shown
        self._check_eyes(name, shown, "its sheet")
        self._check_eyes(name, words_in(told), "a message")

    def received(self, name: str, head: int) -> None:
        """A write that a sheet received shows the store as of a commit, though its sync never came to its end."""
        self.met[name] = max(self.met[name], head)

    def _check_eyes(self, name: str, words: set[str], where: str) -> None:
        own = {word for word in words if self.typed.get(word) == name}
        foreign = words - own - self.entitled[name]
        if foreign:
            raise BrokenError(5, f"{sorted(foreign)} must not be seen by {name}, stands in {where}")

    def rule_changed(self, name: str, rule: Mapping[str, Any]) -> None:
        """A role's rule changes: what it showed so far was seen."""
        self.catch_up()
        self.rules[name] = rule
        for row_id, row in self.rows.items():
            self._entitle(name, row_id, row)

    def _entitle(self, name: str, row_id: str, row: Mapping[str, Any]) -> None:
        rule = self.rules[name]
        if shows(rule, row):
            cells = {**row, **self.past.get(row_id, {})}
            self.entitled[name] |= words_in([c for f, c in cells.items() if access(rule, f) in ("write", "read")])

    # The store -----------------------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Follow the store's history to its head, and judge every commit on the way."""
        head = self.store.head(self.table)
        if head < self.head:
            raise BrokenError(1, "the store forgot a commit")
        if head > self.head:
            for commit, changes in self.store.changes(self.table, self.head, head):
                self._follow(commit, changes)
            self.head = head

    def read_items(self) -> None:
        """Read what waits and what was settled: it is as good as the store, and it is shown to who has the sheet."""
        for item in self.store.items(is_open=None):
            if item.id in self._items:
                continue
            self._items.add(item.id)
            words = words_in((item.base, item.store, item.sheet, item.row_cells, item.facts))
            self.recorded |= words
            name = item.binding.removeprefix("b-")
            self._check_eyes(name, words, f"item {item.id}")
            self.seen[name] |= words

    def _follow(self, commit: Any, changes: Any) -> None:
        author = commit.binding if commit.source == "sync" else None
        number = commit.number
        for row_id, cells in changes.added.items():
            if row_id in self.rows:
                raise BrokenError(1, f"{row_id} was added twice")
            self.rows[row_id] = dict(cells)
            for field in self.fields:
                self.cells.setdefault((row_id, field), []).append((number, cells.get(field)))
        for row_id, cells in changes.removed.items():
            if {f: c for f, c in cells.items() if c is not None} != {
                f: c for f, c in self.rows[row_id].items() if c is not None
            }:
                raise BrokenError(1, f"what commit {number} removed of {row_id} is not what stood there")
            self._check_known(author, number, row_id, self.rows.pop(row_id), "removed")
        for row_id, moved in changes.changed.items():
            for field, (old, new) in moved.items():
                if self.rows[row_id].get(field) != old:
                    raise BrokenError(1, f"commit {number} replaced {old} in {row_id}.{field}, where it did not stand")
                self._check_known(author, number, row_id, {field: old}, "replaced")
                self.rows[row_id][field] = new
                self.cells.setdefault((row_id, field), []).append((number, new))
        text = repr((changes.added, changes.removed, changes.changed))
        if MASK in text:
            raise BrokenError(6, f"commit {number} has the mask for a value: {text}")
        self.recorded |= set(WORD.findall(text))
        for row_id in (*changes.added, *changes.changed):
            for field, cell in self.rows[row_id].items():
                self.past.setdefault(row_id, {}).setdefault(field, set()).update(words_in(cell))
        for row_id in (*changes.added, *changes.changed):
            for name in self.sheets:
                self._entitle(name, row_id, self.rows[row_id])

    def _check_known(self, author: str | None, number: int, row_id: str, cells: Mapping[str, Any], what: str) -> None:
        """Look whether a sheet overwrote or removed what it had never received."""
        if author is None:
            return
        met = max(self.met[author], self.met_rows.get((author, row_id), 0))
        for field, cell in cells.items():
            # A row that waited while the rule came to show more of it still shows what it showed.
            then = [access(rule, field) for rule in (self.rules[author], self.rules_met[author])]
            hidden = "hide" in then or "mask" in then or field in self.veiled.get((author, row_id), ())
            for word in words_in(cell):
                if word in self.seen[author] or self.typed.get(word) == author:
                    continue
                if what == "removed" and hidden and self._stood(row_id, field, met) == cell:
                    continue
                self.read_items()
                if word in self.seen[author]:
                    continue
                raise BrokenError(2, f"commit {number} of {author} {what} {word} ({field}), which {author} had not met")

    def _stood(self, row_id: str, field: str, number: int) -> Any:
        """Give what a cell held as of a commit."""
        return next((cell for at, cell in reversed(self.cells.get((row_id, field), [])) if at <= number), None)

    def check_rows(self) -> None:
        """Compare the store with its own history, and look for what stands twice."""
        self.catch_up()
        table = self.store.read(self.table, self.fields)
        now = {i: dict(zip(self.fields, row, strict=True)) for i, row in table.rows.items()}
        then = {i: {f: row.get(f) for f in self.fields} for i, row in self.rows.items()}
        if now != then:
            raise BrokenError(1, "the rows are not what their history says")
        numbers = Counter(plain(row["no"]) for row in now.values())
        names = Counter(word for row in now.values() for word in words_in(row["name"]))
        for value, count in numbers.items():
            if count > 1 and value is not None:
                raise BrokenError(3, f"number {value} stands in {count} rows")
        for word, count in names.items():
            if count > 1 + self.copies[word]:
                raise BrokenError(3, f"{word} stands in {count} rows")

    def check_past(self, at: int) -> None:
        """Look whether an old state reads as it was."""
        rows: dict[str, dict[str, Any]] = {}
        for _, changes in self.store.changes(self.table, 0, at):
            rows.update({i: dict(cells) for i, cells in changes.added.items()})
            for row_id in changes.removed:
                del rows[row_id]
            for row_id, moved in changes.changed.items():
                rows[row_id].update({f: new for f, (_, new) in moved.items()})
        table = self.store.read(self.table, self.fields, at)
        if {i: dict(zip(self.fields, row, strict=True)) for i, row in table.rows.items()} != {
            i: {f: row.get(f) for f in self.fields} for i, row in rows.items()
        }:
            raise BrokenError(1, f"the state of commit {at} does not read as it was")

    # The end -------------------------------------------------------------------------------------------------------

    def check_kept(self) -> None:
        """Promise 1, of everything that was ever brought home or still stands in a sheet."""
        self.read_items()
        log = self.store.changes(self.table, 0, self.store.head(self.table))
        items = self.store.items(is_open=None)
        kept = words_in([(c.added, c.removed, c.changed) for _, c in log])
        kept |= words_in([(i.base, i.store, i.sheet, i.row_cells, i.facts) for i in items])
        lost = self.recorded - kept
        if lost:
            raise BrokenError(1, f"{sorted(lost)} are gone from the store and its past")
        troubles = self.store.verify()
        if troubles:
            raise BrokenError(1, f"the chain of commits is broken: {troubles}")

    def check_converged(self, name: str) -> None:
        """Promise 4: a sheet equals what its role sees of the store."""
        self.catch_up()
        rule = self.rules[name]
        want = {i: projected(rule, row, self.fields) for i, row in self.rows.items() if shows(rule, row)}
        have = dict(self._lines(name))
        if have != want:
            extra = {i: r for i, r in have.items() if want.get(i) != r}
            lacking = {i: r for i, r in want.items() if have.get(i) != r}
            raise BrokenError(4, f"{name} shows {extra}, should show {lacking}")

    def _lines(self, name: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        once: set[str] = set()
        shown = self.sheets[name].fields
        for row in self.sheets[name].rows:
            cells = tuple(plain(row.cells.get(field)) if field in shown else None for field in self.fields)
            if row.row_id or any(cell is not None for cell in cells):
                if row.row_id in once:
                    raise BrokenError(3, f"{row.row_id!r} stands twice in the sheet of {name}")
                once.add(row.row_id)
                yield row.row_id, cells
