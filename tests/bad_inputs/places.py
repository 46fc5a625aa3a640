"""Every place in which a platform hands on words of strangers: an attack put into all of them at once."""

from __future__ import annotations

from tests.support.instagram import Json, a_mid, edit, event, reaction, said

# What stands before the attack in each place, so that one can see that the place is shown at all.
SHOWN = ("text", "edited", "quick", "button", "ad", "post", "card", "subtitle", "tap", "type", "document", "link")


def everywhere(attack: str, *, customer: str, file_url: str = "") -> list[Json]:
    """A conversation's worth of events, each time after the name of its place. `file_url`: of a file to be fetched."""
    first, sort = a_mid(), {"customer": customer}
    buttons = [{"type": "postback", "title": f"tap {attack}", "payload": attack}]
    card = {"title": f"card {attack}", "subtitle": f"subtitle {attack}", "buttons": buttons}
    document = {"title": f"document {attack}", "url": file_url}
    return [
        said(f"text {attack}", mid=first, **sort),
        edit(first, f"edited {attack}", at=1, **sort),
        reaction(first, attack, at=2, **sort),
        said(f"quick {attack}", quick_reply={"payload": attack}, reply_to={"mid": first}, at=3, **sort),
        event({"postback": {"mid": a_mid(), "title": f"button {attack}", "payload": attack}}, at=4, **sort),
        said(
            "An ad",
            at=5,
            referral={"source": "ADS", "ref": attack, "ads_context_data": {"ad_title": f"ad {attack}"}},
            **sort,
        ),
        said(attachments=[{"type": "share", "payload": {"title": f"post {attack}"}}], at=6, **sort),
        said(attachments=[{"type": "template", "payload": {"generic": {"elements": [card]}}}], at=7, **sort),
        said(attachments=[{"type": f"type {attack}", "payload": {"url": attack}}], at=8, **sort),
        said(attachments=[{"type": "file", "payload": document}], at=9, **sort),
        event({"referral": {"ref": f"link {attack}", "source": attack, "type": "OPEN_THREAD"}}, at=10, **sort),
    ]
