"""`sync` over the workbooks of a workspace: each in turn, again where another one brought news, troubles kept apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path

from sheetward.app.bound_sheet import binding_of, context_of, in_force_of, is_csv, located, opened_file
from sheetward.app.closed_file import file_key
from sheetward.app.conflict_copies import notices_beside
from sheetward.app.explaining import Told, told_cells
from sheetward.app.items import Described, describe
from sheetward.app.lease import StoreLeases, holder_of, lease
from sheetward.app.rules import RuleInForce
from sheetward.app.sheet_columns import remember_columns, with_new_fields
from sheetward.app.words import new_word
from sheetward.app.workspace import Workspace
from sheetward.engine import SheetContext, SyncReport, sync_workbook
from sheetward.engine.epoch import is_waiting
from sheetward.errors import GuardError, SheetwardError, TransientError, UserError
from sheetward.history.choose import REJOIN
from sheetward.plan.guards import GUARDS
from sheetward.plan.observation import Notice
from sheetward.ports.store import BindingState, SchemaMoved

ROUNDS = 3
"""A workbook synced first does not know what a later one brings; so often at most all are visited again."""

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


def _no_cells() -> list[Told]:
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
    cells: list[Told] = field(default_factory=_no_cells)
    """What a dry run would decide, cell by cell."""
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
            self.say(_in_zone(notice, workspace.config.timezone) for notice in report.plan.notices)
            if report.is_dry and report.observed is not None and report.plan.explanation is not None:
                self.cells += told_cells(self.name, report.observed, report.plan.explanation)
        if report.observed is not None:
            self.say(report.observed.notices)
        if report.commit is not None:
            self.commit = report.commit.id
        new = report.new | {d.item.id for d in (*self.conflicts, *self.held) if d.is_new}
        self.conflicts = describe(workspace, report.conflicts, new)
        self.held = describe(workspace, report.held, new)
        self.rejected += describe(workspace, report.rejected, report.new)

    def say(self, notices: Iterable[Notice]) -> None:
        """Add notices that were not said yet."""
        self.notices += [notice for notice in notices if notice not in self.notices]


def _in_zone(notice: Notice, zone: dt.tzinfo) -> Notice:
    """Give a notice with its moment as the workspace's clocks show it."""
    moment = notice.facts.get("time")
    if not isinstance(moment, str) or not moment:
        return notice
    shown = dt.datetime.fromisoformat(moment).astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return replace(notice, facts={**notice.facts, "time": shown})


def in_order(workspace: Workspace, names: Sequence[str]) -> list[str]:
    """Give the sheets to sync: those named, in that order, with the others of their workbooks; else all.

    Tables that others point to come first. `UserError('sheet.unknown')` for a name that is not in the settings.
    """
    every = workspace.config.sheets.values()
    named = [workspace.entry(name) for name in dict.fromkeys(names)]
    files = {entry.file for entry in named if entry.file is not None}
    beside = [entry for entry in every if entry.file in files and entry not in named]
    chosen = [*named, *beside] if names else list(every)
    order = workspace.table_order()
    return [entry.name for entry in sorted(chosen, key=lambda entry: order.index(entry.table))]


def sync_sheets(
    workspace: Workspace,
    names: Sequence[str],
    allowed: Allowed,
    *,
    is_dry: bool = False,
    rejoining: Sequence[str] = (),
) -> list[SheetOutcome]:
    """Sync sheets, each workbook as one; a trouble of one workbook does not keep the others from theirs.

    `rejoining` are the sheets that rejoin a restored store, in the order in which they do.
    """
    workspace = replace(workspace, records=not is_dry, run=new_word())
    outcomes = [SheetOutcome(name) for name in in_order(workspace, names)]
    if rejoining:
        outcomes.sort(
            key=lambda outcome: rejoining.index(outcome.name) if outcome.name in rejoining else len(rejoining)
        )
    files = _files(workspace, outcomes)
    for round_number in range(1 if is_dry else ROUNDS):
        for path, tabs in files:
            if round_number == 0 or _is_behind(workspace, tabs):
                _sync_file(workspace, path, tabs, allowed, is_dry=is_dry, rejoining=rejoining)
        if not any(_is_behind(workspace, tabs) for _, tabs in files):
            break
    return outcomes


def _files(workspace: Workspace, outcomes: Sequence[SheetOutcome]) -> list[tuple[Path, list[SheetOutcome]]]:
    """Find the files of the sheets; tabs of one workbook come together, a sheet whose file is not found keeps its error."""
    files: dict[str, tuple[Path, list[SheetOutcome]]] = {}
    for outcome in outcomes:
        try:
            state = binding_of(workspace, outcome.name)
            entry = workspace.entry(outcome.name)
            if entry.table != state.table:
                raise UserError("sheet.other_table", name=entry.name, bound=state.table, written=entry.table)
            path = located(workspace, entry, state)
            key = file_key(path) + (outcome.name if is_csv(path) else "")
            files.setdefault(key, (path, []))[1].append(outcome)
            outcome.say(notices_beside(path))
        except SheetwardError as problem:
            outcome.error = _named(problem, outcome.name)
    return list(files.values())


