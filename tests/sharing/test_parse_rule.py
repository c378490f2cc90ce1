"""Rules as people write them: what is read, and every mistake told at once with its place."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from importlib.resources import files
from typing import Any

import orjson
import pytest
from ruamel.yaml import YAML
from sheetward.cells import Cell
from sheetward.messages import LANGS, hint, render
from sheetward.sharing import (
    EVERYTHING,
    NOTHING,
    Access,
    Rule,
    condition_text,
    explain_access,
    parse_rule,
    rule_for,
)
from sheetward_schemas.model import TableSchema

EAST = """
rows: {region: 华东}
columns: {"*": write, amount: mask, name: read}
delete: true
"""


def read(text: str, schema: TableSchema, **user: str) -> Rule:
    rule, mistakes = parse_rule(YAML(typ="rt").load(text), schema, user)
    assert rule is not None, mistakes
    return rule


def mistakes_of(text: str, schema: TableSchema) -> dict[str, str]:
    rule, mistakes = parse_rule(YAML(typ="rt").load(text), schema, {})
    assert (rule is None) is any(not m.is_notice for m in mistakes)
    return {m.place: m.code for m in mistakes}


def row(schema: TableSchema, **cells: Cell) -> tuple[Cell, ...]:
    return tuple(cells.get(name) for name in schema.field_names)


def test_a_rule_with_its_defaults(customer: TableSchema) -> None:
    rule = read(EAST, customer)
    assert (rule.insert, rule.delete, rule.move_out) == (True, True, False)
    assert rule.access("region") is Access.WRITE
    assert rule.access("amount") is Access.MASK
    assert rule.access("name") is Access.READ
    assert rule.equalities == {"region": "华东"}


def test_the_star_never_covers_restricted_fields(customer: TableSchema) -> None:
    assert read('columns: {"*": write}', customer).access("id_number") is Access.HIDE
    assert read('columns: {"*": write, id_number: mask}', customer).access("id_number") is Access.MASK
    assert EVERYTHING.access("id_number") is Access.WRITE


@pytest.mark.parametrize(
    ("rows", "fits", "fails"),
    [
        ("{region: 华东}", {"region": "华东"}, {"region": "华北"}),
        ("{region: [华东, 华北]}", {"region": "华北"}, {"region": "华南"}),
        ("{amount: {ge: 1000}}", {"amount": Decimal(1000)}, {"amount": Decimal("999.99")}),
        ("{amount: {ge: 0.1, lt: 0.3}}", {"amount": Decimal("0.1")}, {"amount": Decimal("0.3")}),
        ("{created_on: {lt: 2024-03-05}}", {"created_on": dt.date(2024, 3, 4)}, {"created_on": dt.date(2024, 3, 5)}),
        ("{created_on: '2024-03-05'}", {"created_on": dt.date(2024, 3, 5)}, {"created_on": "2024-03-05"}),
        ("{name: {prefix: 张}}", {"name": "张三"}, {"name": "李张"}),
        ("{name: {null: false}}", {"name": "x"}, {}),
        ("{name: null}", {}, {"name": "x"}),
        ("{name: {ne: x}}", {}, {"name": "x"}),
        ("{active: true}", {"active": True}, {"active": Decimal(1)}),
        ("{direction: 上下游}", {"direction": "both"}, {"direction": "上下游"}),
        ("{direction: 供应商}", {"direction": "upstream"}, {"direction": "both"}),
        ("{country: [中国, DE]}", {"country": "CN"}, {"country": "中国"}),
        ("{country: 无}", {"country": None}, {"country": "CN"}),
        ("{created_on: {ge: 2024年3月5日}}", {"created_on": dt.date(2024, 3, 5)}, {"created_on": dt.date(2024, 3, 4)}),
        ("{seen_at: {lt: 2024-03-05}}", {"seen_at": dt.datetime(2024, 3, 4, 23)}, {"seen_at": dt.datetime(2024, 3, 5)}),
        ("{country: {prefix: C}}", {"country": "CN"}, {"country": "DE"}),
        ("{name: {ge: 张}}", {"name": "张三"}, {"name": "a"}),
        ("{any: [{region: 华东}, {amount: {gt: 5}}]}", {"amount": Decimal(6)}, {"amount": Decimal(5)}),
        ("{not: {region: 华东}}", {}, {"region": "华东"}),
        ("{not: [{region: 华东}, {name: x}]}", {"name": "y"}, {"name": "x"}),
        ("{all: [{all: [{region: 华东}]}, {name: x}]}", {"region": "华东", "name": "x"}, {"region": "华东"}),
        ("{}", {}, None),
        ("{any: []}", None, {}),
    ],
)
def test_row_conditions(
    customer: TableSchema, rows: str, fits: dict[str, Cell] | None, fails: dict[str, Cell] | None
) -> None:
    rule = read(f'{{rows: {rows}, columns: {{"*": write}}}}', customer)
    if fits is not None:
        assert rule.shows(customer.field_names, row(customer, **fits))
    if fails is not None:
        assert not rule.shows(customer.field_names, row(customer, **fails))


def test_equalities_come_from_nested_all_only(customer: TableSchema) -> None:
    text = """
    rows: {all: [{region: 华东, amount: {ge: 1}}, {all: [{active: true}]}], any: [{name: x}], not: {direction: both}}
    columns: {"*": write}
    """
    assert read(text, customer).equalities == {"region": "华东", "active": True}


def test_the_users_words(customer: TableSchema) -> None:
    text = '{rows: {region: $user.region, amount: {le: $user.limit}}, columns: {"*": write}}'
    rule = read(text, customer, region="华东", limit="500")
    assert rule.equalities == {"region": "华东"}
    assert rule.shows(customer.field_names, row(customer, region="华东", amount=Decimal(500)))
    assert mistakes_of(text, customer) == {
        "rows.region": "share.user_unknown",
        "rows.amount.le": "share.user_unknown",
    }


def test_every_mistake_is_told_with_its_place(customer: TableSchema) -> None:
    text = """
    rows:
      regoin: 华东
      amount: {gee: 1, prefix: 5, ge: 很多, lt: null}
      name: 7
      created_on: {ge: 3月5日}
      active: {eq: 大概}
      region: {}
      direction: [both, 平流]
      seen_at: 2024-03-05T10:00:00+08:00
      customer_id: {null: 1, in: x, eq: {a: 1}}
      all: {region: 华东}
    columns: {"*": writ, nmae: read}
    insert: "yes"
    colums: {}
    """
    assert mistakes_of(text, customer) == {
        "colums": "share.key_unknown",
        "rows.regoin": "share.field_unknown",
        "rows.amount.gee": "share.operator_unknown",
        "rows.amount.prefix": "share.operator_type",
        "rows.amount.ge": "share.value_number",
        "rows.amount.lt": "share.operator_type",
        "rows.name": "share.value_quotes",
        "rows.created_on.ge": "share.value_date",
        "rows.active.eq": "share.value_boolean",
        "rows.region": "share.operator_missing",
        "rows.direction.1": "share.value_category",
        "rows.seen_at": "share.value_date",
        "rows.customer_id.null": "share.null_truth",
        "rows.customer_id.in": "share.list_expected",
        "rows.customer_id.eq": "share.value_shape",
        "rows.all": "share.list_expected",
        "columns.*": "share.access_unknown",
        "columns.nmae": "share.field_unknown",
        "insert": "share.right_truth",
    }
    assert mistakes_of("{rows: 华东, columns: [name]}", customer) == {
        "rows": "share.rows_shape",
        "columns": "share.columns_shape",
    }


def test_a_required_column_out_of_sight_turns_insert_off(customer: TableSchema) -> None:
    hidden = '{columns: {"*": write, name: hide, customer_id: hide}}'
    assert mistakes_of(hidden, customer) == {"insert": "share.insert_off"}
    assert not read(hidden, customer).insert
    assert read('{columns: {"*": write, name: mask, customer_id: hide}}', customer).insert
    assert read('{rows: {name: 张三}, columns: {"*": write, name: hide}}', customer).insert
    assert mistakes_of('{columns: {"*": write, name: hide}, insert: false}', customer) == {}


def test_a_rule_without_columns_shows_none_and_says_so(customer: TableSchema) -> None:
    assert mistakes_of("{rows: {region: 华东}, insert: false}", customer) == {"columns": "share.nothing_visible"}


def test_what_is_kept_for_versions_reads_back_as_the_same_rule(customer: TableSchema) -> None:
    rule = read(
        '{rows: {created_on: {ge: 2024-03-05}, name: {null: false}, amount: 0.1}, columns: {"*": write}, delete: true}',
        customer,
    )
    stored: Any = orjson.loads(orjson.dumps(rule.data))
    again, mistakes = parse_rule(stored, customer, {})
    assert (again, mistakes) == (rule, ())


ROLES = {
    "sales": {"rows": {"region": "华东"}, "columns": {"*": "write"}},
    "finance": {"tables": {"payments": {"columns": {"*": "write"}}, "customers": {"columns": {"region": "read"}}}},
    "mixed": {"rows": {}, "tables": {}},
    "odd": 3,
    "odd_tables": {"tables": {"customers": 3}},
    "typo": {"tables": {"customers": {"columns": {"regio": "read"}}}},
}


def test_both_forms_of_a_role(customer: TableSchema) -> None:
    def found(role: str | None, table: str = "customers") -> tuple[Rule | None, list[tuple[str, str, bool]]]:
        rule, mistakes = rule_for(ROLES, role, table, customer, {})
        return rule, [(m.code, m.place, m.is_notice) for m in mistakes]

    assert rule_for({}, None, "customers", customer, {}) == (EVERYTHING, ())
    assert found(None) == (NOTHING, [("role.missing", "", True)])
    assert found("sale")[1] == [("role.unknown", "sale", False)]
    sales, said = found("sales", "anything")
    assert sales is not None
    assert (sales.equalities, said) == ({"region": "华东"}, [])
    finance, said = found("finance")
    assert finance is not None
    assert finance.visible(customer.field_names) == ("region",)
    assert said == [("share.insert_off", "finance.tables.customers.insert", True)]
    assert found("finance", "orders") == (NOTHING, [("role.table_not_shared", "finance.tables", True)])
    assert found("mixed") == (None, [("role.both_forms", "mixed", False)])
    assert found("odd") == (None, [("role.shape", "odd", False)])
    assert found("odd_tables") == (None, [("role.shape", "odd_tables.tables.customers", False)])
    assert found("typo")[1] == [("share.field_unknown", "typo.tables.customers.columns.regio", False)]


def test_who_may_see_what_and_why(customer: TableSchema) -> None:
    rule = read('{rows: {region: 华东}, columns: {"*": read, name: write}}', customer)
    explained = explain_access(rule, customer)
    codes = {c.field: (c.access.value, c.code) for c in explained.columns}
    assert codes["name"] == ("write", "share.why_named")
    assert codes["region"] == ("read", "share.why_rest")
    assert codes["id_number"] == ("hide", "share.why_restricted")
    assert explained.filled == (("region", "华东"),)
    narrow = explain_access(read("{columns: {name: read}, insert: false}", customer), customer)
    assert {c.field: c.code for c in narrow.columns}["region"] == "share.why_unnamed"


@pytest.mark.parametrize(
    ("rows", "zh", "en"),
    [
        ("{}", "全部行", "all rows"),
        ("{any: []}", "没有任何行", "no rows"),
        ("{region: 华东, amount: {ge: 1000}}", "区域 = 华东 且 金额 ≥ 1000", "Region = 华东 and Amount ≥ 1000"),
        (
            "{any: [{region: [华东, 华北]}, {all: [{name: {prefix: 张}}, {not: {amount: null}}]}]}",
            "区域 为其中之一：华东、华北 或 (客户姓名 以“张”开头 且 不满足（金额 为空）)",
            "Region is one of 华东, 华北 or (Name begins with “张” and not (Amount is empty))",
        ),
        (
            "{direction: both, amount: {null: false}}",
            "direction = 上下游 且 金额 不为空",
            "direction = 上下游 and Amount is filled",
        ),
        ("{amount: {ne: null}}", "金额 不为空", "Amount is filled"),
        ("{amount: [1, null]}", "金额 为其中之一：1、（空）", "Amount is one of 1, (empty)"),
    ],
)
def test_a_row_condition_in_words(customer: TableSchema, rows: str, zh: str, en: str) -> None:
    rule = read(f'{{rows: {rows}, columns: {{"*": write}}}}', customer)
    assert condition_text(rule.rows, customer, "zh") == zh
    assert condition_text(rule.rows, customer, "en") == en


def test_every_text_about_sharing_is_there_in_both_languages() -> None:
    own = files("sheetward.messages") / "catalogue" / "sharing.toml"
    codes = tomllib.loads(own.read_text(encoding="utf-8"))
    assert len(codes) > 40
    for code in codes:
        for lang in LANGS:
            text = render(code, {}, lang)
            assert text != code
            assert "{{" not in text
            is_word = code.startswith(("share.word_", "share.why_", "share.rows_")) and code != "share.rows_shape"
            assert (hint(code, {}, lang) == "") is is_word
