"""Where answers go: standard output for the answer, standard error for everything around it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import cast

import orjson

from sheetward.app.json_cells import cell_json
from sheetward.cells import Typed
from sheetward.cli.session import current


def _plain(value: object) -> object:
    if isinstance(value, Decimal | dt.date | Typed):
        return cell_json(value)
    if isinstance(value, set | frozenset | tuple):
        return list(cast("Iterable[object]", value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)


def as_json(document: object, *, in_one_line: bool = False) -> bytes:
    """Encode one JSON document, readable, non-ASCII as itself; dates ISO, tuples and sets as lists."""
    option = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS | (0 if in_one_line else orjson.OPT_INDENT_2)
    try:
        return orjson.dumps(document, default=_plain, option=option)
    except TypeError:  # a name of a file that is no text in any encoding: the broken signs become question marks
        return orjson.dumps(_sayable(document), default=_plain, option=option)


def _sayable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {name: _sayable(item) for name, item in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_sayable(item) for item in cast("Iterable[object]", value)]
    return value


def write_json(document: object, *, in_one_line: bool = False) -> None:
    """Write one JSON document to standard output, in UTF-8 whatever the locale says; in one line where more may follow."""
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    text = as_json(document, in_one_line=in_one_line)
    if buffer is None:
        sys.stdout.write(text.decode())
    else:
        buffer.write(text)
        buffer.flush()


def write_line(text: str = "") -> None:
    """Write a line of the answer, unless the call is quiet or answers in JSON."""
    if current().verbosity >= 0 and not current().wants_json:
        sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """Write to standard error, whatever was asked."""
    sys.stdout.flush()
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def remark(text: str) -> None:
    """Write something beside the answer to standard error, unless the call is quiet or answers in JSON."""
    if current().verbosity >= 0 and not current().wants_json:
        complain(text)


def write_grid(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table for people: aligned by display width, wrapped to the terminal, nothing cut."""
    if current().verbosity < 0 or current().wants_json:
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for header in headers:
        grid.add_column(Text(header), overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(grid)


@contextmanager
def progress(label: str) -> Generator[None]:
    """Show that something is going on: on standard error, and only to a terminal."""
    if current().verbosity < 0 or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.add_task(label, total=None)
        yield
