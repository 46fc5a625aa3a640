"""The desk's own door on a real port, for what comes from outside this process: webhooks, and media being fetched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  (werkzeug's name)
        """Tests look at rows, not at a log of requests."""


@contextmanager
def open_door(app: Flask, port: int) -> Iterator[None]:
    """Serves `app` at this loopback port, one thread a request."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Silent)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
