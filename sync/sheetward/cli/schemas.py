"""`schema show`, `check`, `plan` and `apply`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.consent import Consent, agreed, exit_of
from sheetward.cli.exits import Exit, worst
from sheetward.cli.failure import error_json, report
from sheetward.cli.inside import workspace
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import SheetwardError, UserError

if TYPE_CHECKING:
    from sheetward_schemas import TableSchema
    from sheetward_schemas.evolve import SchemaChange

    from sheetward.app.schema_plan import TablePlan
    from sheetward.config import Config


def _config() -> Config | None:
    from sheetward.config import find_workspace, read_config

    try:
        root = current().workspace or find_workspace(Path())
    except UserError:
        return None
    return read_config(root)


def named(name: str) -> TableSchema:
    """Give a schema by the name of a table of the workspace, else by the schema's own name or path."""
    from sheetward.app.schemas import load

    config = _config()
    if config is not None and name in config.tables:
        return load(config.tables[name].schema, config.root)
    return load(name)


def show(schema_name: Annotated[str, typer.Argument(metavar="NAME")]) -> int:
    """Run `sheetward schema show`."""
    from sheetward_schemas import schema_data

    schema = named(schema_name)
    lang = current().lang
    if current().wants_json:
        write_json(schema_data(schema))
        return Exit.DONE
    write_line(f"{schema.label(lang)} ({schema.name}, {schema.source})")
    headers = (say("word.field"), say("word.header"), say("word.type"), say("schema.rules"), say("schema.sensitivity"))
    write_grid(
        headers,
        [
            (
                f.name,
                " / ".join(f.headers[:4]),
                str(f.kind.get("kind", f.type)),
                ", ".join(_demands(schema, f.name)),
                f.sensitivity,
            )
            for f in schema.fields
        ],
    )
    for rule in schema.rules:
        write_line(f"{rule.message.get(lang, rule.code)}: {rule.assertion}")
    return Exit.DONE


def _demands(schema: TableSchema, name: str) -> list[str]:
    limits = schema.by_name[name].constraints
    found = [say("schema.key")] if name in schema.primary_key else []
    found += [say("schema.required")] if limits.required else []
    found += [say("schema.unique")] if limits.unique or (name,) in schema.unique_keys else []
    found += [say("schema.longest", count=limits.max_length)] if limits.max_length is not None else []
    return found


def check(names: Annotated[list[str] | None, typer.Argument(metavar="NAME")] = None) -> int:
    """Run `sheetward schema check`."""
    from sheetward.app.schemas import load

    chosen: Sequence[str] = names or _all_names()
    statuses: list[int] = []
    answers: list[dict[str, object]] = []
    for name in chosen:
        try:
            schema = named(name) if names else load(name)
        except SheetwardError as problem:
            statuses.append(problem.exit_status if current().wants_json else report(problem))
            answers.append({"name": name, "correct": False, "error": error_json(problem)})
        else:
            statuses.append(Exit.DONE)
            answers.append({"name": name, "correct": True, "error": None})
            write_line(say("schema.correct", name=name, count=len(schema.fields)))
    if current().wants_json:
        write_json({"schemas": answers})
    return worst(statuses)


def _all_names() -> list[str]:
    from sheetward_schemas import bundled_names

    config = _config()
    if config is None:
        return list(bundled_names())
    paths = [(config.root / entry.schema, entry.schema) for entry in config.tables.values()]
    return [str(path) if path.is_file() else name for path, name in paths]


def plan(table: Annotated[str | None, typer.Argument(metavar="TABLE")] = None) -> int:
    """Run `sheetward schema plan`."""
    from sheetward.app.schema_plan import schema_plans

    with workspace() as opened:
        plans = schema_plans(opened, table)
    if current().wants_json:
        write_json({"tables": [plan_json(one) for one in plans]})
    else:
        _write_plans(plans)
    return Exit.FOUND if plans else Exit.DONE


def apply(
    table: Annotated[str | None, typer.Argument(metavar="TABLE")] = None,
    has_consent: Annotated[bool, typer.Option("--yes")] = False,  # noqa: FBT002 - a flag
    is_dry_run: Annotated[bool, typer.Option("--dry-run")] = False,  # noqa: FBT002
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")] = "",
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
) -> int:
    """Run `sheetward schema apply`."""
    from sheetward.app.schema_plan import apply_plans, schema_plans

    consent = Consent(has_consent, is_dry_run)
    with workspace(author) as opened:
        plans = schema_plans(opened, table)
        is_agreed = agreed(
            plans,
            consent,
            show=lambda: _write_plans(plans),
            carry_out=lambda: apply_plans(opened, plans, reason),
            done="evolve.applied",
        )
    if current().wants_json:
        write_json({"tables": [plan_json(one) for one in plans], "applied": is_agreed})
    return exit_of(plans, consent, is_agreed=is_agreed)


