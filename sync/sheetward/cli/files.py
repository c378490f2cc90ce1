"""The commands on one file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import orjson
import typer

from sheetward.cli.checking import schema_named, today, write_findings
from sheetward.cli.exits import Exit
from sheetward.cli.output import progress, remark, write_grid, write_json, write_line
from sheetward.cli.session import current, say
from sheetward.errors import UserError
from sheetward.messages import LANGS, render

if TYPE_CHECKING:
    from sheetward.app.fixing import FixPlan


def _lines() -> Iterator[str]:
    """Give the lines of standard input, which is UTF-8 whatever the locale says."""
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        yield from (line.rstrip("\r\n") for line in sys.stdin)
        return
    for number, line in enumerate(buffer):
        text = line.decode("utf-8-sig" if number == 0 else "utf-8", errors="replace")
        yield text.rstrip("\r\n")


def normalize(
    kind: Annotated[str, typer.Argument(metavar="TYPE")],
    region: Annotated[str | None, typer.Option("--region", metavar="REGION")] = None,
    options: Annotated[str | None, typer.Option("--options", metavar="JSON")] = None,
) -> int:
    """Run `sheetward normalize`."""
    from sheetward.cells import plain_text, value_of
    from sheetward.formats import KINDS
    from sheetward.formats import normalize as read

    if kind not in KINDS:
        raise UserError("usage.kind", kind=kind, known=sorted(KINDS))
    further = _options(kind, options)
    home = _region(region, further)
    answers: list[dict[str, object]] = []
    is_settled = True
    for line in _lines():
        reading = read(kind, line, region=home, options=further)
        value = plain_text(value_of(reading.cell)) if reading.is_settled else ""
        is_settled = is_settled and reading.is_settled
        if current().wants_json:
            answers.append({"input": line, "value": value, "code": reading.code, "candidates": reading.candidates})
        else:
            sys.stdout.write(f"{value.replace(chr(10), ' ')}\t{reading.code or ''}\n")
    if current().wants_json:
        write_json({"values": answers})
    return Exit.DONE if is_settled else Exit.FOUND


def _options(kind: str, text: str | None) -> Mapping[str, object]:
    """Read `--options`; the first mistake is told, since a call has one line."""
    from sheetward_schemas.kind_options import called_options

    if text is None:
        return {}
    try:
        parsed: object = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise UserError("usage.json", option="--options") from problem
    if not isinstance(parsed, dict):
        raise UserError("usage.json", option="--options")
    options, mistakes = called_options(kind, text)
    for mistake in mistakes:
        near = mistake.facts.get("suggestion")
        code = mistake.code if near is None else f"{mistake.code}_near"
        raise UserError(
            "usage.options",
            option=mistake.path,
            kind=kind,
            **{f"problem_{lang}": render(code, mistake.facts, lang) for lang in LANGS},
        )
    return options


def _region(region: str | None, options: Mapping[str, object]) -> str:
    """Give the country of a call: `--region`, else that of the options, else China; two that differ are refused."""
    from sheetward.formats import is_region

    named = {"--region": region, "region": options.get("region"), "defaultRegion": options.get("defaultRegion")}
    given = {name: str(value).upper() for name, value in named.items() if value is not None}
    if len(set(given.values())) > 1:
        raise UserError("usage.contradiction", options=[f"{name} {value}" for name, value in given.items()])
    home = next(iter(given.values()), "CN")
    if not is_region(home):
        raise UserError("usage.region", value=home)
    return home


def fix(
    file: Annotated[Path, typer.Argument()],
    schema: Annotated[str | None, typer.Option("--schema", metavar="NAME_OR_PATH")] = None,
    tab: Annotated[str | None, typer.Option("--tab", metavar="TAB")] = None,
    is_dry_run: Annotated[bool, typer.Option("--dry-run")] = False,  # noqa: FBT002 - a flag
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="OUT")] = None,
    takes_history: Annotated[bool, typer.Option("--from-history")] = False,  # noqa: FBT002 - a flag
) -> int:
    """Run `sheetward fix`."""
    from sheetward.app.closed_file import kept_copy
    from sheetward.app.fixing import apply_fix
    from sheetward.app.result_file import check_result
    from sheetward.validation import finding_data

    if out is not None:
        check_result(out, file.suffix, file)
    with progress(say("cli.reading")):
        plan = _fix_plan(file, schema, tab, takes_history=takes_history)
    reading = plan.reading
    if not is_dry_run:
        apply_fix(plan, out)
    left = [finding_data(f, current().lang, reading.layout.headers, reading.addresses) for f in plan.left]
    changed = [
        {"cell": f"{reading.addresses[c.field]}{c.row}", "field": c.field, "old": c.old, "new": c.new, "code": c.code}
        for c in plan.corrections
    ]
    if current().wants_json:
        write_json({"file": str(file), "changed": changed, "left": left})
    else:
        if changed:
            names = ("word.cell", "word.column", "word.old", "word.new", "word.why")
            headers = reading.layout.headers
            write_grid(
                [say(name) for name in names],
                [(c["cell"], headers[c["field"]], c["old"], c["new"], say(c["code"])) for c in changed],
            )
        write_findings(left)
        counts = {"changed": len(changed), "left": len(left)}
        write_line(say("fix.would" if is_dry_run else "fix.summary", **counts))
        copy = None if is_dry_run or out is not None or not changed else kept_copy(file, reading.data)
        if copy is not None:
            remark(say("fix.kept", path=str(copy)))
    return Exit.FOUND if left or (is_dry_run and changed) else Exit.DONE


def _fix_plan(file: Path, schema: str | None, tab: str | None, *, takes_history: bool) -> FixPlan:
    """Plan the corrections of a file; a bound sheet's under the schema in force, beside what its history knows."""
    from sheetward.app.bound_check import bound_place
    from sheetward.app.fixing import plan_bound_fix, plan_fix
    from sheetward.app.workspace import opened

    place = bound_place(file, tab, current().workspace) if schema is None else None
    if place is None:
        if takes_history:
            raise UserError("fix.not_bound", path=str(file))
        return plan_fix(file, schema_named(schema), tab, today())
    with opened(place.root) as workspace:
        return plan_bound_fix(workspace, place.name, takes_history=takes_history)


