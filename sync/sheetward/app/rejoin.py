"""`rejoin`: after the store was put back from a backup, its sheets bring back what it lost.

A new epoch begins, and each sheet is merged against the last image that the store knows of it. Those who may see and write
more come first, so that nobody's sheet is taken for the author of what others wrote. Cut anywhere, it is run again: what
has rejoined bears a stamp of the new epoch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sheetward.app.bound_sheet import in_force_of, located, opened_file
from sheetward.app.syncing import Allowed, SheetOutcome, in_order, sync_sheets
from sheetward.app.words import new_word
from sheetward.app.workspace import Workspace
from sheetward.engine.epoch import is_ahead, is_waiting, raise_counters
from sheetward.errors import GuardError, IntegrityError, SheetwardError
from sheetward.history.choose import REJOIN
from sheetward.plan.observation import Observation
from sheetward.ports.store import BindingState
from sheetward.sharing import Access


@dataclass(frozen=True)
class Rejoining:
    """What a call of `rejoin` would do: `names` are the sheets that rejoin, in order.

    `ahead` are the sheets that know more than the store. `is_begun` says that the new epoch is there already: an earlier
    call was cut, or named other sheets.
    """

    names: Sequence[str]
    ahead: Sequence[str]
    is_begun: bool
    seen: Mapping[str, Observation]

    @property
    def is_needed(self) -> bool:
        """Say whether there is anything to do."""
        return bool(self.names) and (self.is_begun or bool(self.ahead))


def plan_rejoin(workspace: Workspace, names: Sequence[str]) -> Rejoining:
    """Find which sheets are ahead of the store.

    `UserError('sheet.unknown')`; `GuardError('rejoin.agree_first')` where the settings differ from what the restored store
    has in force: under its older rules a sheet would get what its reader may see no longer, and rows that left it with a
    narrower rule would count as deleted. `IntegrityError('rejoin.damaged')` where the restored store is not whole: nothing may
    be taken for lost that only cannot be read.
    """
    troubles = workspace.store.verify()
    if troubles:
        raise IntegrityError("rejoin.damaged", troubles=list(troubles)[:5])
    chosen = in_order(workspace, names)
    states = {state.name: state for state in workspace.store.bindings() if state.name in workspace.config.sheets}
    waiting = [name for name, state in states.items() if is_waiting(workspace.store, state)]
    seen: dict[str, Observation] = {}
    ahead: list[str] = []
    for name, state in states.items():
        sight = _observed(workspace, state)
        if sight is None:
            continue
        seen[name], keeps_stamp = sight
        if is_ahead(workspace.store, state, seen[name], keeps_stamp=keeps_stamp):
            ahead.append(name)
    if waiting:
        chosen = [name for name in chosen if name in waiting or name not in states]
    order = workspace.table_order()
    chosen.sort(key=lambda name: (order.index(workspace.entry(name).table), *_weakness(workspace, states.get(name))))
    rejoining = Rejoining(chosen, ahead, bool(waiting), seen)
    older = [name for name in chosen if name in states and _waits_for_consent(workspace, states[name])]
    if older and rejoining.is_needed:
        raise GuardError("rejoin.agree_first", names=older)
    return rejoining


def foreseen(workspace: Workspace, rejoining: Rejoining, allowed: Allowed) -> list[SheetOutcome]:
    """Say what each sheet would bring, each as if it were the first. Nothing is written."""
    return sync_sheets(workspace, rejoining.names, allowed, is_dry=True, rejoining=rejoining.names)


def carry_out(workspace: Workspace, rejoining: Rejoining, allowed: Allowed) -> list[SheetOutcome]:
    """Begin the epoch where none is begun, and let the sheets rejoin. `TransientError('store.moved')` where another call did."""
    if not rejoining.is_begun:
        for table in dict.fromkeys(entry.table for entry in workspace.config.sheets.values()):
            seen = [observed for name, observed in rejoining.seen.items() if workspace.entry(name).table == table]
            raise_counters(workspace.store, workspace.schema(table), table, seen, workspace.note(REJOIN))
        workspace.store.begin_epoch(new_word())
    return sync_sheets(workspace, rejoining.names, allowed, rejoining=rejoining.names)


def _observed(workspace: Workspace, state: BindingState) -> tuple[Observation, bool] | None:
    """Read a sheet and say whether it keeps a stamp; `None` where it cannot be read: its rejoining says why."""
    try:
        path = located(workspace, workspace.entry(state.name), state)
        replica = opened_file(workspace, path, [state])[1][state.name]
        return replica.observe(), replica.keeps_stamp
    except SheetwardError:
        return None


def _waits_for_consent(workspace: Workspace, state: BindingState) -> bool:
    """Say whether a sheet's schema, role or rule in the settings is not the one in force."""
    is_older = workspace.in_force(state.table).is_waiting or workspace.entry(state.name).role != state.role
    return is_older or in_force_of(workspace, state.table, state.role).waiting is not None


def _weakness(workspace: Workspace, state: BindingState | None) -> tuple[int, int]:
    """Order sheets by what their role may not do: what it may not write, what it may not delete."""
    if state is None:
        return (0, 0)
    rule = in_force_of(workspace, state.table, state.role).rule
    names = workspace.schema(state.table).field_names
    return (sum(rule.access(name) is not Access.WRITE for name in names), int(not rule.delete))
