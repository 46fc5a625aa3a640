"""What the console asks the server for, and how long it waits: whole answers over loopback, one after the other."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Sequence

from playwright.sync_api import BrowserContext

from tests.bench.load import quantile

TIMES = 30
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Asker:
    """Somebody signed in, who asks without a browser."""

    def __init__(self, url: str, context: BrowserContext) -> None:
        self.url = url
        pairs = [f"{one.get('name', '')}={one.get('value', '')}" for one in context.cookies()]
        self.headers = {"Cookie": "; ".join(pairs), "X-Requested-With": "desk"}

    def get(self, path: str) -> bytes:
        """The body. Raises urllib.error.HTTPError."""
        with _open(urllib.request.Request(self.url + path, headers=self.headers), timeout=30) as answer:
            return bytes(answer.read())

    def p95(self, paths: Sequence[str], *, times: int = TIMES) -> float:
        """Milliseconds; each path is asked for once before anything counts."""
        for path in paths:
            self.get(path)
        taken = []
        for number in range(times):
            since = time.perf_counter()
            self.get(paths[number % len(paths)])
            taken.append((time.perf_counter() - since) * 1000)
        return quantile(taken, 0.95)
