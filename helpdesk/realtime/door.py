"""What is let in from the sockets: signed-in browsers only, and of their words only those that we know.

The library would answer strangers' handshakes, keep half a binary message for ever, and take an event named "connect"
for a connection. Nothing of that gets past this door.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

import flask
import structlog
from flask import Flask
from socketio import Server
from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT, Packet

from helpdesk.domain import agents
from helpdesk.realtime.rooms import Sockets

log = structlog.get_logger(__name__)


class Door:
    """Stands before the library's own handlers of a connection, and passes on what may pass."""

    def __init__(self, app: Flask, server: Server, sockets: Sockets, events: Collection[str]) -> None:
        self._app = app
        self._server = server
        self._sockets = sockets
        self._events = frozenset(events)
        self._pass_on: dict[str, Callable[..., Any]] = dict(server.eio.handlers)
        server.eio.on("connect", self._connect)
        server.eio.on("message", self._message)
        server.eio.on("disconnect", self._disconnect)

    def _connect(self, eio_sid: str, environ: dict[str, Any]) -> object:
        """False refuses the handshake with 401."""
        with self._app.request_context(environ):
            session = agents.by_token(str(flask.session.get("_user_id", "")))
            if session is None or not self._sockets.admit(eio_sid, session):
                return False
        return self._pass_on["connect"](eio_sid, environ)

    def _message(self, eio_sid: str, data: str | bytes) -> None:
        socket = self._sockets.at(eio_sid)
        packet = _read(data)
        if socket is None or packet is None or packet.namespace not in (None, "/"):
            self._server.eio.disconnect(eio_sid)
            return
        is_joined = bool(socket.sid)
        if packet.packet_type == EVENT and not (
            is_joined and socket.may_speak(time.monotonic()) and self._is_known(packet)
        ):
            return
        if packet.packet_type == ACK or (packet.packet_type == CONNECT and is_joined):
            return
        self._pass_on["message"](eio_sid, data)

    def _disconnect(self, eio_sid: str, reason: str) -> None:
        self._pass_on["disconnect"](eio_sid, reason)
        self._sockets.drop(eio_sid)

    def _is_known(self, packet: Packet) -> bool:
        return packet.data[0] in self._events


def _read(data: str | bytes) -> Packet | None:
    """None for what no page of ours sends: binary, half a message, nonsense."""
    if not isinstance(data, str):
        return None
    try:
        packet = Packet(encoded_packet=data)
    except (ValueError, IndexError, KeyError, TypeError, RecursionError):
        return None
    if packet.packet_type == EVENT:
        return packet if _has_name(packet.data) else None
    return packet if packet.packet_type in (CONNECT, DISCONNECT, ACK) else None


def _has_name(data: object) -> bool:
    return isinstance(data, list) and bool(data) and isinstance(data[0], str)
