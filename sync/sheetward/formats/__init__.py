"""Formats: what a typed cell means, and when that cannot be said."""

from sheetward.formats.column import ColumnReader, column_reader, normalize
from sheetward.formats.country import is_region
from sheetward.formats.kinds import KINDS, comparison_form
from sheetward.formats.reading import Reading

__all__ = ["KINDS", "ColumnReader", "Reading", "column_reader", "comparison_form", "is_region", "normalize"]
