"""What holds for one call of the command line: language, form of the answer, workspace."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from sheetward.messages import Lang, render


@dataclass(frozen=True, slots=True)
class Session:
    """The common options. `verbosity` is -1 for quiet, 1 for `-v`, 2 for `-v -v`."""

    lang: Lang = "en"
    wants_json: bool = False
    verbosity: int = 0
    workspace: Path | None = None


_session: ContextVar[Session] = ContextVar("sheetward_session")


def begin(session: Session) -> None:
    """Make this the session of the running call."""
    _session.set(session)


def current() -> Session:
    """Give the session of the running call, the default one outside of any."""
    return _session.get(Session())


def say(code: str, /, **facts: object) -> str:
    """Give the sentence for a code in the language of this call."""
    return render(code, facts, current().lang)
