"""What a field is called now that the settings or another table's schema call by another name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sheetward.app.schema_in_force import SchemaInForce
from sheetward.cells import Json
from sheetward.config import Config
from sheetward.sharing.parse_rule import STAR
from sheetward.sharing.roles import TABLES
from sheetward.stores import renaming
from sheetward.stores.named import NamedStore


class CalledNow:
    """Today's names for other ones: those that a field had once, and those of a written version that waits for consent.

    A name that a field has today is that field, whatever had it before.
    """

    def __init__(self, store: NamedStore, table: str, stands: SchemaInForce) -> None:
        self._store, self._table, self._stands = store, table, stands
        self._known: Mapping[str, str] | None = None

    def __call__(self, name: str) -> str:
        """Give today's name, the same where nothing is known of it."""
        if name in self._stands.schema.by_name:
            return name
        if self._known is None:
            self._known = self._others()
        return self._known.get(name, name)

    def _others(self) -> Mapping[str, str]:
        others: dict[str, str] = {}
        for field in self._stands.schema.fields:
            others.update(dict.fromkeys(reversed(field.renamed_from), field.name))
        for version in range(1, self._stands.version):
            former = self._store.former(self._table, version)
            others.update({then: now for now, then in former.items()})
        if self._stands.next is not None:
            others.update(self._stands.next.former)
        return others


def roles_as_called(config: Config, table: str, called: Callable[[str], str]) -> Config:
    """Give the settings with the roles' rules on a table under today's names of its fields."""

    def rename(name: str) -> str:
        return name if name == STAR else called(name)

    def rule(written: Json) -> Json:
        return renaming.rule(written, rename)

    roles: dict[str, Json] = {}
    for name, written in config.roles.items():
        tables = written.get(TABLES) if isinstance(written, dict) else None
        if isinstance(written, dict) and isinstance(tables, dict) and table in tables:
            roles[name] = {**written, TABLES: {**tables, table: rule(tables[table])}}
        else:
            roles[name] = written if tables is not None else rule(written)
    return config if roles == config.roles else replace(config, roles=roles)
