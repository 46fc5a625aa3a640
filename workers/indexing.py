"""Puts into the search what was there before there was one, a little at a time; what is new is in it by itself."""

from __future__ import annotations

from helpdesk.db import transaction
from helpdesk.domain.search import index
from workers import turns


def drain() -> int:
    """Goes on until all is in it or its turn is over. Answers how many steps it made."""
    return turns.take("indexing", _step)


def _step() -> bool:
    with transaction():
        return index.catch_up()
