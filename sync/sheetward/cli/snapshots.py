"""`snapshot`: named moments of all tables and sheets, looked at and proved."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.exits import Exit, worst
from sheetward.cli.failure import error_json, error_text
from sheetward.cli.inside import workspace
from sheetward.cli.output import complain, progress, write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError

if TYPE_CHECKING:
    from sheetward.app.snapshot_restore import SnapshotBack
    from sheetward.app.workspace import Workspace
    from sheetward.ports.snapshots import KeptSheet, Snapshot
    from sheetward.table import RowId

Sheets = Annotated[list[str] | None, typer.Option("--sheet", metavar="NAME")]
Author = Annotated[str | None, typer.Option("--author", metavar="NAME")]
Name = Annotated[str, typer.Argument(metavar="NAME")]


def snapshot_json(snapshot: Snapshot, zone: dt.tzinfo) -> dict[str, object]:
    """Give a snapshot as data."""
    return {
        "name": snapshot.name,
        "time": snapshot.time.astimezone(zone).isoformat(timespec="seconds"),
        "author": snapshot.author,
        "reason": snapshot.reason,
        "tables": {table: f"{table}:{number}" if number else None for table, (number, _) in snapshot.heads.items()},
        "sheets": [_sheet_json(sheet) for sheet in snapshot.sheets],
        "missing": [{"name": name, "code": code} for name, code in snapshot.missing.items()],
        "size": size_of(snapshot),
        "hash": snapshot.hash,
    }


def _sheet_json(sheet: KeptSheet) -> dict[str, object]:
    return {
        "name": sheet.name,
        "table": sheet.table,
        "role": sheet.role,
        "file": sheet.file,
        "sha256": sheet.sha256,
        "size": sheet.size,
        "unsynced": sheet.unsynced,
        "trouble": sheet.trouble or None,
    }


def size_of(snapshot: Snapshot) -> int:
    """Count the bytes of a snapshot's files, those of sheets in one workbook once."""
    return sum({sheet.sha256: sheet.size for sheet in snapshot.sheets}.values())


def bytes_text(size: int) -> str:
    """Spell a number of bytes for people."""
    return f"{size / 1_000_000:.1f} MB" if size >= 100_000 else f"{size / 1000:.1f} kB"


