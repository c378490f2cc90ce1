"""The report of a check as a page: quality by column and group, its trend, worst rows, every finding with its cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from sheetward_templates.page import page
from sheetward_templates.quality import (
    Beside,
    Checked,
    FindingLine,
    active_of,
    cell_place,
    field_lines,
    percent,
    until_text,
    waived_of,
)
from sheetward_templates.texts import Lang, joined, report_text
from sheetward_templates.trend_chart import trend_chart

MOST: Final = 2000
"""Findings on a page; a browser stays quick with so many."""
WORST: Final = 10


def validation_page(
    checked: Checked,
    lang: Lang,
    *,
    made: str = "",
    columns: Mapping[str, str] | None = None,
    filled: Mapping[str, int] | None = None,
    beside: Beside | None = None,
) -> str:
    """Give the page.

    `columns` is field to header, for all columns checked: those without findings are shown too. `filled` is field to
    the count of cells that are not empty. `made` says when, as text. `beside` is what is told beside the findings.
    """
    more = beside or Beside()
    findings, waived = active_of(checked["findings"]), waived_of(checked["findings"])
    errors = sum(finding["severity"] == "error" for finding in findings)
    by_row = Counter(finding["row"] for finding in findings)
    figures = {
        "rows": grouped(checked["rows"]),
        "clean_rows": grouped(max(0, checked["rows"] - len(by_row))),
        "errors": grouped(errors) if errors else 0,
        "warnings": grouped(len(findings) - errors) if len(findings) > errors else 0,
        "findings": grouped(len(findings)),
        "waived": grouped(len(waived)) if waived else 0,
    }
    verdict = (
        report_text("validation.verdict", lang, **{**figures, "bad_rows": grouped(len(by_row))})
        if findings
        else report_text("validation.clean", lang)
    )
    tab = checked["tab"]
    content: dict[str, object] = {
        "verdict": verdict,
        "figures": figures,
        "score": percent(1 - len(by_row) / checked["rows"]) if checked["rows"] else "",
        "quality": [
            {
                "column": line.column,
                "filled": "" if line.filled is None else grouped(line.filled),
                "errors": line.errors,
                "warnings": line.warnings,
                **_bar(line.share),
            }
            for line in field_lines(checked, columns or {}, filled)
        ],
        "has_filled": filled is not None,
        "groups": _groups(more, lang),
        "chart": trend_chart(more.trend),
        "trend": [
            (dot.when, dot.commit, grouped(dot.rows), grouped(dot.bad_rows), percent(dot.share)) for dot in more.trend
        ],
        "freshness": [(header, *map(grouped, counts)) for header, counts in more.freshness.items()],
        "kinds": _kinds(findings, lang),
        "worst": _worst(findings, by_row, lang, more.link, tab),
        "findings": [_shown(one, more.link, tab) for one in findings[:MOST]],
        "waived": [
            {**_shown(one, more.link, tab), **why, "until": until_text(why, lang)} for one, why in waived[:MOST]
        ],
        "more": grouped(len(findings) - MOST) if len(findings) > MOST else "",
    }
    subtitle = [checked["file"], tab or "", checked["table"], _made(made, lang)]
    return page("validation.html", report_text("validation.title", lang), subtitle, lang, content)


def _made(made: str, lang: Lang) -> str:
    return report_text("page.made", lang, when=made) if made else ""


def grouped(number: int) -> str:
    """Spell a count with its thousands apart.

    >>> grouped(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def _bar(share: float) -> dict[str, str]:
    return {"percent": f"{share * 100:.1f}", "percent_text": percent(share)}


def _shown(finding: FindingLine, link: str, tab: str | None) -> dict[str, object]:
    return {
        **finding,
        "place": finding["cell"] or finding["row"],
        "suggestion": finding["suggestion"] or "",
        "hints": [text for text in (finding.get("why"), finding.get("hint")) if text],
        "href": _href(link, tab, finding["cell"]),
    }


def _href(link: str, tab: str | None, cell: str | None) -> str:
    """Give the link to a cell: the file, and the cell after the sign that Excel and LibreOffice read."""
    place = cell_place(tab, cell)
    return f"{quote(link)}#{quote(place)}" if link and place else ""


def _groups(beside: Beside, lang: Lang) -> list[tuple[str, list[dict[str, object]]]]:
    by_column: dict[str, list[dict[str, object]]] = {}
    for line in beside.groups:
        by_column.setdefault(line.column, []).append(
            {
                "value": line.value or report_text("page.empty", lang),
                "rows": grouped(line.rows),
                "errors": grouped(line.errors) if line.errors else "",
                "warnings": grouped(line.warnings) if line.warnings else "",
                **_bar(1 - line.bad_rows / line.rows),
            }
        )
    return [(column, lines[:MOST]) for column, lines in by_column.items()]


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


def _worst(
    findings: Sequence[FindingLine], by_row: Counter[str | int], lang: Lang, link: str, tab: str | None
) -> list[dict[str, str]]:
    """Give the first rows of the list, which has the worst ones first."""
    worst = list(dict.fromkeys(finding["row"] for finding in findings))[:WORST]
    own = {row: [finding for finding in findings if finding["row"] == row] for row in worst}
    return [
        {
            "row": str(row),
            "key": own[row][0].get("key") or "",
            "href": _href(link, tab, own[row][0]["cell"]),
            "count": grouped(by_row[row]),
            "columns": joined(list(dict.fromkeys(finding["column"] for finding in own[row])), lang),
        }
        for row in worst
    ]
