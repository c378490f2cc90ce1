"""The language of `x:rules`: parsed by a real parser, compiled to Python, SQL and spreadsheet formulas; never `eval`.

================================  =====================================================================
written                           means
================================  =====================================================================
`phone`, `` `Order date` ``       the row's value of a field; alone: is it filled in? (a boolean: is it true?)
`'text'`, `"text"`                text; a quote inside is doubled, a backslash is a backslash
`12.5`, `true`, `false`           numbers and truth
`2024-03-05`, `2024-03-05T08:30`  a date, a moment
`today`                           the day on which the row is judged
`== != < <= > >=`                 comparisons of one type; text knows only `==` and `!=`
`in [..]`, `not in [..]`          one of several literals
`+ - * /`                         numbers; a date and days; two dates (days between them)
`and`, `or`, `not`, `( )`         as in SQL, unknown included: see `evaluate`
`matches(field, 'pattern')`       the whole text matches a regular expression
`len lower abs year`              of a text, a text, a number, a date
================================  =====================================================================
"""

from sheetward_schemas.expressions.evaluate import Judge, to_judge
from sheetward_schemas.expressions.parse import ExpressionMistake, parse_expression
from sheetward_schemas.expressions.tree import Condition, reads, uses_today

__all__ = ["Condition", "ExpressionMistake", "Judge", "parse_expression", "reads", "to_judge", "uses_today"]
