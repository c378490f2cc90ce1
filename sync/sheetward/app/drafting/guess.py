"""What a column seems to hold: each kind with the share of values that fit it, and the one that is chosen. Pure.

Values decide; a header that the bundled tables know only lowers what is asked of them. Kinds that fit nearly anything
(text, names of people, companies, addresses) are never guessed from values alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sheetward_schemas import Field

from sheetward.cells import RawCell, State
from sheetward.formats import column_reader

SURE: Final = 0.9
"""The share of values from which a kind is chosen by the values alone."""
LIKELY: Final = 0.6
"""The share that is enough where the header says the same."""
SAMPLE: Final = 600
"""So many distinct values, evenly spread over the column, are tried against each kind."""
FIRST_LOOK: Final = 40
MISSING: Final = ("", "-", "—", "/", "无", "暂无", "N/A", "n/a", "null", "NULL", "None")

_TYPES: Final[Mapping[str, str]] = {
    "email": "string",
    "url": "string",
    "cn_id": "string",
    "uscc": "string",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "phone": "string",
    "boolean": "boolean",
    "percent": "number",
    "integer": "integer",
    "number": "number",
    "amount": "number",
    "currency": "string",
    "country": "string",
    "code": "string",
}
"""Kinds that are tried, the most telling first, with the type of a field that holds them."""
_BY_HEADER: Final = frozenset(
    {"company", "person_name", "postal_code", "birthday", "tax_id", "vat", "year", "yearmonth", "duration"}
)
_CODE: Final = re.compile(r"(?=.*[0-9])[A-Za-z]{0,6}[-_/]?[0-9]{2,}(?:[-_/][0-9A-Za-z]+)*")
_PHONE: Final = re.compile(r"(?:\+?86)?1[3-9][0-9]{9}|\+[0-9]{7,15}|0[0-9]{9,11}(?:转[0-9]+)?")
_PHONE_MARKS: Final = re.compile(r"[\s()（）.-]")
_DAY_LIKE: Final = re.compile(r"[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}")
_DAY_TEXT: Final = re.compile(r".*[-/.年月\s].*|(?:19|20)[0-9]{6}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Guess:
    """A kind and the share of the sampled values (weighted by how often they stand there) that it settles."""

    type: str
    kind: str
    share: float


@dataclass(frozen=True)
class ColumnGuess:
    """What a column seems to hold. `guesses` are by share, the chosen one first; `categories` in order of frequency."""

    chosen: Guess
    guesses: tuple[Guess, ...]
    filled: int
    rows: int
    distinct: int
    sampled: int
    is_unique: bool
    categories: tuple[str, ...] = ()

    @property
    def is_required(self) -> bool:
        """Say whether every row has a value."""
        return self.filled == self.rows > 0


def guessed(raws: Sequence[RawCell], known: Field | None = None) -> ColumnGuess:
    """Guess from the cells of a column, one for each row; `known` is the field that the header means, if any."""
    counts = Counter(raw for raw in raws if raw.state is not State.BLANK and raw.text.strip() not in MISSING)
    values = [raw for raw in counts if raw.state not in {State.ERROR, State.UNCACHED}]
    filled = sum(counts.values())
    sample = _spread(values, SAMPLE)
    hint = str(known.kind.get("kind") or "") if known is not None else ""
    guesses = _guesses(sample, values, counts, known, hint)
    text = Guess("string", "text", 1.0)
    chosen = next((g for g in guesses if g.share >= (LIKELY if g.kind == hint else SURE)), text)
    categories = _categories(counts) if chosen.kind == "text" and known_open(known) else ()
    days = max((g.share for g in guesses if g.kind == "date"), default=0.0)
    others = sorted(
        (g for g in guesses if g is not chosen and (g.kind != "datetime" or g.share > days)),
        key=lambda g: (-g.share, g.kind),
    )
    return ColumnGuess(
        chosen=Guess("string", "category", 1.0) if categories else chosen,
        guesses=(chosen, *others),
        filled=filled,
        rows=len(raws),
        distinct=len({raw.text.strip() for raw in counts}),
        sampled=len(sample),
        is_unique=filled > 1 and len({raw.text.strip() for raw in counts}) == filled,
        categories=categories,
    )


def known_open(known: Field | None) -> bool:
    """Say whether a column may be a list of categories: not one whose header means a name, a text or a key."""
    return known is None or bool(known.categories) or known.kind.get("kind") in {None, "category"}


def _spread(values: Sequence[RawCell], most: int) -> list[RawCell]:
    if len(values) <= most:
        return list(values)
    return [values[place * len(values) // most] for place in range(most)]


def _guesses(
    sample: Sequence[RawCell],
    values: Sequence[RawCell],
    counts: Counter[RawCell],
    known: Field | None,
    hint: str,
) -> list[Guess]:
    if not sample:
        return []
    kinds = list(_TYPES)
    if hint in _BY_HEADER or hint in _TYPES:
        kinds = [hint, *(kind for kind in kinds if kind != hint)]
    found: list[Guess] = []
    for kind in kinds:
        is_hinted = kind == hint and known is not None
        field_type = known.type if is_hinted and known is not None else _TYPES[kind]
        options: dict[str, object] = own_options(known) if is_hinted and known is not None else {"kind": kind}
        field = Field("value", type=field_type, kind=options)
        first = _share(kind, field, _spread(sample, FIRST_LOOK), values, counts, is_hinted=is_hinted)
        if first < 0.2:
            continue
        found.append(Guess(field_type, kind, _share(kind, field, sample, values, counts, is_hinted=is_hinted)))
    return found


def own_options(known: Field) -> dict[str, object]:
    """Give a bundled field's `x:format` for another sheet's column: its own order of day and month is that column's affair."""
    return {name: value for name, value in known.kind.items() if name not in {"order", "regionFrom", "synonyms"}}