def patch(
    file: Annotated[Path, typer.Argument()],
    assignments: Annotated[list[str], typer.Option("--set", metavar="A1=VALUE")],
    tab: Annotated[str | None, typer.Option("--tab", metavar="TAB")] = None,
    set_type: Annotated[Literal["text", "number", "date", "bool", "formula"], typer.Option("--set-type")] = "text",
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="OUT")] = None,
) -> int:
    """Run `sheetward patch`."""
    from sheetward.app.patching import patch_file
    from sheetward.app.result_file import check_result

    if out is not None:
        check_result(out, file.suffix, file)
    puts = patch_file(file, tab, assignments, set_type, out)
    cells = [put.address for put in puts]
    if current().wants_json:
        write_json({"file": str(out or file), "tab": tab, "cells": cells})
    else:
        write_line(say("patch.done", path=str(out or file), cells=cells))
    return Exit.DONE


def template(
    schema_name: Annotated[str, typer.Argument(metavar="TABLE")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE")],
    columns: Annotated[Literal["basic", "all"], typer.Option("--columns")] = "basic",
) -> int:
    """Run `sheetward template`."""
    import io

    from sheetward_templates.workbook import build_template, chosen_fields

    from sheetward.app.plain_table import replace_file
    from sheetward.cli.schemas import named

    schema, lang = named(schema_name), current().lang
    if out.suffix.lower() != ".xlsx":
        raise UserError("file.kind_out", path=str(out), ending=out.suffix, known=[".xlsx"])
    if out.exists():
        raise UserError("template.exists", path=str(out))
    buffer = io.BytesIO()
    tab = build_template(schema, buffer, lang, columns)
    replace_file(out, buffer.getvalue())
    fields = [field.name for field in chosen_fields(schema, columns)]
    if current().wants_json:
        write_json({"file": str(out), "tab": tab, "table": schema.name, "columns": fields})
    else:
        write_line(say("template.done", path=str(out), label=schema.label(lang), count=len(fields)))
    return Exit.DONE
