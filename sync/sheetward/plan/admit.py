"""Lets edits and new rows in, or holds them: what breaks the schema stays in the sheet, named, out of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sheetward_schemas.model import Field

from sheetward.cells import value_of
from sheetward.merge.items import ItemKind
from sheetward.plan.choices import is_accepted, untake
from sheetward.plan.desk import Desk, KeptCell
from sheetward.plan.newcomers import fill_dates, fill_numbers, hold_row
from sheetward.sharing import Access, Rejected, authorise_move
from sheetward.table import Row, RowId
from sheetward.validation.finding import Finding

HIDDEN = "rule.administrator"
"""An administrator must decide: the broken rule reads what this sheet's reader may not see."""
_DOUBTS_NAMED = 5
"""So many cells with a warning are named; `validate` names all of them, and why."""
HIDDEN_REGION = "rule.region"
"""The same of a phone number that is read by a country out of the reader's sight: with its country code it needs none."""


def admit(desk: Desk) -> None:
    """Judge the result, hold what breaks it, and judge again until nothing more is held.

    Order: edits that would leave the reader's view without the right to are refused; then each row by itself; then
    uniqueness over the whole result, so that keys may be swapped and renumbered in one go.
    """
    _refuse_moves(desk)
    _hold_emptied_numbers(desk)
    dates = fill_dates(desk)
    doubts: list[Finding] = []
    while _spare_held_keys(desk) or _hold_broken_rows(desk, doubts, dates) or _hold_repeated(desk):
        pass
    fill_numbers(desk)
    _say_doubts(desk, doubts)


def _say_doubts(desk: Desk, doubts: Sequence[Finding]) -> None:
    """Name the cells that were let in though a rule doubts them (a warning), where the reader sees all that the rule reads."""
    s = desk.situation
    cells: dict[str, None] = {}
    for finding in doubts:
        row_id = RowId(str(finding.row))
        is_typed = row_id in desk.new_rows or not desk.edits.get(row_id, {}).keys().isdisjoint(finding.reads)
        is_seen = all(s.rule.access(name) in (Access.WRITE, Access.READ) for name in finding.reads)
        if is_typed and is_seen and finding.field in desk.fields and row_id in desk.theirs:
            letters = s.observed.addresses.get(finding.field, f"{finding.field} ")
            cells[f"{letters}{desk.theirs[row_id].position}"] = None
    if cells:
        named = [*list(cells)[:_DOUBTS_NAMED], *(["…"] if len(cells) > _DOUBTS_NAMED else [])]
        desk.say("admit.doubts", count=len(cells), cells=named)


def _spare_held_keys(desk: Desk) -> bool:
    """Do not delete a lost row whose key stands in a held row: the held one may be that very customer, edited."""
    key = desk.situation.schema.business_key
    if key is None or not desk.deletes:
        return False
    place = desk.situation.ours.index[key]
    numbers = [value_of(cells.get(key)) for cells in desk.held_rows()]
    held = {(type(number), number) for number in numbers if number is not None}
    spared = [i for i, row in desk.deletes.items() if (type(value_of(row[place])), value_of(row[place])) in held]
    for row_id in spared:
        if not untake(desk, row_id, "", "choice.key_waits"):
            del desk.deletes[row_id]
    return bool(spared)


def _refuse_moves(desk: Desk) -> None:
    s = desk.situation
    for row_id in list(desk.edits):
        after = desk.result_row(row_id)
        if after is None:
            continue
        verdict = authorise_move(s.rule, s.ours.fields, s.ours.rows[row_id], after)
        if isinstance(verdict, Rejected):
            for name in s.rule.row_fields:
                edit = desk.edits.get(row_id, {}).get(name)
                if edit is not None and not untake(desk, row_id, name, "choice.not_offered"):
                    desk.reject(row_id, name, verdict.code, edit[1], desk.theirs.get(row_id))
                    desk.drop_edit(row_id, name)


def _hold_emptied_numbers(desk: Desk) -> None:
    """Hold edits that empty a number which every row must have: only a new row is given one."""
    names = [f.name for f in desk.situation.schema.fields if f.auto is not None and f.constraints.required]
    for row_id, edits in list(desk.edits.items()):
        for name in [n for n in names if n in edits and value_of(edits[n][1]) is None]:
            if not is_accepted(desk, row_id, name) and not untake(desk, row_id, name, "choice.breaks_rule"):
                _hold_cell(desk, row_id, name, "field.required", {})


def _results(desk: Desk) -> list[tuple[str, Row]]:
    rows: list[tuple[str, Row]] = []
    for row_id in (*desk.edits, *desk.new_rows):
        row = desk.result_row(row_id)
        if row is not None:
            rows.append((row_id, row))
    return rows


