"""What is refused before anything is parsed, each with one file, and every refusal said in one sentence."""

from __future__ import annotations

import io
import re
import struct
import tomllib
import zipfile
import zlib
from collections.abc import Callable
from importlib.resources import files

import msoffcrypto.format.ooxml
import pytest
from sheetward.errors import UserError
from sheetward.messages import catalogue, hint, render
from sheetward.xlsx import guards
from sheetward.xlsx.workbook import Workbook


def refused(data: bytes) -> UserError:
    """Give the error that opening and reading everything raises, and check that a person can read it."""
    with pytest.raises(UserError) as caught:
        workbook = Workbook.open(data, "客户.xlsx")
        for sheet in workbook.sheets:
            list(workbook.rows(sheet))
            workbook.layout(sheet)
    trouble = caught.value
    assert trouble.exit_status == 2
    for lang in ("zh", "en"):
        assert "客户.xlsx" in render(trouble.code, trouble.facts, lang)
        assert "<" not in render(trouble.code, trouble.facts, lang)
        assert len(hint(trouble.code, trouble.facts, lang)) > 5
    return trouble


def patched(data: bytes, find: bytes, put: bytes, count: int = 1) -> bytes:
    assert find in data
    return data.replace(find, put, count)


@pytest.fixture
def good(book: Callable[..., bytes]) -> bytes:
    return book('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')


def test_the_good_file_of_these_tests_is_read(good: bytes) -> None:
    workbook = Workbook.open(good, "a.xlsx")
    assert len(list(workbook.rows(workbook.sheets[0]))) == 1


def test_an_empty_file() -> None:
    assert refused(b"").code == "workbook.empty"


@pytest.mark.parametrize("data", [b"name,phone\n1,2\n", b"<html><table></table></html>", b"\x00" * 5000, b"PK"])
def test_what_is_no_workbook(data: bytes) -> None:
    assert refused(data).code == "workbook.not_workbook"


def test_a_password_protected_workbook(good: bytes) -> None:
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(good)).encrypt("secret", out)
    assert refused(out.getvalue()).code == "workbook.encrypted"


def _ole(stream: str) -> bytes:
    """An OLE file with one directory entry of that name."""
    name = stream.encode("utf-16-le") + b"\0\0"
    entry = name.ljust(64, b"\0") + struct.pack("<H", len(name)) + b"\x02\x01" + b"\0" * 60
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + b"Root Entry".ljust(128, b"\0") + entry


def test_an_old_xls_file_under_a_new_name() -> None:
    assert refused(_ole("Workbook")).code == "workbook.xls"
    assert refused(_ole("Book")).code == "workbook.xls"
    assert refused(_ole("WordDocument")).code == "workbook.not_workbook"


def test_an_empty_archive() -> None:
    assert refused(b"PK\x05\x06" + bytes(18)).code == "workbook.no_workbook_inside"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_file(good: bytes, share: float) -> None:
    assert refused(good[: int(len(good) * share)]).code == "workbook.truncated"


def test_a_file_with_a_hole(good: bytes) -> None:
    middle = len(good) // 3
    assert refused(good[:middle] + good[middle + 40 :]).code in ("workbook.damaged", "workbook.overlap")


def test_a_wrong_checksum(good: bytes) -> None:
    crc = struct.pack("<L", zipfile.ZipFile(io.BytesIO(good)).getinfo("xl/worksheets/sheet1.xml").CRC)
    assert refused(patched(good, crc, b"\1\2\3\4", 2)).code == "workbook.damaged"


