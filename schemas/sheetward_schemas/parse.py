"""From the text of a schema file to a checked `TableSchema`; every mistake at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from sheetward_schemas.expressions import parse_expression, reads
from sheetward_schemas.field_checks import check_field
from sheetward_schemas.fields import (
    WrittenField,
    labels_of,
    missing_values_of,
    read_field,
    text_of,
    texts_of,
)
from sheetward_schemas.headers import header_key
from sheetward_schemas.mistakes import Mistake
from sheetward_schemas.model import ForeignKey, RuleSpec, TableSchema
from sheetward_schemas.shapes import nearest
from sheetward_schemas.tree import Node, read_tree
from sheetward_schemas.vocabulary import FIELD_NAMING_OPTIONS, SCHEMA


def parse_schema(text: str, source: str) -> tuple[TableSchema | None, tuple[Mistake, ...]]:
    """Read a schema in YAML or JSON.

    `source` says where the text is from, for messages. No schema where there is any mistake; the mistakes come in the
    order of their lines.
    """
    root, broken = read_tree(text.removeprefix("\ufeff"))
    if root is None:
        return None, broken
    mistakes = [*broken, *SCHEMA.mistakes(root)]
    fields: list[WrittenField] = []
    if root.entries is not None:
        listed = root.get("fields")
        fields = [written for node in (listed.each() if listed else ()) if (written := read_field(node)) is not None]
        for written in fields:
            mistakes += check_field(written)
        mistakes += _check_names(fields)
        mistakes += _check_renames(fields)
        mistakes += _check_headers(fields)
        mistakes += _check_references(root, fields)
        mistakes += _check_rules(root, fields)
    if mistakes:
        distinct = map(_with_suggestion, _distinct(mistakes))
        return None, tuple(sorted(distinct, key=lambda m: (m.line, m.column, m.code)))
    return _built(root, fields, source), ()


def _distinct(mistakes: list[Mistake]) -> list[Mistake]:
    """Drop repetitions (an alias is read at each place, its mistakes belong to one)."""
    seen: dict[tuple[object, ...], Mistake] = {}
    for mistake in mistakes:
        seen.setdefault((mistake.code, mistake.line, mistake.column, repr(mistake.facts)), mistake)
    return list(seen.values())


def _with_suggestion(mistake: Mistake) -> Mistake:
    """Give a mistake that knows what was meant a code of its own (`..._near`), since its sentence is another one."""
    if "suggestion" not in mistake.facts:
        return mistake
    facts = {name: fact for name, fact in mistake.facts.items() if fact is not None or name != "suggestion"}
    return replace(mistake, code=mistake.code + "_near" if "suggestion" in facts else mistake.code, facts=facts)


def _built(root: Node, fields: list[WrittenField], source: str) -> TableSchema:
    severity, dedupe = root.get("x:severity"), root.get("x:dedupe")
    stale, quality = root.get("x:stale"), root.get("x:quality")
    match = root.get("fieldsMatch")
    version = root.get("x:version")
    missing = missing_values_of(root.get("missingValues"))
    uniques = root.get("uniqueKeys")
    return TableSchema(
        name=text_of(root.get("name")) or _stem(source),
        fields=tuple(written.field for written in fields),
        title=text_of(root.get("title")),
        labels=labels_of(root.get("x:labels")),
        version=cast("int", version.scalar) if version is not None else 1,
        fields_match=(texts_of(match) or ("exact",))[0],
        missing_values=("",) if missing is None else missing,
        primary_key=texts_of(root.get("primaryKey")),
        unique_keys=tuple(texts_of(key) for key in (uniques.each() if uniques else ())),
        foreign_keys=tuple(_foreign_keys(root)),
        severity_default=text_of(severity.get("default") if severity else None) or "error",
        warn_codes=texts_of(severity.get("warn") if severity else None),
        basic=texts_of(root.get("x:basic")),
        identify=texts_of(dedupe.get("identify") if dedupe else None),
        compare=texts_of(dedupe.get("compare") if dedupe else None),
        rules=tuple(_rule(node, fields) for node in _each(root.get("x:rules"))),
        stale_after=text_of(stale.get("after") if stale else None),
        stale_since=texts_of(stale.get("since") if stale else None),
        quality_by=texts_of(quality.get("by") if quality else None),
        source=source,
    )


def _stem(source: str) -> str:
    return source.replace("\\", "/").rsplit("/", 1)[-1].rsplit(":", 1)[-1].split(".", 1)[0] or "table"


def _each(node: Node | None) -> Iterator[Node]:
    return iter(()) if node is None else node.each()


def _foreign_keys(root: Node) -> Iterator[ForeignKey]:
    own = text_of(root.get("name"))
    for node in _each(root.get("foreignKeys")):
        reference = node.get("reference")
        if reference is not None:
            resource = text_of(reference.get("resource"))
            yield ForeignKey(
                texts_of(node.get("fields")), "" if resource == own else resource, texts_of(reference.get("fields"))
            )


def _rule(node: Node, fields: list[WrittenField]) -> RuleSpec:
    assertion = text_of(node.get("assert"))
    columns = texts_of(node.get("columns"))
    if not columns:
        condition, _ = parse_expression(assertion, _types(fields))
        columns = reads(condition) if condition is not None else ()
    return RuleSpec(
        code=text_of(node.get("code")),
        assertion=assertion,
        when=text_of(node.get("when")),
        columns=columns,
        message=labels_of(node.get("message")),
        severity=text_of(node.get("severity")) or None,
    )


def _types(fields: list[WrittenField]) -> Mapping[str, str]:
    return {written.field.name: written.field.type for written in fields}


def _check_names(fields: list[WrittenField]) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    for written in fields:
        name_node = cast("Node", written.node.get("name"))
        name = written.field.name
        if name in first:
            yield name_node.mistake("schema.repeated_field", field=name, first_line=first[name])
        first.setdefault(name, name_node.line)


def _check_renames(fields: list[WrittenField]) -> Iterator[Mistake]:
    """A former name must be free: nobody else's former name, and no field that is not itself renamed (a swap is)."""
    here = {written.field.name: written.field for written in fields}
    owner: dict[str, str] = {}
    for written in fields:
        node, own = written.node.get("x:renamed_from"), written.field.name
        if node is None:
            continue
        for place in node.each() if node.items is not None else (node,):
            former = text_of(place)
            if not former:
                continue
            if former == own:
                yield place.mistake("schema.renamed_from_itself", field=own)
            elif owner.setdefault(former, own) != own:
                yield place.mistake("schema.renamed_twice", former=former, field=own, other=owner[former])
            elif former in here and not here[former].renamed_from:
                yield place.mistake("schema.renamed_from_existing", field=former)


