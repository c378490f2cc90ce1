"""Consent: a plan is shown, then a person says yes. Scripts say it with `--yes`."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import typer

from sheetward.cli.output import remark
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
