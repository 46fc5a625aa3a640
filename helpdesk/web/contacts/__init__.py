"""What the team knows of a customer, and who is the same person."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("contacts", __name__)

from helpdesk.web.contacts import known, merging, notes  # noqa: E402, F401  (they hang their views on `bp`)
