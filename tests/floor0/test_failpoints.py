"""Failpoints do nothing, unless a test of resilience asked for it before the start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk import failpoints

ROOT = Path(failpoints.__file__).parents[1]
PROGRAM = "from helpdesk.failpoints import hit\nfor n in range(4): print(n, flush=True); hit('here')"


def run(failpoint: str, log: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "FAILPOINT": failpoint, "FAILPOINT_LOG": str(log or "")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("failpoint", ["", "elsewhere:kill"])
def test_nothing_happens_where_nobody_asked(failpoint):
    assert run(failpoint).returncode == 0


def test_a_kill_is_like_a_power_cut():
    assert run("elsewhere:kill,here:kill").returncode == -signal.SIGKILL


def test_the_first_visits_may_pass():
    done = run("here@2:raise")

    assert done.stdout.split() == ["0", "1", "2"]
    assert "Failpoint: here" in done.stderr


def test_of_a_range_each_process_draws_its_own_number():
    passed = {len(run("here@0-2:raise").stdout.split()) for _ in range(12)}

    assert passed <= {1, 2, 3}
    assert len(passed) > 1


def test_a_sleep_only_takes_its_time():
    assert run("here@3:sleep:0.01").stdout.split() == ["0", "1", "2", "3"]


def test_what_a_place_does_is_written_down_before_it_is_done(tmp_path):
    log = tmp_path / "hits"

    run("here@2:kill,elsewhere:raise", log)

    names, pids = zip(*(line.split() for line in log.read_text().splitlines()), strict=True)
    assert names == ("here",)
    assert len(set(pids)) == 1


def test_no_file_is_written_where_nobody_asked(tmp_path):
    run("", log := tmp_path / "hits")

    assert not log.exists()


def test_a_mistyped_action_is_told():
    assert "unknown action 'explode'" in run("here:explode").stderr
