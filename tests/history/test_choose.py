"""Which commits a restore, an undo and a listing take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from sheetward.diff import Changeset
from sheetward.errors import UserError
from sheetward.history.choose import by_person, by_run, by_sheet, last_to_undo, listed, undo_sync_id, unseen_by
from sheetward.history.moment import as_moment, as_point
from sheetward.history.narrate import difference, row_story
from sheetward.ports.store import Commit
from sheetward.table import RowId

Told = list[tuple[Commit, Changeset]]
SHANGHAI = dt.timezone(dt.timedelta(hours=8))


@pytest.fixture
def told(teller: Callable[..., Told]) -> Told:
    return teller(
        ("a", {"r": {"name": "1"}, "s": {"name": "1"}}),
        ("b", {"r": {"name": "2", "phone": "5"}, "s": {"name": "1"}}),
        ("a", {"r": {"name": "2", "phone": "5"}}),
        ("a", {"r": {"name": "2"}, "q": {"name": "3"}}),
    )


@pytest.fixture
def log(told: Told) -> list[Commit]:
    return [entry for entry, _ in reversed(told)]


def numbers(entries: list[Commit]) -> list[int]:
    return [entry.number for entry in entries]


def test_a_person_is_who_ran_it_or_who_edited(log: list[Commit]) -> None:
    log[0] = replace(log[0], author="robot", editor="b")
    assert numbers(list(by_person(log, "b"))) == [4, 2]
    assert numbers(list(by_person(log, "a", since=log[2].time))) == [3]
    assert numbers(list(by_person(log, "a", until=log[1].time))) == [3, 1]


def test_a_sheet_is_its_binding(log: list[Commit]) -> None:
    assert numbers(list(by_sheet(log, "of-a", after=1))) == [4, 3]
    assert numbers(list(listed(log, binding="of-a", since=log[1].time))) == [4, 3]
    assert numbers(list(listed(log, by="b"))) == [2]
    assert numbers(list(listed(log))) == [4, 3, 2, 1]


def test_unseen_is_what_others_did_since_i_looked_or_since_my_last_commit(log: list[Commit]) -> None:
    assert numbers(list(unseen_by(log, "b", {}))) == [4, 3]
    assert numbers(list(unseen_by(log, "a", {}))) == []
    assert numbers(list(unseen_by(log, "a", {log[0].table: 1}))) == [2]
    assert numbers(list(unseen_by(log, "c", {}))) == [4, 3, 2, 1]
    assert numbers(list(unseen_by(log, "c", {log[0].table: 3}))) == [4]


def test_undo_takes_the_last_sync_of_mine_then_the_one_before(log: list[Commit]) -> None:
    log.insert(0, replace(log[0], number=5, author="b"))
    log.insert(0, replace(log[0], number=6, author="a", source="import"))
    [first] = last_to_undo(log, "a")
    assert first.number == 4
    log.insert(0, replace(first, number=7, source="restore", sync_id=undo_sync_id(first)))
    assert numbers(list(last_to_undo(log, "a"))) == [3]
    assert last_to_undo(log, "nobody") == []


def test_a_run_is_undone_as_a_whole_and_a_table_that_was_left_out_by_a_crash_still_is(log: list[Commit]) -> None:
    log[:2] = [replace(entry, run="run-a", author="a") for entry in log[:2]]
    log.insert(0, replace(log[0], table="orders", number=1))
    assert [entry.id for entry in last_to_undo(log, "a")] == ["orders:1", *(entry.id for entry in log[1:3])]
    log.insert(0, replace(log[1], number=5, source="restore", run="run-b", sync_id=undo_sync_id(log[1])))
    assert [entry.id for entry in last_to_undo(log, "a")] == ["orders:1"]
    log.insert(0, replace(log[1], number=2, source="restore", run="run-b", sync_id=undo_sync_id(log[1])))
    assert numbers(list(last_to_undo(log, "a"))) == [1]
    assert by_run(log, "run-b") == log[:2]
    assert by_run(log, "") == []


def test_the_story_of_a_row_is_told_newest_first(told: Told) -> None:
    story = row_story(told, RowId("r"))
    assert [(part.by.number, part.happening, dict(part.cells)) for part in story] == [
        (4, "changed", {"phone": ("5", None)}),
        (2, "changed", {"name": ("1", "2"), "phone": (None, "5")}),
        (1, "added", {"name": (None, "1")}),
    ]
    assert [(part.by.number, part.happening) for part in row_story(told, RowId("s"))] == [(3, "removed"), (1, "added")]
    assert list(row_story(told, RowId("x"))) == []


def test_a_difference_names_who_did_it_last_and_leaves_out_what_ended_where_it_began(told: Told) -> None:
    found = difference(told[1:])
    assert [(part.row, part.field, part.happening, part.old, part.new, part.by.number) for part in found] == [
        ("q", None, "added", None, None, 4),
        ("s", None, "removed", None, None, 3),
        ("r", "name", "changed", "1", "2", 2),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("orders:3", 3),
        ("2024-03-05", dt.datetime(2024, 3, 5, 23, 59, 59, 999999, tzinfo=SHANGHAI)),
        ("2024-03-05 08:30", dt.datetime(2024, 3, 5, 8, 30, tzinfo=SHANGHAI)),
        ("2024-03-05T08:30:00Z", dt.datetime(2024, 3, 5, 8, 30, tzinfo=dt.UTC)),
    ],
)
def test_a_point_in_history(text: str, expected: int | dt.datetime) -> None:
    assert as_point(text, "orders", SHANGHAI) == expected


def test_a_day_begins_where_a_beginning_is_meant() -> None:
    begin = as_moment("2024-03-05", SHANGHAI, day_ends=False)
    assert begin == dt.datetime(2024, 3, 5, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "code"), [("customers:3", "history.other_table"), ("gestern", "history.when"), ("", "history.when")]
)
def test_what_is_no_point_in_history(text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        as_point(text, "orders", SHANGHAI)
    assert caught.value.code == code
