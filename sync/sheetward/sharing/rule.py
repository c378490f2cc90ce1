"""A role's rule on one table: which rows, which columns, which changes; and what a reader gets by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sheetward.cells import Cell, Json, Value, value_of
from sheetward.sharing.access import MASK_TEXT, Access
from sheetward.sharing.condition import ALWAYS, NEVER, Condition, Predicate, equalities, fields_read, predicate
from sheetward.table import Row, RowId, Table


def _no_columns() -> Mapping[str, Access]:
    return {}


@dataclass(frozen=True)
class Rule:
    """What one role may see and do on one table.

    `columns` are the fields named in the rule, `rest` is what `*` gives the others, except the `restricted` ones, which
    stay hidden unless named. `data` is the rule as written, JSON-ready: the store keeps its versions in this form.
    """

    rows: Condition = ALWAYS
    columns: Mapping[str, Access] = field(default_factory=_no_columns)
    rest: Access = Access.HIDE
    insert: bool = True
    delete: bool = False
    move_out: bool = False
    restricted: frozenset[str] = frozenset()
    data: Json = None

    def access(self, name: str) -> Access:
        """Give what the role may do with a field."""
        named = self.columns.get(name)
        if named is not None:
            return named
        return Access.HIDE if name in self.restricted else self.rest

    def visible(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """Give the fields that have a column in the role's sheets, masked ones included, in the order given."""
        return tuple(name for name in fields if self.access(name) is not Access.HIDE)

    def is_whole(self, fields: tuple[str, ...]) -> bool:
        """Say whether the role sees every row, writes every one of the table's fields, and may insert."""
        return self.rows is ALWAYS and self.insert and all(self.access(name) is Access.WRITE for name in fields)

    def shows(self, fields: tuple[str, ...], row: Row) -> bool:
        """Say whether the role sees a row. `fields` and `row` are the table's, hidden columns included."""
        return self._test(fields)(row)

    def _test(self, fields: tuple[str, ...]) -> Predicate:
        test = self._tests.get(fields)
        if test is None:
            test = self._tests[fields] = predicate(self.rows, fields)
        return test

    @cached_property
    def _tests(self) -> dict[tuple[str, ...], Predicate]:
        return {}

    @cached_property
    def row_fields(self) -> tuple[str, ...]:
        """Give the fields that decide whether a row is in view."""
        return fields_read(self.rows)

    @cached_property
    def equalities(self) -> Mapping[str, Value]:
        """Give what a new row gets filled in, so that it is in view of who typed it (region = 华东)."""
        return equalities(self.rows)

    def takes_from(self, older: Rule, fields: tuple[str, ...]) -> bool:
        """Say whether a reader under an older rule may have been shown what this one does not show."""
        closed = (Access.HIDE, Access.MASK)
        return self.rows != older.rows or any(
            self.access(name) in closed and older.access(name) not in (Access.HIDE, self.access(name))
            for name in fields
        )

    def shown(self, name: str, cell: Cell) -> Cell:
        """Give one visible cell as the role sees it: a masked one that is filled becomes the mask text."""
        if self.access(name) is Access.MASK:
            return None if value_of(cell) is None else MASK_TEXT
        return cell

    def projected(self, table: Table) -> Table:
        """Give what the role sees of a table (get): rows in view, visible columns, masked cells masked."""
        names = self.visible(table.fields)
        places = [(table.index[name], self.access(name) is Access.MASK) for name in names]
        rows = table.rows if self.rows == ALWAYS else self._rows_in_view(table)
        if names == table.fields and not any(masked for _, masked in places):
            return Table(table.fields, rows)
        return Table(
            names,
            {
                row_id: tuple(_masked(row[place]) if masked else row[place] for place, masked in places)
                for row_id, row in rows.items()
            },
        )

    def _rows_in_view(self, table: Table) -> Mapping[RowId, Row]:
        test = self._test(table.fields)
        return {row_id: row for row_id, row in table.rows.items() if test(row)}


def _masked(cell: Cell) -> Cell:
    return None if value_of(cell) is None else MASK_TEXT


EVERYTHING = Rule(
    rest=Access.WRITE,
    delete=True,
    move_out=True,
    data={"columns": {"*": "write"}, "insert": True, "delete": True, "move_out": True},
)
"""A workspace without roles: every sheet sees and writes all."""

NOTHING = Rule(rows=NEVER, insert=False, data={"rows": {"any": []}, "columns": {}, "insert": False})
"""Where roles exist, a sheet without one."""
