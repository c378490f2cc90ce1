"""Binding records and items as JSON texts, and back."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any, cast

import orjson

from sheetward.cells import Json
from sheetward.history.chain import moment_text
from sheetward.merge.items import Item, ItemKind, cell_from, cell_json
from sheetward.plan.overlay import Overlay
from sheetward.plan.pending import PendingWrite
from sheetward.ports.store import BindingState
from sheetward.stores.sql.rows import decoded_cells, encoded_cells
from sheetward.table import RowId

_LONG = 4096
"""Bytes of a binding record from which it is compressed; zlib's header is told from a brace by its first byte."""


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def _moment_text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment_text(moment)


def data_text(data: Json) -> str:
    """Spell JSON data so that equal data have equal texts."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()


def _pending_record(pending: PendingWrite) -> list[object]:
    new_ids = [[position, encoded_cells(cells), row] for position, cells, row in pending.new_ids]
    return [pending.stamp, pending.fingerprint, new_ids, pending.is_purging]


def _pending_from(record: list[Any]) -> PendingWrite:
    stamp, fingerprint, new_ids, *rest = record
    given = tuple((position, decoded_cells(cells), RowId(row)) for position, cells, row in new_ids)
    return PendingWrite(stamp, fingerprint, given, is_purging=bool(rest and rest[0]))


def binding_data(state: BindingState) -> bytes:
    """Spell a binding record: JSON, compressed where it is long."""
    record: dict[str, object] = {
        "id": state.id,
        "name": state.name,
        "table": state.table,
        "role": state.role,
        "place": state.place,
        "number": state.number,
        "base": state.base,
        "rule_version": state.rule_version,
        "schema_version": state.schema_version,
        "stamp": state.stamp,
        "seen": state.seen,
        "revision": state.revision,
        "content": state.content,
        "before": state.before,
        "written": state.written,
        "fields": state.fields,
        "pending": None if state.pending is None else _pending_record(state.pending),
        "overlay": state.overlay.to_json(),
        "last_sync": _moment_text(state.last_sync),
    }
    text = orjson.dumps(record)
    return text if len(text) < _LONG else zlib.compress(text, 1)


def binding_from(data: bytes) -> BindingState:
    """Read what `binding_data` wrote."""
    text = data if data.startswith(b"{") else zlib.decompress(data)
    record = cast("dict[str, Any]", orjson.loads(text))
    values: dict[str, Any] = {
        **record,
        "fields": tuple(record["fields"]),
        "pending": None if record["pending"] is None else _pending_from(record["pending"]),
        "overlay": Overlay.from_json(record["overlay"]),
        "last_sync": _moment(record["last_sync"]),
    }
    return BindingState(**values)


def item_text(item: Item) -> str:
    """Spell an item. Its facts are plain data; a tuple among them comes back as a list."""
    record: dict[str, object] = {
        "id": item.id,
        "kind": item.kind.value,
        "binding": item.binding,
        "table": item.table,
        "row": item.row,
        "field": item.field,
        "code": item.code,
        "base": cell_json(item.base),
        "store": cell_json(item.store),
        "sheet": cell_json(item.sheet),
        "row_cells": encoded_cells(item.row_cells),
        "facts": item.facts,
        "position": item.position,
        "by": item.by,
        "opened": _moment_text(item.opened),
        "closed": _moment_text(item.closed),
        "closed_by": item.closed_by,
        "outcome": item.outcome,
    }
    return orjson.dumps(record, default=str).decode()


def item_from(text: str) -> Item:
    """Read what `item_text` wrote."""
    record = cast("dict[str, Any]", orjson.loads(text))
    values: dict[str, Any] = {
        **record,
        "kind": ItemKind(record["kind"]),
        "base": cell_from(record["base"]),
        "store": cell_from(record["store"]),
        "sheet": cell_from(record["sheet"]),
        "row_cells": decoded_cells(record["row_cells"]),
        "opened": _moment(record["opened"]),
        "closed": _moment(record["closed"]),
    }
    return Item(**values)
