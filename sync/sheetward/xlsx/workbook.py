"""A workbook opened for reading: its tabs, their rows, and what else must be known before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from sheetward.cells import RawCell, State
from sheetward.errors import UserError
from sheetward.xlsx.areas import Area
from sheetward.xlsx.cell_value import Meanings
from sheetward.xlsx.layout import Layout, TableInfo, layout_of, read_layout, read_tables
from sheetward.xlsx.package import Package
from sheetward.xlsx.reader import FormulaArea, RowCells, RowReader, Stretch
from sheetward.xlsx.relations import first_of, relations
from sheetward.xlsx.row_parse import parsed_rows
from sheetward.xlsx.sheet_text import Piece, sheet_text
from sheetward.xlsx.strings import read_strings
from sheetward.xlsx.styles import Styles, read_styles
from sheetward.xlsx.texts import Irregular, text_windows
from sheetward.xlsx.tree import child, children, descend, number, read_tree, related, truth

_SPREADSHEET: Final = ("spreadsheetml", "ms-excel")


class Visibility(StrEnum):
    """Whether people see a tab; a very hidden one cannot be shown from Excel's menus."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    VERY_HIDDEN = "veryHidden"


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A tab with cells. `index` counts all tabs from 0, chart sheets too."""

    name: str
    part: str
    index: int
    sheet_id: int
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class DefinedName:
    """A defined name; `sheet_index` is the tab it belongs to, `None` for the workbook's own."""

    name: str
    refers_to: str
    sheet_index: int | None
    is_hidden: bool


