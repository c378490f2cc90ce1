"""Rows that the sheet has and the table has not: new ones, held ones, deleted ones that come back."""

from __future__ import annotations

from collections.abc import Mapping

from sheetward_schemas.model import Field

from sheetward.cells import Cell, Value, same, value_of
from sheetward.merge.items import ItemKind
from sheetward.plan.desk import Desk, KeptRow, NewRow
from sheetward.plan.lines import merge_row
from sheetward.plan.numbers import count_in, next_count
from sheetward.plan.observation import NO_VALUE, ShownRow
from sheetward.sharing import Access, is_mask, put_new_row
from sheetward.table import RowId


def add_row(desk: Desk, row_id: RowId, seen: ShownRow, last: Mapping[str, Cell] | None = None) -> None:
    """Take a row that the table has not; `last` are the cells of a deleted row that comes back under its id.

    It becomes one record with a row added elsewhere under the same number, or a new row, or it is held.
    """
    s = desk.situation
    desk.theirs[row_id] = seen
    desk.touched.add(row_id)
    typed = _typed_cells(seen, desk.fields)
    put = put_new_row(s.rule, s.ours.fields, {**_left_of(desk, last or {}, seen), **typed})
    for name, refused in put.rejected.items():
        if refused.is_listed and name in typed:
            desk.reject(row_id, name, refused.code, typed[name], seen)
    for name in desk.fields:
        if name in seen.errors:
            _name_error(desk, row_id, name, seen)
    new = NewRow(dict(put.cells), seen, seen.cells, _left_of(desk, last or {}, seen))
    if put.held is not None:
        hold_row(desk, row_id, seen, put.held.code)
        return
    key = s.schema.business_key
    if key is not None and last is None and new.cells.get(key) is not None:
        taken = desk.bearer(new.cells[key])
        if taken is not None:
            if _is_one_record(desk, taken, new):
                _join(desk, row_id, taken, seen)
            else:
                hold_row(desk, row_id, seen, "key.taken", key)
            return
    desk.new_rows[row_id] = new


def _typed_cells(seen: ShownRow, fields: tuple[str, ...]) -> dict[str, Cell]:
    return {
        name: cell
        for name, cell in zip(fields, seen.cells, strict=True)
        if value_of(cell) is not None and not is_mask(cell) and seen.marks.get(name) not in NO_VALUE
    }


def _left_of(desk: Desk, last: Mapping[str, Cell], seen: ShownRow) -> dict[str, Cell]:
    """Give what a deleted row keeps when it comes back: all but the cells that the sheet shows emptied, its number apart."""
    s = desk.situation
    emptied = {
        name
        for name, cell in zip(desk.fields, seen.cells, strict=True)
        if value_of(cell) is None
        and seen.marks.get(name) not in NO_VALUE
        and s.rule.access(name) is Access.WRITE
        and name != s.schema.business_key
    }
    return {name: cell for name, cell in last.items() if name not in emptied}


def _name_error(desk: Desk, row_id: RowId, name: str, seen: ShownRow) -> None:
    text = seen.errors.get(name, "#?")
    desk.open_item(
        ItemKind.REJECTED,
        row_id,
        name,
        "cell.error_value",
        sheet=text,
        facts={"text": text},
        seen=seen,
        state="new row",
    )


def _is_one_record(desk: Desk, taken: RowId, new: NewRow) -> bool:
    """Say whether a new row and a row added elsewhere are one customer.

    Only if this sheet may see the other row and was not yet shown it, an identifying field agrees and none differs
    (where the schema names none: at least one cell besides the key is filled on both sides, half of those equal).
    """
    s = desk.situation
    expected = desk.expected
    was_shown = taken in expected.shown or taken in expected.absent
    if taken not in desk.ours_view or was_shown or taken in desk.theirs:
        return False
    view = dict(zip(desk.fields, desk.ours_view[taken], strict=True))
    identify = s.schema.identify or (("name",) if "name" in s.schema.by_name else ())
    pairs = [(view.get(name), new.cells.get(name)) for name in identify]
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    if any(not same(a, b) for a, b in both):
        return False
    if identify and both:
        return True
    if s.schema.identify:
        named = (view.get("name"), new.cells.get("name"))
        return "name" in s.schema.by_name and named[0] is not None and same(named[0], named[1])
    if identify:
        return False
    others = [n for n in desk.fields if n != s.schema.business_key]
    filled = [(view[n], new.cells[n]) for n in others if view.get(n) is not None and new.cells.get(n) is not None]
    return bool(filled) and 2 * sum(same(a, b) for a, b in filled) >= len(filled)


