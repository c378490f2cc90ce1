"""A person's word about one value: a finding accepted for a reason, or a value confirmed with the customer. Pure.

A word speaks of a row, a field and the digest of the values that it was given about; about any other values it says
nothing. So a waiver ends by itself when the value changes, and so does a confirmation.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeAlias, cast

import orjson

from sheetward.cells import Cell, plain_text, value_of
from sheetward.table import RowId
from sheetward.validation.finding import Finding


class Word(StrEnum):
    """What is said."""

    WAIVED = "waived"
    """The finding is accepted as it is."""
    REVOKED = "revoked"
    """It is not accepted any more."""
    CONFIRMED = "confirmed"
    """The value was confirmed with the person it is about."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """One entry, never changed. `digest` is that of the values it speaks about: it says nothing about any others.

    `code` is the finding's, empty for a confirmation. `how` is phone, mail, visit or another word. `until` is the last
    day on which it holds, `None` for always. `day` is the day of which it is said, `key` the row's business key then.
    """

    word: Word
    row: RowId
    field: str
    digest: str
    author: str
    time: dt.datetime
    day: dt.date
    code: str = ""
    reason: str = ""
    how: str = ""
    until: dt.date | None = None
    key: str = ""

    def spelt(self) -> bytes:
        """Spell it as JSON."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)

    @staticmethod
    def read(text: bytes) -> Attestation:
        """Read what `spelt` wrote. `ValueError`, `KeyError` or `TypeError` where it is something else."""
        record = cast("dict[str, Any]", orjson.loads(text))
        record["word"] = Word(record["word"])
        record["row"] = RowId(record["row"])
        record["time"] = dt.datetime.fromisoformat(record["time"])
        record["day"] = dt.date.fromisoformat(record["day"])
        record["until"] = None if record["until"] is None else dt.date.fromisoformat(record["until"])
        return Attestation(**record)


Subject: TypeAlias = "tuple[RowId, str, str, str]"
"""What a waiver is about: row, field, code, digest."""


def digest_of(cells: Iterable[Cell]) -> str:
    """Digest values, whatever their typed spelling; the kind of value counts: the text 1 is not the number 1."""
    values = [value_of(cell) for cell in cells]
    spelt = orjson.dumps([[type(value).__name__, plain_text(value)] for value in values])
    return hashlib.sha256(spelt).hexdigest()[:24]


def subject_of(finding: Finding, row: RowId, cells: Mapping[str, Cell]) -> Subject:
    """Give what a waiver of this finding would be about; `cells` are those of its row."""
    read = {**cells, finding.field: finding.cell}
    return row, finding.field, finding.code, digest_of(read.get(name) for name in finding.reads)


def subject_id(subject: Subject) -> str:
    """Give the short word by which people name a finding: the same as long as its values stay.

    >>> subject_id((RowId("r1"), "phone", "phone.length", "d"))
    'f-f72cb6ca91'
    """
    return "f-" + hashlib.sha256("\n".join(subject).encode()).hexdigest()[:10]


def waivers_in_force(said: Sequence[Attestation], today: dt.date) -> Mapping[Subject, Attestation]:
    """Give the waivers that hold today: the last word about each finding, unless it was revoked or has expired."""
    last: dict[Subject, Attestation] = {}
    for one in said:
        if one.word in (Word.WAIVED, Word.REVOKED):
            last[one.row, one.field, one.code, one.digest] = one
    return {
        subject: one
        for subject, one in last.items()
        if one.word is Word.WAIVED and (one.until is None or today <= one.until)
    }


def confirmations(said: Sequence[Attestation]) -> Mapping[tuple[RowId, str], Attestation]:
    """Give the last confirmation of each row and field, whether or not its value is still the same."""
    return {(one.row, one.field): one for one in said if one.word is Word.CONFIRMED}
