"""What the process `live` looks after by itself: who is gone, whose session ended, who left a team, and its own end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from helpdesk.domain import events
from helpdesk.realtime import rooms
from helpdesk.realtime.rooms import Rights, Socket

if TYPE_CHECKING:
    from helpdesk.realtime.server import Live

SWEEP_EVERY = 1.0  # seconds
COUNT_EVERY = 0.5  # seconds
CHECK_EVERY = 4.0  # seconds; an ended session hears nothing more after five
MOST_WAITING = 1000  # messages to a page that does not read
BACK_WITHIN = 5  # seconds over which pages spread when all of them are sent away at once

log = structlog.get_logger(__name__)


class Watch:
    """Its duties read the database and write nothing."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def start(self) -> None:
        self._live.io.start_background_task(self._every, SWEEP_EVERY, self._sweep)
        self._live.io.start_background_task(self._every, COUNT_EVERY, self._count)
        self._live.io.start_background_task(self._every, CHECK_EVERY, self._check)
        if threading.current_thread() is threading.main_thread():
            self._say_goodbye_on_term()

    def _every(self, seconds: float, duty: Callable[[], None]) -> None:
        """For ever: a failure (the database away) must not end the watch, or ended sessions would go on hearing."""
        while True:
            self._live.io.sleep(seconds)
            try:
                with self._live.app.app_context():
                    duty()
            except Exception:
                log.exception("a duty of live failed", duty=duty.__name__)

    def _sweep(self) -> None:
        self._live.tell_presence(self._live.presence.sweep())

    def _count(self) -> None:
        """Pages ask what they missed when something happened of which we were not told. While Redis is away they ask
        anyway."""
        listener = self._live.listener
        if not self._live.sockets:
            listener.heard.forget()
        elif listener.heard.has_missed(events.upto()) and not listener.is_away:
            self._live.tell_behind()

    def _check(self) -> None:
        """Who came or looked elsewhere while the database was asked is left for the next time."""
        sockets = list(self._live.sockets)
        looked_at = _looked_at(sockets)
        agents = rooms.living({socket.session_id for socket in sockets})
        rights = rooms.rights({agent.id: agent for agent in agents.values()}, looked_at)
        for socket in sockets:
            if socket.session_id not in agents:
                self._live.dismiss(socket, "signed-out")
            elif self._is_choked(socket):
                self._live.dismiss(socket, "slow")
            elif socket.sid:
                self._adjust(socket, rights[socket.person.id], looked_at.get(socket.person.id, set()))
        self._live.keep_presence()

    def _adjust(self, socket: Socket, rights: Rights, asked: set[int]) -> None:
        if socket.rooms != rights.rooms:
            self._live.hear(socket, rights.rooms)
            self._live.say(socket, "bye", reason="teams")
        if socket.ticket in asked - rights.tickets:
            self._live.look(socket, None)

    def _is_choked(self, socket: Socket) -> bool:
        connection = self._live.io.server.eio.sockets.get(socket.eio_sid)
        return connection is not None and connection.queue.qsize() > MOST_WAITING

    def _say_goodbye_on_term(self) -> None:
        """Pages go to the next process, spread over some seconds, and this one need not wait for them."""
        before = signal.getsignal(signal.SIGTERM)

        def goodbye(number: int, frame: Any) -> None:
            self._live.io.start_background_task(self._dismiss_all)
            if callable(before):
                before(number, frame)

        if callable(before):  # gunicorn's own
            signal.signal(signal.SIGTERM, goodbye)

    def _dismiss_all(self) -> None:
        for socket in self._live.sockets:
            self._live.dismiss(socket, "restart", within=BACK_WITHIN)


def _looked_at(sockets: Sequence[Socket]) -> dict[int, set[int]]:
    """The tickets that each agent's pages show."""
    looked_at: dict[int, set[int]] = {}
    for socket in sockets:
        if socket.ticket is not None:
            looked_at.setdefault(socket.person.id, set()).add(socket.ticket)
    return looked_at
