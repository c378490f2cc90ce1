"""`rejoin`: after the store was put back from a backup, shown, agreed, carried out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.consent import Consent, asked
from sheetward.cli.exits import Exit, worst
from sheetward.cli.inside import workspace
from sheetward.cli.output import progress, remark, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.cli.syncing import outcome_json, write_outcomes
from sheetward.errors import GuardError

if TYPE_CHECKING:
    from sheetward.app.rejoin import Rejoining
    from sheetward.app.syncing import SheetOutcome


def rejoin(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME")] = None,
    has_consent: Annotated[bool, typer.Option("--yes")] = False,  # noqa: FBT002 - a flag
    is_dry_run: Annotated[bool, typer.Option("--dry-run")] = False,  # noqa: FBT002
    allow: Annotated[list[str] | None, typer.Option("--allow", metavar="NAME:GUARD[=COUNT]")] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
) -> int:
    """Run `sheetward rejoin`."""
    from sheetward.app.rejoin import carry_out, foreseen, plan_rejoin
    from sheetward.app.syncing import allowed_of

    with workspace(author) as opened:
        allowed = allowed_of(allow or [], list(opened.config.sheets))
        with progress(say("cli.reading")):
            plan = plan_rejoin(opened, names or [])
            outcomes = foreseen(opened, plan, allowed) if plan.is_needed else []
        if not current().wants_json:
            _write_plan(plan, outcomes)
        is_agreed = plan.is_needed and asked(Consent(has_consent, is_dry_run), say("consent.question"))
        if is_agreed:
            with progress(say("cli.syncing")):
                outcomes = carry_out(opened, plan, allowed)
        epoch = opened.store.epoch
    if current().wants_json:
        sheets = [outcome_json(outcome, is_dry=not is_agreed) for outcome in outcomes]
        write_json({"ahead": list(plan.ahead), "rejoined": is_agreed, "epoch": epoch, "sheets": sheets})
    elif is_agreed:
        write_outcomes(outcomes, is_dry=False)
        write_line(say("rejoin.done"))
    if any(isinstance(outcome.error, GuardError) for outcome in outcomes):
        remark(say("rejoin.guards"))
    if is_agreed:
        return worst(outcome.status for outcome in outcomes)
    troubles = [outcome.status for outcome in outcomes if outcome.error is not None]
    return worst([*troubles, Exit.DONE if is_dry_run or not plan.is_needed else Exit.FOUND])


def _write_plan(plan: Rejoining, outcomes: Sequence[SheetOutcome]) -> None:
    if not plan.is_needed:
        write_line(say("rejoin.nothing"))
        return
    if plan.is_begun:
        write_line(say("rejoin.begun", names=list(plan.names)))
    else:
        write_line(say("rejoin.ahead", names=list(plan.ahead)))
    write_outcomes(outcomes, is_dry=False)
    write_line(say("rejoin.each"))
