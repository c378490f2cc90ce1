"""Rules of one column as kernels: pure functions of one canonical value. Both hosts run these and nothing else.

A kernel answers `None` for what it does not judge: an empty cell (only `required` judges those), or a value that is not
of the field's type (the type's kernel has spoken about it). What does not depend on the row is judged once for each
distinct value.
"""

from __future__ import annotations

import datetime as dt
import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any, Final, TypeAlias

from sheetward_schemas.lexical import is_a, order_of, read_as
from sheetward_schemas.model import Field, TableSchema

from sheetward.cells import Value, plain_text, same
from sheetward.formats import ColumnReader, column_reader
from sheetward.validation import sieve
from sheetward.validation.finding import Severity


def _no_facts() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Broken:
    """What a kernel found wrong with a value; `severity` where that is not for the schema to say."""

    code: str
    facts: Mapping[str, object] = default(default_factory=_no_facts)
    severity: Severity | None = None
    suggestion: str | None = None


Judge: TypeAlias = "Callable[[Value, str | None, dt.date], Broken | None]"
"""A value, its row's region (ISO alpha-2 or `None`) and today to what is wrong."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """One rule of one column. `name` is unique within the column; `region_field` is the other field it looks at.

    `sieve` looks at a whole column first; without one, every filled cell goes to the judge.
    """

    field: str
    name: str
    judge: Judge
    region_field: str | None = None
    sieve: sieve.Sieve | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Give the fields whose cells decide."""
        return (self.field,) if self.region_field is None else (self.field, self.region_field)

    def leaves_unsettled(self, broken: Broken) -> bool:
        """Say whether a verdict of this kernel means that the cell's value has no settled meaning."""
        return self.name == "format" and broken.severity is None


def region_of(value: Value) -> str | None:
    """Give the region that a country's cell names; a country that is not settled names none."""
    return value if isinstance(value, str) and len(value) == 2 else None


def kernels(field: Field, schema: TableSchema) -> tuple[Kernel, ...]:
    """Give every kernel of a field, in the order in which a person should hear of them."""
    return tuple(_kernels(field, schema))


def _kernels(field: Field, schema: TableSchema) -> Iterator[Kernel]:
    region = field.kind.get("regionFrom")
    region_field = region if isinstance(region, str) and region in schema.by_name and region != field.name else None
    constraints = field.constraints
    if constraints.required and field.auto is None:
        yield Kernel(field.name, "required", _required, sieve=sieve.empty_cells)
    reader = column_reader(field, missing_values=schema.missing_values)
    readable = _format(field, reader)
    unreadable = sieve.by_distinct(_finds(readable), sieve.unreadable(field, reader))
    yield Kernel(field.name, "format", readable, region_field, unreadable)
    counts_letters = field.type not in ("list", "array", "object")
    if (least := constraints.min_length) is not None:
        too_short = sieve.long_texts(least, is_least=True) if counts_letters else None
        yield Kernel(field.name, "minLength", _min_length(least, field), sieve=too_short)
    if (most := constraints.max_length) is not None:
        too_long = sieve.long_texts(most, is_least=False) if counts_letters else None
        yield Kernel(field.name, "maxLength", _max_length(most, field), sieve=too_long)
    yield from _bounds(field)
    if constraints.pattern is not None:
        unmatched = sieve.unmatched(constraints.pattern)
        yield Kernel(field.name, "pattern", _pattern(constraints.pattern), sieve=unmatched)
    if constraints.enum is not None:
        in_list = _enum(field.type, constraints.enum)
        yield Kernel(field.name, "enum", in_list, sieve=sieve.by_distinct(_finds(in_list)))
    if constraints.json_schema is not None:
        yield Kernel(field.name, "jsonSchema", _json_schema(constraints.json_schema))


def _finds(judge: Judge) -> Callable[[str, dt.date], bool]:
    """Say for a text whether the judge finds anything wrong, where no region matters."""
    return lambda text, today: judge(text, None, today) is not None


def _required(value: Value, _region: str | None, _today: dt.date) -> Broken | None:
    return Broken("field.required") if value is None else None


_TYPE_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "string": ("文字", "text"),
    "number": ("数字", "a number"),
    "integer": ("整数", "a whole number"),
    "boolean": ("是或否", "true or false"),
    "date": ("日期", "a date"),
    "datetime": ("日期和时间", "a date and time"),
    "time": ("时间，例如 08:30:00", "a time such as 08:30:00"),
    "year": ("年份", "a year"),
    "yearmonth": ("年月，例如 2024-03", "a month such as 2024-03"),
    "duration": ("时长，例如 P1DT2H", "a duration such as P1DT2H"),
    "object": ("JSON 对象", "a JSON object"),
    "array": ("JSON 数组", "a JSON array"),
    "geopoint": ("经纬度，例如 120.1, 30.2", "a point such as 120.1, 30.2"),
    "geojson": ("GeoJSON", "GeoJSON"),
}


