"""Rows of the bundled tables: what a person who fills them in is told."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from sheetward.validation import Validator
from sheetward_schemas import load_schema, parse_schema

TODAY = dt.date(2024, 6, 1)
D = Decimal


def bundled(name: str) -> Validator:
    schema, _ = load_schema(name)
    assert schema is not None
    return Validator(schema)


@pytest.fixture(scope="module")
def customers() -> Validator:
    return bundled("customer")


def found(validator: Validator, known=None, **cells: object) -> list[tuple[str, str, str]]:
    findings = validator.check_rows(tuple(cells), [(2, tuple(cells.values()))], today=TODAY, known=known or {})
    return [(f.field, f.code, f.severity) for f in findings]


def test_the_small_table_validates_as_it_stands(customers) -> None:
    fields = ("customer_id", "name", "phone", "email", "company", "purchase_history", "remark")
    rows = [
        (
            2,
            (
                "C00000001",
                "张伟",
                "+8613800138000",
                "zhang.wei@example.com",
                "上海某某贸易有限公司",
                "2023年买过两次",
                None,
            ),
        ),
        (3, (None, "李娜", "+8613912345678", None, None, None, "新客户")),
    ]
    assert customers.check_rows(fields, rows, today=TODAY) == []
    assert customers.check_unique(fields, rows) == []


def test_required_speaks_of_the_columns_a_sheet_has(customers) -> None:
    assert found(customers, name="张伟") == []
    assert found(customers, name=None, phone=None) == [
        ("name", "field.required", "error"),
        ("phone", "field.required", "error"),
    ]


def test_a_number_that_will_be_generated_may_be_empty(customers) -> None:
    assert found(customers, customer_id=None, name="张伟") == []


def test_the_region_decides_about_a_phone(customers) -> None:
    assert found(customers, phone="+14155552671", country="US") == []
    wrong = found(customers, phone="138", country="CN")
    assert [(field, severity) for field, _, severity in wrong] == [("phone", "error")]
    finding = customers.check_rows(("phone", "country"), [(2, ("138", "CN"))], today=TODAY)[0]
    assert finding.reads == ("phone", "country")
    assert customers.check_rows(("phone",), [(2, ("138",))], today=TODAY)[0].reads == ("phone",)


def test_a_rule_over_two_fields_names_all_it_read(customers) -> None:
    row = (dt.date(2024, 1, 1), dt.date(2024, 2, 1))
    finding = customers.check_rows(("last_contact_on", "created_on"), [(2, row)], today=TODAY)[0]
    assert (finding.field, finding.code, finding.severity) == (
        "last_contact_on",
        "customer.contact_before_created",
        "error",
    )
    assert finding.reads == ("last_contact_on", "created_on")
    assert finding.facts["message_zh"] == "最近联系日期早于建档日期"


def test_a_rule_needs_all_its_columns_and_filled_cells(customers) -> None:
    assert found(customers, last_contact_on=dt.date(2024, 1, 1)) == []
    assert found(customers, last_contact_on=dt.date(2024, 1, 1), created_on=None) == []


def test_a_rule_is_silent_where_a_cell_is_not_settled(customers) -> None:
    assert [code for _, code, _ in found(customers, last_contact_on="31/31/2024", created_on=dt.date(2024, 2, 1))] == [
        "date.impossible"
    ]


def test_today_is_what_the_caller_says(customers) -> None:
    until = dt.date(2024, 6, 1)
    assert found(customers, contract_until=until) == []
    late = customers.check_rows(("contract_until",), [(2, (until,))], today=dt.date(2024, 6, 2))
    assert [(f.code, f.severity) for f in late] == [("customer.contract_expired", "warning")]


def test_a_contact_in_the_future_is_an_error(customers) -> None:
    assert found(customers, last_contact_on=dt.date(2024, 6, 2)) == [("last_contact_on", "date.future", "error")]
    assert found(customers, last_contact_on=TODAY) == []


def test_a_code_in_the_list_of_warnings_is_a_warning() -> None:
    orders = bundled("order")
    cells = {"quantity": D(3), "unit_price": D("1.50"), "amount": D("4.60"), "currency": "USD"}
    assert found(orders, **cells) == [("amount", "order.amount_differs", "warning")]
    assert found(orders, **{**cells, "amount": D("4.50")}) == []


@pytest.mark.parametrize(
    ("default", "warn", "own", "severity"),
    [
        ("error", [], None, "error"), ("error", ["t.rule"], None, "warning"), ("warn", [], None, "warning"),
        ("error", [], "warn", "warning"), ("warn", ["t.rule"], "error", "error"),
    ],
)  # fmt: skip
def test_a_rules_own_severity_comes_before_the_list_and_the_default(default, warn, own, severity) -> None:
    rule = {"code": "t.rule", "assert": "n > 1", "message": {"zh": "甲"}, **({"severity": own} if own else {})}
    text = json.dumps(
        {
            "fields": [{"name": "n", "type": "number"}],
            "x:severity": {"default": default, "warn": warn},
            "x:rules": [rule],
        }
    )
    schema, mistakes = parse_schema(text, "t")
    assert mistakes == ()
    assert found(Validator(schema), n=D(0)) == [("n", "t.rule", severity)]


def test_references_are_checked_against_what_is_known() -> None:
    orders = bundled("order")
    assert found(orders, {"customer_id": {"C1"}}, order_id="O1", customer_id="C1") == []
    assert found(orders, {"customer_id": {"C1"}}, order_id="O1", customer_id="C9") == [
        ("customer_id", "key.unknown_reference", "error")
    ]
    assert found(orders, order_id="O1", customer_id="C9") == []


def test_a_parent_is_looked_up_in_the_table_itself(customers) -> None:
    fields = ("customer_id", "parent_id")
    rows = [(2, ("C1", None)), (3, ("C2", "C1")), (4, ("C3", "C9"))]
    known = customers.own_references(fields, rows)
    assert known == {"parent_id": {"C1", "C2", "C3"}}
    assert [(f.row, f.code) for f in customers.check_rows(fields, rows, today=TODAY, known=known)] == [
        (4, "key.unknown_reference")
    ]


def test_categories_are_values_not_labels(customers) -> None:
    assert found(customers, kind="vip") == []
    assert [severity for _, _, severity in found(customers, kind="nobody")] == ["error"]


def test_payments_need_a_date_once_received_and_only_refunds_are_negative() -> None:
    payments = bundled("payment")
    assert found(payments, status="received", paid_on=None) == [("paid_on", "payment.received_without_date", "error")]
    assert found(payments, status="refunded", amount=D(-5)) == []
    assert found(payments, status="received", amount=D(0)) == [("amount", "payment.negative_amount", "error")]
    assert found(payments, status=None, amount=D(-5)) == []


def test_unknown_columns_are_left_alone(customers) -> None:
    assert found(customers, name="张伟", private="anything") == []


UNIQUE = ("customer_id", "tax_id", "name")


def duplicates(customers, *rows: tuple[object, ...]) -> list[tuple[object, str, object]]:
    findings = customers.check_unique(UNIQUE, list(enumerate(rows, 1)))
    assert all(f.code == "key.duplicate" for f in findings)
    return [(f.row, f.field, f.facts["others"]) for f in findings]


def test_a_key_is_unique_and_each_finding_names_the_other_rows(customers) -> None:
    assert duplicates(customers, ("C1", None, "甲"), ("C2", None, "乙"), ("C1", None, "丙"), ("C1", None, "丁")) == [
        (1, "customer_id", [3, 4]), (3, "customer_id", [1, 4]), (4, "customer_id", [1, 3]),
    ]  # fmt: skip


def test_empty_cells_are_equal_to_nothing(customers) -> None:
    assert duplicates(customers, (None, None, "甲"), (None, None, "乙")) == []


def test_a_declared_unique_key_counts_beside_the_primary_key(customers) -> None:
    assert duplicates(customers, ("C1", "91310000X", "甲"), ("C2", "91310000X", "乙")) == [
        (1, "tax_id", [2]),
        (2, "tax_id", [1]),
    ]


def test_renumbering_a_whole_set_is_no_duplicate(customers) -> None:
    assert duplicates(customers, *[(f"C{i + 1}", None, "甲") for i in range(1, 10)]) == []


def test_many_duplicates_are_counted_but_not_all_named(customers) -> None:
    findings = customers.check_unique(("customer_id",), [(i, ("C1",)) for i in range(40)])
    assert len(findings) == 40
    assert len(findings[0].facts["others"]) == 10
    assert findings[0].facts["count"] == 39
