"""What a sheet says and checks while somebody types: a prompt for each column, and the schema's check of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from sheetward_schemas.model import Field, TableSchema
from sheetward_schemas.sheet_validation import MAX_ERROR, MAX_PROMPT, MAX_TITLE, CellCheck, fitted

from sheetward_templates.describe import bounds, guide_of, is_given, kind_of
from sheetward_templates.texts import Lang, joined, text

Options: TypeAlias = "dict[str, Any]"
"""What XlsxWriter's `data_validation` takes."""


def entry_options(
    field: Field, schema: TableSchema, check: CellCheck | None, cell: str, lists: Mapping[str, str], lang: Lang
) -> Options:
    """Give the validation of a column: its prompt, what is allowed, and the words for what is not.

    `cell` is the column's first data cell, `lists` field to the defined name of its list. Phones and addresses, for which
    a schema's check has no form, are looked at roughly and only warned of. What the system fills in is not
    checked, a list apart: who types a grade pins it.
    """
    options: Options = {
        "validate": "any",
        "input_title": fitted(field.label(lang), MAX_TITLE),
        "input_message": fitted(_prompt(field, schema, lang), MAX_PROMPT),
    }
    if is_given(field) and (check is None or check.check != "list"):
        return options
    allowed = _allowed(field, check, lists, lang) if check is not None else _rough(field, cell, lang)
    return options | allowed


def _prompt(field: Field, schema: TableSchema, lang: Lang) -> str:
    said = guide_of(field, schema, lang)
    lines = [line for line in (said.description, said.note) if line]
    if said.example:
        lines.append(f"{text('guide.example', lang)}{'：' if lang == 'zh' else ': '}{said.example}")
    return "\n".join(lines)


def _allowed(field: Field, check: CellCheck, lists: Mapping[str, str], lang: Lang) -> Options:
    if check.check == "list":
        return {
            "validate": "list",
            "source": f"={lists[field.name]}",
            **_refusal("choice", check, lang, choices=joined(list(check.members), lang)),
        }
    if check.check == "custom":
        message = check.rule.message.get(lang, "") if check.rule is not None else ""
        words = {"error_title": fitted(field.label(lang), MAX_TITLE), "error_message": fitted(message, MAX_ERROR)}
        return {"validate": "custom", "value": f"={check.formula}", "error_type": check.grip, **words}
    limits = _limits(check)
    if check.check == "date":
        code = "date_past" if check.not_after_today else "date"
        return {"validate": "date", **limits, **_refusal(code, check, lang, low=_day(check.low))}
    if check.check == "length":
        return {
            "validate": "length",
            **limits,
            **_refusal("length", check, lang, low=_whole(check.low), high=_whole(check.high)),
        }
    kind = "integer" if check.check == "whole" else "decimal"
    return {"validate": kind, **limits, **_refusal("number", check, lang, bounds=joined(bounds(field, lang), lang))}


def _limits(check: CellCheck) -> Options:
    low, high = _bound(check.low), _bound(check.high)
    if check.not_after_today:
        return {"criteria": "between", "minimum": low, "maximum": "=TODAY()"}
    if check.criterion == "between":
        return {"criteria": "between", "minimum": low, "maximum": high}
    return {"criteria": check.criterion, "value": low}


def _bound(value: object) -> object:
    """Give a bound as XlsxWriter takes it: dates as they are, numbers without a needless `.0`."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _day(value: object) -> str:
    return value.isoformat()[:10] if isinstance(value, dt.date) else str(value)


def _whole(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _refusal(code: str, check: CellCheck, lang: Lang, **facts: object) -> Options:
    return {
        "error_type": check.grip,
        "error_title": fitted(text(f"check.{code}_title", lang), MAX_TITLE),
        "error_message": fitted(text(f"check.{code}", lang, **facts).strip(), MAX_ERROR),
    }


def _rough(field: Field, cell: str, lang: Lang) -> Options:
    kind = kind_of(field)
    if kind == "email":
        formula = f'=AND(ISNUMBER(MATCH("?*@?*.?*",{cell},0)),ISERROR(FIND(" ",{cell})))'
    elif kind == "phone":
        bare = cell
        for character in " -+()":
            bare = f'SUBSTITUTE({bare},"{character}","")'
        formula = f"=AND(LEN({bare})>=5,ISNUMBER(--{bare}))"
    else:
        return {}
    words = {
        "error_title": fitted(text(f"check.{kind}_title", lang), MAX_TITLE),
        "error_message": fitted(text(f"check.{kind}", lang), MAX_ERROR),
    }
    return {"validate": "custom", "value": formula, "error_type": "warning", **words}
