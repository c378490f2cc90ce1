"""`diff` and `merge`: tables in files, compared and merged by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sheetward.cli.exits import Exit
from sheetward.cli.output import progress, remark, write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError

if TYPE_CHECKING:
    from sheetward.app.plain_table import KeyText, PlainTable
    from sheetward.app.table_merge import Merged, TableDiff
    from sheetward.cells import Cell


def _columns(key: str | None) -> list[str]:
    if key is None:
        return []
    names = [name.strip() for name in key.split(",") if name.strip()]
    if not names:
        raise UserError("usage.missing_value", option="--key")
    return names


def key_json(key: KeyText) -> str | list[str]:
    """Give a key as one text, or as a list where it has several columns."""
    return key[0] if len(key) == 1 else list(key)


def diff_json(diff: TableDiff) -> dict[str, object]:
    """Give the contract's form."""
    from sheetward.app.json_cells import cell_json, row_json

    return {
        "key": list(diff.key),
        "added": [{"key": key_json(key), "row": row_json(row)} for key, row in diff.added.items()],
        "removed": [{"key": key_json(key), "row": row_json(row)} for key, row in diff.removed.items()],
        "changed": [
            {"key": key_json(c.key), "column": c.column, "old": cell_json(c.old), "new": cell_json(c.new)}
            for c in diff.changed
        ],
        "columns_added": list(diff.columns_added),
        "columns_removed": list(diff.columns_removed),
    }


def merged_json(result: Merged) -> dict[str, object]:
    """Give the contract's form; whole rows in conflict have the column null and rows by column as sides."""
    from sheetward.app.json_cells import cell_json, row_json

    def side(value: Cell | Mapping[str, Cell] | None) -> object:
        return row_json(value) if isinstance(value, Mapping) else cell_json(value)

    return {
        "columns": list(result.table.columns),
        "rows": [[cell_json(cell) for cell in row] for row in result.table.rows],
        "conflicts": [
            {
                "key": key_json(c.key),
                "column": c.column,
                "base": side(c.sides.base),
                "ours": side(c.sides.ours),
                "theirs": side(c.sides.theirs),
            }
            for c in result.conflicts
        ],
    }


def _known_key(tables: Sequence[PlainTable]) -> tuple[str, ...]:
    """Give the key column that a bundled schema knows by these headers."""
    from sheetward.app.schemas import guessed_schema

    schema = guessed_schema(tables[0].columns)
    if schema is None or schema.business_key is None:
        return ()
    headers = schema.by_name[schema.business_key].headers
    return next(((name,) for name in tables[0].columns if name in headers), ())


def text(cell: Cell) -> str:
    """Spell a cell for people."""
    from sheetward.cells import plain_text, value_of

    return plain_text(value_of(cell))


def _row_text(row: Mapping[str, Cell]) -> str:
    return ", ".join(f"{name}={text(cell)}" for name, cell in row.items() if cell is not None)


def diff(
    old: Annotated[Path, typer.Argument()],
    new: Annotated[Path, typer.Argument()],
    key: Annotated[str | None, typer.Option("--key", metavar="COLUMNS")] = None,
    tab: Annotated[str | None, typer.Option("--tab", metavar="TAB")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="OUT")] = None,
) -> int:
    """Run `sheetward diff`."""
    from sheetward.app.plain_table import choose_key, read_plain
    from sheetward.app.result_file import check_result
    from sheetward.app.table_merge import compared

    if html is not None:
        check_result(html, ".html", old, new)
    with progress(say("cli.reading")):
        tables = [read_plain(old, tab), read_plain(new, tab)]
        wanted = _columns(key)
        found = compared(tables[0], tables[1], choose_key(tables, wanted, () if wanted else _known_key(tables)))
    if html is not None:
        from sheetward.app.pages import diff_page
        from sheetward.app.plain_table import replace_file

        replace_file(html, diff_page(old.name, new.name, found, current().lang).encode())
        remark(say("cli.written", path=str(html)))
    if current().wants_json:
        write_json(diff_json(found))
    else:
        write_diff(found)
    return Exit.FOUND if found else Exit.DONE


def write_diff(diff: TableDiff) -> None:
    """Write a difference for people."""
    if diff.changed:
        names = (say("word.key"), say("word.column"), say("word.old"), say("word.new"))
        write_grid(names, [(" / ".join(c.key), c.column, text(c.old), text(c.new)) for c in diff.changed])
    for sign, rows in (("+", diff.added), ("-", diff.removed)):
        for key, row in rows.items():
            write_line(f"{sign} {' / '.join(key)}: {_row_text(row)}")
    for sign, columns in (("+", diff.columns_added), ("-", diff.columns_removed)):
        for column in columns:
            write_line(f"{sign} {say('word.column')} {column}")
    counts = {"added": len(diff.added), "removed": len(diff.removed), "changed": len(diff.changed)}
    write_line(say("diff.summary", **counts) if diff else say("diff.same"))


def merge(
    base: Annotated[Path, typer.Argument()],
    ours: Annotated[Path, typer.Argument()],
    theirs: Annotated[Path, typer.Argument()],
    key: Annotated[str | None, typer.Option("--key", metavar="COLUMNS")] = None,
    prefer: Annotated[Literal["ours", "theirs"] | None, typer.Option("--prefer")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="OUT")] = None,
    tab: Annotated[str | None, typer.Option("--tab", metavar="TAB")] = None,
) -> int:
    """Run `sheetward merge`."""
    from sheetward.app.plain_table import choose_key, kind_of, read_plain, write_plain
    from sheetward.app.result_file import check_result
    from sheetward.app.table_merge import merged
    from sheetward.table import ThreeWay

    with progress(say("cli.reading")):
        sides = ThreeWay(read_plain(base, tab), read_plain(ours, tab), read_plain(theirs, tab))
        tables = [sides.base, sides.ours, sides.theirs]
        wanted = _columns(key)
        result = merged(sides, choose_key(tables, wanted, () if wanted else _known_key(tables)), prefer)
    if out is not None:
        kind = kind_of(out, ours)
        if not (out.exists() and out.samefile(ours)):  # a merge driver writes over ours: that is what it was asked for
            check_result(out, kind, base, theirs)
        write_plain(result.table, out, kind)
    if current().wants_json:
        write_json(merged_json(result))
    else:
        _write_merge(result, out)
    return Exit.WAITING if result.conflicts else Exit.DONE


def _write_merge(result: Merged, out: Path | None) -> None:
    if out is None:
        write_grid(result.table.columns, [[text(cell) for cell in row] for row in result.table.rows])
    if result.conflicts:
        names = (say("word.key"), say("word.column"), say("word.base"), say("word.ours"), say("word.theirs"))
        write_grid(
            names,
            [
                (
                    " / ".join(c.key),
                    c.column or say("word.whole_row"),
                    *(_side_text(side) for side in (c.sides.base, c.sides.ours, c.sides.theirs)),
                )
                for c in result.conflicts
            ],
        )
    write_line(say("merge.conflicts", count=len(result.conflicts)) if result.conflicts else say("merge.clean"))
    if out is not None:
        write_line(say("cli.written", path=str(out)))


def _side_text(side: Cell | Mapping[str, Cell] | None) -> str:
    return _row_text(side) if isinstance(side, Mapping) else text(side)
