"""Copies what customers sent, at once: platforms' addresses expire. Pictures are drawn anew before they are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import current_app

from helpdesk import failpoints, filetypes, images
from helpdesk.addresses import Blocked
from helpdesk.channels.contract import MediaKind
from helpdesk.db import transaction
from helpdesk.domain import attachments, channels
from helpdesk.domain.attachments import StoredFile
from helpdesk.fetch import Fetched, FetchFailed, fetch
from helpdesk.filetypes import HEAD, PICTURES, sniff, warnings
from helpdesk.storage import Storage
from workers.crew import Crew

LARGEST = 25 * 2**20  # bytes
THREADS = 4


@dataclass(frozen=True)
class Claimed:
    """A file to be copied, as it can be without the database."""

    id: int
    token: str
    url: str
    name: str
    channel: str
    is_hopeless: bool


def _claim() -> Claimed | None:
    if current_app.extensions["disk"].is_low():
        return None
    with transaction():
        attachment = attachments.claim_fetch()
        if attachment is None or attachment.message is None:
            return None
        channel, is_hopeless = attachment.message.conversation.inbox.channel, attachments.is_hopeless(attachment)
        name = attachment.title if attachment.kind is MediaKind.FILE else ""
        return Claimed(attachment.id, attachment.token, attachment.source_url, name, channel, is_hopeless)


def _copy(claimed: Claimed) -> None:
    failpoints.hit("media.claimed")
    if claimed.is_hopeless:
        _failed(claimed, "could not be fetched", is_final=True)
        return
    channel = channels.of(claimed.channel)
    settings = current_app.extensions["settings"]
    try:
        found = fetch(claimed.url, hosts=channel.media_hosts, trusted_origins=settings.trusted_origins, limit=LARGEST)
    except Blocked as blocked:
        _failed(claimed, str(blocked), is_final=True)
        return
    except FetchFailed as failure:
        _failed(claimed, str(failure), is_final=failure.is_final)
        return
    with found.body:
        file = keep(found, claimed.name)
    with transaction():
        attachment = attachments.locked(claimed.id)
        is_wanted = attachment.token == claimed.token and attachments.fetched(attachment, file)
    if not is_wanted:
        for key in filter(None, (file.key, file.preview_key)):
            current_app.extensions["storage"].delete(key)


def keep(found: Fetched, name: str) -> StoredFile:
    """Puts a file into storage, with a picture of our own drawing where it is one."""
    storage: Storage = current_app.extensions["storage"]
    ends = filetypes.ends(found.body)
    mime = sniff(ends[:HEAD])
    told = warnings(mime, name, ends, declared=found.content_type)
    file = StoredFile(storage.put(found.body), mime, found.size, warnings=told)
    if mime not in PICTURES:
        return file
    found.body.seek(0)
    picture = images.reencode(found.body.read())
    if isinstance(picture, images.NoPicture):
        return file
    return replace(file, preview_key=storage.put(picture.data), width=picture.width, height=picture.height)


def _failed(claimed: Claimed, reason: str, *, is_final: bool) -> None:
    with transaction():
        attachment = attachments.locked(claimed.id)
        if attachment.token == claimed.token:
            attachments.fetch_failed(attachment, reason, is_final=is_final)


crew = Crew("media", THREADS, claim=_claim, work=_copy)


def drain() -> None:
    """Copies what is due, in threads that go on when this returns; nothing while the disk is nearly full."""
    crew.drain()
