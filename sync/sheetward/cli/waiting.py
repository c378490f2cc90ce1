"""`conflicts`, `held` and `rejections`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sheetward.cli.consent import Consent, asked
from sheetward.cli.exits import Exit, worst
from sheetward.cli.failure import error_json, report
from sheetward.cli.inside import workspace
from sheetward.cli.items import write_items
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError

if TYPE_CHECKING:
    from sheetward.app.items import Described
    from sheetward.app.waiting import Settled
    from sheetward.app.workspace import Workspace

Ids = Annotated[list[str], typer.Argument(metavar="ID")]
Author = Annotated[str | None, typer.Option("--author", metavar="NAME")]
Sheet = Annotated[str | None, typer.Option("--sheet", metavar="NAME")]
Field = Annotated[str | None, typer.Option("--field", metavar="FIELD")]
By = Annotated[str | None, typer.Option("--by", metavar="PERSON")]


def _list(kind: str, word: str, sheet: str | None, field: str | None, by: str | None) -> int:
    from sheetward.app.items import item_json
    from sheetward.app.waiting import waiting
    from sheetward.merge.items import ItemKind

    with workspace() as opened:
        found: list[Described] = waiting(opened, ItemKind(kind), sheet=sheet, field=field, by=by)
    if current().wants_json:
        write_json({word: [item_json(described, current().lang) for described in found]})
    else:
        write_items(found)
        write_line(say(f"{word}.count", count=len(found)) if found else say(f"{word}.none"))
    return Exit.DONE


def _told(done: Sequence[Settled], word: str) -> int:
    """Report what became of each item; one error alone is the answer, as everywhere."""
    errors = [settled for settled in done if settled.error is not None]
    if len(done) == 1 and done[0].error is not None:
        return report(done[0].error)
    if current().wants_json:
        records = [{"id": s.id, "outcome": s.outcome, "commit": s.commit} for s in done if s.error is None]
        write_json({word: records, "errors": [{**error_json(s.error), "id": s.id} for s in errors if s.error]})
    else:
        for settled in done:
            if settled.error is None:
                write_line(say("settled.done", id=settled.id, outcome=say(f"outcome.{settled.outcome}")))
            else:
                report(settled.error)
    return worst(Exit.DONE if s.error is None else s.error.exit_status for s in done)


def conflicts(context: typer.Context, sheet: Sheet = None, field: Field = None, by: By = None) -> int:
    """Run `sheetward conflicts`."""
    return _list("conflict", "conflicts", sheet, field, by) if context.invoked_subcommand is None else Exit.DONE


def list_conflicts(sheet: Sheet = None, field: Field = None, by: By = None) -> int:
    """Run `sheetward conflicts list`."""
    return _list("conflict", "conflicts", sheet, field, by)


def show(item_id: Annotated[str, typer.Argument(metavar="ID")]) -> int:
    """Run `sheetward conflicts show`."""
    from sheetward.app.items import describe, item_json
    from sheetward.app.waiting import follower_of, one
    from sheetward.merge.items import ItemKind

    with workspace() as opened:
        item = one(opened, item_id, ItemKind.CONFLICT)
        (described,) = describe(opened, [item])
        follower = follower_of(opened, item)
        zone = opened.config.timezone
    record = item_json(described, current().lang)
    changed = item.facts.get("store_at")
    times = {
        "opened": item.opened,
        "closed": item.closed,
        "store_at": None if changed is None else dt.datetime.fromisoformat(str(changed)),
    }
    record |= {
        name: None if time is None else time.astimezone(zone).isoformat(timespec="seconds")
        for name, time in times.items()
    }
    record |= {"by": item.by, "closed_by": item.closed_by or None, "outcome": item.outcome or None}
    record |= {"store_by": item.facts.get("store_by"), "next": None if follower is None else follower.id}
    if current().wants_json:
        write_json(record)
    else:
        names = (
            "id name kind key column base store store_by store_at sheet by opened outcome closed closed_by next message"
        )
        shown = {**record, "outcome": say(f"outcome.{item.outcome}") if item.outcome else None}
        write_grid(
            ("", ""),
            [
                (say(f"word.{n}") if n != "name" else say("word.sheet_name"), str(shown[n]))
                for n in names.split()
                if shown[n] is not None
            ],
        )
    return Exit.DONE


def resolve(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID")] = None,
    take: Annotated[Literal["base", "store", "sheet"] | None, typer.Option("--take")] = None,
    value: Annotated[str | None, typer.Option("--value", metavar="VALUE")] = None,
    keeps: Annotated[bool, typer.Option("--keep")] = False,  # noqa: FBT002 - a flag
    deletes: Annotated[bool, typer.Option("--delete")] = False,  # noqa: FBT002
    sheet: Sheet = None,
    cell: Annotated[str | None, typer.Option("--cell", metavar="CELL")] = None,
    field: Field = None,
    by: By = None,
    has_consent: Annotated[bool, typer.Option("--yes")] = False,  # noqa: FBT002
    is_dry_run: Annotated[bool, typer.Option("--dry-run")] = False,  # noqa: FBT002
    author: Author = None,
) -> int:
    """Run `sheetward conflicts resolve`."""
    from sheetward.app.items import describe, item_json
    from sheetward.app.waiting import one, picked, resolve_all
    from sheetward.engine import Choice
    from sheetward.merge.items import ItemKind

    chosen = [
        *([Choice(take)] if take else []),
        *([Choice.VALUE] if value is not None else []),
        *([Choice.KEEP] if keeps else []),
        *([Choice.DELETE] if deletes else []),
    ]
    if len(chosen) != 1:
        options = ["--take", "--value", "--keep", "--delete"]
        raise UserError("usage.one_of", options=options, command="sheetward conflicts resolve")
    is_searched = any(word is not None for word in (sheet, cell, field, by))
    if bool(ids) == is_searched:
        options = ["ID", "--sheet/--cell/--field/--by"]
        raise UserError("usage.one_of", options=options, command="sheetward conflicts resolve")
    with workspace(author) as opened:
        if is_searched:
            found = picked(opened, chosen[0], sheet=sheet, cell=cell, field=field, by=by)
        else:
            items = [one(opened, identity, ItemKind.CONFLICT) for identity in ids or ()] if is_dry_run else []
            found = describe(opened, items)
        named = [one.item.id for one in found] if is_searched else list(ids or ())
        is_asking = is_dry_run or (is_searched and len(found) > 1)
        if is_asking and not current().wants_json:
            write_items(found)
        if is_asking and not asked(Consent(has_consent, is_dry_run), say("consent.question")):
            if current().wants_json:
                write_json({"would_resolve": [item_json(described, current().lang) for described in found]})
            return Exit.DONE if is_dry_run else Exit.FOUND
        done = resolve_all(opened, named, chosen[0], value)
    return _told(done, "resolved")


def held(context: typer.Context, sheet: Sheet = None, field: Field = None, by: By = None) -> int:
    """Run `sheetward held`."""
    return _list("held", "held", sheet, field, by) if context.invoked_subcommand is None else Exit.DONE


def list_held(sheet: Sheet = None, field: Field = None, by: By = None) -> int:
    """Run `sheetward held list`."""
    return _list("held", "held", sheet, field, by)


def _chosen(opened: Workspace, command: str, ids: list[str] | None, sheet: str | None, field: str | None) -> list[str]:
    """Give the held things that are meant: those named, or all of a sheet or a column."""
    from sheetward.app.waiting import waiting
    from sheetward.merge.items import ItemKind

    if bool(ids) == bool(sheet or field):
        raise UserError("usage.one_of", options=["ID", "--sheet | --field"], command=f"sheetward held {command}")
    return ids or [found.item.id for found in waiting(opened, ItemKind.HELD, sheet=sheet, field=field)]


def accept(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID")] = None,
    sheet: Sheet = None,
    field: Field = None,
    author: Author = None,
) -> int:
    """Run `sheetward held accept`."""
    from sheetward.app.waiting import accept_all

    with workspace(author) as opened:
        done = accept_all(opened, _chosen(opened, "accept", ids, sheet, field))
    return _told(done, "accepted")


def drop(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID")] = None,
    sheet: Sheet = None,
    field: Field = None,
    author: Author = None,
) -> int:
    """Run `sheetward held drop`."""
    from sheetward.app.waiting import drop_all

    with workspace(author) as opened:
        done = drop_all(opened, _chosen(opened, "drop", ids, sheet, field))
    return _told(done, "dropped")


def rejections(context: typer.Context, sheet: Sheet = None, field: Field = None, by: By = None) -> int:
    """Run `sheetward rejections`."""
    return _list("rejected", "rejections", sheet, field, by) if context.invoked_subcommand is None else Exit.DONE


def list_rejections(sheet: Sheet = None, field: Field = None, by: By = None) -> int:
    """Run `sheetward rejections list`."""
    return _list("rejected", "rejections", sheet, field, by)


def ack(ids: Ids, author: Author = None) -> int:
    """Run `sheetward rejections ack`."""
    from sheetward.app.waiting import acknowledge_all

    with workspace(author) as opened:
        done = acknowledge_all(opened, ids)
    return _told(done, "acknowledged")
