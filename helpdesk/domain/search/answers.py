"""The answer to a question as a page shows it: tickets, people, and messages with the hit in its surroundings."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from helpdesk.db import db
from helpdesk.domain import access
from helpdesk.domain.events import Viewer
from helpdesk.domain.search import conditions, finding
from helpdesk.domain.search.asking import Question
from helpdesk.models import Conversation, Identity, Message, PersonWords, Ticket
from helpdesk.text import excerpt
from helpdesk.wording import spans

PAGE = 25
MOST_PEOPLE = 5
LOOKED_AT = 200  # people of that name, of whom the viewer may see none
EXCERPT = 140  # characters
BEFORE_HIT = 40
READ = 20_000  # characters of a message in which its hit is looked for


@dataclass(frozen=True)
class Piece:
    text: str
    is_hit: bool = False


@dataclass(frozen=True)
class Hit:
    """A message and the line around what was asked. `is_inside`: that stands inside of a word."""

    message: Message
    ticket: Ticket  # where it is shown
    pieces: Sequence[Piece]
    is_inside: bool


@dataclass(frozen=True)
class Person:
    identity: Identity
    name: Sequence[Piece]
    username: Sequence[Piece]
    ticket: Ticket  # their newest that the viewer sees


@dataclass(frozen=True)
class Answers:
    """`next` is the cursor of further messages; `back_to` is how far back was looked when there may be more."""

    tickets: Sequence[Ticket] = ()
    people: Sequence[Person] = ()
    hits: Sequence[Hit] = ()
    next: str | None = None
    back_to: datetime | None = None
    is_too_short: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.tickets or self.people or self.hits)


def to(question: Question, *, by: Viewer, after: str | None = None, limit: int = PAGE) -> Answers:
    """A page of the answer; tickets and people stand on the first one. Raises Invalid for a cursor that is not ours."""
    tickets = [] if after else _tickets(question, by)
    if question.is_too_short:
        return Answers(tickets, is_too_short=not tickets)
    found = finding.page(question, by=by, after=after, limit=limit)
    people = [] if after else _people(question, by)
    return Answers(tickets, people, _hits(found, question, by), found.next, found.back_to)


def _tickets(question: Question, by: Viewer) -> Sequence[Ticket]:
    """The one that was named."""
    if question.number is None:
        return []
    found = access.tickets(by).where(Ticket.number == question.number).options(*_WHOSE)
    return db.session.execute(found).scalars().all()


def _people(question: Question, by: Viewer) -> list[Person]:
    """Those called so, unless something narrows the search that people do not have."""
    if not question.patterns or question.is_narrowed:
        return []
    called = conditions.called(question.patterns).order_by(PersonWords.identity_id.desc()).limit(LOOKED_AT)
    found = access.identities(by).where(Identity.id.in_(called)).order_by(Identity.id.desc())
    found = found.options(joinedload(Identity.contact), selectinload(Identity.keys), joinedload(Identity.inbox))
    identities = db.session.execute(found.limit(MOST_PEOPLE)).scalars().all()
    newest = _newest_tickets(identities, by)
    marked = [finding.loose(pattern) for pattern in question.patterns]
    return [
        Person(one, _marked(one.shown_name, marked), _marked(one.username, marked), newest[one.id])
        for one in identities
        if one.id in newest
    ]


def _newest_tickets(identities: Sequence[Identity], by: Viewer) -> Mapping[int, Ticket]:
    """By identity id."""
    theirs = access.tickets(by).join(Conversation, Conversation.id == Ticket.conversation_id)
    theirs = theirs.where(Conversation.identity_id.in_([one.id for one in identities]))
    newest = theirs.with_only_columns(sa.func.max(Ticket.id)).group_by(Conversation.identity_id)
    found = sa.select(Ticket).where(Ticket.id.in_(newest)).options(joinedload(Ticket.conversation))
    return {ticket.conversation.identity_id: ticket for ticket in db.session.execute(found).scalars()}


_WHOSE = (
    joinedload(Ticket.conversation).joinedload(Conversation.identity).joinedload(Identity.contact),
    joinedload(Ticket.conversation).joinedload(Conversation.identity).selectinload(Identity.keys),
    joinedload(Ticket.conversation).joinedload(Conversation.inbox),
)


def _hits(found: finding.Page, question: Question, by: Viewer) -> list[Hit]:
    inside = set(found.inside)
    loose = [finding.loose(pattern) for pattern in question.patterns]
    messages = _loaded([*found.begins, *found.inside])
    earlier = _seen_in([message for message in messages if message.ticket is None], by)
    return [
        Hit(
            message,
            message.ticket or earlier[message.conversation_id],
            _pieces(message, loose if message.id in inside else question.patterns),
            message.id in inside,
        )
        for message in messages
        if message.ticket or message.conversation_id in earlier
    ]


def _seen_in(messages: Sequence[Message], by: Viewer) -> Mapping[int, Ticket]:
    """Messages from before the first ticket are shown in the newest one of their conversation, by its id."""
    if not messages:
        return {}
    found = access.tickets(by).where(Ticket.conversation_id.in_({message.conversation_id for message in messages}))
    return {ticket.conversation_id: ticket for ticket in db.session.execute(found.order_by(Ticket.id)).scalars()}


def _loaded(ids: Sequence[int]) -> list[Message]:
    """In the order of `ids`."""
    whose = joinedload(Message.conversation).joinedload(Conversation.identity)
    found = (
        sa.select(Message)
        .where(Message.id.in_(ids))
        .options(
            whose.joinedload(Identity.contact),
            whose.selectinload(Identity.keys),
            joinedload(Message.ticket),
            joinedload(Message.agent),
            joinedload(Message.token),
            selectinload(Message.attachments),
        )
    )
    by_id = {message.id: message for message in db.session.execute(found).scalars()}
    return [by_id[id] for id in ids if id in by_id]


def _pieces(message: Message, patterns: Sequence[str]) -> list[Piece]:
    """Where the hit stands: in the text, or in the name of a file."""
    names = [name for one in message.attachments for name in (one.name, one.title) if name]
    texts = [message.text, *(f"📎 {name}" for name in names)]
    return next((pieces for text in texts if (pieces := _surroundings(text, patterns))), None) or [
        Piece(excerpt(next(filter(str.strip, texts), ""), EXCERPT))
    ]


def _surroundings(text: str, patterns: Sequence[str]) -> list[Piece]:
    """The line around the first hit; [] when there is none."""
    line = " ".join(unicodedata.normalize("NFC", text[:READ]).split())
    found = spans(line, patterns)
    if not found:
        return []
    start = _word_before(line, found[0][0] - BEFORE_HIT) if found[0][0] > BEFORE_HIT + 10 else 0
    end = min(len(line), max(start + EXCERPT, found[0][1]))
    inside = [(first - start, min(last, end) - start) for first, last in found if first < end]
    pieces = _parted(line[start:end], inside)
    before, after = [Piece("…")] if start else [], [Piece("…")] if end < len(line) else []
    return [*before, *pieces, *after]


def _word_before(line: str, place: int) -> int:
    """The beginning of a word at or a little after the place, if there is one."""
    space = line.find(" ", place, place + 20)
    return space + 1 if space >= 0 else place


def _marked(text: str, patterns: Sequence[str]) -> list[Piece]:
    text = unicodedata.normalize("NFC", text)
    return _parted(text, spans(text, patterns))


def _parted(text: str, found: Sequence[tuple[int, int]]) -> list[Piece]:
    pieces, at = [], 0
    for start, end in found:
        pieces += [Piece(text[at:start]), Piece(text[start:end], is_hit=True)]
        at = end
    return [piece for piece in (*pieces, Piece(text[at:])) if piece.text]
