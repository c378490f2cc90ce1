"""`restore` and `undo`: the way back, shown, agreed, recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.consent import Consent, asked, exit_of
from sheetward.cli.exits import Exit
from sheetward.cli.history import labels_of
from sheetward.cli.inside import workspace
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError

if TYPE_CHECKING:
    from sheetward.app.restoring import WayBack
    from sheetward.app.workspace import Workspace
    from sheetward.table import RowId

Table = Annotated[str | None, typer.Option("--table", metavar="TABLE")]
Yes = Annotated[bool, typer.Option("--yes")]
DryRun = Annotated[bool, typer.Option("--dry-run")]
Author = Annotated[str | None, typer.Option("--author", metavar="NAME")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT")]


def restore(
    row: Annotated[str | None, typer.Option("--row", metavar="KEY")] = None,
    cell: Annotated[str | None, typer.Option("--cell", metavar="KEY.FIELD")] = None,
    column: Annotated[str | None, typer.Option("--column", metavar="FIELD")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="PERSON")] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="ID")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME")] = None,
    is_all: Annotated[bool, typer.Option("--all")] = False,  # noqa: FBT002 - a flag
    to: Annotated[str | None, typer.Option("--to", metavar="COMMIT_OR_TIME")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="WHEN")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN")] = None,
    table_option: Table = None,
    has_consent: Yes = False,  # noqa: FBT002
    is_dry_run: DryRun = False,  # noqa: FBT002
    reason: Reason = "",
    author: Author = None,
) -> int:
    """Run `sheetward restore`."""
    from sheetward.app.restoring import RestoreRequest, plan_ways_back

    wanted = {"--row": row, "--cell": cell, "--column": column, "--by": by, "--run": run, "--sheet": sheet}
    given = [option for option, value in wanted.items() if value is not None] + (["--all"] if is_all else [])
    if len(given) != 1:
        raise UserError("usage.one_of", options=[*wanted, "--all"], command="sheetward restore")
    if given[0] in {"--by", "--run"} and to is not None:
        raise UserError("usage.not_together", first=given[0], second="--to")
    if given[0] not in {"--by", "--run"} and to is None:
        raise UserError("usage.missing_argument", argument="--to", command="sheetward restore")
    if given[0] == "--by" and since is None:
        raise UserError("usage.missing_argument", argument="--since", command="sheetward restore")
    if cell is not None and "." not in cell:
        raise UserError("usage.key_field", value=cell)
    request = RestoreRequest(row, cell, column, by, run, sheet, is_all, to, since, until, table_option)
    with workspace(author) as opened:
        return _go_back(opened, plan_ways_back(opened, request, reason), Consent(has_consent, is_dry_run))


def undo(
    has_consent: Yes = False,  # noqa: FBT002
    is_dry_run: DryRun = False,  # noqa: FBT002
    reason: Reason = "",
    author: Author = None,
) -> int:
    """Run `sheetward undo`."""
    from sheetward.app.restoring import plan_undo

    with workspace(author) as opened:
        ways, commits = plan_undo(opened, reason)
        for commit in commits:
            write_line(say("undo.of", commit=commit.id, sheet=commit.binding or "", author=commit.author))
        return _go_back(opened, ways, Consent(has_consent, is_dry_run))


def _go_back(opened: Workspace, ways: Sequence[WayBack], consent: Consent) -> int:
    from sheetward.app.items import keys_of
    from sheetward.app.restoring import carry_out, check, restored_cells, touched_rows

    keys: dict[RowId, str] = {}
    for way in ways:
        keys |= keys_of(opened, way.table, touched_rows(way))
    check(opened, ways)
    record = plan_json(ways, keys)
    cells = [cell for way in ways for cell in restored_cells(way, keys)]
    if not current().wants_json:
        write_plan(ways, keys, {way.table: labels_of(opened, way.table) for way in ways})
    if not cells:
        if current().wants_json:
            write_json({**record, "commit": None})
        return Exit.DONE
    is_agreed = asked(consent, say("consent.question"))
    commits = [c.id for way in ways if (c := carry_out(opened, way)) is not None] if is_agreed else []
    if current().wants_json:
        write_json({**record, "commit": commits[0] if commits else None, "commits": commits})
    elif commits:
        write_line(say("restore.done", commits=commits, count=len(cells)))
    return exit_of(cells, consent, is_agreed=is_agreed)


def plan_json(ways: Sequence[WayBack], keys: Mapping[RowId, str]) -> dict[str, object]:
    from sheetward.app.json_cells import cell_json
    from sheetward.app.restoring import restored_cells

    return {
        "changed": [
            {"key": c.key, "field": c.field, "old": cell_json(c.old), "new": cell_json(c.new)}
            for way in ways
            for c in restored_cells(way, keys)
        ],
        "kept": [
            {
                "key": keys.get(k.row, k.row),
                "field": k.field,
                "code": k.code,
                "message": say(k.code, commit=k.by.id, by=k.by.editor or k.by.author),
                "commit": k.by.id,
                "now": cell_json(k.now),
                "wanted": cell_json(k.wanted),
            }
            for way in ways
            for k in way.restoration.kept
        ],
    }


def write_plan(ways: Sequence[WayBack], keys: Mapping[RowId, str], labels: Mapping[str, Mapping[str, str]]) -> None:
    from sheetward.app.items import shown_text
    from sheetward.app.restoring import restored_cells

    cells = [
        (c.key, labels[way.table].get(c.field, c.field), shown_text(c.old), shown_text(c.new))
        for way in ways
        for c in restored_cells(way, keys)
    ]
    if cells:
        write_grid([say(word) for word in ("word.key", "word.field", "word.old", "word.new")], cells)
    else:
        write_line(say("restore.nothing"))
    for way in ways:
        for kept in way.restoration.kept:
            label = labels[way.table].get(kept.field or "", kept.field)
            place = f"{keys.get(kept.row, kept.row)}{f'.{label}' if label else ''}"
            write_line(f"  {place}: {say(kept.code, commit=kept.by.id, by=kept.by.editor or kept.by.author)}")