def _format(field: Field, reader: ColumnReader) -> Judge:
    """The format's own reader first; a value that it lets pass must still be of the standard's type."""

    def judge(value: Value, region: str | None, today: dt.date) -> Broken | None:
        if value is None:
            return None
        reading = reader.check(value, region, today)
        if reading.code is not None:
            facts = dict(reading.facts)
            if reading.candidates:
                facts["candidates"] = list(reading.candidates)
            certain = reading.candidates[0] if len(reading.candidates) == 1 else None
            return Broken(reading.code, facts, "warning" if reading.is_settled else None, certain)
        if not is_a(field.type, value):
            zh, en = _TYPE_WORDS.get(field.type, (field.type, field.type))
            return Broken("field.type", {"type": field.type, "type_zh": zh, "type_en": en, "value": plain_text(value)})
        return None

    return judge


def _size(value: Value, field: Field) -> int | None:
    """Give the length that the standard means: letters of a text, members of a list, array or object."""
    if not isinstance(value, str):
        return None
    if field.type == "list":
        return value.count(str(field.standard.get("delimiter") or ",")) + 1
    if field.type in ("array", "object"):
        try:
            return len(json.loads(value))
        except (ValueError, TypeError, RecursionError):
            return None
    return len(value)


def _min_length(least: int, field: Field) -> Judge:
    def judge(value: Value, _region: str | None, _today: dt.date) -> Broken | None:
        size = _size(value, field)
        return None if size is None or size >= least else Broken("field.too_short", {"length": size, "limit": least})

    return judge


def _max_length(most: int, field: Field) -> Judge:
    def judge(value: Value, _region: str | None, _today: dt.date) -> Broken | None:
        size = _size(value, field)
        return None if size is None or size <= most else Broken("field.too_long", {"length": size, "limit": most})

    return judge


def _bounds(field: Field) -> Iterator[Kernel]:
    constraints = field.constraints
    for name, written, code, breaks in (
        ("minimum", constraints.minimum, "field.too_small", operator.lt),
        ("exclusiveMinimum", constraints.exclusive_minimum, "field.not_above", operator.le),
        ("maximum", constraints.maximum, "field.too_large", operator.gt),
        ("exclusiveMaximum", constraints.exclusive_maximum, "field.not_below", operator.ge),
    ):
        if written is not None:
            limit = read_as(field.type, written)
            beyond = sieve.days_beyond(limit, breaks) if field.type == "date" and isinstance(limit, dt.date) else None
            yield Kernel(field.name, name, _bound(field.type, limit, code, breaks), sieve=beyond)


def _bound(kind: str, limit: Value, code: str, breaks: Callable[[Any, Any], bool]) -> Judge:
    edge = order_of(kind, limit)
    shown = plain_text(limit)

    def judge(value: Value, _region: str | None, _today: dt.date) -> Broken | None:
        order = order_of(kind, value)
        # A date among numbers, or a number among dates, is not of the type: the format's kernel says so.
        if order is None or type(order) is not type(edge) or not breaks(order, edge):
            return None
        return Broken(code, {"value": plain_text(value), "limit": shown})

    return judge


def _pattern(pattern: str) -> Judge:
    compiled = re.compile(pattern)

    def judge(value: Value, _region: str | None, _today: dt.date) -> Broken | None:
        if not isinstance(value, str) or compiled.fullmatch(value) is not None:
            return None
        return Broken("field.pattern", {"value": value, "pattern": pattern})

    return judge


def _enum(kind: str, members: tuple[object, ...]) -> Judge:
    allowed = tuple(read_as(kind, member) for member in members)
    shown = [plain_text(value) for value in allowed]
    by_fold = {text.casefold(): text for text in reversed(shown)}

    def judge(value: Value, _region: str | None, _today: dt.date) -> Broken | None:
        if value is None or any(same(value, other) for other in allowed):
            return None
        near = by_fold.get(plain_text(value).strip().casefold())
        return Broken(
            "field.category",
            {"value": plain_text(value), "allowed": shown[:20], "candidates": [near] if near else []},
            suggestion=near,
        )

    return judge


def _json_schema(schema: Mapping[str, object]) -> Judge:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(dict(schema))

    def judge(value: Value, _region: str | None, _today: dt.date) -> Broken | None:
        if not isinstance(value, str):
            return None
        try:
            data = json.loads(value)
        except (ValueError, RecursionError):
            return None
        trouble = next(iter(validator.iter_errors(data)), None)
        return None if trouble is None else Broken("field.json_schema", {"problem": trouble.message})

    return judge
