"""A workbook in memory: sheets that share one revision and take their batches together, or none. The reference."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace

from sheetward.errors import TransientError, UserError
from sheetward.ports.replica import Observation, SheetWrite
from sheetward.sheets.memory import MemorySheet


class MemoryBook:
    """`sheetward.ports.workbook.Workbook` over sheets in memory, which are named by the ids of their bindings."""

    def __init__(self, sheets: Mapping[str, MemorySheet]) -> None:
        self.sheets = dict(sheets)

    def tab(self, binding: str) -> MemoryTab:
        """Give one of the sheets as a replica."""
        return MemoryTab(self, binding)

    def revision(self) -> str:
        """Give the mark of the whole workbook."""
        marks = [f"{binding}:{sheet.revision()}" for binding, sheet in self.sheets.items()]
        return hashlib.sha256("\n".join(marks).encode()).hexdigest()

    def content(self, sheet: str, revision: str) -> str:  # noqa: ARG002 - what is in memory is observed at once
        """Give none."""
        return ""

    def check_writable(self, sheets: Collection[str]) -> None:
        """Raise what a write into any of these sheets would meet."""
        for binding in sheets:
            self.sheets[binding].check_writable()

    def write(self, batches: Mapping[str, SheetWrite], expected_revision: str) -> str:
        """Apply all batches or none, and give the new revision."""
        if self.revision() != expected_revision:
            raise TransientError("sheet.changed", file="memory")
        before = {binding: self.sheets[binding].saved() for binding in batches}
        try:
            for binding, batch in batches.items():
                sheet = self.sheets[binding]
                try:
                    sheet.write(batch, sheet.revision())
                except UserError as trouble:
                    trouble.facts["binding"] = binding
                    raise
        except BaseException:
            for binding, saved in before.items():
                self.sheets[binding].restore(saved)
            raise
        return self.revision()


class MemoryTab:
    """One sheet of a workbook in memory; its revision is the workbook's."""

    def __init__(self, book: MemoryBook, binding: str) -> None:
        self._book = book
        self._binding = binding

    @property
    def sheet(self) -> MemorySheet:
        """Give the sheet itself, for a person to type into."""
        return self._book.sheets[self._binding]

    @property
    def is_atomic(self) -> bool:
        """All batches arrive or none."""
        return True

    @property
    def keeps_stamp(self) -> bool:
        """Say whether this medium can hold a stamp."""
        return self.sheet.keeps_stamp

    def revision(self) -> str:
        """Give the workbook's revision."""
        return self._book.revision()

    def observe(self) -> Observation:
        """Read the sheet."""
        return replace(self.sheet.observe(), revision=self._book.revision())

    def check_writable(self) -> None:
        """Raise what a write would meet."""
        self._book.check_writable([self._binding])

    def write(self, batch: SheetWrite, expected_revision: str) -> str:
        """Apply one batch to this sheet alone."""
        return self._book.write({self._binding: batch}, expected_revision)
