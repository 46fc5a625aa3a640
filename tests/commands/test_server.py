"""The server under `web`, asked through real sockets: who is slow waits alone."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpdesk.server import arrival
from tests.commands.waiting import until
from tests.support.process import free_port

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HEAD = b"POST / HTTP/1.1\r\nHost: desk\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with _serving() as (number, _):
        yield number


@contextmanager
def _serving() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    number = free_port()
    options = ["--threads", "4", "--no-control-socket", "--keep-alive", "15", "--graceful-timeout", "2"]
    options += ["--config", str(HERE / "short_deadlines.py"), "--bind", f"127.0.0.1:{number}"]
    program = [sys.executable, "-m", "gunicorn", "--worker-class", "helpdesk.server.worker.DeadlineWorker"]
    server = subprocess.Popen(
        [*program, *options, "tests.commands.tiny_app:app"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _answers(number))
        yield number, server
    finally:
        server.terminate()
        server.wait(timeout=10)


def test_the_deadlines_are_those_that_were_promised() -> None:
    assert (arrival.ARRIVE_WITHIN, arrival.UPLOAD_WITHIN, arrival.UPLOAD_PACE) == (10, 20, 65_536)


def test_a_kept_connection_serves_one_request_after_another(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)

    for size in (0, 10, 50_000, 200_000, 3):
        connection.request("POST", "/", body=b"x" * size)
        assert connection.getresponse().read() == f"{size} bytes".encode()


def test_requests_sent_in_one_go_are_answered_one_by_one(port: int) -> None:
    with _connected(port) as client:
        client.sendall(
            HEAD + b"Content-Length: 2\r\n\r\nab" + HEAD + b"Content-Length: 3\r\nConnection: close\r\n\r\nabc"
        )

        answer = _all_of(client)

    assert answer.index(b"2 bytes") < answer.index(b"3 bytes")


def test_a_body_in_chunks_is_read(port: int) -> None:
    with _connected(port) as client:
        client.sendall(HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        client.sendall(b"5\r\nhello\r\n0\r\n\r\n")

        assert b"5 bytes" in _all_of(client)


def test_a_client_that_waits_for_permission_gets_it(port: int) -> None:
    with _connected(port) as client:
        client.sendall(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert client.recv(1024).startswith(b"HTTP/1.1 100")

        client.sendall(b"ab")

        assert b"2 bytes" in _all_of(client)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"400"),
        (b"Content-Length: 5\r\nContent-Length: 6\r\n", b"400"),
        (b"Content-Length: -1\r\n", b"400"),
        (b"Content-Length: " + b"9" * 5000 + b"\r\n", b"400"),
        (b"X: " + b"a" * 70_000, b"431"),
        (b"".join(b"X-%d: a\r\n" % number for number in range(200)), b"431"),
    ],
)
def test_ambiguous_and_endless_heads_are_refused(port: int, fields: bytes, status: bytes) -> None:
    with _connected(port) as client:
        client.sendall(HEAD + fields + b"\r\n0\r\n\r\n")

        assert _all_of(client).split(b" ", 2)[1] == status


def test_a_huge_body_is_refused_by_its_length_alone(port: int) -> None:
    with _connected(port) as client:
        started = time.monotonic()
        client.sendall(HEAD + b"Content-Length: 100000000\r\n\r\n")

        answer = client.recv(1024)

    assert answer.startswith(b"HTTP/1.1 413")
    assert time.monotonic() - started < 0.2


def test_a_client_that_sends_on_while_it_is_refused_reads_the_refusal(port: int) -> None:
    with _connected(port) as client:
        client.sendall(HEAD + b"Content-Length: 4000000\r\n\r\n" + b"x" * 4_000_000)

        assert client.recv(1024).startswith(b"HTTP/1.1 413")


def test_slow_senders_are_told_so_and_hold_nobody_up(port: int) -> None:
    """Four times as many as there are threads, some in the head and some in the body, one byte a second."""
    slow = [_connected(port) for _ in range(16)]
    for number, client in enumerate(slow):
        client.sendall(b"POST / HT" if number % 2 else HEAD + b"Content-Length: 100\r\n\r\nx")
    stop = threading.Event()
    drip = threading.Thread(target=_drip, args=(slow, stop))
    drip.start()

    try:
        took = [_time_of_a_request(port) for _ in range(200)]
        answers = [_all_of(client) for client in slow]
    finally:
        stop.set()
        drip.join()
        for client in slow:
            client.close()

    assert sorted(took)[197] < 0.1
    assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers)


def test_clients_that_never_hang_up_hold_nobody_up(port: int) -> None:
    """The event loop must not wait for them, nor a thread."""
    refused = [_connected(port) for _ in range(16)]
    for client in refused:
        client.sendall(b"GET / HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n")

    took = [_time_of_a_request(port) for _ in range(50)]

    assert max(took) < 0.5
    for client in refused:
        assert b"hello" in _all_of(client)
        client.close()


def test_an_upload_below_the_pace_is_cut_off(port: int) -> None:
    with _connected(port) as client:
        client.sendall(HEAD + b"Content-Length: 500000\r\n\r\n" + b"x" * 1000)
        started = time.monotonic()

        answer = _all_of(client)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"Connection: close" in answer
    assert 2.5 < time.monotonic() - started < 6


def test_what_is_being_answered_is_answered_before_the_server_is_gone(tmp_path: Path) -> None:
    with _serving() as (port, server), _connected(port) as client, _connected(port) as silent:
        client.sendall(f"GET /slow?tell={tmp_path}/begun HTTP/1.1\r\nHost: desk\r\n\r\n".encode())
        until((tmp_path / "begun").exists)

        server.terminate()

        answer = _all_of(client)
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"at last")
        assert server.wait(5) == 0
        assert silent.recv(64) == b""
        with pytest.raises(ConnectionRefusedError):
            _connected(port)


def test_silent_connections_hold_nobody_up(port: int) -> None:
    """A browser opens connections in advance; they hold no thread."""
    silent = [_connected(port) for _ in range(8)]

    took = _time_of_a_request(port)

    assert took < 0.5
    for client in silent:
        client.close()


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=15)


def _all_of(client: socket.socket) -> bytes:
    received = b""
    while True:
        try:
            more = client.recv(65_536)
        except ConnectionResetError:
            return received
        if not more:
            return received
        received += more


def _drip(clients: list[socket.socket], stop: threading.Event) -> None:
    while not stop.wait(1):
        for client in clients:
            try:
                client.send(b"x")
            except OSError:
                continue  # it was told to go, which is what the test waits for


def _time_of_a_request(port: int) -> float:
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hello"
    connection.close()
    return time.monotonic() - started


def _answers(port: int) -> bool:
    try:
        _time_of_a_request(port)
    except OSError:
        return False
    return True
