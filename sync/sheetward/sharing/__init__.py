"""Who may see and change what: rules, what a reader gets by them, and how edits come back."""

from sheetward.sharing.access import MASK_TEXT, Access, is_mask
from sheetward.sharing.condition import Condition
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

__all__ = [
    "ALLOWED",
    "EVERYTHING",
    "MASK_TEXT",
    "NOTHING",
    "Access",
    "Allowed",
    "Condition",
    "EditsPut",
    "Mistake",
    "Rejected",
    "RowPut",
    "Rule",
    "Verdict",
    "authorise_delete",
    "authorise_edit",
    "authorise_move",
    "is_mask",
    "parse_rule",
    "put_edits",
    "put_new_row",
    "rule_for",
]
