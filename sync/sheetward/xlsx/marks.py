"""Marks of ours around the rows of a sheet: a conditional format that colours cells, an input text where none stands.

A mark is known again by a word in its formula, which every program keeps; nothing else is ever touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from sheetward.xlsx.areas import Area, areas
from sheetward.xlsx.edits import MarkGroup, MarkNote, Marks
from sheetward.xlsx.frame import AFTER_VALIDATIONS, child_of, insertion_point
from sheetward.xlsx.markup import attribute, elements, escaped_attribute, first, replaced, with_attribute, with_children
from sheetward.xlsx.ranges import meets, spelt_areas

FILLS: Final = {"conflict": "FFF8CBAD", "held": "FFFFE699", "error": "FFFBD5D1", "warning": "FFFFF2CC"}
"""Kind of mark to the colour of its cells."""
KINDS: Final = {MarkGroup.WAITING: ("conflict", "held"), MarkGroup.CHECK: ("error", "warning")}
SIGN: Final = "_sheetward"
_NOTE_SIGNS: Final = {MarkGroup.WAITING: SIGN, MarkGroup.CHECK: f"{SIGN}:check"}
"""What the notes of a group bear where an input rule has the text of its error."""
_MOST_AREAS: Final = 500
"""Areas that one conditional format or note names; more go into further ones."""
_OWN: Final = re.compile(rf"{SIGN}:(\w+)")


def kind_in(formula: str) -> str | None:
    """Give what a conditional format of ours marks, `None` for somebody else's.

    >>> kind_in('LEN("_sheetward:held")>0'), kind_in("A1>0")
    ('held', None)
    """
    found = _OWN.search(formula)
    return found[1] if found else None


def without_marks(tail: bytes, prefix: bytes, group: MarkGroup) -> bytes:
    """Give the tail without any mark of a group."""
    kinds, sign = KINDS[group], _NOTE_SIGNS[group]
    spans: list[tuple[int, int, bytes]] = []
    for block in elements(tail, "conditionalFormatting"):
        rules = list(elements(tail, "cfRule", block.inner, block.inner_end))
        own = [rule for rule in rules if kind_in(rule.body(tail).decode("utf-8")) in kinds]
        if own and len(own) == len(rules):
            spans.append((block.start, block.end, b""))
        else:
            spans += [(rule.start, rule.end, b"") for rule in own]
    section = child_of(tail, "dataValidations", prefix)
    if section is not None:
        rules = list(elements(tail, "dataValidation", section.inner, section.inner_end))
        own = [rule for rule in rules if attribute(rule.tag(tail), "error") == sign]
        if own and len(own) == len(rules):
            spans.append((section.start, section.end, b""))
        elif own:
            spans += [(rule.start, rule.end, b"") for rule in own]
            count = with_attribute(section.tag(tail), "count", str(len(rules) - len(own)))
            spans.append((section.start, section.inner, count))
    return replaced(tail, spans)


def with_marks(tail: bytes, marks: Marks, fills: Mapping[str, int], prefix: bytes) -> bytes:
    """Give the tail with these marks and no others of their group; `fills` are the differential formats by kind of mark."""
    tail = without_marks(tail, prefix, marks.group)
    if not any(marks.areas.values()):
        return tail
    ranks = (attribute(rule.tag(tail), "priority") or "" for rule in elements(tail, "cfRule"))
    rank = max((int(word) for word in ranks if word.isdigit()), default=0)
    pieces = [(kind, piece) for kind, found in sorted(marks.areas.items()) for piece in _cut(found)]
    blocks = [
        _block(kind, piece, fills[kind], number, prefix) for number, (kind, piece) in enumerate(pieces, start=rank + 1)
    ]
    start = insertion_point(tail, ("dataValidations", *AFTER_VALIDATIONS), prefix)
    tail = tail[:start] + b"".join(blocks) + tail[start:]
    return _with_notes(tail, marks, prefix)


def _block(kind: str, found: Iterable[Area], fill: int, rank: int, prefix: bytes) -> bytes:
    return (
        b'<%(p)sconditionalFormatting sqref="%(areas)s"><%(p)scfRule type="expression" dxfId="%(fill)d"'
        b' priority="%(rank)d"><%(p)sformula>LEN("%(sign)s:%(kind)s")&gt;0</%(p)sformula></%(p)scfRule>'
        b"</%(p)sconditionalFormatting>"
        % {
            b"p": prefix,
            b"areas": spelt_areas(found).encode(),
            b"fill": fill,
            b"rank": rank,
            b"sign": SIGN.encode(),
            b"kind": kind.encode(),
        }
    )


def _with_notes(tail: bytes, marks: Marks, prefix: bytes) -> bytes:
    """Add the texts that show on marked cells, where no input rule covers them."""
    taken = list(_ruled(tail))
    rules = [
        _note(note, piece, _NOTE_SIGNS[marks.group], prefix)
        for note in marks.notes
        for piece in _cut(_free(note.areas, taken))
    ]
    if not rules:
        return tail
    section = child_of(tail, "dataValidations", prefix)
    if section is not None:
        count = sum(1 for _ in elements(tail, "dataValidation", section.inner, section.inner_end)) + len(rules)
        return with_children(tail, section, b"".join(rules), count=count)
    start = insertion_point(tail, AFTER_VALIDATIONS, prefix)
    block = b'<%sdataValidations count="%d">%s</%sdataValidations>' % (prefix, len(rules), b"".join(rules), prefix)
    return tail[:start] + block + tail[start:]


def _cut(found: Iterable[Area]) -> Iterator[Sequence[Area]]:
    """Give areas in pieces that a program still opens."""
    rest = iter(found)
    while piece := tuple(islice(rest, _MOST_AREAS)):
        yield piece


def _free(found: Iterable[Area], taken: Sequence[Area]) -> Iterator[Area]:
    for area in found:
        yield from _rest(area, [one for one in taken if meets(one, area)])


def _note(note: MarkNote, areas_: Iterable[Area], sign: str, prefix: bytes) -> bytes:
    return (
        b'<%sdataValidation allowBlank="1" showInputMessage="1" error="%s" promptTitle="%s" prompt="%s" sqref="%s"/>'
        % (
            prefix,
            sign.encode(),
            escaped_attribute(note.title[:32]),
            escaped_attribute(note.text[:255]),
            spelt_areas(areas_).encode(),
        )
    )


def _ruled(tail: bytes) -> Iterator[Area]:
    """Give the areas of all input rules, those of later Excels in extensions included."""
    for rule in elements(tail, "dataValidation"):
        sqref = attribute(rule.tag(tail), "sqref")
        inner = first(rule.body(tail), "sqref")
        if sqref is None and inner is not None:
            sqref = inner.body(rule.body(tail)).decode("utf-8")
        yield from areas(sqref or "")


def _rest(area: Area, taken: list[Area]) -> list[Area]:
    """Give an area without the cells of others, cell by cell where any of them lies in it."""
    if not taken:
        return [area]
    cells = (
        (row, column)
        for row in range(area.first_row, area.last_row + 1)
        for column in range(area.first_column, area.last_column + 1)
    )
    return [Area(row, column, row, column) for row, column in cells if not any((row, column) in one for one in taken)]


def joined_cells(cells: Iterable[tuple[int, int]]) -> tuple[Area, ...]:
    """Give cells as areas: neighbours within a column joined, then equal stretches of neighbouring columns."""
    ordered = sorted(cells, key=lambda cell: (cell[1], cell[0]))
    stretches = _stretched((Area(row, column, row, column) for row, column in ordered), _below)
    wide = _stretched(sorted(stretches, key=lambda area: (area.first_row, area.last_row, area.first_column)), _beside)
    return tuple(sorted(wide, key=lambda area: (area.first_row, area.first_column)))


def _below(area: Area, other: Area) -> bool:
    return area.first_column == other.first_column and area.last_row == other.first_row - 1


def _beside(area: Area, other: Area) -> bool:
    rows = (area.first_row, area.last_row) == (other.first_row, other.last_row)
    return rows and area.last_column == other.first_column - 1


def _stretched(found: Iterable[Area], follows: Callable[[Area, Area], bool]) -> list[Area]:
    joined: list[Area] = []
    for one in found:
        area = one
        if joined and follows(joined[-1], area):
            last = joined.pop()
            area = Area(last.first_row, last.first_column, area.last_row, area.last_column)
        joined.append(area)
    return joined
