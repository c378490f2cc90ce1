"""The tables that come with Sheetward: labels in both languages, the small table people start with, the profile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from sheetward_schemas import bundled_names, load_schema, match_header, parse_schema, schema_data
from sheetward_schemas.load import bundled_text
from sheetward_schemas.profile import bundled_profile, profile, profile_text
from sheetward_schemas.vocabulary import SCHEMA

SMALL_TABLE = {
    "客户编号": "customer_id", "编号": "customer_id", "客户姓名": "name", "姓名": "name", "联系电话": "phone",
    "电话": "phone", "电子邮件": "email", "邮箱": "email", "公司名称": "company", "购买历史": "purchase_history",
    "备注": "remark",
}  # fmt: skip


@pytest.fixture(params=bundled_names())
def schema(request):
    loaded, mistakes = load_schema(request.param)
    assert mistakes == ()
    return loaded


def test_the_seven_tables_are_there() -> None:
    assert bundled_names() == ("complaint", "contact", "contract", "customer", "order", "payment", "supplier")


def test_foreign_keys_lead_to_keys_of_bundled_tables(schema) -> None:
    for key in schema.foreign_keys:
        target, _ = load_schema(key.resource or schema.name)
        assert key.reference_fields == target.primary_key


def test_what_is_about_persons_and_money_is_not_for_everybody(schema) -> None:
    levels = {field.name: field.sensitivity for field in schema.fields}
    personal = {"name", "phone", "email", "wechat", "birthday", "contact_name", "reporter"} & set(levels)
    money = {"amount", "unit_price", "compensation", "credit_rating", "payment_terms"} & set(levels)
    assert {levels[name] for name in personal} <= {"personal"}
    assert {levels[name] for name in money} <= {"confidential"}
    assert levels.get("bank_account", "restricted") == levels.get("id_number", "restricted") == "restricted"


def test_every_label_stands_in_both_languages(schema) -> None:
    assert set(schema.labels) == {"zh", "en"}
    for field in schema.fields:
        assert set(field.labels) == {"zh", "en"}, field.name
        for choice in field.categories:
            shown = {choice.shown("zh"), choice.shown("en")}
            assert choice.shown("en").isascii(), (field.name, choice.value)
            assert len(shown) == 2 or shown == {str(choice.value)} or choice.label.isascii(), (field.name, choice.value)
    for rule in schema.rules:
        assert set(rule.message) == {"zh", "en"}, rule.code


def test_keys_are_generated_and_the_small_table_holds_them(schema) -> None:
    key = schema.business_key
    assert schema.by_name[key].auto["kind"] == "sequence"
    assert schema.by_name[key].auto["format"].format(7).endswith("00000007")
    assert key in schema.basic


def test_the_data_reads_back(schema) -> None:
    again, mistakes = parse_schema(json.dumps(schema_data(schema), ensure_ascii=False), schema.source)
    assert mistakes == ()
    assert again == schema
    assert schema_data(again) == schema_data(schema)


@pytest.mark.parametrize(("header", "field"), SMALL_TABLE.items())
def test_the_small_table_binds_by_its_headers(header: str, field: str) -> None:
    schema, _ = load_schema("customer")
    assert match_header(header, schema).name == field


REAL_HEADERS = {
    "customer": "客户编号 客户名称 客户姓名 手机号码 联系电话 电子邮箱 Email 单位名称 国家 详细地址 客户类别 所属行业 客户等级 信用等级 纳税人识别号 "
    "身份证号码 微信号 出生日期 录入日期 最后联系时间 客户经理 合同到期日 备注信息 Mobile Company Country Notes",
    "supplier": "供应商编号 供应商名称 联系人 联系电话 手机 邮箱 地址 主营产品 开户行 银行账号 税号 付款方式 账期 供应商等级 合作状态 备注 Supplier Products",
    "contact": "姓名 联系人 职务 职位 部门 手机 电话 邮箱 微信 生日 所属客户 客户编号 公司 备注 Name Title Department Mobile Email",
    "complaint": "投诉编号 投诉日期 投诉时间 客户编号 联系电话 投诉内容 问题描述 投诉类型 严重程度 处理人 责任人 处理结果 处理状态 关闭日期 满意度 订单号 备注",
    "contract": "合同编号 合同名称 客户名称 签订日期 生效日期 到期日期 截止日期 合同金额 币种 合同类型 负责人 付款条件 合同状态 备注 甲方 乙方",
    "order": "订单编号 订单号 下单日期 订单日期 客户编号 产品名称 数量 单价 金额 总价 币种 订单状态 业务员 备注 Product Quantity Amount Status",
    "payment": "收款编号 收款日期 付款日期 订单编号 客户编号 收款金额 金额 币种 收款方式 付款方式 收款状态 发票号 备注 Amount Currency Method",
}  # fmt: skip
"""Headers as they stand in sheets of trading firms."""


@pytest.mark.parametrize("name", bundled_names())
def test_headers_met_in_real_sheets_are_known(name: str) -> None:
    schema, _ = load_schema(name)
    assert [header for header in REAL_HEADERS[name].split() if match_header(header, schema) is None] == []


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("＊联系电话", "phone"), ("联系电话（必填）", "phone"), ("联系 电话：", "phone"), ("PHONE", "phone"),
        ("E-Mail", "email"), ("e mail", "email"), ("客户姓名/Name", "name"), ("客户姓名\nName", "name"),
        ("Name (required)", "name"), ("customer_id", "customer_id"), ("国家/地区", "country"), ("手机(Phone)", "phone"),
        ("ＴＥＬ", "phone"), ("电话1", None), ("客户姓名/公司名称", None), ("", None), ("（）", None), ("内部评分", None),
    ],
)  # fmt: skip
def test_a_header_is_known_however_it_is_typed(header: str, field: str | None) -> None:
    schema, _ = load_schema("customer")
    found = match_header(header, schema)
    assert (found.name if found else None) == field


def test_load_takes_names_and_paths(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("\ufefffields: [{name: a}]", encoding="utf-8")
    assert load_schema(path)[0].name == "my"
    assert load_schema(str(path))[0].source == str(path)
    (tmp_path / "latin.yaml").write_bytes("fields: [{name: ü}]".encode("latin-1"))
    for word, code in (
        ("custmer", "schema.unknown"),
        (str(tmp_path / "none.yaml"), "schema.no_file"),
        (str(tmp_path / "latin.yaml"), "schema.not_utf8"),
        (str(tmp_path), "schema.unreadable"),
    ):
        loaded, mistakes = load_schema(word)
        assert loaded is None
        assert [m.code for m in mistakes] == [code]


def test_the_profile_in_the_package_is_the_one_that_is_made() -> None:
    assert bundled_profile() == profile_text(), "run: python -m sheetward_schemas.profile"


def _ours() -> Draft202012Validator:
    assert profile()["allOf"][1] == SCHEMA.json_schema()
    Draft202012Validator.check_schema(SCHEMA.json_schema())
    return Draft202012Validator(SCHEMA.json_schema())


@pytest.mark.parametrize("name", bundled_names())
def test_the_profile_accepts_the_bundled_tables(name: str) -> None:
    document = json.loads(json.dumps(YAML(typ="safe").load(bundled_text(name)), default=str))
    assert list(_ours().iter_errors(document)) == []


def test_the_profile_refuses_what_the_parser_refuses() -> None:
    validator = _ours()
    for wrong in (
        {},
        {"fields": [{"name": "a", "constraints": {"requird": True}}]},
        {"fields": [{"name": "a", "x:format": {"kind": "phon"}}]},
        {"fields": [{"name": "a", "x:nothing": 1}]},
        {"fields": [{"name": "a", "type": "strng"}]},
    ):
        assert list(validator.iter_errors(wrong))
        assert parse_schema(json.dumps(wrong), "t")[1]
    right = {"fields": [{"name": "a", "acme:colour": "red"}]}
    assert not list(validator.iter_errors(right))
    assert not parse_schema(json.dumps(right), "t")[1]
