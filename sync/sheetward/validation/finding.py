"""Findings: data that breaks a rule of the schema, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Literal, TypeAlias

from sheetward.cells import Cell

Severity: TypeAlias = 'Literal["error", "warning"]'


def _no_facts() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule in one cell.

    `row` is the caller's key for the row: a row id, or a sheet's row number. `field` is where it is shown; `reads` are all
    fields the rule looked at (all of them are held when an edit breaks it). `facts` fill the message. `suggestion` is
    a value to type instead, `None` where none is certain.
    """

    row: str | int
    field: str
    code: str
    severity: Severity
    cell: Cell
    reads: tuple[str, ...]
    facts: Mapping[str, object] = default(default_factory=_no_facts)
    suggestion: str | None = None
