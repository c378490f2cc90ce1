"""`validate`: a file, or a bound sheet, checked, reported and marked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.exits import Exit
from sheetward.cli.items import shortened
from sheetward.cli.output import progress, remark, write_grid, write_json, write_line
from sheetward.cli.session import current, say

if TYPE_CHECKING:
    from sheetward_schemas import TableSchema

    from sheetward.app.reading import FileReading
    from sheetward.validation import Finding
    from sheetward.validation.report import FindingData, Report


def schema_named(name: str | None) -> TableSchema | None:
    """Give the schema of that name or path, `None` where none is named."""
    from sheetward.cli.schemas import named

    return None if name is None else named(name)


def today() -> dt.date:
    """Give the present day of this computer."""
    return dt.datetime.now(tz=dt.UTC).astimezone().date()


@dataclass(frozen=True)
class _Found:
    """What one call found: the report, and what is still to be put right."""

    reading: FileReading
    record: Report
    active: Sequence[Finding]


def validate(
    file: Annotated[Path, typer.Argument()],
    tab: Annotated[str | None, typer.Option("--tab", metavar="TAB")] = None,
    schema: Annotated[str | None, typer.Option("--schema", metavar="NAME_OR_PATH")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="OUT")] = None,
    marks: Annotated[bool, typer.Option("--mark")] = False,  # noqa: FBT002 - a flag
    unmarks: Annotated[bool, typer.Option("--unmark")] = False,  # noqa: FBT002 - a flag
) -> int:
    """Run `sheetward validate`."""
    if unmarks:
        return _unmark(file)
    with progress(say("cli.reading")):
        found = _bound(file, tab) if schema is None else None
        found = found or _alone(file, tab, schema_named(schema))
    if html is not None:
        _write_page(html, found)
    if marks:
        _mark(found)
    if current().wants_json:
        write_json(found.record)
    else:
        _write_report(found)
    return Exit.FOUND if found.active else Exit.DONE


def _alone(file: Path, tab: str | None, schema: TableSchema | None) -> _Found:
    """Check a file by itself."""
    from sheetward.app.inspection import findings_of
    from sheetward.app.reading import read_file
    from sheetward.validation import report_data

    reading = read_file(file, schema, tab)
    findings = findings_of(reading, today())
    record = report_data(
        findings,
        file=str(file),
        tab=reading.tab,
        table=reading.schema.name,
        rows=len(reading.shown.rows),
        columns=reading.layout.headers,
        addresses=reading.addresses,
        lang=current().lang,
    )
    return _Found(reading, record, findings)


def _bound(file: Path, tab: str | None) -> _Found | None:
    """Check a bound sheet inside its workspace; `None` where the file is bound nowhere."""
    from sheetward.app.bound_check import bound_place, bound_report, check_bound
    from sheetward.app.workspace import opened

    place = bound_place(file, tab, current().workspace)
    if place is None:
        return None
    with opened(place.root) as workspace:
        check = check_bound(workspace, place.name)
    return _Found(check.reading, bound_report(check, current().lang), check.active)


def _write_page(html: Path, found: _Found) -> None:
    from sheetward.app.pages import check_page
    from sheetward.app.plain_table import replace_file

    made = dt.datetime.now(tz=dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    replace_file(html, check_page(found.record, found.reading, current().lang, made).encode())
    remark(say("cli.written", path=str(html)))


def _mark(found: _Found) -> None:
    from sheetward.app.marking import mark_file

    marking = mark_file(found.reading, found.active, current().lang)
    remark(say(marking.code, file=found.reading.path.name, cells=marking.cells, tab=marking.tab))


def _unmark(file: Path) -> int:
    from sheetward.app.marking import unmark_file

    is_changed = unmark_file(file)
    if current().wants_json:
        write_json({"file": str(file), "changed": is_changed})
    else:
        write_line(say("check.unmarked" if is_changed else "check.nothing_to_mark", file=file.name))
    return Exit.DONE


def _write_report(found: _Found) -> None:
    for notice in found.reading.notices:
        remark(say(notice.code, **notice.facts))
    record = found.record
    summary = record["summary"]
    write_findings([one for one in record["findings"] if one.get("waived") is None])
    counts = {"rows": record["rows"], "errors": summary["errors"], "warnings": summary["warnings"]}
    write_line(say("validate.summary" if found.active else "validate.clean", **counts))
    waived = summary.get("waived", 0)
    if waived:
        write_line(say("validate.waived", count=waived))


def write_findings(findings: Sequence[FindingData]) -> None:
    """Write findings for people; those that can be waived with their ids."""
    if not findings:
        return
    rows = [
        {
            "word.cell": f["cell"] or str(f["row"]),
            "word.column": f["column"],
            "word.value": shortened(f["value"]),
            "word.why": f["message"] if f["severity"] == "error" else f"{say('word.warning')} · {f['message']}",
            "word.suggestion": f["suggestion"] or " / ".join(f["candidates"]),
            "word.id": f.get("id", ""),
        }
        for f in findings
    ]
    names = [name for name in rows[0] if name not in ("word.suggestion", "word.id") or any(row[name] for row in rows)]
    write_grid([say(name) for name in names], [[row[name] for name in names] for row in rows])
