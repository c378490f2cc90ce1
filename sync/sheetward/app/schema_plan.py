"""What a new version of a schema does to the store, to each sheet and to what waits; shown first, then brought in force."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sheetward_schemas import TableSchema
from sheetward_schemas.evolve import Evolution

from sheetward.app.items import keys_of
from sheetward.app.rules import mistake_facts
from sheetward.app.workspace import Workspace
from sheetward.cells import Cell, Missing, Value
from sheetward.engine import LazyKeys
from sheetward.engine.evolve import SchemaPlan, apply_evolution, plan_evolution
from sheetward.errors import UserError
from sheetward.merge.items import Item, ItemKind
from sheetward.ports.store import BindingState
from sheetward.sharing import EVERYTHING, Access, Rule, parse_rule
from sheetward.sheets.place import Place
from sheetward.stores import renaming
from sheetward.table import Row, RowId, Table
from sheetward.validation import Validator

_NO_ROW_RULES = ("key.", "identity.", "share.", "rule.")
"""Codes of held items that are not judged by looking at the row alone."""


@dataclass(frozen=True)
class SheetEffect:
    """What a version does to one sheet; fields by their new names, headers as they stand in the sheet.

    `goes_on` are columns whose field gets another name or label: the header stays as it is. `loses` are columns that stay
    as they are and are no longer synchronised. `gains` are new fields that its reader sees: a column with such a header is
    bound at the next sync, without one nothing changes in the sheet. `is_pending`: a write to it has not arrived yet, and
    is carried over.
    """

    name: str
    goes_on: tuple[tuple[str, str], ...]
    loses: tuple[tuple[str, str], ...]
    gains: tuple[str, ...]
    is_pending: bool


@dataclass(frozen=True)
class Obstacle:
    """Why a version cannot come in force as it is."""

    code: str
    facts: Mapping[str, object]


@dataclass(frozen=True)
class TablePlan:
    """What the file of one table's schema changes. `breaking`: code to the keys of the rows that then break that rule.

    `left` are the keys and fields of cells that cannot be read as their new type. `freed` are held items that the new
    version lets in. Without consent nothing happens where `needs_consent`; else it comes in force at the next sync.
    """

    store: SchemaPlan
    sheets: tuple[SheetEffect, ...]
    breaking: Mapping[str, tuple[str, ...]]
    left: tuple[tuple[str, str], ...]
    freed: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def table(self) -> str:
        """Give the table."""
        return self.store.table

    @property
    def evolution(self) -> Evolution:
        """Give the differences."""
        return self.store.evolution

    @property
    def needs_consent(self) -> bool:
        """Say whether somebody must agree."""
        return self.evolution.needs_consent or bool(self.obstacles)


def schema_plans(workspace: Workspace, table: str | None = None) -> list[TablePlan]:
    """Plan for each table whose file differs from the version in force. `UserError`: `table.unknown`, a wrong schema."""
    tables = list(workspace.config.tables) if table is None else [table]
    found: list[TablePlan] = []
    for name in tables:
        stands = workspace.in_force(name)
        if stands.next is not None:
            found.append(_plan(workspace, name, stands.version, stands.next))
    return found


def _plan(workspace: Workspace, table: str, version: int, evolution: Evolution) -> TablePlan:
    now, author = workspace.clock.now(), workspace.author
    told = plan_evolution(workspace.store, table, evolution, version, now=now, author=author)
    bindings = [state for state in workspace.store.bindings() if state.table == table]
    obstacles = [Obstacle(m.code, {**m.facts, "line": m.line}) for m in evolution.mistakes]
    obstacles += _unreadable_rules(workspace, evolution, bindings)
    rows = {row for row, _ in told.retyped.left}
    keys = keys_of(workspace, table, rows)
    return TablePlan(
        told,
        tuple(_on_sheet(workspace, state, evolution) for state in bindings),
        _breaking(workspace, told),
        tuple((keys.get(row, row), name) for row, name in told.retyped.left),
        tuple(_freed(workspace, told)),
        tuple(obstacles),
    )


def _known(workspace: Workspace, table: str, schema: TableSchema) -> Mapping[str, Collection[Value]]:
    return LazyKeys(workspace.known(table, schema=schema))


def _errors(workspace: Workspace, table: str, schema: TableSchema, rows: Table) -> set[tuple[str, str, str]]:
    """Give row, code and field of every error of a table under a schema."""
    checker, today = Validator(schema), workspace.today()
    lines: list[tuple[str, Row]] = list(rows.rows.items())
    findings = checker.check_rows(rows.fields, lines, today=today, known=_known(workspace, table, schema))
    findings += checker.check_unique(rows.fields, lines)
    return {(str(f.row), f.code, f.field) for f in findings if f.severity == "error"}


def _breaking(workspace: Workspace, told: SchemaPlan) -> Mapping[str, tuple[str, ...]]:
    evolution = told.evolution
    today = {old: new for new, old in evolution.former.items()}
    before = {
        (row, code, today.get(name, name))
        for row, code, name in _errors(workspace, told.table, evolution.old, told.before)
    }
    new = _errors(workspace, told.table, evolution.new, told.after) - before
    by_code: dict[str, set[RowId]] = {}
    for row, code, _ in new:
        by_code.setdefault(code, set()).add(RowId(row))
    keys = keys_of(workspace, told.table, {row for rows in by_code.values() for row in rows})
    return {code: tuple(sorted(keys.get(row, row) for row in rows)) for code, rows in sorted(by_code.items())}


def _freed(workspace: Workspace, told: SchemaPlan) -> Iterable[str]:
    """Give the held items that break no rule any more. What must be unique is judged at the next sync."""
    evolution = told.evolution
    today = {old: new for new, old in evolution.former.items()}
    gone = {item.id for item in told.closed}
    anew = {item.id: item for item in told.opened}
    checker, fields = Validator(evolution.new), evolution.new.field_names
    for item in workspace.store.items(kind=ItemKind.HELD):
        if item.table != told.table or item.id in gone or item.code.startswith(_NO_ROW_RULES):
            continue
        cells, edited = _as_typed(anew.get(item.id, item), told.after, today)
        if cells is None:
            continue
        row = tuple(cells.get(name) for name in fields)
        known = _known(workspace, told.table, evolution.new)
        findings = checker.check_rows(fields, [(item.row, row)], today=workspace.today(), known=known)
        if not any(f.severity == "error" and edited & set(f.reads) for f in findings):
            yield item.id


def _as_typed(item: Item, after: Table, today: Mapping[str, str]) -> tuple[dict[str, Cell] | None, set[str]]:
    """Give the row as it would be with what is held, under the new names, and the fields that are held."""
    if item.field is None:
        return {today[n]: cell for n, cell in item.row_cells.items() if n in today}, set(today.values())
    row, name = after.rows.get(item.row), today.get(item.field)
    if row is None or name is None or isinstance(item.sheet, Missing):
        return None, set()
    return {**dict(zip(after.fields, row, strict=True)), name: item.sheet}, {name}


def _rule(data: object, schema: TableSchema) -> tuple[Rule | None, list[Mapping[str, object]]]:
    rule, mistakes = parse_rule(cast("Mapping[str, object]", data), schema, {})
    return rule, [mistake_facts(m) for m in mistakes if not m.is_notice]


def _unreadable_rules(
    workspace: Workspace, evolution: Evolution, bindings: Sequence[BindingState]
) -> Iterable[Obstacle]:
    """Name roles whose rule could not be read under the new version: the rows they see are chosen by what it changes."""
    today = {old: new for new, old in evolution.former.items()}
    for table, role in sorted({(state.table, state.role) for state in bindings if state.role is not None}):
        versions = {state.rule_version for state in bindings if state.role == role}
        kept = workspace.store.rule(table, role)
        datas = [workspace.store.rule_at(table, role, version) for version in versions if version]
        for data in [*([] if kept is None else [kept[1]]), *datas]:
            moved = renaming.rule(data, lambda name: today.get(name, name), lambda name: name == "*" or name in today)
            _, mistakes = _rule(moved, evolution.new)
            if mistakes:
                named = sorted(set(evolution.removed) | {evolution.former[n] for n in evolution.retyped})
                yield Obstacle("evolve.role_reads", {"role": role, "table": table, "fields": named})
                break


def _on_sheet(workspace: Workspace, state: BindingState, evolution: Evolution) -> SheetEffect:
    place = Place.from_json(state.place) if state.place else None
    headers: Mapping[str, str] = {} if place is None else place.headers
    lang = workspace.config.language
    today = {old: new for new, old in evolution.former.items()}
    goes_on = tuple(
        (header, today[name])
        for name, header in headers.items()
        if name in today
        and (
            today[name] != name
            or evolution.old.by_name[name].label(lang) != evolution.new.by_name[today[name]].label(lang)
        )
    )
    loses = tuple((header, name) for name, header in headers.items() if name in evolution.removed)
    return SheetEffect(state.name, goes_on, loses, _gained(workspace, state, evolution), state.pending is not None)


def _gained(workspace: Workspace, state: BindingState, evolution: Evolution) -> tuple[str, ...]:
    """Give the new fields that a sheet's role would see."""
    if state.role is None:
        rule: Rule | None = EVERYTHING
    else:
        kept = workspace.store.rule(state.table, state.role)
        today = {old: new for new, old in evolution.former.items()}
        moved = (
            None if kept is None else renaming.rule(kept[1], lambda n: today.get(n, n), lambda n: n in {*today, "*"})
        )
        rule = None if moved is None else _rule(moved, evolution.new)[0]
    return tuple(name for name in evolution.added if rule is not None and rule.access(name) is not Access.HIDE)


def apply_plans(workspace: Workspace, plans: Sequence[TablePlan], reason: str) -> list[int]:
    """Bring versions in force, one transaction a table, and give their numbers.

    `UserError('evolve.obstacles')` where one of them cannot be: then nothing is written. `TransientError`
    (`store.moved`, `store.schema_moved`) where somebody was faster: the tables before that one are done.
    """
    obstacles = [(plan.table, obstacle) for plan in plans for obstacle in plan.obstacles]
    if obstacles:
        raise UserError("evolve.obstacles", tables=sorted({table for table, _ in obstacles}), count=len(obstacles))
    versions: list[int] = []
    for plan in plans:
        apply_evolution(workspace.store, plan.store, workspace.note("schema", reason))
        versions.append(plan.store.version + 1)
    workspace.look_again()
    return versions
