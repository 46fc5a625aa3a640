"""What every command needs: errors as one line, and secrets that stay out of the shell's history."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
from flask.cli import AppGroup

from helpdesk.errors import HelpdeskError

F = TypeVar("F", bound=Callable[..., Any])


class Commands(AppGroup):
    """A group whose commands tell a HelpdeskError as one line and exit with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HelpdeskError as problem:
            raise click.ClickException(problem.sentence) from None


def secret_option(name: str, meaning: str, *, is_required: bool = True) -> Callable[[F], F]:
    """An option that may also come from the environment (HELPDESK_…), or, as "-", from a line of stdin."""
    variable = f"HELPDESK_{name.upper().replace('-', '_')}"
    return click.option(
        f"--{name}",
        envvar=variable,
        show_envvar=True,
        required=is_required,
        callback=lambda _ctx, _option, given: line_from_stdin() if given == "-" else given,
        help=f"{meaning}; - reads a line of stdin.",
    )


def line_from_stdin() -> str:
    """The next line without its end. Raises click.ClickException when there is none."""
    line = sys.stdin.readline()
    if not line.strip():
        raise click.ClickException("Nothing came on stdin.")
    return line.rstrip("\r\n")
