"""Logs: one line an entry, only listed fields, never a secret, whoever writes them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from flask import Flask

import config
from helpdesk import logs
from helpdesk.fetch import PlatformHttp
from tests.floor0.bad_inputs import item
from tests.floor0.network import Internet, plain
from tests.floor0.test_config import KEYS
from tests.support.logged import caught


@pytest.fixture
def written() -> Iterator[Callable[..., list[str]]]:
    """`written(form)` starts logging at DEBUG and gives what reads the lines so far."""
    with caught() as begin:
        yield begin


def test_an_entry_is_one_json_object_with_its_context(written):
    lines = written()
    with logs.bound(request_id="r1", message_id=7):
        structlog.get_logger("helpdesk.x").info("sent", channel="instagram", milliseconds=12)
    logging.getLogger("some.library").warning("it %s", "happened")

    first, second = map(json.loads, lines())
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "event": "sent",
        "level": "info",
        "logger": "helpdesk.x",
        "request_id": "r1",
        "message_id": 7,
        "channel": "instagram",
        "milliseconds": 12,
    }
    assert (second["event"], second["logger"], second["level"]) == ("it happened", "some.library", "warning")


def test_text_is_for_people(written):
    lines = written("text")

    structlog.get_logger("helpdesk.x").info("sent", channel="instagram", reason="a b", count=3)

    assert lines()[0].partition("Z ")[2] == 'info helpdesk.x sent channel=instagram reason="a b" count=3'


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_field_without_a_value_is_not_there(written, form):
    lines = written(form)

    structlog.get_logger().info("sent", kind=None, count=0)

    assert "kind" not in lines()[0]
    assert "count" in lines()[0]


@pytest.mark.parametrize("form", ["json", "text"])
def test_fields_that_are_not_listed_leave_only_their_names(written, form):
    lines = written(form)

    structlog.get_logger().info("received", text="canary words of a customer", phone="canary")

    assert "canary" not in lines()[0]
    assert "phone,text" in lines()[0]


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("bad", ["TX-21", "TX-22"])
def test_nothing_that_is_written_makes_a_second_line(written, form, bad):
    lines = written(form)
    nasty = item(bad)["input"] + "\u2028\u0085\x0b\x1c\ud800\u202eend"

    structlog.get_logger().info("seen", detail=nasty, name=nasty)
    logging.getLogger("library").info("seen %s", nasty)

    assert len(lines()) == 2
    assert not any(character < " " or character in "\u2028\u0085\x9b\u202e" for line in lines() for character in line)


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_crash_is_told_whole_and_cannot_pretend_to_be_another_entry(written, form):
    lines = written(form)

    try:
        raise RuntimeError("one\n2026-11-23T10:00:00Z info admin logged in")
    except RuntimeError:
        structlog.get_logger("helpdesk.x").exception("crashed")

    assert "crashed" in lines()[0]
    assert any("RuntimeError" in line for line in lines())
    assert all(line.startswith("    | ") for line in lines()[1:])


SECRETS = {
    "in a URL": "GET https://graph.test/me?access_token=canary-canary&fields=id",
    "in a header": "Authorization: Bearer canary-canary-canary",
    "in a dict": "{'app_secret': 'canary-canary', 'Cookie': b'session=canarycanary'}",
    "in JSON": '{"password": "canary-canary"}',
    "of a database": "cannot connect to postgresql+psycopg://desk:canary@db/x",
    "of Redis": "redis://:canary-canary@cache:6379/0",
    "of Telegram": "POST https://api.telegram.org/bot123456789:canarycanarycanarycanary/sendMessage",
    "of ours": "hd_canarycanarycanarycanarycanarycanarycanary",
    "of Meta": "token EAAcanarycanarycanarycanarycanary expired",
    "known": "the word is known-canary-value here",
}


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("said", SECRETS.values(), ids=SECRETS)
def test_a_secret_is_hidden_wherever_it_stands(written, form, said):
    lines = written(form, secrets=["known-canary-value"])
    log = structlog.get_logger()

    log.info(said)
    log.info("x", detail=said, error=RuntimeError(said), code=[said])
    logging.getLogger("library").error("said %s", said)
    try:
        raise RuntimeError(said)
    except RuntimeError:
        log.exception("crashed")

    assert len(lines()) >= 4
    assert "canary" not in "\n".join(lines())
    assert logs.HIDDEN in lines()[0]


def test_at_debug_the_client_of_platforms_writes_no_token(written, internet: Internet):
    lines = written()
    internet.pages["/x"] = plain(b'{"token": "canary"}')
    http = PlatformHttp(trusted_origins={internet.origin})

    http.request("POST", f"{internet.origin}/x", headers={"Authorization": "Bearer canary"}, params={"t": "canary"})

    assert "canary" not in "\n".join(lines())


def test_an_endless_value_is_cut(written):
    lines = written()

    structlog.get_logger().info("x", detail="a" * 1_000_000)

    assert len(lines()[0]) < 3_000


def test_a_request_has_an_id_in_its_lines_and_its_answer(written, tmp_path):
    app = Flask("desk")
    app.extensions["settings"] = config.load(KEYS | {"DATA_DIR": str(tmp_path), "LOG_FORMAT": "json"})
    logs.init_app(app)
    lines = written()

    @app.get("/files/<key>")
    def file(key: str) -> str:
        structlog.get_logger("helpdesk.web").info("opened")
        return "x"

    first = app.test_client().get("/files/canary-key", headers={"X-Request-Id": "forged"})
    second = app.test_client().get("/nowhere/canary")

    entries = [json.loads(line) for line in lines() if '"request_id"' in line]
    ids = [first.headers["X-Request-Id"], second.headers["X-Request-Id"]]
    assert [entry["request_id"] for entry in entries] == [ids[0], ids[0], ids[1]]
    assert len(set(ids)) == 2
    assert (entries[1]["route"], entries[1]["status"]) == ("/files/<key>", 200)
    assert (entries[2]["route"], entries[2]["status"]) == ("unknown", 404)
    assert "canary" not in "\n".join(lines())
