"""Text in a CSV that a spreadsheet program would run as a formula, made harmless and read back as it was."""

from __future__ import annotations

import re

_RUNS = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_NUMBER_LIKE = re.compile(r"[+-][0-9\s().,-]*")


def guarded(text: str) -> str:
    """Put an apostrophe before text that would run as a formula; numbers and phones stay as they are.

    Source: OWASP, "CSV Injection".

    >>> guarded("=1+1"), guarded("+86 138-0013-8000"), guarded("'=x"), guarded("plain")
    ("'=1+1", '+86 138-0013-8000', "''=x", 'plain')
    """
    return "'" + text if _RUNS.match(text) and not _NUMBER_LIKE.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Take the apostrophe away again.

    >>> unguarded("'=1+1"), unguarded("''=x"), unguarded("'n Huis")
    ('=1+1', "'=x", "'n Huis")
    """
    return text[1:] if _GUARDED.match(text) else text
