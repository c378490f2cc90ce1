"""Every mistake in a schema file is told with its line: the wrong line ends in `#! code`, and nothing else is told."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest
from sheetward.messages import hint, render
from sheetward_schemas import Mistake, parse_schema

CASES = {
    "misspelt keys": """
        name: t
        primarykey: [a]                                     #! schema.unknown_key_near
        fields:
          - name: a
            typ: string                                     #! schema.unknown_key_near
            constraints:
              requird: true                                 #! schema.unknown_key_near
              maxLenght: 3                                  #! schema.unknown_key_near
            x:labelz: {zh: 甲}                               #! schema.unknown_key_near
            zzzqq: 1                                        #! schema.unknown_key
            x:stale_after: a while                          #! schema.bad_text
        """,
    "wrong kinds of value": """
        name: 5                                             #! schema.wants_text
        fields:
          - name: a
            constraints: {required: yes}                    #! schema.wants_truth
          - name: b
            constraints: {maxLength: -1}                    #! schema.wants_whole
            x:aliases: Tel                                  #! schema.wants_list
            x:labels: [zh]                                  #! schema.wants_mapping
          - just text                                       #! schema.wants_mapping
          - type: string                                    #! schema.missing_key
          - name: ""                                        #! schema.bad_text
        """,
    "unknown words": """
        fieldsMatch: partal                                 #! schema.unknown_word_near
        fields:
          - name: a
            type: strng                                     #! schema.unknown_type_near
          - name: b
            type: text9                                     #! schema.unknown_type
          - name: c
            x:format: {kind: phon}                          #! schema.unknown_kind_near
          - name: d
            format: emial                                   #! schema.unknown_format_near
          - name: e
            type: date
            format: YYYY-MM-DD                              #! schema.bad_date_format
          - name: f
            x:sensitivity: secret                           #! schema.unknown_word
          - name: g
            x:format: {kind: phone, defaultRegoin: CN}      #! schema.unknown_key_near
          - name: h
            x:format: {kind: phone, defaultRegion: china}   #! schema.bad_text
          - name: i
            x:format: {kind: phone, upper: true}            #! schema.option_of_other_kind
          - name: j
            x:format: {kind: country, show: national}       #! schema.unknown_word
        """,
    "former names": """
        fields:
          - name: a
          - name: b
            x:renamed_from: a                               #! schema.renamed_from_existing
          - name: c
            x:renamed_from: c                               #! schema.renamed_from_itself
          - name: d
            x:renamed_from: [e, f]
          - name: g
            x:renamed_from:
              - f                                           #! schema.renamed_twice
          - name: h
            x:renamed_from: i
          - name: i
            x:renamed_from: h
          - name: k
            x:renamed_from: []                              #! schema.too_few
        """,
    "bounds": """
        fields:
          - name: a
            type: number
            constraints: {minimum: 5, maximum: 3}           #! schema.contradiction
          - name: b
            type: number
            constraints: {exclusiveMinimum: 3, maximum: 3}  #! schema.contradiction
          - name: c
            constraints: {minLength: 9, maxLength: 3}       #! schema.contradiction
          - name: d
            type: date
            constraints: {minimum: 2024-02-30}              #! schema.bad_bound
          - name: e
            type: date
            constraints: {minimum: 2024-02-01, maximum: 2023-01-01}  #! schema.contradiction
          - name: f
            constraints: {minimum: 3}                       #! schema.constraint_type
          - name: g
            type: boolean
            constraints: {pattern: x}                       #! schema.constraint_type
          - name: h
            type: integer
            constraints: {minimum: 1.5}                     #! schema.bad_bound
          - name: i
            type: integer
            constraints: {enum: [1, 2, x]}                  #! schema.bad_value
          - name: j
            constraints: {enum: [a, b, a]}                  #! schema.repeated_value
        """,
    "names": """
        name: t
        primaryKey: [a, zz]                                 #! schema.missing_field
        uniqueKeys: [[a, bb]]                               #! schema.missing_field
        foreignKeys:
          - fields: [nme]                                   #! schema.missing_field_near
            reference: {resource: other, fields: [x]}
          - fields: [a, name]                               #! schema.key_lengths
            reference: {resource: other, fields: [x]}
          - fields: [a]
            reference: {resource: t, fields: [q]}           #! schema.missing_field
        x:basic: [a, a]                                     #! schema.repeated_value
        x:dedupe: {identify: [q]}                           #! schema.missing_field
        x:stale: {after: 2 years, since: [qq]}              #! schema.missing_field
        x:quality: {by: [qqq]}                              #! schema.missing_field
        fields:
          - name: a
          - name: name
          - name: a                                         #! schema.repeated_field
          - name: d
            x:renamed_from: name                            #! schema.renamed_from_existing
          - name: e
            x:format: {kind: phone, regionFrom: q}          #! schema.missing_field
        """,
    "headers": """
        fields:
          - name: a
            x:labels: {zh: 电话}
            x:aliases: [Tel, "tel."]                        #! schema.repeated_alias
          - name: b
            x:labels: {zh: 传真, en: Fax}
            x:aliases: [" 电 话 "]                           #! schema.header_taken
          - name: c
            title: FAX                                      #! schema.header_taken
        """,
    "categories": """
        fields:
          - name: a
            categories: [x, y, x]                           #! schema.repeated_value
          - name: b
            categories:
              - {value: x, label: 甲}
              - {value: y, label: 甲}                        #! schema.label_taken
              - {value: z, label: 丙, x:labels: {en: X}}     #! schema.label_taken
              - {value: v, labels: {en: V}}                 #! schema.unknown_key_near
          - name: c
            type: number
            categories: [1]                                 #! schema.constraint_type
          - name: d
            categoriesOrdered: true                         #! schema.order_without_categories
          - name: e
            x:format: {kind: category}                      #! schema.category_without_list
          - name: f
            categories: [up, down]
            x:format: {kind: category, synonyms: {升: upp}}  #! schema.unknown_category_near
          - name: g
            categories: [x, y]                              #! schema.category_not_in_enum
            constraints: {enum: [x]}
          - name: h
            categories: []                                  #! schema.too_few
        """,
    "kinds, generated values, properties of other types": """
        fields:
          - name: a
            type: number
            x:format: {kind: phone}                         #! schema.kind_type
          - name: b
            x:auto: {kind: sequence, format: "C{:08d}{}"}   #! schema.bad_sequence
          - name: c
            x:auto: {kind: today}                           #! schema.auto_type
          - name: d
            constraints: {maxLength: 5}
            x:auto: {kind: sequence, format: "C{:08d}"}     #! schema.contradiction
          - name: g
            x:merge: add_up                                 #! schema.merge_type
          - name: e
            decimalChar: ","                                #! schema.property_type
          - name: f
            type: boolean
            trueValues: [ja]
            falseValues: [nein, ja]                         #! schema.true_and_false
        """,
    "patterns": """
        fields:
          - name: a
            constraints: {pattern: "([0-9]"}                #! schema.bad_pattern
          - name: b
            constraints: {pattern: "(a+)+"}                 #! schema.runaway_pattern
          - name: c
            constraints: {pattern: '(a)\\1'}                 #! schema.unportable_pattern
        """,
    "rules": """
        fields:
          - {name: n, type: number}
          - {name: day, type: date}
          - {name: s}
        x:rules:
          - {code: r.one, assert: "n = 3", message: {zh: 甲}}               #! schema.rule_syntax
          - {code: r.two, assert: "n >", message: {zh: 甲}}                 #! schema.rule_unfinished
          - {code: r.three, assert: "dy > today", message: {zh: 甲}}        #! schema.rule_unknown_field_near
          - {code: r.four, assert: "n > 'x'", message: {zh: 甲}}            #! schema.rule_types
          - {code: r.five, assert: "s > 'x'", message: {zh: 甲}}            #! schema.rule_no_order
          - {code: r.six, assert: "matches(s, '(')", message: {zh: 甲}}     #! schema.bad_pattern
          - {code: r.seven, assert: "matches(s, '(a+)+')", message: {zh: 甲}}  #! schema.runaway_pattern
          - {code: r.eight, assert: "lenn(s) > 1", message: {zh: 甲}}       #! schema.rule_function_near
          - {code: r.nine, assert: "len(s, n) > 1", message: {zh: 甲}}      #! schema.rule_arguments
          - {code: r.ten, assert: "day > 2024-02-31", message: {zh: 甲}}    #! schema.rule_no_such_day
          - {code: r.one, assert: "n > 1", message: {zh: 甲}}               #! schema.repeated_rule
          - {code: Bad, assert: "n > 1", message: {zh: 甲}}                 #! schema.bad_text
          - {code: r.c, assert: "n > 1"}                                   #! schema.missing_key
          - {code: r.d, assert: "n > 1", columns: [m], message: {zh: 甲}}   #! schema.missing_field
          - {code: r.e, assert: "matches(s, s)", message: {zh: 甲}}         #! schema.rule_pattern_expected
          - {code: r.f, assert: "(n > 1) + 1 > 2", message: {zh: 甲}}       #! schema.rule_value_expected
          - {code: r.g, when: "q", assert: "n", message: {zh: 甲}}          #! schema.rule_unknown_field
        """,
    "the document": """
        name: t
        name: u                                             #! schema.repeated_key
        fields:
          - name: a
            example: !!python/name:os.system x              #! schema.tag
            ? [1]                                           #! schema.bad_key
            : 2
        """,
    "no fields": """
        name: t                                             #! schema.missing_key
        """,
}


def _dedented(text: str) -> str:
    lines = text.strip("\n").split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] for line in lines)


def _expected(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        marked = re.search(r"#! (.*)$", line)
        found += [(number, code) for code in (marked.group(1).split() if marked else ())]
    return sorted(found)


@pytest.mark.parametrize("name", CASES)
def test_each_mistake_is_told_with_its_line_and_nothing_else(name: str) -> None:
    text = _dedented(CASES[name])
    schema, mistakes = parse_schema(text, "t.yaml")
    assert schema is None
    assert sorted((m.line, m.code) for m in mistakes) == _expected(text)
    assert [m.line for m in mistakes] == sorted(m.line for m in mistakes)


def _all_mistakes() -> list[Mistake]:
    return [mistake for text in CASES.values() for mistake in parse_schema(_dedented(text), "t.yaml")[1]]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_mistake_has_a_whole_sentence_in_both_languages(lang) -> None:
    for mistake in _all_mistakes():
        for text in (render(mistake.code, mistake.facts, lang), hint(mistake.code, mistake.facts, lang)):
            assert text != mistake.code
            assert not re.search(r"<[a-z_]+>", text), (mistake, text)
            assert "None" not in text, (mistake, text)


def test_the_catalogue_and_the_parser_know_the_same_codes() -> None:
    """A code of the catalogue that nothing gives would be a sentence nobody can ever read."""
    given = {mistake.code for mistake in _all_mistakes()}
    elsewhere = {
        "schema.wrong",  # said by the commands
        "schema.unknown", "schema.no_file", "schema.not_utf8", "schema.unreadable",  # loading
        "schema.too_large", "schema.not_yaml", "schema.empty",  # limits
        "schema.rule_too_long", "schema.unknown_format", "schema.unknown_kind", "schema.unknown_category",
        "schema.rule_function", "schema.unknown_word_near",
    }  # fmt: skip
    own = tomllib.loads((files("sheetward.messages") / "catalogue" / "schema.toml").read_text(encoding="utf-8"))
    assert set(own) - elsewhere == given - elsewhere


def test_a_suggestion_names_the_nearest_known_key() -> None:
    _, mistakes = parse_schema("fields:\n  - name: a\n    constraints: {requird: true}\n", "t")
    assert [(m.line, m.column, m.path, m.facts["suggestion"]) for m in mistakes] == [
        (3, 19, "fields[0].constraints.requird", "required")
    ]


def test_a_mistake_behind_an_alias_is_told_once_at_its_own_line() -> None:
    _, mistakes = parse_schema(
        "fields:\n  - name: a\n    constraints: &c {requird: true}\n  - name: b\n    constraints: *c\n", "t"
    )
    assert [(m.line, m.code) for m in mistakes] == [(3, "schema.unknown_key_near")]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "schema.empty", 1),
        ("# nothing\n", "schema.empty", 1),
        ("fields:\n  - name: [a\n", "schema.not_yaml", 3),
        ("fields:\n\t- name: a\n", "schema.not_yaml", 2),
        ("a: 1\n---\nb: 2\n", "schema.not_yaml", 2),
        ("a: \x01", "schema.not_yaml", 1),
        ("[" * 5000, "schema.too_large", 1),
        ("fields: &f\n  - *f\n", "schema.too_large", 1),
        ("x" * 2_000_001, "schema.too_large", 1),
        ("- a\n", "schema.wants_mapping", 1),
        ("just words", "schema.wants_mapping", 1),
    ],
)
def test_what_is_no_schema_at_all_is_refused_in_one_sentence(text: str, code: str, line: int) -> None:
    schema, mistakes = parse_schema(text, "t")
    assert schema is None
    assert [(m.code, m.line) for m in mistakes] == [(code, line)]
    assert not re.search(r"<[a-z_]+>", render(code, mistakes[0].facts, "zh"))


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert [m.code for m in parse_schema("\n".join(rows), "t")[1]] == ["schema.too_large"]
