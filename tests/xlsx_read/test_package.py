"""Members that are not touched are copied as the raw bytes they were, whoever wrote the package."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator

import openpyxl
import pytest
from sheetward.errors import UserError
from sheetward.xlsx import codec
from sheetward.xlsx.package import Package, write_package


class Stream(io.RawIOBase):
    """A sink that cannot seek: zipfile then writes data descriptors."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.data += bytes(data)
        return len(data)


PARTS = {
    "[Content_Types].xml": b"<Types/>",
    "xl/a.xml": b"<a>" + b"x" * 9000 + b"</a>",
    "xl/media/b.bin": bytes(range(256)) * 9,
    "xl/empty.xml": b"",
}


def plain() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in PARTS.items():
            archive.writestr(
                zipfile.ZipInfo(name, (2021, 3, 4, 5, 6, 8)),
                data,
                zipfile.ZIP_DEFLATED if "a" in name else zipfile.ZIP_STORED,
            )
        archive.comment = b"a comment"
    return out.getvalue()


def streamed() -> bytes:
    out = Stream()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in PARTS.items():
            archive.writestr(name, data)
    return out.data


def streamed_without_signatures() -> bytes:
    """Data descriptors may lack their signature."""
    data, out = streamed(), b""
    package = Package(data, "a")
    starts = []
    for member in package.members:
        starts.append(len(out))
        out += data[member.start : member.data_end] + data[member.data_end + 4 : member.end]
    directory = data[package.members[-1].end :]
    shifted = bytearray(directory)
    place = 0
    for start in starts:
        struct.pack_into("<L", shifted, place + 42, start)
        place += 46 + sum(struct.unpack_from("<3H", shifted, place + 28))
    struct.pack_into("<L", shifted, len(shifted) - 6, len(out))
    return out + bytes(shifted)


