"""`audit`: the log of operations and the proof of its chain."""

from __future__ import annotations

from sheetward.cli.exits import Exit
from sheetward.cli.history import commit_json
from sheetward.cli.inside import workspace
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say


def log() -> int:
    """Run `sheetward audit log`."""
    with workspace() as opened:
        commits = opened.store.log()
        zone = opened.config.timezone
    records = [{**commit_json(c, zone), "hash": c.hash, "parent": c.parent} for c in commits]
    if current().wants_json:
        write_json({"operations": records})
    elif records:
        names = ("id", "time", "author", "editor", "source", "changes", "hash")
        words = ("commit", "time", "author", "editor", "source", "changes", "hash")
        rows = [[str(r[n] or "")[:19] if n in {"time", "hash"} else str(r[n] or "") for n in names] for r in records]
        write_grid([say(f"word.{word}") for word in words], rows)
    else:
        write_line(say("history.none"))
    return Exit.DONE


def verify() -> int:
    """Run `sheetward audit verify`."""
    with workspace() as opened:
        troubles = list(opened.store.verify())
        count = len(opened.store.log())
    if current().wants_json:
        write_json({"valid": not troubles, "commits": count, "troubles": troubles})
    elif troubles:
        for trouble in troubles:
            write_line(say("doctor.chain", trouble=trouble))
    else:
        write_line(say("audit.valid", count=count))
    return Exit.BROKEN if troubles else Exit.DONE
