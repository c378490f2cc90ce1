"""A schema as plain data: for recording its versions, and as a Table Schema descriptor that other tools read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias, cast

from sheetward_schemas.model import Category, Constraints, Field, RuleSpec, TableSchema

Json: TypeAlias = "None | bool | str | int | float | list[Json] | dict[str, Json]"


def schema_data(schema: TableSchema) -> dict[str, Json]:
    """Give the descriptor: parsing it again (as JSON) gives an equal schema.

    Defaults are left out and keys stand in one order, so that equal schemas give equal data whatever their files
    looked like. `source` is not part of it.
    """
    return _filled(
        {
            "name": schema.name,
            "title": schema.title,
            "fields": [_field(field) for field in schema.fields],
            "fieldsMatch": schema.fields_match if schema.fields_match != "exact" else None,
            "missingValues": list(schema.missing_values) if schema.missing_values != ("",) else None,
            "primaryKey": list(schema.primary_key),
            "uniqueKeys": [list(key) for key in schema.unique_keys],
            "foreignKeys": [
                {
                    "fields": list(key.fields),
                    "reference": _filled({"resource": key.resource, "fields": list(key.reference_fields)}),
                }
                for key in schema.foreign_keys
            ],
            "x:labels": _plain(schema.labels),
            "x:version": schema.version if schema.version != 1 else None,
            "x:severity": _severity(schema),
            "x:basic": list(schema.basic),
            "x:dedupe": _filled({"identify": list(schema.identify), "compare": list(schema.compare)}),
            "x:rules": [_rule(rule) for rule in schema.rules],
            "x:stale": _filled({"after": schema.stale_after, "since": list(schema.stale_since)}),
            "x:quality": _filled({"by": list(schema.quality_by)}),
        },
        keep=("missingValues",),
    )


def _severity(schema: TableSchema) -> dict[str, Json]:
    default = schema.severity_default if schema.severity_default != "error" else None
    return _filled({"default": default, "warn": list(schema.warn_codes)})


def _field(field: Field) -> dict[str, Json]:
    return _filled(
        {
            "name": field.name,
            "type": field.type,
            "format": field.format if field.format != "default" else None,
            "title": field.title,
            "description": field.description,
            "example": _plain(field.example),
            "constraints": _constraints(field.constraints),
            "categories": [_category(category) for category in field.categories],
            "categoriesOrdered": field.categories_ordered or None,
            "missingValues": None if field.missing_values is None else list(field.missing_values),
            **{key: _plain(value) for key, value in field.standard.items()},
            "x:labels": _plain(field.labels),
            "x:aliases": list(field.aliases),
            "x:format": _plain(field.kind),
            "x:auto": _plain(field.auto),
            "x:derived": _plain(field.derived),
            "x:sensitivity": field.sensitivity if field.sensitivity != "internal" else None,
            "x:renamed_from": field.renamed_from[0] if len(field.renamed_from) == 1 else list(field.renamed_from),
            "x:merge": field.merge_policy if field.merge_policy != "ask" else None,
            "x:stale_after": field.stale_after,
        },
        keep=("missingValues", *field.standard),
    )


def _category(category: Category) -> Json:
    if category.label == str(category.value) and not category.labels:
        return _plain(category.value)
    return _filled(
        {"value": _plain(category.value), "label": category.label, "x:labels": _plain(category.labels)}, keep=("value",)
    )


def _constraints(constraints: Constraints) -> dict[str, Json]:
    return _filled(
        {
            "required": constraints.required or None,
            "unique": constraints.unique or None,
            "minLength": constraints.min_length,
            "maxLength": constraints.max_length,
            "minimum": _plain(constraints.minimum),
            "maximum": _plain(constraints.maximum),
            "exclusiveMinimum": _plain(constraints.exclusive_minimum),
            "exclusiveMaximum": _plain(constraints.exclusive_maximum),
            "pattern": constraints.pattern,
            "enum": None if constraints.enum is None else [_plain(member) for member in constraints.enum],
            "jsonSchema": _plain(constraints.json_schema),
        }
    )


def _rule(rule: RuleSpec) -> Json:
    return _filled(
        {
            "code": rule.code,
            "when": rule.when,
            "assert": rule.assertion,
            "columns": list(rule.columns),
            "severity": rule.severity,
            "message": _plain(rule.message),
        }
    )


def _filled(record: dict[str, Json], keep: tuple[str, ...] = ()) -> dict[str, Json]:
    """Drop what says nothing; `keep` names keys whose empty list still says something."""
    return {
        key: value
        for key, value in record.items()
        if value not in (None, "", [], {}) or (key in keep and value is not None)
    }


def _plain(value: object) -> Json:
    """Turn a value into JSON; a fraction becomes a float, which reads back as the same decimal up to 15 digits."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and "E" not in str(value).upper() else float(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in cast("list[object]", value)]
    return cast("Json", value)
