"""A column's policy decides before a person has to: each policy over whole syncs of two sheets."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sheetward.cells import Cell, value_of
from sheetward.merge.items import ItemKind
from sheetward.stores.memory import MemoryStore
from sheetward_schemas import parse_schema

from .conftest import SCHEMA_TEXT, World, customers


def company(name: str, kind: str, policy: str) -> World:
    """Two sheets in step, over a schema whose column has a policy."""
    plain = f"{{name: {name}, type: {kind}}}"
    assert plain in SCHEMA_TEXT
    text = SCHEMA_TEXT.replace(plain, f'{{name: {name}, type: {kind}, "x:merge": {policy}}}')
    schema, mistakes = parse_schema(text, "policies")
    assert schema is not None, mistakes
    world = World(schema, MemoryStore("epoch-1"))
    world.add("A", [{**row, "amount": Decimal(100)} for row in customers()])
    world.add("B")
    world.settle()
    return world


def both_type(world: World, name: str, a: Cell, b: Cell) -> None:
    """Let A bring a value to the store, and B type another one before it has seen that."""
    for who, cell in (("A", a), ("B", b)):
        sheet = world.sheets[who]
        sheet.set(sheet.find("no", "C001"), name, cell)
    world.sync("A")
    world.sync("B")


def everywhere(world: World, name: str) -> set[object]:
    world.settle()
    return {value_of(table["C001"].get(name)) for table in (world.table(), world.shown("A"), world.shown("B"))}


@pytest.mark.parametrize(
    ("policy", "a", "b", "result"),
    [
        ("store", "from A", "from B", "from A"),
        ("sheet", "from A", "from B", "from B"),
        ("longest", "the longer text", "short", "the longer text"),
        ("longest", "short", "the longer text", "the longer text"),
        ("longest", None, "some", "some"),
    ],
)
def test_a_policy_settles_what_two_people_typed(policy: str, a: Cell, b: Cell, result: str) -> None:
    world = company("note", "string", policy)
    both_type(world, "note", a, b)
    assert everywhere(world, "note") == {result}
    assert not world.store.items()
    (item,) = world.store.items(is_open=None)
    outcome = "store" if result == a else "sheet"
    assert (item.store, item.sheet, item.outcome, item.facts["policy"]) == (a, b, outcome, policy)


@pytest.mark.parametrize(("policy", "a", "b"), [("ask", "from A", "from B"), ("longest", "equal", "size!")])
def test_what_no_policy_settles_waits_for_a_person(policy: str, a: str, b: str) -> None:
    world = company("note", "string", policy)
    both_type(world, "note", a, b)
    (item,) = world.store.items(kind=ItemKind.CONFLICT)
    assert (item.store, item.sheet) == (a, b)
    assert len(world.sheets["B"].settling) == 1


@pytest.mark.parametrize(("a", "b", "result"), [(110, 105, 115), (110, 110, 120), (90, 130, 120), (100, 107, 107)])
def test_sums_add_up(a: int, b: int, result: int) -> None:
    world = company("amount", "number", "add_up")
    both_type(world, "amount", Decimal(a), Decimal(b))
    assert everywhere(world, "amount") == {Decimal(result)}
    assert not world.store.items()


def test_an_edit_on_one_side_is_never_a_matter_of_policy() -> None:
    for policy in ("store", "sheet", "longest"):
        world = company("note", "string", policy)
        both_type(world, "note", "a", "x")
        assert everywhere(world, "note") == {"x"}
