"""What the guide says of each field: description, type, note, example (F-15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sheetward_schemas.model import Field, TableSchema

from sheetward_templates.texts import Lang, joined, text, texts

EXAMPLES: Final[Mapping[str, str]] = {
    "phone": "13800138000",
    "email": "li.ming@example.com",
    "date": "2024-03-05",
    "datetime": "2024-03-05 09:30",
    "amount": "12800.00",
    "currency": "USD",
    "cn_id": "11010519491231002X",
    "birthday": "1980-05-12",
    "integer": "10",
    "number": "10",
}
_COUNTRY: Final = {"zh": "中国", "en": "China"}
_KINDS_WITH_NOTE: Final = ("phone", "email", "date", "amount", "currency", "country", "cn_id", "tax_id", "birthday")
_TYPE_OF_KIND: Final = {"phone": "phone", "email": "email", "amount": "amount", "date": "date", "category": "choice"}


@dataclass(frozen=True, slots=True)
class FieldGuide:
    """One row of the guide sheet, in one language."""

    label: str
    description: str
    type: str
    is_required: bool
    note: str
    example: str


def kind_of(field: Field) -> str:
    """Give the format kind of a field, or its type where it names none."""
    kind = str(field.kind.get("kind", ""))
    if not kind and field.format == "email":
        return "email"
    return kind or field.type


def is_given(field: Field) -> bool:
    """Say whether the system writes the field, so that nobody has to."""
    return field.derived is not None or (field.auto is not None and field.auto.get("kind") != "today")


def is_demanded(field: Field) -> bool:
    """Say whether a person has to fill it in."""
    return field.constraints.required and field.auto is None and field.derived is None


def choices(field: Field, lang: Lang) -> tuple[str, ...]:
    """Give what people choose from, in the order of the schema; empty where the list is open or there is none."""
    if field.kind.get("open"):
        return ()
    if field.categories:
        return tuple(category.shown(lang) or str(category.value) for category in field.categories)
    return tuple(str(value) for value in field.constraints.enum or ())


def guide_of(field: Field, schema: TableSchema, lang: Lang) -> FieldGuide:
    """Say everything about one field that somebody who fills it in wants to know."""
    return FieldGuide(
        label=field.label(lang),
        description=_description(field, schema, lang),
        type=text(f"type.{_type(field, lang)}", lang),
        is_required=is_demanded(field),
        note=("；" if lang == "zh" else ". ").join(notes(field, schema, lang)),
        example=_example(field, schema, lang),
    )


def _words(field: Field, schema: TableSchema) -> Mapping[str, str]:
    """Give what is said about a field: of this table first, else of every field of that name."""
    known = texts("fields")
    return known.get(f"{schema.name}.{field.name}") or known.get(field.name, {})


def _description(field: Field, schema: TableSchema, lang: Lang) -> str:
    if field.description:
        return field.description
    known = _words(field, schema)
    if known:
        return known[lang]
    return text("guide.aliases", lang, aliases=joined(list(field.aliases), lang)) if field.aliases else ""


def _type(field: Field, lang: Lang) -> str:
    if choices(field, lang):
        return "choice"
    kind = kind_of(field)
    if kind == "category":
        return "text"
    if kind in _TYPE_OF_KIND:
        return _TYPE_OF_KIND[kind]
    return field.type if field.type in ("number", "integer", "date", "datetime", "boolean") else "text"


def notes(field: Field, schema: TableSchema, lang: Lang) -> list[str]:
    """Give the demands on a field, each a short sentence, the most useful first."""
    said: list[str] = []
    options = choices(field, lang)
    kind = kind_of(field)
    if field.auto is not None:
        said.append(text("note.auto_today" if field.auto.get("kind") == "today" else "note.auto", lang))
    if field.derived is not None:
        said.append(text("note.derived", lang))
    if options:
        said.append(text("note.choice", lang, choices=joined(list(options), lang)))
    elif kind == "category":
        said.append(text("note.open_choice", lang))
    elif kind in _KINDS_WITH_NOTE:
        said.append(text(f"note.{kind}", lang))
    if any(field.name in key.fields for key in schema.foreign_keys):
        said.append(text("note.reference", lang))
    said += bounds(field, lang)
    if field.constraints.unique or (field.name,) in schema.unique_keys or field.name == schema.business_key:
        said.append(text("note.unique", lang))
    if field.sensitivity in ("restricted", "confidential"):
        said.append(text("note.sensitive", lang))
    return said


def bounds(field: Field, lang: Lang) -> list[str]:
    """Give the limits of length and size as sentences."""
    limits = field.constraints
    said = [
        text(code, lang, bound=bound)
        for code, bound in (
            ("note.minimum", limits.minimum),
            ("note.maximum", limits.maximum),
            ("note.above", limits.exclusive_minimum),
            ("note.below", limits.exclusive_maximum),
        )
        if bound is not None
    ]
    if field.kind.get("notAfter") == "today":
        said.append(text("note.not_after_today", lang))
    if limits.min_length is not None:
        said.append(text("note.min_length", lang, count=limits.min_length))
    if limits.max_length is not None:
        said.append(text("note.max_length", lang, count=limits.max_length))
    return said


def _example(field: Field, schema: TableSchema, lang: Lang) -> str:
    if field.example is not None:
        return str(field.example)
    options = choices(field, lang)
    if options:
        return options[0]
    kind = kind_of(field)
    if kind == "country":
        return _COUNTRY[lang]
    if kind in EXAMPLES and kind not in ("number", "integer"):
        return EXAMPLES[kind]
    known = _words(field, schema)
    return known.get(f"example_{lang}") or known.get("example") or EXAMPLES.get(kind, "")
