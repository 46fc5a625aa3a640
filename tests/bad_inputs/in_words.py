"""Bad words: in what customers write, in names, in addresses (TX, XS, UN)."""

from __future__ import annotations

import io
import json
from html import unescape

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import Identity, Team
from tests.bad_inputs.builders import built
from tests.bad_inputs.places import SHOWN, everywhere
from tests.bad_inputs.scene import Item, Scene
from tests.factories import CUSTOMER, OTHER_ACCOUNT, an_agent, an_inbox, the_ticket
from tests.support import files
from tests.support.console import Console
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
    """XS: in every place that shows what a stranger or a colleague wrote; never markup on a page."""
    attack = item["input"]
    owner = an_agent(attack[:100], role="owner", team=f"team {attack}"[:60])
    an_inbox(f"outlet {attack}"[:100], account_id=OTHER_ACCOUNT)
    scene.sandbox.change(name=attack, username=attack[:60], is_profile_refused=False)
    page, console = scene.desk.open_page(owner), scene.desk.client(owner)
    document = scene.sandbox.upload(files.pdf(), name="invoice.pdf", content_type="application/pdf")
    file_url = f"{scene.sandbox.url}/instagram/media/{document['key']}"

    scene.sandbox.say(attack)
    scene.desk.webhook(body(*everywhere(attack, customer=CUSTOMER, file_url=file_url)))
    scene.desk.webhook(json.dumps({"object": attack}).encode())
    scene.desk.run_jobs()
    message = scene.messages()[0]
    _answered(scene, console, attack, message.id)

    number, rows = the_ticket().number, [row.id for row in scene.ledger()]
    thread = console.get(f"/tickets/{number}").text
    paths = (f"/tickets/{number}/pane", f"/tickets/{number}/hands", "/tickets?view=all", "/queue?view=all")
    paths += ("/settings/people", "/settings/inboxes", "/settings/webhooks")
    drawn = [console.get(path).text for path in (*paths, *(f"/settings/webhooks/{id}" for id in rows))]
    caught_up = "".join(each.get("html", "") for each in console.get("/changes?since=0").json["streams"])
    for html in (thread, *drawn, caught_up, page.html):
        assert _active(html, attack) == []
    words = unescape(thread)
    assert [place for place in SHOWN if f"{place} {attack[:5]}" not in words] == []
    assert message.text == f"edited {attack}"
    assert attack.strip() in scene.sandbox.texts()


def _answered(scene: Scene, console: Console, attack: str, message_id: int) -> None:
    """What people at the desk can fill in, with the same words."""
    number, contact = the_ticket().number, db.session.execute(sa.select(Identity.contact_id)).scalar_one()
    name = attack.replace("\r", " ").replace("\n", " ") + ".pdf"
    file = {"ticket": number, "file": (io.BytesIO(files.pdf()), name)}
    upload = console.post("/uploads", data=file, content_type="multipart/form-data").json["id"]
    card = {
        "card_title": attack[:80],
        "card_subtitle": attack[:80],
        "card_button": attack[:20],
        "card_url": "https://ok.test/",
    }
    for at, more in enumerate(
        (
            {"kind": "note", "text": attack, "reply_to": message_id},
            {"kind": "reply", "text": attack, "quick_reply": attack[:20], "upload": upload, "anyway": "1"},
            {"kind": "reply", "text": "", "anyway": "1", **card},
        )
    ):
        answer = console.post(f"/tickets/{number}/messages", data={"client_id": f"client-{at}", **more})
        assert answer.status_code < 400, answer.text
    console.post(f"/contacts/{contact}/notes", data={"text": f"</textarea>{attack}", "ticket": number})
    console.post(f"/contacts/{contact}/tags", data={"tag": attack[:40], "ticket": number})
    console.post(f"/contacts/{contact}/known/name", data={"value": attack, "ticket": number})
    console.post(f"/tickets/{number}/take")
    team = db.session.execute(sa.select(Team.id).where(Team.name != "Everyone")).scalar_one()
    assert console.post(f"/tickets/{number}/move", data={"team": team}).status_code < 400
    scene.desk.run_jobs()


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
    marks += (attack,) if set(attack) & set("<>\"'") else ()
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
