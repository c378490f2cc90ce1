"""Making a workspace and binding sheets to it; checking the installation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from sheetward.cli.exits import Exit
from sheetward.cli.output import remark, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError


def pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """Read `NAME=VALUE` words. `UserError('usage.pair')` where one has no equals sign or no name."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UserError("usage.pair", option=option, value=word)
        found[name] = value
    return found


def init(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR")] = None,
    table: Annotated[list[str] | None, typer.Option("--table", metavar="NAME=SCHEMA")] = None,
) -> int:
    """Run `sheetward init`."""
    from sheetward.app.beginning import begin_workspace

    root = (folder or current().workspace or Path()).absolute()
    made = begin_workspace(root, pairs(table or [], "--table"), current().lang)
    if current().wants_json:
        write_json({"workspace": str(root), "created": made})
    else:
        write_line(say("init.made" if made else "init.kept", path=str(root)))
        remark(say("init.next"))
    return Exit.DONE


def doctor() -> int:
    """Run `sheetward doctor`."""
    from sheetward.app.doctor import examine
    from sheetward.config import find_workspace

    try:
        root = current().workspace or find_workspace(Path())
    except UserError:
        root = None
    checks = list(examine(root))
    is_whole = all(check.state != "bad" for check in checks)
    if current().wants_json:
        write_json(
            {
                "healthy": is_whole,
                "checks": [
                    {"code": c.code, "state": c.state, "message": say(c.code, **c.facts), **c.facts} for c in checks
                ],
            }
        )
    else:
        for check in checks:
            write_line(f"{_SIGNS[check.state]} {say(check.code, **check.facts)}")
        write_line(say("doctor.whole" if is_whole else "doctor.broken"))
    return Exit.DONE if is_whole else Exit.FOUND


_SIGNS = {"good": "✓", "optional": "·", "bad": "✗"}
