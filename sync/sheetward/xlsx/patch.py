"""Writing into a workbook so that nothing else in it changes.

Members that are not touched are copied as the raw bytes they are; of a touched sheet only the touched cells are
written anew; the input is never modified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from sheetward.errors import IntegrityError, UserError
from sheetward.xlsx.edits import Page, PatchReport, RemovedTab, SheetEdit, StampTab, TabEdit
from sheetward.xlsx.irregular import on_any
from sheetward.xlsx.look import Look
from sheetward.xlsx.looks import Looks
from sheetward.xlsx.markup import elements, local_attribute
from sheetward.xlsx.names import with_full_calculation, with_names_following, without_entry, without_tab
from sheetward.xlsx.package import Content, Package, write_package
from sheetward.xlsx.page import page_part
from sheetward.xlsx.parts import Book
from sheetward.xlsx.purge import purged
from sheetward.xlsx.relations import relations_part
from sheetward.xlsx.sheet_patch import SheetPatch
from sheetward.xlsx.stamp_tab import CONTENT_TYPES, entered, free_part, tab_part
from sheetward.xlsx.styles_patch import StylesPatch
from sheetward.xlsx.write_guards import refuse_locked_structure, refuse_shared_mode, refuse_signed


def patch(
    package: Package,
    sheets: Sequence[SheetEdit],
    tab: TabEdit,
    out: BinaryIO,
    *,
    pages: Sequence[Page | RemovedTab] = (),
    purge: bool = False,
) -> PatchReport:
    """Write a workbook with the edits applied into an empty, seekable `out`; after an error its content is worthless.

    `tab` sets or removes our very hidden tab (`None` leaves it), `pages` our visible ones. `purge` asks that values which leave the sheets also
    leave shared strings, cached results and notes, and the marks of a check: what they say repeats values. One `SheetEdit` a tab.

    Everything that speaks against the edits is found before the first byte is written:
    `UserError` with a `patch.*` code where the workbook cannot take an edit; `TransientError('sheet.changed')` where a
    cell no longer holds what was expected. Parts with comments, CDATA or UTF-16 take a slower way to the same result.
    """

    def decided(readable: Package) -> _Work:
        work = _Work(readable, sheets, purge=purge)
        work.survey(tab, pages)
        work.assemble(tab, pages)
        if purge:
            work.purge()
        return work

    work = on_any(package, decided)
    formats = work.styles.data
    write_package(package, out, work.replaced, work.added, work.removed)
    if work.styles.data != formats:
        raise IntegrityError("patch.verify_failed", file=package.file, place=work.styles.part)
    return PatchReport(
        tuple(work.replaced),
        tuple(work.added),
        tuple(sorted(work.removed)),
        sum(sheet.cell_count for sheet in work.sheets),
        {sheet.edit.tab: tuple(sheet.new_rows) for sheet in work.sheets if sheet.new_rows},
    )


class _Work:
    """One patch on its way: the surveyed sheets, and the parts as they will be."""

    def __init__(self, package: Package, sheets: Sequence[SheetEdit], *, purge: bool) -> None:
        refuse_signed(package)
        refuse_shared_mode(package)
        self.package = package
        self.book = Book(package)
        self.styles_part = self.book.target("styles")
        data = None if self.styles_part is None else package.read_xml(self.styles_part)
        self.styles = StylesPatch(data, self.styles_part or "xl/styles.xml")
        self.sheets = [SheetPatch(self.book, edit, self.styles, purge=purge) for edit in sheets]
        if len({sheet.tab.part for sheet in self.sheets}) != len(self.sheets):
            raise ValueError("one SheetEdit for each tab")
        self.replaced: dict[str, Content] = {}
        self.added: dict[str, Content] = {}
        self.removed: set[str] = set()
        self.page_styles: dict[Look, int] = {}
        self.workbook = self.book.xml

    def survey(self, tab: TabEdit, pages: Sequence[Page | RemovedTab]) -> None:
        """Check everything before anything is written."""
        for sheet in self.sheets:
            sheet.survey()
        made = [page for page in pages if isinstance(page, Page)]
        if made:
            looks = Looks(self.styles)
            wanted = {cell.look: None for page in made for row in page.rows for cell in row if cell.look is not None}
            self.page_styles = {look: looks.style(look) for look in wanted}
        if self.styles.is_changed and self.styles_part is None:
            raise UserError("patch.no_styles", file=self.package.file)
        for own in (tab, *pages):
            is_there = own is not None and self.book.find(own.name) is not None
            if own is not None and isinstance(own, RemovedTab) is is_there:
                refuse_locked_structure(self.book)

    def assemble(self, tab: TabEdit, pages: Sequence[Page | RemovedTab]) -> None:
        """Decide each part that changes."""
        for sheet in self.sheets:
            if sheet.is_idle:
                continue
            self.replaced[sheet.tab.part] = sheet.stream()
            self.replaced.update(sheet.following.table_parts(sheet.tables))
            self.workbook = with_names_following(self.workbook, sheet.tab.index, sheet.following.named)
        if self.styles.is_changed and self.styles_part is not None:
            self.replaced[self.styles_part] = self.styles.data
        if any(sheet.overwrote_formula for sheet in self.sheets):
            self._drop_calculation_chain()
        if not all(sheet.writes_no_row for sheet in self.sheets) and self._has_formulas():
            self.workbook = with_full_calculation(self.workbook, self.book.part)
        if isinstance(tab, StampTab):
            self._set_tab(tab.name, tab_part(tab, strict=self.book.is_strict), is_hidden=True)
        for page in pages:
            if isinstance(page, Page):
                part = page_part(page, self.page_styles, strict=self.book.is_strict)
                self._set_tab(page.name, part, is_hidden=False)
        for own in (tab, *pages):
            if isinstance(own, RemovedTab):
                self._remove_tab(own)
        if self.workbook != self.book.xml:
            self.replaced[self.book.part] = self.workbook

    def purge(self) -> None:
        """Empty what the parts still hold of values that left the sheets."""
        stamp_tabs = {tab.part for tab in self.book.tabs if isinstance(self.replaced.get(tab.part), bytes)}
        contents, removed = purged(self.book, self.sheets, self.removed | stamp_tabs)
        self.replaced.update(contents)
        self.removed |= removed

    def _current(self, part: str) -> bytes:
        content = self.replaced.get(part)
        return content if isinstance(content, bytes) else self.package.read_xml(part)

    def _drop(self, part: str, relation: str) -> None:
        """Remove a part with its content type and the workbook's relationship to it."""
        rels = relations_part(self.book.part)
        self.removed.add(part)
        self.replaced[rels] = without_entry(self._current(rels), "Relationship", "Id", relation)
        self.replaced[CONTENT_TYPES] = without_entry(self._current(CONTENT_TYPES), "Override", "PartName", f"/{part}")

    def _drop_calculation_chain(self) -> None:
        for one in self.book.relations:
            if one.kind == "calcChain" and one.target in self.package:
                self._drop(one.target, one.id)

    def _has_formulas(self) -> bool:
        if any(sheet.has_formulas for sheet in self.sheets) or self.book.target("calcChain") is not None:
            return True
        touched = {sheet.tab.part for sheet in self.sheets}
        others = (one.part for one in self.book.tabs if one.kind == "worksheet" and one.part not in touched)
        return any(_holds_formula(self.package.windows(part)) for part in others)

    def _set_tab(self, name: str, content: bytes, *, is_hidden: bool) -> None:
        existing = self.book.find(name)
        if existing is not None:
            self.replaced[existing.part] = content
            return
        part = free_part(self.package, self.added)
        self.added[part] = content
        entries = entered(self.book, self.workbook, self._current, name, part, is_hidden=is_hidden)
        self.workbook = entries.pop(self.book.part)
        self.replaced.update(entries)

    def _remove_tab(self, tab: RemovedTab) -> None:
        existing = self.book.find(tab.name)
        if existing is None:
            return
        self._drop(existing.part, existing.relation)
        rels = relations_part(existing.part)
        if rels in self.package:
            self.removed.add(rels)
        tags = [element.tag(self.workbook) for element in elements(self.workbook, "sheet")]
        index = [local_attribute(tag, "id") for tag in tags].index(existing.relation)
        self.workbook = without_tab(self.workbook, index, existing.relation, tab.name)


def _holds_formula(windows: Iterator[bytes]) -> bool:
    before = b""
    for window in windows:
        text = before + window
        if b"<f>" in text or b"<f " in text or b":f>" in text or b":f " in text:
            return True
        before = window[-2:]
    return False
