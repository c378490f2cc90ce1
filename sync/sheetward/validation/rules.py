"""Rules over several fields, and references to other tables, ready to judge rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sheetward_schemas.expressions import Judge, parse_expression, reads, to_judge
from sheetward_schemas.model import RuleSpec, TableSchema

from sheetward.cells import Value, plain_text
from sheetward.validation.finding import Severity
from sheetward.validation.kernels import Broken
from sheetward.validation.rule_sieve import RuleSieve, rule_sieve
from sheetward.validation.sieve import Column

_SEVERITIES: Final[Mapping[str, Severity]] = {"warn": "warning", "error": "error"}


@dataclass(frozen=True, slots=True)
class CrossRule:
    """A rule of `x:rules` over rows of certain fields. It is broken where `when` is true and `assertion` is false."""

    spec: RuleSpec
    field: str
    """Where a finding is shown."""
    reads: tuple[str, ...]
    when: Judge | None
    assertion: Judge
    sieve: RuleSieve

    def judge(self, row: Sequence[Value], today: dt.date) -> Broken | None:
        """Judge one row, aligned with the fields the rule was made for."""
        if self.when is not None and self.when(row, today) is not True:
            return None
        if self.assertion(row, today) is not False:
            return None
        facts: dict[str, object] = {f"message_{lang}": text for lang, text in self.spec.message.items()}
        return Broken(self.spec.code, facts, _SEVERITIES.get(self.spec.severity or ""))

    def suspects(self, columns: Mapping[str, Column], today: dt.date) -> Iterable[int]:
        """Give the places of the rows that must be judged, of whole columns of the fields that the rule reads."""
        return self.sieve(columns, today)


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of one field, with the values that the other table has."""

    field: str
    resource: str
    known: Collection[Value]

    def judge(self, value: Value) -> Broken | None:
        """Judge one value; nothing is no reference."""
        if value is None or value in self.known:
            return None
        return Broken("key.unknown_reference", {"value": plain_text(value), "resource": self.resource})

    def as_kernel(self, value: Value, _region: str | None, _today: dt.date) -> Broken | None:
        """Judge one value in the form that a column's kernels have."""
        return self.judge(value)


def cross_rules(schema: TableSchema, fields: Sequence[str]) -> tuple[CrossRule, ...]:
    """Give the rules that can be judged on these fields: all that a rule reads must be there."""
    types = {field.name: field.type for field in schema.fields}
    places = {name: place for place, name in enumerate(fields)}
    found: list[CrossRule] = []
    for spec in schema.rules:
        assertion, _ = parse_expression(spec.assertion, types)
        when, _ = parse_expression(spec.when, types) if spec.when else (None, ())
        if assertion is None or (spec.when and when is None):
            raise ValueError(spec.code)  # a TableSchema is only built by the parser, which refuses such rules
        looked_at = tuple(dict.fromkeys((*(reads(when) if when is not None else ()), *reads(assertion))))
        if not all(name in places for name in looked_at):
            continue
        shown = next((name for name in (*spec.columns, *looked_at) if name in places), None)
        if shown is None:
            continue
        everything = tuple(dict.fromkeys((shown, *looked_at)))
        judge_when = to_judge(when, places) if when is not None else None
        found.append(
            CrossRule(spec, shown, everything, judge_when, to_judge(assertion, places), rule_sieve(when, assertion))
        )
    return tuple(found)


def references(
    schema: TableSchema, fields: Sequence[str], known: Mapping[str, Collection[Value]]
) -> tuple[Reference, ...]:
    """Give the foreign keys that can be judged: of one field, which is there and whose allowed values are given."""
    found: list[Reference] = []
    for key in schema.foreign_keys:
        name = key.fields[0]
        if len(key.fields) == 1 and name in fields and name in known:
            found.append(Reference(name, key.resource or schema.name, known[name]))
    return tuple(found)
