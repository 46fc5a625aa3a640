"""Sockets of the process `live`: of the desk that runs for all tests, or of one that a test may harm."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from uuid import uuid4

import pytest
from flask import Flask, session

import config
from helpdesk import queue
from helpdesk.commands import services
from helpdesk.db import transaction
from helpdesk.domain import agents
from helpdesk.models import Agent, Inbox
from tests.factories import an_inbox
from tests.realtime.sockets import PageSocket
from tests.realtime.wire import Wire
from tests.support import process
from tests.support.desk import Desk
from tests.support.running import RunningDesk, environment
from tests.support.valkey import Valkey


@dataclass
class Live:
    """The door of a process `live`; `said` is its log."""

    app: Flask
    settings: config.Settings
    log: Path
    open: list[PageSocket] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.settings.live_url

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def enter(self, agent: Agent) -> PageSocket:
        """A page of this agent, signed in anew."""
        return self.enter_with(self.cookie(agent))

    def enter_with(self, cookie: str, *, origin: str | None = None) -> PageSocket:
        chosen = self.settings.public_url if origin is None else origin
        page = PageSocket.enter(self.url, cookie=cookie, origin=chosen)
        self.open.append(page)
        return page

    def cookie(self, agent: Agent) -> str:
        """The session cookie of a browser in which they have just signed in."""
        return self.cookie_of(self.token(agent))

    def token(self, agent: Agent) -> str:
        with transaction():
            return agents.sign_in(agent.id, address="127.0.0.1", browser="a test")

    def cookie_of(self, token: str) -> str:
        with self.app.test_request_context(base_url=self.settings.public_url):
            session["_user_id"] = token
            signed = self.app.session_interface.get_signing_serializer(self.app).dumps(dict(session))
        return f"{self.app.config['SESSION_COOKIE_NAME']}={signed}"

    def close(self) -> None:
        for page in self.open:
            page.close()


@dataclass(frozen=True)
class Place:
    team: str
    inbox: Inbox


@pytest.fixture
def live(running: RunningDesk) -> Iterator[Live]:
    """The sockets of the desk that runs: a test brings its own people, and teams where it counts what is heard."""
    queue.connect_to(running.settings.redis_url_now)  # another test's desk may have been the last to say where it is
    door = Live(running.app, running.settings, running.directory / "live.log")
    with contextlib.closing(door):
        yield door


@pytest.fixture
def place(live: Live) -> Place:
    """A team with an inbox that no other test knows."""
    name = f"Team {uuid4().hex[:8]}"
    return Place(name, an_inbox(name, team=name, account_id=f"1{uuid4().int}"[:17]))


@pytest.fixture
def own_live(desk: Desk, tmp_path: Path) -> Iterator[tuple[Live, Popen[bytes]]]:
    """A process `live` of the test's own, and its door."""
    log = tmp_path / "live.log"
    service = services.live(desk.settings, environment(desk.settings))
    server = process.start(service.command, log=log, environment=service.environment)
    door = Live(desk.app, desk.settings, log)
    try:
        process.wait_until(lambda: process.answers(desk.settings.live_port), server, log)
        with contextlib.closing(door):
            yield door, server
    finally:
        process.stop(server)


@pytest.fixture
def wire(desk: Desk, valkey: Valkey) -> Iterator[Callable[[Agent], Wire]]:
    """`wire(agent)`: hears what is told to this agent's rooms from now on, in `.events`."""
    with contextlib.ExitStack() as stack:
        yield lambda agent: stack.enter_context(contextlib.closing(Wire(valkey, agent)))


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """`eventually(lambda: …)`: waits until it is so."""

    def wait(is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 8
        while not is_so():
            assert time.monotonic() < deadline, "it did not come about"
            time.sleep(0.02)

    return wait
