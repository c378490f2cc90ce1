"""Errors sorted by what the caller should do next.

An error carries a stable `code` and its facts; the sentence a person reads is rendered at the edge from
`sheetward.messages`, in that person's language, and ends with the way out.
"""

from __future__ import annotations

from typing import ClassVar


class SheetwardError(Exception):
    """A trouble with a stable code, its facts as a mapping, and an exit status.

    `code` is dotted (`workbook.encrypted`), listed in the message catalogue and never reused. Facts are plain
    data (text, numbers, lists of these) and hold no cell values unless the reader already sees them.
    """

    exit_status: ClassVar[int] = 70

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts: dict[str, object] = facts

    def __copy__(self) -> SheetwardError:
        return type(self)(self.code, **self.facts)

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class UserError(SheetwardError):
    """The caller's mistake: tell them in one sentence, without a traceback."""

    exit_status = 2


class GuardError(SheetwardError):
    """Stopped on purpose; nothing was written."""

    exit_status = 3


class IntegrityError(SheetwardError):
    """Our own records disagree: stop and report."""

    exit_status = 70


class TransientError(SheetwardError):
    """A passing trouble: the same call may work later."""

    exit_status = 75
