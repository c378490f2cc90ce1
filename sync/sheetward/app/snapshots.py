"""`snapshot create`: one moment of all tables and of the files of the bound sheets, kept under a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sheetward.app.bound_sheet import binding_of, context_of, in_force_of, located, opened_file, sheet_file
from sheetward.app.closed_file import file_key
from sheetward.app.lease import lease
from sheetward.app.syncing import in_order
from sheetward.app.workspace import Workspace
from sheetward.config import written_path
from sheetward.engine import sync_sheet
from sheetward.errors import SheetwardError, TransientError, UserError
from sheetward.ports.snapshots import KeptSheet, Snapshot
from sheetward.ports.store import BindingState
from sheetward.sheets.place import Place
from sheetward.sheets.whole import whole_sheet
from sheetward.stores.pieces import cut
from sheetward.xlsx.closed import read_stable
from sheetward.xlsx.file_image import FileImage

ATTEMPTS = 5
LONGEST_NAME = 100


@dataclass(frozen=True)
class Creation:
    """A snapshot that was kept. `errors`: sheet to why its file is not in it. `added` counts bytes that were new."""

    snapshot: Snapshot
    errors: Mapping[str, SheetwardError]
    added: int

    @property
    def size(self) -> int:
        """Count the bytes of the files, those of sheets in one workbook once."""
        return sum({sheet.sha256: sheet.size for sheet in self.snapshot.sheets}.values())


@dataclass(frozen=True)
class _Source:
    """One sheet and the file that it is in now."""

    state: BindingState
    path: Path


def create(workspace: Workspace, name: str | None, reason: str, names: Sequence[str] = ()) -> Creation:
    """Keep a snapshot of all tables and of the files of these sheets, of all where none is named.

    What cannot be read is named, the rest is kept. `UserError`: `snapshot.name_taken`, `snapshot.bad_name`,
    `sheet.unknown`; `TransientError`: `sync.busy`, `snapshot.moving` where files or tables would not rest.
    """
    chosen = in_order(workspace, names)
    called = _name(workspace, name)
    errors: dict[str, SheetwardError] = {}
    sources = _sources(workspace, chosen, errors)
    with ExitStack() as leases:
        for path in sorted({source.path for source in sources}, key=file_key):
            leases.enter_context(lease(workspace.private / "leases", file_key(path), path.name))
        for _ in range(ATTEMPTS):
            now = [replace(source, state=binding_of(workspace, source.state.name)) for source in sources]
            creation = _attempt(workspace, called, reason, now, dict(errors))
            if creation is not None:
                return creation
    raise TransientError("snapshot.moving", attempts=ATTEMPTS)


def _name(workspace: Workspace, name: str | None) -> str:
    if name is None:
        moment = workspace.clock.now().astimezone(workspace.config.timezone)
        return free_name(workspace, moment.strftime("%Y-%m-%dT%H:%M:%S"))
    called = name.strip()
    if not called or len(called) > LONGEST_NAME or not called.isprintable() or called.startswith("-"):
        raise UserError("snapshot.bad_name", name=name, limit=LONGEST_NAME)
    if workspace.store.snapshot(called) is not None:
        raise UserError("snapshot.name_taken", name=called)
    return called


def free_name(workspace: Workspace, wanted: str) -> str:
    """Give a name that no snapshot has: the wanted one, else with a number behind it."""
    name, number = wanted, 2
    while workspace.store.snapshot(name) is not None:
        name, number = f"{wanted}-{number}", number + 1
    return name


def _sources(workspace: Workspace, names: Iterable[str], errors: dict[str, SheetwardError]) -> list[_Source]:
    found: list[_Source] = []
    for name in names:
        try:
            state = binding_of(workspace, name)
            found.append(_Source(state, located(workspace, workspace.entry(name), state)))
        except SheetwardError as trouble:
            errors[name] = trouble
    return found


def _attempt(
    workspace: Workspace, name: str, reason: str, sources: Sequence[_Source], errors: dict[str, SheetwardError]
) -> Creation | None:
    """Look at everything twice; `None` where something moved in between."""
    heads = heads_now(workspace)
    images = _images(workspace, sources, errors)
    sheets = tuple(_kept(workspace, s, images[s.path]) for s in sources if s.path in images)
    moment = workspace.clock.now()
    if heads_now(workspace) != heads or any(workspace.store.binding(s.state.name) != s.state for s in sources):
        return None
    if any(_sha256(path) != image.sha256 for path, image in images.items()):
        return None
    missing = {sheet: trouble.code for sheet, trouble in errors.items()}
    snapshot = Snapshot(name, moment, workspace.author, reason, heads, sheets, missing).sealed()
    files = [cut(image.data) for image in {image.sha256: image for image in images.values()}.values()]
    pieces = {digest: piece for _, some in files for digest, piece in some.items()}
    lacking = workspace.store.lacking_pieces(pieces)
    workspace.store.keep_snapshot(snapshot, [file for file, _ in files], {one: pieces[one] for one in lacking})
    return Creation(snapshot, errors, sum(len(pieces[one]) for one in lacking))


def heads_now(workspace: Workspace) -> dict[str, tuple[int, str]]:
    """Give where each table stands: number and hash of its last commit."""
    return {table: head_at(workspace, table, workspace.store.head(table)) for table in workspace.config.tables}


def head_at(workspace: Workspace, table: str, number: int) -> tuple[int, str]:
    """Give a commit's number and hash; nothing has been committed at 0."""
    if number == 0:
        return 0, ""
    [(commit, _)] = workspace.store.changes(table, number - 1, number)
    return number, commit.hash


