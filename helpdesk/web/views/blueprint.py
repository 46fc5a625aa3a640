"""Everything about saved views stands below one address."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("views", __name__, url_prefix="/views")
