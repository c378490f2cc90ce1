"""Which bundled table a header belongs to, on headers as people type them."""

from __future__ import annotations

import pytest
from sheetward.app.schemas import bundled, guessed_schema

HEADERS = [
    ("customer", "客户编号 客户姓名 联系电话 电子邮件 公司名称 购买历史 备注"),
    ("customer", "编号 姓名 电话 邮箱 公司 备注"),
    ("customer", "姓名 手机 邮箱 公司"),
    ("customer", "客户号 联系人 手机号 区域 业务员 等级"),
    ("customer", "Name Phone E-mail Company Country"),
    ("customer", "序号 客户名称 联系人 电话 地址 行业 负责人 最后联系"),
    ("order", "订单号 客户编号 下单日期 产品 数量 单价 金额 币种"),
    ("order", "日期 单号 品名 数量 价格 总价 业务员 备注"),
    ("order", "OrderNo|Order No|Customer No|Order date|Product|Qty|Unit price|Amount|Currency"),
    ("payment", "流水号 客户编号 收款日期 收款金额 币种 收款方式 发票号 备注"),
    ("payment", "Payment No|Order No|Customer No|Date|Amount|Currency|Method|Invoice"),
    ("supplier", "供应商编号 供应商名称 联系人 联系电话 邮箱 地址 开户行 账号 税号 备注"),
    ("supplier", "序号 厂商名称 主营产品 联系人 电话 账期"),
    ("supplier", "Vendor ID|Vendor|Contact person|Phone|E-mail|Goods|Payment terms|Currency"),
    ("supplier", "供应商 电话 地址 供货范围 评级"),
    ("contact", "联系人编号 客户编号 姓名 职务 部门 手机 座机 邮箱 微信 备注"),
    ("contact", "姓名 公司 职位 部门 手机号码 邮箱 微信号 生日"),
    ("contact", "Full name|Company|Job title|Dept|Mobile|Office phone|E-mail|Birthday"),
    ("complaint", "投诉编号 客户编号 订单号 投诉日期 投诉类型 投诉内容 处理人 处理结果 状态"),
    ("complaint", "日期 客户号 问题描述 责任人 解决方案 完成日期 满意度"),
    ("complaint", "Ticket No|Customer No|Date|Category|Description|Priority|Assignee|Status|Resolution"),
    ("contract", "合同编号 合同名称 签约方 签订日期 合同金额 币种 到期日期 状态 负责人"),
    ("contract", "合同号 甲方 签订时间 开始日期 截止日期 合同总价 付款方式 备注"),
    ("contract", "Contract No|Counterparty|Contract date|Start date|End date|Contract value|Currency|Status"),
    (None, "甲 乙 丙"),
    (None, "备注 状态"),
    (None, "编号"),
]


def words(line: str) -> list[str]:
    return line.split("|") if "|" in line else line.split()


@pytest.mark.parametrize(("table", "line"), HEADERS)
def test_a_header_belongs_to_its_table(table: str | None, line: str) -> None:
    schema = guessed_schema(words(line))
    assert (schema.name if schema else None) == table


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", [schema.name for schema in bundled()])
def test_every_table_knows_its_own_labels_small_and_whole(name: str, lang: str) -> None:
    schema = next(schema for schema in bundled() if schema.name == name)
    for fields in (schema.basic, schema.field_names):
        found = guessed_schema(schema.by_name[field].label(lang) for field in fields)
        assert found is not None
        assert found.name == name
