"""What a sheet was shown under an older version of the schema, in the terms of the one in force.

Names need nothing: the store gives every past under today's names. Cells of a field whose type changed are read anew, and
a column that was not restricted then was shown then.
"""

from __future__ import annotations

from dataclasses import replace

from sheetward.engine.context import SheetContext
from sheetward.plan.overlay import Overlay
from sheetward.plan.retype import Retyping
from sheetward.ports.store import BindingState
from sheetward.sharing import Rule
from sheetward.table import Table


def retyping(context: SheetContext, state: BindingState) -> Retyping:
    """Give what reads cells of the time of a binding's record as they are read today."""
    evolution = context.older(state.schema_version)
    return Retyping(context.schema, () if evolution is None else evolution.retyped)


def table_shown(context: SheetContext, state: BindingState) -> Table:
    """Give the table at the base of a binding."""
    base = context.store.read(state.table, context.schema.field_names, state.base)
    return retyping(context, state).table(base)


def overlay_shown(context: SheetContext, state: BindingState) -> Overlay:
    """Give the overlay of a binding."""
    return retyping(context, state).overlay(state.overlay) if state.overlay else state.overlay


def rule_shown(context: SheetContext, state: BindingState) -> Rule:
    """Give the rule that a binding's sheet was shown under."""
    rule = context.rule_at(state.rule_version)
    evolution = context.older(state.schema_version)
    if evolution is None:
        return rule
    closed = {new for new, old in evolution.former.items() if evolution.old.by_name[old].sensitivity == "restricted"}
    return replace(rule, restricted=frozenset(closed))
