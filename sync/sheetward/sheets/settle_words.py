"""The words of the list of what waits: what its lines say, and what a choice typed into it means. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from sheetward.cells import Cell
from sheetward.merge.choice import Choice
from sheetward.messages import LANGS, Lang, render
from sheetward.plan.choices import ORDER
from sheetward.ports.replica import SettleLine, Side

LONGEST: Final = 500
"""So many characters of a value are shown; the cell itself has all of it."""
_ALSO: Final = {"用表库的": Choice.STORE, "store": Choice.STORE, "the store": Choice.STORE, "另填": Choice.VALUE}
"""What people write who do not pick."""
COLUMNS: Final = ("where", "whom", "column", "mine", "store", "who", "when", "choice", "value", "why")
"""The columns that people see, in their order."""

Spelt = Callable[[str, Cell], str]
"""How the sheet would show a cell: field and cell to text."""


def word(name: str, lang: Lang) -> str:
    """Give a word of the list."""
    return render(f"settle.{name}", {}, lang)


def heading(column: str, lang: Lang) -> str:
    """Give the header of a column that people see."""
    return render(f"settle.head_{column}", {}, lang)


def choice_word(choice: Choice, lang: Lang) -> str:
    """Give what a person picks for a choice."""
    return render(f"choice.word_{choice.value}", {}, lang)


def meant(text: str) -> Choice | None:
    """Give the choice that a text means in either language, case, spaces and quotation marks aside; else `None`."""
    return _words().get(_plain(text))


def _words() -> Mapping[str, Choice]:
    listed = {_plain(choice_word(choice, lang)): choice for choice in ORDER for lang in LANGS}
    return {**listed, **{_plain(text): choice for text, choice in _ALSO.items()}}


def _plain(text: str) -> str:
    return re.sub(r"[\s'’‘`\"“”。.,，]", "", unicodedata.normalize("NFKC", text)).casefold()


def told(line: SettleLine, headers: Mapping[str, str], spelt: Spelt, zone: dt.tzinfo, lang: Lang) -> dict[str, str]:
    """Give the texts of a line by column, apart from its place, its choice and its value."""
    why = [render(line.code, line.facts, lang)]
    if line.remark:
        why.insert(0, render(line.remark, {}, lang))
    return {
        "whom": " ".join(part for part in (line.key, line.name) if part),
        "column": word("whole_row", lang) if line.field is None else headers.get(line.field, line.field),
        "mine": _side(line.mine, headers, spelt, lang),
        "store": _side(line.store, headers, spelt, lang),
        "who": line.who,
        "when": _moment(line.when, zone),
        "why": "\n".join(why),
    }


def _side(side: Side, headers: Mapping[str, str], spelt: Spelt, lang: Lang) -> str:
    if side.code:
        return render(side.code, {}, lang)
    texts = {name: _shortened(spelt(name, cell)) for name, cell in side.cells.items()}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return _shortened("\n".join(f"{headers.get(name, name)}: {text}" for name, text in texts.items()))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _moment(when: str, zone: dt.tzinfo) -> str:
    return dt.datetime.fromisoformat(when).astimezone(zone).strftime("%Y-%m-%d %H:%M") if when else ""
