"""The reference of all commands, made from their help pages: `python -m sheetward.cli.reference docs`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from sheetward.cli.help import Page, page, walked
from sheetward.cli.tree import parser
from sheetward.messages import Lang, render

FILES: dict[Lang, str] = {"en": "cli.md", "zh": "cli.zh.md"}


def _listed(entries: Sequence[tuple[str, str]]) -> list[str]:
    return [f"- `{name}`: {text}" for name, text in entries]


def _section(shown: Page) -> list[str]:
    lines = [f"## {shown.path}", "", f"    {shown.usage}", "", *shown.text.split("\n"), ""]
    rows = _listed((*shown.arguments, *shown.options))
    return [*lines, *rows, ""] if rows else lines


def reference(lang: Lang) -> str:
    """Give the reference in a language, as Markdown."""
    root = parser()
    whole = page(root, (), lang)
    lines = [f"# {render('help.reference.title', {}, lang)}", "", render("help.reference.note", {}, lang), ""]
    lines += [
        *whole.text.split("\n"),
        "",
        f"**{render('help.word.common_options', {}, lang)}**",
        "",
        *_listed(whole.common),
        "",
    ]
    for path, command in walked(root):
        lines += _section(page(command, path, lang))
    return "\n".join(lines).rstrip() + "\n"


def write(folder: Path) -> None:
    """Write the reference in every language into a folder."""
    for lang, name in FILES.items():
        (folder / name).write_text(reference(lang), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
