"""Consent: a plan is shown, then a person says yes. Scripts say it with `--yes`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sized
from dataclasses import dataclass

import typer

from sheetward.cli.exits import Exit
from sheetward.cli.output import remark, write_line
from sheetward.cli.session import current, say


@dataclass(frozen=True, slots=True)
class Consent:
    """What the call said beforehand: `--yes`, `--dry-run`, or nothing."""

    is_given: bool = False
    is_dry_run: bool = False


def asked(consent: Consent, question: str) -> bool:
    """Say whether to go on after the plan was shown; asks only where a person can answer.

    Without `--yes` and without a terminal the answer is no, and that is said; so it is with `--json`, which leaves
    no room for a question.
    """
    if consent.is_dry_run:
        return False
    if consent.is_given:
        return True
    if current().wants_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        remark(say("consent.none"))
        return False
    return typer.confirm(question, err=True)


def agreed(
    plan: Sized, consent: Consent, *, show: Callable[[], None], carry_out: Callable[[], object], done: str
) -> bool:
    """Show a plan, ask, carry it out and say that it is `done`; give whether it was. An empty plan is shown and no more."""
    if not current().wants_json:
        show()
    is_agreed = bool(len(plan)) and asked(consent, say("consent.question"))
    if is_agreed:
        carry_out()
        write_line(say(done))
    return is_agreed


def exit_of(plan: Sized, consent: Consent, *, is_agreed: bool) -> int:
    """Give the exit status of a call that showed a plan: 1 where it is there and nobody agreed to it."""
    return Exit.DONE if is_agreed or consent.is_dry_run or not len(plan) else Exit.FOUND
