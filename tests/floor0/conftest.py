"""Fixtures of the lowest floor."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.floor0.network import Internet


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    """Names resolve and connections end as it says; nothing reaches the real network."""
    made = Internet()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", made.create_connection)
    yield made
    made.close()
