"""Findings painted, noted and listed in a closed workbook, and taken away again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from sheetward.app.closed_file import marked_files, single_file
from sheetward.app.legacy_table import check_writes, is_legacy
from sheetward.app.reading import FileReading, bytes_of, is_workbook
from sheetward.errors import UserError
from sheetward.messages import Lang, render
from sheetward.sheets.check_tab import CheckLine, check_page, read_check_tab
from sheetward.sheets.own_list import free_tab_name
from sheetward.sheets.xlsx import patched
from sheetward.validation import Finding, finding_data
from sheetward.xlsx.edits import MarkGroup, MarkNote, Marks, Page, PageEdit, RemovedTab, SheetEdit
from sheetward.xlsx.marks import KINDS, joined_cells
from sheetward.xlsx.patch import patch
from sheetward.xlsx.workbook import Workbook

_MOST_NOTES: Final = 2_000
"""Different texts that a tab's cells show when selected; the cells beyond point to the list."""
_LONGEST_NOTE: Final = 255


@dataclass(frozen=True, slots=True)
class Marking:
    """What was marked: cells painted, and the tab that lists the findings (`None` where there is none)."""

    cells: int
    tab: str | None

    @property
    def code(self) -> str:
        """Give the code of the sentence that says so."""
        if not self.cells:
            return "check.nothing_to_mark"
        return "check.marked" if self.tab else "check.marked_unlisted"


def mark_file(reading: FileReading, findings: Sequence[Finding], lang: Lang) -> Marking:
    """Paint and list the findings of one tab; marks of an earlier check of that tab go, those of its others stay.

    A file in which they stand already is not written. `UserError`: `check.only_workbooks`, `check.no_styles`, and what a
    write may meet.
    """
    workbook, tab = reading.workbook, reading.tab
    if workbook is None or tab is None:
        raise UserError("check.only_workbooks", file=reading.path.name)
    if not workbook.has_styles:
        raise UserError("check.no_styles", file=reading.path.name)
    columns = reading.layout.columns
    findings = sorted(findings, key=lambda one: (int(one.row), columns.get(one.field, 0)))
    told = [finding_data(one, lang, reading.layout.headers, reading.addresses) for one in findings]
    new = [
        CheckLine(
            tab,
            data["cell"] or "",
            data["severity"],
            data["column"],
            data["value"],
            f"{data['message']}\n{data['why']}".strip(),
            data["suggestion"] or "",
            data["hint"],
        )
        for data in told
    ]
    known = {sheet.name for sheet in workbook.sheets}
    old = read_check_tab(workbook)
    lines = [*(line for line in old.lines if line.tab != tab and line.tab in known), *new]
    name = old.name or free_tab_name(workbook, render("check.tab", {}, lang))
    can_list = old.name is not None or not workbook.is_structure_locked
    marks = _marks(reading, findings, new, name if can_list else None, lang)
    page: PageEdit = None
    if can_list and (lines or old.name):
        page = check_page(name, lines, lang) if lines else RemovedTab(name)
    if page is not None or findings or _bears_marks(workbook, tab):
        _write(reading.path, reading.data, workbook, [SheetEdit(tab, marks=marks)], page)
    is_listed = isinstance(page, Page)
    return Marking(len({(finding.row, finding.field) for finding in findings}), name if is_listed else None)


def unmark_file(path: Path) -> bool:
    """Take the marks of every check, and the list, out of a workbook; say whether there were any."""
    data = bytes_of(path)
    if is_legacy(path, data):
        check_writes(path)
    if not is_workbook(path, data):
        raise UserError("check.only_workbooks", file=path.name)
    if _put_back(path, data):
        return True
    workbook = Workbook.open(data, path.name)
    name = read_check_tab(workbook).name
    none = Marks({}, group=MarkGroup.CHECK)
    edits = [SheetEdit(sheet.name, marks=none) for sheet in workbook.sheets if _bears_marks(workbook, sheet.name)]
    if name is None and not edits:
        return False
    _write(path, data, workbook, edits, None if name is None else RemovedTab(name))
    return True


