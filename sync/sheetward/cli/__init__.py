"""The command line: it parses, calls, presents. See `docs/cli.md`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from sheetward.cli.arguments import peeked, taken_apart
from sheetward.cli.session import begin


def run(arguments: Sequence[str]) -> int:
    """Run one call and give its exit status; every trouble is reported here."""
    begin(peeked(arguments))
    try:
        session, rest = taken_apart(arguments)
        begin(session)
        from sheetward.cli.tree import parser

        status = parser()(rest, prog_name="sheetward", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as problem:  # noqa: BLE001 - the one place where every trouble gets a sentence
        from sheetward.cli.failure import answered

        return answered(problem)
    return status if isinstance(status, int) else 0


def main() -> NoReturn:
    """Run as a program: output that is not read by a terminal is UTF-8, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            if stream.isatty():
                reconfigure(errors="replace")
            else:
                reconfigure(encoding="utf-8", errors="replace")  # a file's name may hold what no encoding knows
    sys.exit(run(sys.argv[1:]))
