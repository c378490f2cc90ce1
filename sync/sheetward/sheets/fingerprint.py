"""A digest of what a bound area means: ids and canonical values with their positions, spelling apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import orjson

from sheetward.cells import Cell, Typed, to_json
from sheetward.ports.replica import ShownRow

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def _encoded(value: Cell) -> object:
    return value.value if isinstance(value, Typed) else to_json(value)


def fingerprint(fields: Sequence[str], rows: Iterable[ShownRow]) -> str:
    """Give 32 hex digits (BLAKE2b) that differ where a field, an id, a position, a value, or a mark differs.

    Two sheets that differ only in how a value is spelled (`Typed` with equal values) have equal fingerprints: a sync
    has nothing to do for either.
    """
    digest = hashlib.blake2b(orjson.dumps(list(fields)), digest_size=16)
    for row in rows:
        digest.update(orjson.dumps((row.position, row.row_id, row.cells), default=_encoded, option=_OPTIONS))
        if row.marks or row.errors:
            marks = [(name, mark.value, row.errors.get(name, "")) for name, mark in sorted(row.marks.items())]
            digest.update(orjson.dumps(marks))
    return digest.hexdigest()
