"""Connecting and disconnecting accounts, and what their adapters need to know of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from helpdesk import clock
from helpdesk.channels.contract import Account, ChannelNotice, RefusalKind, Refused
from helpdesk.db import db
from helpdesk.domain import channels
from helpdesk.errors import Invalid
from helpdesk.models import Inbox, InboxState, Ledger, LedgerState, Outbox, OutboxState, Team
from helpdesk.secrets import Vault, new_token
from helpdesk.text import clean_line

SECRET_STAYS_GOOD = timedelta(days=30)  # a platform may go on sending after an inbox was removed
FORMER_SECRET_STAYS_GOOD = timedelta(hours=24)  # a platform may sign with the old one for a while, and repeats
LONGEST_REOPENING = 24 * 365  # hours


def connect(
    channel: str,
    *,
    name: str,
    account_id: str,
    secrets: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
    team: Team,
) -> Inbox:
    """Connects an account: `secrets` has access_token, app_secrets (the current one first) and verify_token.

    Webhooks of that account that came too early are applied. Raises Invalid, also when it is connected already."""
    channels.of(channel)
    name, account_id = clean_line(name), account_id.strip()
    if not name or not account_id:
        raise Invalid("An inbox needs a name and the id of its account.")
    if _connected(channel, account_id) is not None:
        raise Invalid(f"The account {account_id} is connected already: one account, one inbox.")
    inbox = Inbox(
        channel=channel,
        name=name,
        account_id=account_id,
        key=new_token(),
        team=team,
        secrets=_vault().seal(json.dumps(dict(secrets))),
        options=dict(options or {}),
        created_at=clock.now(),
    )
    db.session.add(inbox)
    db.session.flush()
    _apply_unmatched(channel)
    return inbox


def reconnect(inbox: Inbox, *, secrets: Mapping[str, Any]) -> None:
    """New secrets for an inbox; those that are not named stay. A replaced app secret is believed for another 24 hours.
    What was held back because the old ones were refused goes out, oldest first, and has its whole time again: nobody
    could have sent it."""
    now = clock.now()
    db.session.execute(  # before the inbox: whoever settles a row takes them in this order, too
        sa.update(Outbox)
        .where(Outbox.inbox_id == inbox.id, Outbox.state == OutboxState.QUEUED)
        .values(next_at=now, queued_at=now, attempts=0)
    )
    inbox.secrets = _vault().seal(json.dumps(_renewed(inbox, secrets)))
    inbox.state, inbox.state_reason = InboxState.WORKING, ""


def change(
    inbox: Inbox,
    *,
    name: str | None = None,
    human_agent: bool | None = None,
    tells_seen: bool | None = None,
    tells_typing: bool | None = None,
    reopen_hours: int | None = None,
    holds_requests: bool | None = None,
) -> None:
    """Sets what is named. Raises Invalid."""
    if name is not None:
        inbox.name = clean_line(name)
        if not inbox.name:
            raise Invalid("An inbox needs a name.")
    if human_agent is not None:
        inbox.options = {**inbox.options, "human_agent": human_agent}
    if tells_seen is not None:
        inbox.tells_seen = tells_seen
    if tells_typing is not None:
        inbox.tells_typing = tells_typing
    if holds_requests is not None:
        inbox.holds_requests = holds_requests
    if reopen_hours is not None:
        if not 0 <= reopen_hours <= LONGEST_REOPENING:
            raise Invalid(f"A ticket can be reopened for 0 to {LONGEST_REOPENING:,} hours, not {reopen_hours:,}.")
        inbox.reopen_hours = reopen_hours


def remove(inbox: Inbox) -> None:
    """Disconnects it. Its secret stays good for 30 days, so that late webhooks are told from forged ones."""
    inbox.removed_at = inbox.removed_at or clock.now()


def account(inbox: Inbox, *, secrets: Mapping[str, Any] | None = None) -> Account:
    """What the adapter needs; with `secrets`: as it would be once it was reconnected with them. Raises
    secrets.KeyMissing when the encryption key is gone."""
    opened = _renewed(inbox, secrets) if secrets else _opened(inbox)
    return Account(
        id=inbox.account_id,
        access_token=opened.get("access_token", ""),
        secrets=(*opened.get("app_secrets", ()), *_still_good(opened)),
        verify_token=opened.get("verify_token", ""),
        options=inbox.options,
        is_removed=inbox.removed_at is not None,
    )


def is_current(inbox: Inbox, known: Account) -> bool:
    """Is its token still the one of `known`?"""
    return account(inbox).access_token == known.access_token


def accounts(channel: str) -> list[Account]:
    """Every account whose secret may sign a webhook of this channel: connected, or removed less than 30 days ago."""
    good_since = clock.now() - SECRET_STAYS_GOOD
    found = sa.select(Inbox).where(
        Inbox.channel == channel, sa.or_(Inbox.removed_at.is_(None), Inbox.removed_at > good_since)
    )
    return [account(inbox) for inbox in db.session.execute(found.order_by(Inbox.removed_at.desc())).scalars()]


def by_account(channel: str) -> dict[str, Inbox]:
    """The connected inboxes of a channel by account id."""
    found = sa.select(Inbox).where(Inbox.channel == channel, Inbox.removed_at.is_(None))
    return {inbox.account_id: inbox for inbox in db.session.execute(found).scalars()}


def ids(channel: str) -> dict[str, int]:
    """`{account id: inbox id}` of the connected inboxes of a channel."""
    found = sa.select(Inbox.account_id, Inbox.id).where(Inbox.channel == channel, Inbox.removed_at.is_(None))
    return {row.account_id: row.id for row in db.session.execute(found)}


def refused(inbox: Inbox, refusal: Refused) -> None:
    """The platform refused the account itself, not a message: nothing more is sent until it is connected again."""
    states = {RefusalKind.REAUTH: InboxState.NEEDS_SIGN_IN, RefusalKind.SUSPENDED: InboxState.SUSPENDED}
    if refusal.kind in states:
        inbox.state, inbox.state_reason = states[refusal.kind], refusal.reason


def notice(inbox: Inbox, item: ChannelNotice) -> None:
    """Keeps the newest word of the platform about the account. An older one changes nothing."""
    at = item.at or clock.now()
    if inbox.notice_at is None or at > inbox.notice_at:
        inbox.notice, inbox.notice_at = item.sentence, at


def rotate_secrets() -> tuple[int, int]:
    """Seals every inbox's secrets with the newest key. Answers (re-sealed, already current)."""
    vault, rotated, current = _vault(), 0, 0
    for inbox in db.session.execute(sa.select(Inbox)).scalars():
        if vault.is_current(inbox.secrets):
            current += 1
        else:
            inbox.secrets = vault.rotate(inbox.secrets)
            rotated += 1
    return rotated, current