def _share(
    kind: str,
    field: Field,
    sample: Iterable[RawCell],
    values: Sequence[RawCell],
    counts: Counter[RawCell],
    *,
    is_hinted: bool,
) -> float:
    reader = column_reader(field, sample=values if kind in {"date", "datetime"} else ())
    fits = total = 0
    for raw in sample:
        total += counts[raw]
        if (is_hinted or _looks(kind, raw)) and reader.read(raw).is_settled:
            fits += counts[raw]
    return round(fits / total, 4) if total else 0.0


def _looks(kind: str, raw: RawCell) -> bool:
    """Say whether a cell looks like a kind at first sight: most kinds accept far more once a person says what it is."""
    text = raw.text.strip()
    is_text = raw.state is State.TEXT
    match kind:
        case "date":
            code = raw.number_format.lower()
            return (raw.state is State.DATE and "h" not in code) or (is_text and bool(_DAY_TEXT.fullmatch(text)))
        case "datetime":
            code = raw.number_format.lower()
            return (raw.state is State.DATE and ("y" in code or "d" in code)) or (
                is_text and bool(_DAY_TEXT.fullmatch(text))
            )
        case "time":
            code = raw.number_format.lower()
            return (raw.state is State.DATE and "y" not in code and "d" not in code) or (is_text and ":" in text)
        case "boolean":
            return raw.state is State.BOOL or (is_text and not text.isdigit())
        case "phone":
            return _PHONE.fullmatch(_PHONE_MARKS.sub("", text)) is not None
        case "integer" | "number":
            # A text with a zero in front is a code, and so is a number too long to count anything.
            return raw.state is State.NUMBER or (is_text and not (text[:1] == "0" and text[1:2].isdigit()))
        case "amount":
            return raw.state is State.NUMBER or (is_text and any(mark in text for mark in ",，¥￥$€£元万"))
        case "percent":
            return "%" in raw.number_format or (is_text and text.endswith(("%", "％")))
        case "code":
            return is_text and _CODE.fullmatch(text) is not None and not _DAY_LIKE.fullmatch(text)
        case "currency":
            return is_text and (not text.isascii() or (len(text) == 3 and text.isalpha()) or len(text) == 1)
        case "country":
            return is_text and len(text) > 1
        case _:
            return True


def _categories(counts: Counter[RawCell]) -> tuple[str, ...]:
    """Give the values of a column that holds few of them again and again, the most frequent first."""
    texts: Counter[str] = Counter()
    for raw, count in counts.items():
        if raw.state is not State.TEXT or len(raw.text.strip()) > 30:
            return ()
        texts[raw.text.strip()] += count
    filled = sum(texts.values())
    if not 1 < len(texts) <= 20 or filled < 10 or filled < 4 * len(texts):
        return ()
    return tuple(sorted(texts, key=lambda text: (-texts[text], text)))
