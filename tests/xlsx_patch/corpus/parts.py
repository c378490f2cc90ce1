"""A workbook as its parts: to be taken apart, given more of them, and put together again."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Self

from .by_writer import Decorate, decorated, written

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
PLACED = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
MS = "http://schemas.microsoft.com/office"
X14 = f"{MS}/spreadsheetml/2009/9/main"
X15 = f"{MS}/spreadsheetml/2010/11/main"
XM = f"{MS}/excel/2006/main"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET = "xl/worksheets/sheet1.xml"
BOOK = "xl/workbook.xml"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_ORDER = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]
"""The children of a worksheet in the order of the standard (ECMA-376 part 1, 18.3.1.99)."""
_BOOK_ORDER = [
    "fileVersion",
    "fileSharing",
    "workbookPr",
    "workbookProtection",
    "bookViews",
    "sheets",
    "functionGroups",
    "externalReferences",
    "definedNames",
    "calcPr",
    "oleSize",
    "customWorkbookViews",
    "pivotCaches",
    "webPublishing",
    "fileRecoveryPr",
    "webPublishObjects",
    "extLst",
]


class Parts:
    """The parts of a workbook by name, in the order of the file."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.contents = {item.filename: archive.read(item) for item in archive.infolist()}

    def add(self, name: str, content: str | bytes, kind: str = "") -> Self:
        """Add a part, with its content type where it has one of its own."""
        self.contents[name] = content.encode() if isinstance(content, str) else content
        if kind:
            entry = f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'
            self.change("[Content_Types].xml", lambda xml: xml.replace("</Types>", entry))
        return self

    def default(self, extension: str, kind: str) -> Self:
        """Give all parts with an ending a content type."""
        entry = f'<Default Extension="{extension}" ContentType="{kind}"/>'
        return self.change(
            "[Content_Types].xml",
            lambda xml: xml if f'Extension="{extension}"' in xml else xml.replace("<Override", f"{entry}<Override", 1),
        )

    def relate(self, source: str, kind: str, target: str, key: str, *, is_external: bool = False) -> Self:
        """Add a relationship of a part (of the package for an empty name) under a key."""
        folder, _, name = source.rpartition("/")
        part = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        if part not in self.contents:
            self.add(part, f'{DECLARATION}<Relationships xmlns="{PACKAGE}"></Relationships>')
        full = kind if kind.startswith("http") else f"{OFFICE}/{kind}"
        mode = ' TargetMode="External"' if is_external else ""
        entry = f'<Relationship Id="{key}" Type="{full}" Target="{target}"{mode}/></Relationships>'
        return self.change(part, lambda xml: xml.replace("</Relationships>", entry))

    def change(self, name: str, change: Callable[[str], str]) -> Self:
        """Change the text of a part; it has to differ afterwards, save for a content type that is there already."""
        old = self.contents[name].decode()
        new = change(old)
        assert new != old or name == "[Content_Types].xml", name
        self.contents[name] = new.encode()
        return self

    def place(self, markup: str, *, part: str = SHEET, name: str = "") -> Self:
        """Put a child into a worksheet, or into the workbook, where the standard wants it; `name` where it is wrapped."""
        order = _BOOK_ORDER if part == BOOK else _ORDER
        kind = name or markup[1:].split(">")[0].split(" ")[0].rstrip("/")
        return self.change(part, lambda xml: placed(xml, kind, markup, order))

    def bytes(self, method: int = zipfile.ZIP_DEFLATED) -> bytes:
        """Give the workbook."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for name, content in self.contents.items():
                archive.writestr(name, content)
        return out.getvalue()


def placed(xml: str, name: str, markup: str, order: list[str]) -> str:
    """Give a root element's text with one more child, before the first one that has to follow it."""
    later = order[order.index(name) + 1 :]
    start = xml.index("</sheetData>") if "</sheetData>" in xml and name != "sheetPr" else 0
    places = [at for one in later for at in [_start_of(xml, one, start)] if at >= 0]
    at = min(places, default=xml.rindex("</"))
    return xml[:at] + markup + xml[at:]


def _start_of(xml: str, name: str, start: int) -> int:
    found = re.compile(rf"<{name}[\s/>]").search(xml, start)
    return found.start() if found else -1


def check_tab(workbook: object, sheet: object) -> None:
    """Add a tab whose formulas reckon with the table: what LibreOffice recalculates shows what became of it."""
    other = workbook.add_worksheet("核对")  # type: ignore[attr-defined]
    other.write_formula("A1", "=SUM(客户!E2:E40)", None, 201.75)
    other.write_formula("B1", "=COUNTA(客户!A2:A40)", None, 5)
    other.write_formula("C1", "=客户!B4", None, "Tom & <Jerry>")
    other.write_formula("D1", '=COUNTIF(客户!D2:D40,"*@example.com")', None, 4)


def checked(decorate: Decorate | None = None, **options: object) -> Callable[[], bytes]:
    """Give the builder of a workbook of XlsxWriter with the checking tab behind its own."""

    def both(workbook: object, sheet: object) -> None:
        if decorate is not None:
            decorate(workbook, sheet)
        check_tab(workbook, sheet)

    return decorated(both, **options)


def base(decorate: Decorate | None = None) -> Parts:
    """Give the parts of a workbook of XlsxWriter with the checking tab."""
    return Parts(checked(decorate)())


def plain() -> Parts:
    """Give the parts of the smallest workbook."""
    return Parts(written())
