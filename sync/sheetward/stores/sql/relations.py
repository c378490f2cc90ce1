"""The relations of a SQL store, as SQLAlchemy Core sees them; the numbered migrations make them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text

_RELATIONS = MetaData()


def _table_id() -> Column[str]:
    return Column("table_id", Text, primary_key=True)


meta = Table("meta", _RELATIONS, Column("name", Text, primary_key=True), Column("value", Text))

head = Table(
    "head",
    _RELATIONS,
    _table_id(),
    Column("name", Text),
    Column("number", Integer),
    Column("hash", Text),
    Column("size", BigInteger),
    Column("owed", BigInteger),
    Column("sealed", Text),
)

commits = Table(
    "commits",
    _RELATIONS,
    _table_id(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sync_id", Text),
    Column("author", Text),
    Column("editor", Text),
    Column("time", Text),
    Column("source", Text),
    Column("reason", Text),
    Column("binding", Text),
    Column("changes", Integer),
    Column("parent", Text),
    Column("hash", Text),
    Column("run", Text),
)

sync = Table("sync", _RELATIONS, _table_id(), Column("sync_id", Text, primary_key=True), Column("number", Integer))

live = Table("live", _RELATIONS, _table_id(), Column("row_id", Text, primary_key=True), Column("cells", LargeBinary))

wordbook = Table(
    "wordbook",
    _RELATIONS,
    _table_id(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("fields", Text),
    Column("words", LargeBinary),
)

past = Table(
    "past",
    _RELATIONS,
    _table_id(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("replaced", LargeBinary),
)

keyframe = Table(
    "keyframe",
    _RELATIONS,
    _table_id(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("parts", Integer),
    Column("first_row", Text),
    Column("state", LargeBinary),
    Column("digest", Text),
)

gone = Table("gone", _RELATIONS, _table_id(), Column("row_id", Text, primary_key=True), Column("number", Integer))

counter = Table("counter", _RELATIONS, _table_id(), Column("name", Text, primary_key=True), Column("value", BigInteger))

binding = Table(
    "binding",
    _RELATIONS,
    _table_id(),
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("number", Integer),
    Column("data", LargeBinary),
)

revision = Table(
    "revision",
    _RELATIONS,
    _table_id(),
    Column("binding", Text, primary_key=True),
    Column("stamp", Text, primary_key=True),
    Column("number", Integer),
    Column("data", LargeBinary),
)

lease = Table(
    "lease",
    _RELATIONS,
    _table_id(),
    Column("binding", Text, primary_key=True),
    Column("number", BigInteger),
    Column("holder", Text),
    Column("until", BigInteger),
    Column("wanted", BigInteger),
)

item = Table(
    "item",
    _RELATIONS,
    _table_id(),
    Column("id", Text, primary_key=True),
    Column("place", Integer),
    Column("kind", Text),
    Column("binding", Text),
    Column("is_open", Integer),
    Column("data", Text),
)

rule = Table(
    "rule",
    _RELATIONS,
    _table_id(),
    Column("role", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("data", Text),
    Column("author", Text),
    Column("time", Text),
    Column("reason", Text),
)

table_schema = Table(
    "table_schema",
    _RELATIONS,
    _table_id(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("data", Text),
    Column("author", Text),
    Column("time", Text),
    Column("reason", Text),
)

seal = Table(
    "seal",
    _RELATIONS,
    _table_id(),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text),
    Column("name", Text),
    Column("version", Integer),
    Column("digest", Text),
    Column("hash", Text),
)

snapshot = Table(
    "snapshot",
    _RELATIONS,
    _table_id(),
    Column("name", Text, primary_key=True),
    Column("time", Text),
    Column("hash", Text),
    Column("data", LargeBinary),
)

kept_file = Table(
    "kept_file",
    _RELATIONS,
    _table_id(),
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger),
    Column("pieces", LargeBinary),
)

piece = Table("piece", _RELATIONS, _table_id(), Column("sha256", Text, primary_key=True), Column("bytes", LargeBinary))

attestation = Table(
    "attestation",
    _RELATIONS,
    _table_id(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary),
)

OF_A_TABLE = tuple(relation for relation in _RELATIONS.sorted_tables if relation not in (meta, head))
"""All that hangs on a table's head."""
