"""What one sync of one sheet did, or would do."""

from __future__ import annotations

from dataclasses import dataclass

from sheetward.engine.context import SheetContext
from sheetward.errors import IntegrityError
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.plan import Plan
from sheetward.ports.replica import Observation
from sheetward.ports.store import BindingState, Commit


@dataclass(frozen=True)
class SyncReport:
    """What one sync of one sheet did, or would do where `is_dry`.

    `plan` is `None` where nothing had moved at all. `commit` is `None` where the store did not change. `rejected` are
    this run's rejections; `conflicts` and `held` are all open ones, `new` the ids of those this run opened.
    """

    name: str
    plan: Plan | None
    commit: Commit | None
    observed: Observation | None
    conflicts: tuple[Item, ...] = ()
    held: tuple[Item, ...] = ()
    rejected: tuple[Item, ...] = ()
    new: frozenset[str] = frozenset()
    is_dry: bool = False

    @property
    def needs_person(self) -> bool:
        """Say whether conflicts, held rows or rejections wait for a person (exit 4)."""
        return bool(self.conflicts or self.held or self.rejected)


def report_of(
    context: SheetContext,
    state: BindingState,
    plan: Plan | None = None,
    observed: Observation | None = None,
    *,
    commit: Commit | None = None,
    is_dry: bool = False,
) -> SyncReport:
    """Collect what is open after a sync, or would be after a dry one."""
    closed = {item.id for item in plan.closed} if plan is not None else set[str]()
    opened = [item for item in plan.opened if item.id not in closed] if plan is not None else []
    if is_dry and plan is not None:
        stored = [item for item in context.store.items(binding=state.id) if item.id not in closed]
        items = {item.id: item for item in (*stored, *opened)}
    else:
        items = {item.id: item for item in context.store.items(binding=state.id)}
    new = frozenset(item.id for item in opened)
    if any(identity not in items for identity in new):
        raise IntegrityError("store.item_lost", name=context.name)
    by_kind = {kind: tuple(item for item in items.values() if item.kind is kind) for kind in ItemKind}
    rejected = tuple(item for item in by_kind[ItemKind.REJECTED] if item.id in new)
    return SyncReport(
        name=context.name,
        plan=plan,
        commit=commit,
        observed=observed,
        conflicts=by_kind[ItemKind.CONFLICT],
        held=by_kind[ItemKind.HELD],
        rejected=rejected,
        new=new,
        is_dry=is_dry,
    )
