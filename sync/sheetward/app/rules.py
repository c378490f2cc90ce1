"""Which rule is in force for a sheet: the store's version of its role's rule, and what the settings say now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from sheetward_schemas import TableSchema

from sheetward.config import Config
from sheetward.errors import IntegrityError, UserError
from sheetward.ports.store import CommitNote, Store
from sheetward.sharing import EVERYTHING, Mistake, Rule, parse_rule, rule_for

_NO_USER: Mapping[str, str] = {}


def written_rule(config: Config, role: str | None, table: str, schema: TableSchema) -> Rule:
    """Give a role's rule on a table as the settings have it now.

    `UserError`: `role.unknown`, `role.wrong` with all mistakes.
    """
    if role is not None and role not in config.roles:
        raise UserError("role.unknown", role=role, known=list(config.roles))
    rule, mistakes = rule_for(config.roles, role, table, schema, _NO_USER)
    if rule is None:
        raise UserError("role.wrong", role=role or "", table=table, mistakes=[mistake_facts(m) for m in mistakes])
    return rule


def mistake_facts(mistake: Mistake) -> dict[str, object]:
    """Give a mistake of a rule as plain data."""
    return {"path": mistake.place, "code": mistake.code, **mistake.facts}


@dataclass(frozen=True)
class RuleInForce:
    """`version` is 0 in a workspace without roles. `waiting` is a changed rule of the settings that no one applied yet."""

    version: int
    rule: Rule
    at: Callable[[int], Rule]
    waiting: Rule | None = None


def rule_in_force(
    store: Store,
    config: Config,
    table: str,
    role: str | None,
    schema: TableSchema,
    note: Callable[[str], CommitNote] | None,
) -> RuleInForce:
    """Give the rule that a sheet is under.

    A role that no sheet of the store uses yet applies by itself; a changed rule of one that is used waits for
    `share apply`. Without a `note` nothing is recorded, and a new rule has the version that it would get. `UserError('share.no_role')` for a sheet without a role where roles exist: it would get nothing.
    """
    written = written_rule(config, role, table, schema)
    unrecorded: list[int] = []

    def at(version: int) -> Rule:
        if version == 0 or role is None:
            return EVERYTHING
        if version in unrecorded:
            return written
        return parsed(store.rule_at(table, role, version), schema)

    if role is None:
        if config.roles:
            raise UserError("share.no_role", table=table, known=list(config.roles))
        return RuleInForce(0, EVERYTHING, at)
    kept = store.rule(table, role)
    is_used = any(b.table == table and b.role == role for b in store.bindings())
    if kept is None or (kept[1] != written.data and not is_used):
        if note is not None:
            return RuleInForce(store.save_rule(table, role, written.data, note("share")), written, at)
        unrecorded.append(1 if kept is None else kept[0] + 1)
        return RuleInForce(unrecorded[0], written, at)
    version, data = kept
    if data == written.data:
        return RuleInForce(version, written, at)
    return RuleInForce(version, parsed(data, schema), at, waiting=written)


def in_force_rule(store: Store, table: str, role: str | None, schema: TableSchema) -> Rule | None:
    """Give the rule that the store has in force for a role; everything where there is no role, `None` where it has none."""
    if role is None:
        return EVERYTHING
    kept = store.rule(table, role)
    return None if kept is None else parsed(kept[1], schema)


def parsed(data: object, schema: TableSchema) -> Rule:
    """Read a rule that the store kept. `IntegrityError('role.kept_wrong')` where it does not hold any more."""
    rule, mistakes = parse_rule(cast("Mapping[str, object]", data), schema, _NO_USER)
    if rule is None:
        raise IntegrityError("role.kept_wrong", mistakes=[mistake_facts(m) for m in mistakes])
    return rule
