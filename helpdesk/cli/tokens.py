"""`flask token …`: the programs that may use the API."""

from __future__ import annotations

import click

from helpdesk.cli.terminal import Commands
from helpdesk.db import transaction
from helpdesk.domain import tokens
from helpdesk.models import ApiToken, Scope

group = Commands("token", help="Tokens for programs that use the API.")


@group.command("create")
@click.option("--name", required=True, help="What the program writes is signed with it.")
@click.option("--scope", required=True, type=click.Choice([scope.value for scope in Scope]))
@click.option("--team", "teams", multiple=True, help="It sees this team's tickets alone; may be repeated.")
def create(name: str, scope: str, teams: tuple[str, ...]) -> None:
    """Makes a token and prints it once. It sees all tickets, or those of the teams given."""
    with transaction():
        token, text = tokens.create(name, scope=Scope(scope), teams=teams)
        told = f"{token.name} may {scope} and sees {_sight(token)}. Keep this token, it is not shown again:"
    click.echo(told, err=True)  # so that what goes into a file or a pipe is the token alone
    click.echo(text)


@group.command("list")
def list_tokens() -> None:
    """One line for each living token. The tokens themselves are not kept."""
    found = tokens.listing()
    for token in found:
        used = f"{token.last_used_at:%Y-%m-%d %H:%M} UTC" if token.last_used_at else "never"
        click.echo(f"{token.name}  {token.scope.value}  sees {_sight(token)}  last used {used}")
    if not found:
        click.echo("There is no token. Make one: flask token create --help")


@group.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Ends a token at once. Its name stays on what it wrote."""
    with transaction():
        told = f"{tokens.revoke(name).name} is revoked."
    click.echo(told)


def _sight(token: ApiToken) -> str:
    return "all tickets" if token.is_owner else f"the tickets of {', '.join(team.name for team in token.teams)}"
