"""The report of a check as a page: quality by column, worst rows, every finding with its cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypedDict

from sheetward_templates.page import page
from sheetward_templates.texts import Lang, joined, report_text

MOST: Final = 2000
"""Findings on a page; a browser stays quick with so many."""
WORST: Final = 10


class FindingLine(TypedDict):
    """One finding, as `validate --json` prints it."""

    cell: str | None
    row: str | int
    column: str
    field: str
    value: str
    code: str
    severity: str
    message: str
    suggestion: str | None


class Checked(TypedDict):
    """What was checked and what was found; further keys do not matter here."""

    file: str
    tab: str | None
    table: str
    rows: int
    findings: Sequence[FindingLine]


class _Quality(TypedDict):
    column: str
    filled: str
    errors: int
    warnings: int
    percent: str
    percent_text: str


def validation_page(
    checked: Checked,
    lang: Lang,
    *,
    made: str = "",
    columns: Mapping[str, str] | None = None,
    filled: Mapping[str, int] | None = None,
) -> str:
    """Give the page.

    `columns` is field to header, for all columns checked: those without findings are shown too. `filled` is field to
    the count of cells that are not empty. `made` says when, as text.
    """
    findings = checked["findings"]
    errors = sum(finding["severity"] == "error" for finding in findings)
    by_row = Counter(finding["row"] for finding in findings)
    figures = {
        "rows": grouped(checked["rows"]),
        "clean_rows": grouped(max(0, checked["rows"] - len(by_row))),
        "errors": grouped(errors) if errors else 0,
        "warnings": grouped(len(findings) - errors) if len(findings) > errors else 0,
        "findings": grouped(len(findings)),
    }
    verdict = (
        report_text("validation.verdict", lang, **{**figures, "bad_rows": grouped(len(by_row))})
        if findings
        else report_text("validation.clean", lang)
    )
    content: dict[str, object] = {
        "verdict": verdict,
        "figures": figures,
        "quality": _quality(checked, columns or {}, filled),
        "has_filled": filled is not None,
        "kinds": _kinds(findings, lang),
        "worst": _worst(findings, by_row, lang),
        "findings": [
            {**f, "place": f["cell"] or f["row"], "suggestion": f["suggestion"] or ""} for f in findings[:MOST]
        ],
        "more": grouped(len(findings) - MOST) if len(findings) > MOST else "",
    }
    subtitle = [checked["file"], checked["tab"] or "", checked["table"], _made(made, lang)]
    return page("validation.html", report_text("validation.title", lang), subtitle, lang, content)


def _made(made: str, lang: Lang) -> str:
    return report_text("page.made", lang, when=made) if made else ""


def grouped(number: int) -> str:
    """Spell a count with its thousands apart.

    >>> grouped(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def _quality(checked: Checked, columns: Mapping[str, str], filled: Mapping[str, int] | None) -> list[_Quality]:
    """Give one line a column: the share of rows in which nothing was found there."""
    headers = dict(columns)
    counts: Counter[tuple[str, str]] = Counter()
    bad: dict[str, set[str | int]] = {}
    for finding in checked["findings"]:
        headers.setdefault(finding["field"], finding["column"])
        counts[finding["field"], finding["severity"]] += 1
        bad.setdefault(finding["field"], set()).add(finding["row"])
    rows = max(checked["rows"], 1)
    lines: list[_Quality] = []
    for name, header in headers.items():
        share = 1 - len(bad.get(name, ())) / rows
        lines.append(
            {
                "column": header,
                "filled": grouped(filled[name]) if filled is not None and name in filled else "",
                "errors": counts[name, "error"],
                "warnings": counts[name, "warning"],
                "percent": f"{share * 100:.1f}",
                "percent_text": _percent(share),
            }
        )
    return lines if checked["rows"] else []


def _percent(share: float) -> str:
    """Spell a share; what is not all is never rounded up to 100 %."""
    return "100%" if share >= 1 else f"{min(share * 100, 99.9):.1f}%"


def _kinds(findings: Sequence[FindingLine], lang: Lang) -> list[dict[str, str]]:
    counts = Counter(finding["code"] for finding in findings)
    first = {finding["code"]: finding for finding in reversed(findings)}
    touched: dict[str, dict[str, None]] = {}
    for finding in findings:
        touched.setdefault(finding["code"], {})[finding["column"]] = None
    return [
        {
            "code": code,
            "count": grouped(count),
            "example": first[code]["message"],
            "columns": joined(list(touched[code]), lang),
        }
        for code, count in counts.most_common()
    ]


def _worst(findings: Sequence[FindingLine], by_row: Counter[str | int], lang: Lang) -> list[dict[str, str]]:
    worst = by_row.most_common(WORST)
    touched: dict[str | int, dict[str, None]] = {row: {} for row, _ in worst}
    for finding in findings:
        if finding["row"] in touched:
            touched[finding["row"]][finding["column"]] = None
    return [{"row": str(row), "count": grouped(n), "columns": joined(list(touched[row]), lang)} for row, n in worst]
