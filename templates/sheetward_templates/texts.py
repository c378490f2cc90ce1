"""The words of templates and reports, as data in both languages; rendered here because this package stands alone."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias, cast

Lang: TypeAlias = Literal["zh", "en"]
LANGS: tuple[Lang, Lang] = ("zh", "en")


@cache
def texts(name: str) -> Mapping[str, Mapping[str, str]]:
    """Give code to texts of one file beside this module; codes of nested tables are joined by dots."""
    data = tomllib.loads((files("sheetward_templates") / f"{name}.toml").read_text(encoding="utf-8"))
    return dict(_entries("", data))


def _entries(prefix: str, data: Mapping[str, object]) -> list[tuple[str, Mapping[str, str]]]:
    found: list[tuple[str, Mapping[str, str]]] = []
    for key, value in data.items():
        entry = cast("Mapping[str, object]", value)
        if all(isinstance(text, str) for text in entry.values()):
            found.append((prefix + key, cast("Mapping[str, str]", entry)))
        else:
            found += _entries(f"{prefix}{key}.", entry)
    return found


def text(code: str, lang: Lang, **facts: object) -> str:
    """Give a sentence of a made workbook; `KeyError` where it does not exist."""
    return texts("texts")[code][lang].format(**facts)


def report_text(code: str, lang: Lang, **facts: object) -> str:
    """Give a sentence of a report; `KeyError` where it does not exist."""
    return texts("report")[code][lang].format(**facts)


def joined(parts: list[str], lang: Lang) -> str:
    """Join the items of a list as that language does."""
    return ("、" if lang == "zh" else ", ").join(parts)
