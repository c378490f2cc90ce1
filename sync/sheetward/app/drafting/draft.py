"""The draft: which fields a sheet's columns become, and the schema file that says so. Deterministic."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sheetward_schemas import Field, match_header

from sheetward.app.drafting.guess import MISSING, ColumnGuess, guessed, own_options
from sheetward.app.drafting.sheet import AnySheet, read_any
from sheetward.app.schemas import bundled
from sheetward.cells import BLANK
from sheetward.messages import Lang, render
from sheetward.xlsx.areas import column_letters

_KEY_HEADER: Final = re.compile(
    r"编号|编码|代码|单号|序号|学号|工号|流水号|\b(?:id|no|number|code|key|sku)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class DraftField:
    """One column of the draft. `labels` are by language, `known` is the bundled field that its header means."""

    name: str
    column: int
    header: str
    labels: Mapping[str, str]
    known: Field | None
    guess: ColumnGuess

    @property
    def letters(self) -> str:
        """Give the column's letters."""
        return column_letters(self.column)


@dataclass(frozen=True)
class Draft:
    """A drafted schema: `key` is the field that tells the rows apart, `candidates` are all that do."""

    name: str
    sheet: AnySheet
    fields: tuple[DraftField, ...]
    key: str | None
    candidates: tuple[str, ...]


def drafted(path: Path, tab: str | None) -> Draft:
    """Draft a schema from a file; errors as `read_any`."""
    sheet = read_any(path, tab)
    fields: list[DraftField] = []
    taken: set[str] = set()
    for column, header in sheet.headers.items():
        known = _known(header, sheet)
        name = _free(known.name if known else _name_of(header, column), taken)
        guess = guessed([row.get(column, BLANK) for row in sheet.rows], known)
        fields.append(DraftField(name, column, header, _labels(header, known), known, guess))
    candidates = tuple(f.name for f in sorted(fields, key=_key_order) if _may_be_key(f))
    stem = re.sub(r"[/\\\s]+", "_", path.stem).strip("_") or "table"
    return Draft(stem, sheet, tuple(fields), candidates[0] if candidates else None, candidates)


def _known(header: str, sheet: AnySheet) -> Field | None:
    """Give the bundled field that a header means: of the table that the sheet looks like, else of the customer table, else of the first that knows it."""
    if sheet.schema is not None and (found := match_header(header, sheet.schema)) is not None:
        return found
    tables = sorted(bundled(), key=lambda schema: schema.name != "customer")
    return next((found for schema in tables if (found := match_header(header, schema)) is not None), None)


def _free(name: str, taken: set[str]) -> str:
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{name}_{count}"
    taken.add(found)
    return found


def _name_of(header: str, column: int) -> str:
    """Give a field's name: words in ASCII where the header has them, else its letters and digits as they are."""
    folded = unicodedata.normalize("NFKC", header)
    words = re.findall(r"[A-Za-z][A-Za-z0-9]*", folded)
    if words and sum(map(len, words)) >= 2:
        return "_".join(words).lower()
    letters = "".join(sign for sign in folded if sign.isalnum())
    return letters or f"column_{column}"


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def _labels(header: str, known: Field | None) -> dict[str, str]:
    """Give the labels: the header as it stands in its language, and the other language's where it is known.

    A header in both languages gives both.
    """
    own: Lang = "zh" if _is_chinese(header) else "en"
    labels: dict[str, str] = {own: header}
    parts = [part.strip() for part in re.split(r"[\n\r/|（(）)]+", header) if part.strip()]
    if own == "zh" and len(parts) == 2 and _is_chinese(parts[0]) and re.fullmatch(r"[A-Za-z][A-Za-z .-]+", parts[1]):
        labels["en"] = parts[1]
    if known is not None:
        for lang, label in known.labels.items():
            labels.setdefault(lang, label)
    return dict(sorted(labels.items(), reverse=True))


def _may_be_key(field: DraftField) -> bool:
    guess = field.guess
    return (
        guess.is_required
        and guess.is_unique
        and guess.chosen.kind in {"code", "integer", "text", "uscc", "cn_id", "email"}
    )


def _key_order(field: DraftField) -> tuple[bool, int]:
    return _KEY_HEADER.search(field.header.replace("_", " ")) is None, field.column


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def draft_text(draft: Draft, file: str, lang: Lang) -> str:
    """Give the schema file, with a comment for each column that says how sure the guess is."""

    def said(code: str, **facts: object) -> str:
        return render(code, facts, lang)

    sheet = draft.sheet
    facts = {"file": file, "tab": sheet.tab or file, "row": sheet.header_row, "rows": len(sheet.rows)}
    lines = [f"# {said('infer.note', **facts)}", f"# {said('infer.note_next')}"]
    label = sheet.tab or draft.name
    lines += [
        f"name: {_quoted(draft.name)}",
        f"x:labels: {{{'zh' if _is_chinese(label) else 'en'}: {_quoted(label)}}}",
        "fieldsMatch: partial",
        f"missingValues: {_quoted(list(MISSING))}",
    ]
    if draft.key:
        lines.append(f"primaryKey: [{_quoted(draft.key)}]")
    others = [name for name in draft.candidates if name != draft.key]
    if others:
        lines.append(f"# {said('infer.other_keys', names=others)}")
    lines.append("fields:")
    for field in draft.fields:
        lines += [f"  {line}" for line in _field_lines(field, draft, lang)]
    return "\n".join(lines) + "\n"


def _field_lines(field: DraftField, draft: Draft, lang: Lang) -> Iterator[str]:
    guess = field.guess
    yield f"# {column_note(field, lang)}"
    yield f"- name: {_quoted(field.name)}"
    yield f"  type: {guess.chosen.type}"
    demands = [
        f"{word}: true"
        for word, holds in (("required", guess.is_required), ("unique", field.name == draft.key))
        if holds
    ]
    if demands:
        yield f"  constraints: {{{', '.join(demands)}}}"
    if guess.categories:
        yield f"  categories: {_quoted(list(guess.categories))}"
    yield f"  x:labels: {_quoted(dict(field.labels))}"
    if not set(field.labels.values()) >= {field.header}:
        yield f"  x:aliases: {_quoted([field.header])}"
    options = kind_options(field)
    if options:
        yield f"  x:format: {_quoted(options)}"
    if field.known is not None and field.known.sensitivity != "internal":
        yield f"  x:sensitivity: {field.known.sensitivity}"


def kind_options(field: DraftField) -> dict[str, object]:
    """Give the `x:format` of a drafted field: a known field's own where the kind is the same, without its references."""
    chosen, known = field.guess.chosen, field.known
    if chosen.kind == "text":
        return {}
    if known is None or known.kind.get("kind") != chosen.kind or chosen.kind == "category":
        return {"kind": chosen.kind}
    return own_options(known)


def column_note(field: DraftField, lang: Lang) -> str:
    """Say of a column what it holds and how sure that is, in one line."""
    guess = field.guess
    others: Sequence[str] = [
        f"{g.kind} {g.share:.0%}" for g in guess.guesses if g.kind not in {guess.chosen.kind, "text"}
    ][:3]
    code = "infer.column_empty" if not guess.filled else "infer.column_also" if others else "infer.column"
    return render(
        code,
        {
            "letters": field.letters,
            "kind": guess.chosen.kind,
            "share": f"{guess.chosen.share:.0%}",
            "filled": guess.filled,
            "rows": guess.rows,
            "distinct": guess.distinct,
            "others": list(others),
        },
        lang,
    ).replace("\n", " ")
