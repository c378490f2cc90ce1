"""Choices typed into the workbook's own list of what waits: decided with the rest of the sync, compared and set."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from sheetward.cells import Cell, value_of
from sheetward.merge.choice import Choice
from sheetward.merge.items import ItemKind
from sheetward.plan.settle_line import SettleLine
from sheetward.sheets.memory import MemorySheet

from .conftest import World, customers


def disputed(world: World, name: str = "note", no: str = "C001") -> str:
    """Let A and B type different values into one cell; give the conflict's id, which waits in B."""
    for who, text in (("A", "from A"), ("B", "from B")):
        sheet = world.sheets[who]
        sheet.set(sheet.find("no", no), name, text)
        world.sync(who)
    (item,) = world.store.items(kind=ItemKind.CONFLICT)
    return item.id


def lines(world: World, name: str) -> list[SettleLine]:
    return [line.line for line in world.sheets[name].settling]


def remarks(world: World, name: str) -> list[str]:
    return [line.remark for line in lines(world, name)]


def row_of(sheet: MemorySheet, no: str) -> dict[str, Cell]:
    return {n: value_of(c) for n, c in sheet.row(sheet.find("no", no)).cells.items()}


def test_a_line_tells_both_sides_who_and_when(pair: World) -> None:
    identity = disputed(pair)
    (line,) = lines(pair, "B")
    assert (line.item, line.key, line.name, line.field) == (identity, "C001", "张三", "note")
    assert (line.mine.cells, line.store.cells) == ({"note": "from B"}, {"note": "from A"})
    commit = pair.store.log("customers")[0]
    assert (line.who, line.when) == ("A", commit.time.isoformat())
    assert line.choices == (Choice.SHEET, Choice.STORE, Choice.VALUE)
    assert lines(pair, "A") == []
    assert {(m.field, m.why) for m in pair.sheets["B"].marked} == {("note", "conflict")}


@pytest.mark.parametrize(
    ("text", "value", "result"), [("sheet", "", "from B"), ("store", "", "from A"), ("value", "third", "third")]
)
def test_a_choice_settles_both_sides(pair: World, text: str, value: str, result: str) -> None:
    identity = disputed(pair)
    pair.sheets["B"].choose(identity, text, value)
    pair.settle()
    assert pair.table()["C001"]["note"] == result
    assert {pair.shown(name)["C001"]["note"] for name in "AB"} == {result}
    item = pair.store.item(identity)
    assert item is not None
    assert item.outcome == text
    assert (lines(pair, "B"), pair.sheets["B"].marked) == ([], frozenset())


def test_a_value_typed_alone_is_a_choice(pair: World) -> None:
    pair.sheets["B"].choose(disputed(pair), "", "third")
    pair.settle()
    assert pair.table()["C001"]["note"] == "third"


def test_another_value_is_read_with_the_format_of_its_column(pair: World) -> None:
    for who, amount in (("A", Decimal(1)), ("B", Decimal(2))):
        sheet = pair.sheets[who]
        sheet.set(sheet.find("no", "C002"), "amount", amount)
        pair.sync(who)
    (item,) = pair.store.items(kind=ItemKind.CONFLICT)
    pair.sheets["B"].choose(item.id, "value", "many")
    pair.sync("B")
    assert remarks(pair, "B") == ["choice.value_unclear"]
    pair.sheets["B"].choose(item.id, "value", "1,234.50")
    pair.settle()
    assert str(pair.table()["C002"]["amount"]) == "1234.5"


@pytest.mark.parametrize(
    ("text", "value", "remark"),
    [
        ("perhaps", "", "choice.not_understood"),
        ("keep", "", "choice.not_offered"),
        ("base", "", "choice.not_offered"),
        ("sheet", "third", "choice.contradicts"),
        ("value", "", "choice.value_missing"),
    ],
)
def test_a_choice_that_cannot_be_followed_stays_and_is_named(pair: World, text: str, value: str, remark: str) -> None:
    identity = disputed(pair)
    pair.sheets["B"].choose(identity, text, value)
    report = pair.sync("B")
    assert report.plan is not None
    assert [n.code for n in report.plan.notices] == ["choice.ignored"]
    assert (remarks(pair, "B"), pair.sheets["B"].settling[0].text) == ([remark], text)
    before = pair.sheets["B"].revision()
    pair.settle()
    assert pair.sheets["B"].revision() == before
    assert pair.store.item(identity).outcome == ""  # type: ignore[union-attr]
    pair.sheets["B"].choose(identity, "", "")
    pair.sync("B")
    assert remarks(pair, "B") == [""]


