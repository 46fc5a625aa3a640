"""A desk that really runs, on one of the databases, for measurements: all its processes, and nothing in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.factories import an_inbox
from tests.support.databases import POSTGRES, Databases
from tests.support.postgres import Postgres
from tests.support.running import RunningDesk, running_desk


@contextmanager
def measured_desk(kind: str, directory: Path, *, is_empty: bool = False) -> Iterator[RunningDesk]:
    """With one connected inbox, unless it `is_empty`; everything of it is kept in `directory`."""
    server = Postgres.launch() if kind == POSTGRES else None
    place = directory / kind
    place.mkdir()
    databases = Databases(place, lambda: server, "bench")
    try:
        if server is not None:
            server.ready()
        with running_desk(place, databases.for_running_desk(kind)) as desk:
            if not is_empty:
                an_inbox()
            yield desk
    finally:
        if server is not None:
            server.stop()
