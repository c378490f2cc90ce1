"""Laws of changesets: a diff leads there, its inverse leads back, two compose to the whole way."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from sheetward.cells import Cell, Typed, same
from sheetward.diff import Changeset, changes_between
from sheetward.table import RowId, Table

FIELDS = ("a", "b", "c")
CELLS: st.SearchStrategy[Cell] = st.sampled_from([None, "x", "y", "1", Decimal(1), True, Typed("x", " x")])
TABLES = st.dictionaries(
    st.sampled_from([RowId(f"r{n}") for n in range(4)]), st.tuples(CELLS, CELLS, CELLS), max_size=4
).map(lambda rows: Table(FIELDS, rows))


def equal(one: Table, other: Table) -> bool:
    return one.rows.keys() == other.rows.keys() and all(
        same(a, b) for row in one.rows for a, b in zip(one.rows[row], other.rows[row], strict=True)
    )


@given(TABLES, TABLES)
def test_a_diff_leads_there_and_its_inverse_leads_back(old: Table, new: Table) -> None:
    changes = changes_between(old, new)
    assert equal(changes.applied(old), new)
    assert equal(changes.inverted().applied(new), old)
    assert bool(changes) is not equal(old, new)


@given(TABLES)
def test_the_diff_with_itself_is_empty(table: Table) -> None:
    assert not changes_between(table, table)


@given(TABLES, TABLES, TABLES)
def test_two_diffs_compose_to_the_whole_way(first: Table, second: Table, third: Table) -> None:
    whole = changes_between(first, second).then(changes_between(second, third))
    assert equal(whole.applied(first), third)
    assert equal(whole.inverted().applied(third), first)


@given(TABLES, TABLES)
def test_there_and_back_is_nothing(old: Table, new: Table) -> None:
    changes = changes_between(old, new)
    assert changes.then(changes.inverted()) == Changeset()
