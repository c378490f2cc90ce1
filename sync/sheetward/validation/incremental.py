"""A table judged once and kept judged: after a change only the rows that it can have touched are judged again.

These are the changed rows, the rows that share a unique key with one of them (before or after), and the rows that
refer to a value which came or went. The findings are always those of a full validation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from sheetward.cells import Value, value_of
from sheetward.diff import Changeset
from sheetward.table import Row, RowId, Table
from sheetward.validation.finding import Finding
from sheetward.validation.kernels import Broken
from sheetward.validation.keys import duplicates, key_groups
from sheetward.validation.validator import Validator

_NO_KNOWN: Mapping[str, Collection[Value]] = {}


@dataclass
class _Group:
    """The rows by one unique key, and what is wrong with each key that more than one row has."""

    fields: tuple[str, ...]
    places: tuple[int, ...]
    members: dict[Hashable, dict[RowId, Row]] = field(default_factory=dict[Hashable, dict[RowId, Row]])
    findings: dict[Hashable, list[Finding]] = field(default_factory=dict[Hashable, list[Finding]])

    def identity(self, row: Row) -> Hashable:
        """Give the key of a row, `None` where it has none."""
        values = tuple(value_of(row[place]) for place in self.places)
        return None if None in values else tuple((type(value), value) for value in values)


@dataclass
class _Reference:
    """One reference of the table to itself: the rows that have each value, and the rows that refer to it."""

    name: str
    place: int
    target: int
    having: dict[Value, set[RowId]] = field(default_factory=dict[Value, set[RowId]])
    referring: dict[Value, set[RowId]] = field(default_factory=dict[Value, set[RowId]])


class Incremental:
    """The findings of a table that changes. `today` stays the same for as long as it lives; not for several threads.

    `known` gives the values that references to other tables may take, as for `Validator.check_rows`.
    """

    def __init__(
        self, validator: Validator, table: Table, today: dt.date, known: Mapping[str, Collection[Value]] = _NO_KNOWN
    ) -> None:
        self._validator, self._today, self._known = validator, today, known
        self.fields = table.fields
        self.rows: dict[RowId, Row] = {}
        self._by_row: dict[RowId, list[Finding]] = {}
        self._groups = [
            _Group(names, tuple(table.fields.index(name) for name in names))
            for names in key_groups(validator.schema, table.fields)
        ]
        self._references = [
            _Reference(key.fields[0], table.fields.index(key.fields[0]), table.fields.index(key.reference_fields[0]))
            for key in validator.schema.foreign_keys
            if not key.resource
            and len(key.fields) == 1
            and {key.fields[0], key.reference_fields[0]} <= set(table.fields)
        ]
        self._put(table.rows)

    def findings(self) -> list[Finding]:
        """Give everything wrong with the table as it is now; in no order that means anything."""
        own = [finding for found in self._by_row.values() for finding in found]
        return own + [one for group in self._groups for found in group.findings.values() for one in found]

    def apply(self, changes: Changeset) -> int:
        """Apply changes and give how many rows were judged again. `KeyError` where a row to change is not there."""
        new: dict[RowId, Row | None] = dict.fromkeys(changes.removed)
        for row_id, cells in changes.added.items():
            new[row_id] = tuple(cells.get(name) for name in self.fields)
        for row_id, edits in changes.changed.items():
            row = list(self.rows[row_id])
            for place, name in enumerate(self.fields):
                if name in edits:
                    row[place] = edits[name][1]
            new[row_id] = tuple(row)
        return self._put(new)

    def _put(self, new: Mapping[RowId, Row | None]) -> int:
        touched: set[RowId] = set()
        keys: list[set[Hashable]] = [set() for _ in self._groups]
        for row_id, row in new.items():
            old = self.rows.pop(row_id, None)
            if row is not None:
                self.rows[row_id] = row
            touched |= self._refer(row_id, old, row)
            for group, moved in zip(self._groups, keys, strict=True):
                for one, is_new in ((old, False), (row, True)):
                    identity = None if one is None else group.identity(one)
                    if one is None or identity is None:
                        continue
                    members = group.members.setdefault(identity, {})
                    members.pop(row_id, None)
                    if is_new:
                        members[row_id] = one
                    moved.add(identity)
            self._by_row.pop(row_id, None)
        for group, moved in zip(self._groups, keys, strict=True):
            self._judge_keys(group, moved)
        again = [row_id for row_id in {**dict.fromkeys(new), **dict.fromkeys(touched)} if row_id in self.rows]
        self._judge_rows(again)
        return len(again)

    def _refer(self, row_id: RowId, old: Row | None, new: Row | None) -> set[RowId]:
        """Note what a row has and refers to; give the rows that refer to a value which came or went with it."""
        touched: set[RowId] = set()
        for ref in self._references:
            for row, is_new in ((old, False), (new, True)):
                if row is None:
                    continue
                for place, rows in ((ref.target, ref.having), (ref.place, ref.referring)):
                    holders = rows.setdefault(value_of(row[place]), set())
                    before = bool(holders)
                    holders.add(row_id) if is_new else holders.discard(row_id)
                    if not holders:
                        del rows[value_of(row[place])]
                    if place == ref.target and before is not bool(holders):
                        touched |= ref.referring.get(value_of(row[place]), set())
        return touched

    def _judge_keys(self, group: _Group, moved: Iterable[Hashable]) -> None:
        severity = self._validator.severity(Broken("key.duplicate"))
        for identity in moved:
            members = group.members[identity]
            group.findings.pop(identity, None)
            if len(members) > 1:
                group.findings[identity] = duplicates(group.fields, self.fields, members.items(), severity)
            elif not members:
                del group.members[identity]

    def _judge_rows(self, rows: Iterable[RowId]) -> None:
        known = {**self._known, **{ref.name: ref.having for ref in self._references}}
        given = [(row_id, self.rows[row_id]) for row_id in rows]
        self._by_row.update({row_id: [] for row_id, _ in given})
        for finding in self._validator.check_rows(self.fields, given, today=self._today, known=known):
            self._by_row[RowId(str(finding.row))].append(finding)
