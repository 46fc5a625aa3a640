"""A desk as it runs for people: every process of it, on free ports, with the make-believe platform beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask

import config
from helpdesk.commands import services
from tests.support import desk, process
from tests.support.sandbox import Sandbox, configuration
from tests.support.secrets import ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN
from tests.support.valkey import Valkey

READY_SECONDS = 40
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass
class RunningDesk:
    """`url` is the console's. `app` is the same desk in the test's own process, for looking and for making people."""

    directory: Path
    settings: config.Settings
    sandbox: Sandbox
    app: Flask
    valkey: Valkey
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.settings.public_url

    @property
    def origins(self) -> tuple[str, ...]:
        """Everything that a page of this desk, or of its make-believe platform, may ask."""
        urls = (self.url, self.settings.live_url, self.sandbox.url)
        return (*urls, *(url.replace("http", "ws", 1) for url in urls))

    @property
    def is_ready(self) -> bool:
        try:
            with _open(f"{self.url}/readyz", timeout=5) as answer:
                return json.load(answer)["state"] == "ready"
        except (OSError, ValueError, KeyError):
            return False

    @property
    def readiness(self) -> int:
        """The status of /readyz."""
        try:
            with _open(f"{self.url}/readyz", timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def log(self, name: str) -> str:
        """Everything that a process (web, live, workers) has said."""
        return (self.directory / f"{name}.log").read_text(errors="replace")

    def pids(self) -> dict[str, int]:
        """Its processes, the platform and the queue server included."""
        started = {**self.processes, "sandbox": self.sandbox.server, "valkey": self.valkey.server}
        return {name: one.pid for name, one in started.items() if one is not None}


@contextmanager
def running_desk(directory: Path, database_url: str, **more: str) -> Iterator[RunningDesk]:
    """Starts everything on an empty, migrated database; ends everything."""
    from helpdesk.app import create_app  # late: tests that need no desk do without all of it

    valkey = Valkey.new()
    web, live, sandbox_port = _ports()
    settings = desk.settings(
        database_url=database_url,
        data_dir=directory / "data",
        redis_url=valkey.url,
        port=web,
        sandbox_port=sandbox_port,
        LIVE_PORT=str(live),
        **more,
    )
    accounts = configuration(
        settings.public_url, access_token=ACCESS_TOKEN, app_secret=APP_SECRET, verify_token=VERIFY_TOKEN
    )
    valkey.start()
    sandbox = Sandbox.start(directory, sandbox_port, accounts)
    running = RunningDesk(directory, settings, sandbox, create_app(settings), valkey)
    try:
        with running.app.app_context():
            _start(running)
            yield running
            desk.dispose()
    finally:
        for name, started in running.processes.items():  # all at once, and gunicorn without grace
            started.send_signal(signal.SIGTERM if name == "workers" else signal.SIGQUIT)
        for started in running.processes.values():
            process.stop(started)
        sandbox.stop()
        valkey.stop()
        shutil.rmtree(valkey.directory, ignore_errors=True)


def environment(settings: config.Settings) -> dict[str, str]:
    """The settings as each process reads them."""
    given = {setting.name: _value(settings, setting.name) for setting in config.SETTINGS}
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "FAILPOINT", "FAILPOINT_LOG") if name in os.environ
    }
    return services.environment(settings, kept | given, with_sandbox=False)


def _start(running: RunningDesk) -> None:
    settings = running.settings
    env = environment(settings)
    for service in (services.web(settings, env), services.live(settings, env), services.workers(env)):
        log = running.directory / f"{service.name}.log"
        running.processes[service.name] = process.start(service.command, log=log, environment=service.environment)
    web = running.processes["web"]
    process.wait_until(lambda: running.is_ready, web, running.directory / "web.log", seconds=READY_SECONDS)


def _value(settings: config.Settings, name: str) -> str:
    value: Any = getattr(settings, name.lower())
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _ports() -> tuple[int, int, int]:
    """Three different ones."""
    ports: set[int] = set()
    while len(ports) < 3:
        ports.add(process.free_port())
    web, live, sandbox = ports
    return web, live, sandbox
