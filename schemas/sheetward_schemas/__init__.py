"""What a table is: read from a schema file, checked, and turned into SQL and workbook validation. Mistakes are data."""

from sheetward_schemas.data import schema_data
from sheetward_schemas.headers import header_key, match_header
from sheetward_schemas.load import bundled_names, load_schema
from sheetward_schemas.mistakes import Mistake
from sheetward_schemas.model import Category, Constraints, Field, ForeignKey, RuleSpec, TableSchema
from sheetward_schemas.parse import parse_schema

__all__ = [
    "Category",
    "Constraints",
    "Field",
    "ForeignKey",
    "Mistake",
    "RuleSpec",
    "TableSchema",
    "bundled_names",
    "header_key",
    "load_schema",
    "match_header",
    "parse_schema",
    "schema_data",
]
