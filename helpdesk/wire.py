"""Connections for outgoing HTTP: they go to a checked address and end at a deadline, however slowly an answer drips.

Nothing is taken from the environment: no proxy, no .netrc, and no cookie is kept.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import httpcore2

from helpdesk.addresses import Target, resolve

CONNECT_TIMEOUT = 10.0  # seconds for each address of a host
MAX_CONNECTIONS = 64

_deadline: ContextVar[float] = ContextVar("deadline")  # monotonic seconds


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Within the block every step on the network together takes at most `seconds`."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def remaining() -> float:
    """Seconds until the deadline, 0 when it has passed. Raises LookupError outside `deadline`."""
    return max(_deadline.get() - time.monotonic(), 0.0)


def pool(*, is_checked: bool, keep_alive: float) -> httpcore2.ConnectionPool:
    """Connections that are reused for `keep_alive` seconds (0: never).

    Without `is_checked` a host is called whatever its address: for the origins that the operator named.
    """
    return httpcore2.ConnectionPool(
        ssl_context=_ssl_context(),
        max_connections=MAX_CONNECTIONS,
        max_keepalive_connections=MAX_CONNECTIONS if keep_alive else 0,
        keepalive_expiry=keep_alive,
        retries=0,
        network_backend=_Checked() if is_checked else _Plain(),
    )


def url_of(target: Target) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
    )


def extensions(trace: Callable[[str, object], None] | None = None) -> dict[str, object]:
    """Time-outs of one request, none longer than the deadline, and who hears of its steps."""
    left = remaining()
    timeouts = {"connect": min(CONNECT_TIMEOUT, left), "read": left, "write": left, "pool": left}
    return {"timeout": timeouts} | ({"trace": trace} if trace else {})


@cache
def _ssl_context() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


class _Plain(httpcore2.NetworkBackend):
    """Connects to whatever the host's name says."""

    _sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        return _Timed(self._sockets.connect_tcp(host, port, _left(timeout)))


class _Checked(_Plain):
    """Connects to an address of the host that was checked; the name stays in the TLS handshake and the Host header."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            addresses = resolve(host, port, timeout=remaining())
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        for address in addresses[:-1]:
            try:
                return super().connect_tcp(address, port, timeout)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue  # the host has others
        return super().connect_tcp(addresses[-1], port, timeout)


class _Timed(httpcore2.NetworkStream):
    """A stream of which no step outlasts the deadline: a byte a second would keep any read time-out happy for ever."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, late: type[Exception] = httpcore2.ConnectTimeout) -> float:
    """The shorter of `timeout` and what is left of the deadline. Raises `late` when nothing is."""
    left = remaining()
    if left <= 0:
        raise late("the deadline has passed")
    return left if timeout is None else min(timeout, left)
