"""Reads the row part of a rule: `{region: 华东}`, `{amount: {ge: 1000}}`, `all`, `any`, `not`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

from sheetward_schemas.model import Field, TableSchema

from sheetward.cells import Value
from sheetward.sharing.condition import (
    NEVER,
    ORDERINGS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Operator,
)
from sheetward.sharing.literal import Unreadable, read_literal
from sheetward.sharing.mistake import Mistake, closest

Path: TypeAlias = "tuple[str, ...]"

_OPERATORS = tuple(operator.value for operator in Operator)
_ORDERED_TYPES = frozenset({"number", "integer", "date", "datetime", "string"})


class RowReader:
    """Reads one rule's conditions; `mistakes` fills up on the way, so that all of them are told at once."""

    def __init__(self, schema: TableSchema, user: Mapping[str, str]) -> None:
        self.schema = schema
        self.user = user
        self.mistakes: list[Mistake] = []

    def condition(self, written: object, path: Path) -> Condition:
        """Read a condition; where it is wrong the result shows nothing, and a mistake is noted."""
        if not isinstance(written, Mapping):
            return self._wrong("share.rows_shape", path)
        entries = cast("Mapping[object, object]", written)
        parts = [self._entry(word_of(key), value, (*path, word_of(key))) for key, value in entries.items()]
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _wrong(self, code: str, path: Path, **facts: object) -> Condition:
        self.mistakes.append(Mistake(code, path, facts))
        return NEVER

    def _entry(self, key: str, written: object, path: Path) -> Condition:
        if key in ("all", "any"):
            parts = _listed(written)
            if parts is None:
                return self._wrong("share.list_expected", path, word=key)
            read = tuple(self.condition(part, (*path, str(n))) for n, part in enumerate(parts))
            return AllOf(read) if key == "all" else AnyOf(read)
        if key == "not":
            parts = _listed(written)
            if parts is None:
                return Not(self.condition(written, path))
            return Not(AnyOf(tuple(self.condition(part, (*path, str(n))) for n, part in enumerate(parts))))
        field = self.schema.by_name.get(key)
        if field is None:
            return self._wrong("share.field_unknown", path, field=key, near=closest(key, self.schema.field_names))
        return self._field(field, written, path)

    def _field(self, field: Field, written: object, path: Path) -> Condition:
        if isinstance(written, Mapping):
            tests = cast("Mapping[object, object]", written)
            if not tests:
                return self._wrong("share.operator_missing", path, field=field.name, known=_OPERATORS)
            parts = [self._test(field, word_of(op), value, (*path, word_of(op))) for op, value in tests.items()]
            return parts[0] if len(parts) == 1 else AllOf(tuple(parts))
        if _listed(written) is not None:
            return self._test(field, "in", written, path)
        return self._test(field, "eq", written, path)

    def _test(self, field: Field, word: str, written: object, path: Path) -> Condition:
        if word not in _OPERATORS:
            return self._wrong("share.operator_unknown", path, word=word, known=_OPERATORS)
        operator = Operator(word)
        if operator is Operator.NULL:
            if not isinstance(written, bool):
                return self._wrong("share.null_truth", path)
            return Comparison(field.name, operator, (written,))
        if operator is Operator.IN:
            parts = _listed(written)
            if parts is None:
                return self._wrong("share.list_expected", path, word=word)
            values = [self._value(field, part, operator, (*path, str(n))) for n, part in enumerate(parts)]
            return Comparison(field.name, operator, tuple(v for v in values if not isinstance(v, Unreadable)))
        value = self._value(field, written, operator, path)
        if isinstance(value, Unreadable):
            return NEVER
        needs_order = operator in ORDERINGS
        if (needs_order and (value is None or field.type not in _ORDERED_TYPES)) or (
            operator is Operator.PREFIX and not isinstance(value, str)
        ):
            return self._wrong("share.operator_type", path, word=word, field=field.name, type=field.type)
        return Comparison(field.name, operator, (value,))

    def _value(self, field: Field, written: object, operator: Operator, path: Path) -> Value | Unreadable:
        if isinstance(written, Mapping) or _listed(written) is not None:
            value: Value | Unreadable = Unreadable("share.value_shape", {"field": field.name})
        else:
            missing = self.schema.missing_values
            is_part = operator is Operator.PREFIX or operator in ORDERINGS
            value = read_literal(written, field, self.user, missing, is_part=is_part)
        if isinstance(value, Unreadable):
            self.mistakes.append(Mistake(value.code, path, value.facts))
        return value


def _listed(written: object) -> Sequence[object] | None:
    if isinstance(written, Sequence) and not isinstance(written, str | bytes):
        return cast("Sequence[object]", written)
    return None


def word_of(key: object) -> str:
    """Give a mapping's key as a word: YAML reads the operator `null` as nothing."""
    return "null" if key is None else str(key)
