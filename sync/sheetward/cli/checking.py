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
from sheetward.errors import UserError

if TYPE_CHECKING:
    from sheetward_schemas import TableSchema

    from sheetward.app.pages import CheckReport
    from sheetward.validation import Finding
    from sheetward.validation.report import FindingData


def schema_named(name: str | None) -> TableSchema | None:
    """Give the schema of that name or path, `None` where none is named."""
    from sheetward.cli.schemas import named

    return None if name is None else named(name)


def today() -> dt.date:
    """Give the present day of this computer."""
    return dt.datetime.now(tz=dt.UTC).astimezone().date()


@dataclass(frozen=True)
class _Found:
    """What one call found, and what of it is still to be put right."""

    report: CheckReport
    active: Sequence[Finding]


def validate(
    file: Annotated[Path, typer.Argument()],
    tab: Annotated[str | None, typer.Option("--tab", metavar="TAB")] = None,
    schema: Annotated[str | None, typer.Option("--schema", metavar="NAME_OR_PATH")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="OUT")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="OUT")] = None,
    marks: Annotated[bool, typer.Option("--mark")] = False,  # noqa: FBT002 - a flag
    unmarks: Annotated[bool, typer.Option("--unmark")] = False,  # noqa: FBT002 - a flag
) -> int:
    """Run `sheetward validate`."""
    if unmarks:
        return _unmark(file)
    _check_reports(file, html, xlsx)
    with progress(say("cli.reading")):
        wants_report = html is not None or xlsx is not None
        found = _bound(file, tab, wants_report=wants_report) if schema is None else None
        found = found or _alone(file, tab, schema_named(schema))
    _write_reports(found, html, xlsx)
    if marks:
        _mark(found)
    if current().wants_json:
        write_json(found.report.record)
    else:
        _write_report(found)
    return Exit.FOUND if found.active else Exit.DONE


def _alone(file: Path, tab: str | None, schema: TableSchema | None) -> _Found:
    """Check a file by itself."""
    from sheetward.app.expected_columns import column_findings
    from sheetward.app.inspection import findings_of
    from sheetward.app.pages import CheckReport
    from sheetward.app.reading import read_file
    from sheetward.validation import report_data

    reading = read_file(file, schema, tab)
    findings = [*column_findings(reading), *findings_of(reading, today())]
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
    return _Found(CheckReport(record, reading, _now()), findings)


def _now() -> str:
    return dt.datetime.now(tz=dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def _bound(file: Path, tab: str | None, *, wants_report: bool) -> _Found | None:
    """Check a bound sheet inside its workspace; `None` where the file is bound nowhere."""
    from sheetward.app.bound_check import bound_place, bound_report, check_bound
    from sheetward.app.pages import CheckReport
    from sheetward.app.trend import trend
    from sheetward.app.workspace import opened

    place = bound_place(file, tab, current().workspace)
    if place is None:
        return None
    with opened(place.root) as workspace:
        check = check_bound(workspace, place.name, counts_ages=wants_report)
        if tab is not None and (check.reading.tab or "").casefold() != tab.casefold():
            return None
        points = trend(workspace, check.table, check.reading.fields) if wants_report else ()
        zone = workspace.config.timezone
    record = bound_report(check, current().lang)
    return _Found(CheckReport(record, check.reading, _now(), points, check.freshness, zone), check.active)


def _check_reports(file: Path, html: Path | None, xlsx: Path | None) -> None:
    from sheetward.app.result_file import check_result

    if xlsx is not None and xlsx.suffix.lower() != ".xlsx":
        raise UserError("file.kind_out", path=str(xlsx), ending=xlsx.suffix, known=[".xlsx"])
    for out, ending in ((html, ".html"), (xlsx, ".xlsx")):
        if out is not None:
            check_result(out, ending, file)


def _write_reports(found: _Found, html: Path | None, xlsx: Path | None) -> None:
    from sheetward.app.plain_table import replace_file

    lang = current().lang
    if html is not None:
        replace_file(html, found.report.page(lang, html).encode())
    if xlsx is not None:
        replace_file(xlsx, found.report.workbook(lang, xlsx))
    for out in (html, xlsx):
        if out is not None:
            remark(say("cli.written", path=str(out)))


def _mark(found: _Found) -> None:
    from sheetward.app.marking import mark_file

    marking = mark_file(found.report.reading, found.active, current().lang)
    remark(say(marking.code, file=found.report.reading.path.name, cells=marking.cells, tab=marking.tab))


def _unmark(file: Path) -> int:
    from sheetward.app.marking import unmark_file

    is_changed = unmark_file(file)
    if current().wants_json:
        write_json({"file": str(file), "changed": is_changed})
    else:
        write_line(say("check.unmarked" if is_changed else "check.nothing_to_mark", file=file.name))
    return Exit.DONE


def _write_report(found: _Found) -> None:
    for notice in found.report.reading.notices:
        remark(say(notice.code, **notice.facts))
    record = found.report.record
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
