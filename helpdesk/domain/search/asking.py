"""What somebody asks the search for: words, and what narrows them, typed as `tag:vip` or chosen in the form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from helpdesk.channels.contract import MediaKind
from helpdesk.db import db
from helpdesk.domain import access
from helpdesk.domain.events import Viewer
from helpdesk.errors import Invalid
from helpdesk.models import Agent, Category, Conversation, PersonWords, Tag
from helpdesk.wording import folded, stands_alone

T = TypeVar("T")

LONGEST = 200  # characters
SHORTEST = 3  # signs of a pattern that the index can find: a space and two letters
MOST_PEOPLE = 500  # who may be meant by `person:`

FILES = {
    "file": frozenset({MediaKind.FILE, MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO}),
    "photo": frozenset({MediaKind.IMAGE}),
    "video": frozenset({MediaKind.VIDEO, MediaKind.REEL}),
    "voice": frozenset({MediaKind.AUDIO}),
}


@dataclass(frozen=True)
class Question:
    """`patterns` are what must stand in a message's folded words, each from the beginning of a word. What is None or
    empty does not narrow. `agent_id` 0 is nobody. `since` and `until` are moments; the second is not included."""

    patterns: tuple[str, ...] = ()
    number: int | None = None
    inbox_id: int | None = None
    conversation_ids: tuple[int, ...] | None = None  # of the person
    agent_id: int | None = None
    tag: str | None = None
    status: Category | None = None
    since: datetime | None = None
    until: datetime | None = None
    files: frozenset[MediaKind] = frozenset()

    @property
    def is_too_short(self) -> bool:
        """There are no words that an index can find, and nothing that narrows instead of words."""
        is_asking = bool(self.patterns) or not self.is_narrowed
        return is_asking and all(len(pattern) < SHORTEST for pattern in self.patterns)

    @property
    def is_narrowed(self) -> bool:
        return replace(self, patterns=(), number=None) != Question()


# What people type before the colon, and the field of the form that it is.
NAMES = {
    "inbox": "inbox",
    "person": "person",
    "customer": "person",
    "contact": "person",
    "agent": "agent",
    "assignee": "agent",
    "tag": "tag",
    "status": "status",
    "is": "status",
    "from": "from",
    "since": "from",
    "to": "to",
    "until": "to",
    "has": "has",
}
FIELDS = ("q", *dict.fromkeys(NAMES.values()))
_TYPED = re.compile(rf'(?i:\b({"|".join(NAMES)})):(?:"([^"]*)"|(\S*))|"([^"]*)"|(\S+)')


def read(given: Mapping[str, str], *, by: Viewer) -> Question:
    """The question in the fields of an address. Raises Invalid, with what is wrong in words."""
    typed = given.get("q", "")
    if len(typed) > LONGEST:
        raise Invalid(f"Search for {LONGEST} characters at most.")
    chosen = {name: given[name].strip() for name in FIELDS if name != "q" and given.get(name, "").strip()}
    words: list[str] = []
    for found in _TYPED.finditer(typed):
        name, quoted, value, phrase, word = found.groups()
        if name is None:
            words.append(phrase if phrase is not None else word)
            continue
        meant = (quoted if quoted is not None else value).strip()
        if not meant:
            raise Invalid(f"Say what should stand after {name.lower()}:, without a space between.")
        chosen[NAMES[name.lower()]] = meant
    question = replace(of_words(" ".join(words)), patterns=patterns(words))
    for name, value in chosen.items():
        question = replace(question, **_READERS[name](value, by))
    return question


def of_words(words: str) -> Question:
    """A question of words alone: nothing in them narrows."""
    bare = words.strip().removeprefix("#")
    is_number = bare.isascii() and bare.isdigit() and len(bare) <= 18
    return Question(patterns=patterns(words.split()), number=int(bare) if is_number else None)


def patterns(words: list[str]) -> tuple[str, ...]:
    """Each word as it begins in folded text: " jack" finds jackets. What was written together stays together, and signs
    that are words by themselves are whole ones."""
    found = (folded(word) for word in words)
    begun = (one if stands_alone(one[-2]) else one[:-1] for one in found if one)
    return tuple(dict.fromkeys(begun))


def _inbox(value: str, by: Viewer) -> dict[str, Any]:
    inboxes = access.inboxes(by)
    found = [one for one in inboxes if str(one.id) == value] or _named(inboxes, lambda one: one.name, value)
    if len(found) == 1:
        return {"inbox_id": found[0].id}
    names = ", ".join(one.name for one in inboxes)
    raise Invalid(f"Which inbox is “{value}”? There are: {names}." if names else "You see no inbox.")


def _agent(value: str, by: Viewer) -> dict[str, Any]:
    """Somebody's id, name or address; "me"; "nobody" for tickets that nobody is assigned to."""
    if value.lower() in ("nobody", "none"):
        return {"agent_id": 0}
    if value.lower() == "me" and isinstance(by, Agent):
        return {"agent_id": by.id}
    people = access.colleagues(by)
    found = [one for one in people if value in (str(one.id), one.email)] or _named(people, lambda one: one.name, value)
    if len(found) == 1:
        return {"agent_id": found[0].id}
    if found:
        raise Invalid(f"“{value}” may be {' or '.join(one.name for one in found[:5])}: write more of the name.")
    raise Invalid(f"Nobody here is called “{value}”. You may also write agent:me or agent:nobody.")


