"""Which schema is in force for a table: the store's newest version, and what the file says now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import orjson
from sheetward_schemas import TableSchema, parse_schema, schema_data
from sheetward_schemas.evolve import Evolution, evolution, evolution_by

from sheetward.app.schemas import mistake_facts
from sheetward.cells import Json
from sheetward.errors import IntegrityError, TransientError
from sheetward.ports.store import CommitNote, SchemaStep, Transaction
from sheetward.stores.named import NamedStore

_ATTEMPTS = 5


@dataclass(frozen=True)
class SchemaInForce:
    """`version` is 0 where none was recorded yet. `next` is what the file changes, `None` where it says the same.

    What applies by itself does so at the next sync; what `is_waiting` waits for `schema apply`, and as a whole.
    """

    version: int
    schema: TableSchema
    next: Evolution | None = None

    @property
    def is_waiting(self) -> bool:
        """Say whether the file's version needs consent, or cannot be."""
        return self.next is not None and (self.next.needs_consent or bool(self.next.mistakes))


def schema_in_force(store: NamedStore, table: str, written: TableSchema) -> SchemaInForce:
    """Compare the version in force with the schema as it is written."""
    kept = store.schema_version(table)
    if kept is None:
        return SchemaInForce(0, written)
    version, data = kept
    if data == schema_data(written):
        return SchemaInForce(version, written)
    old = read_again(data, written.source)
    return SchemaInForce(version, old, evolution(old, written))


def read_again(data: Json, source: str) -> TableSchema:
    """Read a schema that the store kept. `IntegrityError('schema.kept_wrong')` where it does not hold any more."""
    schema, mistakes = parse_schema(orjson.dumps(data).decode(), source)
    if schema is None:
        raise IntegrityError("schema.kept_wrong", mistakes=[mistake_facts(m) for m in mistakes])
    return schema


def taken_up(store: NamedStore, table: str, written: TableSchema, note: Callable[[str], CommitNote]) -> SchemaInForce:
    """Bring into force what applies by itself: the first version of a table, additions, looser rules, labels."""
    for _ in range(_ATTEMPTS):
        stands = schema_in_force(store, table, written)
        if stands.version and (stands.next is None or stands.is_waiting):
            return stands
        former: Mapping[str, str] = {} if stands.next is None else stands.next.former
        step = SchemaStep(stands.version, cast("Json", schema_data(written)), former)
        try:
            store.apply(Transaction(table, store.head(table), note("schema"), schema=step))
        except TransientError as moved:
            if moved.code not in ("store.moved", "store.schema_moved"):
                raise
            store.look_again()
    raise TransientError("store.moved", table=table)


def changed_since(store: NamedStore, table: str, version: int, today: SchemaInForce) -> Evolution | None:
    """Give what changed from an older version to the one in force; `None` where that is the same or nothing is known of it."""
    if version == today.version or not version or not today.version:
        return None
    old = read_again(store.schema_at(table, version), today.schema.source)
    return evolution_by(old, today.schema, store.former(table, version))
