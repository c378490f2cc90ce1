"""`infer`: a schema drafted from a sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetward.cli.exits import Exit
from sheetward.cli.output import progress, remark, write_grid, write_json
from sheetward.cli.session import current, say
from sheetward.errors import UserError

if TYPE_CHECKING:
    from sheetward.app.drafting import Draft


def infer(
    file: Annotated[Path, typer.Argument()],
    tab: Annotated[str | None, typer.Option("--tab", metavar="TAB")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="SCHEMA")] = None,
) -> int:
    """Run `sheetward infer`."""
    from sheetward.app.drafting import draft_text, drafted
    from sheetward.app.plain_table import replace_file

    if out is not None and out.suffix.lower() not in {".yaml", ".yml"}:
        raise UserError("file.kind_out", path=str(out), ending=out.suffix, known=[".yaml", ".yml"])
    if out is not None and out.exists():
        raise UserError("template.exists", path=str(out))
    with progress(say("cli.reading")):
        draft = drafted(file, tab)
        text = draft_text(draft, file.name, current().lang)
    if out is not None:
        replace_file(out, text.encode())
    if current().wants_json:
        write_json({**_draft_json(draft), "file": str(file), "schema": str(out) if out else None, "text": text})
        return Exit.DONE
    _remarks(draft, file)
    if out is None:
        typer.echo(text, nl=False)
    else:
        _write_guesses(draft)
        remark(say("infer.written", path=str(out), file=str(file)))
    return Exit.DONE


def _remarks(draft: Draft, file: Path) -> None:
    from sheetward.xlsx.areas import column_letters

    sheet = draft.sheet
    remark(say("infer.header", place=sheet.tab or file.name, row=sheet.header_row, count=len(draft.fields)))
    if sheet.repeated:
        remark(say("infer.repeated", columns=[f"{column_letters(c)} {text}" for c, text in sheet.repeated.items()]))
    if sheet.nameless:
        remark(say("infer.nameless", columns=[column_letters(column) for column in sheet.nameless]))


def _write_guesses(draft: Draft) -> None:
    names = (
        "word.column",
        "word.header",
        "word.field",
        "word.type",
        "infer.word.share",
        "infer.word.filled",
        "schema.rules",
    )
    rows: list[tuple[str, ...]] = []
    for field in draft.fields:
        guess = field.guess
        demands = [say("schema.key")] if field.name == draft.key else []
        demands += [say("schema.required")] if guess.is_required else []
        kind = guess.chosen.kind
        shown = f"{kind} ({', '.join(guess.categories)})" if guess.categories else kind
        share = f"{guess.chosen.share:.0%}" if guess.filled else ""
        rows.append(
            (field.letters, field.header, field.name, shown, share, f"{guess.filled}/{guess.rows}", ", ".join(demands))
        )
    write_grid([say(name) for name in names], rows)


def _draft_json(draft: Draft) -> dict[str, object]:
    return {
        "tab": draft.sheet.tab,
        "table": draft.name,
        "looks_like": draft.sheet.schema.name if draft.sheet.schema else None,
        "header_row": draft.sheet.header_row,
        "rows": len(draft.sheet.rows),
        "key": draft.key,
        "key_candidates": list(draft.candidates),
        "columns": [
            {
                "column": field.letters,
                "header": field.header,
                "field": field.name,
                "labels": dict(field.labels),
                "type": field.guess.chosen.type,
                "kind": field.guess.chosen.kind,
                "share": field.guess.chosen.share,
                "guesses": [{"type": g.type, "kind": g.kind, "share": g.share} for g in field.guess.guesses],
                "filled": field.guess.filled,
                "distinct": field.guess.distinct,
                "sampled": field.guess.sampled,
                "required": field.guess.is_required,
                "unique": field.guess.is_unique,
                "categories": list(field.guess.categories),
            }
            for field in draft.fields
        ],
    }