class Workbook:
    """An opened workbook. Parts are read when they are first asked for; shared strings once."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.file = package.file
        self._roots = relations(package, "")
        self.part = self._workbook_part()
        self._relations = {relation.id: relation for relation in relations(package, self.part)}
        self._tree = read_tree(package, self.part)
        self.sheets: tuple[SheetInfo, ...] = tuple(self._sheets())
        self._layouts: dict[str, Layout] = {}
        self._formula_areas: dict[str, tuple[FormulaArea, ...]] = {}

    @classmethod
    def open(cls, data: bytes, name: str) -> Workbook:
        """Open a workbook's bytes; `name` is what error messages call the file.

        `UserError('workbook.*')` for what is no workbook, is encrypted, damaged or hostile.
        """
        return cls(Package(data, name))

    def _workbook_part(self) -> str:
        main = first_of(self._roots, "officeDocument")
        part = main.target if main else "xl/workbook.xml"
        if "mimetype" in self.package and part not in self.package:
            raise UserError("workbook.open_document", file=self.file)
        if part not in self.package or "[Content_Types].xml" not in self.package:
            raise UserError("workbook.no_workbook_inside", file=self.file)
        kind = self._content_type(part)
        if "sheet.binary" in kind or part.casefold().endswith(".bin"):
            raise UserError("workbook.xlsb", file=self.file)
        if kind and not any(word in kind for word in _SPREADSHEET):
            raise UserError("workbook.no_workbook_inside", file=self.file)
        return self.package.member(part).name

    def _content_type(self, part: str) -> str:
        for one in children(read_tree(self.package, "[Content_Types].xml"), "Override"):
            if one.get("PartName", "").removeprefix("/").casefold() == part.casefold():
                return one.get("ContentType", "")
        return ""

    def _sheets(self) -> Iterator[SheetInfo]:
        for index, element in enumerate(descend(self._tree, "sheets", "sheet")):
            relation = self._relations.get(related(element) or "")
            if relation is None or relation.is_external or relation.target not in self.package:
                raise UserError("workbook.damaged", file=self.file, part=self.part)
            if relation.kind != "worksheet":
                continue
            state = element.get("state", "visible")
            visibility = Visibility(state) if state in set(Visibility) else Visibility.VISIBLE
            part = self.package.member(relation.target).name
            yield SheetInfo(element.get("name", ""), part, index, number(element, "sheetId"), visibility)

    def sheet(self, name: str) -> SheetInfo:
        """Give a tab by its name, without regard to case as in Excel.

        `UserError('workbook.no_tab')` lists the tabs that people see.
        """
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        for sheet in self.sheets:
            if sheet.name.casefold() == name.casefold():
                return sheet
        tabs = [sheet.name for sheet in self.sheets if sheet.visibility is not Visibility.VERY_HIDDEN]
        raise UserError("workbook.no_tab", file=self.file, tab=name, tabs=tabs)

    def _own(self, kind: str) -> str | None:
        relation = first_of(tuple(self._relations.values()), kind)
        return relation.target if relation else None

    @cached_property
    def strings(self) -> Sequence[str]:
        """The shared strings, decoded, rich runs joined."""
        return read_strings(self.package, self._own("sharedStrings"))

    @cached_property
    def styles(self) -> Styles:
        """The number formats by style id."""
        return read_styles(self.package, self._own("styles"))

    @cached_property
    def date_1904(self) -> bool:
        """Whether serial numbers count from 1904."""
        properties = child(self._tree, "workbookPr")
        return properties is not None and truth(properties, "date1904")

    def rows(self, sheet: SheetInfo) -> Iterator[RowCells]:
        """Give the rows of a tab that hold something, as a stream (see `sheetward.xlsx.reader` for their shape).

        `UserError`: `workbook.damaged`, `workbook.outside_grid`, `workbook.disordered`, `workbook.too_many_cells`.
        """
        for piece in self.stretches(sheet):
            if isinstance(piece, Stretch):
                yield from piece.rows()
            else:
                yield piece

    def stretches(self, sheet: SheetInfo) -> Iterator[RowCells | Stretch]:
        """Give the same rows, those of like shape many at a time and by column."""
        meanings = Meanings(self.strings, self.styles, self.date_1904)
        reader = RowReader(meanings, self.file, sheet.name)
        ends: dict[Piece, str] = {}
        last = 0
        try:
            for piece in reader.scan(sheet_text(self.package, sheet.part), ends):
                last = piece.numbers[-1] if isinstance(piece, Stretch) else piece[0]
                yield piece
            self._layouts[sheet.part] = layout_of(ends, self.file, sheet.part)
        except Irregular:
            reader = RowReader(meanings, self.file, sheet.name, hides_rows=self.layout(sheet).hides_rows)
            for row in parsed_rows(text_windows(self.package, sheet.part), reader):
                if row[0] > last:
                    yield row
        self._formula_areas[sheet.part] = tuple(reader.formula_areas)

    def raw(self, state: State, text: str, style_id: int, formula: str | None) -> RawCell:
        """Give a cell of a row as a `RawCell`, with its number format."""
        codes = self.styles.codes
        code = codes[style_id] if style_id < len(codes) else ""
        return RawCell(state, text, code, formula, self.date_1904)

    def layout(self, sheet: SheetInfo) -> Layout:
        """Give what a tab says around its rows; free after its rows were read to the end, a pass over the part before."""
        known = self._layouts.get(sheet.part)
        if known is None:
            known = self._layouts[sheet.part] = read_layout(self.package, sheet.part)
        return known

    def merged(self, sheet: SheetInfo) -> tuple[Area, ...]:
        """Give the merged areas of a tab."""
        return self.layout(sheet).merged

    def tables(self, sheet: SheetInfo) -> tuple[TableInfo, ...]:
        """Give the table objects of a tab."""
        return read_tables(self.package, sheet.part)

    def formula_areas(self, sheet: SheetInfo) -> tuple[FormulaArea, ...]:
        """Give the formulas of a tab that cover an area; reads its rows unless they were read to the end before."""
        if sheet.part not in self._formula_areas:
            for _ in self.rows(sheet):
                pass
        return self._formula_areas[sheet.part]

    @cached_property
    def defined_names(self) -> tuple[DefinedName, ...]:
        """The defined names, in the file's order."""
        return tuple(
            DefinedName(
                one.get("name", ""),
                one.text or "",
                number(one, "localSheetId") if "localSheetId" in one.attrib else None,
                truth(one, "hidden"),
            )
            for one in descend(self._tree, "definedNames", "definedName")
        )

    @cached_property
    def is_signed(self) -> bool:
        """Whether the workbook bears a digital signature, which any change would break."""
        signed = any("digital-signature" in relation.type for relation in self._roots)
        return signed or any(name.casefold().startswith("_xmlsignatures/") for name in self.package.names)

    @cached_property
    def is_structure_locked(self) -> bool:
        """Whether the workbook's protection forbids new tabs."""
        protection = child(self._tree, "workbookProtection")
        return protection is not None and truth(protection, "lockStructure")

    @property
    def has_styles(self) -> bool:
        """Whether the workbook has a part for formats."""
        part = self._own("styles")
        return part is not None and part in self.package

    @cached_property
    def has_dynamic_arrays(self) -> bool:
        """Whether the workbook holds formulas that spill."""
        relation = first_of(tuple(self._relations.values()), "sheetMetadata")
        return (
            relation is not None and relation.target in self.package and b"XLDAPR" in self.package.read(relation.target)
        )

    @cached_property
    def has_macros(self) -> bool:
        """Whether the workbook carries a VBA project."""
        return self._own("vbaProject") is not None

    @cached_property
    def last_modified_by(self) -> str | None:
        """Who saved the workbook last, as it says itself; `None` where it does not."""
        properties = first_of(self._roots, "core-properties")
        if properties is None or properties.target not in self.package:
            return None
        name = child(read_tree(self.package, properties.target), "lastModifiedBy")
        return (name.text or "").strip() or None if name is not None else None
