"""A table kept judged: after any changes the findings are those of a full validation, and few rows are judged again."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from sheetward.cells import Cell
from sheetward.diff import changes_between
from sheetward.table import RowId, Table
from sheetward.validation import Finding, Validator
from sheetward.validation.incremental import Incremental
from sheetward.validation.quality import quality_of
from sheetward_schemas import parse_schema

SCHEMA, MISTAKES = parse_schema(
    """
    name: t
    primaryKey: [code]
    uniqueKeys: [[name, phone]]
    foreignKeys: [{fields: [parent], reference: {resource: t, fields: [code]}}]
    x:rules:
      - {code: t.same, when: name, assert: "name != phone", columns: [name], message: {zh: 同, en: same}}
    fields:
      - {name: code, constraints: {required: true, maxLength: 2}}
      - {name: name}
      - {name: phone, x:format: {kind: phone, defaultRegion: CN}}
      - {name: parent}
    """,
    "t",
)
assert SCHEMA is not None, MISTAKES
FIELDS = SCHEMA.field_names
TODAY = dt.date(2024, 3, 5)
ROWS = [RowId(f"row{number}") for number in range(6)]
cells = st.sampled_from([None, "a", "b", "13800138000", "ccc", True])
tables = st.dictionaries(st.sampled_from(ROWS), st.tuples(cells, cells, cells, cells)).map(lambda d: Table(FIELDS, d))


def full(table: Table) -> list[Finding]:
    validator = Validator(SCHEMA)
    rows = list(table.rows.items())
    known = validator.own_references(FIELDS, rows)
    return validator.check_rows(FIELDS, rows, today=TODAY, known=known) + validator.check_unique(FIELDS, rows)


def told(findings: list[Finding]) -> Counter[str]:
    """Findings without the order of rows, which a table does not have."""
    return Counter(
        repr((f.row, f.field, f.code, f.severity, f.cell, {**f.facts, "others": sorted(f.facts.get("others", ()))}))
        for f in findings
    )


@settings(deadline=None)
@given(st.lists(tables, min_size=2, max_size=6))
def test_after_any_changes_it_is_as_if_judged_anew(states: list[Table]) -> None:
    kept = Incremental(Validator(SCHEMA), states[0], TODAY)
    assert told(kept.findings()) == told(full(states[0]))
    for before, after in pairwise(states):
        kept.apply(changes_between(before, after))
        assert kept.rows == dict(after.rows)
        assert told(kept.findings()) == told(full(after))


def numbered(count: int) -> Table:
    rows: dict[RowId, tuple[Cell, ...]] = {
        RowId(f"row{n}"): (f"{n:02x}"[-2:] + f"x{n}", f"n{n}", "13800138000", None) for n in range(count)
    }
    return Table(FIELDS, rows)


def test_one_edited_cell_judges_one_row_again_and_those_whose_key_it_took() -> None:
    table = numbered(500)
    kept = Incremental(Validator(SCHEMA), table, TODAY)
    code = table.rows[RowId("row7")][0]
    edited = Table(FIELDS, {**table.rows, RowId("row9"): (code, "n9", "1", None)})
    assert kept.apply(changes_between(table, edited)) == 1
    assert {f.row for f in kept.findings() if f.code == "key.duplicate"} == {"row7", "row9"}
    assert told(kept.findings()) == told(full(edited))


def test_a_parent_that_goes_is_told_of_its_children() -> None:
    rows: dict[RowId, tuple[Cell, ...]] = {RowId("p"): ("a", None, None, None), RowId("c"): ("b", None, None, "a")}
    kept = Incremental(Validator(SCHEMA), Table(FIELDS, rows), TODAY)
    assert not kept.findings()
    assert kept.apply(changes_between(Table(FIELDS, rows), Table(FIELDS, {RowId("c"): rows[RowId("c")]}))) == 1
    assert [(f.row, f.code) for f in kept.findings()] == [("c", "key.unknown_reference")]


def test_quality_is_counted_by_column_and_by_group_worst_first() -> None:
    rows: list[tuple[str | int, tuple[Cell, ...]]] = [
        (2, ("a", "李", "1", None)),
        (3, ("b", "李", "13800138000", None)),
        (4, ("c", "王", "2", "zz")),
        (5, ("d", None, None, None)),
    ]
    validator = Validator(SCHEMA)
    findings = validator.check_rows(FIELDS, rows, today=TODAY, known={"parent": {"a"}})
    quality = quality_of(FIELDS, rows, findings, ["name", "no_such_field"])
    assert (quality.rows, quality.errors, quality.bad_rows, quality.wrong_rows) == (4, 3, 2, 2)
    phone = quality.fields[2]
    assert (phone.filled, phone.errors, phone.bad_rows) == (3, 2, 2)
    assert [(g.value, g.rows, g.errors, g.bad_rows) for g in quality.groups] == [
        ("王", 1, 2, 1),
        ("李", 2, 1, 1),
        ("", 1, 0, 0),
    ]
