"""The person at the keyboard of the sheet in memory does what a person does; the write hooks let tests interfere."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sheetward.cells import Typed
from sheetward.errors import GuardError, TransientError, UserError
from sheetward.plan.actions import AppendRow, ClearRow, SetCell, SetRowId, SheetWrite
from sheetward.plan.observation import Mark
from sheetward.sheets.fingerprint import fingerprint
from sheetward.sheets.memory import MemorySheet
from sheetward.table import RowId


@pytest.fixture
def sheet() -> MemorySheet:
    made = MemorySheet(
        ("key", "size"), [{"key": "b", "size": Decimal(10)}, {"key": "a", "size": Decimal(9)}, {"key": "c"}]
    )
    for position, row_id in ((2, "rb"), (3, "ra"), (4, "rc")):
        made.set_id(position, row_id)
    return made


def shown(sheet: MemorySheet) -> list[tuple[object, ...]]:
    return [(row.position, row.row_id, row.cells[0]) for row in sheet.observe().rows]


def test_a_sort_takes_the_ids_along_or_leaves_them_behind(sheet: MemorySheet) -> None:
    sheet.sort("key")
    assert shown(sheet) == [(2, "ra", "a"), (3, "rb", "b"), (4, "rc", "c")]
    sheet.sort("key", reverse=True, with_ids=False)
    assert shown(sheet) == [(2, "ra", "c"), (3, "rb", "b"), (4, "rc", "a")]
    sheet.sort("size")
    assert [row.cells[1] for row in sheet.observe().rows] == [Decimal(9), Decimal(10), None]


def test_one_column_is_sorted_or_shifted_alone(sheet: MemorySheet) -> None:
    sheet.sort_column("key")
    assert shown(sheet) == [(2, "rb", "a"), (3, "ra", "b"), (4, "rc", "c")]
    sheet.shift_column("key")
    assert shown(sheet) == [(2, "rb", None), (3, "ra", "a"), (4, "rc", "b"), (5, "", "c")]


def test_rows_are_inserted_deleted_copied_cut_and_pasted(sheet: MemorySheet) -> None:
    sheet.insert(3, {"key": "n"})
    assert shown(sheet) == [(2, "rb", "b"), (3, "", "n"), (4, "ra", "a"), (5, "rc", "c")]
    sheet.delete(2)
    sheet.copy_inserted(3, 4)
    assert shown(sheet) == [(2, "", "n"), (3, "ra", "a"), (4, "ra", "a"), (5, "rc", "c")]
    taken = sheet.cut(5)
    sheet.paste(taken, 2)
    assert shown(sheet) == [(2, "rc", "c"), (3, "ra", "a"), (4, "ra", "a")]
    sheet.copy(2, 8)
    sheet.clear(3)
    assert shown(sheet) == [(2, "rc", "c"), (4, "ra", "a"), (8, "rc", "c")]
    assert sheet.append({"key": "z"}) == 9
    assert (sheet.position_of("ra"), sheet.find("key", "z")) == (4, 9)


def test_cells_are_swapped_filled_down_and_columns_deleted(sheet: MemorySheet) -> None:
    sheet.swap(2, 3, "key")
    sheet.fill_down("size", 2, 4)
    assert [row.cells for row in sheet.observe().rows] == [(key, Decimal(10)) for key in ("a", "b", "c")]
    sheet.move_column("size", 0)
    assert sheet.observe().fields == ("size", "key")
    sheet.delete_column("size")
    seen = sheet.observe()
    assert (seen.fields, seen.lost_fields) == (("key",), ("size",))


def test_special_cells_contribute_what_they_may(sheet: MemorySheet) -> None:
    for position, mark in ((2, Mark.FORMULA), (3, Mark.VOLATILE), (4, Mark.ERROR)):
        sheet.mark(position, "size", mark, "#N/A")
    sheet.hide(4)
    rows = sheet.observe().rows
    assert [(row.cells[1], row.marks["size"]) for row in rows] == [
        (Decimal(10), Mark.FORMULA), (None, Mark.VOLATILE), (None, Mark.ERROR)
    ]  # fmt: skip
    assert (rows[2].errors, rows[2].hidden) == ({"size": "#N/A"}, True)


def test_a_copy_put_back_brings_its_stamp(sheet: MemorySheet) -> None:
    sheet.write(SheetWrite((), "s1"), sheet.revision())
    saved = sheet.saved()
    sheet.write(SheetWrite((ClearRow(2, "rb"),), "s2"), sheet.revision())
    sheet.restore(saved)
    assert (sheet.observe().stamp, len(sheet.observe().rows)) == ("s1", 3)


def test_a_save_without_an_edit_moves_the_revision_and_not_the_fingerprint(sheet: MemorySheet) -> None:
    before = sheet.observe()
    sheet.save()
    after = sheet.observe()
    assert after.revision != before.revision
    assert after.fingerprint == before.fingerprint


def test_an_edit_before_the_write_is_noticed(sheet: MemorySheet) -> None:
    sheet.before_write = lambda: sheet.set(2, "key", "x")
    with pytest.raises(TransientError, match=r"sheet\.changed"):
        sheet.write(SheetWrite((SetCell(3, "ra", "key", "a", "y"),), "s"), sheet.revision())
    assert shown(sheet) == [(2, "rb", "x"), (3, "ra", "a"), (4, "rc", "c")]


@pytest.mark.parametrize("is_atomic", [True, False])
def test_a_write_that_dies_halfway_leaves_nothing_or_a_prefix_without_the_stamp(is_atomic: bool) -> None:
    def die(number: int) -> None:
        if number == 2:
            raise RuntimeError("power cut")

    sheet = MemorySheet(("key",), [{"key": "a"}], is_atomic=is_atomic, before_action=die)
    actions = (SetRowId(2, "", "ra"), AppendRow(RowId("rb"), {"key": "b"}), SetCell(2, "", "key", "a", "x"))
    with pytest.raises(RuntimeError):
        sheet.write(SheetWrite(actions, "s"), sheet.revision())
    assert shown(sheet) == ([(2, "", "a")] if is_atomic else [(2, "ra", "a"), (3, "rb", "b")])
    assert sheet.observe().stamp is None


def test_a_sheet_that_is_open_or_read_only_says_so(sheet: MemorySheet) -> None:
    sheet.is_open = True
    with pytest.raises(GuardError, match=r"sheet\.open"):
        sheet.check_writable()
    with pytest.raises(TransientError, match=r"sheet\.open"):
        sheet.write(SheetWrite((), "s"), sheet.revision())
    sheet.is_open, sheet.is_read_only = False, True
    with pytest.raises(UserError, match=r"folder\.read_only"):
        sheet.check_writable()


def test_a_fingerprint_follows_ids_values_positions_and_marks_but_no_spelling(sheet: MemorySheet) -> None:
    seen = sheet.observe()
    own = fingerprint(seen.fields, seen.rows)
    sheet.set(2, "key", Typed("b", "Ｂ"))
    assert sheet.observe().fingerprint == own
    others = {fingerprint(("key", "other"), seen.rows), fingerprint(seen.fields, seen.rows[::-1])}
    for edit in (
        lambda: sheet.set(2, "size", "10"),
        lambda: sheet.set_id(2, "rx"),
        lambda: sheet.mark(4, "key", Mark.FORMULA),
        lambda: sheet.insert(2),
    ):
        edit()
        others.add(sheet.observe().fingerprint)
    assert len(others) == 6
    assert own not in others
