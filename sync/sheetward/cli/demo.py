"""`demo`: the whole story, told section by section."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.exits import Exit
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say

if TYPE_CHECKING:
    from sheetward_templates.report import Section


def demo(folder: Annotated[Path | None, typer.Argument(metavar="DIR")] = None) -> int:
    """Run `sheetward demo`."""
    from sheetward.demo import run

    made = run(folder or Path("sheetward-demo"), current().lang, _tell)
    if current().wants_json:
        record = {"folder": made.folder, "report": made.report, "workbooks": made.workbooks, "commands": made.commands}
        write_json({**record, "sections": made.sections})
        return Exit.DONE
    write_line()
    write_line(say("demo.left", folder=str(made.folder)))
    write_line(f"  {made.report}")
    for workbook in made.workbooks:
        write_line(f"  {workbook}")
    write_line(say("demo.try", folder=str(made.folder)))
    for command in made.commands:
        write_line(f"  {command}")
    return Exit.DONE


def _tell(section: Section) -> None:
    from sheetward_templates.report import Figures, Grid

    write_line()
    write_line(f"── {section.heading}")
    for block in section.blocks:
        if isinstance(block, Grid):
            write_grid(block.columns, block.rows)
        elif isinstance(block, Figures):
            write_line("  ".join(f"{label}: {value}" for label, value in block.figures))
        else:
            write_line(block.text)
