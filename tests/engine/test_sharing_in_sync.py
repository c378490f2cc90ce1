"""What sheets of different roles show, and what becomes of what their people type."""

from __future__ import annotations

import pytest
from sheetward.errors import GuardError
from sheetward.merge.items import ItemKind
from sheetward.ports.store import CommitNote
from sheetward.sharing import MASK_TEXT
from sheetward.sheets.memory import MemorySheet
from sheetward.stores.memory import MemoryStore
from sheetward_schemas import parse_schema

from .conftest import SCHEMA_TEXT, World

EAST = {"rows": {"region": "华东"}, "columns": {"*": "write", "note": "read", "phone": "mask", "amount": "hide"}}


@pytest.fixture
def shared(world):
    """A head office that sees all, and a sales sheet that sees the rows of one region."""
    world.add("HQ", [
        {"no": "C001", "name": "张三", "phone": "13800000001", "region": "华东", "note": "a", "amount": None},
        {"no": "C002", "name": "李四", "phone": "13800000002", "region": "华南", "note": "b"},
        {"no": "C003", "name": "王五", "phone": None, "region": "华东", "note": "c"},
    ])  # fmt: skip
    world.add("east", rule=EAST)
    world.sync("HQ")
    world.sync("east")
    world.settle()
    return world


def texts(sheet: MemorySheet) -> str:
    return repr([row.cells for row in sheet.rows])


def test_a_role_gets_its_rows_and_columns_only(shared):
    assert set(shared.shown("east")) == {"C001", "C003"}
    assert shared.shown("east")["C001"]["phone"] == MASK_TEXT
    assert "phone" not in shared.shown("east")["C003"]
    assert "13800000001" not in texts(shared.sheets["east"])


@pytest.mark.parametrize(("name", "typed"), [("note", "mine"), ("phone", "139"), ("amount", "9")])
def test_an_edit_of_what_may_not_be_written_is_rejected_and_put_back(shared, name, typed):
    east = shared.sheets["east"]
    before = shared.table()
    east.set(east.find("no", "C001"), name, typed)
    report = shared.sync("east")
    (rejected,) = report.rejected
    assert rejected.field == name
    assert rejected.sheet == typed
    assert shared.table() == before
    shared.settle()
    assert shared.shown("east")["C001"].get(name) == {"note": "a", "phone": MASK_TEXT}.get(name)


def test_the_mask_is_never_a_value(shared):
    east, hq = shared.sheets["east"], shared.sheets["HQ"]
    east.set(east.find("no", "C001"), "name", MASK_TEXT)
    east.append({"name": "新人", "phone": MASK_TEXT})
    hq.set(hq.find("no", "C002"), "name", MASK_TEXT)
    shared.sync("east")
    shared.sync("HQ")
    shared.settle()
    assert MASK_TEXT not in repr(shared.table())
    assert shared.shown("east")["C001"]["name"] == "张三"
    assert shared.shown("HQ")["C002"]["name"] == "李四"


def test_a_row_without_its_id_is_found_though_the_mask_was_typed_over_what_identifies_it(shared):
    hq = shared.sheets["HQ"]
    at = hq.find("no", "C001")
    hq.set(at, "phone", MASK_TEXT)
    hq.set_id(at, "")
    before = shared.table()
    shared.sync("HQ")
    shared.settle()
    assert shared.table() == before
    assert shared.shown("HQ")["C001"]["phone"] == "13800000001"
    assert not shared.store.items(kind=ItemKind.HELD)


def test_a_new_row_is_not_added_again_by_a_copy_that_holds_what_was_refused_of_it(shared):
    east = shared.sheets["east"]
    east.append({"name": "新人", "region": "华东", "note": "refused", "amount": "9"})
    copy = east.saved()
    shared.sync("east")
    east.restore(copy)
    shared.sync("east")
    shared.settle()
    assert [row["name"] for row in shared.table().values()].count("新人") == 1
    assert [row["name"] for row in shared.shown("east").values()].count("新人") == 1


def test_a_new_row_gets_the_rule_s_values_and_its_masked_cell_is_masked(shared):
    east = shared.sheets["east"]
    at = east.append({"name": "新人", "phone": "13800000055", "note": "refused"})
    report = shared.sync("east")
    assert [r.field for r in report.rejected] == ["note"]
    shared.settle()
    assert shared.table()["C004"] == {"no": "C004", "name": "新人", "phone": "13800000055", "region": "华东"}
    assert east.row(at).cells["phone"] == MASK_TEXT


def test_a_row_outside_the_view_and_a_taken_hidden_number_get_the_same_answer_as_any(shared):
    east = shared.sheets["east"]
    east.append({"name": "外地", "region": "华北"})
    east.append({"no": "C002", "name": "李四", "phone": "13800000002"})
    held = {h.code for h in shared.sync("east").held}
    assert held == {"share.outside_view", "key.taken"}
    assert len(shared.table()) == 3


def test_a_deletion_without_the_right_brings_the_row_back(shared):
    east = shared.sheets["east"]
    east.delete(east.find("no", "C003"))
    report = shared.sync("east")
    assert [r.code for r in report.rejected] == ["share.delete"]
    shared.settle()
    assert "C003" in shared.table()
    assert "C003" in shared.shown("east")


