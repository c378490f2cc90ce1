"""How the command line answers: languages, usage mistakes, JSON, exit statuses, and what it does not load."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sheetward.cli.arguments import taken_apart
from sheetward.cli.exits import Exit, worst
from sheetward.cli.help import walked
from sheetward.cli.session import Session, begin
from sheetward.cli.tree import parser
from sheetward.messages import LANGS, Lang, catalogue

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def fresh_session() -> Iterator[None]:
    yield
    begin(Session())


def paths() -> list[tuple[str, ...]]:
    return [(), *(path for path, _ in walked(parser()))]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("path", paths(), ids=" ".join)
def test_every_command_explains_itself_in_both_languages(sheetward: Run, path: tuple[str, ...], lang: Lang) -> None:
    call = sheetward(*path, "--help", "--lang", lang)
    assert call.status == 0
    assert call.out.startswith(catalogue()["help.word.usage"][lang])
    assert "help." not in call.out
    has_chinese = any("\u4e00" <= sign <= "\u9fff" for sign in call.out)
    assert has_chinese == (lang == "zh")


def test_common_options_stand_before_and_after_the_command(sheetward: Run) -> None:
    before = sheetward("--json", "--lang", "zh", "doctor")
    after = sheetward("doctor", "--lang=zh", "--json")
    assert before.json == after.json


def test_what_stands_after_two_dashes_is_left_alone() -> None:
    session, rest = taken_apart(["--json", "patch", "--", "--json", "-v"])
    assert session.wants_json
    assert session.verbosity == 0
    assert rest == ["patch", "--", "--json", "-v"]


MISTAKES = [
    (("frobnicate",), "usage.unknown_command"),
    (("merg",), "usage.unknown_command_near"),
    (("diff", "a.csv"), "usage.missing_argument"),
    (("diff", "a.csv", "b.csv", "c.csv"), "usage.extra_argument"),
    (("diff", "a.csv", "b.csv", "--kye", "x"), "usage.unknown_option_near"),
    (("diff", "a.csv", "b.csv", "--key"), "usage.missing_value"),
    (("merge", "a", "b", "c", "--prefer", "mine"), "usage.choice"),
    (("doctor", "--lang", "fr"), "usage.language"),
    (("doctor", "--workspace"), "usage.missing_value"),
    (("schema",), "usage.no_command"),
    (("normalize", "telephone"), "usage.kind"),
    (("normalize", "phone", "--options", "{"), "usage.json"),
    (("init", "--table", "customers"), "usage.pair"),
    (("init", "--table", "customers=custmer"), "schema.unknown"),
    (("diff", "missing.csv", "b.csv"), "file.missing"),
    (("diff", ".", "b.csv"), "file.is_folder"),
    (("diff", "a.pdf", "b.csv"), "file.missing"),
    (("schema", "show", "nothing.yaml"), "schema.no_file"),
]


@pytest.mark.parametrize(("arguments", "code"), MISTAKES, ids=[" ".join(a) for a, _ in MISTAKES])
@pytest.mark.parametrize("lang", LANGS)
def test_a_mistake_of_the_caller_exits_2_with_one_sentence_and_a_way_out(
    sheetward: Run, arguments: tuple[str, ...], code: str, lang: Lang
) -> None:
    said = sheetward(*arguments, "--lang", lang) if lang not in arguments else sheetward(*arguments)
    told = sheetward(*arguments, "--json") if arguments[-1] != "--workspace" else sheetward("--json", *arguments)
    assert (said.status, told.status) == (2, 2)
    assert said.out == ""
    assert "Traceback" not in said.err
    assert len(said.err.strip().splitlines()) == 2
    error = told.json["error"]
    assert error["code"] == code
    assert error["message"] != code
    assert error["hint"]
    assert told.err == ""


def test_the_most_severe_exit_of_several_is_given() -> None:
    order = [Exit.BROKEN, Exit.PASSING, Exit.MISTAKE, Exit.GUARD, Exit.WAITING, Exit.FOUND, Exit.DONE]
    for place, severe in enumerate(order):
        assert worst(order[place:][::-1]) == severe


def test_a_defect_exits_70_without_traceback_and_without_its_text(
    sheetward: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("13800138000")

    monkeypatch.setattr("sheetward.app.doctor.examine", broken)
    said, detailed = sheetward("doctor"), sheetward("doctor", "-v", "-v")
    assert (said.status, detailed.status) == (70, 70)
    assert "ZeroDivisionError" in said.err
    assert "13800138000" not in said.err
    assert "Traceback" not in said.err
    assert "Traceback" in detailed.err


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sheetward", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from sheetward.cli import run; status = run(['--help']); "
        "heavy = {'pandas', 'pandera', 'openpyxl', 'sqlalchemy', 'lark', 'pyarrow', 'xlsxwriter', 'numpy', 'phonenumbers'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_the_language_follows_the_locale() -> None:
    assert "命令" in process("--help", LC_ALL="zh_CN.UTF-8").stdout
    assert "Commands" in process("--help", LC_ALL="en_US.UTF-8").stdout


def test_output_to_a_pipe_is_utf8_whatever_the_locale_says() -> None:
    assert "命令" in process("--help", "--lang", "zh", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="").stdout


def test_a_reader_that_goes_away_is_no_trouble(tmp_path: Path) -> None:
    rows = "\n".join(f"{number},name{number}" for number in range(20000))
    (tmp_path / "a.csv").write_text(f"id,name\n{rows}\n")
    (tmp_path / "b.csv").write_text("id,name\n1,other\n")
    command = f"{sys.executable} -m sheetward diff a.csv b.csv | head -1"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout
    assert done.stderr == ""


def test_without_a_command_the_help_page_is_shown(sheetward: Run) -> None:
    assert sheetward().out == sheetward("--help").out


def test_the_version_is_that_of_the_package(sheetward: Run) -> None:
    from importlib.metadata import version

    assert sheetward("--version").out.strip() == version("sheetward")
