"""Zip files written member by member, so that each field of each record can be made to lie."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")


@dataclass
class Entry:
    """One member: its content, and what the two headers say where they are to say something else than the truth.

    `local` and `central` map field names of their records to values; `raw` stands for the compressed bytes.
    """

    name: bytes
    content: bytes
    method: int = 8
    flags: int = 0
    raw: bytes | None = None
    extra: bytes = b""
    central_extra: bytes = b""
    local: dict[str, int | bytes] = field(default_factory=dict)
    central: dict[str, int | bytes] = field(default_factory=dict)

    def compressed(self) -> bytes:
        """Give the bytes as they stand in the file."""
        if self.raw is not None:
            return self.raw
        if self.method != 8:
            return self.content
        engine = zlib.compressobj(6, zlib.DEFLATED, -15)
        return engine.compress(self.content) + engine.flush()


@dataclass
class Archive:
    """Members in file order and what the end record is to say; `order` is that of the directory, `gap` goes between members."""

    entries: list[Entry]
    end: dict[str, int] = field(default_factory=dict)
    order: list[int] | None = None
    prefix: bytes = b""
    gap: bytes = b""
    comment: bytes = b""

    @classmethod
    def of(cls, data: bytes) -> Archive:
        """Take a whole zip file apart."""
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            return cls(
                [Entry(info.filename.encode(), source.read(info), info.compress_type) for info in source.infolist()]
            )

    def entry(self, chance: random.Random, ending: bytes = b"") -> Entry:
        """Give a member at random."""
        return chance.choice([one for one in self.entries if one.name.endswith(ending)] or self.entries)

    def written(self) -> bytes:
        """Give the bytes of the file, lies and all."""
        out = io.BytesIO()
        out.write(self.prefix)
        records: list[bytes] = []
        for one in self.entries:
            offset, raw = out.tell(), one.compressed()
            facts: dict[str, int | bytes] = {
                "signature": b"PK\3\4", "needed": 20, "flags": one.flags, "method": one.method, "time": 0, "date": 33,
                "crc": zlib.crc32(one.content), "compressed": len(raw), "size": len(one.content),
                "names": len(one.name), "extras": len(one.extra),
            }  # fmt: skip
            name = one.local.get("name", one.name)
            assert isinstance(name, bytes)
            out.write(_packed(LOCAL, {**facts, "names": len(name)}, one.local))
            out.write(name + one.extra + raw + self.gap)
            directory = {
                "signature": b"PK\1\2", "made": 20, **{key: facts[key] for key in list(facts)[1:9]},
                "names": len(one.name), "extras": len(one.central_extra), "comments": 0, "disk": 0, "internal": 0,
                "attributes": 0, "offset": offset - len(self.prefix),
            }  # fmt: skip
            records.append(_packed(CENTRAL, directory, one.central) + one.name + one.central_extra)
        start = out.tell()
        order = [number for number in self.order or range(len(records)) if number < len(records)]
        out.writelines(records[number] for number in order)
        count = len(order)
        end = {
            "signature": b"PK\5\6", "disk": 0, "start_disk": 0, "here": count, "count": count,
            "length": out.tell() - start, "offset": start - len(self.prefix), "comments": len(self.comment),
        }  # fmt: skip
        out.write(_packed(END, end, self.end))
        out.write(self.comment)
        return out.getvalue()


def _packed(
    record: struct.Struct, facts: dict[str, int | bytes], lies: dict[str, int | bytes] | dict[str, int]
) -> bytes:
    told = [lies.get(key, value) for key, value in facts.items()]
    sizes = _SIZES[record.format]
    return record.pack(
        *(one if isinstance(one, bytes) else one & ((1 << 8 * size) - 1) for one, size in zip(told, sizes, strict=True))
    )


_SIZES = {
    LOCAL.format: (4, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2),
    CENTRAL.format: (4, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4),
    END.format: (4, 2, 2, 2, 2, 4, 4, 2),
}

Mutation = Callable[[random.Random, Archive], None]


def _field(chance: random.Random, archive: Archive) -> None:
    one = archive.entry(chance)
    side = chance.choice([[one.local], [one.central], [one.local, one.central]])
    key = chance.choice(
        ["crc", "compressed", "size", "method", "flags", "names", "extras", "needed", "offset", "disk", "attributes"]
    )
    truth = {"crc": zlib.crc32(one.content), "compressed": len(one.compressed()), "size": len(one.content)}.get(key, 0)
    value = chance.choice(
        [
            0,
            1,
            8,
            9,
            12,
            14,
            93,
            0x800,
            0x41,
            0xFFFF,
            0x7FFFFFFF,
            0xFFFFFFFF,
            0xA1FF0000,
            truth + 1,
            truth - 1,
            truth * 2,
        ]
    )
    for lies in side:
        lies[key] = value


def _end(chance: random.Random, archive: Archive) -> None:
    key = chance.choice(["disk", "start_disk", "here", "count", "length", "offset", "comments"])
    archive.end[key] = chance.choice([0, 1, 5, 9999, 0xFFFF, 0xFFFFFFFF, len(archive.entries) + 1])
    if chance.random() < 0.5:
        archive.end["here"] = archive.end["count"] = chance.choice([0, 1, 0xFFFF, len(archive.entries) - 1])


def _twice(chance: random.Random, archive: Archive) -> None:
    one = archive.entry(chance)
    name = chance.choice([one.name, one.name.upper(), b"/" + one.name, one.name.replace(b"/", b"\\"), one.name + b"/"])
    archive.entries.insert(chance.randrange(len(archive.entries) + 1), Entry(name, one.content))


def _gone(chance: random.Random, archive: Archive) -> None:
    archive.entries.remove(archive.entry(chance))


def _named(chance: random.Random, archive: Archive) -> None:
    one = archive.entry(chance)
    new = chance.choice(
        [b"../" + one.name, b"/etc/passwd", b"C:\\x.xml", b"", b"\xff\xfe", b"a" * 5000, one.name + b"\0", one.name[:-1],
         b"..\\..\\x", "名.xml".encode(), b"CON", b"xl//" + one.name, b"."]
    )  # fmt: skip
    if chance.random() < 0.5:
        one.local["name"] = new
    else:
        one.name = new
        one.flags |= chance.choice([0, 0x800])


def _order(chance: random.Random, archive: Archive) -> None:
    archive.order = [*range(len(archive.entries))]
    chance.shuffle(archive.order)
    if chance.random() < 0.4:
        archive.order.append(chance.choice(archive.order))
    elif chance.random() < 0.4:
        archive.order.pop()


def _overlap(chance: random.Random, archive: Archive) -> None:
    one = archive.entry(chance)
    one.central["offset"] = chance.randrange(len(archive.written()))


def _stream(chance: random.Random, archive: Archive) -> None:
    one = archive.entry(chance)
    raw = bytearray(one.compressed())
    match chance.randrange(5):
        case 0 if raw:
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        case 1:
            del raw[chance.randrange(len(raw) + 1) :]
        case 2:
            raw += b"\0" * chance.randrange(1, 50)
        case 3:
            raw[:] = chance.randbytes(len(raw))
        case _:
            one.method = 0 if one.method else 8
            one.raw = bytes(raw)
            return
    one.raw = bytes(raw)


def _around(chance: random.Random, archive: Archive) -> None:
    junk = chance.choice(
        [b"\0" * 7, b"#!/bin/sh\n", b"PK\5\6" + bytes(18), b"PK\3\4" + bytes(30), chance.randbytes(40)]
    )
    match chance.randrange(3):
        case 0:
            archive.prefix = junk
        case 1:
            archive.gap = junk
        case _:
            archive.comment = junk


def _extra(chance: random.Random, archive: Archive) -> None:
    one = archive.entry(chance)
    wide = struct.pack("<2HQQ", 1, 16, len(one.content), len(one.compressed()))
    extra = chance.choice([wide, wide[:9], b"\1\0\xff\xff", b"\1\0\0\0", chance.randbytes(11), b"\x75\x70\5\0\1abcd"])
    for side in chance.choice([("extra",), ("central_extra",), ("extra", "central_extra")]):
        setattr(one, side, extra)
    if chance.random() < 0.6:
        one.central["size"] = one.central["compressed"] = 0xFFFFFFFF


def _descriptor(chance: random.Random, archive: Archive) -> None:
    one = archive.entry(chance)
    one.flags |= 8
    for key in ("crc", "compressed", "size"):
        one.local[key] = 0
    facts = struct.pack("<3L", zlib.crc32(one.content), len(one.compressed()), len(one.content))
    raw = one.compressed()
    one.central["compressed"] = len(raw)
    one.raw = raw + chance.choice([b"PK\7\x08" + facts, facts, b"PK\7\x08" + bytes(12), b""])


def _bomb(chance: random.Random, archive: Archive) -> None:
    one = archive.entry(chance, b".xml")
    one.content = one.content.replace(b"><", b">" + b" " * chance.choice([1000, 500_000, 3_000_000]) + b"<", 1)
    if chance.random() < 0.5:
        size = chance.choice([1000, len(one.content) // 2, 1 << 31])
        one.local["size"] = one.central["size"] = size


STRUCTURE: tuple[Mutation, ...] = (
    _field, _field, _field, _end, _twice, _gone, _named, _order, _overlap, _stream, _around, _extra, _descriptor, _bomb,
)  # fmt: skip


def torn(chance: random.Random, data: bytes) -> bytes:
    """Damage the bytes of a file as a disk, a transfer or an enemy does."""
    held = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        here = chance.randrange(len(held) + 1)
        match chance.randrange(6):
            case 0:
                del held[here:]
            case 1:
                del held[here : here + chance.choice([1, 4, 40, 512])]
            case 2:
                held[here:here] = chance.randbytes(chance.choice([1, 4, 40]))
            case 3:
                held[here : here + 64] = bytes(min(64, len(held) - here))
            case 4:
                held[here:here] = held[max(0, here - 200) : here]
            case _:
                if here < len(held):
                    held[here] ^= 1 << chance.randrange(8)
    return bytes(held)
