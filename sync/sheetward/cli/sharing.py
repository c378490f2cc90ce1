"""`share`: who may see what, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.consent import Consent, agreed, exit_of
from sheetward.cli.exits import Exit
from sheetward.cli.inside import workspace
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError

if TYPE_CHECKING:
    from sheetward_schemas import TableSchema

    from sheetward.app.sharing_plan import RoleChange, RoleOnTable


def _rule_json(entry: RoleOnTable, schema: TableSchema) -> dict[str, object]:
    from sheetward.sharing import condition_text, explain_access

    record: dict[str, object] = {
        "role": entry.role,
        "table": entry.table,
        "version": entry.version,
        "waiting": entry.is_waiting,
        "mistakes": [{**m, "message": say(str(m["code"]), **m)} for m in entry.mistakes],
    }
    if entry.rule is None:
        return record
    explained = explain_access(entry.rule, schema)
    return {
        **record,
        "rows": condition_text(explained.rows, schema, current().lang),
        "columns": {c.field: c.access.value for c in explained.columns},
        "why": {c.field: say(c.code) for c in explained.columns},
        "insert": explained.insert,
        "delete": explained.delete,
        "move_out": explained.move_out,
    }


def list_rules() -> int:
    """Run `sheetward share list`."""
    from sheetward.app.sharing_plan import roles_on_tables

    with workspace() as opened:
        entries = roles_on_tables(opened)
        records = [_rule_json(entry, opened.schema(entry.table)) for entry in entries]
        labels = {t: {f.name: f.label(current().lang) for f in opened.schema(t).fields} for t in opened.config.tables}
        sheets = {entry.name: entry.role for entry in opened.config.sheets.values()}
    if current().wants_json:
        write_json({"roles": records, "sheets": [{"name": name, "role": role} for name, role in sheets.items()]})
        return Exit.DONE
    if not records:
        write_line(say("share.no_roles"))
    for entry, record in zip(entries, records, strict=True):
        users = [name for name, role in sheets.items() if role == entry.role]
        write_line(say("share.heading", role=entry.role, table=entry.table, sheets=users or ["-"]))
        for mistake in entry.mistakes:
            write_line(f"  ! {say(str(mistake['code']), **mistake)}")
        if entry.rule is None:
            continue
        write_line(f"  {say('word.rows')}: {record['rows']}")
        for access in ("write", "read", "mask", "hide"):
            named = [labels[entry.table][f] for f in labels[entry.table] if entry.rule.access(f).value == access]
            if named:
                write_line(f"  {say(f'share.access_{access}')}: {', '.join(named)}")
        rights = [say(f"share.right_{name}") for name in ("insert", "delete", "move_out") if record[name]]
        write_line(f"  {say('share.rights')}: {', '.join(rights) or '-'}")
        if entry.is_waiting:
            write_line(f"  ! {say('share.rule_waits', role=entry.role)}")
    return Exit.DONE


def check() -> int:
    """Run `sheetward share check`."""
    from sheetward.app.sharing_plan import roles_on_tables

    with workspace() as opened:
        entries = roles_on_tables(opened)
        no_role = [e.name for e in opened.config.sheets.values() if e.role is None] if opened.config.roles else []
    found = [
        {"role": e.role, "table": e.table, **m, "message": say(str(m["code"]), **m)}
        for e in entries
        for m in e.mistakes
    ]
    found += [
        {
            "role": None,
            "table": None,
            "path": f"sheets.{name}",
            "code": "role.missing",
            "is_notice": False,
            "message": say("role.missing", known=[e.role for e in entries]),
        }
        for name in no_role
    ]
    if current().wants_json:
        write_json({"findings": found})
    elif found:
        for entry in found:
            write_line(f"{entry['role'] or entry['path']} · {entry['path']}: {entry['message']}")
    else:
        write_line(say("share.correct", count=len(entries)))
    return Exit.FOUND if found else Exit.DONE


def view_as(
    role: Annotated[str, typer.Argument(metavar="ROLE")],
    sheet: Annotated[str | None, typer.Argument(metavar="SHEET")] = None,
) -> int:
    """Run `sheetward share view-as`."""
    from sheetward.app.sharing_plan import roles_on_tables
    from sheetward.app.tables import listing
    from sheetward.cells import plain_text, value_of

    with workspace() as opened:
        if role not in opened.config.roles:
            raise UserError("role.unknown", role=role, known=list(opened.config.roles), near="")
        tables = [opened.entry(sheet).table] if sheet else [e.table for e in roles_on_tables(opened) if e.role == role]
        found = [listing(opened, table, role=role) for table in tables]
        labels = {t: {f.name: f.label(current().lang) for f in opened.schema(t).fields} for t in tables}
    if current().wants_json:
        write_json({"role": role, "tables": [{"table": one.table, **one.to_json()} for one in found]})
        return Exit.DONE
    for one in found:
        write_line(say("share.view", role=role, table=one.table, count=len(one.rows)))
        texts = [[plain_text(value_of(cell)) for cell in row] for row in one.rows]
        places = [place for place in range(len(one.columns)) if not texts or any(row[place] for row in texts)]
        headers = [labels[one.table][one.columns[place]] for place in places]
        write_grid(headers, [[row[place] for place in places] for row in texts])
    return Exit.DONE


def change_json(change: RoleChange) -> dict[str, object]:
    """Give what a sheet loses and gains."""
    difference = change.difference
    return {
        "name": change.state.name,
        "table": change.state.table,
        "role": change.role,
        "old_role": change.old_role,
        "rows_lost": list(change.rows_lost),
        "rows_gained": list(change.rows_gained),
        "columns_lost": list(difference.columns_lost),
        "columns_gained": list(difference.columns_gained),
        "masked": list(difference.masked),
        "unmasked": list(difference.unmasked),
        "access": {name: [old.value, new.value] for name, (old, new) in difference.access.items()},
        "rights": {name: list(pair) for name, pair in difference.rights.items()},
        "cells_lost": difference.cells_lost,
        "cells_gained": difference.cells_gained,
    }


def _write_changes(changes: Sequence[RoleChange]) -> None:
    if not changes:
        write_line(say("share.in_force"))
    for change in changes:
        d = change.difference
        write_line(say("share.change", name=change.state.name, role=change.role or "-"))
        lines = (
            ("share.rows_lost", change.rows_lost),
            ("share.rows_gained", change.rows_gained),
            ("share.columns_lost", d.columns_lost),
            ("share.columns_gained", d.columns_gained),
            ("share.now_masked", d.masked),
            ("share.no_more_masked", d.unmasked),
        )
        for code, names in lines:
            if names:
                write_line(f"  {say(code, count=len(names), names=list(names[:20]))}")
        for name, (old, new) in d.access.items():
            write_line(f"  {name}: {say(f'share.access_{old.value}')} → {say(f'share.access_{new.value}')}")
        for name, (_, right) in d.rights.items():
            write_line(f"  {'+' if right else '-'} {say(f'share.right_{name}')}")


def plan() -> int:
    """Run `sheetward share plan`."""
    from sheetward.app.sharing_plan import role_changes

    with workspace() as opened:
        changes = role_changes(opened)
    if current().wants_json:
        write_json({"sheets": [change_json(change) for change in changes]})
    else:
        _write_changes(changes)
    return Exit.FOUND if changes else Exit.DONE


def apply(
    has_consent: Annotated[bool, typer.Option("--yes")] = False,  # noqa: FBT002 - a flag
    is_dry_run: Annotated[bool, typer.Option("--dry-run")] = False,  # noqa: FBT002
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")] = "",
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
) -> int:
    """Run `sheetward share apply`."""
    from sheetward.app.sharing_plan import apply_changes, role_changes

    consent = Consent(has_consent, is_dry_run)
    with workspace(author) as opened:
        changes = role_changes(opened)
        is_agreed = agreed(
            changes,
            consent,
            show=lambda: _write_changes(changes),
            carry_out=lambda: apply_changes(opened, changes, reason),
            done="share.applied",
        )
    if current().wants_json:
        write_json({"sheets": [change_json(change) for change in changes], "applied": is_agreed})
    return exit_of(changes, consent, is_agreed=is_agreed)
