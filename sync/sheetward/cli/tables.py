"""`table`: the rows of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sheetward.cli.exits import Exit
from sheetward.cli.inside import workspace
from sheetward.cli.output import write_grid, write_json, write_line
from sheetward.cli.session import current, say


def table(
    table_name: Annotated[str, typer.Argument(metavar="TABLE")],
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="WHEN")] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE")] = None,
    where: Annotated[str | None, typer.Option("--where", metavar="RULE")] = None,
    sort: Annotated[str | None, typer.Option("--sort", metavar="FIELD")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE")] = None,
) -> int:
    """Run `sheetward table`."""
    from sheetward.app.tables import listing, write_listing
    from sheetward.cells import plain_text, value_of

    with workspace() as opened:
        found = listing(opened, table_name, as_of=as_of, role=role, where=where, sort=sort)
        labels = [opened.schema(table_name).by_name[name].label(current().lang) for name in found.columns]
    if out is not None:
        write_listing(found, out)
    if current().wants_json:
        write_json(found.to_json())
        return Exit.DONE
    if out is None:
        texts = [[plain_text(value_of(cell)) for cell in row] for row in found.rows]
        # Columns without any value would only make the others narrow.
        places = [place for place in range(len(labels)) if not texts or any(row[place] for row in texts)]
        write_grid([labels[place] for place in places], [[row[place] for place in places] for row in texts])
        write_line(say("table.count", count=len(found.rows), commit=found.commit or "0"))
    else:
        write_line(say("cli.written", path=str(out)))
    return Exit.DONE
