"""Tells customers that we have seen, that we type, and how we reacted."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from helpdesk import queue
from helpdesk.db import reading, transaction
from helpdesk.domain import signs
from helpdesk.domain.signs import Call
from workers import turns


def drain() -> None:
    """Gives every sign that is due, or as many as its turn allows."""
    turns.take("signs", _one)


def _one() -> bool:
    for number in queue.typing_due():
        call = signs.typing(number)
        if call is not None:
            _give(call)
    call = _claimed(signs.claim_seen) or _claimed(signs.claim_reaction)
    if call is not None:
        _give(call)
    return call is not None


def _claimed(claim: Callable[[], Call | None]) -> Call | None:
    with transaction():
        return claim()


def _give(call: Call) -> None:
    reading()  # no connection is held while the platform thinks
    outcome = call.channel.act(call.action, call.account, current_app.extensions["platforms"])
    if call.reaction_id is not None:
        with transaction():
            signs.told(call.reaction_id, call.action.emoji, outcome)
