"""Making a workspace and binding sheets to it; checking the installation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.consent import Consent, asked
from sheetward.cli.exits import Exit
from sheetward.cli.inside import workspace
from sheetward.cli.items import row_name
from sheetward.cli.output import progress, remark, write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError

if TYPE_CHECKING:
    from sheetward.sheets.binding import BindingPlan


def pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """Read `NAME=VALUE` words. `UserError('usage.pair')` where one has no equals sign or no name."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UserError("usage.pair", option=option, value=word)
        found[name] = value
    return found


def init(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR")] = None,
    table: Annotated[list[str] | None, typer.Option("--table", metavar="NAME=SCHEMA")] = None,
) -> int:
    """Run `sheetward init`."""
    from sheetward.app.beginning import begin_workspace

    root = (folder or current().workspace or Path()).absolute()
    tables = pairs(table or [], "--table")
    made = begin_workspace(root, tables, current().lang)
    if current().wants_json:
        write_json({"workspace": str(root), "created": made})
    else:
        write_line(say("init.made" if made else "init.kept", path=str(root)))
        remark(say("init.next", table=next(iter(tables), "customers")))
    return Exit.DONE


def doctor() -> int:
    """Run `sheetward doctor`."""
    from sheetward.app.doctor import examine
    from sheetward.config import find_workspace

    try:
        root = current().workspace or find_workspace(Path())
    except UserError:
        root = None
    checks = list(examine(root))
    is_whole = all(check.state != "bad" for check in checks)
    if current().wants_json:
        write_json(
            {
                "healthy": is_whole,
                "checks": [
                    {"code": c.code, "state": c.state, "message": say(c.code, **c.facts), **c.facts} for c in checks
                ],
            }
        )
    else:
        for check in checks:
            write_line(f"{_SIGNS[check.state]} {say(check.code, **check.facts)}")
        write_line(say("doctor.whole" if is_whole else "doctor.broken"))
    return Exit.DONE if is_whole else Exit.FOUND


_SIGNS = {"good": "✓", "optional": "·", "bad": "✗"}


def bind(
    file: Annotated[str, typer.Argument(metavar="FILE")],
    name: Annotated[str, typer.Option("--as", metavar="NAME")],
    table: Annotated[str, typer.Option("--table", metavar="TABLE")],
    tab: Annotated[str | None, typer.Option("--tab", metavar="TAB")] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE")] = None,
    mapping: Annotated[list[str] | None, typer.Option("--map", metavar="HEADER=FIELD")] = None,
    header_row: Annotated[int | None, typer.Option("--header-row", metavar="N", min=1)] = None,
    anew: Annotated[bool, typer.Option("--anew")] = False,  # noqa: FBT002 - a flag
    renumber: Annotated[bool, typer.Option("--renumber")] = False,  # noqa: FBT002
    create: Annotated[bool, typer.Option("--create")] = False,  # noqa: FBT002
    has_consent: Annotated[bool, typer.Option("--yes")] = False,  # noqa: FBT002
    is_dry_run: Annotated[bool, typer.Option("--dry-run")] = False,  # noqa: FBT002
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
) -> int:
    """Run `sheetward bind`."""
    from sheetward.app.binding import BindRequest, carry_out, plan_binding

    if file.startswith(("https://", "http://")):
        raise UserError("bind.url", url=file)
    path = Path(file).expanduser().absolute()
    request = BindRequest(path, name, table, tab, role, _mapping(mapping or []), header_row, anew, renumber, create)
    with workspace(author) as opened:
        with progress(say("cli.reading")):
            plan = plan_binding(opened, request, current().lang)
        record = {**plan.to_json(), "bound": False}
        if not current().wants_json:
            schema = opened.schema(table)
            _write_plan(plan, [schema.by_name[name].label(current().lang) for name in plan.missing])
        is_agreed = asked(Consent(has_consent, is_dry_run), say("consent.question"))
        if is_agreed:
            carry_out(opened, request, plan)
            record["bound"] = True
            write_line(say("bind.done", name=name, table=table))
    if current().wants_json:
        write_json(record)
    return Exit.DONE if is_agreed else Exit.FOUND


def _mapping(words: Sequence[str]) -> dict[str, str]:
    """Read `HEADER=FIELD` words; the field is what stands behind the last equals sign, since headers may hold one."""
    found: dict[str, str] = {}
    for word in words:
        header, equals, field = word.rpartition("=")
        if not equals or not header:
            raise UserError("usage.map", value=word)
        found[header] = field.strip()
    return found


def _write_plan(plan: BindingPlan, missing: Sequence[str]) -> None:
    for notice in plan.notices:
        write_line(say(notice.code, **notice.facts))
    write_grid([say("word.header"), say("word.field")], plan.mapping)
    if missing:
        write_line(say("bind.missing", fields=list(missing)))
    if plan.old_ids:
        write_line(say("bind.old_ids", count=plan.old_ids))
    write_line(say("bind.rows", rows=plan.rows, held=len(plan.would_hold)))
    if plan.would_hold:
        held = [dict(entry) for entry in plan.would_hold if isinstance(entry, dict)]
        words = ("word.cell", "word.column", "word.value", "word.why")
        write_grid(
            [say(word) for word in words],
            [
                (
                    str(h["cell"] or row_name(h["position"])),
                    str(h["column"] or say("word.whole_row")),
                    _short(h["value"]),
                    str(h["message"]),
                )
                for h in held
            ],
        )


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(str(cell) for cell in value.values() if cell is not None)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return "" if value is None else str(value)


def unbind(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
) -> int:
    """Run `sheetward unbind`."""
    from sheetward.app.binding import unbind as undo_binding

    with workspace(author) as opened:
        is_cleaned = undo_binding(opened, name)
    if current().wants_json:
        write_json({"name": name, "cleaned": is_cleaned})
    else:
        write_line(say("unbind.done" if is_cleaned else "unbind.no_file", name=name))
    return Exit.DONE
