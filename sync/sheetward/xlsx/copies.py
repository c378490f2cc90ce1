"""Copies of what a replacement displaced: kept in the workspace, readable by their owner only, never beside the file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sheetward.xlsx.file_steps import FileSteps


@dataclass(frozen=True, slots=True)
class Copies:
    """A folder of copies. Of displaced bytes the newest `keep` of each key stay; a person's save is never thrown away."""

    folder: Path
    keep: int = 10
    steps: FileSteps = field(default_factory=FileSteps)

    def add(self, key: str, suffix: str, data: bytes, sha256: str) -> Path:
        """Keep displaced bytes, and throw away the oldest of this key beyond `keep`."""
        copy = self._put(f"{_plain(key)}-{sha256[:16]}{suffix}", data)
        copy.touch()
        for old in sorted(self._displaced(key), key=lambda one: one.stat().st_mtime_ns, reverse=True)[self.keep :]:
            self.steps.unlink(old)
        return copy

    def read(self, key: str, sha256: str) -> bytes | None:
        """Give displaced bytes of a key that are still kept, `None` where they are not, or no longer what they were."""
        one = self.find(key, sha256)
        data = b"" if one is None else one.read_bytes()
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def find(self, key: str, sha256: str) -> Path | None:
        """Give the copy of displaced bytes of a key, `None` where it is not kept."""
        start = f"{_plain(key)}-{sha256[:16]}."
        return next((one for one in self._displaced(key) if one.name.startswith(start)), None)

    def forget(self, key: str) -> None:
        """Throw away all displaced bytes of a key: they hold what its reader may no longer see. Saves of persons stay."""
        found = self._displaced(key)
        for one in found:
            self.steps.unlink(one)
        if found:
            self.steps.sync_folder(self.folder)

    def take_over(self, former: str, key: str) -> None:
        """Let the copies of a file that got another key go with it."""
        for one in self._displaced(former):
            self.steps.replace(one, self.folder / (_plain(key) + one.name[len(_plain(former)) :]))

    def _displaced(self, key: str) -> list[Path]:
        mine = re.compile(rf"{re.escape(_plain(key))}-[0-9a-f]{{16}}\..*")
        return [one for one in self.folder.iterdir() if mine.fullmatch(one.name)] if self.folder.is_dir() else []

    def add_save(self, key: str, suffix: str, data: bytes, sha256: str) -> Path:
        """Keep a person's save that a newer one has replaced; it stays until somebody deletes it."""
        return self._put(f"{_plain(key)}-saved-{sha256[:16]}{suffix}", data)

    def _put(self, name: str, data: bytes) -> Path:
        copy, part = self.folder / name, self.folder / f".{name}.part"
        if not copy.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.unlink(missing_ok=True)

            def fill(file: BinaryIO) -> None:
                file.write(data)

            self.steps.create(part, fill)
            self.steps.replace(part, copy)
            self.steps.sync_folder(self.folder)
        return copy


def _plain(key: str) -> str:
    return re.sub(r"[^\w.-]", "_", key)[:80]
