"""A workbook as the engine sees it: what its bound sheets have in common, and the one write that reaches them all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from sheetward.errors import UserError
from sheetward.ports.replica import Replica, SheetWrite


@runtime_checkable
class Workbook(Protocol):
    """The medium of one or several sheets that are written as one. Sheets are named by the ids of their bindings.

    Contract:
    * `revision` is the mark that every observation of its sheets bears, as long as nobody edits any of them.
    * After `write` each sheet of the batches is as after a write of its own, and no other sheet has changed.
    * A `write` that raises has written nothing into any sheet, or (only where a sheet's `is_atomic` is false) a part of
      the actions and no stamp.
    """

    def revision(self) -> str:
        """Give the mark of the medium as it is now, without reading its cells; moves with every edit of any sheet."""
        ...

    def content(self, sheet: str, revision: str) -> str:
        """Give the `content` of the sheet's observation without making it; empty where the medium has none.

        And where it has left that revision.
        """
        ...

    def check_writable(self, sheets: Collection[str]) -> None:
        """Raise what a write into these sheets would meet. Errors as `Replica.check_writable`."""
        ...

    def write(self, batches: Mapping[str, SheetWrite], expected_revision: str) -> str:
        """Apply the batches of several sheets in one write and give the new revision.

        Errors as `Replica.write`; a `UserError` that one sheet alone causes bears its id as the fact `binding`.
        """
        ...


class OneSheet:
    """A workbook of which one sheet takes part."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def revision(self) -> str:
        """Give the sheet's revision."""
        return self._replica.revision()

    def content(self, sheet: str, revision: str) -> str:  # noqa: ARG002 - a single sheet is observed at once
        """Give none."""
        return ""

    def check_writable(self, sheets: Collection[str]) -> None:  # noqa: ARG002 - there is one
        """Raise what a write into the sheet would meet."""
        self._replica.check_writable()

    def write(self, batches: Mapping[str, SheetWrite], expected_revision: str) -> str:
        """Write the sheet's batch."""
        ((binding, batch),) = batches.items()
        try:
            return self._replica.write(batch, expected_revision)
        except UserError as trouble:
            trouble.facts["binding"] = binding
            raise
