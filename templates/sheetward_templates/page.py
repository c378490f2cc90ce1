"""HTML pages of one file: our templates and style, everything escaped, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from sheetward_templates.texts import Lang, report_text


def _source(name: str) -> str:
    return (files("sheetward_templates") / "html" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def page(template: str, title: str, subtitle: Sequence[str], lang: Lang, content: Mapping[str, object]) -> str:
    """Give a page as text. All of `content` is escaped; only our own style sheet goes in as it is."""
    return (
        _environment()
        .get_template(template)
        .render(
            title=title,
            subtitle=subtitle,
            lang=lang,
            style=_source("style.css"),
            t=partial(_said, lang),
            **content,
        )
    )


def _said(lang: Lang, code: str, **facts: object) -> str:
    return report_text(code, lang, **facts)
