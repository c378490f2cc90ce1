"""A column that was sorted or shifted by itself: judged, held as one, accepted, dropped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sheetward.cells import Cell
from sheetward.merge.items import Item, ItemKind
from sheetward.ports.replica import Mark

CODE = "identity.shifted_column"


def company(new_world: Callable[..., object], count: int = 10):  # type: ignore[no-untyped-def]
    world = new_world()
    rows: list[dict[str, Cell]] = [
        {"no": f"C{n:03d}", "name": f"n{n}", "phone": f"p{n}", "region": "east", "note": f"q{n}"} for n in range(count)
    ]
    world.add("A", rows)
    world.add("B")
    world.settle()
    return world


def held(world) -> list[Item]:  # type: ignore[no-untyped-def]
    return list(world.store.items(kind=ItemKind.HELD))


def type_notes(world, notes: dict[int, Cell], name: str = "note") -> None:  # type: ignore[no-untyped-def]
    for number, note in notes.items():
        world.sheets["A"].set(2 + number, name, note)


ROTATED = {0: "q1", 1: "q2", 2: "q3", 3: "q0"}


@pytest.mark.parametrize(
    ("count", "notes", "is_held"),
    [
        (10, ROTATED, True),
        (10, {0: "q1", 1: "q2", 2: "q0"}, False),  # three cells are few
        (20, ROTATED, False),  # 20 % of 20 rows are four
        (19, ROTATED, True),
        (10, {0: "q1", 1: "q0", 2: "x", 3: "y"}, True),  # half of the values are old ones
        (10, {0: "q1", 1: "q0", 2: "x", 3: "y", 4: "z"}, False),
        (10, {0: "q1", 1: "q0", 2: "q1", 3: "q0"}, True),  # half of the values are distinct
        (10, {0: "q1", 1: "q0", 2: "q1", 3: "q0", 4: "q0"}, False),
        (10, {0: "q9", 1: "q8", 2: "q7", 3: "q6"}, False),  # old values, but of other cells
        (10, {0: "u", 1: "v", 2: "w", 3: "x"}, False),
    ],
)
def test_what_counts_as_shifted(new_world, count, notes, is_held) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world, count)
    type_notes(world, notes)
    report = world.sync("A")
    assert [item.code for item in report.held] == [CODE] * is_held
    assert (world.table()["C000"]["note"] == "q0") is is_held


def test_the_column_is_one_item_that_names_itself(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    world.sheets["A"].sort_column("note", reverse=True)
    report = world.sync("A")
    (item,) = report.held
    assert (item.row, item.field) == ("", "note")
    assert {name: item.facts[name] for name in ("column", "count", "rows")} == {
        "column": "note",
        "count": 10,
        "rows": 10,
    }
    assert report.new == {item.id}
    assert world.sync("A").held == (item,), "once held it is not judged anew, and stays what it is"
    world.sheets["A"].save()
    assert world.sync("A").held == (item,)


def test_edits_of_other_columns_go_on(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    world.sheets["A"].sort_column("note", reverse=True)
    world.sheets["A"].set(3, "phone", "typed")
    world.sync("A")
    assert world.table()["C001"]["phone"] == "typed"
    world.sync("B")
    assert world.shown("B")["C001"]["note"] == "q1"


def test_the_business_key_sorted_alone_is_an_edit_of_the_keys(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    world.sheets["A"].sort_column("no", reverse=True)
    assert not world.sync("A").held
    assert world.table()["C009"]["name"] == "n0"


def test_results_of_formulas_are_not_judged(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    for number, note in ROTATED.items():
        world.sheets["A"].mark(2 + number, "note", Mark.FORMULA)
        world.sheets["A"].row(2 + number).cells["note"] = note
    assert not world.sync("A").held


def test_what_everybody_typed_is_convergent_and_no_shift(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    for name in "AB":
        world.sheets[name].sort_column("note", reverse=True)
    (item,) = world.sync("A").held
    world.accept(item.id)
    assert not world.sync("B").held
    assert world.table()["C000"]["note"] == "q9"


def test_a_column_shifted_again_while_it_waits_is_still_one_item(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    world.sheets["A"].sort_column("note", reverse=True)
    (first,) = world.sync("A").held
    type_notes(world, {0: "q8", 1: "q7", 2: "q6", 3: "q9"})
    (second,) = world.sync("A").held
    assert second.id != first.id
    assert second.facts["count"] == 10
    assert world.table()["C000"]["note"] == "q0"
    world.drop(second.id)
    world.settle()
    assert world.shown("A")["C000"]["note"] == "q0"


def test_accepting_is_one_commit(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    world.sheets["A"].sort_column("note", reverse=True)
    (item,) = world.sync("A").held
    head = world.store.head("customers")
    world.accept(item.id)
    assert world.store.head("customers") == head + 1
    assert world.table()["C000"]["note"] == "q9"
    world.settle()
    assert not held(world)


def test_what_breaks_the_schema_enters_by_no_back_door(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    type_notes(world, {0: "n1", 1: "n2", 2: "n3", 3: "n0", 4: "far too long a name"}, "name")
    (item,) = world.sync("A").held
    world.accept(item.id)
    assert (world.table()["C000"]["name"], world.table()["C004"]["name"]) == ("n1", "n4")
    world.sync("A")
    assert [i.field for i in held(world)] == ["name"]
    assert [i.code for i in held(world)] != [CODE]


def test_a_dropped_column_is_put_back_and_kept_in_the_books(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    type_notes(world, {**ROTATED, 4: "new word"})
    (item,) = world.sync("A").held
    world.drop(item.id)
    world.settle()
    assert world.shown("A")["C004"]["note"] == "q4"
    settled = world.store.item(item.id)
    assert (settled.outcome, "new word" in settled.row_cells.values()) == ("dropped", True)


def test_a_row_deleted_elsewhere_while_its_column_waits_is_a_conflict_of_the_row(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    world.sheets["A"].sort_column("note", reverse=True)
    world.sync("A")
    world.sheets["B"].delete(world.sheets["B"].find("no", "C003"))
    world.sync("B")
    world.sync("A")
    assert [i.code for i in world.store.items(kind=ItemKind.CONFLICT)] == ["conflict.delete_modify"]
    (item,) = held(world)
    world.accept(item.id)
    assert world.table()["C000"]["note"] == "q9"


def test_an_older_copy_from_before_the_shift_gets_it_attached_again(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    sheet = world.sheets["A"]
    before = sheet.saved()
    sheet.sort_column("note", reverse=True)
    (item,) = world.sync("A").held
    sheet.restore(before)
    assert world.sync("A").held == (item,)
    assert world.shown("A")["C000"]["note"] == "q9"
    assert world.table()["C000"]["note"] == "q0"


def test_an_older_copy_repeats_a_dropped_shift_and_that_is_no_edit(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    sheet = world.sheets["A"]
    sheet.sort_column("note", reverse=True)
    shifted = sheet.saved()
    (item,) = world.sync("A").held
    world.drop(item.id)
    world.settle()
    sheet.restore(shifted)
    assert not world.sync("A").held
    world.settle()
    assert world.table()["C000"]["note"] == world.shown("A")["C000"]["note"] == "q0"


def test_a_column_that_the_role_may_only_read_is_rejected_as_ever(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    world.add("R", rule={"columns": {"*": "write", "note": "read"}})
    world.sync("R")
    world.sheets["R"].sort_column("note", reverse=True)
    report = world.sync("R")
    assert not report.held
    assert {item.code for item in report.rejected} == {"share.read_only"}


@pytest.mark.parametrize(("choice", "note"), [("accept", "q9"), ("drop", "q0")])
def test_the_workbook_lists_the_column_as_one_line_to_choose_in(new_world, choice, note) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    sheet = world.sheets["A"]
    sheet.sort_column("note", reverse=True)
    (item,) = world.sync("A").held
    (line,) = [shown.line for shown in sheet.settling]
    assert (line.item, line.field, line.code, [str(c) for c in line.choices]) == (
        item.id, "note", CODE, ["accept", "drop"],
    )  # fmt: skip
    sheet.choose(item.id, choice)
    world.settle()
    assert not held(world)
    assert world.table()["C000"]["note"] == world.shown("A")["C000"]["note"] == world.shown("B")["C000"]["note"] == note
    assert not sheet.settling
    assert world.store.item(item.id).outcome == {"accept": "accepted", "drop": "dropped"}[choice]


def test_a_column_accepted_in_the_workbook_conflicts_where_the_store_moved(new_world) -> None:  # type: ignore[no-untyped-def]
    world = company(new_world)
    sheet = world.sheets["A"]
    sheet.sort_column("note", reverse=True)
    (item,) = world.sync("A").held
    world.sheets["B"].set(2, "note", "theirs")
    world.sync("B")
    sheet.choose(item.id, "accept")
    world.sync("A")
    (conflict,) = world.store.items(kind=ItemKind.CONFLICT)
    assert (conflict.base, conflict.store, conflict.sheet) == ("q0", "theirs", "q9")
    assert world.table()["C001"]["note"] == "q8"
