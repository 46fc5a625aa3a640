"""`backup` and `restore`: a desk that is lost comes back, whole, and nothing happens twice."""

from __future__ import annotations

import fcntl
import io
import json
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

import config
from helpdesk.commands import CannotGoOn, store_postgres, system
from helpdesk.db import db
from helpdesk.models import Attachment, Direction, Ledger, Message, MessageStatus, OutboxState
from tests.commands.waiting import until
from tests.factories import a_reply, an_agent, an_inbox, the_messages, the_ticket
from tests.support import desk as desks
from tests.support import files
from tests.support.databases import Databases
from tests.support.desk import Desk, payload
from tests.support.running import environment

pytestmark = pytest.mark.both_databases
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(desk: Desk) -> Command:
    """`command("backup", FILE)`: as a process of its own; its exit code is 0 unless `fails`."""

    def run(name: str, *arguments: object, fails: bool = False, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.commands.inside", name, *map(str, arguments)],
            env=environment(desk.settings) | more,
            cwd=Path(config.__file__).parent,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stderr
        return done

    return run


@pytest.fixture
def backup(command: Command, tmp_path: Path) -> Callable[[], Path]:
    """Makes one and answers its file."""

    def make(*options: str) -> Path:
        command("backup", tmp_path / "desk.tar", *options)
        return tmp_path / "desk.tar"

    return make


@pytest.fixture
def lose(desk: Desk, databases: Databases) -> Callable[[], None]:
    """The disk is gone: an empty database, no files."""

    def wipe() -> None:
        desks.dispose()
        databases.empty(desk.database)
        shutil.rmtree(desk.settings.data_dir / "files", ignore_errors=True)

    return wipe


def bodies(numbers: range) -> Iterator[dict]:
    """Distinct webhooks, as the platform would repeat them."""
    for number in numbers:
        text = json.dumps(payload("instagram/text.json")).replace('"mid": "', f'"mid": "copy-{number}-')
        yield json.loads(text)


def rows() -> dict[str, list]:
    """Every row of every table, but for what restoring itself changes."""
    db.session.rollback()
    changed = ("session", "setting", "heartbeat", "outbox", "consumer")
    return {
        table.name: sorted(map(repr, db.session.execute(sa.select(table))))
        for table in db.metadata.sorted_tables
        if table.name not in changed
    }


def received() -> list[str]:
    """The platform's ids of what customers wrote."""
    return [message.platform_id for message in the_messages() if message.direction is Direction.INBOUND]


def test_a_lost_desk_comes_back_and_repeats_make_nothing_twice(desk, webhook, run_jobs, sandbox, command, backup, lose):
    an_inbox()
    lea = an_agent()
    for body in bodies(range(20)):
        webhook(body)
    run_jobs()
    a_reply(the_ticket(), "Yes, since this morning!", by=lea)
    run_jobs()

    with _writing_on(desk, range(20, 200)) as written:
        file = backup()
    run_jobs()
    a_reply(the_ticket(), "Shall we put one aside?", by=lea)
    run_jobs()
    heard = sandbox.texts()
    lose()
    assert the_messages() == []
    desks.dispose()
    command("restore", file)

    there = set(received())
    assert {f"copy-{n}" in "".join(there) for n in range(20)} == {True}
    assert len(there) == len(received()) <= 20 + len(written)
    for body in bodies(range(max(written) + 1)):  # the platform repeats its last hour
        assert webhook(body).status_code == 200
    run_jobs()
    assert len(received()) == len(set(received())) == max(written) + 1
    assert sandbox.texts() == heard


def test_what_waited_to_be_sent_is_asked_about_and_not_sent_again(
    desk, webhook, run_jobs, sandbox, command, backup, lose
):
    an_inbox()
    sandbox.say("Hi, is the blue jacket back in stock?")
    run_jobs()
    reply = a_reply(the_ticket(), "Yes, since this morning!", by=an_agent()).id
    file = backup()
    run_jobs()  # the desk sends it, and is lost after that
    lose()

    command("restore", file)
    run_jobs()

    desk.reading()
    restored = db.session.get_one(Message, reply)
    assert (restored.status, restored.outbox.state) == (MessageStatus.UNCERTAIN, OutboxState.REVIEW)
    assert sandbox.texts() == ["Yes, since this morning!"]


def test_rows_and_files_are_those_of_the_moment(desk, webhook, run_jobs, sandbox, command, backup, lose):
    an_inbox()
    an_agent()
    photo = sandbox.upload(files.png(), name="jacket.png", content_type="image/png")
    sandbox.say(attachments=[{"key": photo["key"]}])
    for body in bodies(range(5)):
        webhook(body)
    run_jobs()
    before = rows()
    attachment = db.session.execute(sa.select(Attachment)).scalar_one()
    key, content = attachment.key, desk.app.extensions["storage"].open(attachment.key).read()
    file = backup()
    lose()

    command("restore", file)

    assert rows() == before
    assert desk.app.extensions["storage"].open(key).read() == content
    assert (desk.settings.data_dir / "files" / key[:2] / key[2:4] / key).stat().st_mode & 0o777 == 0o600


def test_everybody_has_to_sign_in_again(desk, command, backup, client):
    an_inbox()
    signed_in = client(an_agent())
    assert signed_in.get("/changes?since=0").status_code == 200
    file = backup()
    desks.dispose()

    command("restore", file, "--force")

    assert signed_in.get("/changes?since=0").status_code in (302, 401)


def test_a_desk_that_is_there_is_not_replaced_unasked(desk, webhook, command, backup):
    an_inbox()
    file = backup()
    webhook("instagram/text.json")
    desks.dispose()

    told = command("restore", file, fails=True).stderr

    assert told == "There is a desk in this place already. To replace it by the back-up: restore --force\n"
    assert db.session.execute(sa.select(sa.func.count(Ledger.id))).scalar_one() == 1
    desks.dispose()
    command("restore", file, "--force")
    assert db.session.execute(sa.select(sa.func.count(Ledger.id))).scalar_one() == 0


def test_killed_in_the_middle_of_restoring_the_old_desk_is_as_it_was(desk, webhook, command, backup):
    an_inbox()
    file = backup()
    webhook("instagram/text.json")
    desks.dispose()

    for place in ("restore.files_done", "restore.before_commit"):
        done = command("restore", file, "--force", fails=True, FAILPOINT=f"{place}:kill")
        assert done.returncode == -signal.SIGKILL
        assert db.session.execute(sa.select(sa.func.count(Ledger.id))).scalar_one() == 1
        desks.dispose()

    command("restore", file, "--force")
    assert db.session.execute(sa.select(sa.func.count(Ledger.id))).scalar_one() == 0


def test_nothing_is_restored_under_a_desk_that_runs(desk, command, backup):
    file = backup()
    with (desk.settings.data_dir / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert "A desk already runs from" in command("restore", file, fails=True).stderr

    db.session.execute(sa.text("SELECT 1"))  # a connection that stays open
    assert "Stop every process" in command("restore", file, fails=True).stderr


def test_the_keys_come_along_only_when_asked_for(desk, command, backup, tmp_path):
    with tarfile.open(backup()) as tar:
        assert "keys" not in tar.getnames()
        assert desk.settings.secret_key not in str(tar.extractfile("manifest.json").read())

    file = backup("--with-keys")
    desks.dispose()
    assert file.stat().st_mode & 0o777 == 0o600
    command("restore", file, DATA_DIR=str(tmp_path / "elsewhere"), SECRET_KEY="", ENCRYPTION_KEYS="")

    kept = (tmp_path / "elsewhere" / "keys").read_text()
    assert f"SECRET_KEY={desk.settings.secret_key}\n" in kept
    assert f"ENCRYPTION_KEYS={desk.settings.encryption_keys[0]}\n" in kept


@pytest.mark.sqlite_only
@pytest.mark.parametrize("harm", ["torn", "no archive", "missing"])
def test_a_file_that_is_no_whole_back_up_is_refused(command, backup, harm):
    file = backup()
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-20_000] if harm == "torn" else b"what?" * 1000)

    told = command("restore", file, fails=True).stderr

    assert told.endswith(("is no whole back-up of this desk.\n", "is not there.\n"))


