"""`waive`, `confirm` and `attested`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import typer

from sheetward.cli.exits import Exit
from sheetward.cli.inside import workspace
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError

Author = Annotated[str | None, typer.Option("--author", metavar="NAME")]
Table = Annotated[str | None, typer.Option("--table", metavar="TABLE")]


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as problem:
        raise UserError("usage.day", value=text) from problem


def waive(
    ids: Annotated[list[str], typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")] = "",
    until: Annotated[str | None, typer.Option("--until", metavar="DATE")] = None,
    is_revoking: Annotated[bool, typer.Option("--revoke")] = False,  # noqa: FBT002 - a flag
    author: Author = None,
) -> int:
    """Run `sheetward waive`."""
    from sheetward.app.attesting import revoke
    from sheetward.app.attesting import waive as accept

    with workspace(author) as opened:
        named = revoke(opened, ids, reason) if is_revoking else accept(opened, ids, reason, _day(until))
    done = [{"id": one.judged.id, "key": one.judged.key, "field": one.judged.finding.field} for one in named]
    if current().wants_json:
        write_json({"revoked" if is_revoking else "waived": done, "reason": reason, "until": until})
    else:
        write_line(say("waive.revoked" if is_revoking else "waive.done", count=len(done)))
    return Exit.DONE


def confirm(
    cell: Annotated[str, typer.Argument(metavar="KEY.FIELD")],
    how: Annotated[Literal["phone", "mail", "visit", "document"], typer.Option("--how")] = "phone",
    day: Annotated[str | None, typer.Option("--on", metavar="DATE")] = None,
    table_option: Table = None,
    author: Author = None,
) -> int:
    """Run `sheetward confirm`."""
    from sheetward.app.attesting import confirm as attest

    key, dot, field = cell.rpartition(".")
    if not dot or not key or not field:
        raise UserError("usage.key_field", value=cell)
    with workspace(author) as opened:
        said = attest(opened, key, field, how, _day(day), table_option)
        by = opened.author
    if current().wants_json:
        write_json({"key": key, "field": said.field, "how": how, "on": said.day.isoformat(), "by": by})
    else:
        write_line(say("confirm.done", cell=cell, day=said.day.isoformat(), by=by, how=say(f"how.{how}")))
    return Exit.DONE


def attested() -> int:
    """Run `sheetward attested`."""
    from sheetward.app.attesting import everything_said

    with workspace() as opened:
        listed = everything_said(opened)
        zone = opened.config.timezone
    if current().wants_json:
        write_json({"attested": [one.to_json(zone) for one in listed]})
        return Exit.DONE
    if not listed:
        write_line(say("attested.none"))
        return Exit.DONE
    words = ("word.time", "word.author", "word.key", "word.field", "attested.word", "word.reason", "attested.until")
    write_grid(
        [say(word) for word in words],
        [
            (
                one.said.time.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
                one.said.author,
                one.key or one.said.row,
                one.said.field,
                say(f"attested.{one.said.word}"),
                one.said.reason or (say(f"how.{one.said.how}") if one.said.how else ""),
                "" if one.said.until is None else one.said.until.isoformat(),
            )
            for one in listed
        ],
    )
    return Exit.DONE
