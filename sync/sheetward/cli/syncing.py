"""`status` and `sync`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.exits import worst
from sheetward.cli.explaining import write_cells
from sheetward.cli.failure import error_json, error_text
from sheetward.cli.inside import workspace
from sheetward.cli.items import write_items
from sheetward.cli.output import complain, progress, write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError

if TYPE_CHECKING:
    import datetime as dt

    from sheetward.app.standing import Standing
    from sheetward.app.syncing import SheetOutcome


def outcome_json(outcome: SheetOutcome, *, is_dry: bool = False) -> dict[str, object]:
    """Give a sheet's outcome in the contract's form; of a dry run also its cells."""
    from sheetward.app.explaining import told_json
    from sheetward.app.items import item_json

    lang = current().lang
    return {
        "name": outcome.name,
        "to_store": outcome.to_store,
        "to_sheet": outcome.to_sheet,
        "new_rows": outcome.new_rows,
        "deleted_rows": outcome.deleted_rows,
        "conflicts": [item_json(d, lang) for d in outcome.conflicts],
        "rejected": [item_json(d, lang) for d in outcome.rejected],
        "held": [item_json(d, lang) for d in outcome.held],
        "messages": [
            {**notice.facts, "code": notice.code, "message": say(notice.code, **notice.facts)}
            for notice in outcome.notices
        ],
        "commit": outcome.commit,
        "error": None if outcome.error is None else error_json(outcome.error),
        **({"cells": [told_json(told, lang) for told in outcome.cells]} if is_dry else {}),
    }


def sync(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME")] = None,
    is_dry_run: Annotated[bool, typer.Option("--dry-run")] = False,  # noqa: FBT002 - a flag
    allow: Annotated[list[str] | None, typer.Option("--allow", metavar="NAME:GUARD[=COUNT]")] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
    is_watching: Annotated[bool, typer.Option("--watch")] = False,  # noqa: FBT002 - a flag
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", min=0.1)] = 2.0,
) -> int:
    """Run `sheetward sync`."""
    if is_watching:
        if is_dry_run or allow:
            raise UserError("usage.not_together", first="--watch", second="--dry-run" if is_dry_run else "--allow")
        return _watched(names or [], author, every)
    from sheetward.app.syncing import allowed_of, sync_sheets

    with workspace(author) as opened:
        allowed = allowed_of(allow or [], list(opened.config.sheets))
        with progress(say("cli.syncing")):
            outcomes = sync_sheets(opened, names or [], allowed, is_dry=is_dry_run)
    if current().wants_json:
        write_json({"sheets": [outcome_json(outcome, is_dry=is_dry_run) for outcome in outcomes]})
    else:
        write_outcomes(outcomes, is_dry=is_dry_run)
    return worst(outcome.status for outcome in outcomes)


def _watched(names: Sequence[str], author: str | None, every_s: float) -> int:
    from sheetward.cli.watching import watch

    def show(outcomes: Sequence[SheetOutcome]) -> None:
        if current().wants_json:
            write_json({"sheets": [outcome_json(outcome) for outcome in outcomes]}, in_one_line=True)
        else:
            write_outcomes(outcomes, is_dry=False)

    return watch(names, author, every_s, show)


def _error_line(outcome: SheetOutcome) -> str:
    """Say why a sheet was stopped, its name first."""
    text = "" if outcome.error is None else error_text(outcome.error)
    names = (f"{outcome.name}: ", f"{outcome.name}：")
    return text if text.startswith(names) else f"{outcome.name}: {text}"


def write_outcomes(outcomes: Sequence[SheetOutcome], *, is_dry: bool) -> None:
    """Write what a sync of sheets came to, or would come to."""
    if not outcomes:
        write_line(say("sync.no_sheets"))
    for outcome in outcomes:
        if outcome.error is not None:
            complain(_error_line(outcome))
            continue
        counts = {
            "to_store": outcome.to_store,
            "to_sheet": outcome.to_sheet,
            "new": outcome.new_rows,
            "deleted": outcome.deleted_rows,
        }
        quiet = "sync.waits" if outcome.status else "sync.nothing"
        write_line(f"{outcome.name}: {say('sync.done' if any(counts.values()) else quiet, **counts)}")
        for notice in outcome.notices:
            write_line(f"  · {say(notice.code, **notice.facts)}")
        for word, items in (("conflicts", outcome.conflicts), ("held", outcome.held), ("rejected", outcome.rejected)):
            if items:
                write_line(f"  {say(f'sync.{word}', count=len(items))}")
                write_items(items)
        write_cells(outcome.cells)
    if is_dry:
        if sum(outcome.to_store > 0 for outcome in outcomes) > 1:
            write_line(say("sync.dry_each"))
        write_line(say("sync.dry"))


def status() -> int:
    """Run `sheetward status`."""
    from sheetward.app.moves import moves
    from sheetward.app.standing import standings
    from sheetward.app.syncing import sync_sheets

    with workspace() as opened:
        found = standings(opened)
        carried = moves(opened)
        moving = [s.name for s in found if s.state in ("changed", "behind", "pending")]
        plans = {o.name: o for o in sync_sheets(opened, moving, {}, is_dry=True)} if moving else {}
        zone = opened.config.timezone
        heads = {table: opened.store.head(table) for table in opened.config.tables}
    if current().wants_json:
        record: dict[str, object] = {
            "tables": [{"name": t, "commits": n} for t, n in heads.items()],
            "sheets": [_standing_json(one, plans.get(one.name)) for one in found],
            "moves": [asdict(move) for move in carried],
            "next_backup": None,
        }
        write_json(record)
        return 0
    if not found:
        write_line(say("sync.no_sheets"))
        return 0
    words = ("word.sheet", "word.table", "word.role", "status.state", "status.last_sync", "status.waits")
    write_grid([say(word) for word in words], [_standing_row(one, zone) for one in found])
    for one in found:
        for copy in one.conflict_copies:
            facts = {"file": Path(one.file or "").name, "copy": copy.path.name, "program": copy.program}
            write_line(f"{one.name}: {say('sheet.conflict_copy', **facts)}")
    for outcome in plans.values():
        if outcome.error is not None or outcome.cells:
            write_line(f"{outcome.name}:" if outcome.error is None else _error_line(outcome))
            write_cells(outcome.cells)
    for move in carried:
        write_line(say("status.moved", **{**asdict(move), "sheets": ", ".join(move.shown_in) or "-"}))
    return 0


def _standing_json(one: Standing, plan: SheetOutcome | None) -> dict[str, object]:
    """Give how a sheet stands, and what its next sync would decide where that was looked at."""
    from sheetward.app.explaining import told_json

    return {
        "name": one.name,
        "table": one.table,
        "role": one.role,
        "file": one.file,
        "state": one.state,
        "waiting_commits": one.waiting_commits,
        "changed_since_sync": one.is_changed,
        "pending_write": one.is_pending,
        "last_sync": None if one.last_sync is None else one.last_sync.isoformat(),
        "conflicts": one.conflicts,
        "held": one.held,
        "rejections": one.rejections,
        "conflict_copies": [{"file": copy.path.name, "program": copy.program} for copy in one.conflict_copies],
        "cells": [] if plan is None else [told_json(told, current().lang) for told in plan.cells],
        "error": None if plan is None or plan.error is None else error_json(plan.error),
    }


def _standing_row(one: Standing, zone: dt.tzinfo) -> tuple[str, ...]:
    waits = [
        *([say("status.commits", count=one.waiting_commits)] if one.waiting_commits else []),
        *([say("sync.conflicts", count=one.conflicts)] if one.conflicts else []),
        *([say("sync.held", count=one.held)] if one.held else []),
        *([say("sync.rejected", count=one.rejections)] if one.rejections else []),
    ]
    last = "" if one.last_sync is None else one.last_sync.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return one.name, one.table, one.role or "", say(f"status.{one.state}"), last, ", ".join(waits)
