"""The process `live`: it holds the agents' sockets and passes on what it hears through Redis. It writes no rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import structlog
from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO

from helpdesk.db import db
from helpdesk.domain import access, events
from helpdesk.models import Agent
from helpdesk.realtime import handlers
from helpdesk.realtime.door import Door
from helpdesk.realtime.listener import Listener
from helpdesk.realtime.presence import Presence, Shared
from helpdesk.realtime.rooms import Socket, Sockets
from helpdesk.realtime.watch import Watch
from helpdesk.realtime.whole import WholeSocket

MOST_BYTES = 64 * 1024  # of one message from a page
PING_EVERY, PING_WITHIN = 10, 8  # seconds

log = structlog.get_logger(__name__)
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def attach(app: Flask) -> Wsgi:
    """The WSGI application of a process that serves sockets and nothing else: one gevent worker of gunicorn."""
    live = Live(app)
    live.start()
    return _sockets_only(app)


class Live:
    """The sockets of this process, who is there, and what is told to them."""

    def __init__(self, app: Flask) -> None:
        settings = app.extensions["settings"]
        self.app = app
        self.sockets = Sockets()
        self.presence, self.shared = Presence(time.monotonic), Shared()
        self.listener = Listener(settings.redis_url_now, self._redis_changed)
        self.io = SocketIO(
            app,
            async_mode="gevent",
            transports=["websocket"],
            client_manager=self.listener,
            cors_allowed_origins=list(settings.console_origins),
            manage_session=False,
            async_handlers=False,  # a page's words are taken in their order
            max_http_buffer_size=MOST_BYTES,
            ping_interval=PING_EVERY,
            ping_timeout=PING_WITHIN,
        )
        self.door = Door(app, self.io.server, self.sockets, handlers.EVENTS)
        self.io.on("connect")(self._joined)
        self.io.on("disconnect")(self._gone)
        for name, handler in handlers.EVENTS.items():
            self.io.on(name)(self._handling(handler))
        self.io.default_exception_handler = _failed

    def start(self) -> None:
        """Looks around from now on, and listens once there is a page; says goodbye when the process is told to end."""
        self.listener.initialize()
        self.io.server.manager_initialized = True  # else it would be done again with the first socket
        Watch(self).start()

    # --- what pages say ---------------------------------------------------------------------------------------

    def look(self, socket: Socket, ticket: int | None) -> None:
        """The page shows this ticket, which its agent may see, or none."""
        if socket.ticket == ticket:
            return
        if socket.ticket is not None:
            self.io.server.leave_room(socket.sid, _room(socket.ticket))
        if ticket is not None:
            self.io.server.enter_room(socket.sid, _room(ticket))
        socket.ticket = ticket
        self.tell_presence(self.presence.look(socket.sid, ticket, socket.person))

    def typing(self, socket: Socket, ticket: int, kind: str) -> None:
        if self.presence.typing(socket.sid, ticket, kind):
            self.tell_presence({ticket})

    def _joined(self) -> None:
        sid: str = request.sid  # type: ignore[attr-defined]  # Flask-SocketIO puts it there
        socket = self.sockets.at(self.listener.eio_sid_from_sid(sid, "/"))
        agent = db.session.get(Agent, socket.person.id) if socket else None
        if socket is None or agent is None:
            raise Refused
        socket.sid = sid
        self.hear(socket, access.rooms(agent))
        self.listener.begin()
        self.listener.heard.begin(events.upto())
        if self.listener.is_away:
            self.say(socket, "degraded", redis=True)

    def _gone(self, *_: object) -> None:
        self.presence.lost(request.sid)  # type: ignore[attr-defined]

    def _handling(self, handler: handlers.Handler) -> Callable[..., None]:
        def handle(said: object = None, *_: object) -> None:
            socket = self.sockets.named(request.sid)  # type: ignore[attr-defined]
            if socket is not None:
                handler(self, socket, said)

        return handle

    # --- what pages are told ----------------------------------------------------------------------------------

    def say(self, socket: Socket, event: str, **what: object) -> None:
        self.io.server.emit(event, what, to=socket.sid, ignore_queue=True)

    def tell_presence(self, tickets: Iterable[int]) -> None:
        for ticket in tickets:
            people = self.shared.tell(ticket, self.presence.people(ticket))
            told = {"ticket": ticket, "agents": [asdict(person) for person in people]}
            self.io.server.emit("presence", told, to=_room(ticket))

    def keep_presence(self) -> None:
        """Our word to the other processes would run out."""
        for ticket in self.presence.tickets():
            self.shared.tell(ticket, self.presence.people(ticket))

    def _redis_changed(self, is_away: bool) -> None:
        self.io.server.emit("degraded", {"redis": is_away}, ignore_queue=True)

    def tell_behind(self) -> None:
        """Something has happened of which we were not told."""
        self.io.server.emit("behind", {}, ignore_queue=True)

    def hear(self, socket: Socket, may_hear: set[str]) -> None:
        for room in socket.rooms - may_hear:
            self.io.server.leave_room(socket.sid, room)
        for room in may_hear - socket.rooms:
            self.io.server.enter_room(socket.sid, room)
        socket.rooms = may_hear

    def dismiss(self, socket: Socket, reason: str, **more: object) -> None:
        """Closes it; in the background, since one that does not read cannot be closed at once."""
        if socket.sid:
            self.say(socket, "bye", reason=reason, **more)
        self.io.start_background_task(self.io.server.eio.disconnect, socket.eio_sid)


def _room(ticket: int) -> str:
    return f"ticket:{ticket}"


def _failed(error: Exception) -> None:
    """The page learns nothing of it."""
    log.error("a page's word could not be handled", exc_info=error)


def _sockets_only(app: Flask) -> Wsgi:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/socket.io/"):
            environ["gunicorn.socket"] = WholeSocket(environ["gunicorn.socket"])
            return app(environ, start_response)
        is_health = path == "/healthz"
        start_response("200 OK" if is_health else "404 Not Found", [("Content-Type", "text/plain")])
        return [b"alive\n" if is_health else b"nothing here\n"]

    return answer
