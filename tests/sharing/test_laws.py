"""Laws of sharing: what a reader gets can be put back, what they put is what they get, and nothing else gets out."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sheetward.cells import same, value_of
from sheetward.sharing import (
    EVERYTHING,
    MASK_TEXT,
    NOTHING,
    Access,
    Rejected,
    Rule,
    authorise_edit,
    authorise_move,
    put_edits,
    put_new_row,
)
from sheetward.sharing.compare import rule_difference
from sheetward.table import RowId, Table

Drawn = dict[str, st.SearchStrategy[Any]]


def put_back(rule: Rule, table: Table, shown: Table) -> tuple[Table, int]:
    """Bring a sheet's rows back into the table; give the new table and how many edits were refused."""
    rows, refused = dict(table.rows), 0
    for row_id, row in shown.rows.items():
        put = put_edits(rule, table.fields, table.rows[row_id], dict(zip(shown.fields, row, strict=True)))
        rows[row_id] = tuple(
            put.accepted.get(name, cell) for name, cell in zip(table.fields, rows[row_id], strict=True)
        )
        refused += len(put.rejected)
    return Table(table.fields, rows), refused


@given(st.data())
def test_putting_back_what_you_got_changes_nothing(drawn: Drawn, data: st.DataObject) -> None:
    rule, table = data.draw(drawn["rules"]), data.draw(drawn["tables"])
    back, refused = put_back(rule, table, rule.projected(table))
    assert back == table
    assert refused == 0


@settings(max_examples=200)
@given(st.data())
def test_what_you_put_in_a_writable_cell_is_what_you_get(drawn: Drawn, data: st.DataObject) -> None:
    rule, table = data.draw(drawn["rules"]), data.draw(drawn["tables"])
    shown = rule.projected(table)
    assume(shown.rows and shown.fields)
    row_id = data.draw(st.sampled_from(sorted(shown.rows)))
    name = data.draw(st.sampled_from(shown.fields))
    typed = data.draw(drawn["cells"])
    row = list(shown.rows[row_id])
    row[shown.index[name]] = typed
    edited = Table(shown.fields, {**shown.rows, row_id: tuple(row)})
    back, refused = put_back(rule, table, edited)
    seen = rule.projected(back)
    if same(shown.cell(row_id, name), typed):
        assert back == table
    elif rule.access(name) is not Access.WRITE or refused:
        assert back == table
        assert seen == shown
        assert refused == 1
    elif row_id in seen.rows:
        assert seen.cell(row_id, name) == typed
        assert {k: v for k, v in seen.rows.items() if k != row_id} == {
            k: v for k, v in shown.rows.items() if k != row_id
        }
    else:
        assert rule.move_out
        assert name in rule.row_fields


@given(st.data())
def test_columns_out_of_reach_never_change(drawn: Drawn, data: st.DataObject) -> None:
    rule, row = data.draw(drawn["rules"]), data.draw(drawn["rows"])
    fields = data.draw(drawn["tables"]).fields
    typed = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(fields, drawn["cells"])))
    put = put_edits(rule, fields, row, typed)
    assert all(rule.access(name) is Access.WRITE for name in put.accepted)
    assert set(put.accepted).isdisjoint(put.rejected)
    for name, cell in typed.items():
        shown = rule.shown(name, row[fields.index(name)]) if rule.access(name) is not Access.HIDE else None
        assert (name in put.accepted or name in put.rejected) is not same(shown, cell)


@given(st.data())
def test_nothing_hidden_or_masked_gets_out(drawn: Drawn, data: st.DataObject) -> None:
    rule, table = data.draw(drawn["rules"]), data.draw(drawn["tables"])
    seen = rule.projected(table)
    for name in table.fields:
        if rule.access(name) is Access.HIDE:
            assert name not in seen.fields
        elif rule.access(name) is Access.MASK:
            assert all(
                cell == (None if value_of(table.cell(row_id, name)) is None else MASK_TEXT)
                for row_id, cell in seen.column(name).items()
            )
        else:
            assert seen.column(name) == {row_id: table.cell(row_id, name) for row_id in seen.rows}
    assert set(seen.rows) == {row_id for row_id, row in table.rows.items() if rule.shows(table.fields, row)}


