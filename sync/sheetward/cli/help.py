"""The help pages: every text comes from the catalogue by the command's and the parameter's name.

The text of command `conflicts resolve` is the message `help.conflicts.resolve`, that of its option `--take` is
`help.conflicts.resolve.take`, or `help.any.take` where several commands share it.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import typer
from typer.core import TyperCommand, TyperGroup

from sheetward.cli.session import current
from sheetward.messages import Lang, catalogue, render

WIDTH = 100


class Parameter(Protocol):
    """What a help page reads of the parser's parameter."""

    name: str
    param_type_name: str
    opts: list[str]
    required: bool
    nargs: int
    multiple: bool
    hidden: bool
    is_flag: bool
    help: str | None
    metavar: str | None


class Command(Protocol):
    """What a help page reads of the parser's command; calling it runs the arguments."""

    name: str | None
    params: Sequence[Parameter]
    help: str | None
    hidden: bool

    def __call__(self, args: Sequence[str], *, prog_name: str, standalone_mode: bool) -> object: ...


@dataclass(frozen=True, slots=True)
class Page:
    """One help page as data: usage, text, and lists of (name, text)."""

    path: str
    usage: str
    text: str
    arguments: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, str], ...]
    common: tuple[tuple[str, str], ...]
    commands: tuple[tuple[str, str], ...]


def text_code(path: Sequence[str], parameter: str | None = None) -> str:
    """Give the code of a command's or a parameter's text; a parameter's own text goes before the shared one."""
    own = ".".join(("help", *path, parameter) if parameter else ("help", *path))
    return own if parameter is None or own in catalogue() else f"help.any.{parameter}"


def children(command: Command) -> Mapping[str, Command]:
    """Give a group's commands by name, none for a plain command."""
    found: Mapping[str, Command] = getattr(command, "commands", {})
    return found


def walked(root: Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Give every command below a group, with its path, in the order of the help page."""
    for name, child in children(root).items():
        yield (*path, name), child
        yield from walked(child, (*path, name))


def page(command: Command, path: tuple[str, ...], lang: Lang) -> Page:
    """Give the help page of a command in a language."""
    shown = [param for param in command.params if not getattr(param, "hidden", False) and param.name != "help"]
    arguments = [param for param in shown if param.param_type_name == "argument"]
    options = [param for param in shown if param.param_type_name == "option"]
    below = children(command)
    pieces = ["sheetward", *path]
    pieces += [f"[{render('help.word.command', {}, lang)}]"] if below else []
    pieces += [_argument_name(param) for param in arguments]
    pieces += [f"[{render('help.word.options', {}, lang)}]"]
    return Page(
        path=" ".join(path),
        usage=" ".join(pieces),
        text=render(text_code(path) if path else "help.sheetward", {}, lang),
        arguments=tuple((_argument_name(p), render(text_code(path, p.name), {}, lang)) for p in arguments),
        options=tuple((_option_name(p), _option_text(path, p, lang)) for p in options),
        common=tuple((option, render(code, {}, lang)) for option, code in _COMMON),
        commands=tuple(
            (name, render(text_code((*path, name)), {}, lang).partition("\n")[0])
            for name, child in below.items()
            if not child.hidden
        ),
    )


_COMMON = (
    ("--workspace DIR", "help.common.workspace"),
    ("--lang zh|en", "help.common.lang"),
    ("--json", "help.common.json"),
    ("-q, --quiet", "help.common.quiet"),
    ("-v, --verbose", "help.common.verbose"),
    ("--help", "help.common.help"),
)


def _choices(param: Parameter) -> Sequence[str]:
    found = getattr(getattr(param, "type_descriptor", None), "choices", None) or ()
    return [str(getattr(choice, "value", choice)) for choice in found]


def _argument_name(param: Parameter) -> str:
    name = param.metavar or "|".join(_choices(param)) or param.name.upper()
    name = f"{name}..." if param.nargs == -1 else name
    return name if param.required else f"[{name}]"


def _option_name(param: Parameter) -> str:
    names = ", ".join(sorted(param.opts, key=len))
    if param.is_flag:
        return names
    return f"{names} {param.metavar or '|'.join(_choices(param)) or param.name.upper()}"


def _option_text(path: Sequence[str], param: Parameter, lang: Lang) -> str:
    text = render(text_code(path, param.name), {}, lang)
    notes = [render("help.word.required", {}, lang)] if param.required else []
    notes += [render("help.word.repeatable", {}, lang)] if param.multiple else []
    return f"{text} [{', '.join(notes)}]" if notes else text


def display_width(text: str) -> int:
    """Count columns on a terminal: East Asian wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _wrapped(text: str, width: int) -> list[str]:
    if display_width(text) == len(text):
        return textwrap.wrap(text, width) or [""]
    lines, line = [], ""
    for sign in text:
        if display_width(line + sign) > width and sign not in "，。；：、）":
            lines.append(line)
            line = sign.lstrip()
        else:
            line += sign
    return [*lines, line]


def _listed(title: str, entries: Sequence[tuple[str, str]]) -> list[str]:
    if not entries:
        return []
    column = min(max(display_width(name) for name, _ in entries), 34) + 2
    lines = ["", title]
    for name, text in entries:
        head, *more = _wrapped(text, WIDTH - column - 2)
        if display_width(name) > column - 2:
            lines += [f"  {name}", " " * (column + 2) + head]
        else:
            lines.append("  " + name + " " * (column - display_width(name)) + head)
        lines += [" " * (column + 2) + line for line in more]
    return lines


def as_text(shown: Page, lang: Lang) -> str:
    """Lay a help page out for a terminal, `WIDTH` columns wide."""
    lines = [f"{render('help.word.usage', {}, lang)} {shown.usage}", ""]
    for paragraph in shown.text.split("\n"):
        lines += _wrapped(paragraph, WIDTH)
    lines += _listed(render("help.word.commands", {}, lang), shown.commands)
    lines += _listed(render("help.word.arguments", {}, lang), shown.arguments)
    lines += _listed(render("help.word.own_options", {}, lang), shown.options)
    lines += _listed(render("help.word.common_options", {}, lang), shown.common)
    return "\n".join(lines) + "\n"


def _format(command: object, context: typer.Context, formatter: Any) -> None:
    path = tuple(context.command_path.split()[1:])
    lang = current().lang
    formatter.write(as_text(page(cast("Command", command), path, lang), lang))


class HelpCommand(TyperCommand):
    """A command whose help page is ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _format(self, ctx, formatter)


class HelpGroup(TyperGroup):
    """A group whose help page is ours, and whose commands stand in the order in which they were written."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _format(self, ctx, formatter)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the parser's signature
        """Give the names in the order of writing."""
        return list(self.commands)


def described(root: Command, lang: Lang) -> Command:
    """Put the texts of one language onto the parser's tree, where shell completion reads them."""
    for path, command in walked(root):
        command.help = render(text_code(path), {}, lang)
        for param in command.params:
            if param.name != "help":
                param.help = render(text_code(path, param.name), {}, lang)
    return root
