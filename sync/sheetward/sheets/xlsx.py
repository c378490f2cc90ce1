"""A closed workbook and its bound tabs: each with a hidden id column, their stamps in a very hidden tab."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import BinaryIO, Final

from sheetward_schemas.model import TableSchema

from sheetward.cells import Cell, plain_text, value_of
from sheetward.errors import TransientError, UserError
from sheetward.messages import Lang
from sheetward.plan.actions import SheetWrite
from sheetward.plan.observation import MarkedCell, Notice, Observation, ShownLine
from sheetward.plan.settle_line import SettleLine
from sheetward.sheets.canonical import spelling
from sheetward.sheets.check_tab import check_page, read_check_tab
from sheetward.sheets.file import SheetFile
from sheetward.sheets.fingerprint import fingerprint
from sheetward.sheets.grid import check_batch, check_columns
from sheetward.sheets.own_list import free_tab_name
from sheetward.sheets.place import Place
from sheetward.sheets.settle_tab import SettleTab, TabLine, carried, page_of, read_settle_tab
from sheetward.sheets.settle_words import told, word
from sheetward.sheets.stamp import StampRows, listed, stamp_rows, stamps, with_list, with_stamp
from sheetward.sheets.tab import TabContent, TabReading, looked_at
from sheetward.sheets.tab_edits import TabEdits, free_columns
from sheetward.xlsx.areas import address, column_letters
from sheetward.xlsx.edits import (
    STAMP_TAB,
    MarkGroup,
    MarkNote,
    Marks,
    Page,
    PatchReport,
    RemovedTab,
    SheetEdit,
    StampTab,
    TabEdit,
)
from sheetward.xlsx.marks import KINDS, joined_cells
from sheetward.xlsx.package import Package
from sheetward.xlsx.patch import patch
from sheetward.xlsx.verify import verify
from sheetward.xlsx.workbook import Workbook

_MOST_MARKS: Final = 2_000_000
"""Cells of one marked area that are looked at one by one: people may have stretched a mark over whole columns."""


@dataclass(frozen=True)
class _Opened:
    """One reading of the file, kept until its bytes move."""

    revision: str
    workbook: Workbook
    stamps: StampRows
    settling: SettleTab

    @property
    def holds_list(self) -> bool:
        """Say whether the workbook can take the list of what waits: a locked one takes no tab, one without styles no looks."""
        can_add = self.settling.name is not None or not self.workbook.is_structure_locked
        return self.workbook.has_styles and can_add


class XlsxBook:
    """A closed workbook: read once for all of its bound tabs, and replaced by one write. `ports.workbook.Workbook`.

    `lang` is the language of what is written for people, `zone` that of the times they read.
    """

    def __init__(self, file: SheetFile, *, lang: Lang = "zh", zone: dt.tzinfo = dt.UTC) -> None:
        self.file = file
        self.lang: Lang = lang
        self.zone = zone
        self.sheets: dict[str, XlsxSheet] = {}
        self._opened: _Opened | None = None

    def opened(self) -> _Opened:
        """Give the workbook as its bytes are now."""
        image = self.file.read()
        if self._opened is None or self._opened.revision != image.sha256:
            workbook = Workbook.open(image.data, self.file.name)
            stamped = read_stamps(workbook)
            settling = read_settle_tab(workbook, listed(stamped))
            self._opened = _Opened(image.sha256, workbook, stamped, settling)
        return self._opened

    def revision(self) -> str:
        """Give the SHA-256 of the file."""
        return self.file.read().sha256

    def content(self, sheet: str, revision: str) -> str:
        """Give a digest of all that an observation of the sheet is made of, its editor apart."""
        return self.sheets[sheet].content() if self.opened().revision == revision else ""

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
        lines: dict[str, tuple[TabLine, ...]] = {}
        for binding, batch in batches.items():
            sheet = self.sheets[binding]
            tabs[sheet.reading().sheet.name] = binding
            stamped = with_stamp(stamped, binding, batch.stamp)
            with _blamed(binding):
                written = sheet.edits(batch)
            edits += written.edits
            if written.lines is not None:
                lines[binding] = written.lines
        page = self._page(lines, stamps(stamped))
        stamped = stamped if page is None else with_list(stamped, page.name)
        purge = any(batch.purge for batch in batches.values())
        package = opened.workbook.package
        try:
            pages = [one for one in (page, self._check_page(tabs) if purge else None) if one is not None]
            return patched(self.file, package, opened.revision, edits, StampTab(stamped), pages=pages, purge=purge)
        except UserError as trouble:
            if trouble.facts.get("tab") in tabs:
                trouble.facts["binding"] = tabs[str(trouble.facts["tab"])]
            raise

    def _page(self, lines: Mapping[str, tuple[TabLine, ...]], bindings: Collection[str]) -> Page | None:
        """Give the list of what waits with the lines of these sheets exchanged; `None` where it stays as it is."""
        opened = self.opened()
        old = opened.settling
        kept = [line for line in old.lines if line.binding not in lines and line.binding in bindings]
        new = carried([line for own in lines.values() for line in own], old.lines)
        if not lines or (old.name is None and not new):
            return None
        return page_of(old.name or free_tab_name(opened.workbook, word("tab", self.lang)), [*kept, *new], self.lang)

    def _check_page(self, tabs: Collection[str]) -> Page | None:
        """Give the list of a check without its lines about these tabs, which repeat values that their readers lose."""
        check = read_check_tab(self.opened().workbook)
        kept = [line for line in check.lines if line.tab not in tabs]
        return None if check.name is None else check_page(check.name, kept, self.lang)


@contextmanager
def _blamed(binding: str) -> Generator[None]:
    """Name the sheet that a trouble is about."""
    try:
        yield
    except UserError as trouble:
        trouble.facts["binding"] = binding
        raise


@dataclass(frozen=True)
class Written:
    """What one sheet's batch comes to: the edits of its tab, and its lines of what waits (`None` leaves them)."""

    edits: list[SheetEdit]
    lines: tuple[TabLine, ...] | None


