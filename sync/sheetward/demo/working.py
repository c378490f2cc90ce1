"""Steps 3 to 5: workbooks are bound and synced for the first time; people work; a conflict is kept and settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sheetward_templates.report import Grid, Note, Section, Text

from sheetward.app.beginning import begin_workspace
from sheetward.app.binding import BindRequest, carry_out, plan_binding
from sheetward.app.items import Described, item_json
from sheetward.app.syncing import Allowed, sync_sheets
from sheetward.app.waiting import resolve_all, waiting
from sheetward.app.workspace import opened
from sheetward.config import CONFIG_NAME
from sheetward.demo.company import Company
from sheetward.demo.hands import shown, type_in
from sheetward.engine import Choice
from sheetward.merge.items import ItemKind

if TYPE_CHECKING:
    from sheetward.app.syncing import SheetOutcome

MERGED = "C00000012"
DISPUTED = "C00000008"
_NOTHING: Allowed = {}


def sync(company: Company, author: str, *names: str) -> list[SheetOutcome]:
    """Sync sheets, or all, as a person; any trouble of a sheet stops the demo."""
    outcomes = try_sync(company, author, *names)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return outcomes


def try_sync(company: Company, author: str, *names: str) -> list[SheetOutcome]:
    """Sync sheets, or all, as a person; troubles are in the outcomes."""
    with opened(company.folder, author) as workspace:
        return sync_sheets(workspace, names, _NOTHING)


def outcome_grid(company: Company, outcomes: Sequence[SheetOutcome]) -> Grid:
    """Give what a sync came to, a line for each sheet."""
    rows = [
        (
            f"{outcome.name} ({company.book(outcome.name).file})",
            str(outcome.to_store),
            str(outcome.to_sheet),
            str(outcome.new_rows),
            str(len(outcome.held) + len(outcome.conflicts)),
        )
        for outcome in outcomes
    ]
    return company.grid(("sheet", "to_store", "to_sheet", "new_rows", "waits"), rows)


def begin(company: Company) -> None:
    """Make the workspace, with the roles of the company in its settings."""
    begin_workspace(company.folder, {}, company.lang)
    settings = company.folder / CONFIG_NAME
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("roles: {}", company.say("roles").strip()), encoding="utf-8")


def bind(company: Company) -> Section:
    """Bind every workbook and let the rows travel."""
    bound: list[tuple[str, ...]] = []
    for book in company.books:
        with opened(company.folder, company.office) as workspace:
            request = BindRequest(company.path(book.sheet), book.sheet, book.table, book.tab, book.role)
            plan = plan_binding(workspace, request, company.lang)
            carry_out(workspace, request, plan)
        bound.append(
            (book.sheet, f"{book.file} / {book.tab}", book.role, str(plan.rows), company.listed(plan.unmapped))
        )
    outcomes = sync(company, company.office)
    held = next(outcome.held for outcome in outcomes if outcome.name == "sales-east")
    return Section(
        company.say("bind"),
        (
            Text(company.say("bind.text")),
            company.grid(("sheet", "place", "role", "rows", "private"), bound),
            Text(company.say("bind.synced")),
            outcome_grid(company, outcomes),
            Note(company.say("bind.held", count=len(held)), "warning"),
            held_grid(company, held),
        ),
    )


def held_grid(company: Company, held: Sequence[Described]) -> Grid:
    """Give what waits in a sheet and why."""
    rows = [
        (str(record["position"]), str(record["key"] or ""), str(record["message"]))
        for record in (item_json(one, company.lang) for one in held)
    ]
    return company.grid(("row", "key", "why"), rows)


def work(company: Company) -> Section:
    """Two people edit different cells of one customer; both arrive. One also puts two held rows right."""
    remark, rating = company.say("work.remark"), "AAA"
    places = [
        (company.sales, "sales-east", MERGED, "remark", remark),
        (company.sales, "sales-east", "C00000014", "phone", "0574-87654321"),
        (company.sales, "sales-east", "C00000018", "created_on", "2024-04-03"),
        (company.office, "head-office", MERGED, "credit_rating", rating),
        (company.finance, "finance", "P00000003", "invoice_no", "LA250003-A"),
    ]
    lines: list[tuple[str, ...]] = []
    for who, sheet, key, field, value in places:
        (cell,) = type_in(company, sheet, {(key, field): value})
        lines.append((who, f"{company.book(sheet).file} · {cell}", key, value))
    with opened(company.folder) as workspace:
        before = len(waiting(workspace, ItemKind.HELD, sheet="sales-east"))
    sync(company, company.sales, "sales-east")
    sync(company, company.office, "head-office")
    sync(company, company.finance, "finance")
    sync(company, company.sales, "sales-east")
    with opened(company.folder) as workspace:
        after = len(waiting(workspace, ItemKind.HELD, sheet="sales-east"))
    both = company.say(
        "work.both",
        key=MERGED,
        remark=shown(company, "head-office", MERGED, "remark"),
        rating=shown(company, "head-office", MERGED, "credit_rating"),
    )
    return Section(
        company.say("work"),
        (
            Text(company.say("work.text")),
            company.grid(("who", "where", "number", "types"), lines),
            Note(both),
            Text(company.say("work.freed", before=before, after=after)),
        ),
    )


def dispute(company: Company) -> Section:
    """Two people type different values into one cell: neither is lost, a person chooses."""
    first, second = "+44 20 7946 0111", "+44 20 7946 0222"
    type_in(company, "sales-east", {(DISPUTED, "phone"): first})
    type_in(company, "head-office", {(DISPUTED, "phone"): second})
    sync(company, company.sales, "sales-east")
    sync(company, company.office, "head-office")
    with opened(company.folder, company.office) as workspace:
        open_ones = waiting(workspace, ItemKind.CONFLICT, sheet="head-office")
        records = [item_json(one, company.lang) for one in open_ones]
        kept = shown(company, "head-office", DISPUTED, "phone")
        settled = resolve_all(
            workspace, [one.item.id for one in open_ones], Choice.STORE, None, company.say("conflict.reason")
        )
    for one in settled:
        if one.error is not None:
            raise one.error
    sync(company, company.office, "head-office")
    rows = [tuple(str(r[name] or "") for name in ("id", "key", "column", "base", "store", "sheet")) for r in records]
    return Section(
        company.say("conflict"),
        (
            Text(company.say("conflict.text", sales=company.sales, office=company.office, key=DISPUTED)),
            company.grid(("id", "key", "column", "base", "store", "in_sheet"), rows),
            Text(company.say("conflict.kept", value=kept)),
            Note(company.say("conflict.settled", value=shown(company, "head-office", DISPUTED, "phone"))),
        ),
    )
