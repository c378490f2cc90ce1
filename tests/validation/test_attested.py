"""What people say about values: matched by row, field and value, under whatever name a field has today. Times: UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from sheetward.cells import Typed
from sheetward.ports.store import CommitNote, SchemaStep, Transaction
from sheetward.stores.memory import MemoryStore
from sheetward.stores.named import NamedStore
from sheetward.table import RowId
from sheetward.validation import Finding
from sheetward.validation.attested import Attestation, Word, digest_of, subject_id, subject_of, waivers_in_force
from sheetward.validation.freshness import Freshness, end_of, freshness, stale_rows
from sheetward_schemas import parse_schema

NOON = dt.datetime(2024, 3, 5, 12, tzinfo=dt.UTC)
DAY = NOON.date()
ROW = RowId("row1")
WAIVER = Attestation(Word.WAIVED, ROW, "phone", "d", "李", NOON, DAY, "phone.length", "分机", until=dt.date(2024, 4, 1))


def test_a_digest_is_of_values_and_not_of_their_spelling() -> None:
    assert digest_of([Typed("13800138000", "138 0013 8000")]) == digest_of(["13800138000"])
    assert digest_of([Decimal(1)]) != digest_of(["1"])
    assert digest_of(["a", None]) != digest_of([None, "a"])


def test_a_finding_keeps_its_id_while_its_values_stay() -> None:
    finding = Finding(5, "phone", "phone.length", "error", "1234", ("phone", "country"))
    first = subject_id(subject_of(finding, ROW, {"phone": "1234", "country": "CN", "remark": "x"}))
    moved = subject_id(subject_of(replace(finding, row=9), ROW, {"phone": "1234", "country": "CN", "remark": "y"}))
    abroad = subject_id(subject_of(finding, ROW, {"phone": "1234", "country": "DE"}))
    assert first == moved
    assert first != abroad


@pytest.mark.parametrize(
    ("said", "today", "holds"),
    [
        ([WAIVER], DAY, True),
        ([WAIVER], dt.date(2024, 4, 1), True),
        ([WAIVER], dt.date(2024, 4, 2), False),
        ([replace(WAIVER, until=None)], dt.date(2124, 4, 2), True),
        ([WAIVER, replace(WAIVER, word=Word.REVOKED, until=None)], DAY, False),
        ([WAIVER, replace(WAIVER, word=Word.REVOKED, until=None), WAIVER], DAY, True),
        ([WAIVER, replace(WAIVER, word=Word.CONFIRMED)], DAY, True),
    ],
)
def test_the_last_word_holds_until_its_day(said: list[Attestation], today: dt.date, holds: bool) -> None:
    assert bool(waivers_in_force(said, today)) is holds


def test_what_was_said_about_a_field_follows_its_new_name() -> None:
    store = MemoryStore("life")

    def version(number: int, fields: list[str], former: dict[str, str]) -> None:
        note = CommitNote(f"s-{number}", "a", NOON, "schema")
        data = {"fields": [{"name": name} for name in fields]}
        NamedStore(store).apply(Transaction("t", 0, note, schema=SchemaStep(number, data, former)))

    version(0, ["phone"], {})
    NamedStore(store).attest("t", [WAIVER])
    version(1, ["mobile"], {"mobile": "phone"})
    assert [one.field for one in NamedStore(store).attestations("t")] == ["mobile"]
    assert store.attestations("t") == [WAIVER]


def test_an_entry_comes_back_as_it_was_written() -> None:
    assert Attestation.read(WAIVER.spelt()) == WAIVER


@pytest.mark.parametrize(
    ("span", "end"),
    [
        ("1 day", "2024-02-01"),
        ("2 weeks", "2024-02-14"),
        ("1 month", "2024-02-29"),
        ("13 months", "2025-02-28"),
        ("1 year", "2025-01-31"),
    ],
)
def test_a_span_ends_on_a_day_that_exists(span: str, end: str) -> None:
    start = dt.date(2024, 1, 31)
    last = dt.date.fromisoformat(end)
    assert end_of(start, span) == last
    assert freshness(start, span, last) is (Freshness.FRESH if start == last else Freshness.DUE)
    assert freshness(start, span, last + dt.timedelta(days=1)) is Freshness.STALE


def test_a_row_counts_from_its_latest_date_and_without_any_nothing_is_said() -> None:
    schema, mistakes = parse_schema(
        "{name: t, x:stale: {after: 1 year, since: [seen, made]}, fields: [{name: made, type: date}, {name: seen, type: date}]}",
        "t",
    )
    assert schema is not None, mistakes
    old, new = dt.date(2020, 1, 1), dt.date(2024, 1, 1)
    rows: list[tuple[str | int, tuple[dt.date | None, dt.date | None]]] = [
        (2, (old, new)),
        (3, (old, None)),
        (4, (None, None)),
        (5, (new, old)),
    ]
    found = stale_rows(schema, ("made", "seen"), rows, DAY)
    assert [(f.row, f.field, f.code) for f in found] == [(3, "made", "record.stale")]
