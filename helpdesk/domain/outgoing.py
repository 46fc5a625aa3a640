"""From what is stored to what a channel is asked to send."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app

from helpdesk import clock
from helpdesk.channels.contract import (
    Channel,
    Key,
    Outgoing,
    OutgoingMedia,
    Permission,
    QuickReplyOption,
    TemplateButton,
    TemplateElement,
)
from helpdesk.domain import contacts, outbox
from helpdesk.models import Attachment, Identity, Outbox
from helpdesk.secrets import sign_file_key

FETCHABLE_FOR = timedelta(minutes=30)


class NoAddress(Exception):
    """The person has no key by which this channel could reach them."""


def message(row: Outbox, channel: Channel) -> Outgoing:
    """One message as one request. Media are named by addresses that the platform can fetch for 30 minutes."""
    what = row.message
    return Outgoing(
        to=address(row.conversation.identity, channel),
        key=row.key,
        text=what.text,
        media=tuple(_media(file) for file in what.attachments),
        quick_replies=tuple(QuickReplyOption(**option) for option in what.data.get("quick_replies", ())),
        template=tuple(_element(element) for element in what.data.get("template", ())),
        reply_to=(what.reply_to.platform_id or "") if what.reply_to is not None else "",
        is_human_agent=outbox.permission_of(row).permission is Permission.HUMAN_AGENT,
        is_heart=bool(what.data.get("heart")),
    )


def address(identity: Identity, channel: Channel) -> Key:
    """Raises NoAddress."""
    key = contacts.key_of(identity, channel.key_kind)
    if key is None:
        raise NoAddress(f"no {channel.key_kind} is known of identity {identity.id}")
    return key


def fetchable(file: Attachment) -> str:
    """An address at which whoever has it can fetch the file for 30 minutes."""
    settings = current_app.extensions["settings"]
    signed = sign_file_key(file.public_id, secret=settings.secret_key, until=clock.now() + FETCHABLE_FOR)
    return f"{settings.public_url}/media/{signed}"


def _media(file: Attachment) -> OutgoingMedia:
    return OutgoingMedia(file.kind, fetchable(file), file.mime, file.name)


def _element(element: dict[str, Any]) -> TemplateElement:
    buttons = tuple(TemplateButton(**button) for button in element.get("buttons", ()))
    return TemplateElement(**{**element, "buttons": buttons})
