"""The common options, taken out of the arguments wherever they stand, before or after the command."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sheetward.cli.session import Session
from sheetward.errors import UserError
from sheetward.messages import LANGS, Lang

_FLAGS = {"--json": "json", "-q": "quiet", "--quiet": "quiet", "-v": "verbose", "--verbose": "verbose", "-vv": "very"}
_VALUED = ("--workspace", "--lang")


def language_of(environment: Mapping[str, str]) -> Lang:
    """Give the language of the locale: Chinese for zh in any form, else English.

    The order is that of POSIX: LC_ALL, LC_MESSAGES, LANG; where none is set (Windows), the system's own locale.

    >>> language_of({"LANG": "zh_CN.UTF-8"}), language_of({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"})
    ('zh', 'en')
    """
    name = next((environment[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(key)), "")
    if not name and sys.platform == "win32":
        name = locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


def peeked(arguments: Sequence[str]) -> Session:
    """Give language and form for reporting arguments that cannot be taken apart."""
    words = list(arguments)
    lang: Lang = language_of(os.environ)
    for place, word in enumerate(words):
        value = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and place + 1 < len(words):
            value = words[place + 1]
        for known in LANGS:
            lang = known if known == value else lang
    return Session(lang=lang, wants_json="--json" in words)


def _language(value: str) -> Lang:
    for lang in LANGS:
        if value == lang:
            return lang
    raise UserError("usage.language", value=value, known=list(LANGS))


def taken_apart(arguments: Sequence[str]) -> tuple[Session, list[str]]:
    """Split arguments into the session they ask for and what is left for the command.

    What stands after `--` is left alone; a value that looks like a common option is given as `--value=-v`.
    Raises `UserError`: `usage.missing_value`, `usage.language`.
    """
    lang, workspace, verbosity, wants_json = language_of(os.environ), None, 0, False
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
            break
        name, _, value = word.partition("=")
        if name in _VALUED:
            if "=" not in word:
                value = next(words, "")
            if not value:
                raise UserError("usage.missing_value", option=name)
            if name == "--workspace":
                workspace = Path(value)
            else:
                lang = _language(value)
        elif word in _FLAGS:
            match _FLAGS[word]:
                case "json":
                    wants_json = True
                case "quiet":
                    verbosity = -1
                case "very":
                    verbosity = 2
                case _:
                    verbosity += 1
        else:
            rest.append(word)
    return Session(lang, wants_json, verbosity, workspace), rest
