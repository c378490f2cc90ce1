"""Who may see and change what: rules, what a reader gets by them, and how edits come back."""

from sheetward.sharing.access import MASK_TEXT, Access, is_mask
from sheetward.sharing.compare import RuleDifference, rule_difference
from sheetward.sharing.condition import Condition
from sheetward.sharing.explain import AccessExplained, ColumnAccess, condition_text, explain_access
from sheetward.sharing.mistake import Mistake
from sheetward.sharing.parse_rule import parse_rule
from sheetward.sharing.put import (
    ALLOWED,
    Allowed,
    EditsPut,
    Rejected,
    RowPut,
    Verdict,
    authorise_delete,
    authorise_edit,
    authorise_move,
    put_edits,
    put_new_row,
)
from sheetward.sharing.roles import rule_for
from sheetward.sharing.rule import EVERYTHING, NOTHING, Rule
from sheetward.sharing.sql import Sql, compiled

__all__ = [
    "ALLOWED",
    "EVERYTHING",
    "MASK_TEXT",
    "NOTHING",
    "Access",
    "AccessExplained",
    "Allowed",
    "ColumnAccess",
    "Condition",
    "EditsPut",
    "Mistake",
    "Rejected",
    "RowPut",
    "Rule",
    "RuleDifference",
    "Sql",
    "Verdict",
    "authorise_delete",
    "authorise_edit",
    "authorise_move",
    "compiled",
    "condition_text",
    "explain_access",
    "is_mask",
    "parse_rule",
    "put_edits",
    "put_new_row",
    "rule_difference",
    "rule_for",
]
