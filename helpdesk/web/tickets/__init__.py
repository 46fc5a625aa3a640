"""The desk where agents work: queue, thread, composer, customer."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("tickets", __name__)

from helpdesk.web.tickets import (  # noqa: E402, F401  (they hang their views on `bp`)
    bulk,
    desk,
    hands,
    merges,
    messages,
    queue,
    relations,
    search,
    splits,
    standing,
    statuses,
    writing,
)
