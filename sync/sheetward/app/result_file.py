"""Files that a command writes beside a person's own: an earlier result is replaced, anything else is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sheetward_templates.quality_workbook import RESULT_CATEGORY

from sheetward.errors import SheetwardError, UserError
from sheetward.sheets.header_row import ID_HEADER
from sheetward.xlsx.package import Package

_WORKBOOK: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
_PAGE: Final = (b"<!doctype html", b"<html")
_ENDINGS: Final = {".xlsx": "workbook", ".xlsm": "workbook", ".html": "page"}
_HEAD: Final = 100_000


def check_result(path: Path, ending: str, *inputs: Path) -> None:
    """Refuse to replace what is no earlier result of ours: an input, a workbook, a file of another kind, a bound CSV.

    `ending`: what will be written, `.html`, `.xlsx`, or any other for text. `inputs`: the files that the command reads.
    `UserError`: `result.is_input`, `template.exists`.
    """
    if not path.is_file():
        return
    if any(one.exists() and one.samefile(path) for one in inputs):
        raise UserError("result.is_input", path=str(path))
    with path.open("rb") as file:
        head = file.read(_HEAD)
    kind = _kind(head)
    is_bound = any(ID_HEADER.encode(code) in head for code in ("ascii", "utf-16-le", "utf-16-be"))
    is_strange = kind == "workbook" and not _is_our_workbook(path)
    if head and (kind != _ENDINGS.get(ending.lower(), "text") or is_bound or is_strange):
        raise UserError("template.exists", path=str(path))


def _kind(head: bytes) -> str:
    if head.startswith(_WORKBOOK):
        return "workbook"
    return "page" if head[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_PAGE) else "text"


def _is_our_workbook(path: Path) -> bool:
    """Say whether a workbook is an earlier result that nobody has bound since."""
    properties = "docProps/core.xml"
    try:
        package = Package(path.read_bytes(), path.name)
        is_ours = properties in package and f">{RESULT_CATEGORY}<".encode() in package.read(properties)
        return is_ours and b"_sheetward" not in package.read("xl/workbook.xml")
    except SheetwardError:
        return False
