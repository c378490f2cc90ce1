"""A sheet without a place for a stamp: the content of an earlier write is an older copy, anything else an edit of the last."""

from __future__ import annotations

import pytest

from .conftest import customers


@pytest.fixture
def csv(world):
    """A sheet with a stamp, B without one, in step; B was written twice."""
    world.add("A", customers())
    world.add("B", keeps_stamp=False)
    world.settle()
    a = world.sheets["A"]
    a.set(a.find("no", "C004"), "note", "written")
    world.settle()
    return world


def codes(report):
    return [notice.code for notice in report.plan.notices]


def bring(world, no, value):
    a = world.sheets["A"]
    a.set(a.find("no", no), "note", value)
    world.sync("A")
    world.sync("B")


def test_the_content_of_an_earlier_write_is_an_older_copy(csv):
    b = csv.sheets["B"]
    copy = b.saved()
    bring(csv, "C001", "since")
    b.set(b.find("no", "C002"), "note", "typed since")
    csv.sync("B")
    bring(csv, "C003", "since too")
    b.restore(copy)
    report = csv.sync("B")
    assert "sync.older" in codes(report)
    assert report.plan.to_store == 0
    csv.settle()
    assert [csv.table()[no]["note"] for no in ("C001", "C002", "C003")] == ["since", "typed since", "since too"]
    assert csv.shown("A") == csv.shown("B") == csv.table()


def test_an_earlier_content_that_was_edited_is_an_edit_of_the_last_write(csv):
    b = csv.sheets["B"]
    copy = b.saved()
    bring(csv, "C001", "since")
    b.restore(copy)
    b.set(b.find("no", "C002"), "note", "typed")
    report = csv.sync("B")
    assert "sync.older" not in codes(report)
    csv.settle()
    assert csv.table()["C002"]["note"] == "typed"
    assert csv.table()["C001"]["note"] == "a"


def test_a_value_typed_and_typed_back_is_an_edit(csv):
    """The content is that of the last write then, and nobody wrote since."""
    b = csv.sheets["B"]
    at = b.find("no", "C001")
    for value in ("x", "a", "x", "a"):
        b.set(at, "note", value)
        assert "sync.older" not in codes(csv.sync("B"))
        assert csv.table()["C001"]["note"] == value


def test_a_copy_from_before_a_write_whose_end_was_cut_is_older_too(csv):
    b = csv.sheets["B"]
    copy = b.saved()
    a = csv.sheets["A"]
    a.set(a.find("no", "C001"), "note", "since")
    csv.sync("A")

    def die(step):
        if step == "before_confirm":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        csv.sync("B", on_step=die)
    csv.sync("B")
    b.restore(copy)
    assert "sync.older" in codes(csv.sync("B"))
    csv.settle()
    assert csv.table()["C001"]["note"] == "since"
    assert csv.shown("B") == csv.table()
