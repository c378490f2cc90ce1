"""Every rule that can decide about a cell is told by the very plan that decides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sheetward.cells import MISSING
from sheetward.plan.explain import Explained
from sheetward.plan.why import Why
from sheetward.ports.replica import Mark
from sheetward.sharing import MASK_TEXT


def cells(world: Any, name: str = "A", **options: object) -> dict[tuple[str, str], Explained]:
    """Give what a dry run tells, by number (as it is shown first) and field."""
    report = world.sync(name, is_dry=True, **options)
    explanation = report.plan.explanation
    return {(explanation.key_of(e.row) or e.row, e.field): e for e in explanation.cells()}


def sides(explained: Explained) -> tuple[object, object, object, Why, str]:
    return explained.base, explained.ours, explained.theirs, explained.why, explained.code


def type_into(world: Any, name: str, no: str, field: str, value: object) -> None:
    sheet = world.sheets[name]
    sheet.set(sheet.find("no", no), field, value)


def test_nothing_to_decide_tells_nothing(pair: Any) -> None:
    pair.sheets["A"].save()
    assert not cells(pair)


def test_the_truth_table(pair: Any) -> None:
    type_into(pair, "B", "C001", "note", "theirs")
    type_into(pair, "B", "C002", "note", "both")
    type_into(pair, "B", "C003", "note", "one")
    pair.sync("B")
    type_into(pair, "A", "C002", "note", "both")
    type_into(pair, "A", "C003", "note", "two")
    type_into(pair, "A", "C004", "note", "mine")
    found = cells(pair)
    assert {key: sides(e) for key, e in found.items()} == {
        ("C001", "note"): ("a", "theirs", "a", Why.OURS, ""),
        ("C002", "note"): ("b", "both", "both", Why.CONVERGENT, ""),
        ("C003", "note"): ("c", "one", "two", Why.CONFLICT, "conflict.cell"),
        ("C004", "note"): ("d", "d", "mine", Why.THEIRS, ""),
    }
    assert found["C004", "note"].position == pair.sheets["A"].find("no", "C004")


def test_a_dry_run_tells_what_the_sync_then_does(pair: Any) -> None:
    type_into(pair, "A", "C004", "note", "mine")
    type_into(pair, "B", "C001", "note", "theirs")
    pair.sync("B")
    told = {e.row: e for e in cells(pair).values()}
    report = pair.sync("A")
    assert {row for row, e in told.items() if e.why is Why.THEIRS} == set(report.plan.changes.changed)
    assert {row for row, e in told.items() if e.why is Why.OURS} == {a.row_id for a in report.plan.actions}


def test_a_row_that_waits_is_told_with_its_code(pair: Any) -> None:
    pair.sheets["A"].append({"no": "C001", "name": "别人", "phone": "1"})
    pair.sync("A")
    pair.sheets["A"].save()
    assert sides(cells(pair).popitem()[1])[3:] == (Why.HELD, "key.taken")


def test_what_breaks_a_rule_is_held_and_the_code_says_which(pair: Any) -> None:
    type_into(pair, "A", "C001", "name", "far too long a name")
    assert sides(cells(pair)["C001", "name"])[3:] == (Why.HELD, "field.too_long")
    pair.sync("A")
    type_into(pair, "A", "C002", "note", "x")
    assert cells(pair)["C001", "name"].why is Why.HELD


def test_a_column_sorted_alone_is_told_cell_by_cell(pair: Any) -> None:
    pair.sheets["A"].sort_column("phone", reverse=True)
    found = cells(pair)
    assert {(e.why, e.code) for e in found.values()} == {(Why.HELD, "identity.shifted_column")}
    assert len(found) == 4


def test_rows_that_come_and_go(pair: Any) -> None:
    pair.sheets["A"].append({"no": "K1", "name": "甲", "phone": "9"})
    pair.sheets["A"].delete(pair.sheets["A"].find("no", "C001"))
    pair.sheets["B"].delete(pair.sheets["B"].find("no", "C002"))
    pair.sheets["B"].append({"no": "K2", "name": "乙"})
    pair.sync("B")
    found = cells(pair)
    assert sides(found["K1", "name"]) == (MISSING, MISSING, "甲", Why.NEW_ROW, "")
    assert sides(found["C001", "name"]) == ("张三", "张三", MISSING, Why.DELETED_HERE, "")
    assert sides(found["C002", "name"]) == ("李四", MISSING, "李四", Why.DELETED_THERE, "")
    assert sides(found["K2", "name"]) == (MISSING, "乙", MISSING, Why.APPENDED, "")
    assert ("K1", "note") not in found, "empty cells of whole rows are not told"


def test_a_formula_is_not_overwritten_and_an_error_says_nothing(pair: Any) -> None:
    sheet = pair.sheets["A"]
    sheet.mark(sheet.find("no", "C001"), "note", Mark.FORMULA)
    sheet.mark(sheet.find("no", "C002"), "note", Mark.ERROR)
    sheet.mark(sheet.find("no", "C003"), "note", Mark.UNCACHED)
    type_into(pair, "B", "C001", "note", "new")
    pair.sync("B")
    found = cells(pair)
    assert sides(found["C001", "note"])[3:] == (Why.UNDELIVERED, "undelivered.formula")
    assert sides(found["C002", "note"])[3:] == (Why.REJECTED, "cell.error_value")
    assert sides(found["C003", "note"]) == ("c", "c", None, Why.NO_VALUE, "")


def test_a_key_that_was_lost_with_its_id_is_put_back(pair: Any) -> None:
    sheet = pair.sheets["A"]
    position = sheet.find("no", "C003")
    sheet.set_id(position, "")
    sheet.set(position, "no", None)
    report = pair.sync("A", is_dry=True)
    explanation = report.plan.explanation
    told = explanation.cell(explanation.row_at(position), "no")
    assert sides(told) == ("C003", "C003", None, Why.KEY_KEPT, "")


def test_an_older_copy_repeats(pair: Any) -> None:
    sheet = pair.sheets["A"]
    type_into(pair, "A", "C001", "note", "typed")
    copy = sheet.saved()
    pair.settle()
    type_into(pair, "B", "C001", "note", "later")
    pair.sync("B")
    pair.settle()
    sheet.restore(copy)
    assert cells(pair)["C001", "note"].why is Why.REPEATED


def test_roles_are_told_what_they_may_see(pair: Any) -> None:
    rule = {"rows": {"region": "华东"}, "columns": {"*": "write", "note": "read", "phone": "mask"}}
    pair.add("R", rule=rule)
    pair.sync("R")
    type_into(pair, "R", "C001", "note", "not mine")
    type_into(pair, "R", "C001", "phone", "123")
    type_into(pair, "A", "C003", "region", "华北")
    type_into(pair, "A", "C001", "phone", "13811112222")
    pair.sync("A")
    found = cells(pair, "R")
    assert sides(found["C001", "note"])[3:] == (Why.REJECTED, "share.read_only")
    assert sides(found["C001", "phone"])[:4] == (MASK_TEXT, MASK_TEXT, "123", Why.REJECTED)
    assert sides(found["C003", "name"]) == ("王五", MISSING, "王五", Why.LEFT_VIEW, "")
    assert "13811112222" not in repr(found)
    assert not any(e.row == pair.id_of("A", "C002") for e in found.values()), "a row out of view is not told of"


def test_the_mask_typed_over_is_put_back(pair: Any) -> None:
    type_into(pair, "A", "C001", "note", MASK_TEXT)
    assert cells(pair)["C001", "note"].why is Why.MASKED


def test_a_row_that_may_not_be_deleted_comes_back(pair: Any) -> None:
    pair.add("R", rule={"columns": {"*": "write"}, "delete": False})
    pair.sync("R")
    pair.sheets["R"].delete(pair.sheets["R"].find("no", "C001"))
    assert sides(cells(pair, "R")["C001", "name"])[3:] == (Why.REJECTED, "share.delete")


def test_an_incomplete_reading_decides_nothing_about_what_it_left_out(pair: Any) -> None:
    sheet = pair.sheets["A"]
    sheet.delete(sheet.find("no", "C001"))
    sheet.is_complete = False
    assert cells(pair)["C001", "name"].why is Why.UNSEEN


@pytest.mark.parametrize(
    ("policy", "mine", "theirs"), [("store", "x", "y"), ("longest", "longer", "s"), ("add_up", Decimal(3), Decimal(5))]
)
def test_a_policy_is_named(new_world: Any, policy: str, mine: object, theirs: object) -> None:
    world = new_world()
    name = "amount" if policy == "add_up" else "note"
    world.schema = with_policy(world.schema, name, policy)
    world.add("A", [{"no": "C001", "name": "n", name: Decimal(1) if policy == "add_up" else "start"}])
    world.add("B")
    world.settle()
    type_into(world, "B", "C001", name, theirs)
    world.sync("B")
    type_into(world, "A", "C001", name, mine)
    assert sides(cells(world)["C001", name])[3:] == (Why.POLICY, policy)


def with_policy(schema: Any, name: str, policy: str) -> Any:
    from sheetward_schemas import parse_schema

    from .conftest import SCHEMA_TEXT

    kind = "number" if name == "amount" else "string"
    text = SCHEMA_TEXT.replace(
        f"{{name: {name}, type: {kind}}}", f'{{name: {name}, type: {kind}, "x:merge": {policy}}}'
    )
    changed, mistakes = parse_schema(text, "test")
    assert changed is not None, mistakes
    assert changed.by_name[name].merge_policy == policy
    return changed


@pytest.mark.parametrize("choice", ["accept", "drop"])
def test_a_choice_about_a_held_row_explains_its_cells(pair: Any, choice: str) -> None:
    b = pair.sheets["B"]
    b.append({"no": "K9", "name": "y" * 11})
    pair.sync("B")
    b.choose(pair.store.items()[0].id, choice)
    told = [e for e in pair.sync("B", is_dry=True).plan.explanation.cells() if e.position is not None]
    assert {(e.field, e.why) for e in told} == {("no", Why.CHOSEN), ("name", Why.CHOSEN)}
