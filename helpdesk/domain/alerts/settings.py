"""What each agent has chosen. Personal: no event, nobody else is told."""

from __future__ import annotations

from datetime import time
from typing import Any

import sqlalchemy as sa

from helpdesk import walltime
from helpdesk.db import changed, db, insert_or_ignore
from helpdesk.domain.alerts.quiet import Quiet
from helpdesk.errors import Invalid
from helpdesk.models import Agent, AlertSettings, AlertSound

LONGEST_WAIT = 24 * 60  # minutes


def of(agent: Agent) -> AlertSettings:
    """Theirs; the defaults for one who has never chosen (`agent_id` is empty then, and nothing is stored)."""
    chosen = db.session.get(AlertSettings, agent.id)
    if chosen is not None:
        return chosen
    columns = AlertSettings.__table__.columns
    return AlertSettings(**{column.name: column.default.arg for column in columns if column.default is not None})


def quiet_hours(settings: AlertSettings) -> Quiet | None:
    if settings.quiet_from is None or settings.quiet_until is None:
        return None
    return Quiet(settings.quiet_from, settings.quiet_until, settings.zone)


def change(
    agent: Agent,
    *,
    sound: AlertSound,
    volume: int,
    is_desktop: bool,
    is_mine: bool,
    is_mentions: bool,
    unassigned_after: int | None,
    quiet_from: time | None,
    quiet_until: time | None,
    zone: str,
) -> None:
    """What they want from now on. Raises Invalid with a sentence."""
    walltime.zone(zone)
    if not 1 <= volume <= 100:
        raise Invalid("The volume goes from 1 to 100. For silence choose no sound.")
    if unassigned_after is not None and not 0 <= unassigned_after <= LONGEST_WAIT:
        raise Invalid(f"A customer may wait 0 to {LONGEST_WAIT} minutes before you are told.")
    if (quiet_from is None) != (quiet_until is None):
        raise Invalid("Quiet hours have a beginning and an end.")
    if quiet_from is not None and quiet_from == quiet_until:
        raise Invalid("Quiet hours that begin when they end have no length. Give two different times.")
    _store(
        agent,
        {
            "sound": sound,
            "volume": volume,
            "is_desktop": is_desktop,
            "is_mine": is_mine,
            "is_mentions": is_mentions,
            "unassigned_after": unassigned_after,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "zone": zone,
        },
    )


def _store(agent: Agent, values: dict[str, Any]) -> None:
    """Two pages may do it for the first time at once."""
    if changed(insert_or_ignore(AlertSettings).values(agent_id=agent.id, **values)):
        return
    db.session.execute(sa.update(AlertSettings).where(AlertSettings.agent_id == agent.id).values(**values))
