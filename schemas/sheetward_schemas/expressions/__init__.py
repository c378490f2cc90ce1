"""The language of `x:rules`: parsed by a real parser, compiled to Python, SQL and spreadsheet formulas; never `eval`."""

from sheetward_schemas.expressions.evaluate import Judge, to_judge
from sheetward_schemas.expressions.parse import ExpressionMistake, parse_expression
from sheetward_schemas.expressions.tree import Condition, reads, uses_today

__all__ = ["Condition", "ExpressionMistake", "Judge", "parse_expression", "reads", "to_judge", "uses_today"]
