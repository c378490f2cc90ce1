"""Reading the cells of one column, each distinct cell once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any, Final

from sheetward_schemas.model import Category, Field

from sheetward.cells import Cell, Missing, RawCell, State, Typed, Value, plain_text, same, value_of
from sheetward.formats import category
from sheetward.formats.certain import AT_LEAST, Certain, Found, certain_of, known_cells, without
from sheetward.formats.country import label as country_label
from sheetward.formats.entry import Entry, Read, Spec, cleaned, entry_of, settled, stored
from sheetward.formats.kinds import EVIDENT, maker
from sheetward.formats.reading import Reading
from sheetward.messages import LANGS

_NOTHING: Final = Reading(None)
_NO_OPTIONS: Final[Mapping[str, object]] = {}


_SPELLED: Final = frozenset({"amount", "boolean", "date", "datetime", "integer", "number", "year"})
"""Kinds whose values a field of type `string` holds as their canonical spelling."""


def _day(value: Value) -> dt.date | None:
    """Give the day of a canonical date, of a date with a time, or of a date in a field of type `string`."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


class ColumnReader:
    """Reads and shows one column. Not for use from several threads at once: it remembers what it has read."""

    __slots__ = (
        "_cells",
        "_certain",
        "_checks",
        "_is_text",
        "_labels",
        "_last",
        "_missing",
        "_read",
        "_shows_country",
        "_texts",
        "field",
    )

    def __init__(
        self, field: Field, read: Read, missing: frozenset[str], spec: Spec, certain: Certain | None = None
    ) -> None:
        self.field = field
        self._certain = certain
        self._read = read
        self._missing = missing
        self._is_text = field.type == "string" and spec.text("kind") in _SPELLED
        self._last = spec.text("notAfter")
        self._shows_country = spec.text("kind") == "country" and spec.text("show") == "label"
        self._labels: dict[str, dict[Value, str]] = {}
        if category.takes_labels(spec):
            self._labels = {
                lang: {category.canonical(c.value): c.shown(lang) for c in category.of(spec) if self._reads(c, lang)}
                for lang in LANGS
            }
        self._checks: dict[tuple[str, str | None], Reading] = {}
        self._texts: dict[tuple[str, str | None, bool], Reading] = {}
        self._cells: dict[tuple[State, str, str, bool, str | None], Reading] = {}

    def afresh(self) -> ColumnReader:
        """Give the same reader without what this one remembers of its cells."""
        other = copy(self)
        other._checks, other._texts, other._cells = {}, {}, {}
        return other

    def _reads(self, one: Category, lang: str) -> bool:
        """Say whether a label, typed back, means its value; a label that is another category's value does not."""
        value = category.canonical(one.value)
        label = one.shown(lang)
        return bool(label) and same(self._read(stored(label), None).cell, value)

    def read(self, raw: RawCell, region: str | None = None) -> Reading:
        """Give a cell's meaning; `region` (ISO alpha-2) is the row's, where the kind asks for one. Never raises."""
        if raw.state is State.TEXT:
            key = (raw.text, region, raw.date_1904)
            found = self._texts.get(key)
            if found is None:
                found = self._texts[key] = self._read_once(raw, region)
            return found
        if raw.state is State.BLANK:
            return _NOTHING
        if raw.state is State.UNCACHED:
            return self._read_once(raw, region)
        cell = (raw.state, raw.text, raw.number_format, raw.date_1904, region)
        found = self._cells.get(cell)
        if found is None:
            found = self._cells[cell] = self._read_once(raw, region)
        return found

    def _read_once(self, raw: RawCell, region: str | None) -> Reading:
        entry = entry_of(raw)
        if entry is None:
            return _NOTHING
        return entry if isinstance(entry, Reading) else self._meaning(entry, region)

    def _meaning(self, entry: Entry, region: str | None) -> Reading:
        if isinstance(entry.value, str) and entry.value in self._missing:
            return settled(entry, None)
        reading = self._read(entry, region)
        value = value_of(reading.cell)
        if self._is_text and reading.is_settled and value is not None and not isinstance(value, str):
            return replace(reading, cell=settled(entry, plain_text(value)).cell)
        return reading

    def certain(self, texts: Any, region: str | None = None) -> Found | None:
        """Give what is certain of many texts (a string array), typed or stored; `None` where each one needs `read` or `check`."""
        if self._certain is None:
            return None
        return without(self._certain(texts, region), texts, self._missing)

    def cells(self, raws: Sequence[RawCell], region: str | None = None) -> list[Cell]:
        """Give the meaning of many different cells: what `read` gives for each, common shapes a column at a time."""
        if self._certain is None or len(raws) < AT_LEAST:
            return [self.read(raw, region).cell for raw in raws]
        texts = [raw.text or None if raw.state is State.TEXT else None for raw in raws]
        return [
            self.read(raw, region).cell if isinstance(cell, Missing) else cell
            for raw, cell in zip(raws, known_cells(texts, partial(self.certain, region=region)), strict=True)
        ]

    def check(self, value: Value, region: str | None = None, today: dt.date | None = None) -> Reading:
        """Read a canonical value again: no code where it is canonical and right.

        A date after the day of `notAfter` is unsettled (`date.too_late`); with `today`, one after it in a field with
        `notAfter: today` is (`date.future`).
        """
        if value is None or value == "":
            return _NOTHING
        if isinstance(value, str):
            reading = self._checks.get((value, region))
            if reading is None:
                reading = self._checks[value, region] = self._meaning(stored(value), region)
        else:
            reading = self._meaning(stored(value), region)
        return self._in_time(reading, today) if self._last and reading.is_settled else reading

    def _in_time(self, reading: Reading, today: dt.date | None) -> Reading:
        """Give the reading of a date, unsettled where it is later than its field allows."""
        day, is_today = _day(value_of(reading.cell)), self._last == "today"
        last = today if is_today else dt.date.fromisoformat(self._last)
        if day is None or last is None or day <= last:
            return reading
        code = "date.future" if is_today else "date.too_late"
        facts = {"value": day.isoformat(), "today" if is_today else "last": last.isoformat()}
        return replace(reading, code=code, is_settled=False, facts=facts)

    def shown(self, value: Value, lang: str) -> Value:
        """Give what a sheet shows for a canonical value: a category's label, a country's name where `show: label`, else itself."""
        if self._shows_country and isinstance(value, str):
            return country_label(value, lang)
        labels = self._labels.get(lang)
        return labels.get(value, value) if labels and not isinstance(value, Typed) else value


