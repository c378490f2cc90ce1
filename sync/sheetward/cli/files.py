"""The commands on one file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, cast

import orjson
import typer

from sheetward.cli.exits import Exit
from sheetward.cli.output import write_json
from sheetward.cli.session import current
from sheetward.errors import UserError


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
    region: Annotated[str, typer.Option("--region", metavar="REGION")] = "CN",
    options: Annotated[str | None, typer.Option("--options", metavar="JSON")] = None,
) -> int:
    """Run `sheetward normalize`."""
    from sheetward.cells import plain_text, value_of
    from sheetward.formats import KINDS
    from sheetward.formats import normalize as read

    if kind not in KINDS:
        raise UserError("usage.kind", kind=kind, known=sorted(KINDS))
    further = _options(options)
    answers: list[dict[str, object]] = []
    is_settled = True
    for line in _lines():
        reading = read(kind, line, region=region, options=further)
        value = plain_text(value_of(reading.cell)) if reading.is_settled else ""
        is_settled = is_settled and reading.is_settled
        if current().wants_json:
            answers.append({"input": line, "value": value, "code": reading.code, "candidates": reading.candidates})
        else:
            sys.stdout.write(f"{value.replace(chr(10), ' ')}\t{reading.code or ''}\n")
    if current().wants_json:
        write_json({"values": answers})
    return Exit.DONE if is_settled else Exit.FOUND


def _options(text: str | None) -> Mapping[str, object]:
    if text is None:
        return {}
    try:
        parsed: object = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise UserError("usage.json", option="--options") from problem
    if not isinstance(parsed, dict):
        raise UserError("usage.json", option="--options")
    return cast("dict[str, object]", parsed)
