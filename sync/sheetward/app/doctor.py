"""Is this installation whole? Each check is one line; what is optional is a remark, never a failure."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sheetward.config import CONFIG_NAME, read_config
from sheetward.errors import SheetwardError

State = Literal["good", "optional", "bad"]

_NEEDED = (
    "openpyxl",
    "orjson",
    "pandas",
    "pandera",
    "phonenumbers",
    "pyarrow",
    "ruamel.yaml",
    "sqlalchemy",
    "xlsxwriter",
)


def _no_facts() -> dict[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its message code, what came out, and the facts of the message."""

    code: str
    state: State
    facts: dict[str, object] = field(default_factory=_no_facts)


def examine(workspace: Path | None) -> Iterator[Check]:
    """Check Python, libraries, the office program for tests, write access, and the workspace where there is one."""
    is_new_enough = sys.version_info >= (3, 11)
    yield Check("doctor.python", "good" if is_new_enough else "bad", {"version": platform.python_version()})
    for name in _NEEDED:
        try:
            yield Check("doctor.package", "good", {"name": name, "version": importlib.metadata.version(name)})
        except importlib.metadata.PackageNotFoundError:
            yield Check("doctor.no_package", "bad", {"name": name})
    office = shutil.which("soffice")
    yield Check("doctor.office", "good", {"path": office}) if office else Check("doctor.no_office", "optional")
    yield _writable(workspace or Path.cwd())
    if workspace is not None and (workspace / CONFIG_NAME).is_file():
        yield from _workspace(workspace)
    else:
        yield Check("doctor.no_workspace", "optional")


def _writable(folder: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Check("doctor.writable", "good", {"path": str(folder)})
    except OSError:
        return Check("doctor.not_writable", "bad", {"path": str(folder)})


def _workspace(root: Path) -> Iterator[Check]:
    from sheetward.app.store import open_store

    try:
        config = read_config(root)
        yield Check("doctor.settings", "good", {"path": str(config.path), "count": len(config.sheets)})
        for entry in config.sheets.values():
            if entry.file is not None and not entry.file.is_file():
                yield Check("doctor.no_file", "bad", {"name": entry.name, "path": str(entry.file)})
        if config.is_embedded and not config.store_path.is_file():
            yield Check("doctor.no_store", "bad", {"path": str(config.store_path)})
            return
        store = open_store(config, may_be_new=False)
        try:
            troubles = store.verify()
        finally:
            store.close()
        for line in troubles:
            yield Check("doctor.chain", "bad", {"trouble": line})
        if not troubles:
            yield Check("doctor.store", "good", {"path": config.store_name})
    except SheetwardError as problem:
        yield Check(problem.code, "bad", problem.facts)
