"""The text of a CSV file, kept so that a record nobody touched is written back as it stood."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from sheetward.errors import UserError

_SEPARATORS = (",", "\t", ";", "|")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its texts and its source, without the line end that follows."""

    texts: tuple[str, ...]
    source: str
    line_end: str


@dataclass(frozen=True)
class CsvText:
    """A parsed file. `quotes_all` says that every field of it is quoted; `bom` are its first bytes."""

    records: tuple[Record, ...]
    encoding: str
    bom: bytes
    separator: str
    quotes_all: bool
    line_end: str

    def encoded(self) -> bytes:
        """Give the bytes of the file."""
        return self.bom + "".join(r.source + r.line_end for r in self.records).encode(self.encoding)

    @property
    def texts(self) -> list[tuple[str, ...]]:
        """Give the texts of the records."""
        return [record.texts for record in self.records]

    def width(self, start: int) -> int:
        """Give the number of fields of the longest record from an index on.

        A value with a comma and without quotes makes a record longer than its header; what is put behind the header
        must not cover it.
        """
        return max((len(record.texts) for record in self.records[start:]), default=0)

    def changed(self, edits: Mapping[int, Mapping[int, str]], added: Sequence[Sequence[str]], after: int) -> CsvText:
        """Give the text with some fields of some records replaced and records added.

        `edits` is record index to field index to text; fields beyond a record's end grow it. `added` are put behind
        the record with index `after`. Fields that are not named keep their own spelling, quotes included.
        """
        records = [self._edited(r, edits[i]) if i in edits else r for i, r in enumerate(self.records)]
        fresh = [Record(tuple(texts), self._joined(texts), self.line_end) for texts in added]
        if fresh and not records[after].line_end:  # the last line of a file that ends without a line end
            fresh[-1] = replace(fresh[-1], line_end="")
            records[after] = replace(records[after], line_end=self.line_end)
        records[after + 1 : after + 1] = fresh
        return replace(self, records=tuple(records))

    def without_field(self, place: int) -> CsvText:
        """Give the text with one field taken out of every record that has it; the others keep their spelling."""
        return replace(self, records=tuple(self._shortened(record, place) for record in self.records))

    def _shortened(self, record: Record, place: int) -> Record:
        if place >= len(record.texts):
            return record
        sources = self._sources(record)
        texts = (*record.texts[:place], *record.texts[place + 1 :])
        return Record(texts, self.separator.join((*sources[:place], *sources[place + 1 :])), record.line_end)

    def _sources(self, record: Record) -> list[str]:
        """Give the fields as they are spelled; spelled anew where quotes stand in odd places."""
        sources = _split(record.source, self.separator) if record.texts else []
        return sources if len(sources) == len(record.texts) else [self._spelled(text) for text in record.texts]

    def _edited(self, record: Record, edits: Mapping[int, str]) -> Record:
        texts = list(record.texts)
        sources = self._sources(record)
        short = max(edits) + 1 - len(texts)
        texts += [""] * short
        sources += [self._spelled("")] * short
        for place, text in edits.items():
            texts[place] = text
            sources[place] = self._spelled(text)
        return Record(tuple(texts), self.separator.join(sources), record.line_end)

    def _joined(self, texts: Sequence[str]) -> str:
        return self.separator.join(self._spelled(text) for text in texts)

    def _spelled(self, text: str) -> str:
        needs = self.quotes_all or any(mark in text for mark in (self.separator, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if needs or text != text.strip() else text


def parse_csv(data: bytes, file: str) -> CsvText:
    """Parse the bytes of a CSV file.

    UTF-8 with and without mark, UTF-16, and GB18030 are told apart. `UserError('csv.encoding')` where it is none of
    them, `csv.binary` where it holds NUL characters, `csv.unclosed_quote` where a quote opens and never closes.
    """
    text, encoding, bom = _decoded(data, file)
    if "\0" in text:
        raise UserError("csv.binary", file=file)
    separator = _separator(text)
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=separator)
    records: list[Record] = []
    start = 0
    try:
        for texts in reader:
            source = "".join(lines[start : reader.line_num])
            records.append(_record(texts, source))
            start = reader.line_num
    except csv.Error as error:
        raise UserError("csv.field_too_long", file=file, line=reader.line_num) from error
    _check_closed(records, separator, file)
    ends = Counter(record.line_end for record in records if record.line_end)
    line_end = ends.most_common(1)[0][0] if ends else "\r\n"
    parsed = CsvText(tuple(records), encoding, bom, separator, _quotes_all(records, separator), line_end)
    if parsed.encoded() != data:
        raise UserError("csv.encoding", file=file)
    return parsed


def _record(texts: Sequence[str], source: str) -> Record:
    end = next((mark for mark in ("\r\n", "\n", "\r") if source.endswith(mark)), "")
    return Record(tuple(texts), source[: len(source) - len(end)], end)


def _decoded(data: bytes, file: str) -> tuple[str, str, bytes]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(encoding), encoding, bom
            except UnicodeDecodeError as error:
                raise UserError("csv.encoding", file=file) from error
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding), encoding, b""
        except UnicodeDecodeError:
            continue
    raise UserError("csv.encoding", file=file)


def _separator(text: str) -> str:
    """Give the separator under which the first records are well formed, and cut most and most alike."""
    return max(_SEPARATORS, key=lambda separator: (*_cut(text[:20000], separator), -_SEPARATORS.index(separator)))


def _cut(head: str, separator: str) -> tuple[bool, int, int, int]:
    """Say how a separator cuts a text: well formed, records that it cuts, records of the commonest size, that size."""
    sizes: Counter[int] = Counter()
    is_well_formed = True
    try:
        for record in islice(csv.reader(io.StringIO(head, newline=""), delimiter=separator, strict=True), 20):
            sizes[len(record)] += 1
    except csv.Error as error:
        is_well_formed = "unexpected end" in str(error)  # the text was cut off inside quotes
    del sizes[0], sizes[1]
    size, records = max(sizes.items(), key=lambda entry: (entry[1], entry[0]), default=(0, 0))
    return is_well_formed, sizes.total(), records, size


def _split(source: str, separator: str) -> list[str]:
    """Cut a record's source into the sources of its fields."""
    mark = re.escape(separator)
    pieces = re.compile(rf'"(?:[^"]|"")*"(?=[{mark}]|$)|[^{mark}]*', re.DOTALL)
    fields: list[str] = []
    at = 0
    while True:
        found = pieces.match(source, at)
        piece = found.group() if found else ""
        fields.append(piece)
        at += len(piece) + 1
        if at > len(source):
            return fields


def _quotes_all(records: Sequence[Record], separator: str) -> bool:
    """Say whether every field of the first filled records is quoted."""
    head = [record for record in records if record.texts][:20]
    return bool(head) and all(piece.startswith('"') for record in head for piece in _split(record.source, separator))


def _check_closed(records: Sequence[Record], separator: str, file: str) -> None:
    if not records or '"' not in records[-1].source:
        return
    try:
        list(csv.reader(io.StringIO(records[-1].source, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise UserError("csv.unclosed_quote", file=file, line=len(records)) from error
