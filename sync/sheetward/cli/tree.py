"""All commands as one tree, in the order in which the help pages and the reference show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, cast

import typer

from sheetward.cli import (
    attesting,
    audit,
    checking,
    comparing,
    demo,
    explaining,
    files,
    history,
    inferring,
    rejoin,
    restoring,
    schemas,
    setting_up,
    sharing,
    snapshots,
    syncing,
    tables,
    waiting,
)
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
    plain(
        app,
        {
            "validate": checking.validate,
            "fix": files.fix,
            "normalize": files.normalize,
            "diff": comparing.diff,
            "merge": comparing.merge,
            "patch": files.patch,
            "template": files.template,
            "infer": inferring.infer,
            "demo": demo.demo,
            "init": setting_up.init,
            "bind": setting_up.bind,
            "unbind": setting_up.unbind,
            "status": syncing.status,
            "sync": syncing.sync,
            "rejoin": rejoin.rejoin,
            "explain": explaining.explain,
        },
    )
    group(app, "conflicts", waiting.conflicts, list=waiting.list_conflicts, show=waiting.show, resolve=waiting.resolve)
    group(app, "held", waiting.held, list=waiting.list_held, accept=waiting.accept, drop=waiting.drop)
    group(app, "rejections", waiting.rejections, list=waiting.list_rejections, ack=waiting.ack)
    plain(
        app,
        {
            "table": tables.table,
            "history": history.history,
            "diff-commits": history.diff_commits,
            "waive": attesting.waive,
            "confirm": attesting.confirm,
            "attested": attesting.attested,
            "restore": restoring.restore,
            "undo": restoring.undo,
        },
    )
    group(
        app,
        "snapshot",
        None,
        create=snapshots.create,
        list=snapshots.list_snapshots,
        show=snapshots.show,
        diff=snapshots.diff,
        restore=snapshots.restore,
        verify=snapshots.verify,
    )
    looked_at: dict[str, Callable[..., int]] = {"show": schemas.show, "check": schemas.check}
    group(app, "schema", None, **looked_at, plan=schemas.plan, apply=schemas.apply)
    looks: dict[str, Callable[..., int]] = {
        "list": sharing.list_rules,
        "check": sharing.check,
        "view-as": sharing.view_as,
    }
    group(app, "share", None, **looks, plan=sharing.plan, apply=sharing.apply)
    group(app, "audit", None, log=audit.log, verify=audit.verify)
    plain(app, {"doctor": setting_up.doctor})
    return app


def plain(app: typer.Typer, commands: Mapping[str, Callable[..., int]]) -> None:
    """Add commands under their names."""
    for name, command in commands.items():
        app.command(name, cls=HelpCommand)(command)


def group(app: typer.Typer, name: str, alone: Callable[..., int] | None, /, **commands: Callable[..., int]) -> None:
    """Add a group of commands; `alone` is what its bare name does, or `None` where it needs one of them."""
    below = typer.Typer(cls=HelpGroup, rich_markup_mode=None)
    if alone is None:
        below.callback(cls=HelpGroup)(lambda: 0)
    else:
        below.callback(cls=HelpGroup, invoke_without_command=True)(alone)
    plain(below, commands)
    app.add_typer(below, name=name, cls=HelpGroup)


def parser() -> Command:
    """Give the parser, with its texts in the language of this call."""
    return described(cast("Command", typer.main.get_command(application())), current().lang)
