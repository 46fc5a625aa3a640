"""The search: what it finds, for whom, in which order, and what leaves it again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Key, Media, MediaKind, MessageEdited, MessageUnsent, Profile
from helpdesk.db import db, transaction
from helpdesk.domain import contacts, intake, messages, standing, tickets, upkeep
from helpdesk.domain.events import Actor
from helpdesk.domain.search import answers, asking, finding, index
from helpdesk.errors import Invalid
from helpdesk.models import Consumer, Identity, Inbox, Membership, Message, MessageWords, PersonWords, Ticket
from tests.factories import CUSTOMER, a_customer_message, a_note, a_reply, a_ticket, an_agent, an_inbox


def found(question: str, by, **fields) -> list[str]:
    """Texts of the messages, as the page would list them."""
    return [hit.message.text for hit in ask(question, by, **fields).hits]


def ask(question: str, by, *, after: str | None = None, **fields) -> answers.Answers:
    return answers.to(asking.read({"q": question, **fields}, by=by), by=by, after=after)


def test_words_prefixes_accents_and_any_script_find_a_message(desk):
    owner = an_agent(role="owner")
    text = "Is the blue Jacket of the Café still coming? Crème, 我要退货, order 4711-22"
    a_ticket("Nothing of the kind")
    a_customer_message(text, customer="200")

    for question in (
        "jacket",
        "JACK",
        "jack blue",
        '"blue jacket"',
        "café",
        "cafe",
        "退货",
        "货",
        "ing jac",
        "4711-22",
    ):
        assert found(question, owner) == [text], question
    for question in ("jackets", "jacket red", '"jacket blue"', "货退", "4711-23"):
        assert found(question, owner) == [], question


def test_what_begins_a_word_comes_before_what_stands_inside_of_one(desk):
    owner = an_agent(role="owner")
    for text in ("The ring is lost", "It came during the night", "Rings, please"):
        a_ticket(text)
        desk.later(minutes=1)

    answer = ask("ring", owner)

    assert [hit.message.text for hit in answer.hits] == [
        "Rings, please",
        "The ring is lost",
        "It came during the night",
    ]
    assert [hit.is_inside for hit in answer.hits] == [False, False, True]
    assert [piece.text for piece in answer.hits[2].pieces if piece.is_hit] == ["ring"]


def test_notes_replies_and_names_of_files_are_found(desk):
    owner = an_agent(role="owner")
    ticket = a_ticket("Hello", media=(Media(MediaKind.FILE, title="Invoice-Müller.pdf"),))
    a_reply(ticket, "We shall look into the warehouse", by=owner)
    a_note(ticket, "Prefers warehouse pick-up", by=owner)

    assert set(found("warehouse", owner)) == {"We shall look into the warehouse", "Prefers warehouse pick-up"}
    answer = ask("muller invoice", owner)
    assert [piece.text for piece in answer.hits[0].pieces if piece.is_hit] == ["Invoice", "Müller"]


def test_edits_unsends_and_removals_leave_the_search(desk):
    owner, inbox = an_agent(role="owner"), an_inbox()
    first = a_customer_message("a purple scarf", inbox=inbox)
    second = a_customer_message("a secret address", inbox=inbox)
    failed = a_reply(first.ticket, "an answer in vain", by=owner)

    with transaction():
        known = {"account": inbox.account_id, "contact": (Key("igsid", CUSTOMER),), "at": clock.now()}
        for item in (
            MessageEdited(platform_id=first.platform_id, text="a green scarf", **known),
            MessageUnsent(platform_id=second.platform_id, **known),
        ):
            intake.apply(db.session.get_one(Inbox, inbox.id), item, received_at=clock.now())
    with transaction():
        messages.cancel(db.session.get_one(Message, failed.id), by=owner)
    with transaction():
        messages.remove(db.session.get_one(Message, failed.id), by=owner)

    assert found("purple", owner) == found("secret", owner) == found("vain", owner) == []
    assert found("green", owner) == ["a green scarf"]
    assert [row.message_id for row in db.session.execute(sa.select(MessageWords)).scalars()] == [first.id]


def test_nobody_finds_what_they_may_not_see(desk):
    member, outsider = an_agent(team="Sales"), an_agent(team="Returns")
    helper = an_agent(team="Returns", also=["Sales"])
    ticket = a_ticket("My jacket is torn", inbox=an_inbox(team="Sales"))
    _named(ticket, "Lena Jacketson")
    with transaction():
        tickets.assign(db.session.get_one(Ticket, ticket.id), to=helper, by=Actor.of(member))
    with transaction():  # who is no longer in the team keeps what they were given
        db.session.execute(sa.delete(Membership).where(Membership.agent_id == helper.id))

    for one in (member, helper):
        assert len(ask("jacket", one).hits) == len(ask("jacketson", one).people) == 1
        assert ask(str(ticket.number), one).tickets[0].id == ticket.id
    for question in ("jacket", "jacketson", str(ticket.number)):
        answer = ask(question, outsider)
        assert answer.is_empty
        assert answer.next is None
    with pytest.raises(Invalid, match="No ticket has the tag"):
        ask("tag:vip", outsider)


def test_another_team_s_chapter_of_the_same_conversation_stays_closed(desk):
    outsider, mover = an_agent(team="Returns"), an_agent(role="owner")
    old = a_ticket("An old secret", inbox=an_inbox(team="Sales"))
    with transaction():
        tickets.close(db.session.get_one(Ticket, old.id), by=Actor.of(mover))
    desk.later(hours=100)
    new = a_customer_message("A new secret").ticket
    with transaction():
        returns = outsider.teams[0]
        tickets.move(db.session.get_one(Ticket, new.id), team=returns, by=Actor.of(mover))

    assert found("secret", outsider) == ["A new secret"]


def test_people_are_found_by_their_names_as_of_now(desk):
    owner = an_agent(role="owner")
    ticket = a_ticket("Hello")
    _named(ticket, "Zoë Öztürk", username="zoe.shops")

    assert [one.identity.name for one in ask("ozturk", owner).people] == ["Zoë Öztürk"]
    assert [piece.text for piece in ask("shops", owner).people[0].username if piece.is_hit] == ["shops"]

    with transaction():
        contact = db.session.get_one(Ticket, ticket.id).conversation.identity.contact
        contacts.rename(contact, name="Madame Z", by=Actor.of(owner))
    assert ask("madame", owner).people[0].ticket.number == ticket.number
    assert ask("madame status:open", owner).people == []


def test_a_number_offers_its_ticket_first(desk):
    owner = an_agent(role="owner")
    ticket = a_ticket("Hello")

    for typed in (f"{ticket.number}", f"#{ticket.number}"):
        assert [one.number for one in ask(typed, owner).tickets] == [ticket.number]
    assert ask("9" * 18, owner).tickets == []


def test_filters_narrow_by_what_is_typed_and_by_fields(desk):
    owner, ulla = an_agent(role="owner"), an_agent("Ulla Vogt")
    inbox, other = an_inbox("Studio Nord"), an_inbox("Atelier", account_id="17841400000000009")
    first = a_customer_message("blue one", inbox=inbox, customer="1").ticket
    desk.later(hours=48)
    second = a_customer_message(
        "blue two", inbox=other, customer="2", media=(Media(MediaKind.IMAGE, url="https://x.test/a.jpg"),)
    ).ticket
    with transaction():
        standing.tag(db.session.get_one(Ticket, first.id), names=["big customer"], by=Actor.of(owner))
        tickets.assign(db.session.get_one(Ticket, first.id), to=ulla, by=Actor.of(owner))
        tickets.close(db.session.get_one(Ticket, second.id), by=Actor.of(owner))
    _named(first, "Lena")
    today = clock.now().date()

    for question in (
        'tag:"big customer"',
        "agent:ulla",
        "status:open",
        "inbox:nord",
        "person:lena",
        f"to:{today - timedelta(days=1)}",
    ):
        assert found(f"blue {question}", owner) == found(question, owner) == ["blue one"], question
    for question in ("agent:nobody", "status:closed", "inbox:atelier", "has:photo", f"from:{today}"):
        assert found(f"blue {question}", owner) == found(question, owner) == ["blue two"], question
    assert found("blue", owner, inbox=str(inbox.id), agent=str(ulla.id)) == ["blue one"]
    assert found("blue agent:me", ulla) == ["blue one"]


def test_a_filter_that_cannot_be_is_told_in_words(desk):
    owner = an_agent(role="owner")
    an_inbox()

    for question, sentence in (
        ("inbox:nowhere", "Which inbox"),
        ("agent:zzz", "Nobody here is called"),
        ("tag:zzz", "No ticket has the tag"),
        ("status:lost", "A status is"),
        ("from:yesterday", "A day looks like"),
        ("has:legs", "A message has a"),
        ("tag:", "Say what should stand after tag:"),
        ("x" * 201, "200 characters"),
    ):
        with pytest.raises(Invalid, match=sentence):
            ask(question, owner)


def test_signs_of_the_databases_mean_nothing(desk):
    owner = an_agent(role="owner")
    a_ticket("Hello")

    for question in ("a", "%", "_", "'", '"', "\\", "AND OR NOT", "size:M", "x:*", "(", "🙂", "\0", ""):
        assert found(question, owner) == [], question


def test_pages_follow_each_other_without_gap_or_repetition(desk, monkeypatch):
    owner, inbox = an_agent(role="owner"), an_inbox()
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 5)
    monkeypatch.setattr(finding, "LOOKED_AT", 3)
    monkeypatch.setattr(finding, "FIRST_LOOK", 2)
    texts = [("a ring" if number % 3 else "during") + f" {number}" for number in range(16)]
    for text in texts:
        a_customer_message(text, inbox=inbox)

    seen, after = [], None
    question = asking.read({"q": "ring"}, by=owner)
    for _ in range(30):
        answer = answers.to(question, by=owner, after=after, limit=2)
        seen += [hit.message.text for hit in answer.hits]
        after = answer.next
        if after is None:
            break

    newest = texts[::-1]
    assert seen == [text for text in newest if "a ring" in text] + [text for text in newest if "during" in text]


def test_a_page_that_is_not_there_is_told(desk):
    owner = an_agent(role="owner")

    for after in ("x", "b", "bx", "i" + "9" * 30):
        with pytest.raises(Invalid, match="Search again"):
            ask("ring", owner, after=after)


def test_what_was_there_before_is_put_in_little_by_little_and_once(desk):
    owner = an_agent(role="owner")
    ticket = a_ticket("an old jacket")
    _named(ticket, "Lena")
    a_customer_message("a newer jacket")
    with transaction():
        db.session.execute(sa.delete(MessageWords).where(MessageWords.message_id == ticket.last_message_id - 1))
        db.session.execute(sa.delete(PersonWords))
        index.start_over()
    assert "indexing" in upkeep.due()

    steps = 0
    goes_on = True
    while goes_on:
        with transaction():
            goes_on = index.catch_up(1)
        steps += goes_on

    assert steps == 3
    assert sorted(found("jacket", owner)) == ["a newer jacket", "an old jacket"]
    assert len(ask("lena", owner).people) == 1
    assert not db.session.execute(sa.select(index.is_behind())).scalar()
    assert set(db.session.execute(sa.select(Consumer.seq).where(Consumer.name.like("search:%"))).scalars()) == {1}


def _named(ticket: Ticket, name: str, *, username: str = "") -> None:
    with transaction():
        identity = db.session.get_one(Identity, db.session.get_one(Ticket, ticket.id).conversation.identity_id)
        profile = Profile(name=name, username=username)
        contacts.tell_profile(identity, profile, picture_key=None, at=clock.now())


def test_words_and_parts_of_words_are_asked_of_an_index(desk, monkeypatch):
    """Which would be read whole otherwise is asked of the planner, where it may not read a small table whole."""
    for name in ("FIRST_LOOK", "LOOKED_THROUGH"):
        monkeypatch.setattr(finding, name, 1)
    owner, inbox = an_agent(role="owner"), an_inbox()
    for text in ("a wallaby", "something else", "and again"):
        a_customer_message(text, inbox=inbox)
    statements = []

    def hear(_connection, _cursor, statement, parameters, *_) -> None:
        statements.append((statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    found("wallab", owner)
    found("allab", owner)
    sa.event.remove(db.engine, "before_cursor_execute", hear)

    plans = [_plan(*each, is_sqlite=desk.database == "sqlite") for each in statements if "message_words" in each[0]]
    wanted = ["message_words_found VIRTUAL TABLE INDEX"] if desk.database == "sqlite" else [
        "ix_message_words_begins",
        "ix_message_words_parts",
    ]  # fmt: skip
    assert all(any(name in plan for plan in plans) for name in wanted), plans


def _plan(statement: str, parameters, *, is_sqlite: bool) -> str:
    connection = db.session.connection()
    if not is_sqlite:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_indexscan = off")
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters))
