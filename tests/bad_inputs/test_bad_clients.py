"""Clients that misbehave below HTTP's surface, against the real server."""

from __future__ import annotations

import socket
import time
import urllib.request
from pathlib import Path

import pytest

from tests.bad_inputs.builders import gzip_bomb
from tests.support.desk import signature
from tests.support.memory import growth
from tests.support.running import RunningDesk

pytestmark = pytest.mark.sqlite_only
HEAD = b"POST /webhooks/instagram HTTP/1.1\r\nHost: %b\r\n"
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def head(running: RunningDesk) -> bytes:
    return HEAD % running.url.removeprefix("http://").encode()


def connected(running: RunningDesk) -> socket.socket:
    return socket.create_connection(("127.0.0.1", running.settings.port), timeout=20)


def status(client: socket.socket) -> int | None:
    """Of the answer; None when the server just closed."""
    answer = client.recv(200)
    return int(answer.split()[1]) if answer.startswith(b"HTTP/") else None


def worker_of(running: RunningDesk) -> int:
    """The process that answers: gunicorn's only worker."""
    web = running.pids()["web"]
    return int(Path(f"/proc/{web}/task/{web}/children").read_text().split()[0])


def is_serving(running: RunningDesk) -> bool:
    with _open(f"{running.url}/healthz", timeout=2) as answer:
        return answer.status == 200


def test_a_body_of_100_mb_is_refused_by_its_announcement(running):  # WH-28
    with connected(running) as client:
        started = time.monotonic()
        client.sendall(head(running) + b"Content-Type: application/json\r\nContent-Length: 104857600\r\n\r\n")

        assert status(client) == 413
        assert time.monotonic() - started < 2
    assert is_serving(running)


@pytest.mark.slow
def test_one_byte_a_second_is_cut_off_and_others_are_served(running):  # WH-30
    with connected(running) as client:
        client.sendall(head(running) + b"Content-Length: 1000\r\n\r\n")
        for _ in range(14):
            try:
                client.sendall(b"x")
            except OSError:
                break
            assert is_serving(running)
            client.settimeout(1)
            try:
                assert status(client) in (408, None)
                break
            except TimeoutError:
                continue
        else:
            pytest.fail("nobody cut it off")


def test_a_packed_body_is_not_unpacked(running):  # WH-31
    bomb = gzip_bomb(mb=100)
    with growth(running.pids()["web"]) as master, growth(worker_of(running)) as memory, connected(running) as client:
        lines = (
            f"Content-Encoding: gzip\r\nX-Hub-Signature-256: {signature(bomb)}\r\nContent-Length: {len(bomb)}\r\n\r\n"
        )
        client.sendall(head(running) + lines.encode() + bomb)

        assert status(client) == 415
    assert max(master.mb, memory.mb) <= 20


def test_two_lengths_at_once_are_refused_and_the_next_request_is_clean(running):  # WH-32
    with connected(running) as client:
        client.sendall(
            head(running)
            + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n"
        )

        assert status(client) == 400
    assert is_serving(running)
