"""`run`: a whole desk, from nothing to a page that one can work in, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import resource
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import config
from helpdesk.commands import ROOT, CannotGoOn, sandbox_accounts, services, valkey
from helpdesk.commands.private import write_private
from helpdesk.supervisor import Service, ServiceFailed, Stopped, Supervisor, tail

START_LIMIT = 60.0  # seconds from the first process to a desk that answers
FILES = 65_536  # that each process may have open, if the machine lets us
DEMO_LOGINS = "agent@demo.test, lead@demo.test or owner@demo.test, password linen-sand-olive-7"


def main(arguments: list[str]) -> int:
    """Runs the desk until it is asked to end (0) or cannot go on (1). Raises CannotGoOn before anything was started."""
    options = _options(arguments)
    settings = settings_or_problem()
    with only_desk(settings.data_dir):
        services.check_ports(settings, with_sandbox=options.sandbox)
        _allow_many_files()
        redis = None if settings.redis_url else valkey.prepare(settings.data_dir)
        with Supervisor(settings.data_dir / "log", ROOT, say=_say) as supervisor:
            desk = _Desk(settings, supervisor, redis, with_sandbox=options.sandbox, with_demo=options.demo)
            try:
                desk.open()
                supervisor.watch()
            except Stopped:
                _say("\nStopping …")
            except (ServiceFailed, CannotGoOn) as problem:
                print(problem, file=sys.stderr, flush=True)
                return 1
            finally:
                (settings.data_dir / "valkey.url").unlink(missing_ok=True)
    return 0


class _Desk:
    """The steps of a start, in order."""

    def __init__(
        self,
        settings: config.Settings,
        supervisor: Supervisor,
        redis: valkey.Valkey | None,
        *,
        with_sandbox: bool,
        with_demo: bool,
    ) -> None:
        self.settings, self.supervisor, self.redis = settings, supervisor, redis
        self.with_sandbox, self.with_demo = with_sandbox, with_demo
        self.env = services.environment(settings, os.environ, with_sandbox=with_sandbox)

    def open(self) -> None:
        """Starts everything and says where it is. Raises CannotGoOn, ServiceFailed, Stopped."""
        self._start_redis()
        is_empty = self._prepare_database()
        if self.with_sandbox:
            accounts = self.settings.data_dir / "sandbox.json"
            sandbox_accounts.write_accounts(accounts, _reachable(self.settings.host, self.settings.port))
            self.supervisor.start(services.sandbox(self.settings, accounts, self.env))
        self.supervisor.start(services.web(self.settings, self.env))
        self.supervisor.start(services.live(self.settings, self.env))
        self.supervisor.start(services.workers(self.env))
        if not self.supervisor.wait_until(self._is_ready, START_LIMIT):
            raise CannotGoOn(f"The desk did not answer within {START_LIMIT:.0f} s; see {self.supervisor.logs}")
        self._announce()
        if is_empty:
            self._people()

    def _start_redis(self) -> None:
        if self.redis is None:
            return
        self.supervisor.start(Service("valkey", self.redis.command, self.env))
        if not self.supervisor.wait_until(self.redis.answers, START_LIMIT):
            raise CannotGoOn(f"The embedded Valkey did not answer; see {self.supervisor.logs / 'valkey.log'}")
        write_private(self.settings.data_dir / "valkey.url", self.redis.url + "\n")

    def _prepare_database(self) -> bool:
        """Answers whether nobody has an account yet."""
        prepare = Service("database", (sys.executable, "-m", "helpdesk.commands.prepare"), self.env)
        code, said = self.supervisor.finish(prepare)
        if code:
            log = self.supervisor.log_of(prepare)
            raise CannotGoOn(f"The database could not be brought up to date ({log}):\n{tail(log, lines=3)}")
        return said.strip().endswith("empty")

    def _is_ready(self) -> bool:
        # Spoken by hand: Python's HTTP client would hold 2 MB for as long as the desk runs.
        address = (_reachable_host(self.settings.host), self.settings.port)
        try:
            with socket.create_connection(address, timeout=2) as connection:
                connection.sendall(f"GET /readyz HTTP/1.0\r\nHost: {address[0]}\r\n\r\n".encode())
                return connection.recv(64).split(b" ", 2)[1:2] == [b"200"]
        except OSError:
            return False

    def _announce(self) -> None:
        lines = ["", f"  Console   {self.settings.public_url}"]
        if self.with_demo and self.settings.is_loopback:
            lines.append(f"            {DEMO_LOGINS}")
        if self.with_sandbox:
            lines.append(f"  Phone     http://127.0.0.1:{self.settings.sandbox_port}   play a customer")
        lines += [f"  Logs      {self.supervisor.logs}", "", "Ctrl-C stops everything."]
        _say("\n".join(lines))

    def _people(self) -> None:
        """The demo workspace for an empty database, or the word how to get a first account."""
        wants_demo = self.with_demo and self.with_sandbox
        if not (wants_demo and self.settings.is_loopback):
            if wants_demo:
                _say("No demo workspace: HOST and PUBLIC_URL can be reached from elsewhere, and its password is known.")
            _say("Nobody has an account yet: python3 -m helpdesk flask agent add EMAIL --name NAME --role owner")
            return
        _say("Making the demo workspace …")
        started = time.monotonic()
        demo = Service("demo", (sys.executable, "-m", "helpdesk.demo"), self.env)
        code, _ = self.supervisor.finish(demo)
        if code:
            _say(f"The demo workspace is not whole (exit {code}); see {self.supervisor.log_of(demo)}")
        else:
            _say(f"The demo workspace is ready ({time.monotonic() - started:.0f} s).")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m helpdesk run", description="Starts the desk until Ctrl-C.")
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="leave an empty database empty")
    parser.add_argument("--no-sandbox", dest="sandbox", action="store_false", help="no make-believe platforms")
    return parser.parse_args(arguments)


def settings_or_problem() -> config.Settings:
    """The desk's settings, with keys made where there are none. Raises CannotGoOn."""
    data_dir = Path(os.environ.get("DATA_DIR", "").strip() or "var").expanduser().absolute()
    try:
        config.ensure_keys(data_dir)
        return config.load(os.environ)
    except config.ConfigError as error:
        raise CannotGoOn(str(error)) from None
    except OSError as error:
        raise CannotGoOn(
            f"{data_dir} cannot be written: {error.strerror}. Set DATA_DIR to a directory that this user may write."
        ) from None


@contextlib.contextmanager
def only_desk(data_dir: Path) -> Iterator[None]:
    """Nobody else uses this directory meanwhile: two desks in one would share a database, its keys and its Valkey.
    Raises CannotGoOn."""
    with (data_dir / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotGoOn(
                f"A desk already runs from {data_dir} (process {lock.read().strip()}). "
                "Stop it, or set DATA_DIR to another directory."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _allow_many_files() -> None:
    """A socket is a file, and a shell allows 1,024 of them by default; children have what we have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _reachable_host(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _reachable(host: str, port: int) -> str:
    reachable = _reachable_host(host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _say(line: str) -> None:
    print(line, flush=True)
