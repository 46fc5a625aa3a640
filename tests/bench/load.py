"""Webhooks at a steady pace, as a platform sends them: by the clock, whether or not the last one was answered."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

from tests.support.desk import signature
from tests.support.sandbox import ACCOUNT

SENDERS = 24
TIMEOUT = 10  # seconds
SLOW_CLIENTS = 16


@dataclass(frozen=True)
class Answer:
    """One webhook: milliseconds from the moment in which it was due to the whole answer, and when that was (epoch)."""

    number: int
    status: int
    milliseconds: float
    answered_at: float


def webhook(customer: str, account: str, mid: str, text: str) -> bytes:
    """A customer's message, written now."""
    now = int(time.time() * 1000)
    item = {
        "sender": {"id": customer},
        "recipient": {"id": account},
        "timestamp": now,
        "message": {"mid": mid, "text": text},
    }
    body = {"object": "instagram", "entry": [{"id": account, "time": now, "messaging": [item]}]}
    return json.dumps(body).encode()


def send(url: str, make: Callable[[int], bytes], *, per_second: float, seconds: float) -> list[Answer]:
    """Posts `make(0)`, `make(1)` … Each one's time counts from when it was due, so that a slow answer hides nothing."""
    count, start = int(per_second * seconds), time.monotonic() + 0.2

    def one(number: int) -> Answer:
        due = start + number / per_second
        time.sleep(max(0.0, due - time.monotonic()))
        status = post(url, make(number))
        return Answer(number, status, (time.monotonic() - due) * 1000, time.time())

    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(one, range(count)))


def send_messages(url: str, *, seconds: float, per_second: float = 50) -> list[Answer]:
    """Messages of a hundred new customers in turn."""
    mark, customers = uuid4().hex[:6], [str(uuid4().int)[:16] for _ in range(100)]

    def make(number: int) -> bytes:
        return webhook(customers[number % 100], ACCOUNT, f"mid-{mark}-{number}", f"Message {number} of the load")

    return send(url, make, per_second=per_second, seconds=seconds)


def post(url: str, body: bytes) -> int:
    """The status of one signed webhook; 0 when there was no answer."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=TIMEOUT)
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(body)}
    try:
        connection.request("POST", "/webhooks/instagram", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


@contextmanager
def slow_clients(url: str) -> Iterator[None]:
    """Clients that send one byte a second, and begin again when they are cut off."""
    place, ended = urlsplit(url), threading.Event()
    request = b"POST /webhooks/instagram HTTP/1.1\r\nHost: desk\r\nContent-Length: 100000\r\n\r\n"

    def crawl() -> None:
        while not ended.is_set():
            try:
                with socket.create_connection((str(place.hostname), place.port or 80), timeout=5) as client:
                    for byte in request + b"x" * 100:
                        client.sendall(bytes([byte]))
                        if ended.wait(1):
                            return
            except OSError:
                ended.wait(0.2)

    threads = [threading.Thread(target=crawl, daemon=True) for _ in range(SLOW_CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(5)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed; not a number without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
