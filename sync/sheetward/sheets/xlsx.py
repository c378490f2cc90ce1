"""A closed workbook as a sheet: one tab, a hidden id column, a stamp in a very hidden tab."""

from __future__ import annotations

from collections.abc import Sequence
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
class _Seen:
    """One reading of the file, kept until its bytes move."""

    revision: str
    workbook: Workbook
    reading: TabReading
    stamps: StampRows


class XlsxSheet:
    """One tab of a closed workbook bound to a table.

    `binding` is the binding's id, under which the workbook bears the stamp; `place` is what binding remembered of the
    tab; `lang` is the language of labels that are written.
    """

    def __init__(self, file: SheetFile, binding: str, place: Place, schema: TableSchema, *, lang: str = "zh") -> None:
        self.place = place
        self._file = file
        self._binding = binding
        self._schema = schema
        self._lang = lang
        self._seen: _Seen | None = None

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
        return self._file.read().sha256

    def observe(self) -> Observation:
        """Read the tab. `UserError` where the workbook cannot be read (`workbook.*`, `file.*`) or the tab is gone."""
        seen = self._read()
        reading = seen.reading
        found, rows = reading.found, reading.shown.rows
        fields = tuple(found.columns)
        damaged = (Notice("columns.unreadable", {"count": reading.damaged}),) if reading.damaged else ()
        return Observation(
            fields=fields,
            rows=rows,
            stamp=stamps(seen.stamps).get(self._binding),
            fingerprint=fingerprint(fields, rows),
            revision=seen.revision,
            complete=not reading.damaged,
            header_found=bool(found.header_row),
            lost_fields=found.lost,
            editor=seen.workbook.last_modified_by,
            notices=(*reading.notices, *found.notices, *reading.shown.notices, *damaged),
            columns=found.headers,
            addresses={name: column_letters(column) for name, column in found.columns.items()},
        )

    def reading(self) -> TabReading:
        """Give the tab as it was read for the newest observation."""
        return self._read().reading

    def check_writable(self) -> None:
        """Raise what a write would meet: open in an office program, folder not writable, signed, protected."""
        self._file.check_writable()
        seen = self._read()
        if seen.workbook.is_signed:
            raise UserError("patch.signed", file=self._file.name)
        if seen.workbook.layout(seen.reading.sheet).is_protected:
            raise UserError("patch.protected", file=self._file.name, tab=seen.reading.sheet.name)

    def write(self, batch: SheetWrite, expected_revision: str) -> str:
        """Apply a batch and give the new revision."""
        seen = self._read()
        if seen.revision != expected_revision:
            raise TransientError("sheet.changed", file=self._file.name)
        reading = seen.reading
        check_batch({row.position: row for row in reading.shown.rows}, tuple(reading.found.columns), batch.actions)
        edits = []
        if batch.actions:
            edits = [TabEdits(seen.workbook, reading, self._schema, self._lang).edit(batch.actions)]
        tab = StampTab(with_stamp(seen.stamps, self._binding, batch.stamp))
        return patched(self._file, seen.workbook.package, seen.revision, edits, tab, purge=batch.purge)

    def _read(self) -> _Seen:
        image = self._file.read()
        if self._seen is None or self._seen.revision != image.sha256:
            workbook = Workbook.open(image.data, self._file.name)
            reading = read_tab(workbook, self.place, self._schema)
            self._seen = _Seen(image.sha256, workbook, reading, read_stamps(workbook))
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
