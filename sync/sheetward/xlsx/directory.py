"""The directory of a zip file, read by ourselves so that members can be copied as the raw bytes they are.

Source: PKWARE APPNOTE 6.3.10. Zip64 fields are read; archives in several volumes are refused.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.guards import MAX_MEMBERS, check_magic, check_members, refuse_without_end

LOCAL: Final = struct.Struct("<4s5H3L2H")
"""Signature, version needed, flags, method, time, date, CRC, compressed size, size, name length, extra length."""
CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
"""Signature, made by, needed, flags, method, time, date, CRC, compressed, size, name, extra, comment, disk, internal, external, offset."""
END: Final = struct.Struct("<4s4H2LH")
"""Signature, disk, disk of the directory, members here, members, directory size, directory offset, comment length."""
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64: Final = struct.Struct("<4sLQL")

HAS_DESCRIPTOR: Final = 0x8
IS_UTF8: Final = 0x800
ZIP64_EXTRA: Final = 0x0001
_FULL: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Member:
    """One member. Offsets count from the first byte of the file; `end` is behind the data descriptor, if it has one.

    `name` is the part's name without a leading slash, with forward slashes. `central` is its raw directory record.
    """

    name: str
    start: int
    data_start: int
    data_end: int
    end: int
    flags: int
    method: int
    crc: int
    size: int
    compressed_size: int
    attributes: int
    central: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """All members in file order, what stands before the first of them, and the archive's comment."""

    members: tuple[Member, ...]
    prefix_length: int
    comment: bytes


def read_directory(data: bytes, file: str) -> Directory:
    """Read and check the directory of a zip file; every doubt is a `UserError` that names the file."""
    check_magic(data, file)
    place = _find_end(data)
    if place < 0:
        raise refuse_without_end(data, file)
    try:
        return _read(data, place, file)
    except struct.error as trouble:
        raise UserError("workbook.damaged", file=file, part="zip") from trouble


def _find_end(data: bytes) -> int:
    lowest = max(0, len(data) - END.size - 0xFFFF)
    place = data.rfind(b"PK\x05\x06", lowest)
    while place >= 0:
        if place + END.size <= len(data) and place + END.size + END.unpack_from(data, place)[7] == len(data):
            return place
        place = data.rfind(b"PK\x05\x06", lowest, place)
    return -1


def _read(data: bytes, place: int, file: str) -> Directory:
    _, disk, start_disk, here, count, length, offset, _ = END.unpack_from(data, place)
    comment = data[place + END.size :]
    end = place
    if data[max(0, place - _LOCATOR64.size) : place][:4] == b"PK\x06\x07":
        _, _, end64, _ = _LOCATOR64.unpack_from(data, place - _LOCATOR64.size)
        end = (
            data.rfind(b"PK\x06\x06", 0, place - _LOCATOR64.size) if data[end64 : end64 + 4] != b"PK\x06\x06" else end64
        )
        if end < 0:
            raise UserError("workbook.damaged", file=file, part="zip")
        _, _, _, _, disk, start_disk, here, count, length, offset = _END64.unpack_from(data, end)
    if disk or start_disk or here != count:
        raise UserError("workbook.damaged", file=file, part="zip")
    if count > MAX_MEMBERS:
        raise UserError("workbook.too_many_parts", file=file, count=count, limit=MAX_MEMBERS)
    start = end - length
    shift = start - offset
    if start < 0 or shift < 0:
        raise UserError("workbook.damaged", file=file, part="zip")
    members: list[Member] = []
    at = start
    for _ in range(count):
        member, at = _read_member(data, at, shift, file)
        members.append(member)
    if at != end:
        raise UserError("workbook.damaged", file=file, part="zip")
    check_members(members, start, file)
    members.sort(key=lambda member: member.start)
    return Directory(tuple(members), members[0].start if members else 0, comment)


def _read_member(data: bytes, at: int, shift: int, file: str) -> tuple[Member, int]:
    record = CENTRAL.unpack_from(data, at)
    (
        signature,
        _,
        _,
        flags,
        method,
        _,
        _,
        crc,
        compressed,
        size,
        names,
        extras,
        comments,
        disk,
        _,
        attributes,
        offset,
    ) = record
    after = at + CENTRAL.size + names + extras + comments
    if signature != b"PK\x01\x02" or after > len(data):
        raise UserError("workbook.damaged", file=file, part="zip")
    raw_name = data[at + CENTRAL.size : at + CENTRAL.size + names]
    name = _decoded(raw_name, flags)
    extra = data[at + CENTRAL.size + names : at + CENTRAL.size + names + extras]
    wide = list(_zip64(extra))
    taken = [value == _FULL for value in (size, compressed, offset)]
    if sum(taken) > len(wide) or (disk and disk != 0xFFFF):
        raise UserError("workbook.damaged", file=file, part=name)
    size, compressed, offset = (
        wide.pop(0) if full else value for full, value in zip(taken, (size, compressed, offset), strict=True)
    )
    start = offset + shift
    if start + LOCAL.size > len(data):
        raise UserError("workbook.damaged", file=file, part=name)
    local, _, _, local_method, _, _, _, local_compressed, local_size, local_names, local_extras = LOCAL.unpack_from(
        data, start
    )
    data_start = start + LOCAL.size + local_names + local_extras
    data_end = data_start + compressed
    told = flags & HAS_DESCRIPTOR or (local_compressed in (compressed, _FULL) and local_size in (size, _FULL))
    if (
        local != b"PK\x03\x04"
        or data[start + LOCAL.size : start + LOCAL.size + local_names] != raw_name
        or local_method != method
        or not told
        or data_end > len(data)
        or (method == 0 and size != compressed)
    ):
        raise UserError("workbook.damaged", file=file, part=name)
    end = data_end
    if flags & HAS_DESCRIPTOR:
        end += _descriptor_length(data, data_end, (crc, compressed, size))
        if end == data_end and local_compressed != compressed:
            raise UserError("workbook.damaged", file=file, part=name)
    central = data[at:after]
    return Member(
        name, start, data_start, data_end, end, flags, method, crc, size, compressed, attributes, central
    ), after


def _decoded(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & IS_UTF8 else "ascii")
    except UnicodeDecodeError:
        name = raw.decode("cp437")
    return name.replace("\\", "/").removeprefix("/")


def _zip64(extra: bytes) -> tuple[int, ...]:
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag == ZIP64_EXTRA:
            words = min(length, len(extra) - at - 4) // 8
            return struct.unpack_from(f"<{words}Q", extra, at + 4)
        at += 4 + length
    return ()


def _descriptor_length(data: bytes, at: int, facts: tuple[int, int, int]) -> int:
    """Give the bytes of a data descriptor: with or without signature, sizes of 4 or 8 bytes; 0 where none of these fits."""
    for signature in (b"PK\x07\x08", b""):
        for layout in ("<LLL", "<LQQ"):
            try:
                spelt = signature + struct.pack(layout, *facts)
            except struct.error:
                continue
            if data[at : at + len(spelt)] == spelt:
                return len(spelt)
    return 0
