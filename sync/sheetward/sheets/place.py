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
    `made` is field to the header of a column that a sync appended: it is known by that alone until it was seen. `closed` are
    fields whose column a sync took away: a column is theirs only where the header that they had stands there again.
    `path` is as the workspace wrote it; who opens the file resolves it. `tab` is empty for a CSV.
    """

    path: str
    tab: str
    header_row: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    columns: Mapping[str, int] = field(default_factory=dict[str, int])
    id_header: str = ID_HEADER
    awaited: tuple[str, ...] = ()
    made: Mapping[str, str] = field(default_factory=dict[str, str])
    closed: tuple[str, ...] = ()

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
        turned: dict[str, Json] = {
            "awaited": list(self.awaited),
            "made": dict(self.made),
            "closed": list(self.closed),
        }
        return {**record, **{key: entry for key, entry in turned.items() if entry}}

    @property
    def known(self) -> Mapping[str, str]:
        """Give the header that each field's column has, or is about to have."""
        return {**self.made, **self.headers}

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
            cast("dict[str, str]", data.get("made", {})),
            tuple(cast("list[str]", data.get("closed", []))),
        )
