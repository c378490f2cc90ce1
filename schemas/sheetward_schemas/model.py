"""What a table is: its fields, keys and rules, as plain frozen data.

The standard is Frictionless Table Schema v2 (https://datapackage.org/standard/table-schema/); what stands under `x:`
in the files is ours. A `TableSchema` is only ever built by the parser, which has checked it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


def _no_options() -> Mapping[str, object]:
    return {}


def _no_texts() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Constraints:
    """The standard's constraints; `None` means that the constraint is not there. Bounds are kept as written."""

    required: bool = False
    unique: bool = False
    min_length: int | None = None
    max_length: int | None = None
    minimum: object = None
    maximum: object = None
    exclusive_minimum: object = None
    exclusive_maximum: object = None
    pattern: str | None = None
    enum: tuple[object, ...] | None = None
    json_schema: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """One allowed value and the label that people see for it; `labels` are those of single languages."""

    value: object
    label: str
    labels: Mapping[str, str] = field(default_factory=_no_texts)

    def shown(self, lang: str) -> str:
        """Give the label in a language, else the one for all."""
        return self.labels.get(lang) or self.label

    @property
    def texts(self) -> tuple[str, ...]:
        """Give every label, without repetition."""
        return tuple(dict.fromkeys(text for text in (self.label, *self.labels.values()) if text))


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `name` is its identity; labels change freely.

    `format` is the standard's format (`default`, `email`, a date pattern); `kind` is `x:format`, a mapping whose key
    `kind` names one of our format kinds (phone, date, category, ...), empty where there is none. `type` is one of the
    standard's type names. `auto` and `derived` are `x:auto` and `x:derived` (a bare word becomes `{"from": word}`).
    """

    name: str
    type: str = "string"
    format: str = "default"
    title: str = ""
    description: str = ""
    example: object = None
    labels: Mapping[str, str] = field(default_factory=_no_texts)
    aliases: tuple[str, ...] = ()
    constraints: Constraints = Constraints()
    categories: tuple[Category, ...] = ()
    categories_ordered: bool = False
    missing_values: tuple[str, ...] | None = None
    kind: Mapping[str, object] = field(default_factory=_no_options)
    auto: Mapping[str, object] | None = None
    derived: Mapping[str, object] | None = None
    sensitivity: str = "internal"
    renamed_from: tuple[str, ...] = ()
    """Names that the field had before, newest first."""
    merge_policy: str = "ask"
    stale_after: str = ""
    """After which span (`12 months`) a value must be confirmed again, empty for never."""
    standard: Mapping[str, object] = field(default_factory=_no_options)
    """Further properties of the standard, as written: decimalChar, groupChar, bareNumber, trueValues, falseValues, delimiter, itemType."""

    line: int = field(default=0, compare=False, repr=False)
    """Where it stands in its file; 0 where it was not read from one."""

    def label(self, lang: str) -> str:
        """Give the header that people see: the label in that language, else any label, the title, the name."""
        return self.labels.get(lang) or next(iter(self.labels.values()), "") or self.title or self.name

    @property
    def headers(self) -> tuple[str, ...]:
        """Give every header text that means this field, best first, without repetition."""
        return tuple(dict.fromkeys(t for t in (*self.labels.values(), self.title, self.name, *self.aliases) if t))


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Fields that point at another table's fields; `resource` is that table's schema name, empty for itself."""

    fields: tuple[str, ...]
    resource: str
    reference_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule over several fields, as written: `when` and `assertion` are expressions (see `expressions`)."""

    code: str
    assertion: str
    when: str = ""
    columns: tuple[str, ...] = ()
    message: Mapping[str, str] = field(default_factory=_no_texts)
    severity: str | None = None


@dataclass(frozen=True)
class TableSchema:
    """One table, checked: names are unique, keys and rules name fields that exist."""

    name: str
    fields: tuple[Field, ...]
    title: str = ""
    labels: Mapping[str, str] = field(default_factory=_no_texts)
    version: int = 1
    fields_match: str = "exact"
    missing_values: tuple[str, ...] = ("",)
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    severity_default: str = "error"
    warn_codes: tuple[str, ...] = ()
    basic: tuple[str, ...] = ()
    identify: tuple[str, ...] = ()
    compare: tuple[str, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    stale_after: str = ""
    """After which span (`2 years`) a row is stale, counted from the latest date in `stale_since`; empty for never."""
    stale_since: tuple[str, ...] = ()
    quality_by: tuple[str, ...] = ()
    """Fields by whose values the quality is counted, such as owner and region."""
    source: str = ""
    """Where it was read from, for messages: a path or `bundled:NAME`."""

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Give each field by its name."""
        return {f.name: f for f in self.fields}

    @cached_property
    def header_texts(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Give each field's name with every header text that means it."""
        return tuple((f.name, f.headers) for f in self.fields)

    @property
    def field_names(self) -> tuple[str, ...]:
        """Give the names in order."""
        return tuple(f.name for f in self.fields)

    @property
    def business_key(self) -> str | None:
        """Give the field that people call a row by (客户编号): the primary key where it is one field."""
        return self.primary_key[0] if len(self.primary_key) == 1 else None

    def label(self, lang: str) -> str:
        """Give the table's name for people."""
        return self.labels.get(lang) or next(iter(self.labels.values()), "") or self.title or self.name
