"""The processes of a desk, and how each is started."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from config import Settings
from helpdesk.commands import CannotGoOn
from helpdesk.supervisor import Service

THREADS = 64  # of one web process; at most 16 of them are in the database
SOCKETS = 10_000  # agents' pages that one live process may hold
GUNICORN = (sys.executable, "-m", "gunicorn", "--no-control-socket", "--log-level", "warning")


def environment(settings: Settings, given: Mapping[str, str], *, with_sandbox: bool) -> dict[str, str]:
    """What every process gets: `given`, and the make-believe platforms' addresses where none were given."""
    # glibc keeps a heap for each thread; with two, the web process stays small.
    defaults = {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}
    if with_sandbox:
        base = f"http://127.0.0.1:{settings.sandbox_port}"
        defaults |= {
            "INSTAGRAM_API_URL": f"{base}/instagram/v25.0",
            "FACEBOOK_API_URL": f"{base}/facebook/v25.0",
            "TELEGRAM_API_URL": f"{base}/telegram",
        }
    return defaults | {name: value for name, value in given.items() if value.strip() or name not in defaults}


def sandbox(settings: Settings, accounts: Path, env: Mapping[str, str]) -> Service:
    """The make-believe platforms. Their chats outlive a restart, as the desk's own do."""
    command = ("-m", "helpdesk.sandbox", "--config", str(accounts), "--port", str(settings.sandbox_port))
    data = ("--data", str(settings.data_dir / "sandbox"))
    return Service("sandbox", (sys.executable, *command, *data), env)


def web(settings: Settings, env: Mapping[str, str]) -> Service:
    """Webhooks, console and API. SQLite has one writer, so one process; PostgreSQL takes two."""
    options = {
        "--worker-class": "helpdesk.server.worker.DeadlineWorker",
        "--workers": "1" if settings.is_sqlite else "2",
        "--threads": str(THREADS),
        "--bind": _address(settings.host, settings.port),
        "--keep-alive": "15",
        "--worker-connections": "4000",
        "--timeout": "60",
        "--graceful-timeout": "5",
        # Else gunicorn believes X-Forwarded-Proto from this machine, whoever sent it there.
        "--forwarded-allow-ips": ",".join(settings.trusted_proxies),
    }
    # Loaded before the fork: a worker that died is back at once, and shares its memory with the parent.
    return Service("web", (*GUNICORN, "--preload", *_flat(options), "wsgi:app"), env)


def live(settings: Settings, env: Mapping[str, str]) -> Service:
    """The agents' sockets, in a process of their own: a socket holds a thread of `web` for its whole life."""
    options = {
        "--worker-class": "gevent",
        "--workers": "1",
        "--worker-connections": str(SOCKETS),
        "--bind": _address(settings.host, settings.live_port),
        "--graceful-timeout": "1",  # sockets never end by themselves
        "--forwarded-allow-ips": ",".join(settings.trusted_proxies),
    }
    return Service("live", (*GUNICORN, *_flat(options), "helpdesk.live:create_live()"), env)


def workers(env: Mapping[str, str]) -> Service:
    """Everything outside a request, and the clock."""
    return Service("workers", (sys.executable, "-m", "workers"), env)


def check_ports(settings: Settings, *, with_sandbox: bool) -> None:
    """Raises CannotGoOn for a port that is taken, naming the variable to change."""
    wanted = [("PORT", settings.host, settings.port), ("LIVE_PORT", settings.host, settings.live_port)]
    if with_sandbox:
        wanted.append(("SANDBOX_PORT", "127.0.0.1", settings.sandbox_port))
    for name, host, port in wanted:
        _check_port(name, host, port)


def _check_port(name: str, host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotGoOn(
                f"Port {port} is in use. Stop what uses it, or take another one: "
                f"{name}={port + 10} python3 -m helpdesk run"
            ) from None
        raise CannotGoOn(f"{name}: nothing can listen at {host}:{port} ({error.strerror})") from None


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _flat(options: Mapping[str, str]) -> list[str]:
    return [part for name, value in options.items() for part in (name, value)]
