"""What a new version of a schema changes, and whether that applies by itself; what former names may say."""

from __future__ import annotations

import pytest
from sheetward_schemas import TableSchema, bundled_names, load_schema, parse_schema
from sheetward_schemas.evolve import Evolution, evolution


def schema(fields: str, more: str = "") -> TableSchema:
    found, mistakes = parse_schema(f"name: t\nfields: [{fields}]\n{more}", "t")
    assert found is not None, mistakes
    return found


def compared(old: str, new: str, old_more: str = "", new_more: str = "") -> Evolution:
    return evolution(schema(old, old_more), schema(new, new_more))


def told(found: Evolution) -> set[tuple[str, str | None, bool]]:
    return {(change.code, change.field, change.applies_itself) for change in found.changes}


@pytest.mark.parametrize("name", bundled_names())
def test_a_schema_does_not_differ_from_itself(name: str) -> None:
    found, _ = load_schema(name)
    assert found is not None
    same = evolution(found, found)
    assert (same.changes, same.mistakes, same.retyped, same.removed) == ((), (), (), ())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('{name: a, "x:labels": {zh: 甲}}', '{name: a, "x:labels": {zh: 乙}}', {("evolve.label", "a", True)}),
        ("{name: a}", "{name: a}, {name: b}", {("evolve.added", "b", True)}),
        (
            "{name: a}",
            "{name: a}, {name: b, constraints: {required: true}}",
            {("evolve.added", "b", True), ("evolve.stricter", "b", False)},
        ),
        ("{name: a}, {name: b}", "{name: a}", {("evolve.removed", "b", False)}),
        ("{name: a}", '{name: b, "x:renamed_from": a}', {("evolve.renamed", "b", False)}),
        ("{name: a}", "{name: b}", {("evolve.added", "b", True), ("evolve.removed", "a", False)}),
        ("{name: a}", "{name: a, type: number}", {("evolve.type", "a", False)}),
        ("{name: a}", '{name: a, "x:format": {kind: phone}}', {("evolve.format", "a", False)}),
        ("{name: a}", "{name: a, constraints: {maxLength: 3}}", {("evolve.stricter", "a", False)}),
        (
            "{name: a, constraints: {maxLength: 3}}",
            "{name: a, constraints: {maxLength: 4}}",
            {("evolve.looser", "a", True)},
        ),
        (
            "{name: a, type: number, constraints: {minimum: 3}}",
            "{name: a, type: number, constraints: {minimum: 10}}",
            {("evolve.stricter", "a", False)},
        ),
        (
            "{name: a, type: number, constraints: {minimum: 10}}",
            "{name: a, type: number, constraints: {minimum: 9}}",
            {("evolve.looser", "a", True)},
        ),
        ("{name: a, categories: [x]}", "{name: a, categories: [x, y]}", {("evolve.category_added", "a", True)}),
        ("{name: a, categories: [x, y]}", "{name: a, categories: [x]}", {("evolve.category_removed", "a", False)}),
        (
            "{name: a, constraints: {enum: [x]}}",
            "{name: a, constraints: {enum: [x, y]}}",
            {("evolve.looser", "a", True)},
        ),
        ("{name: a}", '{name: a, "x:merge": store}', {("evolve.merge", "a", False)}),
        ("{name: a}", '{name: a, "x:sensitivity": restricted}', {("evolve.sensitivity", "a", False)}),
        ('{name: a, "x:sensitivity": restricted}', "{name: a}", {("evolve.sensitivity", "a", False)}),
        ("{name: a}", '{name: a, "x:sensitivity": personal}', {("evolve.sensitivity", "a", True)}),
        ("{name: a}, {name: b}", "{name: b}, {name: a}", {("evolve.order", None, True)}),
        ("{name: a, type: date}", '{name: a, type: date, "x:auto": {kind: today}}', {("evolve.auto", "a", True)}),
    ],
)
def test_each_change_is_told_once_with_whether_it_applies_by_itself(
    old: str, new: str, expected: set[tuple[str, str | None, bool]]
) -> None:
    found = compared(old, new)
    assert told(found) == expected
    assert found.needs_consent == any(not applies for _, _, applies in expected)


def test_changes_of_the_table_as_a_whole() -> None:
    rule = "x:rules: [{code: t.r, assert: \"a != ''\", message: {en: x}}]"
    assert told(compared("{name: a}", "{name: a}", "", "primaryKey: [a]")) == {("evolve.key", None, False)}
    assert told(compared("{name: a}", "{name: a}", "", rule)) == {("evolve.stricter", None, False)}
    assert told(compared("{name: a}", "{name: a}", rule, "")) == {("evolve.looser", None, True)}
    assert told(compared("{name: a}", "{name: a}", "", "x:basic: [a]")) == {("evolve.table", None, True)}
    assert told(compared("{name: a}", "{name: a}", "", "missingValues: ['', '-']")) == {("evolve.format", "a", False)}


def test_a_rename_moves_everything_that_names_the_field_and_nothing_else_changes() -> None:
    more = 'primaryKey: [{0}]\nuniqueKeys: [[{0}, b]]\nx:rules: [{{code: t.r, assert: "{0} != b", message: {{en: x}}}}]'
    found = compared(
        "{name: a}, {name: b}", '{name: n, "x:renamed_from": a}, {name: b}', more.format("a"), more.format("n")
    )
    assert told(found) == {("evolve.renamed", "n", False)}
    assert found.renamed == {"a": "n"}
    assert found.retyped == ()


def test_a_swap_a_chain_and_a_statement_that_was_applied_before() -> None:
    swap = '{name: a, "x:renamed_from": b}, {name: b, "x:renamed_from": a}'
    found = compared("{name: a}, {name: b, type: number}", swap.replace("{name: a,", "{name: a, type: number,"))
    assert found.former == {"a": "b", "b": "a"}
    assert found.retyped == ()
    applied = evolution(schema(swap), schema(swap))
    assert (applied.former, applied.changes) == ({"a": "a", "b": "b"}, ())
    tidy = evolution(schema(swap), schema("{name: a}, {name: b}"))
    assert (tidy.former, tidy.needs_consent) == ({"a": "a", "b": "b"}, False)
    chain = compared("{name: a}", '{name: c, "x:renamed_from": [b, a]}')
    assert chain.former == {"c": "a"}
    later = compared("{name: b}", '{name: c, "x:renamed_from": [b, a]}')
    assert later.former == {"c": "b"}
    assert compared("{name: b}", '{name: b, "x:renamed_from": a}').former == {"b": "b"}


def test_two_columns_never_become_one() -> None:
    found = compared("{name: a}, {name: b}", '{name: b, "x:renamed_from": a}')
    assert [(m.code, m.line, m.facts["former"]) for m in found.mistakes] == [("evolve.rename_taken", 2, "a")]
    twice = compared("{name: b}", '{name: c, "x:renamed_from": b}, {name: b, "x:renamed_from": x}')
    assert [m.code for m in twice.mistakes] == ["evolve.renamed_twice"]
    for fields in ('{name: a, "x:renamed_from": a}', '{name: b, "x:renamed_from": a}, {name: a}'):
        assert parse_schema(f"fields: [{fields}]", "t")[0] is None
