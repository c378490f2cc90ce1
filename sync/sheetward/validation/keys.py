"""Uniqueness over a whole set of rows, with SQL's meaning of an empty cell: it equals nothing, itself included."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeAlias

from sheetward_schemas.model import TableSchema

from sheetward.cells import Value, plain_text, value_of
from sheetward.table import Row
from sheetward.validation.finding import Finding, Severity

Key: TypeAlias = "str | int"

MAX_OTHERS = 10
"""So many of the other rows are named in a finding; `count` gives them all."""


def key_groups(schema: TableSchema, fields: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Give each set of fields that must be unique together and that the rows have, once."""
    wanted: list[tuple[str, ...]] = [(field.name,) for field in schema.fields if field.constraints.unique]
    wanted += [schema.primary_key, *schema.unique_keys]
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for group in wanted:
        if group and all(name in fields for name in group):
            found.setdefault(frozenset(group), group)
    return tuple(found.values())


def duplicates(
    group: tuple[str, ...], fields: Sequence[str], rows: Iterable[tuple[Key, Row]], severity: Severity
) -> list[Finding]:
    """Give a finding for every row that shares its key with another, in the order of the rows."""
    places = [fields.index(name) for name in group]
    members: dict[Hashable, list[tuple[Key, Row]]] = {}
    order: list[tuple[Hashable, Key, Row]] = []
    for key, row in rows:
        values = tuple(value_of(row[place]) for place in places)
        if any(value is None for value in values):
            continue
        # Python holds True and 1 for equal; the cells are not.
        identity: Hashable = tuple((type(value), value) for value in values)
        members.setdefault(identity, []).append((key, row))
        order.append((identity, key, row))
    findings: list[Finding] = []
    for known, key, row in order:
        group_rows = members[known]
        if len(group_rows) > 1:
            others = [other for other, _ in group_rows if other != key][:MAX_OTHERS]
            facts = {"value": _shown(row, places), "others": others, "count": len(group_rows) - 1, "fields": group}
            findings.append(Finding(key, group[0], "key.duplicate", severity, row[places[0]], group, facts))
    return findings


def _shown(row: Row, places: Sequence[int]) -> str:
    values: list[Value] = [value_of(row[place]) for place in places]
    return " / ".join(plain_text(value) for value in values)
