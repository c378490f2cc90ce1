"""Which rule a sheet is under: its role's, on its table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from sheetward_schemas.model import TableSchema

from sheetward.sharing.mistake import Mistake, closest
from sheetward.sharing.parse_rule import RULE_KEYS, parse_rule
from sheetward.sharing.rule import EVERYTHING, NOTHING, Rule

TABLES: Final = "tables"


def rule_for(
    roles: Mapping[str, object],
    role: str | None,
    table: str,
    schema: TableSchema,
    user: Mapping[str, str],
) -> tuple[Rule | None, tuple[Mistake, ...]]:
    """Give the rule of a role on a table, as `sheetward.yaml` has it under `roles`; `None` where it is wrong.

    ==========  =========================  ======================================
    roles       the sheet's role           rule
    ==========  =========================  ======================================
    none        none                       everything
    some        none                       nothing, with a notice
    any         not among them             wrong: `role.unknown`
    some        written at its top level   that rule, on whatever table
    some        with `tables`              the one for this table, else nothing, with a notice
    ==========  =========================  ======================================
    """
    if role is None:
        if not roles:
            return EVERYTHING, ()
        return NOTHING, (Mistake("role.missing", (), {"known": tuple(roles)}, is_notice=True),)
    if role not in roles:
        facts = {"role": role, "known": tuple(roles), "near": closest(role, tuple(roles))}
        return None, (Mistake("role.unknown", (role,), facts),)
    written = rule_data(roles[role], table)
    if isinstance(written, Mistake):
        path = (role, *written.path)
        named: dict[str, object] = {**written.facts, "role": role}
        return (NOTHING if written.is_notice else None), (Mistake(written.code, path, named, written.is_notice),)
    data, path = written
    rule, mistakes = parse_rule(data, schema, user)
    return rule, tuple(Mistake(m.code, (role, *path, *m.path), m.facts, m.is_notice) for m in mistakes)


def rule_data(written: object, table: str) -> tuple[Mapping[str, object], tuple[str, ...]] | Mistake:
    """Give the part of a role's text that speaks of a table, and the path to it."""
    if not isinstance(written, Mapping):
        return Mistake("role.shape", ())
    entries = cast("Mapping[str, object]", written)
    if TABLES not in entries:
        return entries, ()
    beside = tuple(key for key in entries if key in RULE_KEYS)
    if beside:
        return Mistake("role.both_forms", (), {"keys": beside})
    tables = entries[TABLES]
    if not isinstance(tables, Mapping):
        return Mistake("role.shape", (TABLES,))
    named = cast("Mapping[str, object]", tables)
    if table not in named:
        return Mistake("role.table_not_shared", (TABLES,), {"table": table}, is_notice=True)
    rule = named[table]
    if not isinstance(rule, Mapping):
        return Mistake("role.shape", (TABLES, table))
    return cast("Mapping[str, object]", rule), (TABLES, table)
