"""Where a bound sheet is and how its header read when it was bound; kept in the store with the binding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sheetward.cells import Json
from sheetward.sheets.header_row import ID_HEADER


@dataclass(frozen=True, slots=True)
class Place:
    """A file, its tab, and the remembered header. `headers` and `columns` (numbers) are by field.

    `awaited` are fields that came after the sheet was bound: a column with their header is theirs when it is there.
    `path` is as the workspace wrote it; who opens the file resolves it. `tab` is empty for a CSV.
    """

    path: str
    tab: str
    header_row: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    columns: Mapping[str, int] = field(default_factory=dict[str, int])
    id_header: str = ID_HEADER
    awaited: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Encode for the store."""
        record: dict[str, Json] = {
            "path": self.path,
            "tab": self.tab,
            "header_row": self.header_row,
            "headers": dict(self.headers),
            "columns": dict(self.columns),
            "id_header": self.id_header,
        }
        return {**record, "awaited": list(self.awaited)} if self.awaited else record

    @staticmethod
    def from_json(data: Mapping[str, Json]) -> Place:
        """Decode what `to_json` wrote."""
        return Place(
            cast("str", data["path"]),
            cast("str", data["tab"]),
            cast("int", data["header_row"]),
            cast("dict[str, str]", data["headers"]),
            cast("dict[str, int]", data["columns"]),
            cast("str", data["id_header"]),
            tuple(cast("list[str]", data.get("awaited", []))),
        )
