"""A schema ready to judge rows. Two hosts run the same kernels: this one row by row, pandera for whole tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sheetward_schemas.model import TableSchema

from sheetward.cells import Cell, Value, value_of
from sheetward.table import Row, Table
from sheetward.validation.finding import Finding, Severity
from sheetward.validation.kernels import Broken, Kernel, kernels, region_of
from sheetward.validation.keys import Key, duplicates, key_groups
from sheetward.validation.rules import CrossRule, cross_rules, references

MANY: Final = 40_000
"""Fewer rows than this are judged one by one sooner than pandas and pandera are loaded."""
_NO_KNOWN: Mapping[str, Collection[Value]] = {}


class Validator:
    """Judges canonical rows by a schema. Holds caches of distinct values: not for several threads at once.

    Fields that the schema does not know are left alone, and so are rules that read a field the rows do not have.
    """

    def __init__(self, schema: TableSchema) -> None:
        self.schema = schema
        self._rules: dict[tuple[str, ...], tuple[CrossRule, ...]] = {}
        self._columns: dict[tuple[str, dt.date], _Column] = {}

    @cached_property
    def kernels(self) -> Mapping[str, tuple[Kernel, ...]]:
        """Give the kernels of every field, by its name."""
        return {field.name: kernels(field, self.schema) for field in self.schema.fields}

    def severity(self, broken: Broken) -> Severity:
        """Say how grave something is: the rule's own word, the schema's list of warnings, the schema's default."""
        if broken.severity is not None:
            return broken.severity
        is_mild = broken.code in self.schema.warn_codes or self.schema.severity_default == "warn"
        return "warning" if is_mild else "error"

    def finding(self, key: Key, field: str, broken: Broken, cell: Cell, reads: tuple[str, ...]) -> Finding:
        """Give a broken rule its place."""
        return Finding(key, field, broken.code, self.severity(broken), cell, reads, broken.facts, broken.suggestion)

    def rules(self, fields: tuple[str, ...]) -> tuple[CrossRule, ...]:
        """Give the rules over several fields that can be judged on rows of these fields."""
        found = self._rules.get(fields)
        if found is None:
            found = self._rules[fields] = cross_rules(self.schema, fields)
        return found

    def check_rows(
        self,
        fields: tuple[str, ...],
        rows: Iterable[tuple[Key, Row]],
        *,
        today: dt.date,
        known: Mapping[str, Collection[Value]] = _NO_KNOWN,
    ) -> list[Finding]:
        """Give what is wrong with rows taken one by one: types, constraints, formats, rules, references.

        `rows` are keys with cells aligned with `fields`. `known` gives, for a field that refers to another table, the
        values that table has; a reference whose values are not given is not checked. A rule over several fields is
        silent where the format of one of them is not settled: that cell has its finding already. Findings come row by row, and
        within a row field by field.
        """
        columns = self._judged(fields, today)
        refs = [(fields.index(ref.field), ref) for ref in references(self.schema, fields, known)]
        rules = [(fields.index(rule.field), rule) for rule in self.rules(fields)]
        findings: list[Finding] = []
        for key, row in rows:
            values = [value_of(cell) for cell in row]
            unsettled: set[str] = set()
            for place, region_place, column in columns:
                region = None if region_place is None else region_of(values[region_place])
                for kernel, broken in column.judge(values[place], region):
                    reads = (kernel.field,) if region_place is None else kernel.reads
                    if kernel.leaves_unsettled(broken):
                        unsettled.add(kernel.field)
                    findings.append(self.finding(key, kernel.field, broken, row[place], reads))
            for place, ref in refs:
                unknown = ref.judge(values[place])
                if unknown is not None:
                    findings.append(self.finding(key, ref.field, unknown, row[place], (ref.field,)))
            for place, rule in rules:
                breach = None if unsettled.intersection(rule.reads) else rule.judge(values, today)
                if breach is not None:
                    findings.append(self.finding(key, rule.field, breach, row[place], rule.reads))
        return findings

    def check_unique(self, fields: tuple[str, ...], rows: Iterable[tuple[Key, Row]]) -> list[Finding]:
        """Give a finding for every row that shares a key with another: unique fields, primary key, unique keys.

        Looks over all given rows at once; a key with an empty member is no key. Each finding names the other rows.
        """
        given = list(rows)
        severity = self.severity(Broken("key.duplicate"))
        return [
            finding
            for group in key_groups(self.schema, fields)
            for finding in duplicates(group, fields, given, severity)
        ]

    def check_table(
        self,
        table: Table,
        *,
        today: dt.date,
        known: Mapping[str, Collection[Value]] = _NO_KNOWN,
    ) -> list[Finding]:
        """Judge a whole table through pandera: the findings of `check_rows` and `check_unique`, in that order."""
        from sheetward.validation.pandera_host import check_whole

        return check_whole(self, table.fields, list(table.rows.items()), today, known)

    def check_all(
        self,
        fields: tuple[str, ...],
        rows: Sequence[tuple[Key, Row]],
        *,
        today: dt.date,
        known: Mapping[str, Collection[Value]] = _NO_KNOWN,
    ) -> list[Finding]:
        """Give the findings of `check_rows`, then those of `check_unique`; many rows are judged as a table."""
        if len(rows) < MANY:
            return self.check_rows(fields, rows, today=today, known=known) + self.check_unique(fields, rows)
        from sheetward.validation.pandera_host import check_whole

        return check_whole(self, fields, rows, today, known)

    def own_references(self, fields: tuple[str, ...], rows: Iterable[tuple[Key, Row]]) -> dict[str, set[Value]]:
        """Give the known values of references to the table itself (a parent customer), from all its rows."""
        places: list[tuple[str, int]] = []
        for key in self.schema.foreign_keys:
            if not key.resource and len(key.fields) == 1 and key.reference_fields[0] in fields:
                places.append((key.fields[0], fields.index(key.reference_fields[0])))
        found: dict[str, set[Value]] = {name: set() for name, _ in places}
        if places:
            for _, row in rows:
                for name, place in places:
                    found[name].add(value_of(row[place]))
        return found

    def _judged(self, fields: Sequence[str], today: dt.date) -> list[tuple[int, int | None, _Column]]:
        """Give, for each known field, its place, the place of the region it depends on, and its cached kernels."""
        judged: list[tuple[int, int | None, _Column]] = []
        for place, name in enumerate(fields):
            own = self.kernels.get(name)
            if own is None:
                continue
            region = next((k.region_field for k in own if k.region_field in fields), None)
            column = self._columns.get((name, today))
            if column is None:
                column = self._columns[name, today] = _Column(own, today, {})
            judged.append((place, None if region is None else fields.index(region), column))
        return judged


@dataclass(frozen=True, slots=True)
class _Column:
    """All kernels of one column, each distinct value judged once."""

    kernels: tuple[Kernel, ...]
    today: dt.date
    seen: dict[tuple[type, Value, str | None], tuple[tuple[Kernel, Broken], ...]]

    def judge(self, value: Value, region: str | None) -> tuple[tuple[Kernel, Broken], ...]:
        key = (type(value), value, region)
        found = self.seen.get(key)
        if found is None:
            verdicts = ((kernel, kernel.judge(value, region, self.today)) for kernel in self.kernels)
            found = self.seen[key] = tuple((kernel, broken) for kernel, broken in verdicts if broken is not None)
        return found