@given(st.data())
def test_a_mask_is_never_a_value(drawn: Drawn, data: st.DataObject) -> None:
    rule, row = data.draw(drawn["rules"]), data.draw(drawn["rows"])
    fields = data.draw(drawn["tables"]).fields
    put = put_edits(rule, fields, row, dict.fromkeys(fields, MASK_TEXT))
    assert not put.accepted
    assert not any(verdict.is_listed for verdict in put.rejected.values())
    new = put_new_row(rule, fields, dict.fromkeys(fields, MASK_TEXT))
    assert MASK_TEXT not in new.cells.values()
    assert not new.rejected


@settings(max_examples=200)
@given(st.data())
def test_a_new_row_that_enters_is_seen_by_who_typed_it(drawn: Drawn, data: st.DataObject) -> None:
    rule = data.draw(drawn["rules"])
    fields = data.draw(drawn["tables"]).fields
    typed = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(fields, drawn["cells"])))
    put = put_new_row(rule, fields, typed)
    if put.held is not None:
        assert put.held.code in ("share.insert", "share.outside_view")
        return
    table = Table(fields, {RowId("new"): tuple(put.cells.get(name) for name in fields)})
    seen = rule.projected(table)
    assert RowId("new") in seen.rows
    for name, cell in typed.items():
        access = rule.access(name)
        if value_of(cell) is not None and access is Access.WRITE:
            assert seen.cell(RowId("new"), name) == cell
        elif value_of(cell) is not None and access is Access.MASK:
            assert table.cell(RowId("new"), name) == cell
        elif name in put.rejected:
            assert access in (Access.READ, Access.HIDE)
    for name, value in rule.equalities.items():
        assert same(table.cell(RowId("new"), name), value)


@given(st.data())
def test_the_equalities_of_a_rule_hold_in_every_row_in_view(drawn: Drawn, data: st.DataObject) -> None:
    rule, table = data.draw(drawn["rules"]), data.draw(drawn["tables"])
    for row in table.rows.values():
        if rule.shows(table.fields, row):
            assert all(same(row[table.index[name]], value) for name, value in rule.equalities.items())


@given(st.data())
def test_without_roles_everything_passes_but_a_mask(drawn: Drawn, data: st.DataObject) -> None:
    table, cell = data.draw(drawn["tables"]), data.draw(drawn["cells"])
    assert EVERYTHING.projected(table) == table
    for name in table.fields:
        assert not isinstance(authorise_edit(EVERYTHING, name, None, cell), Rejected)
    for row in table.rows.values():
        assert not isinstance(authorise_move(EVERYTHING, table.fields, row, row), Rejected)
    assert NOTHING.projected(table) == Table((), {})


@given(st.data())
def test_a_rules_difference_is_what_leaves_and_what_arrives(drawn: Drawn, data: st.DataObject) -> None:
    old, new = data.draw(drawn["rules"]), data.draw(drawn["rules"])
    table = data.draw(drawn["tables"])
    change = rule_difference(old, new, table)
    was, now = old.projected(table), new.projected(table)
    assert set(change.rows_lost) == set(was.rows) - set(now.rows)
    assert set(change.rows_gained) == set(now.rows) - set(was.rows)
    assert set(change.columns_lost) == set(was.fields) - set(now.fields)
    assert set(change.columns_gained) == set(now.fields) - set(was.fields)

    def legible(rule: Rule, seen: Table) -> set[tuple[RowId, str]]:
        return {
            (row_id, name)
            for name in seen.fields
            if rule.access(name) is not Access.MASK
            for row_id, cell in seen.column(name).items()
            if value_of(cell) is not None
        }

    before, after = legible(old, was), legible(new, now)
    assert (change.cells_lost, change.cells_gained) == (len(before - after), len(after - before))
    back = rule_difference(new, old, table)
    assert (back.rows_lost, back.columns_lost, back.masked) == (
        change.rows_gained,
        change.columns_gained,
        change.unmasked,
    )
    assert not rule_difference(old, old, table)
