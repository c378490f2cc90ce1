"""Today's date that a new row is given: never one that breaks a rule which the row as typed keeps."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sheetward.merge.items import ItemKind
from sheetward_schemas import parse_schema

from .conftest import SCHEMA_TEXT

RULED = (
    SCHEMA_TEXT
    + """  - {name: met, type: date}
  - {name: made, type: date, "x:auto": {kind: today}}
x:rules:
  - code: customer.met_before_made
    when: "met and made"
    assert: "met >= made"
    columns: [met]
    message: {zh: "早于建档日期", en: "Earlier than the date the record was made"}
"""
)


def test_a_row_bound_with_an_old_meeting_gets_no_date_of_its_own_and_stays_editable(new_world: Any) -> None:
    world = new_world()
    world.schema, mistakes = parse_schema(RULED, "test")
    assert world.schema is not None, mistakes
    world.add(
        "A",
        [
            {"no": "C001", "name": "old", "met": dt.date(2020, 5, 4)},
            {"no": "C002", "name": "new"},
            {"no": "C003", "name": "wrong", "met": dt.date(2020, 5, 4), "made": dt.date(2021, 1, 1)},
        ],
    )
    world.settle()
    rows = world.store.read("customers", ("no", "met", "made")).rows.values()
    assert sorted(rows, key=str) == [("C001", dt.date(2020, 5, 4), None), ("C002", None, world.today())]
    assert [item.code for item in world.store.items(kind=ItemKind.HELD)] == ["customer.met_before_made"]

    sheet = world.sheets["A"]
    sheet.set(sheet.find("no", "C001"), "met", dt.date(2020, 6, 1))
    world.settle()
    assert ("C001", dt.date(2020, 6, 1), None) in world.store.read("customers", ("no", "met", "made")).rows.values()