@pytest.mark.sqlite_only
def test_a_back_up_of_a_newer_desk_or_another_database_is_refused(command, backup, tmp_path):
    file = backup()
    for name, value, sentence in (("migration", "9999", "newer version"), ("kind", "postgresql", "DATABASE_URL names")):
        changed = tmp_path / f"{name}.tar"
        with tarfile.open(file) as old, tarfile.open(changed, "w") as new:
            for member in old.getmembers():
                body = old.extractfile(member).read()
                if member.name == "manifest.json":
                    body = json.dumps(json.loads(body) | {name: value}).encode()
                member.size = len(body)
                new.addfile(member, io.BytesIO(body))

        assert sentence in command("restore", changed, fails=True).stderr


@pytest.mark.sqlite_only
def test_a_broken_database_is_put_aside_for_the_back_up(desk, webhook, command, backup):
    an_inbox()
    file = backup()
    desks.dispose()
    path = Path(desk.settings.database_url.removeprefix("sqlite:///"))
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 8000)

    command("restore", file, "--force")

    assert webhook("instagram/text.json").status_code == 200
    (aside,) = path.parent.glob("helpdesk.db.before-restore-*")
    assert aside.stat().st_size == 8016


def test_a_missing_program_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(system, "POSTGRES_HOME", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotGoOn, match="pg_dump is missing: apt install postgresql-client"):
        store_postgres._program("pg_dump")


@contextmanager
def _writing_on(desk: Desk, numbers: range) -> Iterator[list[int]]:
    """Webhooks come, one after the other; those that were answered 200 are in the list."""
    written: list[int] = []
    ended = threading.Event()

    def write() -> None:
        with desk.app.app_context():
            for number, body in zip(numbers, bodies(numbers), strict=True):
                if ended.is_set():
                    return
                assert desk.webhook(body).status_code == 200
                written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: len(written) >= 3)
        yield written
    finally:
        ended.set()
        writer.join()
