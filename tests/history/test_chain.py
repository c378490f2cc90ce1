"""The hash chain: every part of a commit is covered, cells only through keyed digests."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sheetward.cells import Typed
from sheetward.diff import Changeset
from sheetward.history.chain import Digests, commit_hash, digests, moment_text
from sheetward.table import RowId

A, B = RowId("row-a"), RowId("row-b")
NOON = dt.datetime(2024, 3, 5, 12, tzinfo=dt.UTC)
CHANGES = Changeset({A: {"name": "王芳"}}, {RowId("row-c"): {"name": "x"}}, {B: {"phone": ("1", Decimal(2))}})
HEAD: dict[str, object] = {
    "table": "customers",
    "number": 3,
    "sync_id": "s",
    "author": "a",
    "editor": None,
    "time": NOON,
    "source": "sync",
    "reason": "",
    "binding": "b1",
    "changes": 3,
    "parent": "p",
}


def hashed(rows: Digests, **other: object) -> str:
    return commit_hash(**{**HEAD, **other}, rows=rows)  # type: ignore[arg-type]


def test_the_hash_is_the_same_whatever_the_order_of_rows_and_the_zone_of_the_time() -> None:
    rows = digests(b"k", "customers", 3, CHANGES)
    shifted = NOON.astimezone(dt.timezone(dt.timedelta(hours=8)))
    assert hashed(dict(reversed(rows.items())), time=shifted) == hashed(rows)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("table", "orders"),
        ("number", 4),
        ("sync_id", "t"),
        ("author", "b"),
        ("editor", ""),
        ("time", NOON + dt.timedelta(microseconds=1)),
        ("source", "import"),
        ("reason", "r"),
        ("binding", None),
        ("changes", 4),
        ("parent", "q"),
        ("run", "r"),
    ],
)
def test_the_hash_covers_every_part(part: str, value: object) -> None:
    rows = digests(b"k", "customers", 3, CHANGES)
    assert hashed(rows, **{part: value}) != hashed(rows)


def test_a_commit_without_a_run_has_the_hash_it_had_before_there_were_runs() -> None:
    assert hashed({}) == "9546f146078c6f1ad145b00ceb0e7e16a98c6c04635592037c8973e4bfe84ff0"


@pytest.mark.parametrize(
    "other",
    [
        Changeset({A: {"name": "王方"}}, CHANGES.removed, CHANGES.changed),
        Changeset({A: {"name": Typed("王芳", " 王芳")}}, CHANGES.removed, CHANGES.changed),
        Changeset(CHANGES.removed, CHANGES.added, CHANGES.changed),
        Changeset(CHANGES.added, CHANGES.removed, {B: {"phone": (Decimal(2), "1")}}),
        Changeset(CHANGES.added, CHANGES.removed, {B: {"phone": ("1", "2")}}),
        Changeset(CHANGES.added, CHANGES.removed, {B: {"mobile": ("1", Decimal(2))}}),
        Changeset(CHANGES.added, CHANGES.removed),
    ],
)
def test_the_hash_covers_every_cell(other: Changeset) -> None:
    assert hashed(digests(b"k", "customers", 3, other)) != hashed(digests(b"k", "customers", 3, CHANGES))


def test_a_person_can_be_erased_and_the_chain_still_verifies() -> None:
    before = digests(b"k", "customers", 3, CHANGES)
    kept = {A: before[A]}
    without_the_person = Changeset({}, CHANGES.removed, CHANGES.changed)
    assert hashed({**digests(b"k", "customers", 3, without_the_person), **kept}) == hashed(before)


def test_a_digest_tells_nothing_without_the_key_and_does_not_link_commits() -> None:
    one = digests(b"k", "customers", 3, CHANGES)[A]
    assert one != digests(b"other", "customers", 3, CHANGES)[A]
    assert one != digests(b"k", "customers", 4, CHANGES)[A]
    assert "王芳" not in one[1]


def test_moments_sort_as_their_texts_do() -> None:
    moments = [NOON, NOON + dt.timedelta(microseconds=1), NOON + dt.timedelta(seconds=1), NOON + dt.timedelta(days=400)]
    assert sorted(map(moment_text, reversed(moments))) == list(map(moment_text, moments))
