"""The same workbook in unusual zip files and unusual XML."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

from .by_hand import by_hand, sheet_xml
from .case import Case
from .parts import SHEET, Parts, base

_MACRO_TEMPLATE = "application/vnd.ms-excel.template.macroEnabled.main+xml"
_TEMPLATE = "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml"
_ADD_IN = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"


def _of_kind(kind: str) -> Callable[[], bytes]:
    def build() -> bytes:
        return (
            base()
            .change(
                "[Content_Types].xml",
                lambda xml: re.sub(r'(/xl/workbook.xml" ContentType=")[^"]*', rf"\g<1>{kind}", xml),
            )
            .bytes()
        )

    return build


def in_order(names: Callable[[list[str]], list[str]]) -> bytes:
    """Give a workbook whose members stand in another order."""
    parts = base()
    parts.contents = {name: parts.contents[name] for name in names(list(parts.contents))}
    return parts.bytes()


def zip64() -> bytes:
    """Give a workbook whose members bear the extra fields of large archives."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in base().contents.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)
    return out.getvalue()


def commented() -> bytes:
    """Give a zip with a comment, extra fields, odd times and permissions on its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = "由导出程序生成".encode()
        for name, content in base().contents.items():
            info = zipfile.ZipInfo(name, (1999, 12, 31, 23, 59, 58))
            info.extra = b"\xfe\xca\x04\x00abcd"
            info.external_attr = 0o100600 << 16
            info.comment = b"x"
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def with_folders() -> bytes:
    """Give a zip with entries for folders, as people make who pack a workbook by hand."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in ("_rels/", "xl/", "xl/worksheets/"):
            archive.writestr(folder, b"")
        for name, content in base().contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def absolute_targets() -> Parts:
    """Give relationships with absolute targets, as some servers write them."""
    return base().change("xl/_rels/workbook.xml.rels", lambda xml: re.sub(r'Target="(?!/)', 'Target="/xl/', xml))


def moved_parts() -> Parts:
    """Give a sheet part at an unusual place under an unusual name."""
    parts = base()
    parts.contents = {("data/客户.xml" if name == SHEET else name): one for name, one in parts.contents.items()}
    parts.change("xl/_rels/workbook.xml.rels", lambda xml: xml.replace("worksheets/sheet1.xml", "../data/客户.xml"))
    return parts.change("[Content_Types].xml", lambda xml: xml.replace("/xl/worksheets/sheet1.xml", "/data/客户.xml"))


def marked_utf8() -> Parts:
    """Give parts that begin with the mark of UTF-8."""
    parts = base()
    for name in (SHEET, "xl/styles.xml", "xl/sharedStrings.xml"):
        parts.contents[name] = b"\xef\xbb\xbf" + parts.contents[name]
    return parts


def indented() -> Parts:
    """Give a sheet part that a program laid out with line ends and spaces."""
    return base().change(SHEET, lambda xml: re.sub(r"(<(?:row|c|/row|sheetData|/sheetData)\b)", r"\n  \1", xml))


def no_dimension() -> Parts:
    """Give a sheet without a dimension, without spans, and with one that lies on another tab."""
    parts = base().change(SHEET, lambda xml: re.sub(r"<dimension [^>]*/>| spans=\"[^\"]*\"", "", xml))
    return parts.change(
        "xl/worksheets/sheet2.xml", lambda xml: re.sub(r"<dimension [^>]*/>", '<dimension ref="A1:XFD1048576"/>', xml)
    )


def no_strings() -> bytes:
    """Give a workbook without shared strings, document properties or theme."""
    return by_hand(sheet_xml())


def entities() -> Parts:
    """Give character references of every kind in names, texts and attributes."""
    return base().change("xl/sharedStrings.xml", lambda xml: xml.replace("李雷", "&#26446;&#x96f7;", 1))


def commented_elsewhere() -> Parts:
    """Give comments and CDATA in parts that are not written: styles, strings and the other tab."""
    parts = base()
    parts.change("xl/sharedStrings.xml", lambda xml: xml.replace("<si>", "<!-- 字符串 --><si>", 1))
    return parts.change(
        "xl/worksheets/sheet2.xml", lambda xml: xml.replace("<sheetData>", "<!-- 核对 --><sheetData>", 1)
    )


def utf16_elsewhere() -> Parts:
    """Give shared strings in UTF-16."""
    parts = base()
    text = parts.contents["xl/sharedStrings.xml"].decode().replace("UTF-8", "UTF-16")
    parts.contents["xl/sharedStrings.xml"] = text.encode("utf-16")
    return parts


CASES = (
    Case("xlsm_bare", "a macro workbook without macros", _of_kind(_ADD_IN), suffix=".xlsm"),
    Case("xltx", "a template", _of_kind(_TEMPLATE), suffix=".xltx"),
    Case("xltm", "a macro template", _of_kind(_MACRO_TEMPLATE), suffix=".xltm"),
    Case("sheets_first", "members in an odd order", lambda: in_order(sorted)),
    Case("types_last", "the content types at the end", lambda: in_order(lambda names: names[::-1])),
    Case("zip64", "members with the fields of large archives", zip64),
    Case("zip_comment", "a comment, extra fields, times and permissions in the zip", commented),
    Case("zip_folders", "entries for folders", with_folders),
    Case("all_stored", "nothing is compressed", lambda: base().bytes(zipfile.ZIP_STORED)),
    Case("absolute_targets", "relationships with absolute targets", lambda: absolute_targets().bytes()),
    Case("moved_parts", "the sheet's part at an unusual place", lambda: moved_parts().bytes()),
    Case("marked_utf8", "parts that begin with a byte order mark", lambda: marked_utf8().bytes()),
    Case("indented", "rows and cells laid out with line ends", lambda: indented().bytes()),
    Case("no_dimension", "no dimension, or a wrong one", lambda: no_dimension().bytes()),
    Case("no_strings", "no shared strings, no properties, no theme", no_strings),
    Case("entities", "character references in texts", lambda: entities().bytes()),
    Case("comments_elsewhere", "comments in parts that are not written", lambda: commented_elsewhere().bytes()),
    Case("utf16_strings", "shared strings in UTF-16", lambda: utf16_elsewhere().bytes()),
)
