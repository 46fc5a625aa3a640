"""Bad words: in what customers write, in names, in addresses (TX, XS, UN)."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import Identity
from tests.bad_inputs.builders import built
from tests.bad_inputs.scene import Item, Scene
from tests.factories import an_agent, the_messages, the_ticket
from tests.support.instagram import body, said


def words(scene: Scene, item: Item) -> None:
    """Text of a message: stored clean, shown as text."""
    text, expect = built(item), item["expect"]
    page = scene.desk.open_page(an_agent())

    assert scene.desk.webhook(body(said(text))).status_code == 200

    (message,) = scene.messages()
    stored = expect.get("stored", "")
    if stored == "verbatim":
        assert message.text == text
    elif stored.startswith("first 65,536"):
        assert (message.text, message.is_truncated) == (text[:65_536], True)
    elif stored:
        assert message.text == stored
    assert not any(character < " " and character not in "\n\t" for character in message.text)
    assert all(mark not in page.html for mark in ("<script>window", "<img src=x", "onerror=window"))


def family(scene: Scene, item: Item) -> None:
    """UN-12: a thousand of them."""
    text = item["input"] * 1000
    scene.desk.webhook(body(said(text)))

    assert scene.messages()[0].text == text


def markup(scene: Scene, item: Item) -> None:
    """XS: in every field that a person may fill; never markup on a page."""
    attack = item["input"]
    owner = an_agent(attack[:100] or "x", role="owner")
    scene.sandbox.change(name=attack, username="x", is_profile_refused=False)
    page = scene.desk.open_page(owner)
    scene.sandbox.say(attack)
    (message,) = scene.messages()
    console, number = scene.desk.client(owner), the_ticket().number
    for kind in ("note", "reply"):
        console.post(f"/tickets/{number}/messages", data={"kind": kind, "text": attack, "client_id": f"c-{kind}"})
    scene.desk.run_jobs()

    drawn = [console.get(path).text for path in (f"/tickets/{number}", "/tickets?view=all", "/settings/people")]
    assert message.text.split() == attack.replace("\t", " ").split() or message.text == attack
    for html in (*drawn, page.html):
        assert _active(html, attack) == []
    assert scene.sandbox.texts()[0].strip() == the_messages()[-1].text.strip()


def parameter(scene: Scene, item: Item) -> None:
    """XS-33: what stands in an address is not drawn."""
    scene.desk.webhook("instagram/text.json")
    scene.desk.run_jobs()
    console = scene.desk.client(an_agent())

    for path in ("/tickets", "/queue", "/tickets?view=all"):
        answer = console.get(f"{path}{'&' if '?' in path else ''}{item['input'][1 if '?' in path else 0 :]}")
        assert answer.status_code in item["expect"]["status"]
        assert "<script>window.__xss" not in answer.text


def _active(html: str, attack: str) -> list[str]:
    """What would do something in the page if it stood there as markup."""
    marks = ("<script>window", "<script>parent", "<img src=", "<svg onload", "<iframe", "<math>", "<noscript>")
    marks += ("<input autofocus", '@import "http', "<base ", 'http-equiv="refresh"', '"onmouseover="')
    return [mark for mark in marks if mark in attack and mark in html]


def contact_name(scene: Scene, item: Item) -> None:
    """UN-03, UN-04."""
    name = built(item)
    scene.sandbox.change(name=name, is_profile_refused=False)
    scene.sandbox.say("hello")
    scene.messages()

    identity = db.session.execute(sa.select(Identity)).scalar_one()
    assert identity.name == name[:200]
    page = scene.desk.client(an_agent()).get("/tickets?view=all").text
    assert identity.shown_name[:100] in page
