"""What the desk's forms submit, checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import request

from helpdesk.domain.following import Then
from helpdesk.errors import Invalid
from helpdesk.models import DraftKind

UTC = "UTC"
MOST_UPLOADS = 30
MOST_MENTIONS = 50
MOST_OPTIONS = 30  # the channel's own limit is lower, and says so in its words


@dataclass(frozen=True)
class WriteForm:
    """A reply or a note as the composer sends it. `draft` is the revision of the draft whose words it takes along;
    `until` is a time as it was typed in `zone`."""

    kind: DraftKind
    client_id: str
    text: str
    uploads: list[str] = field(default_factory=list)
    reply_to: int | None = None
    quick_replies: list[tuple[str, str]] = field(default_factory=list)
    template: list[dict[str, Any]] = field(default_factory=list)
    is_heart: bool = False
    seen: int | None = None
    anyway: bool = False
    draft: int | None = None
    then: Then = Then.NOTHING
    until: str = ""
    zone: str = UTC
    mentions: list[int] = field(default_factory=list)

    @classmethod
    def submitted(cls) -> WriteForm:
        """Raises Invalid."""
        form = request.form
        titles, kind = form.getlist("quick_reply")[:MOST_OPTIONS], kind_of()
        return cls(
            kind=kind,
            client_id=form.get("client_id", ""),
            text=form.get("text", ""),
            uploads=form.getlist("upload")[:MOST_UPLOADS],
            reply_to=_number(form.get("reply_to", "")),
            quick_replies=[(title, title) for title in titles],
            template=_card(),
            is_heart=form.get("heart") == "1",
            seen=_number(form.get("seen", "")),
            anyway=form.get("anyway") == "1",
            draft=_number(form.get(f"draft_{kind.value}", "")),
            then=_then(form.get("then", "")),
            until=form.get("until", ""),
            zone=zone_of(),
            mentions=[id for given in form.getlist("mention")[:MOST_MENTIONS] if (id := _number(given))],
        )


def kind_of() -> DraftKind:
    """Reply or note. Raises Invalid."""
    try:
        return DraftKind(request.form.get("kind", "reply"))
    except ValueError:
        raise Invalid("That is neither a reply nor a note.") from None


def zone_of() -> str:
    """The time zone of whoever typed a time; a browser without a script does not tell it."""
    return request.values.get("zone", "").strip() or UTC


def _then(given: str) -> Then:
    try:
        return Then(given)
    except ValueError:
        raise Invalid("That cannot be done with a message. Reload the page and try again.") from None


def _card() -> list[dict[str, Any]]:
    """The one card of the dialog, [] when there is none."""
    form = request.form
    names = ("title", "subtitle", "image_url", "url", "button")
    card = {name: form.get(f"card_{name}", "").strip() for name in names}
    if not any(card.values()):
        return []
    label = card.pop("button")
    buttons = [{"title": label, "url": card["url"]}] if label else []
    return [{**card, "buttons": buttons}]


def number_of(name: str) -> int | None:
    """The number in a field, None when it is empty. Raises Invalid."""
    return _number(request.form.get(name, ""))


def numbers_of(name: str) -> list[int]:
    """The numbers in fields of this name. Raises Invalid."""
    return [number for number in map(_number, request.form.getlist(name)) if number is not None]


def number_from(given: str) -> int | None:
    """A number out of an address, None when it is empty. Raises Invalid."""
    return _number(given)


def _number(given: str) -> int | None:
    given = given.strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise Invalid("The form is not complete. Reload the page and try again.")
    return int(given)
