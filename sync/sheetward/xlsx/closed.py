"""A closed workbook file: read while nobody writes it, and replaced so that no save is ever lost.

At every moment the file is, whole, what its user saved last or what the plan said. The replacement is journalled before
the file is touched; a process may die at any step, and `recover` finishes or takes back what it began. Nothing is ever
deleted that is neither the bytes we read nor the bytes we made: a save that came between goes back to its place, and
one that a newer save has replaced goes to the copies.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import stat
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from sheetward.errors import GuardError, SheetwardError, TransientError, UserError
from sheetward.xlsx.copies import Copies
from sheetward.xlsx.exchange import aside_of
from sheetward.xlsx.file_image import FileImage, FileMark, digest, read_stable
from sheetward.xlsx.file_steps import FileSteps
from sheetward.xlsx.file_trouble import of_replacing
from sheetward.xlsx.open_marker import open_marker

__all__ = [
    "FileImage",
    "FileMark",
    "IntentJournal",
    "Recovery",
    "check_writable",
    "digest",
    "read_stable",
    "recover",
    "replace",
]

TEMPORARY: Final = ".sheetward-"
"""How the names of our temporary files begin; they lie in the workbook's folder."""

_log = logging.getLogger(__name__)


class IntentJournal(Protocol):
    """Where the intent of a replacement is recorded durably, before the file is touched."""

    def put(self, key: str, intent: Mapping[str, str]) -> None:
        """Record; replaces an earlier intent of that key."""
        ...

    def get(self, key: str) -> Mapping[str, str] | None:
        """Give the intent of that key, if any."""
        ...

    def clear(self, key: str) -> None:
        """Forget it."""
        ...


class Recovery(Enum):
    """What a replacement that was cut off came to."""

    NONE = "none"
    """No replacement was under way."""
    DONE = "done"
    """The new bytes are in place: record it."""
    UNDONE = "undone"
    """The old bytes are in place: do it again."""
    CHANGED = "changed"
    """Somebody saved meanwhile: their bytes are in place (or they moved the file away), merge again."""


def check_writable(path: Path, *, steps: FileSteps | None = None) -> None:
    """Raise what a replacement would meet, before anything is decided.

    `GuardError('sheet.open')`; `UserError`: `file.missing`, `file.is_folder`, `file.read_only`, `folder.read_only`. A file or folder without
    any write permission counts as read-only for the superuser too. Leaves nothing behind in the folder.
    """
    steps = steps or FileSteps()
    target = path.resolve()
    facts = {"file": path.name, "path": str(path), "folder": str(target.parent)}
    try:
        known, folder = steps.stat(target), steps.stat(target.parent)
    except OSError as trouble:
        raise UserError("file.missing", **facts) from trouble
    if stat.S_ISDIR(known.st_mode):
        raise UserError("file.is_folder", **facts)
    if not known.st_mode & 0o222:
        raise UserError("file.read_only", **facts)
    if not folder.st_mode & 0o222:
        raise UserError("folder.read_only", **facts)
    # Always the same name, so that one left behind by a process that died here goes with the next look.
    probe = target.parent / f"{TEMPORARY}probe-{target.name}"
    try:
        with contextlib.suppress(FileExistsError):
            steps.create(probe, lambda _: None)
        with contextlib.suppress(FileNotFoundError):
            steps.unlink(probe)
    except OSError as trouble:
        raise of_replacing(trouble, target) from trouble
    marker = open_marker(path)
    if marker:
        raise GuardError("sheet.open", file=path.name, marker=marker.path.name, owner=marker.owner)


def replace(
    path: Path,
    write: Callable[[BinaryIO], None],
    *,
    expected_sha256: str,
    journal: IntentJournal,
    key: str,
    verify: Callable[[Path], None],
    copies: Copies,
    steps: FileSteps | None = None,
    purge: bool = False,
) -> str:
    """Replace a closed file's bytes and give the SHA-256 of the new ones.

    `write` fills an empty file that can seek; `verify` looks at the result before anything is exchanged and raises what
    it finds. `copies` gets the displaced bytes; with `purge` it does not, and loses those it has of this key: they hold
    what the file's reader may no longer see. `TransientError`: `sheet.open`, `sheet.changed` (nothing written, or
    the save that came between is back in place), `folder.full`, `file.share_away`, `file.trouble`; `UserError`: `folder.read_only`. What `write` and
    `verify` raise passes through; the file is then as it was.
    """
    steps = steps or FileSteps()
    recover(path, journal, key, copies, steps=steps)
    work = _Replacement(path, expected_sha256, journal, key, copies, steps)
    work.is_purging = purge
    try:
        return work.run(write, verify)
    except Exception as trouble:
        if work.recover() is Recovery.DONE:
            return work.new
        if isinstance(trouble, OSError) and not isinstance(trouble, SheetwardError):
            raise of_replacing(trouble, work.target) from trouble
        raise


def recover(
    path: Path, journal: IntentJournal, key: str, copies: Copies, *, steps: FileSteps | None = None
) -> Recovery:
    """Finish or take back a replacement that was cut off, and say what stands in the file now. May itself be cut off."""
    return _Replacement(path, "", journal, key, copies, steps or FileSteps()).recover()


