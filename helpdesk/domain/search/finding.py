"""Messages that answer a question, newest first, a page at a time, in bounded time: a page looks at so many hits and no
more, and says how far back it has looked.

First come words that begin as was asked; then, once those are all told, words that have it inside. SQLite asks its
table of three letters in a row, newest first. PostgreSQL would sort all hits of a frequent word, so it first looks
through the newest messages, where a frequent word fills the page, and asks its index only for a rare one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from helpdesk.db import db, is_sqlite
from helpdesk.domain import access
from helpdesk.domain.events import Viewer
from helpdesk.domain.search import index
from helpdesk.domain.search.asking import SHORTEST, Question
from helpdesk.errors import Invalid
from helpdesk.models import Attachment, Message, MessageWords, Tag, Ticket

LOOKED_THROUGH = 20_000  # newest messages without an index, on PostgreSQL
LOOKED_AT = 5_000  # hits of the index in one page
FIRST_LOOK = 250  # rows of either kind that are looked at first: mostly they fill the page
FREQUENT = 1_000  # hits among those looked through: the index would have to sort very many
MOST_GRAMS = 60
BIGGEST = 2**63 - 1

BEGINS, INSIDE = "b", "i"  # what a cursor begins with
Condition = sa.ColumnElement[bool]
BEGINNINGS: sa.ColumnElement[Any] = sa.literal_column(
    "array_to_tsvector(string_to_array(btrim(message_words.words), ' '))"
)


@dataclass(frozen=True)
class Page:
    """Ids of messages, those of `begins` before those of `inside`. `next` is the cursor of what follows, None at the
    end; `back_to` is how far was looked when the page is not full and yet not the last."""

    begins: Sequence[int]
    inside: Sequence[int]
    next: str | None
    back_to: datetime | None = None


@dataclass
class _Look:
    """One look for what begins so, or what has it inside: where it stands, and what it has found."""

    kind: str
    question: Question
    viewer: Viewer
    before: int
    limit: int
    found: list[tuple[int, int]]  # (place, message id)
    is_over: bool = False

    @property
    def is_full(self) -> bool:
        return len(self.found) > self.limit


def page(question: Question, *, by: Viewer, after: str | None = None, limit: int = 25) -> Page:
    """The page after the cursor. Raises Invalid for one that is not ours."""
    kind, before = _cursor(after)
    begins: list[int] = []
    if kind == BEGINS:
        look = _look(_Look(BEGINS, question, by, before, limit, []))
        begins = [id for _, id in look.found[:limit]]
        if not look.is_over or not _has_inside(question):
            return _answer(look, begins, [])
        before = BIGGEST
    look = _look(_Look(INSIDE, question, by, before, limit - len(begins), []))
    return _answer(look, begins, [id for _, id in look.found[: look.limit]])


def _answer(look: _Look, begins: list[int], inside: list[int]) -> Page:
    if look.is_full:
        last = look.found[look.limit - 1][0] if look.limit else BIGGEST
        return Page(begins, inside, f"{look.kind}{last}")
    if look.is_over:
        return Page(begins, inside, None)
    return Page(begins, inside, f"{look.kind}{look.before}", index.time_of(look.before))


def _look(look: _Look) -> _Look:
    patterns = [one if look.kind == BEGINS else loose(one) for one in look.question.patterns]
    if look.question.conversation_ids is not None:
        _among_theirs(look, patterns)
    elif not patterns:
        _through(look, [], LOOKED_AT)
    elif is_sqlite():
        _by_letters(look, patterns)
    else:
        hits = _through(look, patterns, LOOKED_THROUGH)
        if not look.is_full and not look.is_over and hits < FREQUENT:
            _by_index(look, patterns)
    return look


def _among_theirs(look: _Look, patterns: Sequence[str]) -> None:
    """Of one person, or few: all that they and we have written."""
    theirs = sa.select(Message.id).where(Message.conversation_id.in_(look.question.conversation_ids or ()))
    found = sa.select(MessageWords.place, MessageWords.message_id).where(MessageWords.message_id.in_(theirs))
    found = found.where(*_range(look, MessageWords.place), *_hits(look, patterns, MessageWords.words))
    _take(look, found.order_by(MessageWords.place.desc()).subquery())
    look.is_over = not look.is_full


def _through(look: _Look, patterns: Sequence[str], most: int) -> int:
    """Looks through the newest messages, without an index of words. Answers how many hits there were at last."""
    hits = _through_some(look, patterns, FIRST_LOOK)
    return hits if look.is_full or look.is_over else _through_some(look, patterns, most)


def _through_some(look: _Look, patterns: Sequence[str], number: int) -> int:
    newest = sa.select(MessageWords.place, MessageWords.message_id, MessageWords.words)
    newest = newest.where(*_range(look, MessageWords.place)).order_by(MessageWords.place.desc()).limit(number)
    through = newest.subquery()
    hits = sa.and_(sa.true(), *_hits(look, patterns, through.c.words))
    _take(look, sa.select(through.c.place, through.c.message_id).where(hits).subquery())
    if look.is_full:
        return 0
    counted = sa.select(sa.func.count(), sa.func.min(through.c.place), sa.func.count(sa.case((hits, 1))))
    seen, lowest, found = db.session.execute(counted.select_from(through)).one()
    _went(look, seen, lowest, number)
    return int(found)


def _by_letters(look: _Look, patterns: Sequence[str]) -> None:
    """SQLite's full-text table finds messages that have all the letters, and tells the newest first."""
    letters = sa.table("message_words_found", sa.column("rowid"), sa.column("message_words_found"))
    asked = " AND ".join(f'"{gram}"' for gram in grams(patterns))
    found = sa.select(letters.c.rowid).where(letters.c.message_words_found.op("MATCH")(asked))
    for number in (FIRST_LOOK, LOOKED_AT):
        newest = found.where(*_range(look, letters.c.rowid)).order_by(letters.c.rowid.desc()).limit(number)
        _candidates(look, newest.subquery(), patterns, number)
        if look.is_full or look.is_over:
            return


