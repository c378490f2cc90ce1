"""A new workspace: settings with comments, and an empty store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sheetward.app.plain_table import check_folder
from sheetward.app.schemas import load
from sheetward.app.store import open_store
from sheetward.config import CONFIG_NAME, TableEntry, create_config, read_config
from sheetward.errors import UserError
from sheetward.messages import Lang

STANDARD_TABLES = {"customers": "customer", "orders": "order", "payments": "payment"}


def begin_workspace(root: Path, tables: Mapping[str, str], lang: Lang) -> bool:
    """Make a workspace in a folder and say whether its settings are new; settings that exist are kept.

    The schemas are read first, so that a mistake in one leaves nothing behind. `UserError`: what `load` raises,
    `folder.read_only`, `config.wrong` where settings that exist have mistakes.
    """
    chosen = tables or STANDARD_TABLES
    for schema in chosen.values():
        load(schema, root)
    check_folder(next(folder for folder in (root, *root.parents) if folder.exists()), CONFIG_NAME)
    try:
        root.mkdir(parents=True, exist_ok=True)
        made = create_config(root, [TableEntry(name, schema) for name, schema in chosen.items()], lang)
        config = read_config(root)
        open_store(config, may_be_new=True).close()
    except FileExistsError as problem:
        raise UserError("file.is_no_folder", path=str(root)) from problem
    except PermissionError as problem:
        raise UserError("folder.read_only", file=CONFIG_NAME, folder=str(root)) from problem
    return made
