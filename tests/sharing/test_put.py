"""What becomes of edits under a rule, case by case: the truth table of `authorise_edit` and rows that move out of view."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheetward.cells import Cell, Typed
from sheetward.sharing import (
    ALLOWED,
    MASK_TEXT,
    Rejected,
    Rule,
    authorise_delete,
    authorise_edit,
    parse_rule,
    put_edits,
    put_new_row,
)
from sheetward_schemas.model import TableSchema


def rule_of(schema: TableSchema, **more: object) -> Rule:
    data = {
        "rows": {"region": ["华东", "华北"], "amount": {"ge": 10}},
        "columns": {"*": "write", "name": "read", "created_on": "mask", "active": "hide"},
        **more,
    }
    rule, mistakes = parse_rule(data, schema, {})
    assert rule is not None, mistakes
    return rule


@pytest.mark.parametrize(
    ("name", "base", "new", "expected"),
    [
        ("region", "华东", "华东", ALLOWED),
        ("region", "华东", Typed("华东", "华 东"), ALLOWED),
        ("region", "华东", "华北", ALLOWED),
        ("region", "华东", None, ALLOWED),
        ("region", "华东", MASK_TEXT, Rejected("share.mask_text", is_listed=False)),
        ("region", None, f" {MASK_TEXT} ", Rejected("share.mask_text", is_listed=False)),
        ("name", "张三", "李四", Rejected("share.read_only")),
        ("name", "张三", None, Rejected("share.read_only")),
        ("name", "张三", MASK_TEXT, Rejected("share.mask_text", is_listed=False)),
        ("created_on", MASK_TEXT, MASK_TEXT, ALLOWED),
        ("created_on", MASK_TEXT, None, Rejected("share.masked")),
        ("created_on", None, "2024-03-05", Rejected("share.masked")),
        ("active", None, True, Rejected("share.hidden")),
        ("id_number", None, "x", Rejected("share.hidden")),
    ],
)
def test_one_edit(customer: TableSchema, name: str, base: Cell, new: Cell, expected: object) -> None:
    assert authorise_edit(rule_of(customer), name, base, new) == expected


@given(
    st.fixed_dictionaries(
        {}, optional={"region": st.sampled_from(["华东", "华北", "华南", None]), "amount": st.sampled_from([9, 10, 11])}
    ),
    st.booleans(),
)
def test_a_row_leaves_the_view_only_with_the_right_to(
    customer: TableSchema, edits: dict[str, object], may_move: bool
) -> None:
    rule, fields = rule_of(customer, move_out=may_move), customer.field_names
    cells: dict[str, Cell] = {"region": "华东", "amount": Decimal(10), "name": "张三", "direction": "both"}
    row = tuple(cells.get(name) for name in fields)
    typed: dict[str, Cell] = {n: Decimal(v) if isinstance(v, int) else str(v) if v else None for n, v in edits.items()}
    put = put_edits(rule, fields, row, {**typed, "direction": "upstream"})
    assert put.accepted["direction"] == "upstream"
    after = {**cells, **put.accepted}
    is_in_view = after["region"] in ("华东", "华北") and after["amount"] in (10, 11)
    leaves = {**cells, **typed}["region"] not in ("华东", "华北") or {**cells, **typed}["amount"] == 9
    assert is_in_view is not (leaves and may_move)
    if leaves and not may_move:
        moved = {n for n in typed if typed[n] != cells[n]}
        assert put.rejected == dict.fromkeys(moved, Rejected("share.move_out"))
    else:
        assert not put.rejected


def test_a_new_row(customer: TableSchema) -> None:
    fields = customer.field_names
    rule, mistakes = parse_rule(
        {"rows": {"region": "华东"}, "columns": {"*": "write", "region": "read", "created_on": "mask"}}, customer, {}
    )
    assert rule is not None, mistakes
    put = put_new_row(rule, fields, {"name": "王五", "created_on": "2024", "amount": MASK_TEXT})
    assert (put.cells, put.rejected, put.held) == ({"name": "王五", "created_on": "2024", "region": "华东"}, {}, None)
    agreeing = put_new_row(rule, fields, {"name": "王五", "region": "华东"})
    assert (agreeing.cells, agreeing.rejected) == ({"name": "王五", "region": "华东"}, {})
    refused = put_new_row(rule, fields, {"name": "王五", "region": "华北"})
    assert (refused.cells, refused.rejected) == (
        {"name": "王五", "region": "华东"},
        {"region": Rejected("share.read_only")},
    )
    assert put_new_row(rule_of(customer), fields, {"region": "华南"}).held == Rejected("share.outside_view")
    assert put_new_row(rule_of(customer, insert=False), fields, {"region": "华东"}).held == Rejected("share.insert")


def test_deleting_needs_the_right(customer: TableSchema) -> None:
    assert authorise_delete(rule_of(customer)) == Rejected("share.delete")
    assert authorise_delete(rule_of(customer, delete=True)) == ALLOWED
