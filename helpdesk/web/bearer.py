"""Which program is asking: by the token that it bears in the Authorization header, and by nothing else."""

from __future__ import annotations

from flask import g, request

from helpdesk.db import transaction
from helpdesk.domain import tokens
from helpdesk.errors import Forbidden, HelpdeskError
from helpdesk.models import ApiToken, Scope

_MAY = {
    Scope.WRITE: "This token may only read.",
    Scope.ADMIN: "This needs a token of the scope admin.",
}


class TokenNeeded(HelpdeskError):
    """No token, or none of ours."""

    status = 401


def token_or_none() -> ApiToken | None:
    """The living token that came along; None for none, and for one that is unknown or revoked."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    return tokens.by_text(text.strip()) if kind.lower() == "bearer" else None


def demand(scope: Scope) -> ApiToken:
    """The token that asks, which may do this. Raises TokenNeeded, Forbidden."""
    token = token_or_none()
    if token is None:
        raise TokenNeeded("Send a token that is not revoked: “Authorization: Bearer hd_…”. An owner makes one.")
    if token.scope.rank < scope.rank:
        raise Forbidden(_MAY[scope])
    g.api_token = token
    _say_used(token)
    return token


def current_token() -> ApiToken:
    """The token that asks. Only in views that are an `operation`."""
    token: ApiToken = g.api_token
    return token


def _say_used(token: ApiToken) -> None:
    if not tokens.is_due(token):
        return
    token_id = token.id
    with transaction():
        tokens.used(token_id)
