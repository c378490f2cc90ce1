"""`history`, `diff-commits`, `restore`, `undo`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.consent import Consent, asked
from sheetward.cli.exits import Exit
from sheetward.cli.inside import workspace
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError

if TYPE_CHECKING:
    from sheetward.app.restoring import WayBack
    from sheetward.app.workspace import Workspace
    from sheetward.history.narrate import RowStory
    from sheetward.ports.store import Commit
    from sheetward.table import RowId

Table = Annotated[str | None, typer.Option("--table", metavar="TABLE")]
Yes = Annotated[bool, typer.Option("--yes")]
DryRun = Annotated[bool, typer.Option("--dry-run")]
Author = Annotated[str | None, typer.Option("--author", metavar="NAME")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT")]


def commit_json(commit: Commit, zone: dt.tzinfo) -> dict[str, object]:
    """Give a commit in the contract's form."""
    return {
        "id": commit.id,
        "table": commit.table,
        "time": commit.time.astimezone(zone).isoformat(timespec="seconds"),
        "author": commit.author,
        "editor": commit.editor,
        "source": commit.source,
        "sheet": commit.binding,
        "reason": commit.reason,
        "changes": commit.changes,
    }


def history(
    row: Annotated[str | None, typer.Option("--row", metavar="KEY")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="PERSON")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="WHEN")] = None,
    table_option: Table = None,
) -> int:
    """Run `sheetward history`."""
    from sheetward.app.past import find_row, moment_of
    from sheetward.history.choose import listed
    from sheetward.history.narrate import row_story

    with workspace() as opened:
        zone = opened.config.timezone
        start = None if since is None else moment_of(opened, since, day_ends=False)
        if table_option is not None:
            opened.schema(table_option)
        if row is not None:
            found = find_row(opened, row, table_option)
            told = opened.store.changes(found.table, 0, opened.store.head(found.table))
            stories = {story.by.id: story for story in row_story(told, found.row)}
            log = [commit for commit, _ in reversed(told) if commit.id in stories]
        else:
            stories = {}
            log = list(opened.store.log(table_option))
        commits = listed(log, by=by, binding=sheet, since=start)
    if current().wants_json:
        write_json({"commits": [{**commit_json(c, zone), **_story_json(stories.get(c.id))} for c in commits]})
    else:
        _write_commits(commits, zone, stories)
    return Exit.DONE


def _story_json(story: RowStory | None) -> dict[str, object]:
    from sheetward.app.json_cells import cell_json

    if story is None:
        return {}
    cells = [{"field": name, "old": cell_json(old), "new": cell_json(new)} for name, (old, new) in story.cells.items()]
    return {"happening": story.happening, "cells": cells}


def _write_commits(commits: Sequence[Commit], zone: dt.tzinfo, stories: Mapping[str, RowStory]) -> None:
    if not commits:
        write_line(say("history.none"))
        return
    words = (
        "word.commit",
        "word.time",
        "word.author",
        "word.editor",
        "word.source",
        "word.sheet_name",
        "word.changes",
        "word.reason",
    )
    rows: list[tuple[str, ...]] = []
    for c in commits:
        time = c.time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        rows.append((c.id, time, c.author, c.editor or "", c.source, c.binding or "", str(c.changes), c.reason))
    write_grid([say(word) for word in words], rows)
    for c in commits:
        story = stories.get(c.id)
        if story is not None:
            from sheetward.app.items import shown_text

            write_line(f"{c.id}: {say(f'story.{story.happening}')}")
            for name, (old, new) in story.cells.items():
                write_line(f"  {name}: {shown_text(old) or '∅'} → {shown_text(new) or '∅'}")


