"""docs/formats.md: every kind has its section, and every example in it is what the program does."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sheetward.cells import plain_text, value_of
from sheetward.formats import KINDS, normalize
from sheetward.messages import LANGS, render
from sheetward_schemas.kind_options import options_of

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## `([a-z_]+)`(?: `([^\n]+)`)?\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `(.*?)` \| (?:`(.*?)`|(—)) \| (?:`(.*?)`)? \| (.*?) \| (.*?) \|$", re.MULTILINE)
SHOWN = re.compile(r'^    \$ echo "(.*?)" \| sheetward (.*)\n    (.*)$', re.MULTILINE)


def examples() -> Iterator[object]:
    for kind, options, text in SECTION.findall(TEXT):
        for typed, value, refused, code, zh, en in ROW.findall(text):
            told = json.loads(options or "{}")
            yield pytest.param(kind, told, typed, None if refused else value, code, (zh, en), id=f"{kind} {typed}")


@pytest.mark.parametrize(("kind", "options", "typed", "value", "code", "why"), list(examples()))
def test_an_example_is_what_the_program_does(
    kind: str, options: dict[str, object], typed: str, value: str | None, code: str, why: tuple[str, str]
) -> None:
    reading = normalize(kind, typed, region=str(options.get("defaultRegion", "CN")), options=options)
    assert (plain_text(value_of(reading.cell)) if reading.is_settled else None) == value
    assert (reading.code or "") == code
    assert tuple(render(reading.code, reading.facts, lang) if reading.code else "" for lang in LANGS) == why


def test_every_kind_has_its_section_and_what_can_be_refused_is_shown() -> None:
    shown: dict[str, list[tuple[str, ...]]] = {}
    for kind, _, text in SECTION.findall(TEXT):  # a kind has a section for each set of options
        shown.setdefault(kind, []).extend(ROW.findall(text))
    assert shown.keys() == set(KINDS)
    assert [kind for kind, rows in shown.items() if not any(row[1] for row in rows)] == []
    never_refuse = {"text", "person_name", "company", "category"}
    assert {kind for kind, rows in shown.items() if not any(row[2] for row in rows)} == never_refuse
    rows_begin = TEXT.index("## `text`")  # the list of options stands before
    assert TEXT.count("\n| `", rows_begin) == sum(len(ROW.findall(text)) for _, _, text in SECTION.findall(TEXT))


@pytest.mark.parametrize(("typed", "arguments", "answer"), SHOWN.findall(TEXT))
def test_a_shown_call_prints_what_is_shown(typed: str, arguments: str, answer: str) -> None:
    command = [sys.executable, "-m", "sheetward", *shlex.split(arguments)]
    done = subprocess.run(command, input=f"{typed}\n", capture_output=True, encoding="utf-8", timeout=60, check=True)
    assert done.stdout == f"{answer}\t\n"


def test_two_calls_are_shown() -> None:
    assert len(SHOWN.findall(TEXT)) == 2


def test_the_options_of_every_kind_are_listed() -> None:
    listed = re.findall(r"^\| `([a-z_]+)` \| (`[A-Za-z0-9`, ]+`) \|$", TEXT, re.MULTILINE)
    told = {kind: tuple(re.findall(r"`([A-Za-z0-9]+)`", options)) for kind, options in listed}
    assert told == {kind: options for kind in KINDS if (options := options_of(kind))}
