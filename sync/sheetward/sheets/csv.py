"""A CSV file as a sheet: a visible id column, no stamp; records that nobody touched keep their bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sheetward_schemas.model import TableSchema

from sheetward.cells import BLANK, Cell, RawCell, State, plain_text
from sheetward.errors import IntegrityError, TransientError
from sheetward.plan.actions import AddColumn, AppendRow, CloseColumn, SetCell, SetRowId, SheetWrite
from sheetward.plan.observation import Observation
from sheetward.sheets.canonical import CodedColumn, reader_of, region_field, region_of, spelling
from sheetward.sheets.columns import Found, find_again
from sheetward.sheets.csv_cells import guarded, unguarded
from sheetward.sheets.csv_text import CsvText, parse_csv
from sheetward.sheets.file import SheetFile
from sheetward.sheets.fingerprint import fingerprint
from sheetward.sheets.found_rows import BoundArea, FoundRows, fits, found_rows
from sheetward.sheets.grid import check_batch, check_columns
from sheetward.sheets.header_row import HeaderWords
from sheetward.sheets.layout import HEAD_ROWS, Head
from sheetward.sheets.place import Place
from sheetward.xlsx.areas import column_letters


@dataclass(frozen=True)
class _Seen:
    """One reading of the file, kept until its bytes move."""

    revision: str
    text: CsvText
    found: Found
    shown: FoundRows


class CsvSheet:
    """One CSV file bound to a table.

    `place` is what binding remembered of its header, `lang` the language of labels that are written.
    """

    def __init__(self, file: SheetFile, place: Place, schema: TableSchema, *, lang: str = "zh") -> None:
        self.place = place
        self._file = file
        self._schema = schema
        self._lang = lang
        self._seen: _Seen | None = None

    @property
    def is_atomic(self) -> bool:
        """A closed file is replaced as a whole."""
        return True

    @property
    def keeps_stamp(self) -> bool:
        """A CSV has no hidden place."""
        return False

    def revision(self) -> str:
        """Give the SHA-256 of the file."""
        return self._file.read().sha256

    def observe(self) -> Observation:
        """Read the file. `UserError` where it cannot be read (`csv.*`, `file.*`)."""
        seen = self._read()
        found, rows = seen.found, seen.shown.rows
        fields = tuple(found.columns)
        header = seen.text.records[found.header_row - 1].texts if found.header_row else ()
        first = _first_free(seen)
        return Observation(
            fields=fields,
            rows=rows,
            stamp=None,
            fingerprint=fingerprint(fields, rows),
            revision=seen.revision,
            header_found=bool(found.header_row),
            lost_fields=found.lost,
            notices=(*found.notices, *seen.shown.notices),
            columns=found.headers,
            addresses={name: column_letters(column) for name, column in found.columns.items()},
            headers=tuple(filter(None, header)),
            free_columns=tuple(column_letters(first + n) for n in range(len(self._schema.fields))),
        )

    def check_writable(self) -> None:
        """Raise what a write would meet: the file open in an office program, a folder that cannot be written."""
        self._file.check_writable()

    def write(self, batch: SheetWrite, expected_revision: str) -> str:
        """Apply a batch and give the new revision; the batch's stamp has no place in a CSV."""
        seen = self._read()
        if seen.revision != expected_revision:
            raise TransientError("sheet.changed", file=self._file.name)
        check_columns(seen.found.headers, batch.actions)
        check_batch({row.position: row for row in seen.shown.rows}, tuple(seen.found.columns), batch.actions)
        if not batch.actions and not batch.purge:
            return seen.revision
        return rewritten(self._file, self._written(seen, batch), seen.revision, purge=batch.purge)

    def _read(self) -> _Seen:
        image = self._file.read()
        if self._seen is None or self._seen.revision != image.sha256:
            self._seen = self._parsed(image.sha256, parse_csv(image.data, self._file.name))
        return self._seen

    def _parsed(self, revision: str, text: CsvText) -> _Seen:
        return _Seen(revision, text, *found_in(text, self._file.name, self.place, self._schema))

    def _written(self, seen: _Seen, batch: SheetWrite) -> CsvText:
        """Give the file with the batch in it."""
        found = seen.found
        edits: dict[int, dict[int, str]] = {}
        head = edits.setdefault(found.header_row - 1, {})
        columns = dict(found.columns)
        for action in batch.actions:
            if isinstance(action, AddColumn):
                columns[action.field] = _first_free(seen) + len(columns) - len(found.columns)
                head[columns[action.field] - 1] = action.header
                for row in seen.shown.rows:  # every record stays as long as the header
                    edits.setdefault(row.position - 1, {})[columns[action.field] - 1] = ""
            elif isinstance(action, CloseColumn):
                head[columns[action.field] - 1] = ""
        width = max([len(seen.text.records[found.header_row - 1].texts), *columns.values()])
        id_column = found.id_column or seen.text.width(found.header_row - 1) + 1
        if found.id_column is None:
            head[id_column - 1] = self.place.id_header
        rows = {row.position: dict(zip(found.columns, row.cells, strict=True)) for row in seen.shown.rows}
        for action in batch.actions:
            if isinstance(action, SetCell):
                rows[action.position][action.field] = action.new
        added: list[list[str]] = []
        for action in batch.actions:
            if isinstance(action, AppendRow):
                texts = [""] * max(width, id_column)
                for name, cell in action.cells.items():
                    if name in columns:
                        texts[columns[name] - 1] = self._text(seen, name, cell, action.cells)
                texts[id_column - 1] = action.row_id
                added.append(texts)
                continue
            if isinstance(action, AddColumn | CloseColumn):
                continue
            record = edits.setdefault(action.position - 1, {})
            if isinstance(action, SetRowId):
                record[id_column - 1] = action.new
            elif isinstance(action, SetCell):
                text = self._text(seen, action.field, action.new, rows[action.position])
                record[columns[action.field] - 1] = text
            else:
                present = len(seen.text.records[action.position - 1].texts)
                own = (*found.columns.values(), id_column)
                record |= {column - 1: "" for column in own if column <= present}
        last = max((*(row.position for row in seen.shown.rows), *seen.shown.repeated), default=found.first_row - 1)
        return seen.text.changed({place: texts for place, texts in edits.items() if texts}, added, last - 1)

    def _text(self, seen: _Seen, name: str, cell: Cell, row: Mapping[str, Cell]) -> str:
        """Spell a cell as CSV text."""
        reader = seen.shown.readers.get(name) or reader_of(self._schema, name, ())
        region = region_of(row.get(region_field(self._schema, name) or ""))
        return guarded(plain_text(spelling(cell, reader, self._lang, region)))


