"""Steps 9 and 10: a sync without edits changes no byte; a deletion of many rows is stopped before it does harm."""

from __future__ import annotations

from sheetward_templates.report import Note, Section, Text

from sheetward.app.plain_table import replace_file
from sheetward.app.workspace import opened
from sheetward.demo.company import Company, records
from sheetward.demo.hands import clear_rows, look_at, rows_by_key
from sheetward.demo.witness import digests
from sheetward.demo.working import sync, try_sync
from sheetward.errors import SheetwardError
from sheetward.messages import hint, render

_DELETED = 15
_DIGITS = 16


def rest(company: Company) -> Section:
    """Sync everything again and compare the files' digests."""
    before = digests(company.folder, company.files)
    outcomes = sync(company, company.office)
    after = digests(company.folder, company.files)
    moved = {outcome.name: (outcome.to_store, outcome.to_sheet) for outcome in outcomes}
    rows = [
        (
            name,
            *(
                str(sum(moved[book.sheet][side] for book in company.books if book.file == name and book.sheet in moved))
                for side in (0, 1)
            ),
            before[name][:_DIGITS] + "…",
            after[name][:_DIGITS] + "…",
        )
        for name in company.files
    ]
    verdict = "rest.same" if before == after and not any(map(any, moved.values())) else "rest.differs"
    return Section(
        company.say("rest"),
        (
            Text(company.say("rest.text")),
            company.grid(("file", "to_store", "to_sheet", "before", "after"), rows),
            Note(company.say(verdict), "plain" if verdict == "rest.same" else "error"),
        ),
    )


def guard(company: Company) -> Section:
    """Clear many rows in the head office's workbook, be stopped, and put the rows back."""
    path = company.path("head-office")
    whole = path.read_bytes()
    ordered = {record["customer_id"] for record in records("orders", company.lang)}
    keys = [key for key in rows_by_key(look_at(company, "head-office")) if key not in ordered][:_DELETED]
    clear_rows(company, "head-office", keys)
    with opened(company.folder) as workspace:
        head = workspace.store.head("customers")
    trouble = try_sync(company, company.office, "head-office")[0].error
    with opened(company.folder) as workspace:
        is_kept = workspace.store.head("customers") == head
    replace_file(path, whole)
    return Section(
        company.say("guard"),
        (
            Text(company.say("guard.text", who=company.office, count=len(keys), file=path.name)),
            Note(_sentence(company, trouble), "warning"),
            Text(company.say("guard.kept" if trouble is not None and is_kept else "guard.passed")),
        ),
    )


def _sentence(company: Company, trouble: SheetwardError | None) -> str:
    if trouble is None:
        return company.say("guard.passed")
    words = (render(trouble.code, trouble.facts, company.lang), hint(trouble.code, trouble.facts, company.lang))
    return (" " if company.lang == "en" else "").join(
        word + ("。" if company.lang == "zh" else ".") for word in words if word
    )
