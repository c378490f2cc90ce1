"""Intents of file replacements, one JSON file a binding, durable before the workbook is touched."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

import orjson

from sheetward.errors import IntegrityError, TransientError, UserError

_SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
"""A file name on every system, with no way out of the folder."""


class FileJournal:
    """`sheetward.ports.store.Journal` in a folder, which the first intent makes.

    A record is written beside its place, flushed to the disk, and renamed: after a crash it is whole or not there.
    Keys are binding ids; `ValueError` for one that is no safe file name. `UserError("store.cannot_open")` where the
    folder cannot be written, `TransientError("store.disk")` where the disk fails, `IntegrityError("store.intent")`
    for a record that is not ours.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _place(self, key: str) -> Path:
        if not _SAFE.fullmatch(key):
            raise ValueError(f"not a safe file name: {key!r}")
        return self._folder / f"{key}.json"

    def put(self, key: str, intent: Mapping[str, str]) -> None:
        """Record durably; replaces an earlier intent of that key."""
        place = self._place(key)
        beside = place.with_suffix(f".{os.getpid()}.new")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(orjson.dumps(dict(intent)))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
            _flush(self._folder)
        except PermissionError as trouble:
            raise UserError("store.cannot_open", path=str(place)) from trouble
        except OSError as trouble:
            raise TransientError("store.disk", path=str(place), error=str(trouble)) from trouble

    def get(self, key: str) -> Mapping[str, str] | None:
        """Give the intent of that key, if any."""
        place = self._place(key)
        try:
            text = place.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as trouble:
            raise TransientError("store.disk", path=str(place), error=str(trouble)) from trouble
        try:
            intent = orjson.loads(text)
        except ValueError as trouble:
            raise IntegrityError("store.intent", path=str(place)) from trouble
        if not isinstance(intent, dict):
            raise IntegrityError("store.intent", path=str(place))
        return cast("dict[str, str]", intent)

    def clear(self, key: str) -> None:
        """Forget it, with what processes that died while they recorded it left behind; nothing happens where there is none."""
        place = self._place(key)
        try:
            for left in self._folder.glob(f"{key}.*.new"):
                left.unlink(missing_ok=True)
            place.unlink(missing_ok=True)
            _flush(self._folder)
        except FileNotFoundError:
            return
        except OSError as trouble:
            raise TransientError("store.disk", path=str(place), error=str(trouble)) from trouble


def _flush(folder: Path) -> None:
    """Make a rename or removal durable. Windows opens no folders, and needs none of this."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
