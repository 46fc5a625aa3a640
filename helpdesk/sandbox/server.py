"""The sandbox's HTTP server: loopback only, one thread a connection. `serve` starts it, the running server stops it."""

from __future__ import annotations

import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from . import config, graph, keeping, media, phonepage
from .control import Control
from .courier import Courier
from .exchange import Answer, Request
from .faults import Occasion
from .world import ConfigFile, World

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LARGEST = 40 * 2**20  # bytes of a request


class Running:
    """A started sandbox. `url` is its address, `port` its port; `stop` ends every thread it made."""

    def __init__(self, world: World, host: str, port: int, config_file: ConfigFile | None) -> None:
        self.world, self.courier, self.config_file = world, Courier(world), config_file
        self.control = Control(world, self.courier, config_file)
        self._server = _Server((host, port), _Handler)
        self._server.sandbox = self
        self.port: int = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}"
        world.media.base = self.url
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="sandbox")
        self._thread.start()

    def stop(self) -> None:
        self.world.stopping.set()
        self.courier.stop()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        self.world.close()

    def answer(self, request: Request) -> Answer:
        """The whole table of contents."""
        if self.config_file is not None:
            self.config_file.refresh(self.world)
        path = request.path
        if path.startswith(media.PREFIX):
            return self._media(request)
        for login in config.LOGINS:
            if path.startswith(f"/{login}/"):
                rest = Request(request.method, path[len(login) + 1 :], request.query, request.headers, request.body)
                return graph.answer(self.world, self.courier, login, rest)
        if path == "/sandbox/changes" and request.method == "GET":
            return phonepage.changes(self.world, request)
        if path.startswith("/sandbox/"):
            return self.control.answer(request)
        page = phonepage.file(path) if request.method == "GET" else None
        return page or Answer(404, b"Not found", {"Content-Type": "text/plain"})

    def _media(self, request: Request) -> Answer:
        key = request.path.removeprefix(media.PREFIX)
        with self.world.lock:
            fault = self.world.faults.take(Occasion("media", request.method, request.path))
        if fault and fault.deed == "slow":
            self.world.stopping.wait(fault.seconds)
        if fault and fault.deed == "status":
            return Answer(int(fault.value), b"")
        if fault and fault.deed == "reset_before":
            return Answer(cut="reset")
        return media.serve(self.world.media, key, request.headers.get("range", ""), fault)


def serve(
    accounts: Mapping[str, Any],
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    directory: Path | None = None,
    config_file: Path | None = None,
) -> Running:
    """Starts a sandbox in threads of this process.

    `accounts` is a configuration as config.py describes it; with `config_file` it is read from there instead, and again
    whenever the file changes. With `directory`, chats survive a restart. Raises config.ConfigError, OSError when the
    port is taken, ValueError for a host that is not loopback.
    """
    if host not in LOOPBACK:
        raise ValueError(f"{host} is not loopback: the sandbox speaks with this machine alone")
    world = World(config.accounts_of(accounts) if config_file is None else config.load(config_file), directory)
    if directory is not None:
        keeping.start(world, directory / "state.json")
    return Running(world, host, port, ConfigFile(config_file) if config_file else None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    sandbox: Running

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to report."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sandbox", ""
    disable_nagle_algorithm = True
    timeout = 75
    server: _Server

    def log_message(self, *_: object) -> None:
        """Silent: the record is what counts."""

    def _handle(self) -> None:
        request = self._read()
        if request is None:
            return
        self._write(self.server.sandbox.answer(request))

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = _handle

    def _read(self) -> Request | None:
        place = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > _LARGEST or "transfer-encoding" in headers:
            self._write(Answer(413, b"", {"Connection": "close"}))
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        if _is_foreign(headers):
            self._write(Answer(403, b"Only pages of the sandbox itself may ask.", {"Content-Type": "text/plain"}))
            return None
        query = dict(parse_qsl(place.query, keep_blank_values=True))
        return Request(self.command, unquote(place.path), query, headers, body)

    def _write(self, answer: Answer) -> None:
        if answer.cut:
            self._cut(answer)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.stream is not None:
            self._stream(answer)
            return
        self.send_header("Content-Length", str(len(answer.body)))
        head = b"".join(self._headers_buffer) + b"\r\n"
        self._headers_buffer: list[bytes] = []
        self.wfile.write(head + (b"" if self.command == "HEAD" else answer.body))
        if answer.headers.get("Connection") == "close":
            self.close_connection = True

    def _stream(self, answer: Answer) -> None:
        self.close_connection = True
        self.send_header("Connection", "close")
        self.end_headers()
        for chunk in answer.stream or ():
            self.wfile.write(chunk)
            self.wfile.flush()
            if self.server.sandbox.world.stopping.is_set():
                return

    def _cut(self, answer: Answer) -> None:
        """Breaks off: "hang" after a silence, closing; "reset" with a TCP reset."""
        self.close_connection = True
        if answer.cut == "hang":
            self.server.sandbox.world.stopping.wait(answer.hold)
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socketserver.TCPServer.close_request(self.server, self.connection)


def _is_foreign(headers: Mapping[str, str]) -> bool:
    """A page of another origin, or a name that was bent to loopback, must not play with the sandbox."""
    host = urlsplit(f"//{headers.get('host', '')}")
    if host.hostname not in LOOPBACK:
        return True
    origin = headers.get("origin")
    return origin is not None and origin != f"http://{headers['host']}"
