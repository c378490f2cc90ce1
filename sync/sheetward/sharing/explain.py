"""Says in words what a rule shows and allows, for the person who writes it and the person who is under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sheetward_schemas.model import TableSchema

from sheetward.cells import Value, plain_text
from sheetward.messages import Lang, render
from sheetward.sharing.access import Access
from sheetward.sharing.condition import ALWAYS, NEVER, AllOf, AnyOf, Comparison, Condition, Not, Operator
from sheetward.sharing.rule import Rule


@dataclass(frozen=True, slots=True)
class ColumnAccess:
    """What the role may do with one column; `code` says which part of the rule decided (in the message catalogue)."""

    field: str
    access: Access
    code: str


@dataclass(frozen=True, slots=True)
class AccessExplained:
    """A rule laid open: its row condition, every column of the table in order, and the rights over rows.

    `filled` are the values that new rows get by themselves.
    """

    rows: Condition
    columns: tuple[ColumnAccess, ...]
    insert: bool
    delete: bool
    move_out: bool
    filled: tuple[tuple[str, Value], ...]


def explain_access(rule: Rule, schema: TableSchema) -> AccessExplained:
    """Say for every column what the role may do and why."""
    return AccessExplained(
        rows=rule.rows,
        columns=tuple(ColumnAccess(name, rule.access(name), _deciding(rule, name)) for name in schema.field_names),
        insert=rule.insert,
        delete=rule.delete,
        move_out=rule.move_out,
        filled=tuple(rule.equalities.items()),
    )


def _deciding(rule: Rule, name: str) -> str:
    if name in rule.columns:
        return "share.why_named"
    if name in rule.restricted:
        return "share.why_restricted"
    return "share.why_rest" if rule.rest is not Access.HIDE else "share.why_unnamed"


_SYMBOLS: Final = {
    Operator.EQ: "=",
    Operator.NE: "≠",
    Operator.LT: "<",
    Operator.LE: "≤",
    Operator.GT: ">",
    Operator.GE: "≥",
}


def condition_text(condition: Condition, schema: TableSchema, lang: Lang) -> str:
    """Spell a row condition for office people, with the headers and labels they know: `区域 = 华东 且 金额 ≥ 1000`."""
    if condition == ALWAYS:
        return render("share.rows_all", {}, lang)
    if condition == NEVER:
        return render("share.rows_none", {}, lang)
    return _spelt(condition, schema, lang)


def _spelt(condition: Condition, schema: TableSchema, lang: Lang) -> str:
    if isinstance(condition, AllOf | AnyOf):
        if not condition.parts:
            return condition_text(condition, schema, lang)
        word = render("share.word_and" if isinstance(condition, AllOf) else "share.word_or", {}, lang)
        parts = [_spelt(part, schema, lang) for part in condition.parts]
        if len(parts) == 1:
            return parts[0]
        nested = [isinstance(part, AllOf | AnyOf) and len(part.parts) > 1 for part in condition.parts]
        return f" {word} ".join(f"({text})" if inner else text for text, inner in zip(parts, nested, strict=True))
    if isinstance(condition, Not):
        return render("share.word_not", {"condition": _spelt(condition.part, schema, lang)}, lang)
    return _compared(condition, schema, lang)


def _compared(test: Comparison, schema: TableSchema, lang: Lang) -> str:
    label = schema.by_name[test.field].label(lang)
    values = [_value(test.field, value, schema, lang) for value in test.values]
    if test.operator is Operator.IN:
        return render("share.word_in", {"field": label, "values": values}, lang)
    if test.operator is Operator.PREFIX:
        return render("share.word_prefix", {"field": label, "value": values[0]}, lang)
    if test.operator is Operator.NULL or test.values == (None,):
        is_empty = (test.operator is Operator.NULL and test.values[0] is True) or test.operator is Operator.EQ
        return render("share.word_empty" if is_empty else "share.word_filled", {"field": label}, lang)
    return f"{label} {_SYMBOLS[test.operator]} {values[0]}"


def _value(name: str, value: Value, schema: TableSchema, lang: Lang) -> str:
    if value is None:
        return render("share.word_nothing", {}, lang)
    labels = {category.value: category.shown(lang) for category in schema.by_name[name].categories}
    return labels.get(value) or plain_text(value)
