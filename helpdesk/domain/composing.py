"""From what an agent composed to the parts that a channel can carry, each of them one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from helpdesk.channels.contract import Limits, MediaKind
from helpdesk.db import db
from helpdesk.domain import attachments, channels
from helpdesk.domain.events import Viewer
from helpdesk.errors import Invalid
from helpdesk.models import Attachment, AttachmentState, Message
from helpdesk.text import clean_line, split_text


@dataclass
class Part:
    """One message to be. `data` holds quick replies, a template or a heart."""

    text: str = ""
    files: list[Attachment] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)


def parts(
    channel: str,
    *,
    text: str,
    uploads: Sequence[Attachment],
    quick_replies: Sequence[tuple[str, str]],
    template: Sequence[dict[str, Any]],
    is_heart: bool,
) -> list[Part]:
    """Text first, split at sentence ends; then files, pictures together where the channel takes several; then a card or
    a heart. Quick replies go with the last piece of text. Raises Invalid with a sentence for each limit."""
    limits, name = channels.of(channel).limits, channels.of(channel).name
    pieces = [Part(text=piece) for piece in split_text(text, limits.text, limits.text_unit)] if text else []
    if quick_replies:
        if not pieces:
            raise Invalid("Quick replies need a text above them.")
        pieces[-1].data["quick_replies"] = _options(quick_replies, limits, name)
    pieces += _file_parts(uploads, limits, name)
    if template:
        pieces.append(Part(data={"template": _elements(template, limits, name)}))
    if is_heart:
        pieces.append(Part(data={"heart": True}))
    if not pieces:
        raise Invalid("There is nothing to send: write something or attach a file.")
    return pieces


def own_uploads(public_ids: Sequence[str], *, by: Viewer) -> list[Attachment]:
    """The writer's uploads in the order given. Raises Invalid for one that is not theirs, or was sent already."""
    found = sa.select(Attachment).where(
        Attachment.public_id.in_(public_ids),
        attachments.uploaded(by),
        Attachment.state == AttachmentState.UPLOADED,
    )
    by_id = {one.public_id: one for one in db.session.execute(found.with_for_update()).scalars()}
    missing = [id for id in public_ids if id not in by_id]
    if missing or len(set(public_ids)) != len(public_ids):
        raise Invalid("A file is not there any more. Attach it again.")
    return [by_id[id] for id in public_ids]


def attach(message: Message, part: Part) -> None:
    """Makes uploads the files of a message."""
    for position, file in enumerate(part.files):
        file.position, file.state = position, AttachmentState.READY
        message.attachments.append(file)


def _file_parts(uploads: Sequence[Attachment], limits: Limits, name: str) -> list[Part]:
    pieces: list[Part] = []
    for file in uploads:
        _check(file, limits, name)
        last = pieces[-1] if pieces else None
        fits = (
            last is not None
            and file.kind is MediaKind.IMAGE
            and last.files[0].kind is MediaKind.IMAGE
            and len(last.files) < limits.images_together
        )
        if last is not None and fits:
            last.files.append(file)
        else:
            pieces.append(Part(files=[file]))
    return pieces


def _check(file: Attachment, limits: Limits, name: str) -> None:
    limit = limits.media.get(file.kind)
    if limit is None or file.mime not in limit.types:
        raise Invalid(f"{name} does not take files of this kind ({file.mime or 'unknown'}): {file.name}")
    if file.size > limit.size:
        raise Invalid(f"{file.name} is too large: {name} takes {limit.size // 2**20} MB.")


def _options(options: Sequence[tuple[str, str]], limits: Limits, name: str) -> list[dict[str, str]]:
    if len(options) > limits.quick_replies:
        raise Invalid(f"{name} shows {limits.quick_replies} quick replies at most.")
    cleaned = [{"title": clean_line(title), "payload": clean_line(payload or title)} for title, payload in options]
    for option in cleaned:
        if not option["title"] or len(option["title"]) > limits.quick_reply_title:
            raise Invalid(f"A quick reply has 1 to {limits.quick_reply_title} characters: “{option['title']}”")
    return cleaned


def _elements(elements: Sequence[dict[str, Any]], limits: Limits, name: str) -> list[dict[str, Any]]:
    if len(elements) > limits.template_elements:
        raise Invalid(f"{name} shows {limits.template_elements} cards at most.")
    return [_element(element, limits, name) for element in elements]


def _element(element: dict[str, Any], limits: Limits, name: str) -> dict[str, Any]:
    title = clean_line(element.get("title", ""), 80)
    if not title:
        raise Invalid("A card needs a title.")
    buttons = [_button(one) for one in element.get("buttons", ())]
    if len(buttons) > limits.template_buttons:
        raise Invalid(f"A card of {name} has {limits.template_buttons} buttons at most.")
    if any(not one["title"] or not (one["url"] or one["payload"]) for one in buttons):
        raise Invalid("A button needs a title and a link.")
    return {
        "title": title,
        "subtitle": clean_line(element.get("subtitle", ""), 80),
        "image_url": _link(element.get("image_url", "")),
        "url": _link(element.get("url", "")),
        "buttons": buttons,
    }


def _button(button: dict[str, Any]) -> dict[str, str]:
    return {
        "title": clean_line(button.get("title", ""), 20),
        "url": _link(button.get("url", "")),
        "payload": clean_line(button.get("payload", ""), 1000),
    }


def _link(value: str) -> str:
    value = clean_line(value, 2000)
    if value and not value.startswith(("https://", "http://")):
        raise Invalid(f"A link begins with https://: “{value}”")
    return value
