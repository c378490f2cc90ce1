"""Whatever stands in a schema file, it is answered with mistakes, never with a crash."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from sheetward_schemas import bundled_names, parse_schema
from sheetward_schemas.kind_options import KINDS, OPTIONS
from sheetward_schemas.load import bundled_text
from sheetward_schemas.vocabulary import CONSTRAINTS, FIELD, SCHEMA, TYPES

odd = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=3),
        st.sampled_from([*TYPES, *KINDS, "a", "b", "2024-01-01", "a > 1", "(", "C{:08d}", "C{0}", "{", 10**30, ""]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "kind", "fields", "reference", "value", "label", "code", "assert", "message", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


def record(keys, values):
    return st.dictionaries(st.sampled_from(sorted(keys)), values, max_size=6)


fields = st.builds(
    lambda name, rest, constraints, options: {**rest, **({"constraints": constraints} if constraints is not None else {}), **({"x:format": options} if options is not None else {}), **({"name": name} if name else {})},
    st.sampled_from(["a", "b", None]), record(FIELD.keys, odd), st.none() | record(CONSTRAINTS.keys, odd), st.none() | record(["kind", *OPTIONS], odd),
)  # fmt: skip
schemas = st.builds(
    lambda rest, listed: {**rest, "fields": listed}, record(SCHEMA.keys, odd), st.lists(fields | odd, max_size=3)
)


@given(schemas | odd)
@settings(max_examples=400, deadline=None)
def test_no_document_of_odd_values_crashes_the_parser(document: object) -> None:
    schema, mistakes = parse_schema(json.dumps(document), "t")
    assert (schema is None) == bool(mistakes)
    assert all(m.line >= 1 and m.column >= 1 for m in mistakes)


TEXTS = [bundled_text(name) for name in bundled_names()]


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_no_slip_of_the_keyboard_crashes_the_parser(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        cut = data.draw(st.integers(0, 3))
        put = data.draw(
            st.sampled_from(["", "x", ":", "- ", "{", "]", "'", '"', "\n", "&a ", "*a", "\t", "!", "|", "%", "1", " "])
        )
        text = text[:at] + put + text[at + cut :]
    schema, mistakes = parse_schema(text, "t")
    assert (schema is None) == bool(mistakes)
