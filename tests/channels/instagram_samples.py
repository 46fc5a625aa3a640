"""Instagram as its tests have it: the channel, its accounts by both logins, a person, and what one may send."""

from __future__ import annotations

import json
from typing import Any

from helpdesk.channels import build
from helpdesk.channels.contract import (
    Account,
    Action,
    ActionKind,
    Key,
    MediaKind,
    Outgoing,
    OutgoingMedia,
    TemplateButton,
    TemplateElement,
)
from tests.channels.expectations_instagram import STUDIO
from tests.channels.saved_answers import PAYLOADS, SavedHttp, answering

instagram = build(
    {"instagram": "https://graph.instagram.com/v25.0", "facebook": "https://graph.facebook.com/v25.0/", "telegram": ""}
)["instagram"]
BY_INSTAGRAM = Account(STUDIO, access_token="IG_USER_TOKEN_EXAMPLE", options={"login": "instagram"})
BY_FACEBOOK = Account(STUDIO, access_token="PAGE_TOKEN_EXAMPLE", options={"login": "facebook"})
KIM = Key("igsid", "1234500000000001")
REQUESTS = PAYLOADS / "instagram" / "send_request"
FILES = "https://files.example.com"
CARD = TemplateElement(
    title="Blue jacket",
    subtitle="€59",
    image_url=f"{FILES}/j.jpg",
    url="https://shop.example.com/j",
    buttons=(
        TemplateButton("View", url="https://shop.example.com/j"),
        TemplateButton("Buy now", payload="BUY:SKU-7"),
    ),
)


def outgoing(**fields: Any) -> Outgoing:
    return Outgoing(to=KIM, key="outbox-1", **fields)


def action(kind: ActionKind, **fields: str) -> Action:
    return Action(to=KIM, kind=kind, **fields)


def image(name: str) -> OutgoingMedia:
    return OutgoingMedia(MediaKind.IMAGE, f"{FILES}/{name}", "image/jpeg")


TEXT = outgoing(text="Yes! We have S and M.")


def error(code: object, subcode: object = None, status: int = 400, **more: Any) -> SavedHttp:
    content = {"message": "Platform's words", "type": "OAuthException", "code": code, "fbtrace_id": "A1"} | more
    if subcode is not None:
        content["error_subcode"] = subcode
    return answering(status, {"error": content})


# --- webhooks ---

CUSTOMER = KIM.value


def body_of(*items: object, array: str = "messaging", entry_id: str = STUDIO) -> bytes:
    return json.dumps({"object": "instagram", "entry": [{"id": entry_id, "time": 1, array: list(items)}]}).encode()


def item(sender: object = CUSTOMER, recipient: object = STUDIO, **event: Any) -> dict[str, Any]:
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": 1795000000349, **event}


def text_item(**fields: Any) -> dict[str, Any]:
    return item(message={"mid": "m1", "text": "Hi", **fields})


def only(body: bytes, known: tuple[str, ...] = (STUDIO,)) -> Any:
    (found,) = instagram.parse(body, known)
    return found
