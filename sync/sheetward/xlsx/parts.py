"""The workbook part as the patcher needs it: its bytes, its tabs in their order, the parts it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sheetward.errors import UserError
from sheetward.xlsx.markup import attribute, elements, local_attribute, refuse_unsupported
from sheetward.xlsx.package import Package
from sheetward.xlsx.relations import Relation, first_of, relations


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its place among the tabs (0-based, as `localSheetId` counts), its name, its part."""

    index: int
    name: str
    relation: str
    kind: str
    part: str
    state: str


class Book:
    """The workbook part of a package, and the parts it names."""

    def __init__(self, package: Package) -> None:
        self.package = package
        office = first_of(relations(package, ""), "officeDocument")
        self.part = "xl/workbook.xml" if office is None else office.target
        self.xml = package.read_xml(self.part)
        refuse_unsupported(self.xml, self.part)
        self.relations = relations(package, self.part)
        by_id: Mapping[str, Relation] = {relation.id: relation for relation in self.relations}
        self.tabs = tuple(self._tabs(by_id))

    def _tabs(self, by_id: Mapping[str, Relation]) -> list[Tab]:
        tabs: list[Tab] = []
        for index, element in enumerate(elements(self.xml, "sheet")):
            tag = element.tag(self.xml)
            relation = by_id.get(local_attribute(tag, "id") or "")
            if relation is None:
                raise UserError("workbook.damaged", file=self.package.file, part=self.part)
            name, state = attribute(tag, "name") or "", attribute(tag, "state") or "visible"
            tabs.append(Tab(index, name, relation.id, relation.kind, relation.target, state))
        return tabs

    def target(self, kind: str) -> str | None:
        """Give the part that the workbook names by this kind of relationship, such as `styles`."""
        found = first_of(self.relations, kind)
        return None if found is None or found.target not in self.package else found.target

    def find(self, name: str) -> Tab | None:
        """Give the tab of this name, `None` where there is none."""
        return next((tab for tab in self.tabs if tab.name == name), None)

    def tab(self, name: str) -> Tab:
        """Give the worksheet of this name: `UserError('patch.no_tab')`, `UserError('patch.not_a_worksheet')`."""
        found = self.find(name)
        if found is None:
            raise UserError("patch.no_tab", file=self.package.file, tab=name, tabs=[tab.name for tab in self.tabs])
        if found.kind != "worksheet":
            raise UserError("patch.not_a_worksheet", file=self.package.file, tab=name)
        return found

    @property
    def is_strict(self) -> bool:
        """Say whether the workbook is written in the strict namespace of ISO 29500."""
        return b"purl.oclc.org/ooxml/spreadsheetml" in self.xml[:4096]