def wide() -> bytes:
    """Zip64 fields in local headers and directory."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in PARTS.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
                member.write(data)
    return out.getvalue()


def very_wide() -> bytes:
    """A directory whose sizes and offsets all stand in zip64 fields, with a zip64 end."""
    data = plain().replace(b"\x09\x00a comment", b"\x00\x00")
    package = Package(data, "a")
    directory = b""
    for member in package.members:
        fields = list(struct.unpack_from("<4s6H3L5H2L", member.central))
        extra = struct.pack("<2H3Q", 1, 24, member.size, member.compressed_size, member.start)
        fields[8] = fields[9] = fields[16] = 0xFFFFFFFF
        fields[11] = len(extra)
        directory += struct.pack("<4s6H3L5H2L", *fields) + member.central[46 : 46 + fields[10]] + extra
    start = package.members[-1].end
    count = len(package.members)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, start + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:start] + directory + end64 + locator + end


def prefixed() -> bytes:
    """Bytes before the first member, offsets that count from the first member, as self-extracting files have it."""
    return b"#!/bin/sh\nexit 1\n" + plain()


MAKERS = [plain, streamed, streamed_without_signatures, wide, very_wide, prefixed]


def written(package: Package, *arguments: object) -> bytes:
    out = io.BytesIO()
    write_package(package, out, *arguments)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_every_member_is_read(make) -> None:
    package = Package(make(), "a.xlsx")
    assert {name: package.read(name) for name in package.names} == PARTS
    assert b"".join(package.windows("xl/a.xml", 100)) == PARTS["xl/a.xml"]
    assert max(len(piece) for piece in package.windows("xl/a.xml", 100)) <= 100
    assert "/XL/A.xml" in package


@pytest.mark.parametrize("make", [plain, streamed, wide])
def test_writing_without_changes_gives_the_same_bytes(make) -> None:
    data = make()
    assert written(Package(data, "a.xlsx")) == data


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_untouched_members_are_raw_copies(make) -> None:
    package = Package(make(), "a.xlsx")

    def pieces() -> Iterator[bytes]:
        yield b"new "
        yield b"content"

    data = written(package, {"xl/a.xml": pieces()}, {"xl/新.xml": b"<n/>"}, {"xl/empty.xml"})
    result = Package(data, "a.xlsx")
    assert result.names == ("[Content_Types].xml", "xl/a.xml", "xl/media/b.bin", "xl/新.xml")
    for name in ("[Content_Types].xml", "xl/media/b.bin"):
        assert bytes(result.raw(name)) == bytes(package.raw(name))
    assert result.read("xl/a.xml") == b"new content"
    assert result.read("xl/新.xml") == b"<n/>"
    assert result.comment == package.comment
    assert data[: package.prefix_length] == package.data[: package.prefix_length]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(result.names)


def test_a_replaced_member_keeps_time_and_attributes() -> None:
    package = Package(plain(), "a.xlsx")
    with zipfile.ZipFile(io.BytesIO(written(package, {"xl/a.xml": b"<b/>"}))) as archive:
        info = archive.getinfo("xl/a.xml")
        assert info.date_time == (2021, 3, 4, 5, 6, 8)
        assert info.external_attr == zipfile.ZipFile(io.BytesIO(package.data)).getinfo("xl/a.xml").external_attr


def test_an_added_member_bears_no_time_of_its_own() -> None:
    package = Package(plain(), "a.xlsx")
    once, again = (written(package, {}, {"xl/n.xml": b"<n/>"}) for _ in range(2))
    assert once == again
    assert zipfile.ZipFile(io.BytesIO(once)).getinfo("xl/n.xml").date_time == (1980, 1, 1, 0, 0, 0)


def test_names_that_are_not_there_or_are() -> None:
    package = Package(plain(), "a.xlsx")
    for arguments, code in (
        (({"xl/none.xml": b""},), "workbook.part_missing"),
        (({}, {}, {"xl/none.xml"}), "workbook.part_missing"),
        (({}, {"XL/a.xml": b""}), "workbook.part_twice"),
    ):
        with pytest.raises(UserError) as caught:
            written(package, *arguments)
        assert caught.value.code == code


def test_a_large_part_is_deflated_fast_and_right(monkeypatch) -> None:
    monkeypatch.setattr(codec, "FAST_FROM", 1000)
    package = Package(plain(), "a.xlsx")
    content = b"".join(b"<c>%d</c>" % number for number in range(50_000))
    data = written(package, {"xl/a.xml": content})
    assert zipfile.ZipFile(io.BytesIO(data)).read("xl/a.xml") == content


def test_zlib_serves_where_isal_is_missing(monkeypatch) -> None:
    import zlib

    monkeypatch.setattr(codec, "_FAST", zlib)
    monkeypatch.setattr(codec, "FAST_FROM", 1000)
    package = Package(plain(), "a.xlsx")
    data = written(package, {"xl/a.xml": b"<b/>" * 9000})
    assert Package(data, "a.xlsx").read("xl/a.xml") == b"<b/>" * 9000


def test_backslashes_and_leading_slashes_in_names(parts, sheet_xml) -> None:
    from sheetward.xlsx.workbook import Workbook

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts(sheet_xml('<row r="1"><c r="A1"><v>7</v></c></row>')).items():
            archive.writestr(name.replace("xl/worksheets/", "/xl\\worksheets\\"), content)
    workbook = Workbook.open(out.getvalue(), "a.xlsx")
    assert [row[2][0][2] for row in workbook.rows(workbook.sheets[0])] == ["7"]


@pytest.mark.filterwarnings("ignore:Workbook contains no default style")
def test_a_written_workbook_opens_elsewhere(book) -> None:
    package = Package(book('<row r="1"><c r="A1"><v>7</v></c></row>'), "a.xlsx")
    sheet = package.read("xl/worksheets/sheet1.xml").replace(b"<v>7</v>", b"<v>8</v>")
    data = written(package, {"xl/worksheets/sheet1.xml": sheet})
    assert openpyxl.load_workbook(io.BytesIO(data)).active["A1"].value == 8
