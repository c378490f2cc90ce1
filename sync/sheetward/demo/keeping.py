"""Steps 6 and 7: who may not see a value has no byte of it; a sync that was cut off is finished by the next one."""

from __future__ import annotations

import os
import subprocess
import sys

from sheetward_templates.report import Note, Section, Text

from sheetward.app.items import item_json
from sheetward.app.standing import standings
from sheetward.app.workspace import opened
from sheetward.cells import plain_text, value_of
from sheetward.demo.company import Company
from sheetward.demo.hands import look_at, shown, type_in
from sheetward.demo.witness import digests, found_in
from sheetward.demo.working import sync

SECRETS = {
    "sales-east": ("contract_terms", "id_number"),
    "finance": ("name", "phone", "email", "contract_terms", "id_number"),
}
"""Sheet to the fields of the customers that its role may not read."""
CUT = "C00000004"


def hidden_values(company: Company, sheet: str) -> dict[str, list[str]]:
    """Give the filled values of the store that a sheet's role may not read, by field."""
    fields = SECRETS[sheet]
    with opened(company.folder) as workspace:
        table = workspace.store.read("customers", fields)
    columns = zip(*table.rows.values(), strict=True)
    return {
        field: sorted({text for cell in cells if (text := plain_text(value_of(cell)))})
        for field, cells in zip(fields, columns, strict=True)
    }


def refuse(company: Company) -> str:
    """Let finance type into a column that it may only read, and say what became of it."""
    field = "company"
    typed = company.say("share.typed")
    type_in(company, "finance-customers", {(CUT, field): typed})
    rejected = sync(company, company.finance, "finance-customers")[0].rejected
    return company.say(
        "share.rejected",
        who=company.finance,
        file=company.path("finance-customers").name,
        key=CUT,
        typed=typed,
        reason=company.listed(str(item_json(one, company.lang)["message"]) for one in rejected),
        value=shown(company, "finance-customers", CUT, field),
    )


def share(company: Company) -> Section:
    """Show what each role's workbook holds, and search its bytes for what it must not hold."""
    kept: list[tuple[str, ...]] = []
    for book in company.books[1:]:
        if book.sheet == "orders":
            continue
        reading = look_at(company, book.sheet)
        headers = company.listed(reading.layout.headers[name] for name in reading.fields)
        kept.append((book.role, f"{book.file} / {book.tab}", str(len(reading.shown.rows)), headers))
    searched: list[tuple[str, ...]] = []
    for sheet in SECRETS:
        for field, texts in hidden_values(company, sheet).items():
            path = company.path(sheet)
            label = company.label_of("customer", field)
            searched.append((path.name, label, str(len(texts)), str(len(found_in(path, texts)))))
    return Section(
        company.say("share"),
        (
            Text(company.say("share.text")),
            company.grid(("role", "place", "rows", "columns"), kept),
            Note(refuse(company)),
            Text(company.say("share.proof")),
            company.grid(("file", "secret", "searched", "found"), searched),
        ),
    )


def cut_off(company: Company) -> Section:
    """Kill a sync in the middle of its write, look at what is there, and let the next one finish."""
    country = company.say("cut.remark")
    type_in(company, "head-office", {(CUT, "remark"): country})
    sync(company, company.office, "head-office")
    name = company.path("sales-east").name
    before = digests(company.folder, [name])[name]
    environment = {**os.environ, "SHEETWARD_TESTING": "1", "SHEETWARD_FAILPOINT": "during_write:kill"}
    call = [sys.executable, "-m", "sheetward", "sync", "sales-east", "--workspace", str(company.folder)]
    killed = subprocess.run(  # noqa: S603 - our own program
        call, env=environment, cwd=company.folder, capture_output=True, check=False
    )
    with opened(company.folder) as workspace:
        state = next(one.state for one in standings(workspace) if one.name == "sales-east")
    after = digests(company.folder, [name])[name]
    finished = sync(company, company.sales, "sales-east")[0]
    done = shown(company, "sales-east", CUT, "remark")
    rows = [
        (company.say("cut.exit"), str(killed.returncode)),
        (company.say("cut.file"), company.say("cut.whole" if before == after else "cut.torn")),
        (company.say("cut.state"), company.label(f"status.{state}")),
        (company.say("cut.next"), company.say("cut.finished", value=done, count=finished.to_sheet)),
    ]
    return Section(
        company.say("cut"),
        (
            Text(company.say("cut.text")),
            company.grid(("what", "outcome"), rows),
            Note(company.say("cut.note")),
        ),
    )