def create(
    name: Annotated[str | None, typer.Argument(metavar="NAME")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")] = "",
    sheets: Sheets = None,
    author: Author = None,
) -> int:
    """Run `sheetward snapshot create`."""
    from sheetward.app.snapshots import create as keep

    with workspace(author) as opened, progress(say("cli.reading")):
        made = keep(opened, name, reason, sheets or [])
        zone = opened.config.timezone
    errors = [{**error_json(error), "name": sheet} for sheet, error in made.errors.items()]
    if current().wants_json:
        write_json({**snapshot_json(made.snapshot, zone), "added": made.added, "errors": errors})
    else:
        kept = made.snapshot
        write_line(
            say(
                "snapshot.kept",
                name=kept.name,
                tables=len(kept.heads),
                sheets=len(kept.sheets),
                size=bytes_text(size_of(kept)),
                added=bytes_text(made.added),
            )
        )
        _write_remarks(kept)
        for sheet, error in made.errors.items():
            complain(f"{sheet}: {error_text(error)}")
    return worst(error.exit_status for error in made.errors.values())


def _write_remarks(snapshot: Snapshot) -> None:
    for sheet in snapshot.sheets:
        if sheet.trouble:
            write_line(f"  · {say('snapshot.no_table_now', sheet=sheet.name, code=sheet.trouble)}")
        elif sheet.unsynced is None:
            write_line(f"  · {say('snapshot.would_not_sync', sheet=sheet.name)}")
        elif sheet.unsynced:
            write_line(f"  · {say('snapshot.unsynced', sheet=sheet.name, count=sheet.unsynced)}")


def list_snapshots() -> int:
    """Run `sheetward snapshot list`."""
    with workspace() as opened:
        found = opened.store.snapshots()
        zone = opened.config.timezone
    if current().wants_json:
        write_json({"snapshots": [snapshot_json(one, zone) for one in found]})
    elif not found:
        write_line(say("snapshot.none"))
    else:
        words = ("word.name", "word.time", "word.author", "word.sheets", "word.size", "word.reason")
        write_grid(
            [say(word) for word in words],
            [
                (
                    one.name,
                    one.time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
                    one.author,
                    str(len(one.sheets)),
                    bytes_text(size_of(one)),
                    one.reason,
                )
                for one in found
            ],
        )
    return Exit.DONE


def show(
    name: Name,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE")] = None,
) -> int:
    """Run `sheetward snapshot show`."""
    from sheetward.app.snapshot_contents import found, kept_sheet, whole_of, write_out

    if out is not None and sheet is None:
        raise UserError("usage.missing_argument", argument="--sheet", command="sheetward snapshot show")
    with workspace() as opened:
        snapshot = found(opened, name)
        zone = opened.config.timezone
        if sheet is None:
            _write_snapshot(snapshot, zone)
            return Exit.DONE
        kept = kept_sheet(snapshot, sheet)
        if out is not None:
            write_out(opened, snapshot, kept, out)
            _write_out(kept, out)
            return Exit.DONE
        whole = whole_of(opened, snapshot, kept)
    if current().wants_json:
        from sheetward.app.json_cells import cell_json

        record = {"name": snapshot.name, "sheet": _sheet_json(kept), "columns": whole.columns, "fields": whole.fields}
        rows = [[cell_json(cell) for cell in row.cells] for row in whole.rows]
        write_json({**record, "private": whole.private, "ids": [r.row_id or None for r in whole.rows], "rows": rows})
    else:
        from sheetward.app.items import shown_text

        write_grid(whole.columns, [[shown_text(cell) for cell in row.cells] for row in whole.rows])
        write_line(say("snapshot.shown", sheet=kept.name, name=snapshot.name, rows=len(whole.rows)))
    return Exit.DONE


def _write_snapshot(snapshot: Snapshot, zone: dt.tzinfo) -> None:
    if current().wants_json:
        write_json(snapshot_json(snapshot, zone))
        return
    moment = snapshot.time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    write_line(f"{snapshot.name}  {moment}  {snapshot.author}  {snapshot.reason}".rstrip())
    heads = [f"{table}:{number}" for table, (number, _) in snapshot.heads.items() if number]
    write_line(say("snapshot.heads", commits=heads))
    words = ("word.sheet", "word.table", "word.role", "word.file", "word.size")
    rows = [(s.name, s.table, s.role or "", s.file, bytes_text(s.size)) for s in snapshot.sheets]
    write_grid([say(word) for word in words], rows)
    _write_remarks(snapshot)
    for sheet, code in snapshot.missing.items():
        write_line(f"  · {say('snapshot.not_in_it', sheet=sheet, code=code)}")


def _write_out(sheet: KeptSheet, out: Path) -> None:
    if current().wants_json:
        write_json({"sheet": _sheet_json(sheet), "path": str(out)})
        return
    write_line(say("cli.written", path=str(out)))
    if out.suffix.lower() in (".xlsx", ".xlsm"):
        write_line(say("snapshot.is_a_copy", sheet=sheet.name))


def verify(name: Annotated[str | None, typer.Argument(metavar="NAME")] = None) -> int:
    """Run `sheetward snapshot verify`."""
    from sheetward.app.snapshot_proof import troubles

    with workspace() as opened, progress(say("cli.reading")):
        looked_at, found = troubles(opened, name)
    if current().wants_json:
        lines = [{"snapshot": t.snapshot, "code": t.code, "message": say(t.code, **t.facts), **t.facts} for t in found]
        write_json({"verified": [one.name for one in looked_at], "troubles": lines})
    else:
        for trouble in found:
            complain(say(trouble.code, **trouble.facts))
        if not found:
            write_line(say("snapshot.verified", count=len(looked_at)))
    return Exit.BROKEN if found else Exit.DONE


def diff(
    first: Annotated[str, typer.Argument(metavar="A")],
    second: Annotated[str | None, typer.Argument(metavar="B")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="OUT")] = None,
) -> int:
    """Run `sheetward snapshot diff`."""
    from sheetward.app.result_file import check_result
    from sheetward.app.snapshot_diff import compare, together
    from sheetward.cli.comparing import diff_json, write_diff
    from sheetward.cli.history import labels_of

    if html is not None:
        check_result(html, ".html")
    with workspace() as opened, progress(say("cli.reading")):
        parts = compare(opened, first, second, sheet)
        if not current().wants_json:
            parts = [part.labelled(labels_of(opened, part.name)) if part.kind == "table" else part for part in parts]
    new = second or say("snapshot.today")
    if html is not None:
        from sheetward.app.pages import diff_page
        from sheetward.app.plain_table import replace_file

        replace_file(html, diff_page(first, new, together(parts), current().lang).encode())
    errors = [{**error_json(part.error), part.kind: part.name} for part in parts if part.error is not None]
    compared = [(part, part.diff) for part in parts if part.diff is not None]
    if current().wants_json:
        records = [{part.kind: part.name, **diff_json(found)} for part, found in compared]
        write_json({"old": first, "new": second, "parts": records, "errors": errors})
    else:
        for part, found in compared:
            write_line(say(f"snapshot.diff_of_{part.kind}", name=part.name, old=first, new=new))
            write_diff(found)
        for part in parts:
            if part.error is not None:
                complain(f"{part.name}: {error_text(part.error)}")
    statuses = [part.error.exit_status for part in parts if part.error is not None]
    return worst([*statuses, *(Exit.FOUND for _, found in compared if found)])


