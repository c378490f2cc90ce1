"""What people said about values, as the store keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from sheetward.validation.attested import Attestation


class Attestations(Protocol):
    """The part of the store that keeps what people said about values.

    Contract (one test class that every implementation runs):
    * What is attested is appended, all or nothing, in the order given; nothing that was said is ever changed or lost.
    * Fields come back under today's names, whatever they were called then.
    """

    def attest(self, table: str, said: Iterable[Attestation]) -> None:
        """Append to what was said about a table's rows."""
        ...

    def attestations(self, table: str) -> Sequence[Attestation]:
        """Give all that was ever said about a table's rows, oldest first."""
        ...
