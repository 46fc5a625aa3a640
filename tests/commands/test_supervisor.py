"""The supervisor, with stand-ins for the desk's processes: what dies comes back, and in the end nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpdesk.supervisor import LOG_LIMIT, _shorten, tail
from tests.commands.waiting import is_alive, until

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a supervisor over shell scripts, in their directory, and waits until it has started them."""
    begun: list[subprocess.Popen[str]] = []

    def launch(grace: float = 10.0, **scripts: str) -> subprocess.Popen[str]:
        commands = {name: ["sh", "-c", f"cd '{tmp_path}'; {script}"] for name, script in scripts.items()}
        program = [sys.executable, "-m", "tests.commands.supervised", str(tmp_path), json.dumps(commands), str(grace)]
        process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        return process

    yield launch
    for process in begun:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_leaves_no_child_and_no_grandchild(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    desk = start(web="sleep 1000 & echo $! > grandchild; echo $$ > child; wait")
    processes = [_number_in(tmp_path / "child"), _number_in(tmp_path / "grandchild")]

    desk.send_signal(number)

    assert desk.wait(timeout=10) == 0
    assert [process for process in processes if is_alive(process)] == []


def test_what_was_started_last_is_stopped_first(start: Start, tmp_path: Path) -> None:
    script = "trap 'echo {0} >> order; exit' TERM; echo $$ > {0}; while :; do sleep 0.1; done"
    desk = start(valkey=script.format("valkey"), web=script.format("web"), workers=script.format("workers"))
    for name in ("valkey", "web", "workers"):
        _number_in(tmp_path / name)

    desk.terminate()
    desk.wait(timeout=10)

    assert (tmp_path / "order").read_text().split() == ["workers", "web", "valkey"]


def test_a_killed_supervisor_takes_its_children_along(start: Start, tmp_path: Path) -> None:
    desk = start(web="echo $$ > child; exec sleep 1000")
    child = _number_in(tmp_path / "child")

    desk.kill()

    until(lambda: not is_alive(child))


def test_a_child_that_will_not_stop_is_killed(start: Start, tmp_path: Path) -> None:
    desk = start(grace=0.3, web="trap '' TERM; echo $$ > child; while :; do sleep 0.1; done")
    child = _number_in(tmp_path / "child")

    desk.terminate()

    assert desk.wait(timeout=5) == 0
    assert not is_alive(child)


def test_a_second_request_to_stop_does_not_wait(start: Start, tmp_path: Path) -> None:
    desk = start(grace=60.0, web="trap 'touch asked' TERM; echo $$ > child; while :; do sleep 0.1; done")
    child = _number_in(tmp_path / "child")

    desk.terminate()
    until((tmp_path / "asked").exists)
    desk.terminate()

    assert desk.wait(timeout=5) == 0
    assert not is_alive(child)


def test_a_child_that_dies_is_started_again(start: Start, tmp_path: Path) -> None:
    start(web="echo $$ > child; exec sleep 1000", live="exec sleep 1000")
    first = _number_in(tmp_path / "child")
    (tmp_path / "child").unlink()

    os.kill(first, signal.SIGKILL)

    assert _number_in(tmp_path / "child") != first


def test_a_child_that_keeps_dying_stops_everything_and_is_quoted(start: Start, tmp_path: Path) -> None:
    desk = start(live="echo $$ > live; exec sleep 1000", web="echo no such table: ticket; exit 3")
    live = _number_in(tmp_path / "live")

    said, _ = desk.communicate(timeout=20)

    assert desk.returncode == 1
    assert said.count("web stopped (exit 3) and is started again") == 4
    assert "web died 5 times in" in said
    assert said.rstrip().endswith("no such table: ticket")
    assert not is_alive(live)


def test_a_long_log_is_emptied_and_one_older_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab") as service:
        service.write(b"x" * (LOG_LIMIT + 1))
        service.flush()

        _shorten(log)
        service.write(b"and on\n")

    assert log.read_bytes() == b"and on\n"
    assert (tmp_path / "web.log.1").stat().st_size == LOG_LIMIT + 1


def test_the_end_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("".join(f"line {number}\n" for number in range(10_000)))

    assert tail(log, lines=2) == "line 9998\nline 9999"


def _number_in(path: Path) -> int:
    until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())