def _check_headers(fields: list[WrittenField]) -> Iterator[Mistake]:
    """Two fields may not answer to one header; a field should not list one twice."""
    owner: dict[str, str] = {}
    for written in fields:
        owner.setdefault(header_key(written.field.name), written.field.name)
    for written in fields:
        name, node = written.field.name, written.node
        labels = node.get("x:labels")
        texts = [*(labels.entries.values() if labels is not None and labels.entries is not None else ())]
        aliases = list(_each(node.get("x:aliases")))
        title = node.get("title")
        for place in (*([title] if title is not None else []), *texts, *aliases):
            key = header_key(text_of(place))
            if not key:
                continue
            if owner.setdefault(key, name) != name:
                yield place.mistake("schema.header_taken", header=text_of(place), field=name, other=owner[key])
        seen: set[str] = set()
        for place in aliases:
            key = header_key(text_of(place))
            if key and key in seen:
                yield place.mistake("schema.repeated_alias", header=text_of(place), field=name)
            seen.add(key)


def _check_references(root: Node, fields: list[WrittenField]) -> Iterator[Mistake]:
    """Whatever names a field must name one that is there."""
    known = tuple(_types(fields))
    dedupe = root.get("x:dedupe")
    lists = [root.get("primaryKey"), root.get("x:basic"), *_each(root.get("uniqueKeys"))]
    lists += [dedupe.get(key) for key in ("identify", "compare")] if dedupe is not None else []
    lists += [rule.get("columns") for rule in _each(root.get("x:rules"))]
    for name, key in (("x:stale", "since"), ("x:quality", "by")):
        named = root.get(name)
        lists.append(named.get(key) if named is not None else None)
    for node in _each(root.get("foreignKeys")):
        reference = node.get("reference")
        lists.append(node.get("fields"))
        if reference is None:
            continue
        if text_of(reference.get("resource")) in ("", text_of(root.get("name"))):
            lists.append(reference.get("fields"))
        ours, theirs = texts_of(node.get("fields")), texts_of(reference.get("fields"))
        if ours and theirs and len(ours) != len(theirs):
            yield node.mistake("schema.key_lengths", ours=len(ours), theirs=len(theirs))
    for written in fields:
        options = written.node.get("x:format")
        lists += [options.get(key) for key in FIELD_NAMING_OPTIONS] if options is not None else []
    for listed in lists:
        yield from _unknown_names(listed, known)


def _unknown_names(listed: Node | None, known: tuple[str, ...]) -> Iterator[Mistake]:
    if listed is None:
        return
    seen: set[str] = set()
    for place in listed.each() if listed.items is not None else (listed,):
        name = text_of(place)
        if name and name not in known:
            yield place.mistake("schema.missing_field", field=name, suggestion=nearest(name, known))
        elif name and name in seen:
            yield place.mistake("schema.repeated_value", value=name)
        seen.add(name)


def _check_rules(root: Node, fields: list[WrittenField]) -> Iterator[Mistake]:
    codes: dict[str, int] = {}
    types = _types(fields)
    for node in _each(root.get("x:rules")):
        code = node.get("code")
        if code is not None and text_of(code):
            first = codes.setdefault(text_of(code), code.line)
            if first != code.line:
                yield code.mistake("schema.repeated_rule", rule=text_of(code), first_line=first)
        for key in ("when", "assert"):
            entry = node.get(key)
            if entry is None or not isinstance(entry.scalar, str):
                continue
            for found in parse_expression(entry.scalar, types)[1]:
                facts = {"expression": entry.scalar, "at": found.at, **found.facts}
                yield entry.mistake(found.code, **facts)
