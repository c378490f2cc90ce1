"""`sync` over the sheets of a workspace: each in turn, again where another one brought news, troubles kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sheetward.app.bound_sheet import binding_of, context_of, in_force_of, located, replica_of
from sheetward.app.closed_file import file_key
from sheetward.app.items import Described, describe
from sheetward.app.lease import lease
from sheetward.app.words import new_word
from sheetward.app.workspace import Workspace
from sheetward.engine import SyncReport, sync_sheet
from sheetward.errors import SheetwardError, UserError
from sheetward.plan.guards import GUARDS
from sheetward.plan.observation import Notice

ROUNDS = 3
"""A sheet synced first does not know what a later one brings; so often at most all are visited again."""

Allowed = Mapping[str, Mapping[str, int | None]]
"""Sheet to guard to the count that may pass, `None` for any."""


def allowed_of(words: Iterable[str], names: Sequence[str]) -> Allowed:
    """Read `NAME:GUARD[=COUNT]` words. `UserError`: `usage.allow`, `sheet.unknown`."""
    found: dict[str, dict[str, int | None]] = {}
    for word in words:
        name, colon, rest = word.rpartition(":")
        guard, equals, count = rest.partition("=")
        if not colon or guard not in GUARDS or (equals and not (count.isascii() and count.isdigit())):
            raise UserError("usage.allow", value=word)
        if name not in names:
            raise UserError("sheet.unknown", name=name, known=list(names))
        found.setdefault(name, {})[guard] = int(count) if equals else None
    return found


def _nothing() -> list[Described]:
    return []


def _no_notices() -> list[Notice]:
    return []


@dataclass
class SheetOutcome:
    """What the sync of one sheet came to, over all rounds. `error` is why it stopped; the rest is then what was before."""

    name: str
    to_store: int = 0
    to_sheet: int = 0
    new_rows: int = 0
    deleted_rows: int = 0
    conflicts: list[Described] = field(default_factory=_nothing)
    held: list[Described] = field(default_factory=_nothing)
    rejected: list[Described] = field(default_factory=_nothing)
    notices: list[Notice] = field(default_factory=_no_notices)
    commit: str | None = None
    error: SheetwardError | None = None

    @property
    def status(self) -> int:
        """Give the exit status of this sheet."""
        if self.error is not None:
            return self.error.exit_status
        return 4 if self.conflicts or self.held or self.rejected else 0

    def take(self, workspace: Workspace, report: SyncReport) -> None:
        """Add a round's report."""
        if report.plan is not None:
            self.to_store += report.plan.to_store
            self.to_sheet += report.plan.to_sheet
            self.new_rows += report.plan.new_rows
            self.deleted_rows += report.plan.deleted_rows
            self._say(report.plan.notices)
        if report.observed is not None:
            self._say(report.observed.notices)
        if report.commit is not None:
            self.commit = report.commit.id
        new = report.new | {d.item.id for d in (*self.conflicts, *self.held) if d.is_new}
        self.conflicts = describe(workspace, report.conflicts, new)
        self.held = describe(workspace, report.held, new)
        self.rejected += describe(workspace, report.rejected, report.new)

    def _say(self, notices: Iterable[Notice]) -> None:
        self.notices += [notice for notice in notices if notice not in self.notices]


def in_order(workspace: Workspace, names: Sequence[str]) -> list[str]:
    """Give the sheets to sync: those named, else all; tables that others point to come first.

    `UserError('sheet.unknown')` for a name that is not in the settings.
    """
    chosen = [workspace.entry(name) for name in names] or list(workspace.config.sheets.values())
    order = workspace.table_order()
    return [entry.name for entry in sorted(chosen, key=lambda entry: order.index(entry.table))]


def sync_sheets(
    workspace: Workspace, names: Sequence[str], allowed: Allowed, *, is_dry: bool = False
) -> list[SheetOutcome]:
    """Sync sheets; a trouble of one does not keep the others from theirs."""
    workspace = replace(workspace, records=not is_dry, run=new_word())
    outcomes = {name: SheetOutcome(name) for name in in_order(workspace, names)}
    for round_number in range(1 if is_dry else ROUNDS):
        for outcome in outcomes.values():
            if outcome.error is None and (round_number == 0 or _is_behind(workspace, outcome.name)):
                _sync_one(workspace, outcome, allowed.get(outcome.name, {}), is_dry=is_dry)
        if not any(o.error is None and _is_behind(workspace, o.name) for o in outcomes.values()):
            break
    return list(outcomes.values())


def _is_behind(workspace: Workspace, name: str) -> bool:
    state = workspace.store.binding(name)
    return state is not None and state.base != workspace.store.head(state.table)


def _sync_one(workspace: Workspace, outcome: SheetOutcome, allowed: Mapping[str, int | None], *, is_dry: bool) -> None:
    try:
        state = binding_of(workspace, outcome.name)
        entry = workspace.entry(outcome.name)
        if entry.table != state.table:
            raise UserError("sheet.other_table", name=entry.name, bound=state.table, written=entry.table)
        path = located(workspace, entry, state)
        with lease(workspace.private / "leases", file_key(path), outcome.name):
            if entry.role != state.role:
                outcome.notices.append(
                    Notice("share.role_waits", {"name": entry.name, "old": state.role or "", "new": entry.role or ""})
                )
            in_force = in_force_of(workspace, state.table, state.role)
            if in_force.waiting is not None:
                outcome.notices.append(Notice("share.rule_waits", {"name": entry.name, "role": state.role or ""}))
            replica = replica_of(workspace, path, state, workspace.schema(state.table))
            context = context_of(workspace, state, replica, in_force, allowed=allowed)
            outcome.take(workspace, sync_sheet(context, is_dry=is_dry))
    except SheetwardError as problem:
        outcome.error = _named(problem, outcome.name)


def _named(problem: SheetwardError, name: str) -> SheetwardError:
    problem.facts = {"name": name, **problem.facts}
    return problem