def _is_behind(workspace: Workspace, tabs: Sequence[SheetOutcome]) -> bool:
    """Say whether the store has something for a workbook that is in no trouble."""
    states = [workspace.store.binding(tab.name) for tab in tabs if tab.error is None]
    return any(state is not None and state.base != workspace.store.head(state.table) for state in states)


def _sync_file(
    workspace: Workspace,
    path: Path,
    tabs: Sequence[SheetOutcome],
    allowed: Allowed,
    *,
    is_dry: bool,
    rejoining: Sequence[str],
) -> None:
    """Sync the bound tabs of one file as a unit; under the newer version of a schema where one came in force meanwhile."""
    try:
        try:
            _sync_tabs(workspace, path, tabs, allowed, is_dry=is_dry, rejoining=rejoining)
        except SchemaMoved:
            workspace.look_again()
            _sync_tabs(workspace, path, tabs, allowed, is_dry=is_dry, rejoining=rejoining)
    except SheetwardError as problem:
        _stopped(tabs, problem)


def leases_of(workspace: Workspace) -> StoreLeases:
    """Give the leases of this workspace; where the store is a file of this computer the lock alone keeps others away."""
    holder = holder_of(workspace.private / "leases")
    if workspace.config.is_embedded:
        return StoreLeases(workspace.store, holder, seconds=0)
    return StoreLeases(workspace.store, holder)


def _sync_tabs(
    workspace: Workspace,
    path: Path,
    tabs: Sequence[SheetOutcome],
    allowed: Allowed,
    *,
    is_dry: bool,
    rejoining: Sequence[str],
) -> None:
    with lease(workspace.private / "leases", file_key(path), tabs[0].name):
        states = [binding_of(workspace, tab.name) for tab in tabs]
        for table in {state.table for state in states}:
            workspace.take_up(table)
        rules = [_in_force(workspace, tab, state) for tab, state in zip(tabs, states, strict=True)]
        states = [_with_new_fields(workspace, *known) for known in zip(tabs, states, rules, strict=True)]
        workbook, replicas = opened_file(workspace, path, states)
        contexts: list[SheetContext] = []
        for tab, state, in_force in zip(tabs, states, rules, strict=True):
            context = context_of(workspace, state, replicas[tab.name], in_force, allowed=allowed.get(tab.name, {}))
            if tab.name in rejoining and (is_dry or is_waiting(workspace.store, state)):
                context = replace(context, is_rejoining=True, source=REJOIN, reason=REJOIN)
            contexts.append(context)
        reports = sync_workbook(workbook, contexts, is_dry=is_dry, leases=leases_of(workspace))
        for tab, report in zip(tabs, reports, strict=True):
            tab.take(workspace, report)
            if report.observed is not None and not is_dry:
                remember_columns(workspace, tab.name, report.observed)


def _in_force(workspace: Workspace, tab: SheetOutcome, state: BindingState) -> RuleInForce:
    """Give the rule that a tab is under; a schema, role or rule that waits for consent is said."""
    entry = workspace.entry(tab.name)
    if workspace.in_force(state.table).is_waiting:
        tab.say([Notice("schema.waits", {"name": tab.name, "table": state.table})])
    if entry.role != state.role:
        facts = {"name": entry.name, "old": state.role or "", "new": entry.role or ""}
        tab.say([Notice("share.role_waits", facts)])
    in_force = in_force_of(workspace, state.table, state.role)
    if in_force.waiting is not None:
        tab.say([Notice("share.rule_waits", {"name": entry.name, "role": state.role or ""})])
    return in_force


def _with_new_fields(
    workspace: Workspace, tab: SheetOutcome, state: BindingState, in_force: RuleInForce
) -> BindingState:
    state, notices = with_new_fields(workspace, state, in_force.rule)
    tab.say(notices)
    return state


def _stopped(tabs: Sequence[SheetOutcome], problem: SheetwardError) -> None:
    """Give every tab of a workbook its error: the trouble of the file, or that of the one tab for whose sake all stop."""
    names = {tab.name for tab in tabs}
    culprit = problem.facts.get("name")
    is_of_one = len(tabs) > 1 and culprit in names and not isinstance(problem, TransientError)
    for tab in tabs:
        if is_of_one and tab.name != culprit:
            tab.error = GuardError("sync.workbook_stopped", name=tab.name, other=culprit)
        elif is_of_one or len(tabs) == 1:
            tab.error = _named(problem, tab.name)
        else:
            tab.error = copy(problem)
            tab.error.facts = {**problem.facts, "name": tab.name}


def _named(problem: SheetwardError, name: str) -> SheetwardError:
    problem.facts = {"name": name, **problem.facts}
    return problem
