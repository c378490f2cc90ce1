"""From a rule's text to its typed tree; every mistake with its place in the text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final, cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from sheetward_schemas.expressions import tree as t
from sheetward_schemas.patterns import check_pattern
from sheetward_schemas.shapes import nearest

MAX_EXPRESSION: Final = 2_000
MAX_NESTING: Final = 60

FIELD_TYPES: Final[Mapping[str, t.Type]] = {
    "string": "text",
    "number": "number",
    "integer": "number",
    "year": "number",
    "boolean": "truth",
    "date": "date",
    "datetime": "date",
}
"""The field types that rules can compare; any other type counts as text."""

FUNCTIONS: Final[Mapping[str, tuple[t.Type, t.Type]]] = {
    "len": ("text", "number"),
    "lower": ("text", "text"),
    "abs": ("number", "number"),
    "year": ("date", "number"),
}
"""Function to the type it takes and the type it gives; `matches(text, 'pattern')` beside them is a condition."""


def _no_facts() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class ExpressionMistake:
    """What is wrong with an expression; `at` counts characters from 1."""

    code: str
    at: int
    facts: Mapping[str, object] = field(default_factory=_no_facts)


def parse_expression(
    text: str, field_types: Mapping[str, str]
) -> tuple[t.Condition | None, tuple[ExpressionMistake, ...]]:
    """Parse a condition over the fields of a table (name to the standard's type).

    No tree where there is any mistake; mistakes of meaning are all given, of grammar the first.
    """
    if len(text) > MAX_EXPRESSION or text.count("(") + text.count("not") + text.count("-") > MAX_NESTING:
        return None, (ExpressionMistake("schema.rule_too_long", 1, {"limit": MAX_EXPRESSION}),)
    try:
        parsed = _parser().parse(text)
    except UnexpectedInput as trouble:
        return None, (_syntax(trouble, text),)
    reader = _Reader(field_types)
    condition = reader.condition(cast("Tree[Token]", parsed.children[0]))
    return (None if reader.mistakes else condition), tuple(reader.mistakes)


@cache
def _parser() -> Lark:
    grammar = (files("sheetward_schemas.expressions") / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True)


def _syntax(trouble: UnexpectedInput, text: str) -> ExpressionMistake:
    if isinstance(trouble, UnexpectedCharacters):
        at = 1 + int(trouble.pos_in_stream or 0)  # pyright: ignore[reportUnknownArgumentType]
        return ExpressionMistake("schema.rule_syntax", at, {"found": text[at - 1 : at]})
    if isinstance(trouble, UnexpectedToken) and trouble.token.type != "$END":
        token = cast("Token", trouble.token)
        return ExpressionMistake("schema.rule_syntax", (token.start_pos or 0) + 1, {"found": str(token)})
    if isinstance(trouble, UnexpectedToken | UnexpectedEOF):
        return ExpressionMistake("schema.rule_unfinished", len(text) + 1)
    raise AssertionError(trouble)


_UNKNOWN: Final = t.FieldValue("", "text")
"""Stands for a part that is wrong already: no field has this name, so nothing more is said about its type."""


class _Reader:
    """Checks types on the way from the grammar's tree to ours; a wrong part is replaced so that the rest is checked too."""

    def __init__(self, field_types: Mapping[str, str]) -> None:
        self.mistakes: list[ExpressionMistake] = []
        self._types = field_types

    def condition(self, node: Tree[Token]) -> t.Condition:
        children = cast("list[Tree[Token]]", node.children)
        match node.data:
            case "any_of":
                return t.Some(tuple(self.condition(child) for child in children))
            case "all_of":
                return t.All(tuple(self.condition(child) for child in children))
            case "negation":
                return t.Not(self.condition(children[0]))
            case "comparison":
                return self._comparison(node)
            case "member":
                return self._member(node)
            case "no_member":
                return t.Not(self._member(node))
            case "call" if str(node.children[0]) == "matches":
                return self._matches(node)
            case _:
                operand = self.operand(node)
                return t.Holds(operand) if operand.type == "truth" else t.Filled(operand)

    def operand(self, node: Tree[Token]) -> t.Operand:
        first = str(node.children[0]) if node.children else ""
        match node.data:
            case "number":
                return t.Constant(Decimal(first), "number")
            case "negative_number":
                return t.Constant(-Decimal(first), "number")
            case "day" | "moment":
                return self._date(node, first)
            case "text":
                return t.Constant(_unquoted(first), "text")
            case "true" | "false":
                return t.Constant(node.data == "true", "truth")
            case "today":
                return t.Today()
            case "field":
                return self._field(node, first.strip("`"))
            case "negative":
                inner = self._operand_of(node, 0, "number")
                return t.Arithmetic("-", t.Constant(Decimal(0), "number"), inner, "number")
            case "arithmetic":
                return self._arithmetic(node)
            case "call":
                return self._call(node, first)
            case _:
                self._wrong(node, "schema.rule_value_expected")
                return _UNKNOWN

    def _operand_of(self, node: Tree[Token], place: int, wanted: t.Type) -> t.Operand:
        child = cast("Tree[Token]", node.children[place])
        operand = self.operand(child)
        if operand.type != wanted:
            self._wrong(child, "schema.rule_types", left=wanted, right=operand.type)
        return operand

    def _date(self, node: Tree[Token], text: str) -> t.Constant:
        try:
            value = dt.datetime.fromisoformat(text) if node.data == "moment" else dt.date.fromisoformat(text)
        except ValueError:
            self._wrong(node, "schema.rule_no_such_day", value=text)
            return t.Constant(dt.date.min, "date")
        return t.Constant(value, "date")

    def _field(self, node: Tree[Token], name: str) -> t.FieldValue:
        if name not in self._types:
            self._wrong(node, "schema.rule_unknown_field", field=name, suggestion=nearest(name, tuple(self._types)))
            return t.FieldValue(name, "text")
        return t.FieldValue(name, FIELD_TYPES.get(self._types[name], "text"))

    def _known(self, operand: t.Operand) -> bool:
        """Say whether the type can be relied on: that of an unknown field cannot, and its mistake is told already."""
        return not isinstance(operand, t.FieldValue) or operand.name in self._types

    def _comparison(self, node: Tree[Token]) -> t.Comparison:
        left_node, operator, right_node = cast("tuple[Tree[Token], Token, Tree[Token]]", tuple(node.children))
        left, right = self.operand(left_node), self.operand(right_node)
        if self._known(left) and self._known(right):
            if left.type != right.type:
                self._wrong(node, "schema.rule_types", left=left.type, right=right.type)
            elif operator not in ("==", "!=") and left.type in ("text", "truth"):
                self._wrong(node, "schema.rule_no_order", type=left.type)
        return t.Comparison(str(operator), left, right)

    def _member(self, node: Tree[Token]) -> t.Member:
        operand_node, list_node = cast("tuple[Tree[Token], Tree[Token]]", tuple(node.children))
        operand = self.operand(operand_node)
        values = tuple(self.operand(cast("Tree[Token]", child)) for child in list_node.children)
        for value in values:
            if self._known(operand) and value.type != operand.type:
                self._wrong(list_node, "schema.rule_types", left=operand.type, right=value.type)
        return t.Member(operand, cast("tuple[t.Constant, ...]", values))

    def _matches(self, node: Tree[Token]) -> t.Matches:
        arguments = self._arguments(node)
        if len(arguments) != 2:
            self._wrong(node, "schema.rule_arguments", function="matches", wanted=2, found=len(arguments))
            return t.Matches(t.Constant("", "text"), "")
        operand, pattern = self.operand(arguments[0]), self.operand(arguments[1])
        if self._known(operand) and operand.type != "text":
            self._wrong(arguments[0], "schema.rule_types", left="text", right=operand.type)
        if not isinstance(pattern, t.Constant) or not isinstance(pattern.value, str):
            self._wrong(arguments[1], "schema.rule_pattern_expected")
            return t.Matches(operand, "")
        bad = check_pattern(pattern.value)
        if bad:
            self._wrong(arguments[1], bad.code, pattern=pattern.value, problem=bad.problem)
        return t.Matches(operand, pattern.value)

    def _arithmetic(self, node: Tree[Token]) -> t.Arithmetic:
        left_node, operator, right_node = cast("tuple[Tree[Token], Token, Tree[Token]]", tuple(node.children))
        left, right = self.operand(left_node), self.operand(right_node)
        result = _RESULTS.get((left.type, str(operator), right.type))
        if result is None:
            if self._known(left) and self._known(right):
                self._wrong(node, "schema.rule_types", left=left.type, right=right.type)
            result = "number"
        return t.Arithmetic(str(operator), left, right, result)

    def _call(self, node: Tree[Token], name: str) -> t.Operand:
        arguments = self._arguments(node)
        if name not in FUNCTIONS:
            known = (*FUNCTIONS, "matches")
            code = "schema.rule_value_expected" if name == "matches" else "schema.rule_function"
            self._wrong(node, code, function=name, suggestion=nearest(name, known), known=known)
            return _UNKNOWN
        takes, gives = FUNCTIONS[name]
        if len(arguments) != 1:
            self._wrong(node, "schema.rule_arguments", function=name, wanted=1, found=len(arguments))
            return t.Call(name, t.Constant("", "text"), gives)
        operand = self.operand(arguments[0])
        if self._known(operand) and operand.type != takes:
            self._wrong(arguments[0], "schema.rule_types", left=takes, right=operand.type)
        return t.Call(name, operand, gives)

    def _arguments(self, node: Tree[Token]) -> list[Tree[Token]]:
        return [child for child in node.children[1:] if isinstance(child, Tree)]

    def _wrong(self, node: Tree[Token], code: str, **facts: object) -> None:
        self.mistakes.append(ExpressionMistake(code, node.meta.start_pos + 1, facts))


_RESULTS: Final[Mapping[tuple[str, str, str], t.Type]] = {
    **{("number", operator, "number"): "number" for operator in "+-*/"},
    ("date", "+", "number"): "date",
    ("date", "-", "number"): "date",
    ("date", "-", "date"): "number",
}


def _unquoted(text: str) -> str:
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)
