"""Bad webhooks: who speaks, how, and bodies that are not what was agreed (WH, TX)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from helpdesk.db import db
from helpdesk.domain import tallies
from helpdesk.web import tally
from tests.bad_inputs.builders import BUILDERS, built
from tests.bad_inputs.scene import Item, Scene
from tests.factories import OTHER_ACCOUNT, an_agent, an_inbox
from tests.support.desk import PAYLOADS, signature
from tests.support.instagram import body, picture, read, said
from tests.support.secrets import VERIFY_TOKEN

CANARY = "a-canary-of-the-body"
UNUSABLE = {
    "cut off in the middle": (PAYLOADS / "instagram" / "text.json").read_bytes()[:-20],
    "an integer of 5,000 digits": b'{"object":"instagram","entry":[{"id":"1","time":' + b"9" * 5_000 + b"}]}",
}
KNOCKS = 15  # for comparing times: the fastest of so many


def door(scene: Scene, item: Item) -> None:
    """WH: who speaks, and how."""
    meta, expect = item.get("meta", {}), item["expect"]
    forged_before = _forged()

    started = time.monotonic()
    answers = _knock(scene, item, meta)
    took = (time.monotonic() - started) * 1000

    assert {answer.status_code for answer in answers} <= set(expect["status"])
    assert took <= expect.get("max_ms", 60_000)
    if "rows_inbox" in expect:
        assert len(scene.ledger()) == expect["rows_inbox"]
    if "rows_message" in expect:
        assert len(scene.messages()) == expect["rows_message"]
    if "counter" in expect:
        assert _forged() == forged_before + len(answers)
    if "body" in expect:
        assert answers[0].text == expect["body"]
    assert expect.get("body_not", "\0") not in answers[0].text
    for name, value in expect.get("header", {}).items():
        assert answers[0].headers[name] == value
    if "not_in_logs" in expect:
        assert CANARY not in scene.log.getvalue()
    if "same_time_as" in expect:
        assert abs(_fastest(scene, meta["path"]) - _fastest(scene, "/webhooks/instagram")) < 0.02


def _knock(scene: Scene, item: Item, meta: Mapping[str, Any]) -> list[TestResponse]:
    client = scene.desk.app.test_client()
    if meta.get("method") == "GET":
        query = meta["query"].replace("$TOKEN", VERIFY_TOKEN)
        return [client.get(f"/webhooks/instagram?{query}")]
    if item["id"] == "WH-22":
        an_inbox("Outlet", account_id=OTHER_ACCOUNT)
        both = [said("one", mid="mid.SAME"), said("two", mid="mid.SAME", account=OTHER_ACCOUNT, at=1)]
        return [
            scene.desk.webhook(body(both[0])),
            scene.desk.webhook(body(both[1], account=OTHER_ACCOUNT)),
        ]
    if item["id"] == "WH-26":
        return [scene.desk.webhook(body(read("mid-we-never-sent")))]
    raw = built(item)
    if raw == "whatsapp.text":
        return _again(scene, (PAYLOADS / "instagram" / "text.json").read_bytes(), meta)
    if "not_in_logs" in item["expect"]:
        raw = json.dumps({"said": CANARY}) + raw[len(raw.rstrip()) :]
    raw = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")
    headers = {name: _header(value) for name, value in meta.get("headers", {}).items()}
    if "X-Hub-Signature-256" not in headers:
        headers["X-Hub-Signature-256"] = _signed(raw, meta.get("sign", "ok"))
    path = meta.get("path", "/webhooks/instagram").replace("/hooks/meta/", "/webhooks/")
    return [client.post(path, data=raw, headers=headers, content_type="application/json")]


def _again(scene: Scene, raw: bytes, meta: Mapping[str, Any]) -> list[TestResponse]:
    def post(_: int) -> TestResponse:
        with scene.desk.app.app_context():
            return scene.desk.webhook(raw)

    with ThreadPoolExecutor(meta.get("parallel", 1)) as pool:
        return list(pool.map(post, range(meta.get("repeat", meta.get("parallel", 1)))))


def _signed(raw: bytes, how: str) -> str:
    if how == "other-channel":
        return signature(raw, "another-apps-secret")
    return signature(raw.rstrip() if how == "before-change" else raw)


def _header(value: object) -> str:
    if isinstance(value, dict):
        name, arguments = value["gen"]
        return str(BUILDERS[name](**arguments))
    return str(value)


def _fastest(scene: Scene, path: str) -> float:
    """Seconds of work for a body that nobody of ours signed, whatever else the machine has to do meanwhile."""
    client, took = scene.desk.app.test_client(), []
    for _ in range(KNOCKS):
        started = time.process_time()
        client.post(path.replace("/hooks/meta/", "/webhooks/"), data=b"{}", content_type="application/json")
        took.append(time.process_time() - started)
    return min(took)


def _forged() -> int:
    tally.settle()
    db.session.rollback()  # what it has just written is to be read
    return sum(count for (name, _), count in tallies.totals().items() if name == "webhook_bad_signature")


def bodies(scene: Scene, item: Item) -> None:
    """TX-01 … TX-14: signed, and not what was agreed."""
    raw, expect = built(item), item["expect"]
    started = time.process_time()  # work, whatever else the machine has to do meanwhile
    answer = scene.desk.webhook(raw if isinstance(raw, bytes) else raw.encode())
    took = (time.process_time() - started) * 1000

    assert answer.status_code == 200
    assert took <= item.get("meta", {}).get("max_ms", 5000)
    (row,) = scene.ledger()
    if "inbox_state" in expect:
        assert (row.state, bool(row.error)) == (expect["inbox_state"], True)
        page = scene.desk.client(an_agent(role="owner")).get("/settings/webhooks").text
        assert f"/settings/webhooks/{row.id}/rerun" in page
    assert scene.messages() == []
    scene.desk.webhook("instagram/text.json")
    assert len(scene.messages()) == 1, "the next one is worked on"


def unusable(scene: Scene, raw: bytes) -> None:
    """What a platform signed and nobody can use: kept, told to the owner alone, and worth another try."""
    owner, agent = scene.desk.client(an_agent(role="owner")), scene.desk.client(an_agent())
    assert scene.desk.webhook(raw).status_code == 200
    (row,) = scene.ledger()
    assert (row.state, row.error.endswith("."), row.raw) == ("quarantined", True, raw)
    tries, reason, path = row.attempts, row.error, f"/settings/webhooks/{row.id}"
    assert reason in unescape(owner.get(path).text)
    assert agent.get(path).status_code == 403

    assert owner.post(f"{path}/rerun").status_code == 302

    assert scene.ledger()[0].state == "quarantined"
    assert (scene.ledger()[0].attempts, scene.ledger()[0].error) != (tries, "")
    assert scene.messages() == []


def message_id(scene: Scene, item: Item) -> None:
    """TX-16."""
    assert scene.desk.webhook(body(said("hello", mid=built(item)))).status_code == 200

    (row,) = scene.ledger()
    assert (row.state, scene.messages()) == (item["expect"]["inbox_state"], [])


def times(scene: Scene, item: Item) -> None:
    """TX-17: a time that cannot be is not believed."""
    for number, value in enumerate(built(item)):
        sent = said(f"at {value}", mid=f"mid-{number}")
        sent["timestamp"] = value
        assert scene.desk.webhook(body(sent)).status_code == 200

    shown = scene.messages()
    assert len(shown) == len(built(item))
    assert all(abs((message.at - message.received_at).days) < 3653 for message in shown)


def unknown_type(scene: Scene, item: Item) -> None:
    """TX-18."""
    kind = json.loads(item["input"])["type"]
    page = scene.desk.open_page(an_agent())
    scene.desk.webhook(body(said(attachments=[picture(kind=kind)])))

    assert len(scene.messages()) == item["expect"]["rows_message"]
    assert kind in page.html, page.html
