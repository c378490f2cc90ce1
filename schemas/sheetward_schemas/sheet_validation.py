"""What a spreadsheet's own data validation can hold of a schema, as data for whoever writes workbooks.

Excel's limits: one rule a cell; a list written out has at most 255 characters, a longer one stands in a named range;
a prompt has 255 characters, an error 224, their titles 32; a custom formula 255; no regular expressions. LibreOffice and
WPS keep the same limits. A validation is asked only when a person types: the validator has the last word.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from sheetward_schemas.expressions import parse_expression, reads
from sheetward_schemas.expressions.formula import to_formula
from sheetward_schemas.lexical import Value, read_as
from sheetward_schemas.model import Constraints, Field, RuleSpec, TableSchema

MAX_LIST: Final = 255
MAX_PROMPT: Final = 255
MAX_ERROR: Final = 224
MAX_TITLE: Final = 32

Check: TypeAlias = 'Literal["list", "date", "whole", "decimal", "length", "custom"]'
Criterion: TypeAlias = 'Literal["between", ">=", ">", "<=", "<"]'
Grip: TypeAlias = 'Literal["stop", "warning", "information"]'

_FIRST_DAY: Final = dt.date(1900, 1, 1)
_LAST_DAY: Final = dt.date(9999, 12, 31)
_LOWEST: Final = Decimal(-(10**15))
_HIGHEST: Final = Decimal(10**15)


@dataclass(frozen=True, slots=True)
class CellCheck:
    """The one data validation of a column.

    For `list`, `members` are the texts to choose from: written out where `is_inline`, else put into a named range. For
    `date`, `whole`, `decimal` and `length`, `criterion` with `low` and `high` (`high` for `between` only). For `custom`,
    `formula` is without `=` and refers to the first data row, `rule` is what it says. `grip` is what happens to a wrong
    value: `stop` refuses it, `warning` asks, `information` tells. `not_after_today` adds that bound to a date.
    """

    field: str
    check: Check
    grip: Grip = "stop"
    members: tuple[str, ...] = ()
    is_inline: bool = True
    criterion: Criterion = "between"
    low: Value = None
    high: Value = None
    not_after_today: bool = False
    formula: str = ""
    rule: RuleSpec | None = None


def cell_checks(schema: TableSchema, references: Mapping[str, str], lang: str) -> Mapping[str, CellCheck]:
    """Give the check of each column that gets one; choices are in the language of the sheet.

    `references` give the cells of the first data row (`$C2`) of the fields that the sheet has, for custom formulas;
    only these fields get a check. A column's own constraint comes before a rule over several fields.
    """
    found: dict[str, CellCheck] = {}
    for name in references:
        check = _own_check(schema.by_name[name], lang) or _rule_check(schema, name, references)
        if check is not None:
            found[name] = check
    return found


def fitted(text: str, limit: int) -> str:
    """Shorten a text to one of Excel's limits, which count UTF-16 units; the end shows that something is gone.

    >>> fitted("abcdef", 4), fitted("😀😀", 3)
    ('abc…', '😀…')
    """
    if _units(text) <= limit:
        return text
    while _units(text) > limit - 1:
        text = text[:-1]
    return text + "…"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _own_check(field: Field, lang: str) -> CellCheck | None:
    members = _members(field, lang)
    if members:
        inline = _units(",".join(members)) <= MAX_LIST and not any("," in member or '"' in member for member in members)
        grip: Grip = "information" if field.kind.get("open") is True else "stop"
        return CellCheck(field.name, "list", grip, members, inline)
    if field.type == "boolean":
        return CellCheck(field.name, "list", members=("TRUE", "FALSE"))
    constraints = field.constraints
    if field.type in ("date", "datetime"):
        low, high, criterion = _bounds(field.type, constraints, _FIRST_DAY, _LAST_DAY)
        is_past = field.kind.get("notAfter") == "today"
        return CellCheck(field.name, "date", criterion=criterion, low=low, high=high, not_after_today=is_past)
    if field.type in ("number", "integer", "year"):
        low, high, criterion = _bounds(field.type, constraints, _LOWEST, _HIGHEST)
        return CellCheck(
            field.name, "decimal" if field.type == "number" else "whole", criterion=criterion, low=low, high=high
        )
    if field.type == "string" and (constraints.max_length is not None or constraints.min_length is not None):
        least, most = Decimal(constraints.min_length or 0), Decimal(constraints.max_length or 32767)
        return CellCheck(field.name, "length", low=least, high=most)
    return None


def _members(field: Field, lang: str) -> tuple[str, ...]:
    """Give what people choose from: labels where the field has some."""
    if field.categories:
        return tuple(category.shown(lang) for category in field.categories)
    if field.constraints.enum is not None and field.type in ("string", "number", "integer"):
        return tuple(str(member) for member in field.constraints.enum)
    return ()


def _bounds(kind: str, constraints: Constraints, lowest: Value, highest: Value) -> tuple[Value, Value, Criterion]:
    """Give one criterion for up to four bounds; with two exclusive ends the looser, inclusive form is used."""
    low = None if constraints.minimum is None else read_as(kind, constraints.minimum)
    above = None if constraints.exclusive_minimum is None else read_as(kind, constraints.exclusive_minimum)
    high = None if constraints.maximum is None else read_as(kind, constraints.maximum)
    below = None if constraints.exclusive_maximum is None else read_as(kind, constraints.exclusive_maximum)
    upper = high if high is not None else below
    lower = low if low is not None else above
    if upper is None and lower is not None:
        return lower, None, ">=" if low is not None else ">"
    if lower is None and upper is not None:
        return upper, None, "<=" if high is not None else "<"
    return lower if lower is not None else lowest, upper if upper is not None else highest, "between"


def _rule_check(schema: TableSchema, name: str, references: Mapping[str, str]) -> CellCheck | None:
    """Give the first rule that is shown at this field and that a formula can say."""
    types = {field.name: field.type for field in schema.fields}
    for spec in schema.rules:
        assertion, _ = parse_expression(spec.assertion, types)
        when, _ = parse_expression(spec.when, types) if spec.when else (None, ())
        if assertion is None or name not in (spec.columns or reads(assertion)):
            continue
        formula = to_formula(assertion, when, references)
        if formula is not None:
            is_warning = spec.severity == "warn" or spec.code in schema.warn_codes
            return CellCheck(name, "custom", "warning" if is_warning else "stop", formula=formula, rule=spec)
    return None
