"""The HTML reports: of a check, of a difference, of a whole run. One file each, which prints on A4."""

from sheetward_templates.difference_page import (
    CellDifference,
    Difference,
    RowDifference,
    WholeRow,
    difference_page,
    rows_of,
)
from sheetward_templates.quality import Beside, Checked, FindingLine, GroupLine, TrendDot
from sheetward_templates.story_page import Figures, Grid, Note, Section, Story, Text, story_page
from sheetward_templates.validation_page import validation_page

__all__ = [
    "Beside",
    "CellDifference",
    "Checked",
    "Difference",
    "Figures",
    "FindingLine",
    "Grid",
    "GroupLine",
    "Note",
    "RowDifference",
    "Section",
    "Story",
    "Text",
    "TrendDot",
    "WholeRow",
    "difference_page",
    "rows_of",
    "story_page",
    "validation_page",
]
