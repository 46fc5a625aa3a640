"""The desk where agents work: queue, thread, composer, customer."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("tickets", __name__)

from helpdesk.web.tickets import desk, hands, messages, queue, standing, writing  # noqa: E402, F401  (they hang their views on `bp`)
