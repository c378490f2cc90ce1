"""What a workspace's settings are, once read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sheetward.cells import Json
from sheetward.messages import Lang

CONFIG_NAME: Final = "sheetward.yaml"


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table of the workspace and its schema: a bundled name, or a path."""

    name: str
    schema: str


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet bound to a table. `file` is absolute; `None` where the sheet is a Google spreadsheet."""

    name: str
    table: str
    file: Path | None
    google: str | None = None
    tab: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """From how many deletions a sync stops: above max(`rows`, `share` of the rows), or above `cap` in any case."""

    share: float = 0.2
    rows: int = 3
    cap: int = 50


def _no_tables() -> Mapping[str, TableEntry]:
    return {}


def _no_sheets() -> Mapping[str, SheetEntry]:
    return {}


def _no_json() -> Mapping[str, Json]:
    return {}


@dataclass(frozen=True)
class Config:
    """A workspace: the folder `root`, and what its `sheetward.yaml` says. `roles` are as written, for `sharing` to parse."""

    root: Path
    store: str
    language: Lang = "zh"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    tables: Mapping[str, TableEntry] = field(default_factory=_no_tables)
    sheets: Mapping[str, SheetEntry] = field(default_factory=_no_sheets)
    roles: Mapping[str, Json] = field(default_factory=_no_json)
    guards: GuardLimits = GuardLimits()
    schedule: Json = None
    backups: Json = None

    @property
    def path(self) -> Path:
        """Give the settings file."""
        return self.root / CONFIG_NAME

    @property
    def is_embedded(self) -> bool:
        """Say whether the store is a file; else it is a database of PostgreSQL."""
        return self.store.startswith("sqlite:")

    @property
    def store_name(self) -> str:
        """Give what a person calls the store: its file, or host and name of its database."""
        if self.is_embedded:
            return str(self.store_path)
        parts = urlsplit(self.store)
        return f"{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def store_path(self) -> Path:
        """Give the file of the embedded store."""
        name = self.store.removeprefix("sqlite:///")
        return Path(name) if Path(name).is_absolute() else self.root / name

    def resolved(self, name: str) -> Path:
        """Give a path of the settings as an absolute one: relative ones start at the workspace."""
        return (self.root / Path(name).expanduser()).absolute()
