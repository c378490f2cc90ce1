"""Taking commits back: what returns, what stays, and who is named for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheetward.cells import Cell
from sheetward.diff import Changeset, changes_between
from sheetward.history.restore import Area, Kept, plan_restore
from sheetward.ports.store import Commit
from sheetward.table import RowId, Table

Told = list[tuple[Commit, Changeset]]
Teller = Callable[..., Told]
AsTable = Callable[[Mapping[str, Mapping[str, Cell]]], Table]
State = dict[str, dict[str, Cell]]
R = RowId("r")

cells = st.sampled_from([None, "1", "2"])
rows = st.one_of(st.none(), st.fixed_dictionaries({"name": cells, "phone": cells}))
states = st.lists(
    st.tuples(st.sampled_from("ab"), st.fixed_dictionaries({"r": rows, "s": rows})), min_size=1, max_size=7
)


def filled(state: Mapping[str, Mapping[str, Cell] | None]) -> State:
    return {row: dict(cells) for row, cells in state.items() if cells is not None}


def kept(found: Sequence[Kept]) -> list[tuple[str, str | None, str, str, Cell, Cell]]:
    return [(item.row, item.field, item.code, item.by.author, item.now, item.wanted) for item in found]


def cell_edits(*values: tuple[str, str]) -> list[tuple[str, State]]:
    """Give states of one row whose name is set by one author after the other."""
    return [(author, {"r": {"name": value}}) for author, value in values]


LAWS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class TestLaws:
    @LAWS
    @given(steps=states, back_to=st.integers(0, 6))
    def test_every_later_commit_taken_back_gives_the_state_as_of_then(
        self, teller: Teller, steps: list[tuple[str, State]], back_to: int
    ) -> None:
        told = teller(*((author, filled(state)) for author, state in steps))
        at = min(back_to, len(told))
        tables = [Table(("name", "phone", "remark"))]
        for _, changes in told:
            tables.append(changes.applied(tables[-1]))
        found = plan_restore(told[at:], range(at + 1, len(told) + 1))
        assert not changes_between(found.changes.applied(tables[-1]), tables[at])
        assert found.kept == ()

    @LAWS
    @given(steps=states, chosen=st.sets(st.integers(1, 7)))
    def test_taking_back_a_restore_gives_today(
        self, teller: Teller, steps: list[tuple[str, State]], chosen: set[int]
    ) -> None:
        told = teller(*((author, filled(state)) for author, state in steps))
        today = Table(("name", "phone", "remark"))
        for _, changes in told:
            today = changes.applied(today)
        found = plan_restore(told, chosen)
        restored = found.changes.applied(today)
        number = len(told) + 1
        entry = Commit("t", number, "x", "a", None, told[-1][0].time, "restore", "", None, 1, "", "")
        undone = plan_restore([(entry, found.changes)], {number})
        assert not changes_between(undone.changes.applied(restored), today)

    @LAWS
    @given(edits=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from("123")), max_size=9))
    def test_cells_end_as_if_only_the_others_had_edited(
        self, teller: Teller, edits: list[tuple[str, str, str]]
    ) -> None:
        start: State = {row: {"name": "0"} for row in "xyz"}
        now, others = {row: dict(c) for row, c in start.items()}, {row: dict(c) for row, c in start.items()}
        steps: list[tuple[str, State]] = [("b", start)]
        for author, row, value in edits:
            now = {**now, row: {"name": value}}
            steps.append((author, now))
            if author == "b" and steps[-1][1] != steps[-2][1]:
                others[row] = {"name": value}
        told = teller(*steps)
        chosen = {entry.number for entry, _ in told if entry.author == "a"}
        found = plan_restore(told, chosen)
        today = Table(("name",), {RowId(row): (c["name"],) for row, c in now.items()})
        restored = found.changes.applied(today)
        assert restored.rows == {row: (c["name"],) for row, c in others.items()}
        assert all(item.by.author == "b" and item.now != item.wanted for item in found.kept)

    @LAWS
    @given(steps=states)
    def test_nothing_chosen_changes_nothing(self, teller: Teller, steps: list[tuple[str, State]]) -> None:
        told = teller(*((author, filled(state)) for author, state in steps))
        found = plan_restore(told, ())
        assert (bool(found.changes), found.kept) == (False, ())


class TestOnePersonsEdits:
    @pytest.mark.parametrize(
        ("values", "returns", "stays"),
        [
            ([("b", "0"), ("a", "1")], "0", None),
            ([("b", "0"), ("a", "1"), ("a", "2")], "0", None),
            ([("b", "0"), ("a", "1"), ("b", "2")], None, ("2", "0")),
            ([("b", "0"), ("a", "1"), ("b", "0")], None, None),
            ([("b", "0"), ("a", "1"), ("b", "2"), ("a", "3")], "2", ("2", "0")),
            ([("a", "0"), ("b", "1"), ("a", "2")], "1", None),
        ],
    )
    def test_a_cell(
        self, teller: Teller, values: list[tuple[str, str]], returns: str | None, stays: tuple[str, str] | None
    ) -> None:
        told = teller(*cell_edits(*values))
        found = plan_restore(told[1:], {entry.number for entry, _ in told if entry.author == "a"})
        expected = {} if returns is None else {R: {"name": (values[-1][1], returns)}}
        assert found.changes == Changeset(changed=expected)
        assert kept(found.kept) == ([] if stays is None else [("r", "name", "history.later_edit", "b", *stays)])

    def test_a_row_that_they_added_goes(self, teller: Teller) -> None:
        told = teller(("b", {}), ("a", {"r": {"name": "1"}}), ("a", {"r": {"name": "2"}}))
        found = plan_restore(told, {2, 3})
        assert (found.changes, found.kept) == (Changeset(removed={R: {"name": "2"}}), ())

    def test_a_row_that_they_added_and_others_work_with_stays(self, teller: Teller) -> None:
        told = teller(
            ("a", {"r": {"name": "1"}}),
            ("b", {"r": {"name": "1", "phone": "5"}}),
            ("a", {"r": {"name": "2", "phone": "5"}}),
        )
        found = plan_restore(told, {1, 3})
        assert found.changes == Changeset(changed={R: {"name": ("2", "1")}})
        assert kept(found.kept) == [("r", None, "history.row_in_use", "b", None, None)]

    def test_a_row_that_they_removed_returns_without_their_edits_and_with_those_of_others(self, teller: Teller) -> None:
        told = teller(
            ("b", {"r": {"name": "0", "phone": "0", "remark": "x"}}),
            ("a", {"r": {"name": "1", "phone": "0", "remark": "x"}}),
            ("b", {"r": {"name": "1", "phone": "2", "remark": "x"}}),
            ("a", {}),
        )
        found = plan_restore(told[1:], {2, 4})
        assert found.changes == Changeset({R: {"name": "0", "phone": "2", "remark": "x"}})
        assert found.kept == ()

    def test_a_row_that_others_removed_since_stays_away_and_is_named(self, teller: Teller) -> None:
        told = teller(*cell_edits(("b", "0"), ("a", "1")), ("b", {}))
        found = plan_restore(told, {2})
        assert not found.changes
        assert kept(found.kept) == [("r", None, "history.later_delete", "b", None, None)]

    def test_a_row_added_by_them_and_removed_by_others_is_no_news(self, teller: Teller) -> None:
        told = teller(("a", {"r": {"name": "1"}}), ("b", {}))
        found = plan_restore(told, {1})
        assert (bool(found.changes), found.kept) == (False, ())

    def test_a_row_that_others_brought_back_stays_as_they_left_it(self, teller: Teller) -> None:
        told = teller(("a", {"r": {"name": "1"}}), ("b", {}), ("b", {"r": {"name": "1"}}))
        found = plan_restore(told, {1})
        assert (bool(found.changes), found.kept) == (False, ())


class TestAreas:
    @pytest.fixture
    def told(self, teller: Teller) -> Told:
        return teller(
            ("b", {"r": {"name": "0", "phone": "0"}, "s": {"name": "0"}, "gone": {"name": "0"}}),
            ("a", {"r": {"name": "1", "phone": "1"}, "s": {"name": "1"}, "new": {"name": "1"}}),
        )

    @pytest.mark.parametrize(
        ("rows", "fields", "expected"),
        [
            ({R}, {"phone"}, Changeset(changed={R: {"phone": ("1", "0")}})),
            ({R}, None, Changeset(changed={R: {"name": ("1", "0"), "phone": ("1", "0")}})),
            (None, {"name"}, Changeset(changed={R: {"name": ("1", "0")}, RowId("s"): {"name": ("1", "0")}})),
            ({RowId("new")}, None, Changeset(removed={RowId("new"): {"name": "1"}})),
            ({RowId("gone")}, None, Changeset({RowId("gone"): {"name": "0"}})),
            ({RowId("never")}, None, Changeset()),
        ],
    )
    def test_only_what_is_asked_for_moves(
        self, told: Told, rows: Collection[RowId] | None, fields: Collection[str] | None, expected: Changeset
    ) -> None:
        assert plan_restore(told[1:], {2}, Area(rows, fields)).changes == expected

    def test_a_cell_of_a_row_that_is_gone_is_named(self, told: Told) -> None:
        found = plan_restore(told[1:], {2}, Area({RowId("gone")}, {"name"}))
        assert not found.changes
        assert kept(found.kept) == [("gone", None, "history.later_delete", "a", None, None)]

    def test_a_cell_of_a_row_that_went_and_came_back_returns_to_what_it_was(self, teller: Teller) -> None:
        told = teller(*cell_edits(("b", "0")), ("a", {}), *cell_edits(("b", "2")))
        found = plan_restore(told[1:], {2, 3}, Area({R}, {"name"}))
        assert found.changes == Changeset(changed={R: {"name": ("2", "0")}})