def test_other_kinds_of_packages(parts, pack) -> None:
    word = parts("")["[Content_Types].xml"].replace("spreadsheetml.sheet", "wordprocessingml.document")
    assert refused(pack(parts("", types=word))).code == "workbook.no_workbook_inside"
    assert refused(pack({"a.txt": "hello"})).code == "workbook.no_workbook_inside"
    assert (
        refused(pack({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"})).code
        == "workbook.open_document"
    )
    binary = parts("")["[Content_Types].xml"].replace(
        "openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "ms-excel.sheet.binary.macroEnabled.main"
    )
    assert refused(pack(parts("", types=binary))).code == "workbook.xlsb"


def test_parts_that_are_missing(parts, pack) -> None:
    without = {name: content for name, content in parts("<a/>").items() if name != "xl/worksheets/sheet1.xml"}
    assert refused(pack(without)).code == "workbook.damaged"


def test_too_many_members(parts, pack, sheet_xml) -> None:
    many = parts(sheet_xml("")) | {f"xl/media/{n}": "" for n in range(guards.MAX_MEMBERS)}
    assert refused(pack(many)).code == "workbook.too_many_parts"


def test_a_part_twice(parts, pack, sheet_xml) -> None:
    twice = parts(sheet_xml("")) | {"XL/WORKBOOK.XML": "<a/>"}
    trouble = refused(pack(twice))
    assert (trouble.code, trouble.facts["part"]) == ("workbook.part_twice", "XL/WORKBOOK.XML")


def _central(data: bytes, part: bytes) -> int:
    place = data.index(b"PK\1\2")
    while data[place + 46 : place + 46 + len(part)] != part:
        place = data.index(b"PK\1\2", place + 4)
    return place


def changed(data: bytes, part: bytes, at: int, layout: str, value: int) -> bytes:
    """Change one field of a part's directory record."""
    edited = bytearray(data)
    struct.pack_into(layout, edited, _central(data, part) + at, value)
    return bytes(edited)


def test_an_encrypted_member(good: bytes) -> None:
    assert refused(changed(good, b"xl/workbook.xml", 8, "<H", 1)).code == "workbook.encrypted_part"


def test_a_compression_that_is_not_allowed(parts, sheet_xml) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in parts(sheet_xml("")).items():
            archive.writestr(name, content)
    assert refused(out.getvalue()).code == "workbook.odd_compression"


def test_a_symbolic_link(good: bytes) -> None:
    assert refused(changed(good, b"xl/styles.xml", 38, "<L", 0o120777 << 16)).code == "workbook.symlink"


@pytest.mark.parametrize("name", ["../evil.xml", "xl/../../evil.xml", "C:/evil.xml", "xl\\..\\..\\evil.xml"])
def test_a_name_that_leads_outside(parts, pack, sheet_xml, name) -> None:
    assert refused(pack(parts(sheet_xml("")) | {name: "x"})).code == "workbook.unsafe_path"


def test_overlapping_members(good: bytes) -> None:
    first = struct.unpack_from("<L", good, _central(good, b"xl/styles.xml") + 42)[0]
    data = changed(good, b"xl/sharedStrings.xml", 42, "<L", first)
    assert refused(data).code in ("workbook.overlap", "workbook.damaged")


def test_members_in_each_others_bytes(parts, sheet_xml) -> None:
    """A stored member that holds a whole other member: the way of the overlapping zip bombs."""
    inner_name, inner = b"xl/inner.xml", zlib.compress(b"<a/>")[2:-4]
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, zlib.crc32(b"<a/>"), len(inner), 4, len(inner_name), 0)
    outer = local + inner_name + inner
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts(sheet_xml("")).items():
            archive.writestr(name, content)
        archive.writestr("xl/outer.xml", outer)
    data = bytearray(out.getvalue())
    place = bytes(data).index(outer)
    end = data.rindex(b"PK\5\6")
    start = struct.unpack_from("<L", data, end + 16)[0]
    record = (
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2",
            20,
            20,
            0,
            8,
            0,
            33,
            zlib.crc32(b"<a/>"),
            len(inner),
            4,
            len(inner_name),
            0,
            0,
            0,
            0,
            0,
            place,
        )
        + inner_name
    )
    count = struct.unpack_from("<H", data, end + 10)[0] + 1
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, end - start + len(record), start, 0)
    assert refused(bytes(data[:end]) + record + tail).code == "workbook.overlap"


def test_a_directory_that_tells_another_name_than_the_member(good: bytes) -> None:
    place = _central(good, b"xl/styles.xml") + 46
    data = good[:place] + b"xl/stylez.xml" + good[place + 13 :]
    assert refused(data).code == "workbook.damaged"


def test_declared_sizes(good: bytes) -> None:
    def both(size: int) -> bytes:
        data = changed(good, b"xl/styles.xml", 24, "<L", size)
        edited = bytearray(data)
        struct.pack_into("<L", edited, data.index(b"xl/styles.xml") - 30 + 22, size)
        return bytes(edited)

    assert refused(both(guards.MAX_PART + 1)).code == "workbook.part_too_large"
    assert refused(both(guards.RATIO_FROM + 1)).code == "workbook.bomb"


def test_parts_that_are_too_large_together(book, monkeypatch) -> None:
    monkeypatch.setattr(guards, "MAX_TOTAL", 1000)
    assert refused(book("")).code == "workbook.too_large"


def test_a_zip_bomb(parts, pack, sheet_xml) -> None:
    assert refused(pack(parts(sheet_xml(" " * (guards.RATIO_FROM + 1000))))).code == "workbook.bomb"


def test_a_bomb_that_lies_about_its_size(parts, pack, sheet_xml) -> None:
    """The directory says a small size, the stream goes on: inflating stops at the size that was promised."""
    data = pack(parts(sheet_xml(" " * 5_000_000)))
    part = b"xl/worksheets/sheet1.xml"
    edited = bytearray(changed(data, part, 24, "<L", 4000))
    struct.pack_into("<L", edited, data.index(part) - 30 + 22, 4000)
    assert refused(bytes(edited)).code == "workbook.bomb"


