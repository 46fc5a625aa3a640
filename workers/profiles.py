"""Asks the platform who writes: name, handle, picture. It may refuse or not answer; nothing waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import current_app

from helpdesk import clock, images
from helpdesk.addresses import Blocked
from helpdesk.channels.contract import Account, Channel, Key, Lost, NotSent, Profile
from helpdesk.db import transaction
from helpdesk.domain import channels, contacts, inboxes, outgoing
from helpdesk.fetch import FetchFailed, fetch
from helpdesk.secrets import KeyMissing
from workers import progress, turns

log = structlog.get_logger(__name__)
LARGEST_PICTURE = 5 * 2**20  # bytes


@dataclass(frozen=True)
class Claimed:
    """Whom to ask about, ready to be asked without the database."""

    id: int
    channel: Channel
    key: Key
    account: Account
    at: datetime


def drain() -> int:
    """Asks until nobody is due or its turn is over. Answers how many were asked about."""
    return turns.take("profiles", _one)


def _one() -> bool:
    claimed = _claim()
    if claimed is not None:
        _ask(claimed)
    return claimed is not None


def _claim() -> Claimed | None:
    """The next one who can be asked about; others are put off, as if they had not been told."""
    with transaction():
        while (identity := contacts.claim_profile()) is not None:
            channel = channels.of(identity.inbox.channel)
            try:
                key, account = outgoing.address(identity, channel), inboxes.account(identity.inbox)
            except (KeyMissing, outgoing.NoAddress) as error:
                log.warning("nobody can be asked who this is", contact_id=identity.id, error=str(error))
                contacts.profile_failed(identity)
                continue
            return Claimed(identity.id, channel, key, account, clock.now())
    return None


def _ask(claimed: Claimed) -> None:
    try:
        profile = claimed.channel.profile(claimed.key, claimed.account, current_app.extensions["platforms"])
    except (NotSent, Lost) as error:
        log.info("a profile could not be asked for", contact_id=claimed.id, error=type(error).__name__)
        with transaction():
            contacts.profile_failed(contacts.locked(claimed.id))
        return
    _tell(claimed, profile, _picture(profile, claimed.channel))


def _picture(profile: Profile | None, channel: Channel) -> str | None:
    """The storage key of our own drawing of it; None when there is none to be had now."""
    if profile is None or not profile.picture_url or current_app.extensions["disk"].is_low():
        return None
    settings = current_app.extensions["settings"]
    progress.went_on()
    try:
        found = fetch(
            profile.picture_url,
            hosts=channel.media_hosts,
            trusted_origins=settings.trusted_origins,
            limit=LARGEST_PICTURE,
        )
    except (Blocked, FetchFailed) as error:
        log.info("a profile picture could not be fetched", error=str(error))
        return None
    with found.body:
        picture = images.reencode(found.body.read())
    if isinstance(picture, images.NoPicture):
        return None
    key: str = current_app.extensions["storage"].put(picture.thumbnail)
    return key


def _tell(claimed: Claimed, profile: Profile | None, picture_key: str | None) -> None:
    with transaction():
        identity = contacts.locked(claimed.id)
        old = identity.picture_key
        contacts.tell_profile(identity, profile, picture_key=picture_key, at=claimed.at)
        is_replaced = bool(old) and identity.picture_key != old
    if is_replaced:
        current_app.extensions["storage"].delete(old)
