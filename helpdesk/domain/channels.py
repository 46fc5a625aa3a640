"""The platform adapters of this desk, by kind."""

from __future__ import annotations

from flask import current_app

from helpdesk.channels.contract import Channel
from helpdesk.errors import Invalid


def of(kind: str) -> Channel:
    """The adapter of a kind. Raises Invalid with the kinds that there are."""
    shelf: dict[str, Channel] = current_app.extensions["channels"]
    if kind not in shelf:
        raise Invalid(f"There is no channel “{kind}”. There are: {', '.join(sorted(shelf))}.")
    return shelf[kind]