def test_a_choice_about_an_older_pair_is_not_applied(pair: World) -> None:
    old = disputed(pair)
    pair.sheets["B"].choose(old, "sheet")
    sheet = pair.sheets["A"]
    sheet.set(sheet.find("no", "C001"), "note", "A again")
    pair.sync("A")
    pair.sync("B")
    (line,) = lines(pair, "B")
    assert line.item != old
    assert (line.store.cells, line.remark) == ({"note": "A again"}, "choice.refreshed")
    assert pair.table()["C001"]["note"] == "A again"
    before = pair.sheets["B"].revision()
    pair.settle()
    assert pair.sheets["B"].revision() == before
    pair.sheets["B"].choose(line.item, "sheet")
    pair.settle()
    assert pair.table()["C001"]["note"] == "from B"


def test_a_third_value_in_the_cell_is_no_resolution_even_beside_a_choice(pair: World) -> None:
    identity = disputed(pair)
    sheet = pair.sheets["B"]
    sheet.choose(identity, "sheet")
    sheet.set(sheet.find("no", "C001"), "note", "third")
    pair.sync("B")
    (line,) = lines(pair, "B")
    assert (line.mine.cells, line.remark) == ({"note": "third"}, "choice.refreshed")
    assert pair.table()["C001"]["note"] == "from A"


def test_equal_values_withdraw_the_conflict_whatever_was_chosen(pair: World) -> None:
    identity = disputed(pair)
    sheet = pair.sheets["B"]
    sheet.choose(identity, "sheet")
    sheet.set(sheet.find("no", "C001"), "note", "from A")
    pair.settle()
    assert pair.store.item(identity).outcome == "agreed"  # type: ignore[union-attr]
    assert (pair.table()["C001"]["note"], lines(pair, "B")) == ("from A", [])


def test_a_choice_that_would_break_a_rule_leaves_the_conflict_open(pair: World) -> None:
    identity = disputed(pair, "name")
    pair.sheets["B"].choose(identity, "value", "x" * 11)
    pair.sync("B")
    (item,) = pair.store.items()
    assert (item.id, remarks(pair, "B")) == (identity, ["choice.breaks_rule"])
    assert pair.shown("B")["C001"]["name"] == "from B"
    pair.settle()


def test_a_number_that_is_taken_cannot_be_chosen(pair: World) -> None:
    identity = disputed(pair, "no", "C001")
    pair.sheets["B"].choose(identity, "value", "C002")
    pair.sync("B")
    assert (pair.store.items()[0].id, remarks(pair, "B")) == (identity, ["choice.not_unique"])


@pytest.mark.parametrize("choice", ["keep", "delete"])
@pytest.mark.parametrize("deleter", ["A", "B"])
def test_keep_or_delete_a_row_deleted_on_one_side(pair: World, deleter: str, choice: str) -> None:
    """A is the store's side, B the sheet's: the conflict waits in B."""
    editor = "B" if deleter == "A" else "A"
    pair.sheets[deleter].delete(pair.sheets[deleter].find("no", "C003"))
    pair.sheets[editor].set(pair.sheets[editor].find("no", "C003"), "note", "edited")
    pair.sync("A")
    pair.sync("B")
    (line,) = lines(pair, "B")
    assert (line.choices, line.who) == ((Choice.KEEP, Choice.DELETE), "A")
    codes = ("settle.side_changed", "settle.side_deleted")
    assert (line.mine.code, line.store.code) == (codes if deleter == "A" else codes[::-1])
    pair.sheets["B"].choose(line.item, choice)
    pair.settle()
    kept = {"no": "C003", "name": "王五", "phone": "13800000003", "region": "华东", "note": "edited"}
    wanted = {"C003": kept} if choice == "keep" else {}
    for table in (pair.table(), pair.shown("A"), pair.shown("B")):
        assert {no: row for no, row in table.items() if no == "C003"} == wanted
    assert not pair.store.items()


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_kept_row_comes_back_with_what_was_typed_and_else_as_the_store_last_had_it(
    pair: World, *, is_listed: bool
) -> None:
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C003"), "phone", "newer")
    pair.sync("A")
    a.delete(a.find("no", "C003"))
    pair.sync("A")
    b.set(b.find("no", "C003"), "note", "edited")
    b.set(b.find("no", "C003"), "region", None)
    pair.sync("B")
    (line,) = lines(pair, "B")
    if is_listed:
        b.choose(line.item, "keep")
    else:
        pair.resolve(line.item, "keep")
    pair.settle()
    for table in (pair.table(), pair.shown("A"), pair.shown("B")):
        assert table["C003"] == {"no": "C003", "name": "王五", "phone": "newer", "note": "edited"}


