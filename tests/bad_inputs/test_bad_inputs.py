"""The bad inputs, one test for all: each gets in where it would in the world; then what must be true is looked at.

What an item asks of parts that this desk does not have (yet) stands below with the reason: none is left out in silence.
"""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk import logs
from tests.bad_inputs import at_the_door, in_files, in_words
from tests.bad_inputs.canary import canary
from tests.bad_inputs.scene import Scene
from tests.factories import an_inbox
from tests.support.secrets import ACCESS_TOKEN, APP_SECRET, ENCRYPTION_KEY, PASSWORD, SECRET_KEY, VERIFY_TOKEN

ITEMS: dict[str, dict[str, Any]] = {
    item["id"]: item for item in json.loads(Path(__file__).with_name("bad_inputs.json").read_text("utf-8"))["items"]
}
ROWS = ("WH", "TX", "UN")  # what they leave lies in rows: tried on both databases
TOUCHED = (*ROWS, "XS", "FL", "SS", "AP")

ELSEWHERE = {
    "WH-18": "there is no Telegram inbox yet",
    "WH-28": "on a real server, in test_bad_clients",
    "WH-30": "on a real server, in test_bad_clients",
    "WH-31": "on a real server, in test_bad_clients",
    "WH-32": "on a real server, in test_bad_clients",
    "TX-25": "in Chromium, in test_in_chromium",
    "TX-30": "there is no search box yet",
    "UN-06": "the platform's profile answers are tried at the channel",
    "UN-08": "there is no search yet",
    "UN-09": "nothing here folds the case of what people write",
    "FL-30": "there is no web chat yet",
    "XS-32": "there are no charts yet",
    "SS-46": "redirects, slow and endless answers are tried on the fetcher itself",
    "SS-50": "names and their addresses are tried on the fetcher itself",
    "SS-52": "redirects, slow and endless answers are tried on the fetcher itself",
    "SS-53": "redirects, slow and endless answers are tried on the fetcher itself",
    "SS-54": "redirects, slow and endless answers are tried on the fetcher itself",
    "SS-56": "names and their addresses are tried on the fetcher itself",
    "SS-57": "redirects, slow and endless answers are tried on the fetcher itself",
    "SS-58": "there are no outgoing webhooks yet",
    "SS-59": "the fetcher itself reads no environment",
    "AP-03": "by a program, in api/test_rights",
    "AP-05": "by a program, in api/test_tickets",
    "AP-06": "by a program, in api/test_rights",
    "AP-08": "by a program, in api/test_rights",
    "AP-09": "by a program, in api/test_rights",
    "AP-11": "by a program, in api/test_rights",
    "AP-15": "by a program, in api/test_rights",
    "AP-16": "by a program, in api/test_messages",
    "AP-17": "by a program, in api/test_messages",
    "AP-21": "programs open no tickets",
    "AP-22": "there is nothing that changes many tickets at once",
    "AP-23": "by a program, in api/test_rights",
    "AP-25": "the document is held against the routes, and what it says against answers, in api/test_documents",
}
# Checks that items name and that no driver makes.
LEFT_OUT = {
    "banner": "what could not be used shows on the page of webhooks (/settings/webhooks), with its reason and a button",
    "processes_started": "what is no picture by its bytes never reaches the process that draws pictures anew",
}
SECRETS = (ACCESS_TOKEN, APP_SECRET, ENCRYPTION_KEY, PASSWORD, SECRET_KEY, VERIFY_TOKEN)
WORDS = {f"TX-{number}" for number in (19, 21, 22, 23)}


def driver(name: str) -> Callable[[Scene, dict[str, Any]], None]:
    """How this item gets in."""
    group, number = name[:2], int(name[3:])
    special = {
        "TX-16": at_the_door.message_id,
        "TX-17": at_the_door.times,
        "TX-18": at_the_door.unknown_type,
        "UN-12": in_words.family,
        "XS-33": in_words.parameter,
        "FL-28": in_files.many_parts,
        "FL-50": in_files.anothers_file,
        "SS-55": in_files.disguised,
    }
    if name in special:
        return special[name]
    if name in WORDS:
        return in_words.words
    if group == "FL":
        return in_files.file_name if number >= 31 else in_files.from_both_sides
    return {
        "WH": at_the_door.door,
        "TX": at_the_door.bodies,
        "XS": in_words.markup,
        "UN": in_words.contact_name,
        "SS": in_files.media_address,
    }[group]


HERE = [name for name in ITEMS if name[:2] in TOUCHED and name not in ELSEWHERE]


@pytest.fixture
def scene(desk, sandbox) -> Iterator[Scene]:
    """Its log says all that a log may say: what stands in none then, stands in none."""
    written = io.StringIO()
    logs.configure("debug", "json", stream=written)
    an_inbox()
    yield Scene(desk, sandbox, written)
    logs.configure(desk.settings.log_level, desk.settings.log_format)


@pytest.mark.parametrize("name", [name for name in HERE if name[:2] in ROWS])
def test_a_bad_input_does_no_harm(scene, caplog, name):
    driver(name)(scene, ITEMS[name])

    is_well(scene, caplog)


@pytest.mark.sqlite_only  # no database makes a difference to these
@pytest.mark.parametrize("name", [name for name in HERE if name[:2] not in ROWS])
def test_a_bad_file_address_or_markup_does_no_harm(scene, caplog, name):
    driver(name)(scene, ITEMS[name])

    is_well(scene, caplog)


@pytest.mark.parametrize("name", at_the_door.UNUSABLE)
def test_a_body_that_cannot_be_used_waits_with_its_reason_and_can_be_put_through_again(scene, caplog, name):
    at_the_door.unusable(scene, at_the_door.UNUSABLE[name])

    is_well(scene, caplog)


def is_well(scene, caplog):
    """It still serves, nothing crashed on the way, and its log is one entry a line, without any secret."""
    assert scene.desk.app.test_client().get("/healthz").status_code == 200
    uncaught = [record.getMessage() for record in caplog.records if record.exc_info and record.levelname == "ERROR"]
    assert uncaught == []
    written = scene.log.getvalue()
    assert all(json.loads(line)["event"] for line in written.splitlines())
    assert [secret for secret in SECRETS if secret in written] == []


def test_the_canary_hears_whoever_calls():
    with canary(ours=()) as listening, socket.create_connection(("127.0.0.1", listening.port)):
        assert listening.reached_for == [("127.0.0.1", listening.port)]
        assert listening.has_visitors


def test_no_item_is_passed_over_in_silence():
    assert set(ELSEWHERE) <= set(ITEMS)
    assert not set(HERE) & set(ELSEWHERE)
    assert set(LEFT_OUT) <= {check for item in ITEMS.values() for check in item["expect"]}
