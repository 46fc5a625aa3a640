"""A disk that runs full: files stop first, messages go on as long as they can, and all goes on once there is room."""

from __future__ import annotations

import http.client
import io
import resource
from pathlib import Path

import pytest
import sqlalchemy as sa

from helpdesk import disk
from helpdesk.commands import services
from helpdesk.db import db
from helpdesk.disk import DiskGuard, Space
from helpdesk.models import Attachment, AttachmentState, Ledger
from tests.factories import a_ticket, an_agent, an_inbox
from tests.support import files, process
from tests.support.desk import PAYLOADS, signature
from tests.support.running import environment

ROOMY, LOW = Space(100 * 10**9, 20 * 10**9), Space(100 * 10**9, 4 * 10**9)


@pytest.fixture
def free_space(desk):
    """`free_space(LOW)`: what the disks say from now on."""
    said = [ROOMY]
    before = desk.app.extensions["disk"]
    desk.app.extensions["disk"] = DiskGuard(before.places, lambda _path: said[0])
    yield lambda space: said.__setitem__(0, space)
    desk.app.extensions["disk"] = before


def upload(client, ticket):
    file = (io.BytesIO(files.png()), "jacket.png")
    return client.post("/uploads", {"ticket": str(ticket.number), "file": file}, headers={"Accept": "application/json"})


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("space", "is_low"),
    [
        (Space(100 * 10**9, 5 * 10**9), False),
        (Space(100 * 10**9, 5 * 10**9 - 1), True),
        (Space(2 * 10**9, 500 * 10**6), False),
        (Space(2 * 10**9, 500 * 10**6 - 1), True),
    ],
)
def test_five_percent_and_500_mb_have_to_be_free(space, is_low):
    assert space.is_low() is is_low


@pytest.mark.sqlite_only
def test_the_disks_of_data_database_and_files_are_watched():
    guard = disk.guard(Path("/srv/desk"), "sqlite:////srv/db/desk.db", "file:///srv/my%20files")

    assert guard.places == (Path("/srv/desk"), Path("/srv/db/desk.db"), Path("/srv/my files"))
    assert disk.guard(Path("/srv"), "postgresql+psycopg://db/desk", "s3://bucket/desk").places == (Path("/srv"),)
    assert disk.read(Path("/nowhere/yet")).total > 0


def test_files_wait_while_messages_go_on_and_all_goes_on_by_itself(desk, free_space, sandbox, run_jobs, client):
    an_inbox()
    agent = an_agent()
    photo = sandbox.upload(files.png(), name="jacket.png", content_type="image/png")
    free_space(LOW)

    sandbox.say(attachments=[{"key": photo["key"]}])
    run_jobs()

    attachment = db.session.execute(sa.select(Attachment)).scalar_one()
    assert (attachment.state, attachment.attempts) == (AttachmentState.PENDING, 0)
    refused = upload(client(agent), attachment.message.ticket)
    assert refused.status_code == 503
    assert disk.FULL in refused.text
    told = client().get("/readyz").json
    assert told["state"] == "degraded"
    assert told["disk"]["detail"].endswith("4,000 MB of 100,000 MB are free")

    free_space(ROOMY)
    run_jobs()

    desk.reading()
    assert db.session.execute(sa.select(Attachment.state)).scalar_one() is AttachmentState.READY
    assert upload(client(agent), a_ticket()).status_code == 201
    assert client().get("/readyz").json["disk"] == {"state": "ok"}


@pytest.mark.sqlite_only
def test_a_webhook_that_cannot_be_written_is_refused_and_taken_once_there_is_room(desk, tmp_path):
    an_inbox()
    service = services.web(desk.settings, environment(desk.settings))
    log = tmp_path / "web.log"
    web = process.start(service.command, log=log, environment=service.environment)
    try:
        process.wait_until(lambda: process.answers(desk.settings.port), web, log)
        assert _sent(desk, "instagram/text.json") == 200
        (worker,) = map(int, Path(f"/proc/{web.pid}/task/{web.pid}/children").read_text().split())
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

        assert _sent(desk, "instagram/image.json") == 503
        assert _rows(desk) == 1

        resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert _sent(desk, "instagram/image.json") == 200
        assert _rows(desk) == 2
        assert db.session.execute(sa.text("PRAGMA integrity_check")).scalar_one() == "ok"
        assert web.poll() is None
    finally:
        process.stop(web)


def _sent(desk, name: str) -> int:
    body = (PAYLOADS / name).read_bytes()
    connection = http.client.HTTPConnection("127.0.0.1", desk.settings.port, timeout=20)
    connection.request("POST", "/webhooks/instagram", body, {"X-Hub-Signature-256": signature(body)})
    return connection.getresponse().status


def _rows(desk) -> int:
    desk.reading()
    return db.session.execute(sa.select(sa.func.count(Ledger.id))).scalar_one()
