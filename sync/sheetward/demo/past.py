"""Step 8: who changed what; one person's edits taken back, everybody else's left, and the sheets follow."""

from __future__ import annotations

from sheetward_templates.report import Grid, Note, Section, Text

from sheetward.app.items import keys_of, shown_text
from sheetward.app.past import find_row
from sheetward.app.restoring import RestoreRequest, carry_out, plan_ways_back, restored_cells, touched_rows
from sheetward.app.workspace import opened
from sheetward.demo.company import Company
from sheetward.demo.hands import type_in
from sheetward.demo.working import DISPUTED, sync
from sheetward.history.narrate import row_story

SPOILED = ("C00000048", "C00000049", "C00000050", "C00000051", "C00000052")
SINCE = "2h"


def spoil(company: Company) -> None:
    """Let the trainee overwrite what was right; a colleague corrects one of these cells afterwards."""
    wrong = company.say("restore.wrong")
    type_in(company, "head-office", {(key, "company"): f"{wrong} {n}" for n, key in enumerate(SPOILED, start=1)})
    sync(company, company.trainee, "head-office")
    type_in(company, "head-office", {(SPOILED[-1], "company"): company.say("restore.right")})
    sync(company, company.office, "head-office")


def tell(company: Company) -> Section:
    """Show the log and one customer's past, then bring the trainee's edits back."""
    spoil(company)
    with opened(company.folder, company.office) as workspace:
        zone = workspace.config.timezone
        log = [
            (c.id, c.time.astimezone(zone).strftime("%H:%M:%S"), c.author, c.source, c.binding or "", str(c.changes))
            for c in workspace.store.log("customers")
        ]
        row = find_row(workspace, DISPUTED, "customers").row
        told = workspace.store.changes("customers", 0, workspace.store.head("customers"))
        story = [
            (
                one.by.author,
                workspace.schema("customers").by_name[name].label(company.lang),
                shown_text(old),
                shown_text(new),
            )
            for one in row_story(told, row)
            if one.happening == "changed"
            for name, (old, new) in one.cells.items()
        ]
        request = RestoreRequest(by=company.trainee, since=SINCE)
        ways = plan_ways_back(workspace, request, company.say("restore.reason"))
        back: list[tuple[str, ...]] = []
        later: list[str] = []
        for way in ways:
            keys = keys_of(workspace, way.table, touched_rows(way))
            back += [(c.key, shown_text(c.old), shown_text(c.new)) for c in restored_cells(way, keys)]
            later += [
                company.say("restore.kept", key=keys.get(one.row, one.row), value=shown_text(one.now), by=one.by.author)
                for one in way.restoration.kept
            ]
            carry_out(workspace, way)
    sync(company, company.office)
    back.sort()
    columns = ("word.commit", "word.time", "word.author", "word.source", "word.sheet_name", "word.changes")
    return Section(
        company.say("history"),
        (
            Text(company.say("history.text")),
            Grid(tuple(company.label(head) for head in columns), log),
            Text(company.say("history.row", key=DISPUTED)),
            Grid(tuple(company.label(h) for h in ("word.author", "word.field", "word.old", "word.new")), story),
            Text(company.say("restore.text", trainee=company.trainee, count=len(back))),
            Grid(tuple(company.label(head) for head in ("word.key", "word.old", "word.new")), back),
            *(Note(text) for text in later),
        ),
    )
