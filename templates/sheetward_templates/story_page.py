"""A told report: sections with headings, texts, notes, figures and tables, from plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sheetward_templates.page import page
from sheetward_templates.texts import Lang, report_text

Tone: TypeAlias = 'Literal["plain", "warning", "error"]'


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    form: str = "text"


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph that stands out."""

    text: str
    tone: Tone = "plain"
    form: str = "note"


@dataclass(frozen=True, slots=True)
class Figures:
    """A few numbers side by side: label and value."""

    figures: tuple[tuple[str, str], ...]
    form: str = "figures"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; every row has a cell for each column."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    form: str = "grid"


Block: TypeAlias = "Text | Note | Figures | Grid"


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the story."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A report from beginning to end; with more than three sections it gets a list of contents."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]


def story_page(story: Story, lang: Lang, *, made: str = "") -> str:
    """Give the page."""
    subtitle = [story.subtitle, report_text("page.made", lang, when=made) if made else ""]
    return page("story.html", story.title, subtitle, lang, {"story": story})
