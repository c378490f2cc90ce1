"""The rows of a table in the store: as of a moment, as a role sees them, chosen, sorted, written to a file."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sheetward.app.json_cells import cell_json
from sheetward.app.past import number_at
from sheetward.app.plain_table import PlainTable, replace_file, write_plain
from sheetward.app.result_file import check_result
from sheetward.app.rules import parsed, written_rule
from sheetward.app.workspace import Workspace
from sheetward.cells import Cell, Value, plain_text, value_of
from sheetward.errors import UserError
from sheetward.sharing import Rule, parse_rule
from sheetward.table import Row, RowId, Table

FILE_KINDS = (".json", ".csv", ".parquet", ".xlsx")


@dataclass(frozen=True)
class Listing:
    """Rows in an order. `commit` is the id of the state that they are of, `None` before the first commit."""

    table: str
    commit: str | None
    columns: tuple[str, ...]
    ids: tuple[RowId, ...]
    rows: tuple[Row, ...]

    def to_json(self) -> dict[str, object]:
        """Give what `table --json` shows."""
        return {
            "commit": self.commit,
            "columns": list(self.columns),
            "ids": list(self.ids),
            "rows": [[cell_json(cell) for cell in row] for row in self.rows],
        }


def listing(
    workspace: Workspace,
    table: str,
    *,
    as_of: str | None = None,
    role: str | None = None,
    where: str | None = None,
    sort: str | None = None,
) -> Listing:
    """List a table. The condition is judged on the whole row, and only over columns that the role may see.

    `UserError`: `table.unknown`, `role.wrong`, `usage.where`, `field.unknown`, `history.*`.
    """
    schema = workspace.schema(table)
    number = workspace.store.head(table) if as_of is None else number_at(workspace, table, as_of)
    rows = workspace.store.read(table, schema.field_names, number)
    rule = None if role is None else _role_rule(workspace, role, table)
    seen = rows if rule is None else rule.projected(rows)
    if where is not None:
        condition = _condition(workspace, table, where, seen.fields)
        seen = Table(seen.fields, {i: row for i, row in seen.rows.items() if condition.shows(seen.fields, row)})
    ids = _sorted(workspace, table, seen, sort)
    commit = f"{table}:{number}" if number else None
    return Listing(table, commit, seen.fields, tuple(ids), tuple(seen.rows[i] for i in ids))


def _role_rule(workspace: Workspace, role: str, table: str) -> Rule:
    """Give the rule that is in force for a role, else the one in the settings."""
    written = written_rule(workspace.config_for(table), role, table, workspace.schema(table))
    kept = workspace.store.rule(table, role)
    return written if kept is None else parsed(kept[1], workspace.schema(table))


def _condition(workspace: Workspace, table: str, text: str, visible: Sequence[str]) -> Rule:
    """Read a condition: `{region: East}`, or in short `region=East`."""
    try:
        data: object = YAML(typ="safe", pure=True).load(text)
    except YAMLError as problem:
        raise UserError("usage.where", value=text) from problem
    if isinstance(data, str) and "=" in data:
        name, _, value = data.partition("=")
        if not value.strip() or name[-1:] in ("!", "<", ">") or value.startswith("="):
            raise UserError("usage.where", value=text)
        data = {name.strip(): value.strip()}
    if not isinstance(data, dict):
        raise UserError("usage.where", value=text)
    rule, mistakes = parse_rule(
        {"rows": cast("Mapping[str, object]", data), "columns": {"*": "write"}}, workspace.schema(table), {}
    )
    if rule is None:
        raise UserError(
            "usage.where", value=text, mistakes=[{"code": m.code, "path": m.place, **m.facts} for m in mistakes]
        )
    unseen = [name for name in rule.row_fields if name not in visible]
    if unseen:
        raise UserError("field.unknown", field=unseen[0], table=table, known=list(visible))
    return rule


def _order(value: Value) -> tuple[int, Any]:
    """Give what values of mixed types are ordered by: numbers, dates, truth, text, nothing last."""
    if value is None:
        return 9, ""
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, Decimal):
        return 0, value
    if isinstance(value, dt.date):
        moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
        return 1, moment.replace(tzinfo=None)
    return 3, value


def _sorted(workspace: Workspace, table: str, rows: Table, sort: str | None) -> list[RowId]:
    field = (sort or "").removeprefix("-") or workspace.schema(table).business_key or ""
    if field not in rows.index:
        if sort is not None:
            raise UserError("field.unknown", field=field, table=table, known=list(rows.fields))
        return sorted(rows.rows)
    place = rows.index[field]
    filled = [i for i in rows.rows if value_of(rows.rows[i][place]) is not None]
    empty = [i for i in rows.rows if value_of(rows.rows[i][place]) is None]
    is_down = (sort or "").startswith("-")
    return [*sorted(filled, key=lambda i: _order(value_of(rows.rows[i][place])), reverse=is_down), *empty]


def write_listing(found: Listing, path: Path) -> None:
    """Write rows to a file, by the ending of its name. `UserError('file.kind')` for another ending."""
    ending = path.suffix.lower()
    if ending not in FILE_KINDS:
        raise UserError("file.kind_out", path=str(path), ending=ending, known=list(FILE_KINDS))
    check_result(path, ending)
    if ending == ".parquet":
        replace_file(path, parquet(found))
    elif ending == ".json":
        import orjson

        replace_file(path, orjson.dumps(found.to_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        write_plain(PlainTable(found.table, found.columns, found.rows), path, ending)


def parquet(found: Listing) -> bytes:
    """Give rows as Parquet: the id first, then typed columns; a column of mixed types is text."""
    pa: Any = import_module("pyarrow")
    pq: Any = import_module("pyarrow.parquet")
    arrays: list[Any] = [pa.array(found.ids, pa.string())]
    for place in range(len(found.columns)):
        arrays.append(_array([row[place] for row in found.rows], pa))
    columns = ["_sheetward_id", *found.columns]
    table = pa.table(dict(zip(columns, arrays, strict=True)))
    table = table.replace_schema_metadata({"sheetward.table": found.table, "sheetward.commit": found.commit or ""})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def _array(cells: Sequence[Cell], pa: Any) -> Any:
    values = [value_of(cell) for cell in cells]
    kinds = {type(value) for value in values if value is not None}
    if kinds == {Decimal}:
        numbers = [value for value in values if isinstance(value, Decimal)]
        scale = max(max(0, -int(n.as_tuple().exponent)) for n in numbers)
        if all(n.adjusted() + 1 + scale <= 38 for n in numbers) and scale <= 38:
            return pa.array(values, pa.decimal128(38, scale))
    if kinds == {dt.date}:
        return pa.array(values, pa.date32())
    if kinds == {dt.datetime}:
        return pa.array(values, pa.timestamp("us"))
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    return pa.array([None if value is None else plain_text(value) for value in values], pa.string())