def _bears_marks(workbook: Workbook, tab: str) -> bool:
    return not workbook.layout(workbook.sheet(tab)).marks.keys().isdisjoint(KINDS[MarkGroup.CHECK])


def _write(path: Path, data: bytes, workbook: Workbook, edits: Sequence[SheetEdit], page: PageEdit) -> None:
    """Write the marks, unless the file would stay the same byte for byte; note what it was without them."""
    pages = () if page is None else (page,)
    out = io.BytesIO()
    patch(workbook.package, edits, None, out, pages=pages)
    if out.getvalue() == data:
        return
    file, notes = single_file(path), marked_files()
    file.check_writable()
    before = hashlib.sha256(data).hexdigest()
    note = notes.get(file.key) or {}
    bore_marks = any(_bears_marks(workbook, sheet.name) for sheet in workbook.sheets)
    plain = note.get("plain") if note.get("marked") == before else None if bore_marks else before
    after = patched(file, workbook.package, before, edits, None, pages=pages)
    if plain is None:
        notes.clear(file.key)
    else:
        notes.put(file.key, {"marked": after, "plain": plain})


def _put_back(path: Path, data: bytes) -> bool:
    """Give a file the very bytes it had before it was marked, if nobody wrote it since and they are still kept."""
    file, notes = single_file(path), marked_files()
    digest = hashlib.sha256(data).hexdigest()
    note = notes.get(file.key) or {}
    plain = file.displaced(note["plain"]) if note.get("marked") == digest else None
    if plain is None:
        return False
    original = plain
    file.check_writable()

    def write(out: BinaryIO) -> None:
        out.write(original)

    def check(written: bytes) -> None:
        Workbook.open(written, path.name)

    file.replace(write, digest, check)
    notes.clear(file.key)
    return True


def _marks(
    reading: FileReading, findings: Iterable[Finding], lines: Iterable[CheckLine], tab: str | None, lang: Lang
) -> Marks:
    """Give every cell once, with its gravest finding's colour and all its sentences."""
    columns = reading.layout.columns
    kinds: dict[tuple[int, int], str] = {}
    texts: dict[tuple[int, int], list[str]] = {}
    for finding, line in zip(findings, lines, strict=True):
        if not isinstance(finding.row, int) or finding.field not in columns:
            continue
        cell = finding.row, columns[finding.field]
        kinds[cell] = "error" if "error" in (kinds.get(cell), finding.severity) else "warning"
        way_out = line.way_out
        if line.suggestion:
            way_out = render("check.note_suggestion", {"suggestion": line.suggestion}, lang)
        sentence = "\n".join(text for text in (line.message, way_out) if text)
        texts.setdefault(cell, []).append(sentence)
    areas = {kind: joined_cells(cell for cell, own in kinds.items() if own == kind) for kind in KINDS[MarkGroup.CHECK]}
    return Marks(areas, tuple(_notes(kinds, texts, tab, lang)), MarkGroup.CHECK)


def _notes(
    kinds: dict[tuple[int, int], str], texts: dict[tuple[int, int], list[str]], tab: str | None, lang: Lang
) -> Iterable[MarkNote]:
    listed = render("check.note_unlisted" if tab is None else "check.note_listed", {"tab": tab}, lang)
    by_text: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for cell, sentences in texts.items():
        text = "\n".join(sentences)
        text = text if len(text) <= _LONGEST_NOTE else text[: _LONGEST_NOTE - len(listed) - 2] + "…\n" + listed
        key = kinds[cell], text
        if key not in by_text and len(by_text) >= _MOST_NOTES:
            key = kinds[cell], listed
        by_text.setdefault(key, []).append(cell)
    for (kind, text), cells in by_text.items():
        yield MarkNote(joined_cells(cells), render(f"check.note_{kind}", {}, lang), text)
