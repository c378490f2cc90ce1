"""A workbook as the zip package it is: members read with limits, and written again without touching the others."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import BinaryIO, Final, TypeAlias

from sheetward.errors import UserError
from sheetward.xlsx.codec import BAD_STREAM, crc32, deflater, inflater
from sheetward.xlsx.directory import (
    CENTRAL,
    END,
    HAS_DESCRIPTOR,
    IS_UTF8,
    LOCAL,
    ZIP64_EXTRA,
    Member,
    read_directory,
)
from sheetward.xlsx.guards import as_utf8, check_declarations

Content: TypeAlias = "bytes | Iterable[bytes]"
"""The bytes of a part, whole or in pieces."""

WINDOW: Final = 1 << 16
"""Bytes that are inflated at a time: what is made of them stays in the processor's cache."""
_FIRST_DAY: Final = 0x21
"""1 January 1980, the first date that a zip can tell: what we add bears no time of its own."""


class Package:
    """An opened package: bytes that were read once, and the checked directory of its members.

    Part names are without a leading slash and found without regard to case, as OPC has it. Opening checks everything
    that can be checked without inflating; inflating checks the rest and raises `UserError('workbook.damaged')`.
    """

    def __init__(self, data: bytes, file: str) -> None:
        directory = read_directory(data, file)
        self.data = data
        self.file = file
        self.members = directory.members
        self.prefix_length = directory.prefix_length
        self.comment = directory.comment
        self._by_name = {member.name.casefold(): member for member in directory.members}

    def __contains__(self, part: str) -> bool:
        return part.removeprefix("/").casefold() in self._by_name

    @property
    def names(self) -> tuple[str, ...]:
        """Give the part names in file order."""
        return tuple(member.name for member in self.members)

    def member(self, part: str) -> Member:
        """Give a member by its part name; `UserError('workbook.part_missing')` where there is none."""
        found = self._by_name.get(part.removeprefix("/").casefold())
        if found is None:
            raise UserError("workbook.part_missing", file=self.file, part=part)
        return found

    def raw(self, part: str) -> memoryview:
        """Give a member as it stands in the file: local header, compressed bytes, data descriptor."""
        member = self.member(part)
        return memoryview(self.data)[member.start : member.end]

    def windows(self, part: str, size: int = WINDOW) -> Iterator[bytes]:
        """Inflate a part in pieces of at most `size` bytes; length and CRC are checked with the last one."""
        member = self.member(part)
        seen, crc = 0, 0
        for piece in _stored(self.data, member, size) if member.method == 0 else self._inflated(member, size):
            seen += len(piece)
            if seen > member.size:
                raise UserError("workbook.bomb", file=self.file, part=member.name)
            crc = crc32(piece, crc)
            yield piece
        if seen != member.size or crc != member.crc:
            raise UserError("workbook.damaged", file=self.file, part=member.name)

    def _inflated(self, member: Member, size: int) -> Iterator[bytes]:
        engine = inflater()
        try:
            for at in range(member.data_start, member.data_end, WINDOW):
                tail = self.data[at : min(at + WINDOW, member.data_end)]
                while tail:
                    piece = engine.decompress(tail, size)
                    tail = engine.unconsumed_tail
                    if piece:
                        yield piece
            while not engine.eof:
                piece = engine.decompress(b"", size)
                if not piece:
                    break
                yield piece
        except BAD_STREAM as trouble:
            raise UserError("workbook.damaged", file=self.file, part=member.name) from trouble
        if not engine.eof:
            raise UserError("workbook.damaged", file=self.file, part=member.name)

    def read(self, part: str) -> bytes:
        """Inflate a part whole."""
        return b"".join(self.windows(part))

    def read_xml(self, part: str) -> bytes:
        """Inflate an XML part whole, as UTF-8, free of document type and entity declarations."""
        xml = as_utf8(self.read(part), self.file, part)
        check_declarations(xml, self.file, part)
        return xml


def _stored(data: bytes, member: Member, size: int) -> Iterator[bytes]:
    for at in range(member.data_start, member.data_end, size):
        yield data[at : min(at + size, member.data_end)]


