"""References of several fields together: judged over whole tables, since one row's cells say nothing of the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from sheetward_schemas.model import ForeignKey, TableSchema

from sheetward.cells import Value, plain_text, value_of
from sheetward.table import Row
from sheetward.validation.finding import Finding, Severity
from sheetward.validation.keys import Key

Members: TypeAlias = "Callable[[ForeignKey], Collection[tuple[Value, ...]] | None]"
"""A reference to what it may name: the values of the other table's fields, `None` where they are not at hand."""


def own_members(schema: TableSchema, fields: tuple[str, ...], rows: Sequence[tuple[Key, Row]]) -> Members:
    """Give the members of references that a table makes to itself, from all its rows."""

    def members(key: ForeignKey) -> Collection[tuple[Value, ...]] | None:
        if key.resource not in ("", schema.name) or not set(key.reference_fields) <= set(fields):
            return None
        places = [fields.index(name) for name in key.reference_fields]
        return {tuple(value_of(row[place]) for place in places) for _, row in rows}

    return members


def broken_composites(
    schema: TableSchema,
    fields: tuple[str, ...],
    rows: Sequence[tuple[Key, Row]],
    members: Members,
    severity: Severity,
) -> list[Finding]:
    """Give a finding for every row whose fields together name no row of the other table.

    As in SQL, a row with an empty member refers to nothing and is not wrong.
    """
    found: list[Finding] = []
    for key in schema.foreign_keys:
        first, *rest = key.fields
        known = members(key) if rest and set(key.fields) <= set(fields) else None
        if known is None:
            continue
        places = [fields.index(name) for name in key.fields]
        for row_key, row in rows:
            values = tuple(value_of(row[place]) for place in places)
            if None in values or values in known:
                continue
            facts = {"value": " / ".join(map(plain_text, values)), "resource": key.resource or schema.name}
            cell = row[fields.index(first)]
            code = "key.unknown_reference"
            found.append(Finding(row_key, first, code, severity, cell, key.fields, facts))
    return found
