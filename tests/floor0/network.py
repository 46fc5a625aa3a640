"""A make-believe internet: names and public addresses that end at one local server, which answers as a test says."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread

PUBLIC = "93.184.215.14"
NAMES = {
    "ok.test": [PUBLIC],
    "graph.test": [PUBLIC],
    "evil.test": ["93.184.215.15"],
    "mixed.test": ["1.2.3.4", "10.0.0.1"],
    "private.test": ["10.0.0.1"],
    "metadata.test": ["169.254.169.254"],
    "localhost": ["127.0.0.1", "::1"],
    "localhost.": ["127.0.0.1", "::1"],
}
Answer = Callable[[socket.socket], None]


def plain(body: bytes, *headers: str, status: str = "200 OK") -> Answer:
    """A whole answer with its length."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]) + "\r\n\r\n"
    return lambda peer: peer.sendall(head.encode() + body)


def raw(data: bytes) -> Answer:
    """Exactly these bytes, then the connection ends."""
    return lambda peer: peer.sendall(data)


def redirect(to: str, status: str = "302 Found") -> Answer:
    return plain(b"", f"Location: {to}", status=status)


@dataclass
class Internet:
    """`pages` by path; `connects` are the addresses that somebody tried to reach, `requests` what arrived."""

    pages: dict[str, Answer] = field(default_factory=dict)
    connects: list[tuple[str, int]] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    lookups: list[str] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=lambda: {name: list(found) for name, found in NAMES.items()})
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._real_connect = socket.create_connection
        self._real_lookup = socket.getaddrinfo
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    @property
    def origin(self) -> str:
        """Of the server itself, for tests that trust it."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()

    def getaddrinfo(self, host: str, port: int, *args: object, **more: object):
        self.lookups.append(host)
        if host not in self.names:
            return self._real_lookup(host, port, *args, flags=socket.AI_NUMERICHOST, **more)
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in ip], socket.SOCK_STREAM, 6, "", (ip, port)) for ip in self.names[host]]

    def create_connection(self, address: tuple[str, int], *args: object, **more: object) -> socket.socket:
        self.connects.append(address)
        if address[0] == PUBLIC:
            address = ("127.0.0.1", self.port)
        if address != ("127.0.0.1", self.port):
            raise ConnectionRefusedError("nobody is there")
        return self._real_connect(address, *args, **more)

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer:
            if self.tls:
                peer = self.tls.wrap_socket(peer, server_side=True)
            while request := self._read(peer):
                self.requests.append(request)
                path = request.split(b" ", 2)[1].decode()
                self.pages[path.partition("?")[0]](peer)
                if path.endswith("end"):
                    return

    def _read(self, peer: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            if not (chunk := peer.recv(65536)):
                return b""
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0].partition(b":")[2]):
            body += peer.recv(65536)
        return head + b"\r\n\r\n" + body
