"""Ids and contents that contradict each other: sorts that left the ids behind, keys that belong to others."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheetward.cells import Cell
from sheetward.merge.alignment import Alignment, aligned_rows
from sheetward.merge.likeness import Keys
from sheetward.table import Row, RowId

KEYS = Keys(0, (2,))
COUNT = 10


@dataclass(frozen=True)
class Seen:
    """An observed row."""

    position: int
    row_id: str
    cells: Row


def customer(number: int) -> Row:
    return (f"C{number}", f"name{number}", f"phone{number}", "east" if number % 2 else "west", f"note{number}")


def shown() -> dict[RowId, Row]:
    return {RowId(f"r{n}"): customer(n) for n in range(COUNT)}


def edited(cells: Row, **new: Cell) -> Row:
    line = list(cells)
    for place, cell in new.items():
        line[int(place[1:])] = cell
    return tuple(line)


def aligned(rows: dict[str, Row], keys: Keys = KEYS, base: dict[RowId, Row] | None = None) -> Alignment:
    was = shown() if base is None else base
    known = {i: Seen(n, i, rows.get(i, cells)) for n, (i, cells) in enumerate(was.items(), 2)}
    return aligned_rows(known, was, keys)


def moves(rows: dict[str, Row], keys: Keys = KEYS) -> dict[str, str]:
    found = aligned(rows, keys)
    assert not found.unclear
    return {str(a): str(b) for a, b in found.moves.items()}


def test_a_sort_of_all_rows_is_realigned() -> None:
    turned = {f"r{n}": customer(COUNT - 1 - n) for n in range(COUNT)}
    assert moves(turned) == {f"r{n}": f"r{COUNT - 1 - n}" for n in range(COUNT)}


def test_one_row_alone_is_never_a_sort() -> None:
    assert not aligned({"r1": customer(2)}).moves


def test_two_rows_that_change_places_are_one() -> None:
    assert moves({"r1": customer(2), "r2": customer(1)}) == {"r1": "r2", "r2": "r1"}


@pytest.mark.parametrize(("edits", "is_sort"), [(1, True), (2, False)])
def test_60_percent_of_the_changed_rows_must_fit_elsewhere(edits: int, is_sort: bool) -> None:
    rows = {"r1": edited(customer(2), p0=None), "r2": edited(customer(1), p0=None)}
    rows |= {f"r{n}": edited(customer(n), p4="x") for n in range(3, 3 + edits)}
    found = aligned(rows)
    assert bool(found.moves) is is_sort


def test_a_row_that_fits_its_own_id_as_well_stays() -> None:
    same = {RowId("r1"): ("C1", "a", "b", "c", "d"), RowId("r2"): ("C2", "a", "b", "c", "e")}
    half = {"r1": ("C1", "a", "b", "c", "e"), "r2": ("C2", "a", "b", "c", "d")}
    assert not aligned(half, base=same).moves


def test_the_key_breaks_a_tie() -> None:
    base: dict[RowId, Row] = {RowId(f"r{n}"): (f"C{n}", "n", f"p{n % 2}", "x", None) for n in range(4)}
    turned = {"r0": base[RowId("r1")], "r1": base[RowId("r0")], "r2": base[RowId("r3")], "r3": base[RowId("r2")]}
    turned = {i: edited(cells, p4="z") for i, cells in turned.items()}
    assert aligned(turned, base=base).moves == {"r0": "r1", "r1": "r0", "r2": "r3", "r3": "r2"}


def test_a_sort_with_an_edit_in_one_row_is_still_realigned() -> None:
    turned = {f"r{n}": customer(COUNT - 1 - n) for n in range(COUNT)}
    turned["r3"] = edited(turned["r3"], p4="edited")
    assert moves(turned)["r3"] == "r6"


def test_a_row_edited_beyond_recognition_within_a_sort_gets_the_place_that_is_left() -> None:
    turned = {f"r{n}": customer(COUNT - 1 - n) for n in range(COUNT)}
    turned["r3"] = edited(turned["r3"], p0="K", p1="new", p2="new")
    assert moves(turned)["r3"] == "r6"


def test_a_row_that_is_gone_and_one_that_stands_twice_stop_the_sync() -> None:
    turned = {f"r{n}": customer(COUNT - 1 - n) for n in range(COUNT)}
    turned["r3"] = customer(0)
    assert len(aligned(turned).unclear) >= 2


def test_a_row_whose_other_cells_fit_its_id_had_its_key_edited() -> None:
    assert not moves({"r1": edited(customer(1), p0="C2"), "r2": edited(customer(2), p0="C1")})


def test_renumbering_all_rows_is_an_edit_of_their_keys() -> None:
    assert not moves({f"r{n}": edited(customer(n), p0=f"C{n + 1}") for n in range(COUNT)})


def test_rows_that_fit_the_row_of_their_key_are_realigned_though_most_others_were_edited() -> None:
    rows = {f"r{n}": edited(customer(n), p4="x") for n in range(3, COUNT)}
    assert moves({**rows, "r1": customer(2), "r2": customer(1)}) == {"r1": "r2", "r2": "r1"}


def test_one_row_left_over_is_an_edit() -> None:
    found = aligned({"r1": customer(2)})
    assert (found.moves, found.unclear) == ({}, frozenset())


def test_two_rows_left_over_stop_the_sync() -> None:
    rows = {"r1": customer(3), "r2": customer(4)}
    assert aligned(rows).unclear == {"r1", "r2"}


def test_rows_that_changed_places_while_one_of_them_stands_twice_are_no_permutation() -> None:
    rows = {f"r{n}": edited(customer(n), p4="x") for n in (0, 3, 4, 6, 7, 8)}
    found = aligned({**rows, "r1": customer(2), "r2": customer(1), "r5": customer(1)})
    assert (found.moves, found.unclear) == ({}, {"r1", "r2", "r5"})


def test_rows_that_fit_neither_are_left_over() -> None:
    strange = ("x", "y", "z", "w")
    rows = {"r1": ("C3", *strange), "r2": ("C4", *strange)}
    assert aligned(rows).unclear == {"r1", "r2"}
    assert not aligned({"r1": ("C3", *strange)}).unclear


def test_a_new_number_contradicts_nobody() -> None:
    assert not aligned({"r1": ("K1", "x", "y", "z", "w"), "r2": ("K2", "x", "y", "z", "w")}).unclear


def test_rows_that_have_nothing_but_a_number_change_it() -> None:
    base: dict[RowId, Row] = {RowId("r1"): ("C1", None), RowId("r2"): ("C2", None)}
    found = aligned({"r1": ("C2", None), "r2": ("C1", None)}, Keys(0), base)
    assert not found.unclear


VALUES = st.sampled_from([None, "a", "b", "c"])
TABLES = st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=2, max_size=9)


@settings(max_examples=400, deadline=None)
@given(TABLES, st.randoms(use_true_random=False), st.booleans())
def test_contents_that_only_changed_places_change_nobody(rows: list[Row], random, has_keys: bool) -> None:  # type: ignore[no-untyped-def]
    """Whatever the rows hold, twins and blanks among them: after a sort without ids nobody has another one's cells."""
    base = {RowId(f"r{n}"): ((f"C{n}" if has_keys else None), *cells) for n, cells in enumerate(rows)}
    base = {i: cells for i, cells in base.items() if any(cell is not None for cell in cells)}
    contents = list(base.values())
    random.shuffle(contents)
    known = {i: Seen(n, i, cells) for n, (i, cells) in enumerate(zip(base, contents, strict=True), 2)}
    found = aligned_rows(known, base, Keys(0))
    assert not found.unclear
    rows_now = dict(known) | {target: known[borne] for borne, target in found.moves.items()}
    assert {i: seen.cells for i, seen in rows_now.items()} == base


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 4), st.integers(1, 4))
def test_a_sort_with_edits_gives_those_edits_or_stops(random, edits: int, place: int) -> None:  # type: ignore[no-untyped-def]
    """Rows with telling values: what is realigned differs from what was shown by the edits that were made, and no other."""
    base = shown()
    now = dict(base)
    for row_id in random.sample(sorted(base), edits):
        now[row_id] = edited(now[row_id], **{f"p{place}": f"edit of {row_id}"})
    contents = list(now.items())
    random.shuffle(contents)
    known = {i: Seen(n, i, cells) for n, (i, (_, cells)) in enumerate(zip(base, contents, strict=True), 2)}
    moved = sum(i != who for i, (who, _) in zip(base, contents, strict=True))
    found = aligned_rows(known, base, KEYS)
    if found.unclear:
        assert edits
        return
    rows_now = dict(known) | {target: known[borne] for borne, target in found.moves.items()}
    if moved >= 2 and moved >= 0.6 * (moved + edits):
        assert {i: seen.cells for i, seen in rows_now.items()} == now
