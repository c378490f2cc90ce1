"""The whole demo, step by step, told as it goes and left as a report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sheetward_templates.report import Section, Story, story_page

from sheetward.demo.checking import check, correct
from sheetward.demo.company import Company
from sheetward.demo.folder import REPORT, claim
from sheetward.demo.keeping import cut_off, share
from sheetward.demo.past import SINCE, tell
from sheetward.demo.resting import guard, rest
from sheetward.demo.workbooks import write_workbooks
from sheetward.demo.working import begin, bind, dispute, work
from sheetward.messages import Lang

STEPS: tuple[Callable[[Company], Section], ...] = (
    check, correct, bind, work, dispute, share, cut_off, tell, rest, guard,
)  # fmt: skip


@dataclass(frozen=True)
class Demo:
    """What a demo left: the folder, the report and the workbooks in it, and commands to try next."""

    folder: Path
    report: Path
    workbooks: tuple[Path, ...]
    commands: tuple[str, ...]
    sections: tuple[Section, ...]


def run(folder: Path, lang: Lang, show: Callable[[Section], None] = lambda _: None) -> Demo:
    """Build the company in a folder and run the main job on it; `show` gets each step's section when it is done.

    The folder is new, empty, or an earlier demo's, which is then begun anew. `UserError`: what `folder.claim` raises.
    """
    root = folder.absolute()
    claim(root)
    company = Company(root, lang)
    write_workbooks(company)
    begin(company)
    told: list[Section] = []
    for step in STEPS:
        section = step(company)
        show(section)
        told.append(section)
    report = root / REPORT
    story = Story(company.say("title"), company.say("company"), tuple(told))
    made = dt.datetime.now(tz=dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    report.write_text(story_page(story, lang, made=made), encoding="utf-8")
    return Demo(root, report, tuple(root / name for name in company.files), _commands(company), tuple(told))


def _commands(company: Company) -> tuple[str, ...]:
    """Give three commands that work in the folder as it stands."""
    book = company.book("sales-east")
    return (
        f'sheetward validate "{book.file}"',
        "sheetward held list --sheet sales-east",
        f'sheetward history --by "{company.trainee}" --since {SINCE}',
    )
