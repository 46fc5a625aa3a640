"""Alerts: what an agent has chosen to be told of, and what their browser is to tell them now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import alerts
from helpdesk.domain.alerts import Alert
from helpdesk.domain.presentation.times import iso
from helpdesk.errors import HelpdeskError, Invalid
from helpdesk.models import AlertSound
from helpdesk.web.auth import current_agent

bp = Blueprint("alerts", __name__)

DIGITS = 18  # of the largest number that a database keeps
SOUNDS = {
    AlertSound.CHIME: "Chime",
    AlertSound.KNOCK: "Knock",
    AlertSound.PING: "Ping",
    AlertSound.NONE: "No sound",
}


@dataclass(frozen=True)
class AlertsForm:
    """What the page submits. A box that is not ticked is not sent, and empties the fields beside it."""

    values: dict[str, Any]

    @classmethod
    def submitted(cls) -> AlertsForm:
        """Raises Invalid."""
        form = request.form
        is_quiet, is_unassigned = "quiet" in form, "unassigned" in form
        if form.get("sound") not in {sound.value for sound in AlertSound}:
            raise Invalid("Choose one of the sounds.")
        return cls(
            {
                "sound": AlertSound(form["sound"]),
                "volume": _number(form.get("volume", ""), "The volume is a number from 1 to 100."),
                "is_desktop": "desktop" in form,
                "is_mine": "mine" in form,
                "is_mentions": "mentions" in form,
                "unassigned_after": _minutes(form.get("after", "")) if is_unassigned else None,
                "quiet_from": _time(form.get("quiet_from", "")) if is_quiet else None,
                "quiet_until": _time(form.get("quiet_until", "")) if is_quiet else None,
                "zone": form.get("zone", "").strip() or "UTC",
            }
        )


@bp.get("/alerts")
def settings() -> ResponseReturnValue:
    chosen = alerts.of(current_agent())
    shown = {
        "sound": chosen.sound.value,
        "volume": chosen.volume,
        "desktop": chosen.is_desktop,
        "mine": chosen.is_mine,
        "mentions": chosen.is_mentions,
        "unassigned": chosen.unassigned_after is not None,
        "after": 5 if chosen.unassigned_after is None else chosen.unassigned_after,
        "quiet": chosen.quiet_from is not None,
        "quiet_from": _shown(chosen.quiet_from, "19:00"),
        "quiet_until": _shown(chosen.quiet_until, "08:00"),
        "zone": chosen.zone,
    }
    return _page(shown, is_chosen=chosen.agent_id is not None)


@bp.post("/alerts")
def change() -> ResponseReturnValue:
    try:
        form = AlertsForm.submitted()
        with transaction():
            alerts.change(current_agent(), **form.values)
    except HelpdeskError as problem:
        return _page(request.form, problem=problem)  # as it was typed
    flash("Your alerts are saved.")
    return redirect(url_for("alerts.settings"))


@bp.get("/alerts/due")
def due() -> ResponseReturnValue:
    """What to tell now. `seq` and `at` are the `upto` and `at` of the answer before; without `at` nobody has waited too
    long yet. Answers `{upto, at, alerts: [{key, number, title, text, at}], next_at, quiet_until, after, sound, volume,
    desktop}`."""
    seq = _number(request.args.get("seq", ""), "`seq` is the number of an event, such as 4711.")
    found = alerts.since(current_agent(), seq, at=_moment(request.args.get("at")))
    return jsonify(
        {
            "upto": found.upto,
            "at": iso(found.at),
            "alerts": [_shape(alert) for alert in found.alerts],
            "next_at": iso(found.next_at) or None,
            "quiet_until": iso(found.quiet_until) or None,
            "after": found.settings.unassigned_after,
            "sound": found.settings.sound.value,
            "volume": found.settings.volume,
            "desktop": found.settings.is_desktop,
        }
    )


def _shape(alert: Alert) -> dict[str, Any]:
    return {
        "key": alert.key,
        "number": alert.number,
        "title": alert.title,
        "text": alert.text,
        "at": iso(alert.at),
    }


def _page(shown: Any, *, is_chosen: bool = True, problem: HelpdeskError | None = None) -> Response:
    page = render_template(
        "alerts/settings.html", shown=shown, sounds=SOUNDS, is_chosen=is_chosen, problem=problem and problem.sentence
    )
    return make_response(page, problem.status if problem else 200)


def _shown(at: time | None, otherwise: str) -> str:
    return f"{at:%H:%M}" if at else otherwise


def _minutes(given: str) -> int:
    return _number(given, "Give the minutes that a customer may wait as a number, such as 5.")


def _number(given: str, otherwise: str) -> int:
    """Raises Invalid with the sentence `otherwise`."""
    given = given.strip()
    if not (given.isascii() and given.isdigit()) or len(given) > DIGITS:
        raise Invalid(otherwise)
    return int(given)


def _time(given: str) -> time:
    try:
        return datetime.strptime(given.strip()[:5], "%H:%M").time()  # noqa: DTZ007  (a wall has no zone)
    except ValueError:
        raise Invalid("Quiet hours begin and end at a time such as 19:00.") from None


def _moment(given: str | None) -> datetime | None:
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise Invalid("`at` is a time such as 2026-11-27T13:04:00Z.") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
