"""The store that the settings name: a file on this computer, or a team's database."""

from __future__ import annotations

import os
from typing import Final

from sheetward.app.words import new_word
from sheetward.config import Config
from sheetward.errors import UserError
from sheetward.ports.store import Store

PASSWORD: Final = "SHEETWARD_STORE_PASSWORD"  # noqa: S105 - where the password is looked for
"""The environment's word for the database's password. Without it libpq looks in `PGPASSWORD` and `~/.pgpass`."""


def open_store(config: Config, *, may_be_new: bool) -> Store:
    """Open the store, and make it where there is none and it `may_be_new`.

    `UserError`: `store.gone`, `postgres.gone` where it should be there and is not, `postgres.no_driver`, and what
    opening a store of that kind raises.
    """
    epoch = new_word()
    if config.is_embedded:
        from sheetward.stores.sqlite import SqliteStore

        if not may_be_new and not config.store_path.exists():
            raise UserError("store.gone", path=str(config.store_path), sheets=list(config.sheets))
        return SqliteStore.open(config.store_path, epoch_if_new=epoch)
    try:
        from sheetward.stores.postgres import PostgresStore
    except ImportError as trouble:
        raise UserError("postgres.no_driver", server=config.store_name) from trouble
    password = os.environ.get(PASSWORD)
    return PostgresStore.open(config.store, epoch_if_new=epoch if may_be_new else None, password=password)