def restore(
    name: Name,
    sheets: Sheets = None,
    table_option: Annotated[str | None, typer.Option("--table", metavar="TABLE")] = None,
    is_file: Annotated[bool, typer.Option("--file")] = False,  # noqa: FBT002 - a flag
    is_rows: Annotated[bool, typer.Option("--rows")] = False,  # noqa: FBT002
    has_consent: Annotated[bool, typer.Option("--yes")] = False,  # noqa: FBT002
    is_dry_run: Annotated[bool, typer.Option("--dry-run")] = False,  # noqa: FBT002
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")] = "",
    author: Author = None,
) -> int:
    """Run `sheetward snapshot restore`."""
    from sheetward.app.snapshot_restore import Scope, carry_back, plan_back
    from sheetward.cli.consent import Consent, asked

    if is_file and is_rows:
        raise UserError("usage.not_together", first="--file", second="--rows")
    if (is_file or is_rows) and not sheets:
        raise UserError("usage.missing_argument", argument="--sheet", command="sheetward snapshot restore")
    if sheets and table_option is not None:
        raise UserError("usage.not_together", first="--sheet", second="--table")
    scope = Scope.FILE if is_file else Scope.ROWS if is_rows else Scope.BOTH
    consent = Consent(has_consent, is_dry_run)
    with workspace(author) as opened:
        back = plan_back(opened, name, sheets or [], table_option, scope, reason)
        record, count = _shown_plan(opened, back)
        is_agreed = (bool(back.files) or count > 0) and asked(consent, say("consent.question"))
        done = carry_back(opened, back) if is_agreed else None
    if current().wants_json:
        from sheetward.cli.syncing import outcome_json

        commits = [] if done is None else list(done.commits)
        synced = [] if done is None else [outcome_json(outcome) for outcome in done.synced]
        before = None if done is None else done.before or None
        first = commits[0] if commits else None
        write_json({**record, "commit": first, "commits": commits, "before": before, "sheets": synced})
    elif done is not None:
        from sheetward.cli.syncing import write_outcomes

        write_line(say("snapshot.brought_back", name=name, files=len(back.files), count=count))
        if done.before:
            write_line(say("snapshot.before", name=done.before))
        if done.synced:
            write_outcomes(done.synced, is_dry=False)
    if done is None:
        return Exit.DONE if consent.is_dry_run or not (back.files or count) else Exit.FOUND
    return worst(outcome.status for outcome in done.synced)


def _shown_plan(opened: Workspace, back: SnapshotBack) -> tuple[dict[str, object], int]:
    """Show what would be done, and give it as data and the number of cells that go back."""
    from sheetward.app.items import keys_of
    from sheetward.app.restoring import check, restored_cells, touched_rows
    from sheetward.cli.history import labels_of
    from sheetward.cli.restoring import plan_json, write_plan

    check(opened, back.ways)
    keys: dict[RowId, str] = {}
    for way in back.ways:
        keys |= keys_of(opened, way.table, touched_rows(way))
    count = sum(len(restored_cells(way, keys)) for way in back.ways)
    for file in back.files:
        size = bytes_text(len(file.data))
        write_line(say("snapshot.file_back", path=str(file.path), size=size, sheets=list(file.sheets)))
    if back.files and back.ways:
        write_line(say("snapshot.rows_back", count=count))
    elif back.files:
        write_line(say("snapshot.table_wins"))
    if back.ways and not current().wants_json:
        write_plan(back.ways, keys, {way.table: labels_of(opened, way.table) for way in back.ways})
    files = [{"path": str(file.path), "sheets": list(file.sheets), "size": len(file.data)} for file in back.files]
    return {"snapshot": back.snapshot.name, **plan_json(back.ways, keys), "files": files}, count
