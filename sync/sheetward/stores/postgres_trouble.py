"""What PostgreSQL's errors mean for the caller of the store. No message repeats a password, a statement or a value."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

import psycopg
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sheetward.errors import IntegrityError, SheetwardError, TransientError, UserError

AGAIN: Final = frozenset({"40001", "40P01"})
"""A serialization failed, a deadlock was cut: nothing was written, and the same may work at once."""
MADE_MEANWHILE: Final = frozenset({"42P07", "42710", "23505"})
"""What making a store meets where another program makes it at the same time."""

Trouble: TypeAlias = DBAPIError | psycopg.Error | PoolTimeout

# https://www.postgresql.org/docs/current/errcodes-appendix.html, by code or by class.
_PASSING: Final = {
    "53100": "postgres.full",
    "53": "postgres.busy",
    "57P03": "postgres.busy",
    "55P03": "postgres.locked",
    "57014": "postgres.locked",
    "40001": "postgres.contended",
    "40P01": "postgres.contended",
    "40": "postgres.lost",
    "08": "postgres.lost",
    "57": "postgres.lost",
    "25P03": "postgres.lost",
}
_CALLERS: Final = {
    "25006": "postgres.read_only",
    "28P01": "postgres.password",
    "28": "postgres.refused",
    "3D000": "postgres.no_database",
    "3F000": "postgres.forbidden",
    "42501": "postgres.forbidden",
}
_DAMAGE: Final = frozenset({"42P01", "42703", "XX001", "XX002"})

# A refused connection has no code; its text is the server's, in the server's language.
_ANSWERS: Final = (
    (r"password authentication failed|no password supplied|password.*认证失败|authentication failed", "28P01"),
    (r"(role|角色) .*(does not exist|不存在)", "28P01"),
    (r"(database|数据库) .*(does not exist|不存在)", "3D000"),
    (r"permission denied|权限不够", "42501"),
    (r"starting up|shutting down|in recovery|not yet accepting|启动|关闭|恢复", "57P03"),
    (r"too many|connection slots|连接", "53300"),
    (r"FATAL|致命", "28000"),
)


def sqlstate(trouble: Trouble) -> str | None:
    """Give the server's code of an error; `None` where the server gave none."""
    original = trouble.orig if isinstance(trouble, DBAPIError) else trouble
    return original.sqlstate if isinstance(original, psycopg.Error) else None


def named(address: URL) -> str:
    """Give what a person calls the database: host, port and name, without user, password and options."""
    host = address.host or str(address.query.get("host", "localhost"))
    port = f":{address.port}" if address.port else ""
    return f"{host}{port}/{address.database}"


def in_our_words(address: URL, trouble: Trouble) -> SheetwardError:
    """Say what the caller of the store should do about an error."""
    server = named(address)
    if isinstance(trouble, PoolTimeout):
        return TransientError("postgres.busy", server=server)
    state = sqlstate(trouble)
    if state is None:
        reason = _reason(address, trouble)
        if not _is_refusal(trouble):
            return TransientError("postgres.lost", server=server)
        answers = (answer for pattern, answer in _ANSWERS if re.search(pattern, reason, re.IGNORECASE))
        state = next(answers, None)
        if state is None:
            return TransientError("postgres.unreachable", server=server, error=reason)
    passing = _PASSING.get(state) or _PASSING.get(state[:2])
    if passing is not None:
        return TransientError(passing, server=server)
    mistake = _CALLERS.get(state) or _CALLERS.get(state[:2])
    if mistake is not None:
        return UserError(mistake, server=server, user=address.username or "")
    if state in _DAMAGE:
        return IntegrityError("postgres.damaged", server=server, state=state)
    return IntegrityError("postgres.error", server=server, state=state)


def _is_refusal(trouble: Trouble) -> bool:
    """Say whether a connection was asked for and not given; else one was lost."""
    return isinstance(trouble, DBAPIError) and trouble.statement is None and not trouble.connection_invalidated


def _reason(address: URL, trouble: Trouble) -> str:
    """Give the short of a text like `connection to server at "h", port 5432 failed: Connection refused`."""
    text = str(trouble.orig if isinstance(trouble, DBAPIError) else trouble)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = next((line for line in lines if "failed: " in line), lines[0] if lines else "")
    reason = line.rpartition("failed: ")[2]
    return reason.replace(str(address.password), "***") if address.password else reason
