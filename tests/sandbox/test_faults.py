"""The switches: each does what it says, to what it was set for, as often as it was told."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path

import pytest

from helpdesk.sandbox.refusals import BY_NAME
from tests.sandbox.conftest import ACCOUNT, CUSTOMER, OUTLET, PAGE_TOKEN, TOKEN, Box, Hook

ERRORS = Path(__file__).parent.parent / "channels" / "payloads" / "instagram" / "errors"
OTHER = "1234500000000002"


def test_the_catalogue_holds_exactly_the_saved_errors():
    assert sorted(BY_NAME) == sorted(path.stem for path in ERRORS.glob("*.json"))


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_each_error_is_answered_as_saved_and_nothing_arrives(name: str, box: Box):
    saved = json.loads((ERRORS / f"{name}.json").read_text("utf-8"))
    box.say(text="hello")
    box.fault(name, what="send")

    answer = box.send({"text": "hi"})

    error = answer.json["error"]
    assert answer.status == saved["http_status"]
    assert error.pop("fbtrace_id")
    assert error == {key: value for key, value in saved["body"]["error"].items() if key != "fbtrace_id"}
    for header, value in saved["headers"].items():
        assert answer.headers[header.lower()] == value
    assert box.texts() == []
    assert box.send({"text": "again"}).status == 200


def test_a_status_without_an_error_object(box: Box):
    box.say(text="hello")
    box.fault({"status": 502}, what="send")

    answer = box.send({"text": "hi"})

    assert answer.status == 502
    assert answer.raw.startswith(b"<html>")


def test_a_slow_answer_comes(box: Box):
    box.say(text="hello")
    box.fault({"slow": 0.3}, what="send")
    started = time.monotonic()

    assert box.send({"text": "hi"}).status == 200
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("do", [{"hang_after_accept": 0.1}, "reset_after_accept"])
def test_it_arrives_but_no_answer_comes(do: object, box: Box, hook: Hook):
    box.say(text="hello")
    box.fault(do, what="send")

    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        box.send({"text": "hi"})

    assert box.texts() == ["hi"]
    assert hook.wait_for(2)[1]["entry"][0]["messaging"][0]["message"]["is_echo"]


def test_a_reset_before_anything_is_done(box: Box):
    box.say(text="hello")
    box.fault("reset_before", what="send")

    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        box.send({"text": "hi"})

    assert box.texts() == []


def test_an_answer_without_an_id(box: Box):
    box.say(text="hello")
    box.fault("no_id", what="send")

    assert box.send({"text": "hi"}).json == {"recipient_id": CUSTOMER}
    assert box.texts() == ["hi"]


def test_the_echo_before_the_answer_and_none_at_all(box: Box, hook: Hook):
    box.say(text="hello")
    box.fault("echo_before_answer", what="send")
    box.send({"text": "one"})
    assert len(hook.arrived) == 2

    box.fault("no_echo", what="send")
    box.send({"text": "two"})
    box.send({"text": "three"})

    bodies = hook.wait_for(3)
    assert bodies[2]["entry"][0]["messaging"][0]["message"]["text"] == "three"


def test_a_webhook_several_times_at_once(box: Box, hook: Hook):
    box.fault({"duplicate": 4, "parallel": 2}, what="webhook")

    box.say(text="hello")

    assert len(hook.wait_for(4)) == 4
    assert len({body for _, body in hook.arrived}) == 1


def test_a_webhook_is_held_until_the_next_is_out(box: Box, hook: Hook):
    box.fault({"hold": 1}, what="webhook")

    assert box.say(text="first")["delivery"]["state"] == "held"
    box.say(text="second")

    said = [body["entry"][0]["messaging"][0]["message"]["text"] for body in hook.wait_for(2)]
    assert said == ["second", "first"]


def test_a_webhook_comes_late_or_never(box: Box, hook: Hook):
    box.fault({"delay": 0.2}, what="webhook")
    box.fault("drop", what="webhook")

    assert box.say(text="late")["delivery"]["state"] == "waiting"
    assert box.say(text="never")["delivery"]["state"] == "dropped"

    hook.wait_for(1)
    assert [body["entry"][0]["messaging"][0]["message"]["text"] for body in hook.bodies] == ["late"]


def test_a_fault_hits_only_what_it_was_set_for_and_as_often_as_said(box: Box):
    box.say(text="hello")
    box.say(OTHER, text="hello")
    box.say(text="hello", inbox=OUTLET)
    box.fault("blocked_368", times=2, what="send", customer=CUSTOMER, inbox=ACCOUNT, text_contains="spring")

    assert box.send({"text": "spring"}, customer=OTHER).status == 200
    assert box.send({"text": "spring"}, token=PAGE_TOKEN).status == 200
    assert box.send({"text": "autumn"}).status == 200
    assert box.act("typing_on").status == 200
    assert [box.send({"text": "spring sale"}).status for _ in range(3)] == [400, 400, 200]


def test_a_fault_by_method_and_path(box: Box):
    box.say(text="hello")
    box.fault("app_rate_limit_4", times=None, method="GET", path="/instagram/v25.0/me")

    assert box.get("/instagram/v25.0/me", fields="id").error == (4, None)
    assert box.send({"text": "hi"}).status == 200
    box.ask("DELETE", "/sandbox/faults")
    assert box.get("/instagram/v25.0/me", fields="id").status == 200


def test_a_profile_is_refused(box: Box):
    box.say(text="hello")
    box.fault("consent_required_230", what="profile", customer=CUSTOMER)

    assert box.get(f"/instagram/v25.0/{CUSTOMER}", fields="name").error == (230, None)
    assert box.get(f"/instagram/v25.0/{CUSTOMER}", fields="name").status == 200


def test_files_can_be_gone_disguised_slow_too_big_or_endless(box: Box):
    path = box.sample("dress").removeprefix(box.url)
    box.fault("not_found", what="media")
    assert box.ask("GET", path).status == 404
    box.fault("html", what="media")
    disguised = box.ask("GET", path)
    assert disguised.headers["content-type"] == "image/jpeg"
    assert disguised.raw.startswith(b"<!doctype html>")
    box.fault({"slow": 0.2}, what="media")
    started = time.monotonic()
    assert box.ask("GET", path).raw.startswith(b"\xff\xd8\xff")
    assert time.monotonic() - started >= 0.2
    box.fault("too_big", what="media")
    assert len(box.ask("GET", path).raw) > 60 * 2**20

    box.fault("endless", what="media")
    connection = http.client.HTTPConnection("127.0.0.1", box.running.port, timeout=5)
    connection.request("GET", path)
    assert len(connection.getresponse().read(80 * 2**20)) == 80 * 2**20
    connection.close()


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "no_such_thing"},
        {"do": {"error": "no_such_error"}},
        {"do": {"slow": "very"}},
        {"do": {"slow": 1, "delay": 1}},
        {"do": {"slow": 1}, "match": {"what": "everything"}},
        {"do": {"slow": 1}, "match": {"weather": "rain"}},
        {},
    ],
)
def test_a_fault_that_means_nothing_is_refused_with_a_sentence(fault: dict[str, object], box: Box):
    answer = box.ask("POST", "/sandbox/faults", fault)

    assert answer.status == 400
    assert "there are" in answer.json["error"] or "must" in answer.json["error"] or "do:" in answer.json["error"]
    assert box.state()["faults"] == []


def test_an_action_s_own_fault_leaves_messages_alone(box: Box):
    box.say(text="hello")
    box.fault("user_unavailable_551", what="action")

    assert box.send({"text": "hi"}).status == 200
    assert box.act("typing_on").error == (551, 1545041)


def test_a_wrong_token_meets_no_fault_of_an_inbox(box: Box):
    box.fault("blocked_368", what="send", inbox=ACCOUNT)

    assert box.send({"text": "hi"}, token="stale").error == (190, None)
    assert box.post({"recipient": {"id": CUSTOMER}, "message": {"text": "hi"}}, TOKEN).error == (368, None)
