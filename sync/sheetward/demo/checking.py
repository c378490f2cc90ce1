"""Steps 1 and 2: what is wrong with the messy workbook, and what of it is certain enough to be put right."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from sheetward_templates.report import Figures, Note, Section, Text

from sheetward.app.fixing import apply_fix, plan_fix
from sheetward.app.inspection import Correction, findings_of
from sheetward.demo.company import Company
from sheetward.demo.hands import look_at
from sheetward.validation import report_data

_CORRECTIONS_SHOWN = 12


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).astimezone().date()


def check(company: Company) -> Section:
    """Validate the sales workbook: every wrong cell by kind, with an example of each."""
    reading = look_at(company, "sales-east")
    report = report_data(
        findings_of(reading, _today()),
        file=reading.path.name,
        tab=reading.tab,
        table=reading.schema.name,
        rows=len(reading.shown.rows),
        columns=reading.layout.headers,
        addresses=reading.addresses,
        lang=company.lang,
    )
    summary = report["summary"]
    first = {finding["code"]: finding for finding in reversed(report["findings"])}
    kinds = [
        (
            str(count),
            first[code]["cell"] or "",
            first[code]["value"],
            first[code]["message"],
            first[code]["suggestion"] or "",
        )
        for code, count in summary["by_code"].items()
    ]
    figures = (
        (company.say("figure.rows"), str(report["rows"])),
        (company.say("figure.errors"), str(summary["errors"])),
        (company.say("figure.warnings"), str(summary["warnings"])),
    )
    return Section(
        company.say("check"),
        (
            Text(company.say("check.text", file=reading.path.name)),
            Figures(figures),
            company.grid(("count", "example", "typed", "sentence", "suggestion"), kinds),
        ),
    )


def correct(company: Company) -> Section:
    """Fix what is certain in place; what is not stays, and stays listed."""
    reading = look_at(company, "sales-east")
    plan = plan_fix(reading.path, reading.schema, reading.tab, _today())
    apply_fix(plan, reading.path)
    by_field = Counter(correction.field for correction in plan.corrections)
    headers = reading.layout.headers
    rows = [
        (f"{reading.addresses[c.field]}{c.row}", headers[c.field], c.old, c.new)
        for c in _spread(plan.corrections, _CORRECTIONS_SHOWN)
    ]
    return Section(
        company.say("fix"),
        (
            Text(
                company.say(
                    "fix.text",
                    count=len(plan.corrections),
                    columns=company.listed(f"{headers[name]} {count}" for name, count in by_field.items()),
                )
            ),
            company.grid(("cell", "column", "old", "new"), rows),
            Note(company.say("fix.left", count=len(plan.left)), "warning"),
        ),
    )


def _spread(corrections: Sequence[Correction], most: int) -> list[Correction]:
    """Give corrections of every column in turn, so that no column crowds out the others; in the order of rows."""
    turns = Counter[str]()
    ranked: list[tuple[int, int]] = []
    for place, correction in enumerate(corrections):
        ranked.append((turns[correction.field], place))
        turns[correction.field] += 1
    return [corrections[place] for place in sorted(place for _, place in sorted(ranked)[:most])]