def column_reader(
    field: Field, *, missing_values: tuple[str, ...] = ("",), sample: Iterable[RawCell] = ()
) -> ColumnReader:
    """Make the reader of a column; `UserError` (`formats.unknown_kind`) where its kind is unknown.

    A field's own `missing_values` stand before the table's. `sample` are cells of the column as evidence for the order of
    day and month: give all of them where they are at hand, the evidence is only as good as the sample.
    """
    spec = Spec(field, field.kind or _NO_OPTIONS)
    make = maker(spec)
    if make in EVIDENT:
        spec = replace(spec, sample=tuple(entry for raw in sample if isinstance(entry := entry_of(raw), Entry)))
    missing = field.missing_values if field.missing_values is not None else missing_values
    return ColumnReader(field, make(spec), frozenset(map(cleaned, missing)), spec, certain_of(make, spec))


def normalize(kind: str, text: str, *, region: str = "CN", options: Mapping[str, object] = _NO_OPTIONS) -> Reading:
    """Read one text as a kind, outside any table; `UserError` (`formats.unknown_kind`) where the kind is unknown.

    >>> normalize("phone", "138 0013 8000").cell
    Typed(value='+8613800138000', text='138 0013 8000')
    """
    field = Field("value", kind={**options, "kind": kind})
    spec = Spec(field, {"defaultRegion": region, **field.kind})
    entry = entry_of(RawCell(State.TEXT, text))
    return maker(spec)(spec)(entry, region) if isinstance(entry, Entry) else _NOTHING
