"""What is looked at before anything is parsed: what kind of file it is, and whether its zip directory can be trusted.

The limits are those of a workbook that a person could have made: they are far above any real file, and far below what
would fill a computer's memory.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sheetward.errors import UserError

if TYPE_CHECKING:
    from sheetward.xlsx.directory import Member

MAX_MEMBERS: Final = 10_000
MAX_PART: Final = 1 << 30
"""Bytes of one part, inflated."""
MAX_TOTAL: Final = 2 << 30
"""Bytes of all parts, inflated."""
MAX_RATIO: Final = 200
MAX_TREE: Final = 32 << 20
"""Bytes of a part that is read as a whole tree, which takes many times its size in memory."""
RATIO_FROM: Final = 50_000_000
"""Inflated bytes of a part from which its ratio counts: small parts of repeated text compress far better than 200:1."""

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCAL: Final = b"PK\x03\x04"
_ENCRYPTED: Final = 0x1
_STRONGLY_ENCRYPTED: Final = 0x40
_MASKED: Final = 0x2000
_SYMLINK: Final = 0o120000
_KIND_OF_FILE: Final = 0o170000


def _has_ole_stream(data: bytes, name: str) -> bool:
    """Say whether an OLE file lists a stream of this name: a directory entry is 128 bytes, name first, its length at 64."""
    spelt = name.encode("utf-16-le") + b"\0\0"
    length = struct.pack("<H", len(spelt))
    place = data.find(spelt)
    while place >= 0:
        if place % 128 == 0 and data[place + 64 : place + 66] == length:
            return True
        place = data.find(spelt, place + 1)
    return False


def check_magic(data: bytes, file: str) -> None:
    """Refuse what is not a zip file at all: `UserError` that names what it is instead.

    Codes: `workbook.empty`, `workbook.rights_managed`, `workbook.encrypted`, `workbook.xls`, `workbook.not_workbook`.
    """
    if not data:
        raise UserError("workbook.empty", file=file)
    if data.startswith(_OLE):
        if _has_ole_stream(data, "DRMEncryptedDataSpace") or _has_ole_stream(data, "DRMEncryptedTransform"):
            raise UserError("workbook.rights_managed", file=file)
        if _has_ole_stream(data, "EncryptedPackage"):
            raise UserError("workbook.encrypted", file=file)
        if _has_ole_stream(data, "Workbook") or _has_ole_stream(data, "Book"):
            raise UserError("workbook.xls", file=file)
        raise UserError("workbook.not_workbook", file=file)


def refuse_without_end(data: bytes, file: str) -> UserError:
    """Give the error for a file without a zip directory: cut off, or never a workbook."""
    return UserError("workbook.truncated" if data.startswith(_LOCAL) else "workbook.not_workbook", file=file)


def check_members(members: Sequence[Member], directory_start: int, file: str) -> None:
    """Refuse a directory that no office program writes; members are in file order."""
    seen: set[str] = set()
    total = 0
    for member in members:
        folded = member.name.casefold()
        if folded in seen:
            raise UserError("workbook.part_twice", file=file, part=member.name)
        seen.add(folded)
        _check_member(member, file)
        total += member.size
    if total > MAX_TOTAL:
        raise UserError("workbook.too_large", file=file, limit_mb=MAX_TOTAL >> 20)
    by_place = sorted(members, key=lambda member: member.start)
    ends = [*(member.start for member in by_place[1:]), directory_start][: len(by_place)]
    for member, limit in zip(by_place, ends, strict=True):
        if member.end > limit:
            raise UserError("workbook.overlap", file=file, part=member.name)


def _check_member(member: Member, file: str) -> None:
    if member.flags & (_ENCRYPTED | _STRONGLY_ENCRYPTED | _MASKED):
        raise UserError("workbook.encrypted_part", file=file, part=member.name)
    if member.method not in (0, 8):
        raise UserError("workbook.odd_compression", file=file, part=member.name, method=member.method)
    if member.attributes >> 16 & _KIND_OF_FILE == _SYMLINK:
        raise UserError("workbook.symlink", file=file, part=member.name)
    if member.size > MAX_PART:
        raise UserError("workbook.part_too_large", file=file, part=member.name, limit_mb=MAX_PART >> 20)
    if member.size > RATIO_FROM and member.size > MAX_RATIO * member.compressed_size:
        raise UserError("workbook.bomb", file=file, part=member.name)
    if "\0" in member.name or ":" in member.name or ".." in member.name.split("/"):
        raise UserError("workbook.unsafe_path", file=file, part=member.name)


_DECLARATION: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_ENCODING: Final = re.compile(rb"""\A<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def check_declarations(xml: bytes, file: str, part: str) -> None:
    """Refuse a document type or entity declaration: no workbook needs one, and entity bombs are made of them.

    `xml` is ASCII-compatible (`as_utf8` first).
    """
    if _DECLARATION.search(xml):
        raise UserError("workbook.doctype", file=file, part=part)


def encoding_of(start: bytes) -> str:
    """Give the codec of an XML part by its first bytes: UTF-8 (its mark taken off) or UTF-16."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\0" in start[:4]:
        return "utf-16-le" if start[:1] == b"<" else "utf-16-be"
    return "utf-8-sig"


def check_encoding(start: bytes, file: str, part: str) -> None:
    """Refuse a part that declares another encoding than UTF-8: OPC knows only that and UTF-16."""
    declared = _ENCODING.match(start.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise UserError("workbook.odd_encoding", file=file, part=part, encoding=declared[1].decode("ascii"))


def as_utf8(xml: bytes, file: str, part: str) -> bytes:
    """Give an XML part in UTF-8 without a byte order mark."""
    encoding = encoding_of(xml)
    if encoding == "utf-8-sig":
        check_encoding(xml, file, part)
        return xml.removeprefix(b"\xef\xbb\xbf")
    try:
        text = xml.decode(encoding)
    except UnicodeDecodeError as trouble:
        raise UserError("workbook.damaged", file=file, part=part) from trouble
    return re.sub(r"\A<\?xml[^>]*\?>", "", text).encode("utf-8")
