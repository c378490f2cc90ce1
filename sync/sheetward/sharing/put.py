"""How edits come back (put): what a rule lets through, what it refuses and why. Refusals are data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from sheetward.cells import Cell, Missing, same, value_of
from sheetward.sharing.access import Access, is_mask
from sheetward.sharing.rule import Rule
from sheetward.table import Row


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rule has nothing against it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The rule refuses it; the code says why.

    `is_listed` is false where nothing was typed that could be lost: the mask text is put back without a word.
    """

    code: str
    is_listed: bool = True


Verdict: TypeAlias = "Allowed | Rejected"

ALLOWED: Final = Allowed()
MASK_TYPED: Final = Rejected("share.mask_text", is_listed=False)

_REFUSED: Final[Mapping[Access, Rejected]] = {
    Access.READ: Rejected("share.read_only"),
    Access.MASK: Rejected("share.masked"),
    Access.HIDE: Rejected("share.hidden"),
}


def authorise_edit(rule: Rule, name: str, base: Cell | Missing, new: Cell) -> Verdict:
    """Say what becomes of an edit in a row that exists.

    `base` is what the sheet was shown (a masked cell: the mask text), `new` what it holds now.

    ==================  =====================  ===========
    access              new                    verdict
    ==================  =====================  ===========
    any                 = base                 allowed: no edit
    any                 the mask text          rejected, not listed: put back
    write               another value          allowed
    read, mask, hide    another value          rejected
    ==================  =====================  ===========
    """
    if same(base, new):
        return ALLOWED
    if is_mask(new):
        return MASK_TYPED
    return _REFUSED.get(rule.access(name), ALLOWED)


def authorise_delete(rule: Rule) -> Verdict:
    """Say whether a row that is gone from the sheet may go from the table."""
    return ALLOWED if rule.delete else Rejected("share.delete")


def authorise_move(rule: Rule, fields: tuple[str, ...], before: Row, after: Row) -> Verdict:
    """Say whether a row may change so: taking it out of one's own view needs the right to.

    `before` and `after` are whole rows of the table. What must be undone are the edits of `rule.row_fields`.
    """
    if rule.move_out or rule.shows(fields, after) or not rule.shows(fields, before):
        return ALLOWED
    return Rejected("share.move_out")


@dataclass(frozen=True, slots=True)
class EditsPut:
    """What is left of the edits of one row, and the refused ones by field."""

    accepted: Mapping[str, Cell]
    rejected: Mapping[str, Rejected]


def put_edits(rule: Rule, fields: tuple[str, ...], row: Row, edits: Mapping[str, Cell]) -> EditsPut:
    """Sort the edits of one row that exists.

    `row` is the whole row as the table has it; `edits` hold what the sheet has now, by field, changed or not.
    """
    accepted: dict[str, Cell] = {}
    rejected: dict[str, Rejected] = {}
    place = {name: number for number, name in enumerate(fields)}
    for name, new in edits.items():
        old = row[place[name]]
        shown = None if rule.access(name) is Access.HIDE else rule.shown(name, old)
        verdict = authorise_edit(rule, name, shown, new)
        if isinstance(verdict, Rejected):
            rejected[name] = verdict
        elif not same(shown, new):
            accepted[name] = new
    after = tuple(accepted.get(name, cell) for name, cell in zip(fields, row, strict=True))
    verdict = authorise_move(rule, fields, row, after)
    if isinstance(verdict, Rejected):
        for name in rule.row_fields:
            if name in accepted:
                del accepted[name]
                rejected[name] = verdict
    return EditsPut(accepted, rejected)


@dataclass(frozen=True, slots=True)
class RowPut:
    """A new row as it may enter the table, and the refused cells by field.

    `held` says why the row as a whole stays in the sheet; then `cells` are what it would have been.
    """

    cells: Mapping[str, Cell]
    rejected: Mapping[str, Rejected]
    held: Rejected | None = None


def put_new_row(rule: Rule, fields: tuple[str, ...], typed: Mapping[str, Cell]) -> RowPut:
    """Sort the cells of a new row: writable and masked ones enter, the rule's equalities fill what is empty.

    A value in a column that may only be read is refused and the row goes on, unless it says what the rule fills in
    anyway. The mask text counts as empty. A row that its own reader could not see is held.
    """
    cells: dict[str, Cell] = {}
    rejected: dict[str, Rejected] = {}
    for name, cell in typed.items():
        if value_of(cell) is None or is_mask(cell):
            continue
        if rule.access(name) in (Access.WRITE, Access.MASK):
            cells[name] = cell
        elif name not in rule.equalities or not same(cell, rule.equalities[name]):
            rejected[name] = _REFUSED[rule.access(name)]
    for name, value in rule.equalities.items():
        cells.setdefault(name, value)
    held = None
    if not rule.insert:
        held = Rejected("share.insert")
    elif not rule.shows(fields, tuple(cells.get(name) for name in fields)):
        held = Rejected("share.outside_view")
    return RowPut(cells, rejected, held)