def diff_commits(
    first: Annotated[str, typer.Argument(metavar="A")],
    second: Annotated[str, typer.Argument(metavar="B")],
    table_option: Table = None,
) -> int:
    """Run `sheetward diff-commits`."""
    from sheetward.app.items import keys_of, shown_text
    from sheetward.app.json_cells import cell_json
    from sheetward.app.past import number_at, only_table
    from sheetward.history.narrate import difference

    with workspace() as opened:
        named = [text.rpartition(":")[0] for text in (first, second)]
        table = (
            table_option or next((name for name in named if name in opened.config.tables), None) or only_table(opened)
        )
        opened.schema(table)
        start, end = number_at(opened, table, first), number_at(opened, table, second)
        stories = difference(opened.store.changes(table, min(start, end), max(start, end)))
        keys = keys_of(opened, table, [story.row for story in stories])
    is_back = start > end
    flipped = {"added": "removed", "removed": "added", "changed": "changed"}
    changes = [
        {
            "row": s.row,
            "key": keys.get(s.row),
            "field": s.field,
            "happening": flipped[s.happening] if is_back else s.happening,
            "old": cell_json(s.new if is_back else s.old),
            "new": cell_json(s.old if is_back else s.new),
            "commit": s.by.id,
            "author": s.by.author,
            "editor": s.by.editor,
        }
        for s in stories
    ]
    if current().wants_json:
        write_json({"table": table, "from": start, "to": end, "changes": changes})
    elif not stories:
        write_line(say("diff.same"))
    else:
        words = ("word.key", "word.field", "word.old", "word.new", "word.commit", "word.author")
        write_grid(
            [say(word) for word in words],
            [
                (
                    keys.get(s.row, s.row),
                    s.field or say(f"story.{c['happening']}"),
                    shown_text(s.new if is_back else s.old),
                    shown_text(s.old if is_back else s.new),
                    s.by.id,
                    s.by.editor or s.by.author,
                )
                for s, c in zip(stories, changes, strict=True)
            ],
        )
    return Exit.FOUND if stories else Exit.DONE


def restore(
    row: Annotated[str | None, typer.Option("--row", metavar="KEY")] = None,
    cell: Annotated[str | None, typer.Option("--cell", metavar="KEY.FIELD")] = None,
    column: Annotated[str | None, typer.Option("--column", metavar="FIELD")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="PERSON")] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="COMMIT")] = None,
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
        way, commit = plan_undo(opened, reason)
        write_line(say("undo.of", commit=commit.id, sheet=commit.binding or "", author=commit.author))
        return _go_back(opened, [way], Consent(has_consent, is_dry_run))


def _go_back(opened: Workspace, ways: Sequence[WayBack], consent: Consent) -> int:
    from sheetward.app.items import keys_of
    from sheetward.app.restoring import carry_out, check, restored_cells, touched_rows

    keys: dict[RowId, str] = {}
    for way in ways:
        keys |= keys_of(opened, way.table, touched_rows(way))
        check(opened, way)
    record = _plan_json(ways, keys)
    cells = [cell for way in ways for cell in restored_cells(way, keys)]
    if not current().wants_json:
        _write_plan(ways, keys)
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
    return Exit.DONE if is_agreed or consent.is_dry_run else Exit.FOUND


def _plan_json(ways: Sequence[WayBack], keys: Mapping[RowId, str]) -> dict[str, object]:
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


def _write_plan(ways: Sequence[WayBack], keys: Mapping[RowId, str]) -> None:
    from sheetward.app.items import shown_text
    from sheetward.app.restoring import restored_cells

    cells = [cell for way in ways for cell in restored_cells(way, keys)]
    if cells:
        words = ("word.key", "word.field", "word.old", "word.new")
        write_grid([say(w) for w in words], [(c.key, c.field, shown_text(c.old), shown_text(c.new)) for c in cells])
    else:
        write_line(say("restore.nothing"))
    for way in ways:
        for kept in way.restoration.kept:
            place = f"{keys.get(kept.row, kept.row)}{f'.{kept.field}' if kept.field else ''}"
            write_line(f"  {place}: {say(kept.code, commit=kept.by.id, by=kept.by.editor or kept.by.author)}")
