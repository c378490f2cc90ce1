"""Findings as the report of `validate`: plain data in one language. Pure: the same findings give the same report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NotRequired, TypedDict, cast

from sheetward.cells import plain_text, typed_text, value_of
from sheetward.messages import Lang, catalogue, hint, render
from sheetward.validation.finding import Finding

_OWN_REASONS: Final = frozenset(
    {"damaged", "became_date", "zeros", "duplicate", "unknown_reference", "required", "stale"}
)
"""Last words of codes that say by themselves why a finding matters; the others go by what the column holds."""


class FindingData(TypedDict):
    """One finding as scripts read it; `column` is the header as it stands in the sheet, `field` the schema's name.

    `suggestion` is what to type instead where one thing only can be meant, `candidates` what may be meant, three at most.
    """

    cell: str | None
    row: str | int
    column: str
    field: str
    value: str
    code: str
    severity: str
    message: str
    suggestion: str | None
    candidates: list[str]
    why: str
    hint: str
    id: NotRequired[str]
    key: NotRequired[str | None]
    waived: NotRequired[Waived | None]


class Waived(TypedDict):
    """Who accepted a finding, why, since when, and until when (`None` for always)."""

    reason: str
    by: str
    on: str
    until: str | None


class Summary(TypedDict):
    """How many findings there are."""

    errors: int
    warnings: int
    by_code: dict[str, int]
    waived: NotRequired[int]


class Report(TypedDict):
    """What `validate --json` prints."""

    file: str
    tab: str | None
    table: str
    rows: int
    findings: list[FindingData]
    summary: Summary


def message_of(finding: Finding, lang: Lang) -> str:
    """Give the sentence for a finding."""
    return render(finding.code, finding.facts, lang)


def hint_of(finding: Finding, lang: Lang) -> str:
    """Give the way out of a finding, or the empty string."""
    return hint(finding.code, finding.facts, lang)


def why_of(finding: Finding, lang: Lang) -> str:
    """Say why a finding matters; the empty string for a rule that a schema brought along."""
    if finding.code not in catalogue():
        return ""
    first, last = finding.code.split(".")[0], finding.code.rsplit(".", 1)[-1]
    word = last if last in _OWN_REASONS else first
    return render(f"why.{word}" if f"why.{word}" in catalogue() else "why.other", {}, lang)


def finding_data(finding: Finding, lang: Lang, columns: Mapping[str, str], addresses: Mapping[str, str]) -> FindingData:
    """Give one finding as plain data.

    `columns` are field to header, `addresses` field to column letters; a field without letters, or a row that is no
    row number, has no cell address.
    """
    letters = addresses.get(finding.field)
    typed = typed_text(finding.cell)
    return {
        "cell": f"{letters}{finding.row}" if letters and isinstance(finding.row, int) else None,
        "row": finding.row,
        "column": columns.get(finding.field, finding.field),
        "field": finding.field,
        "value": plain_text(value_of(finding.cell)) if typed is None else typed,
        "code": finding.code,
        "severity": finding.severity,
        "message": message_of(finding, lang),
        "suggestion": finding.suggestion,
        "candidates": _candidates(finding),
        "why": why_of(finding, lang),
        "hint": hint_of(finding, lang),
    }


def _candidates(finding: Finding) -> list[str]:
    told = finding.facts.get("candidates")
    listed = [str(one) for one in cast("Sequence[object]", told)] if isinstance(told, list | tuple) else []
    return listed or ([finding.suggestion] if finding.suggestion is not None else [])


def report_data(
    findings: Iterable[Finding],
    *,
    file: str,
    tab: str | None,
    table: str,
    rows: int,
    columns: Mapping[str, str],
    addresses: Mapping[str, str],
    lang: Lang,
) -> Report:
    """Give the whole report; findings in the order of rows, then of columns as they stand in the sheet."""
    places = {name: place for place, name in enumerate(columns)}
    ordered = sorted(
        findings,
        key=lambda f: (
            isinstance(f.row, str),
            f.row if isinstance(f.row, int) else 0,
            places.get(f.field, len(places)),
        ),
    )
    return {
        "file": file,
        "tab": tab,
        "table": table,
        "rows": rows,
        "findings": [finding_data(finding, lang, columns, addresses) for finding in ordered],
        "summary": summary_of(ordered),
    }


def summary_of(findings: Iterable[Finding]) -> Summary:
    """Count findings by severity and by code, the most frequent first."""
    listed = list(findings)
    errors = sum(finding.severity == "error" for finding in listed)
    by_code = Counter(finding.code for finding in listed)
    return {
        "errors": errors,
        "warnings": len(listed) - errors,
        "by_code": dict(sorted(by_code.items(), key=lambda entry: (-entry[1], entry[0]))),
    }
