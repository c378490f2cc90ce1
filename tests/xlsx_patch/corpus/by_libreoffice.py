"""Workbooks that LibreOffice loaded and saved as its own."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from .by_writer import autofilter, conditional, formulas, notes, styled, table_object, written
from .case import Case


@cache
def _converted() -> Mapping[str, bytes]:
    """Have LibreOffice load workbooks and save them as its own; one start for all of them."""
    sources = {
        "table": written(table_object),
        "autofilter": written(autofilter),
        "conditional": written(conditional),
        "styled": written(styled),
        "formulas": written(formulas),
        "notes": written(notes),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source, data in sources.items():
            (folder / f"{source}.xlsx").write_bytes(data)
        files = [str(folder / f"{source}.xlsx") for source in sources]
        command = ["soffice", f"-env:UserInstallation=file://{name}/profile", "--headless"]
        command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", f"{name}/out", *files]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return {source: (folder / "out" / f"{source}.xlsx").read_bytes() for source in sources}


def _by_libreoffice(source: str) -> Callable[[], bytes]:
    return lambda: _converted()[source]


CASES = (
    Case("libreoffice_table", "LibreOffice's table with its filter", _by_libreoffice("table")),
    Case("libreoffice_autofilter", "LibreOffice's filter and hidden rows", _by_libreoffice("autofilter")),
    Case("libreoffice_conditional", "LibreOffice's data bars and icon sets", _by_libreoffice("conditional")),
    Case(
        "libreoffice_styled",
        "LibreOffice's styles and empty formatted cells",
        _by_libreoffice("styled"),
        amount="string",
    ),
    Case("libreoffice_formulas", "LibreOffice's formulas with their results", _by_libreoffice("formulas")),
    Case("libreoffice_notes", "LibreOffice's notes and drawings", _by_libreoffice("notes")),
)
