"""`history` and `diff-commits`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.exits import Exit
from sheetward.cli.inside import workspace
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say

if TYPE_CHECKING:
    from sheetward.app.workspace import Workspace
    from sheetward.history.narrate import RowStory
    from sheetward.ports.store import Commit

Table = Annotated[str | None, typer.Option("--table", metavar="TABLE")]


def commit_json(commit: Commit, zone: dt.tzinfo) -> dict[str, object]:
    """Give a commit in the contract's form."""
    return {
        "id": commit.id,
        "table": commit.table,
        "time": commit.time.astimezone(zone).isoformat(timespec="seconds"),
        "author": commit.author,
        "editor": commit.editor,
        "source": commit.source,
        "run": commit.run or None,
        "sheet": commit.binding,
        "reason": commit.reason,
        "changes": commit.changes,
    }


def labels_of(opened: Workspace, table: str | None) -> Mapping[str, str]:
    """Give the headers of a table's fields in the language of this call; none where no table is named."""
    return {} if table is None else {f.name: f.label(current().lang) for f in opened.schema(table).fields}


def history(
    row: Annotated[str | None, typer.Option("--row", metavar="KEY")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="PERSON")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="WHEN")] = None,
    is_unseen: Annotated[bool, typer.Option("--unseen")] = False,  # noqa: FBT002 - a flag
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
    table_option: Table = None,
) -> int:
    """Run `sheetward history`."""
    from sheetward.app.looking import mark_as_seen, unseen
    from sheetward.app.past import find_row, moment_of
    from sheetward.history.choose import listed
    from sheetward.history.narrate import row_story

    with workspace(author) as opened:
        zone = opened.config.timezone
        start = None if since is None else moment_of(opened, since, day_ends=False)
        if table_option is not None:
            opened.schema(table_option)
        of_table = table_option
        if row is not None:
            found = find_row(opened, row, table_option)
            told = opened.store.changes(found.table, 0, opened.store.head(found.table), {found.row})
            of_table = found.table
            stories = {story.by.id: story for story in row_story(told, found.row)}
            log = [commit for commit, _ in reversed(told) if commit.id in stories]
        else:
            stories = {}
            log = list(opened.store.log(table_option))
        if sheet is not None and all(commit.binding != sheet for commit in log):
            opened.entry(sheet)
        commits = listed(unseen(opened, log) if is_unseen else log, by=by, binding=sheet, since=start)
        labels = labels_of(opened, of_table)
    if current().wants_json:
        write_json({"commits": [{**commit_json(c, zone), **_story_json(stories.get(c.id))} for c in commits]})
    else:
        where_none = "history.nothing_unseen" if is_unseen else "history.no_match" if log else "history.none"
        _write_commits(commits, zone, stories, labels, where_none)
    # Only what was shown whole counts as seen, and only once it was shown.
    if is_unseen and (row, sheet, by, since) == (None,) * 4:
        mark_as_seen(opened, log)
    return Exit.DONE


def _story_json(story: RowStory | None) -> dict[str, object]:
    from sheetward.app.json_cells import cell_json

    if story is None:
        return {}
    cells = [{"field": name, "old": cell_json(old), "new": cell_json(new)} for name, (old, new) in story.cells.items()]
    return {"happening": story.happening, "cells": cells}


def _write_commits(
    commits: Sequence[Commit],
    zone: dt.tzinfo,
    stories: Mapping[str, RowStory],
    labels: Mapping[str, str],
    where_none: str,
) -> None:
    if not commits:
        write_line(say(where_none))
        return
    words = (
        "word.commit",
        "word.time",
        "word.author",
        "word.editor",
        "word.source",
        "word.sheet_name",
        "word.changes",
        "word.run",
        "word.reason",
    )
    rows: list[tuple[str, ...]] = []
    for c in commits:
        time = c.time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        rows.append((c.id, time, c.author, c.editor or "", c.source, c.binding or "", str(c.changes), c.run, c.reason))
    write_grid([say(word) for word in words], rows)
    for c in commits:
        story = stories.get(c.id)
        if story is not None:
            from sheetward.app.items import shown_text

            write_line(f"{c.id}: {say(f'story.{story.happening}')}")
            for name, (old, new) in story.cells.items():
                write_line(f"  {labels.get(name, name)}: {shown_text(old) or '∅'} → {shown_text(new) or '∅'}")


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
        labels = labels_of(opened, table)
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
                    labels.get(s.field, s.field) if s.field else say(f"story.{c['happening']}"),
                    shown_text(s.new if is_back else s.old),
                    shown_text(s.old if is_back else s.new),
                    s.by.id,
                    s.by.editor or s.by.author,
                )
                for s, c in zip(stories, changes, strict=True)
            ],
        )
    return Exit.FOUND if stories else Exit.DONE
