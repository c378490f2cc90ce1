"""A closed workbook and its bound tabs: each with a hidden id column, their stamps in a very hidden tab."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from sheetward_schemas.model import TableSchema

from sheetward.errors import TransientError, UserError
from sheetward.plan.actions import SheetWrite
from sheetward.plan.observation import Notice, Observation
from sheetward.sheets.file import SheetFile
from sheetward.sheets.fingerprint import fingerprint
from sheetward.sheets.grid import check_batch
from sheetward.sheets.place import Place
from sheetward.sheets.stamp import StampRows, stamp_rows, stamps, with_stamp
from sheetward.sheets.tab import TabReading, read_tab
from sheetward.sheets.tab_edits import TabEdits
from sheetward.xlsx.areas import column_letters
from sheetward.xlsx.edits import STAMP_TAB, PatchReport, SheetEdit, StampTab, TabEdit
from sheetward.xlsx.package import Package
from sheetward.xlsx.patch import patch
from sheetward.xlsx.verify import verify
from sheetward.xlsx.workbook import Workbook


@dataclass(frozen=True)
class _Opened:
    """One reading of the file, kept until its bytes move."""

    revision: str
    workbook: Workbook
    stamps: StampRows


class XlsxBook:
    """A closed workbook: read once for all of its bound tabs, and replaced by one write. `ports.workbook.Workbook`."""

    def __init__(self, file: SheetFile) -> None:
        self.file = file
        self.sheets: dict[str, XlsxSheet] = {}
        self._opened: _Opened | None = None

    def opened(self) -> _Opened:
        """Give the workbook as its bytes are now."""
        image = self.file.read()
        if self._opened is None or self._opened.revision != image.sha256:
            workbook = Workbook.open(image.data, self.file.name)
            self._opened = _Opened(image.sha256, workbook, read_stamps(workbook))
        return self._opened

    def revision(self) -> str:
        """Give the SHA-256 of the file."""
        return self.file.read().sha256

    def check_writable(self, sheets: Collection[str]) -> None:
        """Raise what a write would meet: open in an office program, folder not writable, signed, protected tabs."""
        self.file.check_writable()
        workbook = self.opened().workbook
        if workbook.is_signed:
            raise UserError("patch.signed", file=self.file.name)
        for binding in sheets:
            self.sheets[binding].check_unprotected()

    def write(self, batches: Mapping[str, SheetWrite], expected_revision: str) -> str:
        """Apply the batches of several tabs in one replacement of the file, and give the new revision."""
        opened = self.opened()
        if opened.revision != expected_revision:
            raise TransientError("sheet.changed", file=self.file.name)
        edits: list[SheetEdit] = []
        tabs: dict[str, str] = {}
        stamped = opened.stamps
        for binding, batch in batches.items():
            sheet = self.sheets[binding]
            tabs[sheet.reading().sheet.name] = binding
            stamped = with_stamp(stamped, binding, batch.stamp)
            with _blamed(binding):
                edits += sheet.edits(batch)
        purge = any(batch.purge for batch in batches.values())
        try:
            return patched(self.file, opened.workbook.package, opened.revision, edits, StampTab(stamped), purge=purge)
        except UserError as trouble:
            if trouble.facts.get("tab") in tabs:
                trouble.facts["binding"] = tabs[str(trouble.facts["tab"])]
            raise


@contextmanager
def _blamed(binding: str) -> Generator[None]:
    """Name the sheet that a trouble is about."""
    try:
        yield
    except UserError as trouble:
        trouble.facts["binding"] = binding
        raise


class XlsxSheet:
    """One tab of a closed workbook bound to a table.

    `binding` is the binding's id, under which the workbook bears the stamp; `place` is what binding remembered of the
    tab; `lang` is the language of labels that are written.
    """

    def __init__(self, book: XlsxBook, binding: str, place: Place, schema: TableSchema, *, lang: str = "zh") -> None:
        self.place = place
        self._book = book
        self._binding = binding
        self._schema = schema
        self._lang = lang
        self._seen: tuple[_Opened, TabReading] | None = None
        book.sheets[binding] = self

    @property
    def is_atomic(self) -> bool:
        """A closed file is replaced as a whole."""
        return True

    @property
    def keeps_stamp(self) -> bool:
        """The stamp stands in the very hidden tab."""
        return True

    def revision(self) -> str:
        """Give the SHA-256 of the file."""
        return self._book.revision()

    def observe(self) -> Observation:
        """Read the tab. `UserError` where the workbook cannot be read (`workbook.*`, `file.*`) or the tab is gone."""
        opened, reading = self._read()
        found, rows = reading.found, reading.shown.rows
        fields = tuple(found.columns)
        damaged = (Notice("columns.unreadable", {"count": reading.damaged}),) if reading.damaged else ()
        return Observation(
            fields=fields,
            rows=rows,
            stamp=stamps(opened.stamps).get(self._binding),
            fingerprint=fingerprint(fields, rows),
            revision=opened.revision,
            complete=not reading.damaged,
            header_found=bool(found.header_row),
            lost_fields=found.lost,
            editor=opened.workbook.last_modified_by,
            notices=(*reading.notices, *found.notices, *reading.shown.notices, *damaged),
            columns=found.headers,
            addresses={name: column_letters(column) for name, column in found.columns.items()},
        )

    def reading(self) -> TabReading:
        """Give the tab as it was read for the newest observation."""
        return self._read()[1]

    def check_unprotected(self) -> None:
        """Raise `UserError('patch.protected')` where the tab refuses to be edited."""
        opened, reading = self._read()
        if opened.workbook.layout(reading.sheet).is_protected:
            raise UserError("patch.protected", file=self._book.file.name, tab=reading.sheet.name)

    def check_writable(self) -> None:
        """Raise what a write would meet: open in an office program, folder not writable, signed, protected."""
        self._book.check_writable([self._binding])

    def edits(self, batch: SheetWrite) -> list[SheetEdit]:
        """Give what a batch changes in the tab. Raises where the tab is not as the batch expects it."""
        opened, reading = self._read()
        check_batch({row.position: row for row in reading.shown.rows}, tuple(reading.found.columns), batch.actions)
        if not batch.actions:
            return []
        return [TabEdits(opened.workbook, reading, self._schema, self._lang).edit(batch.actions)]

    def write(self, batch: SheetWrite, expected_revision: str) -> str:
        """Apply a batch and give the new revision."""
        return self._book.write({self._binding: batch}, expected_revision)

    def _read(self) -> tuple[_Opened, TabReading]:
        opened = self._book.opened()
        if self._seen is None or self._seen[0] is not opened:
            self._seen = opened, read_tab(opened.workbook, self.place, self._schema)
        return self._seen


def patched(
    file: SheetFile,
    package: Package,
    revision: str,
    edits: Sequence[SheetEdit],
    tab: TabEdit,
    *,
    purge: bool = False,
) -> str:
    """Replace a workbook's file by its patched bytes, verified, and give their SHA-256."""
    reports: list[PatchReport] = []

    def write(out: BinaryIO) -> None:
        reports.append(patch(package, edits, tab, out, purge=purge))

    def check(data: bytes) -> None:
        verify(package, Package(data, file.name), edits, reports[-1])

    return file.replace(write, revision, check, purge=purge)


def read_stamps(workbook: Workbook) -> StampRows:
    """Give the rows of the very hidden tab, none where it is not there."""
    own = [sheet for sheet in workbook.sheets if sheet.name == STAMP_TAB]
    return stamp_rows(workbook.rows(own[0])) if own else ()
