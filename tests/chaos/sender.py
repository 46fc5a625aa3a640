"""The platform's side of webhooks: many at once, and again whatever was not answered 2xx."""

from __future__ import annotations

import hashlib
import http.client
import random
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.desk import signature

CLIENTS = 8
PATIENCE = 15.0  # seconds for an answer
AGAIN_AFTER = (0.1, 1.0)  # seconds, drawn between these two


@dataclass
class Sender:
    """`accepted` are the hashes of what was answered 2xx; `repeats` counts what had to be sent again."""

    urls: Sequence[str]
    seed: int
    limit: float = 300.0  # seconds after which it gives up
    accepted: set[str] = field(default_factory=set)
    statuses: dict[int, int] = field(default_factory=dict)
    repeats: int = 0
    given_up: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, bodies: Iterable[bytes]) -> None:
        """Posts them in this order from eight clients at once; returns when each was accepted or the time is over."""
        waiting, ends = iter(bodies), time.monotonic() + self.limit
        with ThreadPoolExecutor(CLIENTS) as pool:
            for future in [pool.submit(self._client, waiting, ends, number) for number in range(CLIENTS)]:
                future.result()

    def _client(self, waiting, ends: float, number: int) -> None:
        chance = random.Random(self.seed * 100 + number)
        connections: dict[str, http.client.HTTPConnection] = {}
        while True:
            with self._lock:
                body = next(waiting, None)
            if body is None:
                return
            while not self._post(connections, chance.choice(self.urls), body):
                if time.monotonic() > ends:
                    self.given_up += 1
                    break
                with self._lock:
                    self.repeats += 1
                time.sleep(chance.uniform(*AGAIN_AFTER))

    def _post(self, connections: dict[str, http.client.HTTPConnection], url: str, body: bytes) -> bool:
        place = urlsplit(url)
        connection = connections.get(url) or http.client.HTTPConnection(
            str(place.hostname), place.port, timeout=PATIENCE
        )
        connections[url] = connection
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(body)}
        try:
            connection.request("POST", "/webhooks/instagram", body, headers)
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            connections.pop(url).close()
            status = 0
        with self._lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if 200 <= status < 300:
                self.accepted.add(hashlib.sha256(body).hexdigest())
        return 200 <= status < 300