def last_error(inbox: Inbox) -> tuple[datetime, str] | None:
    """When the platform last refused a message that has not gone out since, and its own words; None: never."""
    found = sa.select(Outbox.called_at, Outbox.detail).where(
        Outbox.inbox_id == inbox.id,
        Outbox.state != OutboxState.SENT,
        Outbox.detail != "",
        Outbox.called_at.is_not(None),
    )
    row = db.session.execute(found.order_by(Outbox.called_at.desc()).limit(1)).one_or_none()
    return (row.called_at, row.detail) if row is not None and row.called_at is not None else None


def listing() -> Sequence[Inbox]:
    """Connected inboxes by name, for owners and the command line."""
    return db.session.execute(sa.select(Inbox).where(Inbox.removed_at.is_(None)).order_by(Inbox.name)).scalars().all()


def _connected(channel: str, account_id: str) -> Inbox | None:
    return by_account(channel).get(account_id)


def _apply_unmatched(channel: str) -> None:
    db.session.execute(
        sa.update(Ledger)
        .where(Ledger.channel == channel, Ledger.state == LedgerState.UNMATCHED)
        .values(state=LedgerState.NEW, attempts=0, lease_until=None)
    )


def _opened(inbox: Inbox) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(_vault().open(inbox.secrets))
    return opened


def _renewed(inbox: Inbox, secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Its secrets with these in place of theirs. App secrets that are replaced are kept with the time of their end."""
    if any(not secret for secret in secrets.values()):
        raise Invalid("A secret cannot be empty.")
    opened = _opened(inbox)
    until = (clock.now() + FORMER_SECRET_STAYS_GOOD).isoformat()
    renewed = {**opened, **secrets}
    current = renewed.get("app_secrets", [])
    replaced = {secret: until for secret in opened.get("app_secrets", ()) if secret not in current}
    former = {secret: end for secret, end in _still_good(opened).items() if secret not in current}
    return renewed | {"former_app_secrets": former | replaced}


def _still_good(opened: Mapping[str, Any]) -> dict[str, str]:
    """Former app secrets and their ends (ISO times), while those lie ahead."""
    former: dict[str, str] = opened.get("former_app_secrets", {})
    now = clock.now() if former else None
    return {secret: end for secret, end in former.items() if now is not None and datetime.fromisoformat(end) > now}


def _vault() -> Vault:
    vault: Vault = current_app.extensions["vault"]
    return vault