def _person(value: str, by: Viewer) -> dict[str, Any]:
    """Conversations of whoever is called so and is seen by the viewer."""
    meant = patterns(value.split())
    if not meant or Question(patterns=meant).is_too_short:
        raise Invalid("Write at least two letters of the person's name.")
    people = access.identities(by).join(PersonWords).join(Conversation).with_only_columns(Conversation.id)
    people = people.where(*(PersonWords.words.like(f"%{pattern}%") for pattern in meant))
    found = db.session.execute(people.limit(MOST_PEOPLE + 1)).scalars().all()
    if len(found) > MOST_PEOPLE:
        raise Invalid(f"More than {MOST_PEOPLE} people are called “{value}”: write more of the name.")
    return {"conversation_ids": tuple(found)}


def _tag(value: str, by: Viewer) -> dict[str, Any]:
    known = access.tags(by).with_only_columns(Tag.name).where(sa.func.lower(Tag.name) == value.lower())
    found = db.session.execute(known.limit(1)).scalar()
    if found is None:
        raise Invalid(f"No ticket has the tag “{value}”.")
    return {"tag": found}


def _status(value: str, by: Viewer) -> dict[str, Any]:
    try:
        return {"status": Category(value.lower())}
    except ValueError:
        raise Invalid(f"A status is {_listed(Category)}, not “{value}”.") from None


def _since(value: str, by: Viewer) -> dict[str, Any]:
    return {"since": _day(value)}


def _until(value: str, by: Viewer) -> dict[str, Any]:
    return {"until": _day(value) + timedelta(days=1)}


def _has(value: str, by: Viewer) -> dict[str, Any]:
    if value.lower() not in FILES:
        raise Invalid(f"A message has a {_listed(FILES)}, not “{value}”.")
    return {"files": FILES[value.lower()]}


def _named(people: Sequence[T], name: Callable[[T], str], value: str) -> list[T]:
    """Who is called exactly so; else those in whose names it stands."""
    wanted = folded(value).strip()
    exact = [one for one in people if folded(name(one)).strip() == wanted]
    return exact or [one for one in people if wanted and f" {wanted}" in folded(name(one))]


def _day(value: str) -> datetime:
    """ "2026-11-23" → its first moment in UTC."""
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(f"A day looks like 2026-11-23, not “{value}”.") from None


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"


_READERS: Mapping[str, Callable[[str, Viewer], dict[str, Any]]] = {
    "inbox": _inbox,
    "person": _person,
    "agent": _agent,
    "tag": _tag,
    "status": _status,
    "from": _since,
    "to": _until,
    "has": _has,
}
