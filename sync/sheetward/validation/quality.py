"""The quality of a table in figures: by column, and by the values of some columns such as owner and region. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sheetward.cells import plain_text, value_of
from sheetward.table import Row
from sheetward.validation.finding import Finding
from sheetward.validation.keys import Key


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something was found, and how grave it is: all that is counted of a finding."""

    row: Key
    field: str
    severity: str


@dataclass(frozen=True, slots=True)
class FieldQuality:
    """One column: cells that are filled, findings, and rows in which something was found there."""

    field: str
    filled: int
    errors: int
    warnings: int
    bad_rows: int


@dataclass(frozen=True, slots=True)
class GroupQuality:
    """The rows that have one value in the column `by` (empty where they have none)."""

    by: str
    value: str
    rows: int
    errors: int
    warnings: int
    bad_rows: int


@dataclass(frozen=True, slots=True)
class Quality:
    """A whole table. `bad_rows` are those with a finding, `wrong_rows` those with an error."""

    rows: int
    errors: int
    warnings: int
    bad_rows: int
    wrong_rows: int
    fields: tuple[FieldQuality, ...] = ()
    groups: tuple[GroupQuality, ...] = ()


def quality_of(
    fields: Sequence[str], rows: Iterable[tuple[Key, Row]], findings: Iterable[Mark | Finding], by: Iterable[str] = ()
) -> Quality:
    """Count the quality of rows; `by` names the columns by whose values it is also counted, worst groups first."""
    given = list(rows)
    found = list(findings)
    severities: dict[Key, Counter[str]] = {}
    for one in found:
        severities.setdefault(one.row, Counter())[one.severity] += 1
    groups = [group for name in by if name in fields for group in _groups(name, fields.index(name), given, severities)]
    errors = sum(one.severity == "error" for one in found)
    return Quality(
        len(given),
        errors,
        len(found) - errors,
        len(severities),
        sum(counts["error"] > 0 for counts in severities.values()),
        tuple(_field(name, place, given, found) for place, name in enumerate(fields)),
        tuple(groups),
    )


def _field(name: str, place: int, rows: Iterable[tuple[Key, Row]], findings: Iterable[Mark | Finding]) -> FieldQuality:
    own = [one for one in findings if one.field == name]
    errors = sum(one.severity == "error" for one in own)
    filled = sum(value_of(row[place]) is not None for _, row in rows)
    return FieldQuality(name, filled, errors, len(own) - errors, len({one.row for one in own}))


def _groups(
    name: str, place: int, rows: Iterable[tuple[Key, Row]], severities: dict[Key, Counter[str]]
) -> list[GroupQuality]:
    counts: dict[str, Counter[str]] = {}
    for key, row in rows:
        group = counts.setdefault(plain_text(value_of(row[place])), Counter())
        own = severities.get(key, Counter())
        group.update(rows=1, errors=own["error"], warnings=own["warning"], bad=bool(own))
    found = [GroupQuality(name, value, c["rows"], c["errors"], c["warnings"], c["bad"]) for value, c in counts.items()]
    return sorted(found, key=lambda one: (-one.bad_rows / one.rows, -one.rows, one.value))
