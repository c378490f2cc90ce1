"""Every sentence a person reads, as data, in Chinese and English; rendered at the edges only.

The catalogue is the TOML files beside this module, one for each area. A code's entry has `zh` and `en`, and may have
`hint_zh` and `hint_en`: what to do next. Texts use `{name}` for the facts of the error, finding or notice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

Lang: TypeAlias = Literal["zh", "en"]
LANGS: tuple[Lang, Lang] = ("zh", "en")


class _Fact(str):
    """A fact in a sentence. `{count:row|rows}` is the word that goes with its number, the first one for 1."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        """Give the fact itself, or the word that goes with it."""
        if not spec:
            return str(self)
        one, _, several = spec.partition("|")
        return one if self == "1" else several


class _Facts(dict[str, object]):
    """Facts for a text; one that is not given shows as its name, so that a message never fails to appear."""

    def __missing__(self, key: str) -> str:
        return _Fact(f"<{key}>")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Give code to texts, over all areas; `ValueError` where two areas claim one code."""
    texts: dict[str, Mapping[str, str]] = {}
    folder = files("sheetward.messages") / "catalogue"
    for area in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not area.name.endswith(".toml"):
            continue
        for code, entry in tomllib.loads(area.read_text(encoding="utf-8")).items():
            if code in texts:
                raise ValueError(f"{area.name} repeats the code {code}")
            texts[code] = entry
    return texts


MANY: int = 40
"""A sentence names so many things of a list at most; the facts hold all of them."""


def _shown(value: object, is_chinese: bool) -> str:  # noqa: FBT001 - one of two languages
    if not isinstance(value, list | tuple | set | frozenset):
        return str(value)
    items = [str(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if not items:
        return "（无）" if is_chinese else "(none)"
    text = ("、" if is_chinese else ", ").join(items[:MANY])
    if len(items) <= MANY:
        return text
    return text + (f"……（共 {len(items)} 个）" if is_chinese else f", … ({len(items)} in all)")


def _rendered(code: str, key: str, facts: Mapping[str, object]) -> str | None:
    text = catalogue().get(code, {}).get(key)
    if text is None:
        return None
    return text.format_map(_Facts({name: _Fact(_shown(value, key.endswith("zh"))) for name, value in facts.items()}))


def render(code: str, facts: Mapping[str, object], lang: Lang) -> str:
    """Give the sentence for a code; the code itself where the catalogue lacks it (a test forbids that).

    A rule of a schema has a code and words of its own: its facts hold them as `message_zh` and `message_en`.
    """
    return _rendered(code, lang, facts) or _own_words(facts, lang) or code


def _own_words(facts: Mapping[str, object], lang: Lang) -> str | None:
    words = facts.get(f"message_{lang}") or next(
        (facts[f"message_{other}"] for other in LANGS if facts.get(f"message_{other}")), None
    )
    return None if words is None else _rendered("rule.broken", lang, {**facts, "message": words})


def hint(code: str, facts: Mapping[str, object], lang: Lang) -> str:
    """Give the way out for a code, or the empty string."""
    return _rendered(code, f"hint_{lang}", facts) or ""
