"""A changed rule takes columns from a sheet and gives it columns; what a person took out stays out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sheetward.plan.actions import AddColumn, CloseColumn
from sheetward.ports.store import CommitNote
from sheetward.sharing import MASK_TEXT, parse_rule

HIDDEN = {"columns": {"*": "write", "phone": "hide"}}
SHOWN = {"columns": {"*": "write"}}
MASKED = {"columns": {"*": "write", "phone": "mask"}}
READ = {"columns": {"*": "write", "phone": "read"}}


class CutError(Exception):
    """The process dies here."""


def apply(world, rule):
    """Put another rule in force for the sheet B, as `share apply` does."""
    parsed, mistakes = parse_rule(rule, world.schema, {})
    assert parsed is not None, mistakes
    note = CommitNote(world.word(), "admin", world.clock.now(), "share")
    world.named.save_rule("customers", "role-B", parsed.data, note)


def said(report):
    return [notice.code for notice in (*report.observed.notices, *report.plan.notices)] if report.plan else []


def made(world, rule, fields=None):
    rows = [
        {"no": "C001", "name": "张三", "phone": "13800000001", "note": "a"},
        {"no": "C002", "name": "李四", "phone": None, "note": "b"},
    ]
    world.add("A", rows)
    world.add("B", rule=rule, fields=fields)
    world.sync("A")
    world.sync("B")
    world.settle()
    return world


@pytest.fixture
def narrow(world):
    """A whose B is hidden the phone: it has no such column."""
    return made(world, HIDDEN, ("no", "name", "region", "amount", "note"))


@pytest.fixture
def open_(world):
    """B sees everything, in six columns."""
    return made(world, SHOWN)


@pytest.mark.parametrize(("rule", "shown"), [(SHOWN, "13800000001"), (READ, "13800000001"), (MASKED, MASK_TEXT)])
def test_a_column_newly_seen_is_appended_and_filled_in_one_sync(narrow, rule, shown):
    apply(narrow, rule)
    report = narrow.sync("B")
    assert "columns.added" in said(report)
    sheet = narrow.sheets["B"]
    assert sheet.fields[-1] == "phone"
    assert sheet.headers["phone"] == "phone"
    assert narrow.shown("B")["C001"]["phone"] == shown
    assert "phone" not in narrow.shown("B")["C002"]
    narrow.settle()
    assert narrow.shown("A")["C001"]["phone"] == "13800000001"


def test_a_dry_run_shows_the_column_and_adds_none(narrow):
    apply(narrow, SHOWN)
    report = narrow.sync("B", is_dry=True)
    assert AddColumn("phone", "phone") in report.plan.actions
    assert "phone" not in narrow.sheets["B"].fields


def test_a_column_that_a_person_takes_out_stays_out(narrow):
    apply(narrow, SHOWN)
    narrow.sync("B")
    narrow.settle()
    narrow.sheets["B"].delete_column("phone")
    narrow.sync("B")
    narrow.settle()
    assert "phone" not in narrow.sheets["B"].fields
    assert narrow.table()["C001"]["phone"] == "13800000001"
    apply(narrow, READ)
    narrow.sync("B")
    assert "phone" not in narrow.sheets["B"].fields


def test_a_private_column_under_the_label_stays_its_owners(narrow):
    sheet = narrow.sheets["B"]
    sheet.private = ("Phone", "phone2")
    apply(narrow, SHOWN)
    narrow.sync("B")
    assert sheet.headers["phone"] == "phone3"
    narrow.settle()


def test_without_room_it_is_said_and_waits(narrow):
    sheet = narrow.sheets["B"]
    sheet.room = 0
    apply(narrow, SHOWN)
    assert "columns.no_room" in said(narrow.sync("B"))
    sheet.set(sheet.find("no", "C001"), "name", "张三三")
    narrow.sync("B")
    narrow.settle()
    assert "phone" not in sheet.fields
    sheet.room = 1
    sheet.save()
    narrow.sync("B")
    assert narrow.shown("B")["C001"]["phone"] == "13800000001"
    narrow.settle()


@pytest.mark.parametrize("step", ["before_commit", "after_commit", "before_write", "after_write", "before_confirm"])
@pytest.mark.parametrize("edits", [False, True])
@pytest.mark.parametrize("way", ["opens", "closes"])
def test_a_cut_sync_is_finished_by_the_next_one(new_world, step, edits, way):
    world = made(new_world(), *((HIDDEN, ("no", "name", "region", "amount", "note")) if way == "opens" else (SHOWN,)))
    apply(world, SHOWN if way == "opens" else HIDDEN)

    def die(name):
        if name == step:
            raise CutError

    with pytest.raises(CutError):
        world.sync("B", on_step=die)
    sheet = world.sheets["B"]
    if edits:
        sheet.set(sheet.find("no", "C001"), "name", "张三三")
    world.sync("B")
    world.settle()
    assert ("phone" in sheet.fields) == (way == "opens")
    assert world.shown("B")["C001"].get("phone") == ("13800000001" if way == "opens" else None)
    assert world.table()["C001"]["phone"] == "13800000001"
    assert world.table()["C001"]["name"] == ("张三三" if edits else "张三")


def test_a_column_newly_hidden_is_blanked_with_its_header(open_):
    apply(open_, HIDDEN)
    report = open_.sync("B")
    assert CloseColumn("phone", "phone") in report.plan.actions
    assert report.plan.is_purging
    assert "columns.closed" in said(report)
    assert "phone" not in open_.sheets["B"].fields
    assert all(not row.cells.get("phone") for row in open_.sheets["B"].rows)
    sheet = open_.sheets["B"]
    sheet.set(sheet.find("no", "C001"), "name", "张三三")
    assert "columns.lost" not in said(open_.sync("B"))
    open_.settle()
    assert open_.table()["C001"]["phone"] == "13800000001"


def test_a_header_typed_again_is_taken_away_again(open_):
    apply(open_, HIDDEN)
    open_.sync("B")
    sheet = open_.sheets["B"]
    sheet.fields = (*sheet.fields, "phone")
    sheet.set(sheet.find("no", "C001"), "phone", "139")
    report = open_.sync("B")
    assert [item.sheet for item in report.rejected] == ["139"]
    assert "phone" not in sheet.fields
    open_.settle()
    assert open_.table()["C001"]["phone"] == "13800000001"


def test_a_conflict_in_a_column_newly_hidden_is_rejected_and_the_column_goes(open_):
    a, b = open_.sheets["A"], open_.sheets["B"]
    a.set(a.find("no", "C001"), "phone", "111")
    b.set(b.find("no", "C001"), "phone", "222")
    open_.sync("A")
    assert open_.sync("B").conflicts
    apply(open_, HIDDEN)
    open_.sync("B")
    assert "phone" not in b.fields
    assert [(item.code, item.sheet) for item in open_.store.items(binding="b-B")] == [("share.hidden", "222")]
    open_.settle()
    assert open_.table()["C001"]["phone"] == "111"


def test_a_column_in_which_a_held_row_waits_keeps_its_header_until_that_is_settled(open_):
    b = open_.sheets["B"]
    b.append({"name": "a name that is too long", "phone": "222"})
    assert open_.sync("B").held
    apply(open_, HIDDEN)
    report = open_.sync("B")
    assert "phone" in b.fields
    assert "columns.closed" not in said(report)
    assert not b.row(b.find("no", "C001")).cells.get("phone")
    b.set(b.find("phone", "222"), "name", "新人")
    open_.sync("B")
    assert "phone" not in b.fields
    open_.settle()
    assert {row.get("phone") for row in open_.table().values()} == {"13800000001", None}


def test_a_column_closed_and_shown_again_comes_back_with_its_values(open_):
    apply(open_, HIDDEN)
    open_.sync("B")
    apply(open_, SHOWN)
    open_.sync("B")
    assert open_.shown("B")["C001"]["phone"] == "13800000001"
    open_.settle()


def test_older_copies_from_before_the_change_lose_and_get_the_column_too(new_world):
    world = made(new_world(), SHOWN)
    sheet = world.sheets["B"]
    copy = sheet.saved()
    apply(world, HIDDEN)
    world.sync("B")
    world.settle()
    sheet.restore(copy)
    world.sync("B")
    assert "phone" not in sheet.fields
    assert all(not row.cells.get("phone") for row in sheet.rows)
    world.settle()
    copy = sheet.saved()
    apply(world, SHOWN)
    world.sync("B")
    world.settle()
    sheet.restore(copy)
    world.sync("B")
    assert world.shown("B")["C001"]["phone"] == "13800000001"
    world.settle()
    assert world.table()["C001"]["phone"] == "13800000001"


def test_new_rows_and_columns_come_in_one_write(narrow):
    a = narrow.sheets["A"]
    a.append({"name": "新人", "phone": "999"})
    narrow.sync("A")
    apply(narrow, SHOWN)
    narrow.sync("B")
    assert {row.get("phone") for row in narrow.shown("B").values()} == {"13800000001", None, "999"}
    narrow.settle()


def test_an_incomplete_reading_neither_adds_nor_closes(narrow):
    sheet = narrow.sheets["B"]
    sheet.is_complete = False
    apply(narrow, SHOWN)
    narrow.sync("B")
    assert "phone" not in sheet.fields
    sheet.is_complete = True
    sheet.save()
    narrow.sync("B")
    assert "phone" in sheet.fields
    assert replace(sheet.observe(), rows=()).columns["phone"] == "phone"
