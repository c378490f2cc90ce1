"""Every trouble becomes one sentence with a way out, and an exit status. The only place that catches everything."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import cast

import typer

from sheetward.cli.exits import Exit
from sheetward.cli.output import complain, write_json
from sheetward.cli.session import current
from sheetward.errors import IntegrityError, SheetwardError, TransientError, UserError
from sheetward.messages import hint, render

_PACKAGE = str(Path(__file__).parents[1])


def error_json(error: SheetwardError) -> dict[str, object]:
    """Give an error as the contract's object: code, message, hint and the facts."""
    lang = current().lang
    facts = dict(error.facts)
    if "mistakes" in facts:
        facts["mistakes"] = [{**m, "message": render(str(m["code"]), m, lang)} for m in _mistakes(error)]
    return {
        **facts,
        "code": error.code,
        "message": _in_one_line(render(error.code, error.facts, lang)),
        "hint": _in_one_line(hint(error.code, error.facts, lang)),
    }


def _in_one_line(text: str) -> str:
    """Give a sentence without line breaks and control characters: names of files and tabs may hold any."""
    return "".join(sign if sign.isprintable() or 0xD800 <= ord(sign) < 0xE000 else " " for sign in text)


def _mistakes(error: SheetwardError) -> Sequence[Mapping[str, object]]:
    """Give the mistakes of a file that has several: each has a code, a line and the facts of its message."""
    return cast("Sequence[Mapping[str, object]]", error.facts.get("mistakes", ()))


def error_text(error: SheetwardError) -> str:
    """Give an error as lines for people: the sentence, the mistakes by line, the way out."""
    lang = current().lang
    lines = [_in_one_line(render(error.code, error.facts, lang))]
    for mistake in _mistakes(error):
        text = _in_one_line(render(str(mistake["code"]), mistake, lang))
        if "line" in mistake:
            text = render("cli.line", {"line": mistake["line"], "text": text}, lang)
        elif mistake.get("path"):  # a rule of a role says where it stands by its names
            text = f"{mistake['path']}: {text}"
        lines.append(f"  {text}")
    return "\n".join([*lines, _in_one_line(hint(error.code, error.facts, lang))]).rstrip()


def report(error: SheetwardError) -> int:
    """Show an error and give its exit status."""
    if current().wants_json:
        write_json({"error": error_json(error)})
    else:
        complain(error_text(error))
    return error.exit_status


def from_usage(problem: typer.TyperException) -> UserError:
    """Translate what the argument parser found wrong; its own English words are not shown."""
    kind = type(problem).__name__
    context = getattr(problem, "ctx", None)
    command = getattr(context, "command_path", "sheetward")
    param = getattr(problem, "param", None)
    name = _param_name(param) or str(getattr(problem, "param_hint", None) or getattr(problem, "option_name", ""))
    facts: dict[str, object] = {"command": command}
    if kind == "MissingParameter":
        return UserError("usage.missing_argument", argument=name, **facts)
    if kind == "NoSuchOption":
        known = cast("Sequence[str]", getattr(problem, "possibilities", None) or ())
        near = get_close_matches(name, list(known), n=1, cutoff=0)
        code = "usage.unknown_option_near" if near else "usage.unknown_option"
        return UserError(code, option=name, near=near, **facts)
    if kind == "BadOptionUsage":
        return UserError("usage.missing_value", option=name, **facts)
    if kind == "BadParameter":
        choices = getattr(getattr(param, "type_descriptor", None), "choices", None)
        if choices:
            known = [str(getattr(choice, "value", choice)) for choice in choices]
            return UserError("usage.choice", argument=name, known=known, **facts)
        least = _least_number(param)
        if least is not None:
            return UserError("usage.whole_number", argument=name, least=least, **facts)
        return UserError("usage.bad_value", argument=name, **facts)
    message = problem.format_message()
    if message.startswith("No such command"):
        typed = message.split("'")[1] if message.count("'") >= 2 else ""
        meant = message.split("Did you mean", 1)[1].strip(" ?'") if "Did you mean" in message else ""
        code = "usage.unknown_command_near" if meant else "usage.unknown_command"
        return UserError(code, typed=typed, near=meant, **facts)
    if message.startswith("Missing command"):
        return UserError("usage.no_command", **facts)
    return UserError("usage.extra_argument", **facts)


def _least_number(param: object) -> int | None:
    """Give the least whole number that a parameter takes; `None` where it takes no number."""
    kind = getattr(param, "type_descriptor", None)
    if getattr(kind, "annotation", None) is not int:
        return None
    least = getattr(getattr(kind, "parameter_info", None), "min", None)
    return least if isinstance(least, int) else 0


def _param_name(param: object) -> str:
    if param is None:
        return ""
    if getattr(param, "param_type_name", "") == "option":
        options: list[str] = getattr(param, "opts", [])
        return max(options, key=len, default="")
    return str(getattr(param, "name", "")).upper()


def from_system(problem: OSError) -> SheetwardError:
    """Translate what the operating system refused and no adapter has named before."""
    path = str(problem.filename or "")
    if isinstance(problem, FileNotFoundError):
        return UserError("file.missing", file=Path(path).name, path=path)
    if isinstance(problem, IsADirectoryError):
        return UserError("file.is_folder", file=Path(path).name, path=path)
    if isinstance(problem, NotADirectoryError | PermissionError) or problem.errno in {errno.EROFS, errno.EACCES}:
        return UserError("file.refused", path=path)
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return TransientError("disk.full", path=path)
    return TransientError("system.refused", path=path, reason=problem.strerror or type(problem).__name__)


def from_defect(problem: Exception) -> IntegrityError:
    """Name a defect of ours by its kind and place; its text is not shown, since it may hold cell values."""
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_PACKAGE)] or list(frames)
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return IntegrityError("internal.defect", kind=type(problem).__name__, place=place)


def answered(problem: BaseException) -> int:
    """Report any trouble and give the exit status; a traceback is shown with `-v -v` only."""
    match problem:
        case SheetwardError():
            error = problem
        case typer.TyperException():
            error = from_usage(problem)
        case OSError():
            error = from_system(problem)
        case typer.Abort():
            return Exit.FOUND
        case Exception():
            error = from_defect(problem)
        case _:
            raise problem
    if current().verbosity >= 2:
        complain("".join(traceback.format_exception(problem)).rstrip())
    return report(error)