class _Replacement:
    """One replacement under way: the state that its steps share."""

    def __init__(
        self, path: Path, base: str, journal: IntentJournal, key: str, copies: Copies, steps: FileSteps
    ) -> None:
        self.path = path
        self.target = path.resolve()
        self.base = base
        self.new = ""
        self.is_purging = False
        self.temporary = self.target.with_name(f"{TEMPORARY}{secrets.token_hex(6)}{self.target.suffix}")
        self._journal = journal
        self._key = key
        self._copies = copies
        self._steps = steps

    def run(self, write: Callable[[BinaryIO], None], verify: Callable[[Path], None]) -> str:
        """Do all steps, in the order that is the safety."""
        self._refuse_open()
        self._record()
        self._steps.create(self.temporary, write)
        self._steps.keep_attributes(self.target, self.temporary)
        verify(self.temporary)
        self.new = digest(self._steps.read(self.temporary))
        self._record()
        self._steps.sync_folder(self.target.parent)
        current = self._steps.read(self.target)
        if digest(current) != self.base:
            raise self._changed()
        self._refuse_open()
        if self.new != self.base and not self._steps.exchange(self.temporary, self.target):
            self._replace_in_one_step(current)
        self._steps.sync_folder(self.target.parent)
        if self.recover() is Recovery.CHANGED:
            raise self._changed()
        return self.new

    def _replace_in_one_step(self, current: bytes) -> None:
        """Put the new file over the old one where files cannot be exchanged.

        What this displaces cannot be looked at afterwards: a save within the instant before it would be lost, so the
        last look is right before.
        """
        _log.warning("this file system cannot exchange files; %s is replaced in one step instead", self.target.name)
        if not self.is_purging:
            self._copies.add(self._key, self.target.suffix, current, self.base)
        if digest(self._steps.read(self.target)) != self.base:
            raise self._changed()
        self._steps.replace(self.temporary, self.target)

    def _refuse_open(self) -> None:
        marker = open_marker(self.path)
        if marker:
            raise TransientError("sheet.open", file=self.path.name, marker=marker.path.name, owner=marker.owner)

    def _changed(self) -> TransientError:
        return TransientError("sheet.changed", file=self.path.name)

    def _record(self) -> None:
        intent = {
            "path": str(self.target),
            "temporary": str(self.temporary),
            "base": self.base,
            "new": self.new,
            "purge": "yes" if self.is_purging else "",
        }
        self._journal.put(self._key, intent)

    def recover(self) -> Recovery:
        """Look at both files and bring them to an end, by what they hold and not by what was last done.

        ==========  ============  ===================================================  =========
        file        temporary     then                                                 outcome
        ==========  ============  ===================================================  =========
        any         (never done)  delete the temporary                                 by file
        any         none          nothing                                              by file
        any         new           delete the temporary                                 by file
        any         base          copy it (unless values leave with it), delete it     by file
        new         a save        exchange back, then as above                         changed
        none        a save        give it the file's name                              changed
        other       a save        the file's is newer: copy the older one, delete it   by file
        ==========  ============  ===================================================  =========

        By file: new is done, base is undone, anything else is changed.
        """
        intent = self._journal.get(self._key)
        if intent is None:
            return Recovery.NONE
        self.target, self.temporary = Path(intent["path"]), Path(intent["temporary"])
        self.base, self.new = intent["base"], intent["new"]
        self.is_purging = bool(intent.get("purge"))
        aside = aside_of(self.temporary)
        if self._digest(aside) and not self._digest(self.temporary):
            self._steps.move(aside, self.temporary)
        outcome = self._settle()
        if outcome is Recovery.DONE and self.is_purging:
            self._copies.forget(self._key)
        self._steps.sync_folder(self.target.parent)
        self._journal.clear(self._key)
        return outcome

    def _settle(self) -> Recovery:
        held = self._digest(self.temporary)
        if held is not None and self.new and held not in (self.new, self.base):
            return self._put_back()
        if held is not None:
            if held == self.base and self.base != self.new and self.new and not self.is_purging:
                self._copies.add(self._key, self.target.suffix, self._steps.read(self.temporary), held)
            self._steps.unlink(self.temporary)
        return self._outcome()

    def _outcome(self) -> Recovery:
        found = self._digest(self.target)
        if found is not None and found == self.new:
            return Recovery.DONE
        return Recovery.UNDONE if found is not None and found == self.base else Recovery.CHANGED

    def _put_back(self) -> Recovery:
        """Bring a person's save back to its place; a save that came even later stays there instead."""
        found = self._digest(self.target)
        if found is None:
            self._steps.move(self.temporary, self.target)
            return Recovery.CHANGED
        if found == self.new:
            if not self._steps.exchange(self.temporary, self.target):
                self._steps.replace(self.temporary, self.target)
                return Recovery.CHANGED
            held = self._digest(self.temporary)
            if held == self.new:
                self._steps.unlink(self.temporary)
                return Recovery.CHANGED
            self._steps.exchange(self.temporary, self.target)
        older = self._steps.read(self.temporary)
        self._copies.add_save(self._key, self.target.suffix, older, digest(older))
        self._steps.unlink(self.temporary)
        return self._outcome()

    def _digest(self, path: Path) -> str | None:
        try:
            return digest(self._steps.read(path))
        except FileNotFoundError:
            return None
