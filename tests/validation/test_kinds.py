"""The schema language and the formats know the same kinds and types."""

from __future__ import annotations

import pytest
from sheetward.formats import KINDS as READABLE
from sheetward.formats import column_reader
from sheetward_schemas import Field, parse_schema
from sheetward_schemas.kind_options import KINDS
from sheetward_schemas.vocabulary import TYPES


def test_every_kind_that_a_schema_may_name_can_be_read() -> None:
    assert set(KINDS) - set(READABLE) == set()


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_the_standard_can_be_read(kind: str) -> None:
    assert column_reader(Field("a", type=kind)).check(None).is_settled


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_goes_with_a_type(kind: str) -> None:
    more = ", open: true" if kind == "category" else ""
    types = [
        t
        for t in TYPES
        if not parse_schema(f"fields: [{{name: a, type: {t}, x:format: {{kind: {kind}{more}}}}}]", "t")[1]
    ]
    assert types