BOMB = '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("part", ["sheet", "strings", "styles", "workbook", "relations", "types", "root"])
@pytest.mark.parametrize("declaration", [BOMB, EXTERNAL, "<!DOCTYPE worksheet>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entity_bombs(parts, pack, sheet_xml, part, declaration, encoding) -> None:
    xml = sheet_xml('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')
    names = {
        "sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml", "styles": "xl/styles.xml",
        "workbook": "xl/workbook.xml", "relations": "xl/_rels/workbook.xml.rels", "types": "[Content_Types].xml", "root": "_rels/.rels",
    }  # fmt: skip
    files = parts(xml)
    plain = files[names[part]]
    assert isinstance(plain, str)
    bare = plain[plain.index("?>") + 2 :] if plain.startswith("<?xml") else plain
    files[names[part]] = (declaration + bare).encode(encoding)
    trouble = refused(pack(files))
    assert (trouble.code, trouble.facts["part"]) == ("workbook.doctype", names[part])


def test_a_declaration_far_into_a_sheet(parts, pack, sheet_xml) -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>text {n * 7919}</t></is></c></row>' for n in range(1, 9000)
    )
    assert refused(pack(parts(sheet_xml(rows + "<!DOCTYPE x>")))).code == "workbook.doctype"


def test_an_encoding_that_is_not_allowed(parts, pack, sheet_xml) -> None:
    xml = sheet_xml("").replace('encoding="UTF-8"', 'encoding="GBK"').encode("gbk")
    assert refused(pack(parts(xml))).code == "workbook.odd_encoding"
    assert (
        refused(
            pack(
                parts(
                    sheet_xml('<row r="1"><c r="A1" t="str"><v>x</v></c></row>')
                    .replace(">x<", ">\u00ff<")
                    .encode("latin-1")
                )
            )
        ).code
        == "workbook.damaged"
    )


def test_a_target_outside_of_the_package(parts, pack, sheet_xml) -> None:
    relations = parts("")["xl/_rels/workbook.xml.rels"].replace("worksheets/sheet1.xml", "../../../etc/passwd")
    assert refused(pack(parts(sheet_xml(""), relations=relations))).code == "workbook.unsafe_path"


def test_a_sheet_that_lies_outside_is_not_followed(parts, pack, sheet_xml) -> None:
    relations = parts("")["xl/_rels/workbook.xml.rels"].replace(
        'Target="worksheets/sheet1.xml"', 'TargetMode="External" Target="http://example.org/s.xml"'
    )
    assert refused(pack(parts(sheet_xml(""), relations=relations))).code == "workbook.damaged"


def test_more_text_than_the_cap(book, monkeypatch) -> None:
    monkeypatch.setattr("sheetward.xlsx.strings.MAX_TEXT", 5)
    assert refused(book('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')).code == "workbook.too_much_text"


def test_one_row_without_end(book, monkeypatch) -> None:
    monkeypatch.setattr("sheetward.xlsx.sheet_text.MAX_PIECE", 100_000)
    assert refused(book('<row r="1">' + " " * 2_000_000)).code == "workbook.too_much_text"


def test_a_missing_tab_lists_those_that_are_there(good: bytes) -> None:
    with pytest.raises(UserError) as caught:
        Workbook.open(good, "a.xlsx").sheet("订单")
    assert caught.value.code == "workbook.no_tab"
    assert caught.value.facts == {"file": "a.xlsx", "tab": "订单", "tabs": ["客户"]}


def test_every_code_of_this_library_has_its_texts() -> None:
    known = catalogue()
    used: set[str] = set()
    for module in (
        "package",
        "directory",
        "guards",
        "texts",
        "strings",
        "tree",
        "relations",
        "reader",
        "row_parse",
        "layout",
        "workbook",
        "sheet_text",
        "closed",
        "file_image",
        "file_trouble",
        "row_patterns",
    ):
        text = (files("sheetward.xlsx") / f"{module}.py").read_text("utf-8")
        used |= set(re.findall(r'"((?:workbook|file|folder|sheet)\.[a-z_]+)"', text))
    used -= {"sheet.binary"}  # a content type
    assert len(used) > 35
    for code in used:
        assert set(known[code]) == {"zh", "en", "hint_zh", "hint_en"}, code
    ours = tomllib.loads((files("sheetward.messages") / "catalogue" / "workbook.toml").read_text("utf-8"))
    assert set(ours) <= used | {"file.windows_name"}  # said where a file is to be made
