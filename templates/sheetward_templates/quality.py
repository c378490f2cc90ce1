"""What a report of quality tells beside the findings: groups, a trend, freshness, links; and its pieces in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

from sheetward_templates.texts import Lang, report_text


class WaivedLine(TypedDict):
    """Who accepted a finding, why, since when, and until when (`None` for always)."""

    reason: str
    by: str
    on: str
    until: str | None


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
    why: NotRequired[str]
    hint: NotRequired[str]
    key: NotRequired[str | None]
    waived: NotRequired[WaivedLine | None]


class Checked(TypedDict):
    """What was checked and what was found; further keys do not matter here."""

    file: str
    tab: str | None
    table: str
    rows: int
    findings: Sequence[FindingLine]


@dataclass(frozen=True, slots=True)
class GroupLine:
    """The rows that have one value in a column: the column's header, the value (empty for none), the figures."""

    column: str
    value: str
    rows: int
    errors: int
    warnings: int
    bad_rows: int


@dataclass(frozen=True, slots=True)
class TrendDot:
    """The table at one moment: when, which commit, its rows and those of them with a finding."""

    when: str
    commit: str
    rows: int
    bad_rows: int

    @property
    def share(self) -> float:
        """Give the share of rows without a finding, 0 to 1."""
        return 1 - self.bad_rows / self.rows if self.rows else 1.0


@dataclass(frozen=True, slots=True)
class Beside:
    """All that a report can tell beside the findings; what is empty is left out.

    `freshness` is header to the counts of fresh, due and stale values. `link` is the checked file as the report reaches
    it: a relative path, empty where findings are not to be linked.
    """

    groups: tuple[GroupLine, ...] = ()
    trend: tuple[TrendDot, ...] = ()
    freshness: Mapping[str, tuple[int, int, int]] = field(default_factory=dict[str, tuple[int, int, int]])
    link: str = ""


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One column: its header, filled cells (`None` where not counted), findings, the share of rows without any."""

    column: str
    filled: int | None
    errors: int
    warnings: int
    share: float


def active_of(findings: Sequence[FindingLine]) -> list[FindingLine]:
    """Give the findings that nobody accepted, the rows with the most errors first, then those with the most findings."""
    found = [one for one in findings if not one.get("waived")]
    errors = Counter(one["row"] for one in found if one["severity"] == "error")
    every = Counter(one["row"] for one in found)
    place = {row: number for number, row in enumerate(dict.fromkeys(one["row"] for one in found))}
    return sorted(found, key=lambda one: (-errors[one["row"]], -every[one["row"]], place[one["row"]]))


def waived_of(findings: Sequence[FindingLine]) -> list[tuple[FindingLine, WaivedLine]]:
    """Give the findings that somebody accepted, with who and why."""
    return [(one, waived) for one in findings if (waived := one.get("waived"))]


def field_lines(
    checked: Checked, columns: Mapping[str, str], filled: Mapping[str, int] | None = None
) -> list[FieldLine]:
    """Give one line a column; `columns` is field to header, those without findings included."""
    headers = dict(columns)
    counts: Counter[tuple[str, str]] = Counter()
    bad: dict[str, set[str | int]] = {}
    for finding in active_of(checked["findings"]):
        headers.setdefault(finding["field"], finding["column"])
        counts[finding["field"], finding["severity"]] += 1
        bad.setdefault(finding["field"], set()).add(finding["row"])
    rows = checked["rows"]
    return [
        FieldLine(
            header,
            None if filled is None else filled.get(name),
            counts[name, "error"],
            counts[name, "warning"],
            1 - len(bad.get(name, ())) / rows,
        )
        for name, header in headers.items()
        if rows
    ]


def percent(share: float) -> str:
    """Spell a share; what is not all is never rounded up to 100 %.

    >>> percent(1.0), percent(0.99999), percent(0.5)
    ('100%', '99.9%', '50.0%')
    """
    return "100%" if share >= 1 else f"{min(share * 100, 99.9):.1f}%"


def cell_place(tab: str | None, cell: str | None) -> str:
    """Give the place of a cell as a link names it, empty where it has none.

    >>> cell_place("Bob's", "C5"), cell_place(None, "C5"), cell_place("a", None)
    ("'Bob''s'!C5", 'C5', '')
    """
    if not cell:
        return ""
    return cell if tab is None else "'{}'!{}".format(tab.replace("'", "''"), cell)


def until_text(waived: WaivedLine, lang: Lang) -> str:
    """Say until when a finding is accepted."""
    return waived["until"] or report_text("validation.always", lang)
