"""The WSGI application of the `live` process. Apart from `helpdesk.app`, so that no other process loads Socket.IO."""

from __future__ import annotations

from typing import Any

import config
from helpdesk.app import create_app
from helpdesk.realtime import server


def create_live(settings: config.Settings | None = None) -> Any:
    """The same desk, with the agents' sockets attached."""
    return server.attach(create_app(settings, has_api=False))
