"""All commands as one tree, in the order in which the help pages and the reference show them."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from sheetward.cli import comparing, files, schemas, setting_up, syncing
from sheetward.cli.help import Command, HelpCommand, HelpGroup, described
from sheetward.cli.output import write_line
from sheetward.cli.session import current


def _root(
    context: typer.Context,
    is_version: Annotated[bool, typer.Option("--version")] = False,  # noqa: FBT002 - a flag of the command line
) -> int:
    if is_version:
        from importlib.metadata import version

        write_line(version("sheetward"))
        raise typer.Exit
    if context.invoked_subcommand is None:
        write_line(context.get_help())
    return 0


def application() -> typer.Typer:
    """Build the tree afresh."""
    app = typer.Typer(cls=HelpGroup, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(_root)
    for name, command in (
        ("validate", files.validate),
        ("fix", files.fix),
        ("normalize", files.normalize),
        ("diff", comparing.diff),
        ("merge", comparing.merge),
        ("patch", files.patch),
        ("template", files.template),
        ("init", setting_up.init),
        ("bind", setting_up.bind),
        ("unbind", setting_up.unbind),
        ("status", syncing.status),
        ("sync", syncing.sync),
    ):
        app.command(name, cls=HelpCommand)(command)
    group(app, "schema", None, show=schemas.show, check=schemas.check)
    app.command("doctor", cls=HelpCommand)(setting_up.doctor)
    return app


def group(app: typer.Typer, name: str, alone: object, /, **commands: object) -> None:
    """Add a group of commands; `alone` is what its bare name does, or `None` where it needs one of them."""
    below = typer.Typer(cls=HelpGroup, rich_markup_mode=None)
    if alone is None:
        below.callback(cls=HelpGroup)(lambda: 0)
    else:
        below.callback(cls=HelpGroup, invoke_without_command=True)(alone)  # type: ignore[type-var]
    for word, command in commands.items():
        below.command(word, cls=HelpCommand)(command)  # type: ignore[type-var]
    app.add_typer(below, name=name, cls=HelpGroup)


def parser() -> Command:
    """Give the parser, with its texts in the language of this call."""
    return described(cast("Command", typer.main.get_command(application())), current().lang)
