"""The READMEs cut into what tests need: headings, and fenced blocks with their language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh.md")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `lang` is what stands behind the opening fence, perhaps nothing."""

    lang: str
    text: str


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str) -> list[Block]:
    return [Block(lang, text) for lang, text in _FENCE.findall(text_of(name))]


def headings(name: str) -> list[int]:
    """Give the level of each heading, in order."""
    prose = _FENCE.sub("", text_of(name))
    return [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)]


@dataclass(frozen=True, slots=True)
class Command:
    """One line of a `sh` block; the exit status stands in its comment where it is not 0."""

    line: str
    exit_status: int


def commands(block: Block) -> list[Command]:
    found: list[Command] = []
    for line in block.text.splitlines():
        command, _, comment = line.partition("#")
        told = re.search(r"exit (\d+)", comment)
        if command.strip():
            found.append(Command(command.strip(), int(told.group(1)) if told else 0))
    return found