def _sentence(change: SchemaChange) -> str:
    def shown(value: object) -> object:
        return "-" if value is None else value

    return say(change.code, part=change.part, was=shown(change.was), now=shown(change.now))


def plan_json(plan: TablePlan) -> dict[str, object]:
    """Give what a version does to one table, its sheets and what waits."""
    told = plan.store
    return {
        "table": plan.table,
        "version": told.version,
        "needs_consent": plan.needs_consent,
        "changes": [
            {
                "code": change.code,
                "field": change.field,
                "part": change.part,
                "was": change.was,
                "now": change.now,
                "by_itself": change.applies_itself,
                "message": _sentence(change),
            }
            for change in plan.evolution.changes
        ],
        "obstacles": [{**o.facts, "code": o.code, "message": say(o.code, **o.facts)} for o in plan.obstacles],
        "store": {
            "renamed": sum(told.filled[name] for name in plan.evolution.renamed),
            "converted": sum(map(len, told.retyped.changed.values())),
            "respelt": told.retyped.respelt,
            "left": [{"key": key, "field": name} for key, name in plan.left],
            "removed": sum(told.filled[name] for name in plan.evolution.removed),
            "breaking": {code: list(keys) for code, keys in plan.breaking.items()},
        },
        "sheets": [
            {
                "name": sheet.name,
                "goes_on": [{"column": header, "field": name} for header, name in sheet.goes_on],
                "loses": [{"column": header, "field": name} for header, name in sheet.loses],
                "gains": list(sheet.gains),
                "pending": sheet.is_pending,
            }
            for sheet in plan.sheets
        ],
        "items": {
            "renamed": list(told.renamed_items),
            "converted": [item.id for item in told.opened],
            "closed": [item.id for item in told.closed],
            "freed": list(plan.freed),
        },
    }


_SHOWN = 20
"""How many names a line of the plan lists."""


def _write_plans(plans: Sequence[TablePlan]) -> None:
    if not plans:
        write_line(say("evolve.in_force"))
    for one in plans:
        changes = one.evolution.changes
        write_line(say("evolve.heading", table=one.table, version=one.store.version, count=len(changes)))
        for change in changes:
            when = say("evolve.by_itself" if change.applies_itself else "evolve.consent")
            write_line(f"  · {f'{change.field}: ' if change.field else ''}{_sentence(change)} [{when}]")
        for obstacle in one.obstacles:
            write_line(f"  ! {say(obstacle.code, **obstacle.facts)}")
        if one.evolution.needs_consent and any(change.applies_itself for change in changes):
            write_line(f"  {say('evolve.whole')}")
        for line in (*_on_store(one), *_on_sheets(one), *_on_items(one)):
            write_line(f"  {line}")


def _on_store(one: TablePlan) -> list[str]:
    told, lines = one.store, list[str]()
    for code, names in (
        ("evolve.store_renamed", tuple(one.evolution.renamed)),
        ("evolve.store_removed", one.evolution.removed),
    ):
        if names:
            lines.append(say(code, count=sum(told.filled[name] for name in names), names=list(names)))
    converted = sum(map(len, told.retyped.changed.values()))
    if converted:
        lines.append(say("evolve.store_converted", count=converted, respelt=told.retyped.respelt))
    if one.left:
        names = tuple(f"{key}.{name}" for key, name in one.left[:_SHOWN])
        lines.append(say("evolve.store_left", count=len(one.left), names=list(names)))
    for code, keys in one.breaking.items():
        lines.append(say("evolve.breaking", count=len(keys), rule=code, names=list(keys[:_SHOWN])))
    return lines


def _on_sheets(one: TablePlan) -> list[str]:
    lines: list[str] = []
    for sheet in one.sheets:
        lines += [say("evolve.sheet_goes_on", name=sheet.name, header=h, field=f) for h, f in sheet.goes_on]
        lines += [say("evolve.sheet_loses", name=sheet.name, header=h) for h, _ in sheet.loses]
        if sheet.gains:
            lines.append(say("evolve.sheet_gains", name=sheet.name, names=list(sheet.gains)))
        if sheet.is_pending:
            lines.append(say("evolve.sheet_pending", name=sheet.name))
    return lines


def _on_items(one: TablePlan) -> list[str]:
    ids = (
        ("evolve.items_renamed", one.store.renamed_items),
        ("evolve.items_converted", tuple(item.id for item in one.store.opened)),
        ("evolve.items_closed", tuple(item.id for item in one.store.closed)),
        ("evolve.items_freed", one.freed),
    )
    return [say(code, count=len(names), names=list(names[:_SHOWN])) for code, names in ids if names]
