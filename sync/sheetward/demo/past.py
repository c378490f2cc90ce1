"""Step 8: who changed what; one person's edits taken back, everybody else's left, and the sheets follow."""

from __future__ import annotations

from sheetward_templates.report import Note, Section, Text

from sheetward.app.items import keys_of, shown_text
from sheetward.app.past import find_row
from sheetward.app.restoring import RestoreRequest, carry_out, plan_ways_back, restored_cells, touched_rows
from sheetward.app.workspace import Workspace, opened
from sheetward.demo.company import Company
from sheetward.demo.hands import shown, type_in
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
        request = RestoreRequest(by=company.trainee, since=SINCE)
        back, later = _take_back(company, workspace, request)
    sync(company, company.office)
    with opened(company.folder) as workspace:
        log, story = _log(workspace), _story(company, workspace)
    follow = shown(company, "finance-customers", SPOILED[0], "company")
    file = company.path("finance-customers").name
    return Section(
        company.say("history"),
        (
            Text(company.say("restore.text", trainee=company.trainee, count=len(back))),
            company.grid(("key", "old", "new"), back),
            *(Note(text) for text in later),
            Text(company.say("restore.follow", file=file, key=SPOILED[0], value=follow)),
            Text(company.say("history.text")),
            company.grid(("commit", "time", "author", "source", "sheet_name", "changes", "reason"), log),
            Text(company.say("history.row", key=DISPUTED)),
            company.grid(("author", "field", "old", "new"), story),
        ),
    )


def _take_back(
    company: Company, workspace: Workspace, request: RestoreRequest
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Carry a restore out; give its cells, and a sentence for each one that was changed again and therefore stays."""
    back: list[tuple[str, ...]] = []
    later: list[str] = []
    for way in plan_ways_back(workspace, request, company.say("restore.reason")):
        keys = keys_of(workspace, way.table, touched_rows(way))
        back += [(c.key, shown_text(c.old), shown_text(c.new)) for c in restored_cells(way, keys)]
        later += [
            company.say("restore.kept", key=keys.get(one.row, one.row), value=shown_text(one.now), by=one.by.author)
            for one in way.restoration.kept
        ]
        carry_out(workspace, way)
    return sorted(back), later


def _log(workspace: Workspace) -> list[tuple[str, ...]]:
    zone = workspace.config.timezone
    return [
        (
            c.id,
            c.time.astimezone(zone).strftime("%H:%M:%S"),
            c.author,
            c.source,
            c.binding or "",
            str(c.changes),
            c.reason,
        )
        for c in workspace.store.log("customers")
    ]


def _story(company: Company, workspace: Workspace) -> list[tuple[str, ...]]:
    row = find_row(workspace, DISPUTED, "customers").row
    fields = workspace.schema("customers").by_name
    told = workspace.store.changes("customers", 0, workspace.store.head("customers"))
    return [
        (one.by.author, fields[name].label(company.lang), shown_text(old), shown_text(new))
        for one in row_story(told, row)
        if one.happening == "changed"
        for name, (old, new) in one.cells.items()
    ]