def write_package(
    package: Package,
    out: BinaryIO,
    replaced: Mapping[str, Content] | None = None,
    added: Mapping[str, Content] | None = None,
    removed: AbstractSet[str] = frozenset(),
) -> None:
    """Write a package again: untouched members as the raw bytes they were, in their order; replaced ones deflated anew.

    A replaced member keeps place, name, times, attributes and extra fields. Added ones come last. `out` is empty and
    can seek. Memory does not depend on the size of members. `UserError('workbook.part_missing')` for a name to replace
    or remove that is not there, `UserError('workbook.part_twice')` for one to add that is.
    """
    swaps = {package.member(part).name: content for part, content in (replaced or {}).items()}
    gone = {package.member(part).name for part in removed}
    records: list[bytes] = []
    out.write(memoryview(package.data)[: package.prefix_length])
    for member in package.members:
        if member.name in gone:
            continue
        offset = out.tell()
        if member.name in swaps:
            records.append(_rewritten(package, out, member, swaps[member.name], offset))
        else:
            out.write(memoryview(package.data)[member.start : member.end])
            records.append(_moved(member, offset))
    for part, content in (added or {}).items():
        name = part.removeprefix("/")
        if part in package and package.member(part).name not in gone:
            raise UserError("workbook.part_twice", file=package.file, part=name)
        records.append(_appended(out, name, content))
    start = out.tell()
    out.writelines(records)
    length = out.tell() - start
    out.write(END.pack(b"PK\x05\x06", 0, 0, len(records), len(records), length, start, len(package.comment)))
    out.write(package.comment)


def _moved(member: Member, offset: int) -> bytes:
    """Give a directory record whose member begins elsewhere; the offset leaves the zip64 field if it stood there."""
    fields = list(CENTRAL.unpack_from(member.central))
    names, extras = fields[10], fields[11]
    rest = member.central[CENTRAL.size + names + extras :]
    extra = member.central[CENTRAL.size + names :][:extras]
    if fields[16] == 0xFFFFFFFF:
        wide = [
            value
            for value, field in ((member.size, fields[9]), (member.compressed_size, fields[8]))
            if field == 0xFFFFFFFF
        ]
        kept = struct.pack(f"<2H{len(wide)}Q", ZIP64_EXTRA, 8 * len(wide), *wide) if wide else b""
        extra = kept + _without_zip64(extra)
    fields[11], fields[16] = len(extra), offset
    return CENTRAL.pack(*fields) + member.central[CENTRAL.size :][:names] + extra + rest


def _without_zip64(extra: bytes) -> bytes:
    kept, at = b"", 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag != ZIP64_EXTRA:
            kept += extra[at : at + 4 + length]
        at += 4 + length
    return kept + extra[at:]


def _rewritten(package: Package, out: BinaryIO, member: Member, content: Content, offset: int) -> bytes:
    local = list(LOCAL.unpack_from(package.data, member.start))
    names, extras = local[9], local[10]
    name_start = member.start + LOCAL.size
    name = package.data[name_start : name_start + names]
    extra = _without_zip64(package.data[name_start + names : name_start + names + extras])
    flags = member.flags & ~(HAS_DESCRIPTOR | 0x6)
    header = (20, flags, 8, local[4], local[5])
    crc, compressed, size = _deflate(out, header, (name, extra), content, member.size)
    fields = list(CENTRAL.unpack_from(member.central))
    central_extra = _without_zip64(member.central[CENTRAL.size + names :][: fields[11]])
    comment = member.central[CENTRAL.size + names + fields[11] :]
    fields[2:5] = 20, flags, 8
    fields[7:10] = crc, compressed, size
    fields[11], fields[16] = len(central_extra), offset
    return CENTRAL.pack(*fields) + name + central_extra + comment


def _appended(out: BinaryIO, part: str, content: Content) -> bytes:
    offset = out.tell()
    name = part.encode("utf-8")
    flags = 0 if name.isascii() else IS_UTF8
    crc, compressed, size = _deflate(out, (20, flags, 8, 0, _FIRST_DAY), (name, b""), content)
    record = CENTRAL.pack(
        b"PK\x01\x02", 20, 20, flags, 8, 0, _FIRST_DAY, crc, compressed, size, len(name), 0, 0, 0, 0, 0, offset
    )
    return record + name


def _deflate(
    out: BinaryIO,
    header: tuple[int, int, int, int, int],
    labels: tuple[bytes, bytes],
    content: Content,
    size_hint: int = 0,
) -> tuple[int, int, int]:
    """Write one member, local header first, and give CRC, compressed size and size (filled into the header last).

    `header` is version needed, flags, method, time, date; `labels` are name and extra field.
    """
    offset = out.tell()
    lengths = (len(labels[0]), len(labels[1]))
    out.write(LOCAL.pack(b"PK\x03\x04", *header, 0, 0, 0, *lengths))
    out.writelines(labels)
    begin = out.tell()
    if isinstance(content, bytes):
        size_hint, pieces = len(content), iter((content,))
    else:
        pieces = iter(content)
    engine = deflater(size_hint)
    crc, size = 0, 0
    for piece in pieces:
        crc = crc32(piece, crc)
        size += len(piece)
        out.write(engine.compress(piece))
    out.write(engine.flush())
    end = out.tell()
    out.seek(offset)
    out.write(LOCAL.pack(b"PK\x03\x04", *header, crc, end - begin, size, *lengths))
    out.seek(end)
    return crc, end - begin, size