def _join(desk: Desk, row_id: RowId, taken: RowId, seen: ShownRow) -> None:
    """Make one record of both: empty cells fill up, unequal ones conflict, as from an empty base."""
    desk.theirs.pop(row_id, None)
    desk.touched.discard(row_id)
    desk.theirs[taken] = seen
    desk.say("identity.joined", row=seen.position)
    merge_row(desk, taken)


def hold_row(desk: Desk, row_id: RowId, seen: ShownRow, code: str, name: str | None = None, **facts: object) -> None:
    """Leave a row in the sheet as typed, named, out of the table."""
    desk.new_rows.pop(row_id, None)
    cells = dict(zip(desk.fields, seen.cells, strict=True))
    # The id that the row bears is of another row: what that tells, only an administrator may hear.
    foreign = {"bears": seen.row_id} if seen.row_id not in ("", row_id) else {}
    shown_facts = {**facts, **({"field": name} if name else {}), **foreign}
    identity = desk.open_item(ItemKind.HELD, row_id, None, code, row_cells=cells, facts=shown_facts, seen=seen)
    desk.kept_rows[row_id] = KeptRow(identity, None)
    for rejected in desk.rejected.pop(row_id, ()):
        # The row as a whole waits: its single cells are not refused yet.
        desk.opened.pop(rejected, None)


def fill_dates(desk: Desk) -> set[tuple[RowId, str]]:
    """Give new rows today's date where the schema says so; give what was filled, for a rule may speak against it."""
    s = desk.situation
    filled: set[tuple[RowId, str]] = set()
    for name in [f.name for f in s.schema.fields if f.auto is not None and f.auto.get("kind") == "today"]:
        for row_id, new in desk.new_rows.items():
            if new.cells.get(name) is None and new.last.get(name) is None:
                new.cells[name] = s.today
                filled.add((row_id, name))
    return filled


def fill_numbers(desk: Desk) -> None:
    """Give new rows the next number where the key is empty; raise counters.

    A typed number raises the counter, so that it is never given a second time. Only rows that were let in count.
    """
    for spec in desk.situation.schema.fields:
        if spec.auto is not None and spec.auto.get("kind") == "sequence":
            _number(desk, spec)


def _number(desk: Desk, spec: Field) -> None:
    s = desk.situation
    shape = str((spec.auto or {}).get("format", "{}"))
    counter = desk.counters.get(spec.name, s.counters.get(spec.name, 0))
    for value in _typed_numbers(desk, spec.name):
        counter = max(counter, count_in(shape, value))
    used = {value_of(cell) for cell in s.ours.column(spec.name).values()} if desk.new_rows else set[Value]()
    # A number that waits in a held row is that customer's: it must still be free when the row is mended.
    used |= {value_of(cells.get(spec.name)) for cells in desk.held_rows()}
    for row_id in sorted(desk.new_rows, key=lambda r: desk.new_rows[r].seen.position):
        cells = desk.new_rows[row_id].cells
        if value_of(cells.get(spec.name)) is None and desk.new_rows[row_id].last.get(spec.name) is None:
            counter = next_count(shape, counter, used)
            cells[spec.name] = shape.format(counter)
    if counter != s.counters.get(spec.name, 0):
        desk.counters[spec.name] = counter


def _typed_numbers(desk: Desk, name: str) -> list[Value]:
    typed = [new.cells[name] for new in desk.new_rows.values() if name in new.cells]
    typed += [edits[name][1] for edits in desk.edits.values() if name in edits]
    return [value_of(cell) for cell in typed]
