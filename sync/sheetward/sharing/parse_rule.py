"""Reads a role's rule on a table as it stands in `sheetward.yaml` or in the store, and tells every mistake in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, cast

from sheetward_schemas.model import Field, TableSchema

from sheetward.cells import Json
from sheetward.sharing.access import Access
from sheetward.sharing.condition import ALWAYS
from sheetward.sharing.mistake import Mistake, closest
from sheetward.sharing.parse_rows import RowReader, word_of
from sheetward.sharing.rule import Rule

RULE_KEYS: Final = ("rows", "columns", "insert", "delete", "move_out")
_ACCESSES: Final = tuple(access.value for access in Access)
STAR: Final = "*"


def parse_rule(
    data: Mapping[str, object], schema: TableSchema, user: Mapping[str, str]
) -> tuple[Rule | None, tuple[Mistake, ...]]:
    """Read a rule; `None` where a mistake makes it void. Notices come along with a rule that holds.

    `data` is the plain mapping of YAML or JSON. Defaults: all rows, no column, insert yes, delete and move_out no.
    """
    mistakes = [
        Mistake("share.key_unknown", (str(key),), {"key": str(key), "known": RULE_KEYS})
        for key in data
        if key not in RULE_KEYS
    ]
    reader = RowReader(schema, user)
    rows = reader.condition(data["rows"], ("rows",)) if data.get("rows") is not None else ALWAYS
    mistakes += reader.mistakes
    columns = _columns(data.get("columns"), schema, mistakes)
    rule = Rule(
        rows=rows,
        columns={name: access for name, access in columns.items() if name != STAR},
        rest=columns.get(STAR, Access.HIDE),
        insert=_right(data, "insert", mistakes, default=True),
        delete=_right(data, "delete", mistakes, default=False),
        move_out=_right(data, "move_out", mistakes, default=False),
        restricted=frozenset(f.name for f in schema.fields if f.sensitivity == "restricted"),
        data=json_ready(data),
    )
    if mistakes:
        return None, tuple(mistakes)
    return _noticed(rule, schema)


def _columns(written: object, schema: TableSchema, mistakes: list[Mistake]) -> dict[str, Access]:
    if written is None:
        return {}
    if not isinstance(written, Mapping):
        mistakes.append(Mistake("share.columns_shape", ("columns",)))
        return {}
    columns: dict[str, Access] = {}
    for key, word in cast("Mapping[object, object]", written).items():
        name, path = str(key), ("columns", str(key))
        if name != STAR and name not in schema.by_name:
            mistakes.append(
                Mistake("share.field_unknown", path, {"field": name, "near": closest(name, schema.field_names)})
            )
        if isinstance(word, str) and word in _ACCESSES:
            columns[name] = Access(word)
        else:
            mistakes.append(Mistake("share.access_unknown", path, {"word": str(word), "known": _ACCESSES}))
    return columns


def _right(data: Mapping[str, object], key: str, mistakes: list[Mistake], *, default: bool) -> bool:
    value = data.get(key, default)
    if isinstance(value, bool):
        return value
    mistakes.append(Mistake("share.right_truth", (key,), {"key": key}))
    return default


def _noticed(rule: Rule, schema: TableSchema) -> tuple[Rule, tuple[Mistake, ...]]:
    """Look at what the parts of a rule come to together."""
    notices: list[Mistake] = []
    if not rule.visible(schema.field_names):
        notices.append(Mistake("share.nothing_visible", ("columns",), {}, is_notice=True))
    unseen = [f for f in schema.fields if f.constraints.required and rule.access(f.name) is Access.HIDE]
    unfilled = tuple(f.name for f in unseen if not fills_itself(f) and f.name not in rule.equalities)
    if rule.insert and unfilled:
        notices.append(Mistake("share.insert_off", ("insert",), {"fields": unfilled}, is_notice=True))
        rule = replace(rule, insert=False)
    return rule, tuple(notices)


def fills_itself(field: Field) -> bool:
    """Say whether a new row gets a value in this field without anyone typing it."""
    return field.auto is not None or field.derived is not None


def json_ready(written: object) -> Json:
    """Give what YAML read as plain JSON: dates as ISO text, decimals as their digits; the meaning stays."""
    if written is None or isinstance(written, bool):
        return written
    if isinstance(written, str):
        return str(written)  # a plain one: YAML readers use subclasses
    if isinstance(written, int):
        return int(written)
    if isinstance(written, float):
        return float(written)
    if isinstance(written, Mapping):
        return {word_of(key): json_ready(value) for key, value in cast("Mapping[object, object]", written).items()}
    if isinstance(written, Sequence):
        return [json_ready(part) for part in cast("Sequence[object]", written)]
    if isinstance(written, dt.date):
        return written.isoformat()
    if isinstance(written, Decimal):
        return str(written)
    raise TypeError(f"no rule holds a {type(written).__name__}")
