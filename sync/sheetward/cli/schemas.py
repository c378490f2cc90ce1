"""`schema show` and `schema check`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.exits import Exit, worst
from sheetward.cli.failure import error_json, report
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import SheetwardError, UserError

if TYPE_CHECKING:
    from sheetward_schemas import TableSchema

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