def _images(
    workspace: Workspace, sources: Iterable[_Source], errors: dict[str, SheetwardError]
) -> dict[Path, FileImage]:
    """Read each file once; a replacement that was cut off is first brought to its end."""
    images: dict[Path, FileImage] = {}
    for source in sources:
        if source.path in images:
            continue
        try:
            images[source.path] = sheet_file(workspace, source.path).read()
        except SheetwardError as trouble:
            errors[source.state.name] = trouble
    return images


def _sha256(path: Path) -> str:
    try:
        return read_stable(path).sha256
    except SheetwardError:
        return ""


def _kept(workspace: Workspace, source: _Source, image: FileImage) -> KeptSheet:
    state = source.state
    shown, trouble, stamp = "", "", state.stamp
    try:
        place = Place.from_json(state.place)
        whole = whole_sheet(image.data, source.path.name, place, workspace.schema(state.table))
        shown, stamp = whole.image, whole.stamps.get(state.id, "" if place.tab else state.stamp)
    except SheetwardError as problem:
        trouble = problem.code
    then = workspace.store.revision_of(state.id, stamp) or state
    return KeptSheet(
        name=state.name,
        binding=state.id,
        table=state.table,
        role=then.role,
        rule_version=then.rule_version,
        schema_version=workspace.in_force(state.table).version,
        base=then.base,
        stamp=stamp,
        place=state.place,
        file=written_path(workspace.config, source.path),
        sha256=image.sha256,
        size=len(image.data),
        image=shown,
        unsynced=None if trouble else _unsynced(workspace, source),
        trouble=trouble,
    )


def _unsynced(workspace: Workspace, source: _Source) -> int | None:
    """Count cells that a sync would bring to the store or to a person now; `None` where a sync would not go through."""
    state, looking = source.state, replace(workspace, records=False)
    try:
        _, replicas = opened_file(looking, source.path, [state])
        in_force = in_force_of(looking, state.table, state.role)
        context = context_of(looking, state, replicas[state.name], in_force, on_step=lambda _: None)
        report = sync_sheet(context, is_dry=True)
    except SheetwardError:
        return None
    return 0 if report.plan is None else report.plan.changes.cell_count + len(report.new)
