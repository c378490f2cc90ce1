"""The HTML reports: of a check, of a difference, of a whole run. One file each, which prints on A4."""

from sheetward_templates.difference_page import (
    CellDifference,
    Difference,
    RowDifference,
    WholeRow,
    difference_page,
    rows_of,
)
from sheetward_templates.story_page import Figures, Grid, Note, Section, Story, Text, story_page
from sheetward_templates.validation_page import Checked, FindingLine, validation_page

__all__ = [
    "CellDifference",
    "Checked",
    "Difference",
    "Figures",
    "FindingLine",
    "Grid",
    "Note",
    "RowDifference",
    "Section",
    "Story",
    "Text",
    "WholeRow",
    "difference_page",
    "rows_of",
    "story_page",
    "validation_page",
]