@pytest.mark.parametrize(("elsewhere", "is_told"), [("sheet", True), ("store", False)])
def test_a_choice_for_what_was_settled_elsewhere_is_told(pair: World, elsewhere: str, *, is_told: bool) -> None:
    identity = disputed(pair)
    pair.sheets["B"].choose(identity, "store")
    pair.resolve(identity, elsewhere)
    report = pair.sync("B")
    told = [n.facts for n in report.plan.notices if n.code == "choice.late"]
    assert told == ([{"count": 1, "by": pair.store.item(identity).closed_by}] if is_told else [])
    assert pair.shown("B")["C001"]["note"] == ("from B" if elsewhere == "sheet" else "from A")
    again = pair.sync("B")
    assert again.plan is None or not again.plan.notices


@pytest.mark.parametrize("choice", ["accept", "drop"])
def test_a_held_cell_is_accepted_or_dropped(pair: World, choice: str) -> None:
    sheet = pair.sheets["B"]
    sheet.set(sheet.find("no", "C001"), "name", "x" * 11)
    pair.sync("B")
    (line,) = lines(pair, "B")
    assert (line.kind, line.mine.cells, line.store.cells) == ("held", {"name": "x" * 11}, {"name": "张三"})
    sheet.choose(line.item, choice)
    pair.settle()
    assert (
        pair.table()["C001"]["name"] == pair.shown("B")["C001"]["name"] == ("x" * 11 if choice == "accept" else "张三")
    )
    assert not pair.store.items()


@pytest.mark.parametrize("choice", ["accept", "drop"])
def test_a_held_row_is_accepted_or_dropped(pair: World, choice: str) -> None:
    pair.sheets["B"].append({"no": "K9", "name": "y" * 11})
    pair.sync("B")
    (line,) = lines(pair, "B")
    assert (line.key, line.mine.cells) == ("K9", {"no": "K9", "name": "y" * 11})
    pair.sheets["B"].choose(line.item, choice)
    pair.settle()
    assert ("K9" in pair.table(), "K9" in pair.shown("B"), pair.store.items()) == (
        choice == "accept",
        choice == "accept",
        [],
    )


def test_a_row_held_for_its_number_can_only_be_dropped(pair: World) -> None:
    pair.sheets["B"].append({"no": "C002", "name": "新", "phone": "1"})
    pair.sync("B")
    (line,) = lines(pair, "B")
    assert line.choices == (Choice.DROP,)
    pair.sheets["B"].choose(line.item, "accept")
    pair.sync("B")
    assert remarks(pair, "B") == ["choice.not_offered"]
    pair.sheets["B"].choose(line.item, "drop")
    pair.settle()
    assert len(pair.shown("B")) == 4


def test_a_role_accepts_nothing_against_the_rules(world: World) -> None:
    world.add("A", customers())
    sheet = world.add("B", rule={"rows": {"region": "华东"}, "columns": {"*": "write"}})
    world.settle()
    sheet.set(sheet.find("no", "C001"), "name", "x" * 11)
    world.sync("B")
    (line,) = lines(world, "B")
    assert line.choices == (Choice.DROP,)


def test_a_role_that_writes_the_whole_table_accepts(world: World) -> None:
    world.add("A", customers())
    sheet = world.add("B", rule={"columns": {"*": "write"}, "insert": True})
    world.settle()
    sheet.set(sheet.find("no", "C001"), "name", "x" * 11)
    world.sync("B")
    (line,) = lines(world, "B")
    assert line.choices == (Choice.ACCEPT, Choice.DROP)
    sheet.choose(line.item, "accept")
    world.settle()
    assert world.table()["C001"]["name"] == "x" * 11


def test_nothing_out_of_view_stands_in_the_list(world: World) -> None:
    world.add("A", customers())
    sheet = world.add("B", rule={"rows": {"region": "华东"}, "columns": {"*": "write"}})
    world.settle()
    disputed(world)
    assert len(lines(world, "B")) == 1
    a = world.sheets["A"]
    a.set(a.find("no", "C001"), "note", "secret")
    a.set(a.find("no", "C001"), "region", "华南")
    world.sync("A")
    report = world.sync("B")
    assert report.plan is not None
    assert report.plan.is_purging
    (line,) = lines(world, "B")
    assert (line.code, line.choices, line.name) == ("conflict.left_view", (), "")
    assert (line.mine.cells, line.store.cells) == ({"note": "from B"}, {})
    assert "secret" not in repr(sheet.settling)
    assert "张三" not in repr(sheet.settling)