def test_moving_a_row_out_of_view_needs_the_right_to(shared):
    east = shared.sheets["east"]
    east.set(east.find("no", "C001"), "region", "华南")
    report = shared.sync("east")
    assert [r.code for r in report.rejected] == ["share.move_out"]
    shared.settle()
    assert shared.shown("east")["C001"]["region"] == "华东"


def test_a_row_that_left_the_view_leaves_the_sheet_and_an_edit_to_it_waits_for_an_administrator(shared):
    east, hq = shared.sheets["east"], shared.sheets["HQ"]
    hq.set(hq.find("no", "C001"), "region", "华南")
    hq.set(hq.find("no", "C003"), "region", "华南")
    shared.sync("HQ")
    east.set(east.find("no", "C001"), "name", "张三丰")
    report = shared.sync("east")
    (conflict,) = report.conflicts
    assert conflict.code == "conflict.left_view"
    assert conflict.row_cells == {"name": "张三丰"}
    shared.settle()
    assert shared.shown("east") == {}
    shared.resolve(conflict.id, "sheet")
    shared.settle()
    assert shared.table()["C001"]["name"] == "张三丰"
    assert not shared.store.items(kind=ItemKind.CONFLICT)


@pytest.mark.parametrize("narrowed", ["row", "column"])
@pytest.mark.parametrize("typed", ["张三丰", "这个名字实在是太长太长太长了"])
def test_settling_shows_no_newer_value_of_a_cell_that_left_the_view(shared, typed, narrowed):
    east, hq = shared.sheets["east"], shared.sheets["HQ"]
    hq.set(hq.find("no", "C001"), "name", "甲")
    shared.sync("HQ")
    east.set(east.find("no", "C001"), "name", typed)
    report = shared.sync("east")
    (waiting,) = report.conflicts or report.held
    hq.set(hq.find("no", "C001"), "name", "不可见")
    if narrowed == "row":
        hq.set(hq.find("no", "C001"), "region", "华南")
    else:
        rule = {**EAST, "columns": {**EAST["columns"], "name": "hide"}}
        shared.store.save_rule(
            "customers", "role-east", rule, CommitNote(shared.word(), "admin", shared.clock.now(), "share")
        )
    shared.sync("HQ")
    with pytest.raises(GuardError) as refused:
        if waiting.kind is ItemKind.CONFLICT:
            shared.resolve(waiting.id, "sheet")
        else:
            shared.accept(waiting.id)
    assert (refused.value.code, refused.value.facts["name"]) == ("item.out_of_view", "east")
    assert "不可见" not in repr(shared.store.items(binding="b-east", is_open=None))
    shared.sync("east")
    assert "不可见" not in repr(shared.store.items(binding="b-east", is_open=None))
    kept = shared.store.items(binding="b-east")
    assert typed in repr([item for item in kept if item.id != waiting.id])
    assert shared.table()["C001"]["name"] == "不可见"


def test_a_conflict_shows_no_cell_that_its_reader_may_not_see(shared):
    east, hq = shared.sheets["east"], shared.sheets["HQ"]
    hq.set(hq.find("no", "C001"), "phone", "13811112222")
    shared.sync("HQ")
    taken = east.find("no", "C001")
    east.set(taken, "phone", "999")
    report = shared.sync("east")
    assert not report.conflicts
    assert "13811112222" not in repr(report.rejected)
    shared.settle()
    assert "13811112222" not in texts(east)


def test_a_row_is_not_deleted_with_a_hidden_change_while_a_write_is_not_known_to_have_arrived(world):
    world.add("A", [{"no": f"C00{n}", "name": f"n{n}", "note": "old"} for n in range(1, 5)])
    world.add("B", rule={"columns": {"*": "write", "note": "hide"}, "delete": True})
    world.settle()
    a, b = world.sheets["A"], world.sheets["B"]
    a.set(a.find("no", "C001"), "note", "newer")
    a.set(a.find("no", "C002"), "name", "newer")
    world.sync("A")

    def cut(step):
        if step == "before_write":
            raise ConnectionError

    with pytest.raises(ConnectionError):
        world.sync("B", on_step=cut)
    b.delete(b.find("no", "C001"))
    world.sync("B")
    (conflict,) = world.store.items(kind=ItemKind.CONFLICT)
    assert conflict.code == "conflict.delete_modify"
    assert "newer" not in repr(conflict)
    assert world.table()["C001"]["note"] == "newer"


@pytest.mark.parametrize(
    ("typed", "waits"),
    [("123", ["rule.region"]), ("+49 30 901820", []), ("+86 138 0013 8000", []), ("+86 12", ["rule.region"])],
)
def test_a_phone_number_that_a_hidden_country_reads_asks_for_its_country_code(typed, waits):
    schema, mistakes = parse_schema(
        SCHEMA_TEXT.replace(
            "{name: phone, type: string}",
            '{name: phone, type: string, "x:format": {kind: phone, regionFrom: region, defaultRegion: CN}}',
        ),
        "test",
    )
    assert schema is not None, mistakes
    world = World(schema, MemoryStore("epoch-1"))
    world.add("A", [{"no": "C001", "name": "n", "phone": None, "region": "DE"}])
    world.add("B", rule={"columns": {"*": "write", "region": "hide"}})
    world.settle()
    b = world.sheets["B"]
    b.set(b.find("no", "C001"), "phone", typed)
    world.settle()
    assert [item.code for item in world.store.items()] == waits
    assert "DE" not in str([item.facts for item in world.store.items()])
    assert (world.table()["C001"].get("phone") is None) == bool(waits)
