"""Snapshots as the store keeps them: a named moment of all tables, and the bytes of the bound files in pieces."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol, cast

import orjson

from sheetward.cells import Json


@dataclass(frozen=True, slots=True)
class KeptSheet:
    """One bound sheet of a snapshot; sheets of one workbook have the same `sha256`.

    `binding`, `role`, `rule_version`, `schema_version`, `base`, `stamp` and `place` are the binding's as it was; `file` is the path as the
    settings had it. `image` digests what the sheet showed, empty where the file could not be read as a table (`trouble` is
    then the code that says why). `unsynced` counts cells typed and not yet in the store, `None` where that is not known.
    """

    name: str
    binding: str
    table: str
    role: str | None
    rule_version: int
    schema_version: int
    base: int
    stamp: str
    place: Mapping[str, Json]
    file: str
    sha256: str
    size: int
    image: str = ""
    unsynced: int | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A named moment. `heads`: table to number and hash of its last commit, (0, "") before the first.

    `missing`: sheet to the code that says why its file is not here. `hash` covers all the rest.
    """

    name: str
    time: dt.datetime
    author: str
    reason: str
    heads: Mapping[str, tuple[int, str]]
    sheets: tuple[KeptSheet, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict[str, str])
    hash: str = ""

    def sealed(self) -> Snapshot:
        """Give the same with its hash."""
        return replace(self, hash=hashlib.sha256(self.spelt()).hexdigest())

    def spelt(self) -> bytes:
        """Spell it as JSON, without its hash; equal snapshots have equal bytes."""
        record = {
            "name": self.name,
            "time": self.time.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "author": self.author,
            "reason": self.reason,
            "heads": {table: list(head) for table, head in self.heads.items()},
            "sheets": [asdict(sheet) for sheet in self.sheets],
            "missing": dict(self.missing),
        }
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)

    @staticmethod
    def read(text: bytes, recorded_hash: str) -> Snapshot:
        """Read what `spelt` wrote. `ValueError`, `KeyError` or `TypeError` where it is something else."""
        record = cast("dict[str, Any]", orjson.loads(text))
        return Snapshot(
            record["name"],
            dt.datetime.fromisoformat(record["time"]),
            record["author"],
            record["reason"],
            {table: (number, digest) for table, (number, digest) in record["heads"].items()},
            tuple(KeptSheet(**sheet) for sheet in record["sheets"]),
            record["missing"],
            recorded_hash,
        )


@dataclass(frozen=True, slots=True)
class KeptFile:
    """The recipe of a file's bytes: the SHA-256 of the whole, its size, and the SHA-256 of its pieces in their order."""

    sha256: str
    size: int
    pieces: tuple[str, ...]


class Snapshots(Protocol):
    """The part of the store that keeps snapshots.

    Contract (one test class that every implementation runs):
    * `keep_snapshot` is all or nothing; files and pieces that are there already are kept once.
    * What was kept comes back as it was: the record, the recipes, the pieces byte for byte.
    * A piece that is damaged in the store comes back otherwise or not at all: whoever reads compares digests.
    """

    def snapshots(self) -> Sequence[Snapshot]:
        """Give all snapshots, newest first."""
        ...

    def snapshot(self, name: str) -> Snapshot | None:
        """Give a snapshot by its name."""
        ...

    def kept_files(self, digests: Iterable[str]) -> Mapping[str, KeptFile]:
        """Give the recipes of files by their SHA-256; those that are not there are left out."""
        ...

    def lacking_pieces(self, digests: Iterable[str]) -> set[str]:
        """Give those of the pieces that are not there."""
        ...

    def pieces(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Give the bytes of pieces; those that are not there or cannot be unpacked are left out."""
        ...

    def keep_snapshot(self, snapshot: Snapshot, files: Iterable[KeptFile], pieces: Mapping[str, bytes]) -> None:
        """Keep a snapshot, the recipes of its files and the pieces that were lacking.

        `UserError('snapshot.name_taken')`; `IntegrityError('snapshot.incomplete')` where a recipe names a piece that
        is neither given nor there.
        """
        ...