def _hold_broken_rows(desk: Desk, doubts: list[Finding], dates: set[tuple[RowId, str]]) -> bool:
    """Hold what breaks a rule of its row; put the warnings about what is left into `doubts`.

    A row in which only today's date, that nobody typed, breaks a rule (one who was in touch long before the table was
    bound) goes without it.
    """
    s = desk.situation
    rows = _results(desk)
    doubts.clear()
    if not rows:
        return False
    findings = s.checker.check_rows(s.ours.fields, rows, today=s.today, known=s.known)
    ours = {(RowId(str(f.row)), name) for f in findings if f.severity == "error" for name in f.reads} & dates
    if ours:
        for row_id, name in ours:
            del desk.new_rows[row_id].cells[name]
        dates -= ours
        return True
    doubts.extend(finding for finding in findings if finding.severity == "warning")
    return _hold(desk, findings, is_key=False)


def _hold_repeated(desk: Desk) -> bool:
    """Hold those edits and new rows that repeat what must be unique, judged on the result as a whole."""
    s = desk.situation
    sets: list[tuple[str, ...]] = [(f.name,) for f in s.schema.fields if f.constraints.unique]
    sets += [names for names in (s.schema.primary_key, *s.schema.unique_keys) if names]
    unique_fields = {name for names in sets for name in names}
    touches = bool(desk.new_rows) or any(unique_fields & edits.keys() for edits in desk.edits.values())
    if not touches:
        return False
    rows: list[tuple[str, Row]] = []
    for row_id in s.ours.rows:
        row = desk.result_row(row_id)
        if row is not None:
            rows.append((row_id, row))
    rows += [(row_id, row) for row_id, row in _results(desk) if row_id not in s.ours.rows]
    return _hold(desk, s.checker.check_unique(s.ours.fields, rows), is_key=True)


def _hold(desk: Desk, findings: list[Finding], *, is_key: bool) -> bool:
    """Hold what errors name: a new row whole, of an existing row every edited cell that the broken rule reads."""
    s = desk.situation
    held = False
    for finding in findings:
        row_id = RowId(str(finding.row))
        if finding.severity != "error" or _is_absent_column(desk, finding):
            continue
        hidden = any(s.rule.access(name) is Access.HIDE for name in finding.reads) or _meets_unseen(desk, finding)
        business = s.schema.business_key
        code = _code_of_hidden(desk, finding) if hidden else finding.code
        if is_key and business in finding.reads:
            code = "key.taken"
        facts = {} if code in (HIDDEN, HIDDEN_REGION, "key.taken") else dict(finding.facts)
        remark = "choice.not_unique" if is_key else "choice.breaks_rule"
        if row_id in desk.new_rows:
            if is_accepted(desk, row_id, "") and not is_key:
                continue
            name = finding.field if not hidden else None
            if not untake(desk, row_id, "", remark):
                hold_row(desk, row_id, desk.new_rows[row_id].seen, code, name, **facts)
            held = True
        elif row_id in desk.edits:
            for name in [n for n in finding.reads if n in desk.edits.get(row_id, {})]:
                if is_accepted(desk, row_id, name) and not is_key:
                    continue
                if not untake(desk, row_id, name, remark):
                    _hold_cell(desk, row_id, name, code, facts)
                held = True
    return held


def _code_of_hidden(desk: Desk, finding: Finding) -> str:
    """Say what the reader is told of a broken rule that reads more than they see: no value, and no column."""
    spec = desk.situation.schema.by_name.get(finding.field)
    is_phone = spec is not None and spec.kind.get("kind") == "phone"
    return HIDDEN_REGION if is_phone and set(finding.reads) == {finding.field, _region_field(spec)} else HIDDEN


def _region_field(spec: Field | None) -> object:
    return None if spec is None else spec.kind.get("regionFrom")


def _meets_unseen(desk: Desk, finding: Finding) -> bool:
    """Say whether a row repeats what a row out of the reader's view has."""
    others = cast("Sequence[object]", finding.facts.get("others", ()))
    s = desk.situation
    return any(row in s.ours.rows and row not in desk.ours_view for row in others)


def _is_absent_column(desk: Desk, finding: Finding) -> bool:
    """Say whether a required value lacks only because the sheet has no column for it, or a number is yet to be given."""
    if finding.code != "field.required":
        return False
    spec = desk.situation.schema.by_name.get(finding.field)
    is_generated = spec is not None and spec.auto is not None
    return is_generated or finding.field not in desk.fields


def _hold_cell(desk: Desk, row_id: RowId, name: str, code: str, facts: dict[str, object]) -> None:
    seen = desk.theirs[row_id]
    typed = seen.cells[desk.fields.index(name)]
    base = desk.bases[row_id, name]
    identity = desk.open_item(
        ItemKind.HELD, row_id, name, code, base=base, sheet=typed, facts={**facts, "field": name}, seen=seen
    )
    desk.kept_cells[row_id, name] = KeptCell(identity, base)
    desk.drop_edit(row_id, name)