class XlsxSheet:
    """One tab of a closed workbook bound to a table.

    `binding` is the binding's id, under which the workbook bears the stamp; `place` is what binding remembered of the
    tab; `lang` is the language of labels that are written.
    """

    def __init__(self, book: XlsxBook, binding: str, place: Place, schema: TableSchema, *, lang: str = "zh") -> None:
        self.place = place
        self._book = book
        self._binding = binding
        self.schema = schema
        self._lang = lang
        self._looked: tuple[_Opened, TabContent] | None = None
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
            headers=tuple(reading.head.rows.get(found.header_row, {}).values()),
            free_columns=tuple(map(column_letters, free_columns(reading, len(self.schema.fields)))),
            settling=self._lines_shown(opened, reading) if opened.holds_list else None,
            marked=self._marked(opened, reading) if opened.holds_list else None,
            content=self._mark(opened, self._content()[1]),
        )

    def content(self) -> str:
        """Give a digest of all that an observation is made of, its editor apart; costs little more than reading the cells."""
        return self._mark(*self._content())

    def _mark(self, opened: _Opened, content: TabContent) -> str:
        lines = tuple(line for line in opened.settling.lines if line.binding == self._binding)
        parts = (content.mark, stamps(opened.stamps).get(self._binding), lines, opened.holds_list)
        return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def _lines_shown(self, opened: _Opened, reading: TabReading) -> tuple[ShownLine, ...]:
        tabs = {self._binding: reading.sheet.name}
        return tuple(line.shown(tabs) for line in opened.settling.lines if line.binding == self._binding)

    def _marked(self, opened: _Opened, reading: TabReading) -> frozenset[MarkedCell]:
        """Give the marked cells by row and field; those that lie on no row or column of the table as strays."""
        ids = {row.position: row.row_id for row in reading.shown.rows}
        names = {column: name for name, column in reading.found.columns.items()}
        marked: set[MarkedCell] = set()
        marks = opened.workbook.layout(reading.sheet).marks
        for why in KINDS[MarkGroup.WAITING]:
            for area in marks.get(why, ()):
                if (area.last_row - area.first_row + 1) * (area.last_column - area.first_column + 1) > _MOST_MARKS:
                    marked.add(MarkedCell("", str(area), why))
                    continue
                for row in range(area.first_row, area.last_row + 1):
                    for column in range(area.first_column, area.last_column + 1):
                        row_id, name = ids.get(row, ""), names.get(column, "")
                        is_known = bool(row_id and name)
                        marked.add(
                            MarkedCell(row_id, name, why) if is_known else MarkedCell("", address(row, column), why)
                        )
        return frozenset(marked)

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

    def edits(self, batch: SheetWrite) -> Written:
        """Give what a batch changes in the tab, and its lines of what waits. Raises where the tab is not as the batch expects it."""
        opened, reading = self._read()
        check_columns(reading.found.headers, batch.actions)
        check_batch({row.position: row for row in reading.shown.rows}, tuple(reading.found.columns), batch.actions)
        tab = TabEdits(opened.workbook, reading, self.schema, self._lang)
        edit = tab.edit(batch.actions) if batch.actions else SheetEdit(reading.sheet.name)
        if batch.marked is not None:
            edit = replace(edit, marks=self._marks(batch.marked, tab.positions))
        lines = None
        if batch.settling is not None:
            lines = tuple(self._line(line, reading, tab.positions) for line in batch.settling)
        return Written([edit] if batch.actions or batch.marked is not None else [], lines)

    def _marks(self, marked: Collection[MarkedCell], positions: Mapping[str, int]) -> Marks:
        columns = self._read()[1].found.columns
        cells: dict[str, list[tuple[int, int]]] = {}
        for one in marked:
            if one.row_id in positions and one.field in columns:
                cells.setdefault(one.why, []).append((positions[one.row_id], columns[one.field]))
        areas = {why: joined_cells(found) for why, found in cells.items()}
        lang = self._book.lang
        note = MarkNote(sum(areas.values(), ()), word("mark_title", lang), word("mark_text", lang))
        return Marks(areas, (note,))

    def _line(self, line: SettleLine, reading: TabReading, positions: Mapping[str, int]) -> TabLine:
        columns = reading.found.columns
        position = positions.get(line.row)
        column = columns.get(line.field or str(line.facts.get("field"))) or next(iter(columns.values()))
        texts = told(line, reading.found.headers, self._spelt, self._book.zone, self._book.lang)
        hidden = {
            "item": line.item,
            "binding": self._binding,
            "digest": line.digest,
            "remark": line.remark,
            "tab": reading.sheet.name,
            "cell": "" if position is None else address(position, column),
            "choices": ",".join(line.choices),
        }
        return TabLine({**texts, **hidden})

    def _spelt(self, name: str, cell: Cell) -> str:
        """Spell a cell as the sheet shows it."""
        reader = self._read()[1].shown.readers.get(name)
        return plain_text(value_of(cell) if reader is None else spelling(cell, reader, self._lang, None))

    def write(self, batch: SheetWrite, expected_revision: str) -> str:
        """Apply a batch and give the new revision."""
        return self._book.write({self._binding: batch}, expected_revision)

    def _read(self) -> tuple[_Opened, TabReading]:
        opened, content = self._content()
        if self._seen is None or self._seen[0] is not opened:
            self._seen = opened, content.reading()
        return self._seen

    def _content(self) -> tuple[_Opened, TabContent]:
        opened = self._book.opened()
        if self._looked is None or self._looked[0] is not opened:
            others = [(sheet.place, sheet.schema) for sheet in self._book.sheets.values() if sheet is not self]
            self._looked = opened, looked_at(opened.workbook, self.place, self.schema, others)
        return self._looked


def patched(
    file: SheetFile,
    package: Package,
    revision: str,
    edits: Sequence[SheetEdit],
    tab: TabEdit,
    *,
    pages: Sequence[Page | RemovedTab] = (),
    purge: bool = False,
) -> str:
    """Replace a workbook's file by its patched bytes, verified, and give their SHA-256."""
    reports: list[PatchReport] = []

    def write(out: BinaryIO) -> None:
        reports.append(patch(package, edits, tab, out, pages=pages, purge=purge))

    def check(data: bytes) -> None:
        verify(package, Package(data, file.name), edits, reports[-1])

    return file.replace(write, revision, check, purge=purge)


def read_stamps(workbook: Workbook) -> StampRows:
    """Give the rows of the very hidden tab, none where it is not there."""
    own = [sheet for sheet in workbook.sheets if sheet.name == STAMP_TAB]
    return stamp_rows(workbook.rows(own[0])) if own else ()
