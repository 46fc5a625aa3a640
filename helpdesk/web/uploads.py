"""Files that agents attach: checked against the channel's limits, drawn anew for the page, kept until they are sent."""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace
from typing import IO

import structlog
from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from helpdesk import disk, filetypes, images
from helpdesk.channels.contract import Channel, Limits, MediaKind
from helpdesk.db import db, reading, transaction
from helpdesk.domain import access, attachments, channels
from helpdesk.domain.attachments import StoredFile
from helpdesk.errors import Invalid, Unavailable
from helpdesk.filetypes import HEAD, PICTURES, sniff, warnings
from helpdesk.images import NoPicture
from helpdesk.models import Agent, Attachment
from helpdesk.storage import Storage
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets.forms import number_of

log = structlog.get_logger(__name__)
bp = Blueprint("uploads", __name__)

FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CANNOT_BE_KEPT = "The desk cannot keep files just now. Try again in a while."
MOST = 32 * 2**20  # bytes of a request: the largest file that a channel takes, and the form around it


@dataclass(frozen=True)
class Checked:
    kind: MediaKind
    mime: str
    size: int  # bytes


@bp.post("/uploads")
def upload() -> ResponseReturnValue:
    """`file`, and `ticket`: the number of the ticket that it is for. 201 with `{id, name, kind, size, has_preview}`."""
    request.max_content_length = MOST
    agent, number = current_agent(), number_of("ticket")
    file = request.files.get("file")
    if file is None or number is None:
        raise Invalid("Choose a file.")
    kept = keep(file, number=number, agent=agent)
    answer = {"id": kept.public_id, "name": kept.name, "kind": kept.kind.value, "size": kept.size}
    return jsonify({**answer, "has_preview": bool(kept.preview_key)}), 201


def keep(file: FileStorage, *, number: int, agent: Agent) -> Attachment:
    """Stores the file and its row. Drawing and writing happen before the transaction. Raises Invalid, and Unavailable
    while the disk is full."""
    ticket = access.ticket(number, by=agent)
    channel = channels.of(ticket.conversation.inbox.channel)
    agent_id = agent.id
    reading()
    checked, stored = prepared(file, channel)
    with transaction():
        by = db.session.get_one(Agent, agent_id)
        return attachments.upload(stored, kind=checked.kind, name=name_of(file), by=by)


def prepared(file: FileStorage, channel: Channel) -> tuple[Checked, StoredFile]:
    """The file checked against the channel's limits and put into storage. Raises Invalid, and Unavailable while the
    disk is full."""
    if current_app.extensions["disk"].is_low():
        raise Unavailable(disk.FULL)
    checked = check(file.stream, channel.limits, channel.name)
    try:
        return checked, _store(file.stream, name_of(file), checked)
    except OSError as error:
        log.error("a file could not be kept", error=type(error).__name__, detail=error.strerror)
        raise Unavailable(disk.FULL if error.errno in FULL_DISK else CANNOT_BE_KEPT) from None


def name_of(file: FileStorage) -> str:
    return file.filename or "file"


def check(stream: IO[bytes], limits: Limits, channel_name: str) -> Checked:
    """What the file is, by its bytes, and whether the channel takes it. Raises Invalid with a sentence."""
    mime = sniff(stream.read(HEAD))
    size = stream.seek(0, 2)
    stream.seek(0)
    if size == 0:
        raise Invalid("This file is empty.")
    kinds = [kind for kind, limit in limits.media.items() if mime in limit.types]
    if not kinds:
        raise Invalid(f"{channel_name} does not take files of this kind ({mime}).")
    limit = limits.media[kinds[0]]
    if size > limit.size:
        raise Invalid(f"This file is too large: {channel_name} takes {limit.size // 2**20} MB.")
    return Checked(kinds[0], mime, size)


def _store(stream: IO[bytes], name: str, checked: Checked) -> StoredFile:
    storage: Storage = current_app.extensions["storage"]
    told = warnings(checked.mime, name, filetypes.ends(stream))
    file = StoredFile(storage.put(stream), checked.mime, checked.size, warnings=told)
    if checked.mime not in PICTURES:
        return file
    stream.seek(0)
    picture = images.reencode(stream.read())
    if isinstance(picture, NoPicture):
        return file
    return replace(file, preview_key=storage.put(picture.data), width=picture.width, height=picture.height)