def _first_free(seen: _Seen) -> int:
    """Give the first column that no record reaches; where the id column is gone, the one behind its new place."""
    found, records = seen.found, seen.text.records
    widest = max((len(record.texts) for record in records), default=0)
    if not found.header_row or found.id_column is not None:
        return widest + 1
    return max(widest, seen.text.width(found.header_row - 1) + 1) + 1


def found_in(text: CsvText, file: str, place: Place, schema: TableSchema) -> tuple[Found, FoundRows]:
    """Give where the bound columns of a CSV are now, and its rows."""
    head = csv_head(text, file)

    def content_fits(name: str, column: int) -> bool:
        raws = (raw_of(texts.get(column)) for number, texts in head.rows.items() if number > place.header_row)
        return fits(schema, name, raws)

    found = find_again(head, place, HeaderWords(schema), content_fits)
    return found, found_rows(bound_area(text, found), schema, found.headers)


def rewritten(file: SheetFile, text: CsvText, base: str, *, purge: bool = False) -> str:
    """Replace a CSV file by another text, verified, and give its SHA-256; `base` is that of the bytes it came from."""

    def write(out: BinaryIO) -> None:
        out.write(text.encoded())

    def verify(data: bytes) -> None:
        if parse_csv(data, file.name).texts != text.texts:
            raise IntegrityError("csv.verify_failed", file=file.name)

    return file.replace(write, base, verify, purge=purge)


def csv_head(text: CsvText, file: str) -> Head:
    """Give the top of a CSV, in which a header is looked for."""
    rows = {number: _filled(record.texts) for number, record in enumerate(text.records[:HEAD_ROWS], 1)}
    return Head(file, "", {number: texts for number, texts in rows.items() if texts})


def bound_area(text: CsvText, found: Found) -> BoundArea:
    """Give the bound cells below the header."""
    if not found.header_row:
        return BoundArea([], [], [], {})
    places = [column - 1 for column in found.columns.values()]
    id_place = -1 if found.id_column is None else found.id_column - 1
    area = BoundArea([], [], [], {}, width=len(text.records[found.header_row - 1].texts))
    lines: list[tuple[str, ...]] = []
    for position, record in enumerate(text.records[found.first_row - 1 :], found.first_row):
        texts = record.texts
        if not any(texts):
            continue
        size = len(texts)
        if any(texts[area.width :]):
            area.longer.append(position)
        area.positions.append(position)
        area.ids.append(texts[id_place].strip() if 0 <= id_place < size else "")
        area.first_texts.append(next(filter(None, texts)))
        lines.append(tuple(texts[place] if place < size else "" for place in places))
    columns = {name: _coded(texts) for name, texts in zip(found.columns, zip(*lines, strict=True), strict=False)}
    area.columns = columns or {name: CodedColumn((), (BLANK,)) for name in found.columns}
    return area


def _coded(texts: Sequence[str]) -> CodedColumn:
    codes: dict[str, int] = {"": 0}
    column = [codes.setdefault(text, len(codes)) for text in texts]
    return CodedColumn(column, [BLANK, *(raw_of(text) for text in codes if text)])


def _filled(texts: Sequence[str]) -> dict[int, str]:
    return {column: text for column, text in enumerate(texts, 1) if text.strip()}


def raw_of(text: str | None) -> RawCell:
    """Give a text of a CSV as a raw cell."""
    return RawCell(State.TEXT, unguarded(text)) if text else BLANK
