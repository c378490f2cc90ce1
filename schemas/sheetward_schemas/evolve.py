"""What a new version of a schema changes: field by field, each change with whether it applies by itself. Pure.

==================================================  =====================
the change                                          applies
==================================================  =====================
labels, aliases, texts, order, severity lowered     by itself
a new field, a new category, a looser rule          by itself
a field removed or renamed, another type or format  after consent
a stricter rule, another key, merge or sensitivity  after consent
==================================================  =====================

A field is known by its name; under a new name only by `x:renamed_from`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Final, cast

from sheetward_schemas.data import schema_data
from sheetward_schemas.mistakes import Mistake
from sheetward_schemas.model import Constraints, Field, ForeignKey, RuleSpec, TableSchema


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One difference. `code` is its sentence (`evolve.*`); `field` is `None` for the table as a whole.

    `field` is the new name, of a removed field the old one. `part` says what of it (a constraint, a rule's code);
    `was` and `now` are as written, `None` where there is or was nothing.
    """

    code: str
    field: str | None
    applies_itself: bool
    part: str = ""
    was: object = None
    now: object = None


@dataclass(frozen=True)
class Evolution:
    """From one schema of a table to another. `former` is new field name to the old name of the same field."""

    old: TableSchema
    new: TableSchema
    former: Mapping[str, str]
    changes: tuple[SchemaChange, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def needs_consent(self) -> bool:
        """Say whether any of the changes must be agreed to."""
        return any(not change.applies_itself for change in self.changes)

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """Give old name to new name, of fields that got another one."""
        return {old: new for new, old in self.former.items() if old != new}

    @property
    def added(self) -> tuple[str, ...]:
        """Give the fields that are new."""
        return tuple(name for name in self.new.field_names if name not in self.former)

    @cached_property
    def removed(self) -> tuple[str, ...]:
        """Give the fields that are gone, by their old names."""
        kept = set(self.former.values())
        return tuple(name for name in self.old.field_names if name not in kept)

    @cached_property
    def retyped(self) -> tuple[str, ...]:
        """Give the fields, by their new names, whose cells mean something else when they are read anew."""
        return tuple(
            new
            for new, old in self.former.items()
            if _reading(self.new, self.new.by_name[new], self.renamed, is_old=False)
            != _reading(self.old, self.old.by_name[old], self.renamed, is_old=True)
        )


def evolution(old: TableSchema, new: TableSchema) -> Evolution:
    """Compare two schemas of one table; nothing is missed: schemas that differ in their data have a change."""
    former, mistakes = _same_fields(old, new)
    return _compared(old, new, former, tuple(mistakes))


def evolution_by(old: TableSchema, new: TableSchema, former: Mapping[str, str]) -> Evolution:
    """Compare two schemas whose fields are known to be the same: `former` is new name to old name."""
    return _compared(old, new, former, ())


def _compared(
    old: TableSchema, new: TableSchema, former: Mapping[str, str], mistakes: tuple[Mistake, ...]
) -> Evolution:
    before = _under_new_names(old, {old_name: name for name, old_name in former.items()})
    found = [*_field_changes(before, old, new, former), *_table_changes(before, new)]
    if not found and _comparable(before) != _comparable(new):
        found.append(SchemaChange("evolve.table", None, applies_itself=True))
    return Evolution(old, new, former, tuple(found), mistakes)


def _comparable(schema: TableSchema) -> object:
    return schema_data(replace(schema, fields=tuple(replace(f, renamed_from=()) for f in schema.fields)))


def _same_fields(old: TableSchema, new: TableSchema) -> tuple[dict[str, str], list[Mistake]]:
    """Find each new field among the old ones: by what it says it was renamed from, where that is news, else by name.

    A statement that the old version bears already, or that names no old field, was applied long ago.
    """
    former: dict[str, str] = {}
    mistakes: list[Mistake] = []
    owner: dict[str, str] = {}
    for field in new.fields:
        known = old.by_name.get(field.name)
        told = () if known is None else known.renamed_from
        names = [name for name in field.renamed_from if name in old.by_name and name not in told]
        before = names[0] if names else None if known is None else known.name
        if before is None:
            continue
        if before in owner:
            facts = {"former": before, "field": field.name, "other": owner[before]}
            mistakes.append(Mistake("evolve.renamed_twice", field.line, 1, field.name, facts))
            continue
        former[field.name] = before
        owner[before] = field.name
    for name, before in former.items():
        if before != name and name in old.by_name and name not in owner:
            line = new.by_name[name].line
            mistakes.append(Mistake("evolve.rename_taken", line, 1, name, {"field": name, "former": before}))
    return former, mistakes


def _under_new_names(old: TableSchema, names: Mapping[str, str]) -> TableSchema:
    """Give the old schema as it would be written with the new names; a field that is gone keeps its own."""

    def named(fields: Iterable[str]) -> tuple[str, ...]:
        return tuple(names.get(name, name) for name in fields)

    fields = [
        replace(field, name=names.get(field.name, field.name), kind=_kind_under(field.kind, names))
        for field in old.fields
    ]
    return replace(
        old,
        fields=tuple(fields),
        primary_key=named(old.primary_key),
        unique_keys=tuple(named(key) for key in old.unique_keys),
        foreign_keys=tuple(
            ForeignKey(
                named(key.fields), key.resource, key.reference_fields if key.resource else named(key.reference_fields)
            )
            for key in old.foreign_keys
        ),
        basic=named(old.basic),
        identify=named(old.identify),
        stale_since=named(old.stale_since),
        quality_by=named(old.quality_by),
        compare=named(old.compare),
        rules=tuple(
            replace(
                rule,
                when=_text_under(rule.when, names),
                assertion=_text_under(rule.assertion, names),
                columns=named(rule.columns),
            )
            for rule in old.rules
        ),
    )


def _kind_under(kind: Mapping[str, object], names: Mapping[str, str]) -> Mapping[str, object]:
    source = kind.get("regionFrom")
    return {**kind, "regionFrom": names[source]} if isinstance(source, str) and source in names else kind


def _text_under(text: str, names: Mapping[str, str]) -> str:
    """Write an expression with other names, all at once, so that a swap does not meet itself."""
    moved = {old: new for old, new in names.items() if old != new}
    if not moved:
        return text
    words = "|".join(re.escape(name) for name in sorted(moved, key=len, reverse=True))
    return re.sub(rf"(?<!\w)({words})(?!\w)", lambda found: moved[found[1]], text)


def _reading(schema: TableSchema, field: Field, renamed: Mapping[str, str], *, is_old: bool) -> tuple[object, ...]:
    """Give all that decides which value a cell of a field means."""
    missing = schema.missing_values if field.missing_values is None else field.missing_values
    kind = _kind_under(field.kind, renamed) if is_old else field.kind
    return field.type, field.format, dict(kind), tuple(sorted(missing)), dict(field.standard)


def _field_changes(
    before: TableSchema, old: TableSchema, new: TableSchema, former: Mapping[str, str]
) -> Iterator[SchemaChange]:
    for field in new.fields:
        if field.name not in former:
            yield SchemaChange("evolve.added", field.name, applies_itself=True)
            if field.constraints.required and field.auto is None and field.derived is None:
                yield SchemaChange("evolve.stricter", field.name, applies_itself=False, part="required", now=True)
            continue
        was = replace(old.by_name[former[field.name]], name=field.name)
        if former[field.name] != field.name:
            yield SchemaChange(
                "evolve.renamed", field.name, applies_itself=False, was=former[field.name], now=field.name
            )
        # The old field under the new names: what it says of other fields moved with them.
        under = before.by_name[field.name]
        yield from _meaning_changes(before, new, replace(was, kind=under.kind), field)
        yield from _constraint_changes(field.name, was.constraints, field.constraints)
        yield from _category_changes(was, field)
        yield from _manner_changes(was, field)
    kept = set(former.values())
    for field in old.fields:
        if field.name not in kept:
            yield SchemaChange("evolve.removed", field.name, applies_itself=False, was=field.name)
    order = [name for name in before.field_names if name in former]
    if order != [name for name in new.field_names if name in former]:
        yield SchemaChange("evolve.order", None, applies_itself=True)


def _meaning_changes(before: TableSchema, new: TableSchema, was: Field, now: Field) -> Iterator[SchemaChange]:
    if was.type != now.type:
        yield SchemaChange("evolve.type", now.name, applies_itself=False, was=was.type, now=now.type)
    elif _reading(before, was, {}, is_old=True) != _reading(new, now, {}, is_old=False):
        yield SchemaChange(
            "evolve.format", now.name, applies_itself=False, was=_format_words(was), now=_format_words(now)
        )


def _format_words(field: Field) -> str:
    return str(field.kind.get("kind") or field.format)


_LIMITS: Final = (
    ("minLength", "min_length", 1),
    ("maxLength", "max_length", -1),
    ("minimum", "minimum", 1),
    ("maximum", "maximum", -1),
    ("exclusiveMinimum", "exclusive_minimum", 1),
    ("exclusiveMaximum", "exclusive_maximum", -1),
)
"""Constraint, attribute, and the direction in which it gets stricter."""


def _constraint_changes(name: str, was: Constraints, now: Constraints) -> Iterator[SchemaChange]:
    def moved(part: str, before: object, after: object, *, is_looser: bool) -> SchemaChange:
        code = "evolve.looser" if is_looser else "evolve.stricter"
        return SchemaChange(code, name, is_looser, part, _plain(before), _plain(after))

    for part, before, after in (
        ("required", was.required, now.required),
        ("unique", was.unique, now.unique),
    ):
        if before != after:
            yield moved(part, before, after, is_looser=not after)
    for part, attribute, direction in _LIMITS:
        before, after = getattr(was, attribute), getattr(now, attribute)
        if before != after:
            yield moved(part, before, after, is_looser=_is_looser(before, after, direction))
    if was.pattern != now.pattern:
        yield moved("pattern", was.pattern, now.pattern, is_looser=now.pattern is None)
    if was.json_schema != now.json_schema:
        yield moved("jsonSchema", was.json_schema, now.json_schema, is_looser=now.json_schema is None)
    if was.enum != now.enum:
        is_wider = now.enum is None or (was.enum is not None and all(member in now.enum for member in was.enum))
        yield moved("enum", was.enum, now.enum, is_looser=is_wider)


def _plain(value: object) -> object:
    """Give a value ready for JSON."""
    if isinstance(value, Decimal):
        return str(value)
    return [_plain(member) for member in cast("tuple[object, ...]", value)] if isinstance(value, tuple) else value


def _is_looser(before: object, after: object, direction: int) -> bool:
    """Say whether a bound surely lets more through; what cannot be compared is taken for stricter."""
    if after is None or before is None:
        return after is None
    try:
        a, b = Decimal(str(before)), Decimal(str(after))
    except InvalidOperation:
        if not (isinstance(before, str) and isinstance(after, str) and len(before) == len(after)):
            return False
        return (after < before) == (direction > 0)
    return (b < a) == (direction > 0)


def _category_changes(was: Field, now: Field) -> Iterator[SchemaChange]:
    before = {str(c.value): " / ".join(c.texts) for c in was.categories}
    after = {str(c.value): " / ".join(c.texts) for c in now.categories}
    name = now.name
    if not before and after:
        yield SchemaChange("evolve.stricter", name, applies_itself=False, part="categories", now=list(after))
    elif before and not after:
        yield SchemaChange("evolve.looser", name, applies_itself=True, part="categories", was=list(before))
    else:
        for value in after.keys() - before.keys():
            yield SchemaChange("evolve.category_added", name, applies_itself=True, now=value)
        for value in before.keys() - after.keys():
            yield SchemaChange("evolve.category_removed", name, applies_itself=False, was=value)
        for value in before.keys() & after.keys():
            if before[value] != after[value]:
                yield SchemaChange(
                    "evolve.category_label", name, applies_itself=True, part=value, was=before[value], now=after[value]
                )
    if was.categories_ordered != now.categories_ordered:
        yield SchemaChange("evolve.text", name, applies_itself=True, part="categoriesOrdered")


def _manner_changes(was: Field, now: Field) -> Iterator[SchemaChange]:
    """Give what changes about a field beside its values: what it is called, how it merges, who may see it, what fills it."""
    name = now.name
    if (was.labels, was.title) != (now.labels, now.title):
        yield SchemaChange("evolve.label", name, applies_itself=True, was=was.label("zh"), now=now.label("zh"))
    if was.aliases != now.aliases:
        yield SchemaChange("evolve.text", name, applies_itself=True, part="x:aliases")
    if (was.description, was.example) != (now.description, now.example):
        yield SchemaChange("evolve.text", name, applies_itself=True, part="description")
    if was.merge_policy != now.merge_policy:
        yield SchemaChange("evolve.merge", name, applies_itself=False, was=was.merge_policy, now=now.merge_policy)
    if was.sensitivity != now.sensitivity:
        # Only `restricted` decides who sees a column: into it takes the column away, out of it shows it to everyone.
        is_harmless = "restricted" not in (was.sensitivity, now.sensitivity)
        yield SchemaChange("evolve.sensitivity", name, is_harmless, was=was.sensitivity, now=now.sensitivity)
    if was.stale_after != now.stale_after:
        yield SchemaChange("evolve.text", name, applies_itself=True, part="x:stale_after")
    if was.auto != now.auto:
        yield SchemaChange("evolve.auto", name, applies_itself=was.auto is None)
    if was.derived != now.derived:
        yield SchemaChange("evolve.derived", name, applies_itself=was.derived is None)


def _table_changes(was: TableSchema, now: TableSchema) -> Iterator[SchemaChange]:
    if was.primary_key != now.primary_key:
        yield SchemaChange(
            "evolve.key", None, applies_itself=False, was=list(was.primary_key), now=list(now.primary_key)
        )
    for key in (key for key in now.unique_keys if key not in was.unique_keys):
        yield SchemaChange("evolve.stricter", None, applies_itself=False, part="uniqueKeys", now=list(key))
    for key in (key for key in was.unique_keys if key not in now.unique_keys):
        yield SchemaChange("evolve.looser", None, applies_itself=True, part="uniqueKeys", was=list(key))
    for reference in (key for key in now.foreign_keys if key not in was.foreign_keys):
        yield SchemaChange(
            "evolve.stricter", None, applies_itself=False, part="foreignKeys", now=list(reference.fields)
        )
    for reference in (key for key in was.foreign_keys if key not in now.foreign_keys):
        yield SchemaChange("evolve.looser", None, applies_itself=True, part="foreignKeys", was=list(reference.fields))
    yield from _rule_changes(was, now)
    if was.severity_default != now.severity_default:
        yield SchemaChange(
            "evolve.severity",
            None,
            now.severity_default == "warn",
            was=was.severity_default,
            now=now.severity_default,
        )
    for code in set(was.warn_codes) ^ set(now.warn_codes):
        yield SchemaChange("evolve.severity", None, code in now.warn_codes, part=code)
    if was.identify != now.identify:
        yield SchemaChange("evolve.identify", None, applies_itself=True, was=list(was.identify), now=list(now.identify))
    if was.fields_match != now.fields_match:
        yield SchemaChange(
            "evolve.table", None, applies_itself=True, part="fieldsMatch", was=was.fields_match, now=now.fields_match
        )


def _rule_changes(was: TableSchema, now: TableSchema) -> Iterator[SchemaChange]:
    before: dict[str, RuleSpec] = {rule.code: rule for rule in was.rules}
    after = {rule.code: rule for rule in now.rules}
    for code, rule in after.items():
        known = before.get(code)
        if known is None:
            yield SchemaChange("evolve.stricter", None, rule.severity == "warn", part=code, now=rule.assertion)
        elif (known.when, known.assertion) != (rule.when, rule.assertion):
            yield SchemaChange(
                "evolve.stricter", None, rule.severity == "warn", code, was=known.assertion, now=rule.assertion
            )
        elif known.severity != rule.severity:
            yield SchemaChange(
                "evolve.severity", None, rule.severity == "warn", part=code, was=known.severity, now=rule.severity
            )
    for code, rule in before.items():
        if code not in after:
            yield SchemaChange("evolve.looser", None, applies_itself=True, part=code, was=rule.assertion)
