"""A WebSocket of the test's own: it reads only when it is told to, and says what no browser would."""

from __future__ import annotations

import socket
import time
from collections import deque
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, RejectConnection, Request, TextMessage
from wsproto.utilities import LocalProtocolError


class Closed(Exception):
    """The other side has closed it."""


class Refused(Exception):
    """The handshake was answered with a status."""


class WebSocket:
    """Raises Refused. `headers` go along with the handshake."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        parts = urlsplit(url)
        self._messages: deque[str | bytes] = deque()
        self._text = ""
        self._is_open = False
        self._goodbye = ""
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=10)
        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._say(Request(host=parts.netloc, target=f"{parts.path}?{parts.query}", extra_headers=named))
        while not self._is_open:
            self._read(10)
            if self._goodbye:
                raise Refused(self._goodbye)

    def send(self, message: str | bytes) -> None:
        self._say(TextMessage(message) if isinstance(message, str) else BytesMessage(message))

    def receive(self, seconds: float) -> str | bytes:
        """The next message. Raises TimeoutError, Closed."""
        deadline = time.monotonic() + seconds
        while not self._messages:
            if self._goodbye:
                raise Closed(self._goodbye)
            self._read(max(deadline - time.monotonic(), 0.001))
        return self._messages.popleft()

    def close(self) -> None:
        self._socket.close()

    def _say(self, event: Request | TextMessage | BytesMessage | Ping) -> None:
        try:
            self._socket.settimeout(10)
            self._socket.sendall(self._protocol.send(event))
        except (OSError, LocalProtocolError) as error:  # the other side may say goodbye while we answer
            raise Closed(str(error)) from error

    def _read(self, seconds: float) -> None:
        self._socket.settimeout(seconds)
        try:
            data = self._socket.recv(65_536)
        except ConnectionError as error:
            raise Closed(str(error)) from error
        if not data:
            self._goodbye = "the connection ended"
            return
        self._protocol.receive_data(data)
        for event in self._protocol.events():
            self._take(event)

    def _take(self, event: object) -> None:
        match event:
            case AcceptConnection():
                self._is_open = True
            case RejectConnection(status_code=status):
                raise Refused(str(status))
            case TextMessage(data=data, message_finished=is_whole):
                self._text += data
                if is_whole:
                    self._messages.append(self._text)
                    self._text = ""
            case BytesMessage(data=data):
                self._messages.append(bytes(data))
            case Ping():
                self._socket.sendall(self._protocol.send(event.response()))
            case CloseConnection():
                self._goodbye = "the other side said goodbye"