def test_several_choices_and_edits_are_one_commit(pair: World) -> None:
    for name in ("note", "phone"):
        for who in "AB":
            sheet = pair.sheets[who]
            sheet.set(sheet.find("no", "C001"), name, f"{name} {who}")
    pair.sync("A")
    pair.sync("B")
    sheet = pair.sheets["B"]
    for line in lines(pair, "B"):
        sheet.choose(line.item, "sheet" if line.field == "note" else "store")
    sheet.set(sheet.find("no", "C002"), "note", "edit")
    head = pair.store.head("customers")
    pair.sync("B")
    assert pair.store.head("customers") == head + 1
    row = pair.table()["C001"]
    assert (row["note"], row["phone"], pair.table()["C002"]["note"]) == ("note B", "phone A", "edit")


def test_a_choice_that_was_committed_and_not_written_is_not_applied_again(pair: World) -> None:
    class DeathError(Exception):
        pass

    def die(step: str) -> None:
        if step == "before_write":
            raise DeathError

    identity = disputed(pair)
    pair.sheets["B"].choose(identity, "store")
    with pytest.raises(DeathError):
        pair.sync("B", on_step=die)
    assert pair.store.item(identity).outcome == "store"  # type: ignore[union-attr]
    assert pair.sheets["B"].settling[0].text == "store"
    head = pair.store.head("customers")
    sheet = pair.sheets["A"]
    sheet.set(sheet.find("no", "C001"), "note", "A again")
    pair.settle()
    assert pair.store.head("customers") == head + 1
    assert {pair.shown(name)["C001"]["note"] for name in "AB"} == {"A again"}
    assert lines(pair, "B") == []


def test_a_line_that_a_person_deleted_comes_back(pair: World) -> None:
    disputed(pair)
    sheet = pair.sheets["B"]
    before = sheet.settling
    sheet.settling = ()
    pair.settle()
    assert sheet.settling == before


def test_a_line_copied_with_its_choice_counts_as_none(pair: World) -> None:
    identity = disputed(pair)
    sheet = pair.sheets["B"]
    sheet.choose(identity, "sheet")
    sheet.settling = (*sheet.settling, dataclasses.replace(sheet.settling[0], text="store"))
    pair.sync("B")
    assert remarks(pair, "B") == ["choice.twice"]
    assert pair.store.item(identity).outcome == ""  # type: ignore[union-attr]


def test_marks_and_places_follow_a_sort(pair: World) -> None:
    disputed(pair)
    sheet = pair.sheets["B"]
    assert sheet.settling[0].place == "F2"
    sheet.sort("no", reverse=True)
    pair.settle()
    assert sheet.settling[0].place == "F5"
    assert {m.row_id for m in sheet.marked} == {pair.id_of("B", "C001")}


def test_a_medium_without_a_list_gets_none(world: World) -> None:
    world.add("A", customers())
    world.add("B", keeps_list=False)
    world.settle()
    disputed(world)
    assert world.sheets["B"].settling == ()
    assert world.sheets["B"].observe().settling is None


def test_choices_of_an_older_copy_wait_for_the_next_sync(pair: World) -> None:
    identity = disputed(pair)
    sheet = pair.sheets["B"]
    sheet.choose(identity, "sheet")
    copy = sheet.saved()
    sheet.choose(identity, "")
    sheet.set(sheet.find("no", "C004"), "note", "later")
    pair.sync("B")
    sheet.restore(copy)
    pair.sync("B", allowed={"older": None})
    assert pair.store.item(identity).outcome == ""  # type: ignore[union-attr]
    assert pair.shown("B")["C004"]["note"] == "later"


def test_every_cell_of_a_column_that_waits_is_marked(world: World) -> None:
    world.add("A", [{"no": f"C{n:03d}", "name": f"n{n}", "phone": f"p{n}"} for n in range(1, 9)])
    sheet = world.add("B", rule={"rows": {}, "columns": {"*": "write"}})
    world.settle()
    sheet.sort_column("phone", reverse=True)
    world.sync("B")
    (line,) = lines(world, "B")
    assert {(mark.field, mark.why) for mark in sheet.marked} == {("phone", "held")}
    assert len(sheet.marked) == 8
    sheet.choose(line.item, "drop")
    world.settle()
    assert sheet.marked == frozenset()