def _by_index(look: _Look, patterns: Sequence[str]) -> None:
    """PostgreSQL's indexes. The `+ 0` keeps the planner from walking all messages backwards by the primary key."""
    place = MessageWords.place + 0
    found = sa.select(place.label("rowid")).where(*_range(look, place))
    if look.kind == BEGINS:
        asked = " & ".join(_lexemes(patterns))
        found = found.where(BEGINNINGS.op("@@")(sa.cast(asked, sa.dialects.postgresql.TSQUERY)))
    elif not _has_letters():
        return  # parts of words are looked for among so many messages a page
    found = found.where(*_hits(look, patterns, MessageWords.words))
    _candidates(look, found.order_by(place.desc()).limit(LOOKED_AT).subquery(), patterns, LOOKED_AT)


def _candidates(look: _Look, found: sa.Subquery, patterns: Sequence[str], most: int) -> None:
    """Of `found`, at most so many places, those where the words really stand."""
    words = sa.select(found.c.rowid.label("place"), MessageWords.message_id)
    words = words.join(MessageWords, MessageWords.place == found.c.rowid)
    _take(look, words.where(*_hits(look, patterns, MessageWords.words)).subquery())
    if look.is_full:
        return
    counted = sa.select(sa.func.count(), sa.func.min(found.c.rowid)).select_from(found)
    seen, lowest = db.session.execute(counted).one()
    _went(look, seen, lowest, most)


def _take(look: _Look, hits: sa.Subquery) -> None:
    """Those hits that the viewer may read and that the question's filters leave, until the page is full."""
    found = sa.select(hits.c.place, Message.id).join(Message, Message.id == hits.c.message_id)
    found = found.outerjoin(Ticket, Ticket.id == Message.ticket_id)
    found = found.where(Message.deleted_at.is_(None), access.readable(look.viewer), *_filters(look.question))
    missing = look.limit + 1 - len(look.found)
    rows = db.session.execute(found.order_by(hits.c.place.desc()).limit(missing)).all()
    look.found += [(place, id) for place, id in rows]


def _went(look: _Look, seen: int, lowest: int | None, most: int) -> None:
    look.is_over = seen < most
    look.before = lowest or look.before


def _range(look: _Look, place: Any) -> list[Condition]:
    since, until = look.question.since, look.question.until
    conditions = [place < min(look.before, index.place(until) if until else BIGGEST)]
    return [*conditions, place >= index.place(since)] if since else conditions


def _hits(look: _Look, patterns: Sequence[str], words: Any) -> list[Condition]:
    """All patterns stand there; of what is looked for inside of words, not all at their beginnings."""
    stands = [words.like(f"%{pattern}%") for pattern in patterns]
    if look.kind == BEGINS:
        return stands
    return [*stands, sa.not_(sa.and_(*(words.like(f"%{pattern}%") for pattern in look.question.patterns)))]


def _filters(question: Question) -> list[Condition]:
    found: list[Condition] = []
    if question.inbox_id is not None:
        found.append(Message.inbox_id == question.inbox_id)
    if question.agent_id:
        found.append(sa.or_(Ticket.assignee_id == question.agent_id, Message.agent_id == question.agent_id))
    elif question.agent_id == 0:
        found.append(Ticket.assignee_id.is_(None))
    if question.tag is not None:
        found.append(Ticket.tags.any(Tag.name == question.tag))
    if question.status is not None:
        found.append(Ticket.category == question.status)
    if question.files:
        found.append(sa.exists().where(Attachment.message_id == Message.id, Attachment.kind.in_(question.files)))
    return found


def _has_inside(question: Question) -> bool:
    return any(loose(pattern) != pattern for pattern in question.patterns)


def loose(pattern: str) -> str:
    """As it may stand inside of a word; a shorter one only at the beginning."""
    inside = pattern[1:]
    return inside if len(inside) >= SHORTEST and " " not in inside else pattern


def grams(patterns: Sequence[str]) -> list[str]:
    grams = {pattern[at : at + 3] for pattern in patterns for at in range(len(pattern) - 2)}
    return sorted(grams)[:MOST_GRAMS]


def _lexemes(patterns: Sequence[str]) -> list[str]:
    """For PostgreSQL: whole words, and the beginning of a last one that is not finished."""
    asked: list[str] = []
    for pattern in patterns:
        words = [f"'{word}'" for word in pattern.split()]
        asked += words if pattern.endswith(" ") else [*words[:-1], f"{words[-1]}:*"]
    return asked


def _has_letters() -> bool:
    return db.session.execute(sa.select(sa.func.to_regclass("ix_message_words_parts"))).scalar() is not None


def _cursor(after: str | None) -> tuple[str, int]:
    if not after:
        return BEGINS, BIGGEST
    kind, place = after[:1], after[1:]
    if kind not in (BEGINS, INSIDE) or not (place.isascii() and place.isdigit() and int(place[:20]) <= BIGGEST):
        raise Invalid("This page of the search is not there. Search again.")
    return kind, int(place)
