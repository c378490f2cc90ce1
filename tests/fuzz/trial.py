"""One mutated file, read and written: what came of it, and whether every promise held.

A file is answered by a result or by one error of ours, in limits of time and memory; nothing is left behind. A cell put
into a file that was accepted changes that cell and nothing else, or is refused.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import re
import signal
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from xml.parsers import expat

from sheetward.errors import IntegrityError, SheetwardError
from sheetward.messages import LANGS, catalogue, hint, render
from sheetward.sheets.csv_text import parse_csv
from sheetward.sheets.legacy import Limits, read_legacy
from sheetward.xlsx.edits import (
    AppendedRow,
    CellContent,
    CellEdit,
    PutBlank,
    PutDate,
    PutNumber,
    PutText,
    SheetEdit,
    StampTab,
)
from sheetward.xlsx.package import Package
from sheetward.xlsx.patch import patch
from sheetward.xlsx.reader import RowCells
from sheetward.xlsx.verify import verify
from sheetward.xlsx.workbook import Workbook

from tests.e2e.bad_files import called, digests

from . import archive, markup, seeds, texts

LIMIT_S = 10.0
"""CPU seconds that one file may take, all that is done with it together."""
LEGACY_LIMITS = Limits(seconds=20, cpu_seconds=10, memory=1 << 30, output=1 << 26)
NAME = "客户.xlsx"
_PLACEHOLDER = re.compile(r"\{(\w+)[:}]")


class BrokenPromise(AssertionError):  # noqa: N818 - a promise, not an error of the product
    """What is not as it was promised."""


class TooSlowError(BaseException):
    """The time of one file is over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file: the kind of trial, what reading it gave (`read` or a code), what writing gave where it was tried."""

    kind: str
    read: str
    written: str = ""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise `TooSlowError` in what takes more CPU time."""

    def over(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def code_of(error: SheetwardError) -> str:
    """Give the code of an error, after a look at its sentences: none lacks a fact or a way out."""
    if isinstance(error, IntegrityError):
        raise BrokenPromise(f"{error.code} {error.facts}") from error
    for lang in LANGS:
        wanted = set(_PLACEHOLDER.findall("".join(v for k, v in catalogue()[error.code].items() if k.endswith(lang))))
        if not wanted <= error.facts.keys():
            raise BrokenPromise(f"{error.code} lacks {wanted - error.facts.keys()}")
        if not render(error.code, error.facts, lang) or not hint(error.code, error.facts, lang):
            raise BrokenPromise(f"{error.code} says nothing")
    return error.code


def trial(seed: int) -> Outcome:
    """Make the file of a seed and see what comes of it. `BrokenPromise`, `TooSlowError`, or whatever a defect raises."""
    chance = random.Random(seed)
    lot = chance.randrange(200)
    with within(LIMIT_S):
        if lot < 2:
            return _legacy(chance)
        if lot < 22:
            return _csv(chance)
        kind, data = workbook(chance)
        if lot < 26:
            return _from_outside(kind, data)
        return judged(kind, data, chance)


def workbook(chance: random.Random) -> tuple[str, bytes]:
    """Give a mutated workbook and the kind of its mutation."""
    case = chance.choice(seeds.cases())
    data = seeds.customers() if chance.random() < 0.2 else seeds.built(case)
    lot = chance.randrange(10)
    if lot == 0:
        return "bytes", archive.torn(chance, data)
    parts = archive.Archive.of(data)
    if lot < 4:
        for _ in range(chance.choice([1, 1, 2, 3])):
            chance.choice(archive.STRUCTURE)(chance, parts)
        return "zip", parts.written()
    weighted = [
        one
        for one in parts.entries
        for _ in range(next((n for word, n in _WEIGHTS.items() if word in one.name), 1))
        if one.name.endswith((b".xml", b".rels"))
    ]
    for _ in range(chance.choice([1, 1, 1, 2])):
        entry = chance.choice(weighted)
        entry.content = markup.mutated(chance, entry.content)
    return "xml", parts.written()


_WEIGHTS = {
    b"worksheets/sheet": 24, b"sharedStrings": 8, b"styles": 8, b"xl/workbook.xml": 8, b"_rels/": 4, b"[Content": 4, b"tables/": 8,
}  # fmt: skip


def rows_of(data: bytes) -> dict[str, list[RowCells]]:
    """Read all that a workbook says."""
    book = Workbook.open(data, NAME)
    found: dict[str, list[RowCells]] = {}
    for sheet in book.sheets:
        found[sheet.name] = [(row, hidden, list(cells)) for row, hidden, cells in book.rows(sheet)]
        _ = book.layout(sheet), book.tables(sheet), book.formula_areas(sheet)
        for _, _, cells in found[sheet.name]:
            for cell in cells:
                book.raw(*cell[1:])
    _ = book.defined_names, book.is_signed, book.is_structure_locked, book.has_macros, book.last_modified_by
    _ = book.has_dynamic_arrays, book.date_1904
    return found


def judged(kind: str, data: bytes, chance: random.Random) -> Outcome:
    """Read a workbook, and write into it where it was accepted."""
    try:
        before = rows_of(data)
    except SheetwardError as error:
        return Outcome(kind, code_of(error))
    if not before:
        return Outcome(kind, "read")
    edit = _edit(before, chance)
    out = io.BytesIO()
    package = Package(data, NAME)
    is_bound = chance.random() < 0.2
    is_purged = chance.random() < 0.1
    try:
        report = patch(package, [edit], StampTab((("stamp", "e1"),)) if is_bound else None, out, purge=is_purged)
        new = out.getvalue()
        verify(package, Package(new, NAME), [edit], report)
    except SheetwardError as error:
        return Outcome(kind, "read", code_of(error))
    _check_untouched(data, new, {*report.replaced, *report.added, *report.removed})
    is_whole = all(_is_xml(package.read(part)) for part in report.replaced)
    try:
        after = rows_of(new)
    except SheetwardError as error:
        if is_whole:
            raise
        # By patterns we read rows of what is no XML; no office program opens such a file, before or after.
        return Outcome(kind, "read", f"written, then {code_of(error)}")
    _check_cells(before, after, edit, is_purged=is_purged)
    for part in report.replaced:
        if is_whole and not _is_xml(Package(new, NAME).read(part)):
            raise BrokenPromise(f"{part} is no XML any more")
    return Outcome(kind, "read", "written")


def _edit(before: dict[str, list[RowCells]], chance: random.Random) -> SheetEdit:
    tab = chance.choice([*before])
    places = [(row, cell[0]) for row, _, cells in before[tab] for cell in cells]
    row, column = (
        chance.choice(places) if places and chance.random() < 0.8 else (chance.randrange(1, 12), chance.randrange(1, 9))
    )
    contents: list[CellContent] = [
        PutText("改过的 <新> & 值"), PutText("_x0041_\n="), PutNumber("13.5"), PutBlank(), PutDate("45000"),
    ]  # fmt: skip
    cell = CellEdit(row, column, chance.choice(contents), over_formula=chance.random() < 0.3)
    if not places or chance.random() < 0.75:
        return SheetEdit(tab, (cell,), allow_protected=True)
    last, header = max(place[0] for place in places), min(place[0] for place in places)
    columns = [place[1] for place in places]
    rows = tuple(AppendedRow({min(columns): PutText(f"新{n}")}) for n in range(2))
    return SheetEdit(
        tab,
        (),
        rows,
        after_row=last,
        header_row=header,
        table_columns=(min(columns), max(columns)),
        allow_protected=True,
    )


def _check_untouched(old: bytes, new: bytes, touched: set[str]) -> None:
    before, after = Package(old, NAME), Package(new, NAME)
    if _is_zip(old) and not _is_zip(new):
        raise BrokenPromise("the result is no zip file any more")
    for part in before.names:
        if part not in touched and bytes(before.raw(part)) != bytes(after.raw(part)):
            raise BrokenPromise(f"{part} changed")


def _check_cells(
    before: dict[str, list[RowCells]], after: dict[str, list[RowCells]], edit: SheetEdit, *, is_purged: bool
) -> None:
    if set(before) != set(after) - {"_sheetward"} and "_sheetward" not in before:
        raise BrokenPromise("the tabs changed")
    changed = {(edit.tab, cell.row, cell.column) for cell in edit.cells}
    changed |= {
        (edit.tab, edit.after_row + n, column) for n, one in enumerate(edit.appended, 1) for column in range(1, 16385)
    }
    old, new = flat(before), flat(after)
    for place in old.keys() | new.keys():
        if place in changed or place[0] == "_sheetward":
            continue
        one, other = old.get(place), new.get(place)
        if is_purged and one == ("uncached", "", "") and other is None:
            continue  # an <f> inside a <v>, which goes with it: no formula of anybody's
        if one != other and not (is_purged and one is not None and other is not None and other[2] is not None):
            raise BrokenPromise(f"the cell {place[1:]} became another one: {one} {other}")


def flat(rows: dict[str, list[RowCells]]) -> dict[tuple[str, int, int], tuple[object, ...]]:
    """Give each cell by tab, row and column: its state, its text, its formula."""
    return {
        (tab, row, cell[0]): (str(cell[1]), cell[2], cell[4])
        for tab, held in rows.items()
        for row, _, cells in held
        for cell in cells
    }


def _is_zip(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archived:
            return archived.testzip() is None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError):
        return False


def _is_xml(xml: bytes) -> bool:
    try:
        expat.ParserCreate().Parse(xml, True)
    except (expat.ExpatError, ValueError):
        return False
    return True


def _csv(chance: random.Random) -> Outcome:
    data = texts.mutated(chance)
    try:
        text = parse_csv(data, "a.csv")
    except SheetwardError as error:
        return Outcome("csv", code_of(error))
    if text.encoded() != data:
        raise BrokenPromise("the text is not the file")
    filled = [number for number, record in enumerate(text.records) if record.texts]
    if not filled:
        return Outcome("csv", "read")
    number = chance.choice(filled)
    field = chance.randrange(len(text.records[number].texts))
    new = text.changed({number: {field: '新"值'}}, [], len(text.records) - 1)
    written = new.encoded()
    tail = "".join(record.source + record.line_end for record in text.records[number + 1 :]).encode(text.encoding)
    head = text.bom + "".join(record.source + record.line_end for record in text.records[:number]).encode(text.encoding)
    if not (written.startswith(head) and written.endswith(tail)):
        raise BrokenPromise("another record changed")
    wanted = [list(record.texts) for record in text.records]
    wanted[number][field] = '新"值'
    if [list(record.texts) for record in new.records] != wanted:
        raise BrokenPromise("another field changed")
    return Outcome("csv", "read", "written")


def _legacy(chance: random.Random) -> Outcome:
    kind = chance.choice([".xls", ".xlsb", ".ods"])
    data = seeds.legacy(kind)
    if kind == ".ods" and chance.random() < 0.6:
        parts = archive.Archive.of(data)
        parts.entries[1].content = markup.mutated(chance, parts.entries[1].content)
        data = parts.written()
    elif kind == ".xlsb" and chance.random() < 0.8:
        parts = archive.Archive.of(data)
        entry = parts.entry(chance, b".bin")
        entry.content = archive.torn(chance, entry.content)
        data = parts.written()
    else:
        data = archive.torn(chance, data)
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        tempfile.tempdir = folder
        try:
            read_legacy(data, f"a{kind}", limits=LEGACY_LIMITS)
            said = "read"
        except SheetwardError as error:
            said = code_of(error)
        finally:
            tempfile.tempdir = before
        if left := [*Path(folder).iterdir()]:
            raise BrokenPromise(f"{left} stayed behind")
    return Outcome(kind, said)


def _from_outside(kind: str, data: bytes) -> Outcome:
    """Lay the file into a folder and make the calls that a person would."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        path = folder / "bad.xlsx"
        path.write_bytes(data)
        before = digests(folder)
        read = _said(folder, "validate", "bad.xlsx", "--schema", "customer", "--json")
        if digests(folder) != before:
            raise BrokenPromise("reading left something behind")
        written = _said(folder, "patch", "bad.xlsx", "--tab", "客户", "--set", "B3=新", "--json")
        after = digests(folder)
        if after.keys() != before.keys():
            raise BrokenPromise(f"{after.keys() - before.keys()} stayed behind")
        if written != "done" and after != before:
            raise BrokenPromise("a refused edit changed the file")
        return Outcome(f"{kind}, command line", read, written)


def _said(folder: Path, *arguments: str) -> str:
    call = called(folder, *arguments)
    if call.status not in (0, 1, 2, 3):
        raise BrokenPromise(f"exit {call.status}: {call.out} {call.err}")
    if call.err and call.status == 2:
        raise BrokenPromise(call.err)
    answer = json.loads(call.out)
    return str(answer["error"]["code"]) if "error" in answer else "done"
