"""When a watched file is due: the table in `sheetward.app.watching`, line by line."""

from __future__ import annotations

from dataclasses import replace

from sheetward.app.watching import PAUSE_S, SETTLED_S, Look, Watched
from sheetward.xlsx.closed import FileMark

MARK = FileMark(100, 1, 1, 1)
LOOK = Look(MARK)
SYNCED = Watched().looked(LOOK, 0.0).synced(0.0)


def test_a_file_that_was_never_synced_is_due_at_once() -> None:
    assert not Watched().is_due(0)
    assert Watched().looked(LOOK, 0).is_due(0)
    assert Watched().looked(Look(), 0).is_due(0)  # what is missing is said by the sync


def test_an_open_file_and_a_placeholder_are_never_due() -> None:
    for look in (replace(LOOK, owner=""), replace(LOOK, owner="Anna"), Look(is_placeholder=True)):
        assert not Watched().looked(look, 0).is_due(1000)
        assert not SYNCED.looked(look, 5).is_due(1000)


def test_a_file_that_looks_as_it_did_is_not_due() -> None:
    assert not SYNCED.looked(LOOK, 5).is_due(1000)


def test_a_changed_file_is_due_once_it_rests() -> None:
    watched = SYNCED
    for moment in range(5):  # saved again and again
        watched = watched.looked(Look(replace(MARK, mtime_ns=10 + moment)), moment)
        assert not watched.is_due(moment)
    assert not watched.looked(Look(replace(MARK, mtime_ns=14)), 4.5).is_due(4 + SETTLED_S / 2)
    assert watched.looked(Look(replace(MARK, mtime_ns=14)), 4.5).is_due(4 + SETTLED_S)


def test_another_file_of_the_same_time_and_size_is_a_change() -> None:
    assert SYNCED.looked(Look(replace(MARK, file_id=9)), 5).is_due(5 + SETTLED_S)


def test_news_of_the_store_are_due_at_once_and_only_once() -> None:
    news = replace(LOOK, waiting=(("a", 7),))
    watched = SYNCED.looked(news, 5)
    assert watched.is_due(5)
    assert not watched.synced(5).looked(news, 6).is_due(1000)  # a guard keeps it waiting
    assert watched.synced(5).looked(replace(LOOK, waiting=(("a", 8),)), 6).is_due(6)


def test_a_passing_trouble_is_tried_again_at_growing_intervals() -> None:
    watched, now, pauses = SYNCED, 0.0, []
    for _ in range(12):
        watched = watched.synced(now, is_passing=True).looked(LOOK, now)
        assert watched.retry_at is not None
        assert not watched.is_due(watched.retry_at - 0.01)
        assert watched.is_due(watched.retry_at)
        pauses.append(watched.retry_at - now)
        now = watched.retry_at
    assert pauses[:3] == [PAUSE_S[0], 2 * PAUSE_S[0], 4 * PAUSE_S[0]]
    assert pauses[-1] == PAUSE_S[1]
    assert not watched.synced(now).looked(LOOK, now).is_due(now + 10_000)
