"""The clock goes back, by hours or days, between any two things that people do: order and history stay sane."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest


@pytest.fixture(params=[dt.timedelta(hours=3), dt.timedelta(days=40)])
def back(request):
    return request.param


def test_history_keeps_its_order_and_as_of_finds_it(pair, back):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "note", "one")
    pair.sync("A")
    moment = pair.store.log("customers")[0].time
    pair.clock.time -= back
    b.set(b.find("no", "C002"), "note", "two")
    pair.sync("B")
    log = pair.store.log("customers")
    assert [c.number for c in log] == sorted((c.number for c in log), reverse=True)
    assert all(newer.time >= older.time for newer, older in itertools.pairwise(log))
    assert pair.store.commit_at("customers", moment) == log[0].number
    assert pair.store.commit_at("customers", moment - dt.timedelta(seconds=1)) == log[2].number
    assert not pair.store.verify()
    pair.settle()
    assert pair.shown("A") == pair.shown("B") == pair.table()


def test_last_syncs_and_settled_items_are_never_older_than_what_they_follow(pair, back):
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "note", "111")
    b.set(b.find("no", "C001"), "note", "222")
    pair.sync("A")
    (conflict,) = pair.sync("B").conflicts
    synced = pair.store.binding("B").last_sync
    pair.clock.time -= back
    pair.resolve(conflict.id, "store")
    settled = pair.store.item(conflict.id)
    assert settled.closed >= settled.opened
    pair.settle()
    assert pair.store.binding("B").last_sync >= synced
    assert pair.shown("B")["C001"]["note"] == "111"


def test_an_older_copy_is_told_from_its_past_though_the_clock_went_back(pair, back):
    """What was open at the copy, or opened since, is the past, whatever the clock says."""
    a, b = pair.sheets["A"], pair.sheets["B"]
    a.set(a.find("no", "C001"), "note", "111")
    copy = b.saved()
    b.set(b.find("no", "C001"), "note", "222")
    pair.sync("A")
    pair.clock.time -= back
    (conflict,) = pair.sync("B").conflicts
    pair.resolve(conflict.id, "store")
    pair.settle()
    b.restore(copy)
    b.set(b.find("no", "C001"), "note", "222")
    assert not pair.sync("B").conflicts
    pair.settle()
    assert pair.table()["C001"]["note"] == "111"
    assert pair.shown("A") == pair.shown("B") == pair.table()
