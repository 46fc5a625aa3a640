"""`run`: what keeps a desk from opening is one line; what opens is whole; what closes leaves nothing."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import itertools
import json
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import config
from helpdesk.commands import ROOT, CannotGoOn, sandbox_accounts, services, valkey
from tests.commands.waiting import is_alive, until
from tests.support.process import free_port

Environment = dict[str, str]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A desk of its own: another directory, other ports."""
    ports = {name: str(free_port()) for name in ("PORT", "LIVE_PORT", "SANDBOX_PORT")}
    return {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path / "var"), **ports}


@pytest.mark.parametrize("name", ["PORT", "LIVE_PORT", "SANDBOX_PORT"])
def test_a_port_in_use_is_named_with_its_variable(environment: Environment, name: str) -> None:
    with socket.create_server(("127.0.0.1", int(environment[name]))):
        done = _run(environment)

    _assert_one_line(done, f"Port {environment[name]} is in use", f"{name}={int(environment[name]) + 10} python3")


def test_the_sandbox_s_port_is_free_to_use_without_it(environment: Environment) -> None:
    settings = _settings(environment)

    with socket.create_server(("127.0.0.1", settings.sandbox_port)):
        services.check_ports(settings, with_sandbox=False)
        with pytest.raises(CannotGoOn, match="SANDBOX_PORT"):
            services.check_ports(settings, with_sandbox=True)


def test_a_directory_that_cannot_be_written_is_named(environment: Environment) -> None:
    done = _run(environment | {"DATA_DIR": "/proc/desk"})

    _assert_one_line(done, "/proc/desk", "cannot be written", "DATA_DIR")


def test_a_setting_that_cannot_be_used_is_named(environment: Environment) -> None:
    done = _run(environment | {"PORT": "eighty"})

    _assert_one_line(done, "PORT", "is not a port")


def test_an_address_that_is_not_this_machine_s_is_named(environment: Environment) -> None:
    done = _run(environment | {"HOST": "192.0.2.1"})

    _assert_one_line(done, "PORT", f"192.0.2.1:{environment['PORT']}")


def test_two_desks_do_not_share_a_directory(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    with (tmp_path / "var" / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()

        done = _run(environment)

    _assert_one_line(done, "A desk already runs", "process 4711", "DATA_DIR")


@pytest.mark.parametrize("length", [40, 140])
def test_the_embedded_valkey_answers_at_its_address(tmp_path: Path, length: int) -> None:
    """A socket's path has a limit; beyond it there is a port, and a password."""
    home = tmp_path / "a desk".ljust(max(8, length - len(str(tmp_path))), "x")
    server = valkey.prepare(home)
    assert server.url.startswith("redis://:" if length > valkey.LONGEST_SOCKET else "unix:///")
    assert not server.answers()

    process = subprocess.Popen(server.command, stdout=subprocess.DEVNULL)
    try:
        until(server.answers)
        redis = pytest.importorskip("redis").from_url(server.url)
        assert redis.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert redis.config_get("appendonly")["appendonly"] == "yes"
        assert stat.S_IMODE((home / "valkey" / "valkey.conf").stat().st_mode) == 0o600
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_the_sandbox_s_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.json"
    sandbox_accounts.write_accounts(path, "http://127.0.0.1:8000")
    first = json.loads(path.read_text())

    sandbox_accounts.write_accounts(path, "http://127.0.0.1:9000")
    second = json.loads(path.read_text())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [account["account_id"] for account in first["accounts"]] == ["17841400000000001", "17841400000000002"]
    assert len({account["access_token"] for account in first["accounts"]}) == 2
    for before, after in zip(first["accounts"], second["accounts"], strict=True):
        assert before | {"webhook_url": "http://127.0.0.1:9000/webhooks/instagram"} == after


def test_a_sandbox_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").write_text("[")

    with pytest.raises(CannotGoOn, match=re.escape(str(tmp_path / "sandbox.json"))):
        sandbox_accounts.write_accounts(tmp_path / "sandbox.json", "http://127.0.0.1:8000")


def test_platforms_are_made_believe_unless_their_addresses_were_given(environment: Environment) -> None:
    settings = _settings(environment)
    given = environment | {"FACEBOOK_API_URL": "https://graph.example.com/v25.0", "TELEGRAM_API_URL": ""}

    played = services.environment(settings, given, with_sandbox=True)
    real = services.environment(settings, given, with_sandbox=False)

    base = f"http://127.0.0.1:{settings.sandbox_port}"
    assert played["INSTAGRAM_API_URL"] == f"{base}/instagram/v25.0"
    assert played["FACEBOOK_API_URL"] == "https://graph.example.com/v25.0"
    assert played["TELEGRAM_API_URL"] == f"{base}/telegram"
    assert "INSTAGRAM_API_URL" not in real


def test_one_web_process_on_sqlite_and_two_on_postgresql(environment: Environment) -> None:
    sqlite = services.web(_settings(environment), {})
    postgres = services.web(_settings(environment | {"DATABASE_URL": "postgresql+psycopg://u@h/desk"}), {})

    assert _option(sqlite.command, "--workers") == "1"
    assert _option(postgres.command, "--workers") == "2"
    assert _option(sqlite.command, "--forwarded-allow-ips") == ""


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_desk_opens_closes_and_opens_again_at_once(environment: Environment, tmp_path: Path) -> None:
    """Everything that `run` starts, twice in the same directory; nothing is left in between or after."""
    for limit in (90.0, 30.0):  # an idle machine takes 5; this one is busy with other tests
        started = time.monotonic()
        with _open_desk(environment) as desk:
            took = time.monotonic() - started
            status, body = _get(int(environment["PORT"]), "/readyz")
            assert status == 200, body
            assert _get(int(environment["SANDBOX_PORT"]), "/sandbox/state")[0] == 200
            assert (tmp_path / "var" / "valkey.url").exists()
            family = _descendants(desk.pid)
            desk.send_signal(signal.SIGINT)
            assert desk.wait(timeout=30) == 0
        assert took < limit
        assert len(family) >= 6
        assert [process for process in family if is_alive(process)] == []
        assert not (tmp_path / "var" / "valkey.url").exists()
        services.check_ports(_settings(environment), with_sandbox=True)


@contextlib.contextmanager
def _open_desk(environment: Environment) -> Iterator[subprocess.Popen[str]]:
    """A desk without the demo, from the moment that it says that it is open."""
    command = [sys.executable, "-m", "tests.commands.inside", "run", "--no-demo"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as desk:
        try:
            said = list(itertools.takewhile(lambda line: not line.startswith("Ctrl-C"), desk.stdout or ()))
            assert desk.poll() is None, f"the desk did not open: {said}"
            yield desk
        finally:
            desk.kill()


def _descendants(process: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return children + [one for child in children for one in _descendants(child)]


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def _run(environment: Environment) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.commands.inside", "run"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _assert_one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for word in words:
        assert word in done.stderr


def _settings(environment: Environment) -> config.Settings:
    config.ensure_keys(Path(environment["DATA_DIR"]))
    return config.load(environment)


def _option(command: tuple[str, ...], name: str) -> str:
    return command[command.index(name) + 1]
