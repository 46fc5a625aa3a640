"""From a bare Python to a command: whatever is missing is said in one line, without a traceback."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from helpdesk import bootstrap
from helpdesk.commands import ROOT, CannotGoOn
from helpdesk.commands.venv import BASE_PYTHON, NO_PIP, Venv

BARE = {"HOME": os.environ.get("HOME", "/"), "PATH": "/usr/bin:/bin"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout, with one tiny package to install instead of all of them."""
    path = tmp_path / "checkout"
    shutil.copytree(ROOT / "helpdesk", path / "helpdesk", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "config.py", path)
    for name in ("requirements.txt", "tests/requirements.txt"):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text("")
    return path


def test_an_old_python_is_told_which_one_is_needed() -> None:
    pretend = "import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_module('helpdesk', run_name='__main__')"

    done = subprocess.run([BASE_PYTHON, "-c", pretend], cwd=ROOT, env=BARE, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("Python 3.11 or newer is needed")
    assert "3.9" in done.stderr


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_an_old_python_can_read_what_tells_it(name: str) -> None:
    ast.parse((ROOT / "helpdesk" / name).read_text(), feature_version=(3, 6))


def test_the_bootstrap_needs_python_alone() -> None:
    script = (
        "import sys; from helpdesk import bootstrap, supervisor; import config;"
        "print([name for name in sys.modules if 'site-packages' in str(getattr(sys.modules[name], '__file__', ''))])"
    )

    done = subprocess.run(
        [BASE_PYTHON, "-S", "-c", script], cwd=ROOT, env=BARE, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_help_names_the_commands_that_exist() -> None:
    done = _run(ROOT, "help")

    assert done.returncode == 0
    named = [line.split()[0] for line in done.stdout.splitlines()[2:]]
    assert named == [*(name for name, command in bootstrap.COMMANDS.items() if command.exists()), "help"]
    assert {"run", "test", "check", "flask", "help"} <= set(named)


def test_an_unknown_command_is_not_guessed() -> None:
    done = _run(ROOT, "launch")

    assert done.returncode == 2
    assert done.stderr == "There is no command 'launch'. `python3 -m helpdesk help` lists them.\n"


def test_a_directory_that_cannot_be_written_is_named(checkout: Path) -> None:
    (checkout / "var").write_text("a file where the directory should be")

    done = _run(checkout, "run")

    _assert_one_line(done, "var", "cannot be written", "Run this from a checkout that belongs to this user")


def test_packages_that_cannot_be_had_are_named(checkout: Path) -> None:
    (checkout / "requirements.txt").write_text("helpdesk-no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    environment = BARE | {"PIP_NO_INDEX": "1"}

    done = _run(checkout, "run", environment)

    _assert_one_line(done, "The packages could not be installed", "helpdesk-no-such-package")
    assert not (checkout / "var/venv/helpdesk.stamp").exists()


def test_a_new_checkout_gets_its_environment_once(checkout: Path) -> None:
    """Also when two start at the same moment."""
    environment = BARE | {"PYTHONPATH": "/nowhere", "VIRTUAL_ENV": "/nowhere"}
    command = [BASE_PYTHON, "-m", "helpdesk", "run", "--help"]
    both = [
        subprocess.Popen(command, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]

    said = [process.communicate(timeout=100)[0] for process in both]
    started = time.monotonic()
    third = _run(checkout, "run", environment, "--help")

    assert [process.returncode for process in both] == [0, 0]
    assert sum("Installing packages" in one for one in said) == 1
    assert all("usage: python3 -m helpdesk run" in one for one in said)
    assert third.stdout.startswith("usage: python3 -m helpdesk run")
    assert time.monotonic() - started < 2


def test_an_environment_that_was_never_finished_is_made_anew_and_follows_its_lock(tmp_path: Path) -> None:
    venv = Venv(tmp_path / "venv", tmp_path / "requirements.txt")
    venv.lock.write_text("")
    (venv.path / "bin").mkdir(parents=True)
    (venv.path / "left-over").write_text("")

    python = venv.ensure()

    assert subprocess.run([python, "-c", ""], check=False).returncode == 0
    assert not (venv.path / "left-over").exists()
    assert venv.is_fresh()

    venv.lock.write_text("# one comment more\n")

    assert not venv.is_fresh()
    venv.ensure()
    assert venv.is_fresh()


def test_without_ensurepip_the_system_s_pip_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if subprocess.run([BASE_PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("this Python has no pip of its own")
    venv = Venv(tmp_path / "venv", tmp_path / "requirements.txt")
    venv.lock.write_text("")
    monkeypatch.setattr(Venv, "_with_uv", lambda self: False)
    monkeypatch.setattr(Venv, "_with_ensurepip", lambda self: False)

    venv.ensure()

    assert venv.is_fresh()
    assert subprocess.run([venv.python, "-m", "pip"], capture_output=True, check=False).returncode != 0


def test_without_any_pip_one_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = Venv(tmp_path / "venv", tmp_path / "requirements.txt")
    venv.lock.write_text("")
    for way in ("_with_uv", "_with_ensurepip", "_with_the_systems_pip", "_with_apt"):
        monkeypatch.setattr(Venv, way, lambda self: False)

    with pytest.raises(CannotGoOn) as raised:
        venv.ensure()

    assert str(raised.value) == NO_PIP
    assert NO_PIP == "Python has no pip here: run `apt install python3-venv`, then this command again."


def test_settings_come_from_the_env_file_unless_given(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# ours\n\nPORT=8010\n LOG_LEVEL = debug \nSECRET_KEY=a=b\n", encoding="utf-8")
    environ = {"PORT": "9000"}

    bootstrap.read_env_file(tmp_path / ".env", environ)

    assert environ == {"PORT": "9000", "LOG_LEVEL": "debug", "SECRET_KEY": "a=b"}


def test_a_line_of_the_env_file_that_is_no_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8010\nexport HOST\n", encoding="utf-8")

    with pytest.raises(CannotGoOn, match="line 2: must be NAME=VALUE"):
        bootstrap.read_env_file(tmp_path / ".env", {})


def test_no_lock_names_an_index() -> None:
    for lock in (ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"):
        text = lock.read_text()
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text


def _run(
    checkout: Path, command: str, environment: dict[str, str] | None = None, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BASE_PYTHON, "-m", "helpdesk", command, *arguments],
        cwd=checkout,
        env=BARE if environment is None else environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def _assert_one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stdout + done.stderr
    for word in words:
        assert word in done.stderr
