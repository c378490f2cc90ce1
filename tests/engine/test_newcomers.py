"""New rows under a number that exists: one record only where it is certain, else held with one and the same answer."""

from __future__ import annotations

from typing import Any

import pytest
from sheetward.cells import Cell
from sheetward.merge.items import ItemKind
from sheetward_schemas import parse_schema

from .conftest import SCHEMA_TEXT

IDENTIFY = "x:dedupe: {identify: [phone]}\n"
NAMED = "  - {name: name, type: string, constraints: {required: true, maxLength: 10}}\n"


def met(new_world: Any, schema: str, there: dict[str, Cell], typed: dict[str, Cell]) -> Any:
    """Let B add a row and sync, then A one under the same number that has not seen B's."""
    world = new_world()
    world.schema, mistakes = parse_schema(schema, "test")
    assert world.schema is not None, mistakes
    world.add("A", [{"no": "C001", "name": "first"} if "name: name" in schema else {"no": "C001"}])
    world.add("B")
    world.settle()
    world.sheets["B"].append({"no": "C009", **there})
    world.sync("B")
    world.sheets["A"].append({"no": "C009", **typed})
    world.sync("A")
    return world


def outcome(world: Any) -> tuple[list[str], list[str | None], int]:
    held = [item.code for item in world.store.items(kind=ItemKind.HELD)]
    conflicts = sorted(str(item.field) for item in world.store.items(kind=ItemKind.CONFLICT))
    return held, conflicts, len(world.store.read("customers", world.schema.field_names).rows)


ONE: tuple[list[str], list[str], int] = ([], [], 2)
HELD: tuple[list[str], list[str], int] = (["key.taken"], [], 2)


@pytest.mark.parametrize(
    ("there", "typed", "expected"),
    [
        ({"name": "甲", "phone": "9"}, {"name": "甲", "phone": "9"}, ONE),
        ({"name": "甲", "phone": "9"}, {"name": "乙", "phone": "9"}, ([], ["name"], 2)),
        ({"name": "甲", "phone": "9"}, {"name": "甲", "phone": "8"}, HELD),
        ({"name": "甲", "phone": "9"}, {"name": "甲"}, ONE),
        ({"name": "甲"}, {"name": "甲", "phone": "8"}, ONE),
        ({"name": "甲", "phone": "9"}, {"name": "乙"}, HELD),
        ({"name": "甲", "phone": "9"}, {"phone": "9", "note": "n"}, ONE),
    ],
)
def test_where_the_schema_names_identifying_fields(
    new_world: Any, there: dict[str, Cell], typed: dict[str, Cell], expected: object
) -> None:
    assert outcome(met(new_world, SCHEMA_TEXT, there, typed)) == expected


@pytest.mark.parametrize(
    ("there", "typed", "expected"),
    [
        ({"name": "甲", "phone": "9"}, {"name": "甲", "phone": "8"}, ([], ["phone"], 2)),
        ({"name": "甲", "phone": "9"}, {"name": "乙", "phone": "9"}, HELD),
    ],
)
def test_the_name_identifies_where_the_schema_says_nothing(
    new_world: Any, there: dict[str, Cell], typed: dict[str, Cell], expected: object
) -> None:
    assert outcome(met(new_world, SCHEMA_TEXT.replace(IDENTIFY, ""), there, typed)) == expected


@pytest.mark.parametrize(
    ("there", "typed", "expected"),
    [
        ({"phone": "9", "note": "x"}, {"phone": "9", "note": "x"}, ONE),
        ({"phone": "9", "note": "x"}, {"phone": "9", "note": "y"}, ([], ["note"], 2)),
        ({"phone": "9", "note": "x", "region": "e"}, {"phone": "9", "note": "y", "region": "w"}, HELD),
        ({"phone": "9"}, {"note": "y"}, HELD),
        ({"phone": "9"}, {}, HELD),
    ],
)
def test_without_any_name_half_of_the_cells_filled_on_both_sides_must_agree(
    new_world: Any, there: dict[str, Cell], typed: dict[str, Cell], expected: object
) -> None:
    schema = SCHEMA_TEXT.replace(IDENTIFY, "").replace(NAMED, "")
    assert outcome(met(new_world, schema, there, typed)) == expected


def test_empty_cells_fill_up_and_unequal_ones_conflict(new_world: Any) -> None:
    there, typed = {"name": "甲", "phone": "9", "note": "x"}, {"name": "甲", "phone": "9", "note": "y", "region": "e"}
    world = met(new_world, SCHEMA_TEXT, there, typed)
    assert world.table()["C009"] == {"no": "C009", "name": "甲", "phone": "9", "note": "x", "region": "e"}
    (conflict,) = world.store.items(kind=ItemKind.CONFLICT)
    assert (conflict.base, conflict.store, conflict.sheet) == (None, "x", "y")


def test_a_row_that_was_shown_is_never_joined(pair: Any) -> None:
    pair.sheets["A"].append({"no": "C001", "name": "张三", "phone": "13800000001", "note": "again"})
    pair.sync("A")
    assert [item.code for item in pair.store.items(kind=ItemKind.HELD)] == ["key.taken"]
    assert pair.table()["C001"]["note"] == "a", "nothing fills"


def test_a_row_that_was_deleted_here_while_it_was_changed_elsewhere_is_never_joined(pair: Any) -> None:
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.delete(a.find("no", "C001"))
    b.set(b.find("no", "C001"), "note", "changed")
    pair.sync("B")
    pair.sync("A")
    a.append({"no": "C001", "name": "别人", "phone": "13800000001"})
    report = pair.sync("A")
    assert [item.code for item in pair.store.items(kind=ItemKind.HELD)] == ["key.taken"]
    assert report.plan.to_store == 0
    assert pair.table()["C001"]["name"] == "张三"


def test_the_answer_is_the_same_in_view_and_out_of_view(pair: Any) -> None:
    pair.add("E", rule={"rows": {"region": "华东"}, "columns": {"*": "write"}})
    pair.sync("E")
    for no in ("C001", "C002"):
        pair.sheets["E"].append({"no": no, "name": "别人", "phone": "1", "region": "华东"})
    report = pair.sync("E")
    answers = {(item.code, tuple(sorted(item.facts.items())), item.field) for item in report.held}
    assert len(report.held) == 2
    assert len(answers) == 1


def test_a_number_given_before_is_free_to_be_typed_again_but_never_generated(pair: Any) -> None:
    pair.sheets["A"].append({"name": "新", "phone": "5"})
    pair.settle()
    pair.sheets["A"].delete(pair.sheets["A"].find("no", "C005"))
    pair.settle()
    pair.sheets["A"].append({"name": "又", "phone": "6"})
    pair.settle()
    assert "C006" in pair.table()
    assert "C005" not in pair.table()
    assert pair.store.counter("customers", "no") == 6


def test_a_row_pasted_over_another_one_waits_though_its_number_was_emptied_before(pair: Any) -> None:
    a, before = pair.sheets["A"], pair.table()
    a.set(a.first_row, "no", None)
    pair.sync("A")
    a.copy(a.first_row, a.first_row + 1)
    pair.sync("A")
    held = {item.code for item in pair.store.items(kind=ItemKind.HELD)}
    assert held == {"field.required", "identity.pasted_over", "identity.pasted_copy"}
    assert pair.table() == before
