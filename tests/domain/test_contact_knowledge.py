"""What the team knows of a person: fields, notes, tags, names; two people who change the same thing; merging."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import (
    contact_details,
    contact_fields,
    contact_merging,
    contact_notes,
    contact_values,
    contacts,
    tickets,
)
from helpdesk.domain.events import SYSTEM, Actor
from helpdesk.errors import Conflict, HelpdeskError, Invalid, NotFound
from helpdesk.models import Agent, AuthorKind, Contact, ContactField, Event, EventKind, FieldKind, Identity, Ticket
from tests.factories import a_customer_message, a_team, a_ticket, an_agent, an_inbox

TOM = Actor(AuthorKind.AGENT, None, "Tom Berg")


@pytest.fixture
def contact(desk) -> int:
    return a_ticket().conversation.identity.contact_id


def the(contact_id: int) -> Contact:
    return db.session.get_one(Contact, contact_id)


def a_field(kind: str = "text", name: str = "", **more: str) -> int:
    with transaction():
        return contact_fields.add(name=name or f"A {kind}", kind=kind, **more).id


def unsaved(kind: str) -> ContactField:
    return ContactField(name="It", kind=FieldKind(kind), choices=["S", "M", "L"])


def fill(contact_id: int, field_id: int, given: str, *, seen: str | None = None, by: Actor = SYSTEM) -> str:
    with transaction():
        field = db.session.get_one(ContactField, field_id)
        return contact_values.fill(the(contact_id), field, given=given, seen=seen, by=by)


def told(kind: EventKind) -> list[str]:
    return list(db.session.execute(sa.select(Event.room).where(Event.kind == kind).order_by(Event.seq)).scalars())


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", "  two   words ", "two words"),
        ("number", "12,50", "12.5"),
        ("number", "1200", "1200"),
        ("number", "-0.5", "-0.5"),
        ("date", "2027-03-14", "2027-03-14"),
        ("choice", "M", "M"),
        ("yes_no", "yes", "yes"),
        ("link", "https://shop.example/a?b=c", "https://shop.example/a?b=c"),
        ("number", "", ""),
    ],
)
def test_a_value_is_kept_as_its_kind_is_written(kind, given, kept):
    assert contact_values.read(unsaved(kind), given) == kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", "x" * 501),
        ("number", "twelve"),
        ("number", "1.000,50"),
        ("number", "1e9"),
        ("date", "14.3.2027"),
        ("date", "2027-02-30"),
        ("choice", "XXL"),
        ("yes_no", "maybe"),
        ("link", "javascript:alert(1)"),
        ("link", "shop.example"),
        ("link", "https://a.example https://b.example"),
    ],
)
def test_what_is_none_of_its_kind_is_refused_in_words(kind, given):
    with pytest.raises(Invalid) as refused:
        contact_values.read(unsaved(kind), given)

    assert refused.value.sentence.startswith("It: ")


def test_a_refused_value_changes_nothing(contact):
    field = a_field("number")

    with pytest.raises(Invalid):
        fill(contact, field, "twelve")

    assert [each.value for each in contact_values.known(the(contact))] == [""]
    assert told(EventKind.CONTACT_DESCRIBED) == []


def test_whoever_saw_something_else_is_told_who_changed_it_and_may_insist(contact):
    field = a_field(name="Size")
    fill(contact, field, "M", seen="", by=TOM)

    with pytest.raises(Conflict) as late:
        fill(contact, field, "L", seen="")

    assert late.value.sentence == "Tom Berg has changed Size to “M” meanwhile. Yours is not saved yet."
    assert late.value.details == {"current": "M"}
    assert fill(contact, field, "M", seen="") == "M", "who wants the same has nothing to decide"
    assert fill(contact, field, "L", seen="M") == "L"


def test_the_same_again_tells_nobody_and_each_room_hears_once(contact):
    returns, field = a_team("Returns"), a_field()
    with transaction():
        ticket = db.session.execute(sa.select(Ticket)).scalar_one()
        tickets.close(ticket, by=SYSTEM)
        tickets.move(ticket, team=db.session.merge(returns), by=SYSTEM)

    fill(contact, field, "M")
    fill(contact, field, "M")

    assert told(EventKind.CONTACT_DESCRIBED) == [f"team:{returns.id}"]


def test_fields_are_ordered_renamed_taken_out_and_brought_back(contact):
    size, birthday = a_field(name="Size"), a_field("date", name="Birthday")
    fill(contact, size, "M")
    with transaction():
        contact_fields.move(contact_fields.by_id(birthday), up=True)
    assert [field.name for field in contact_fields.listing()] == ["Birthday", "Size"]

    with pytest.raises(Conflict), transaction():
        contact_fields.change(contact_fields.by_id(birthday), name="size", hint="")
    with transaction():
        contact_fields.remove(contact_fields.by_id(size))
    assert [each.field.name for each in contact_values.known(the(contact))] == ["Birthday"]
    with pytest.raises(NotFound):
        contact_fields.by_id(size)
    with transaction():
        contact_fields.bring_back(contact_fields.any_by_id(size))

    assert [(each.field.name, each.value) for each in contact_values.known(the(contact))] == [
        ("Birthday", ""),
        ("Size", "M"),
    ]


def test_a_field_that_nobody_could_fill_in_is_not_made(desk):
    for given in (
        {"name": " ", "kind": "text"},
        {"name": "X", "kind": "colour"},
        {"name": "X", "kind": "choice", "choices": "one"},
    ):
        with pytest.raises(HelpdeskError), transaction():
            contact_fields.add(**given)

    assert contact_fields.listing() == []


def test_a_field_s_value_that_is_no_choice_any_more_stays(contact):
    field = a_field("choice", choices="S\nM\nL")
    fill(contact, field, "L")
    with transaction():
        contact_fields.change(contact_fields.by_id(field), name="Size", hint="", choices="S\nM")

    assert fill(contact, field, "L", seen="L") == "L"
    with pytest.raises(Invalid):
        fill(contact, field, "XL", seen="L")


def test_notes_stand_the_newest_on_top_with_their_authors(contact):
    mona = an_agent("Mona Ortiz").id
    for text in ("Likes linen", "Lives in Lisbon", "Lives in Lisbon"):
        with transaction():
            contact_notes.add(the(contact), text=text, by=db.session.get_one(Agent, mona))

    notes = contact_notes.listing(the(contact))
    assert [(note.text, note.author_name) for note in notes] == [
        ("Lives in Lisbon", "Mona Ortiz"),
        ("Likes linen", "Mona Ortiz"),
    ]

    with transaction():
        by = db.session.get_one(Agent, mona)
        contact_notes.edit(db.session.merge(notes[1]), text="Likes linen and silk", by=by)
        contact_notes.remove(db.session.merge(notes[0]), by=by)
    (left,) = contact_notes.listing(the(contact))
    assert (left.text, left.edited_at is not None) == ("Likes linen and silk", True)
    with pytest.raises(Invalid), transaction():
        contact_notes.add(the(contact), text=" \n ", by=db.session.get_one(Agent, mona))


def test_tags_are_one_list_of_words_whatever_their_case(contact):
    for name in ("VIP", "vip", "Wholesale"):
        with transaction():
            contact_details.tag(the(contact), name=name, by=SYSTEM)
    with transaction():
        contact_details.untag(the(contact), name="WHOLESALE", by=SYSTEM)
        contact_details.untag(the(contact), name="nothing", by=SYSTEM)

    assert [tag.name for tag in contact_details.tags_of(the(contact))] == ["VIP"]
    assert len(told(EventKind.CONTACT_DESCRIBED)) == 3


def test_a_language_is_written_in_one_way(contact):
    for given, kept in (("DE", "de"), ("pt_br", "pt-BR"), ("zh-hant", "zh-Hant"), ("", "")):
        with transaction():
            assert contact_details.speak(the(contact), language=given, by=SYSTEM) == kept


def test_no_language_and_no_zone_is_refused(contact):
    for what, given in (("language", "klingon language"), ("zone", "Mars/Olympus")):
        with pytest.raises(Invalid), transaction():
            contact_details.CHANGES[what](the(contact), given, None, SYSTEM)


def test_a_corrected_name_stands_everywhere_and_an_empty_one_gives_back_the_platform_s(contact):
    with transaction():
        contacts.rename(the(contact), name="Ida Holm", seen="", by=SYSTEM)
    identity = db.session.execute(sa.select(Identity)).scalar_one()
    assert identity.shown_name == "Ida Holm"

    with pytest.raises(Conflict), transaction():
        contacts.rename(the(contact), name="Ida H.", seen="", by=SYSTEM)
    with transaction():
        contacts.rename(the(contact), name="", seen="Ida Holm", by=SYSTEM)

    assert db.session.get_one(Identity, identity.id).shown_name != "Ida Holm"


@pytest.fixture
def two(desk) -> tuple[int, int]:
    """The contacts of one person who writes to two inboxes."""
    an_inbox()
    second = an_inbox("Second", account_id="17841488888888888")
    first = a_ticket().conversation.identity.contact_id
    return first, a_customer_message(inbox=second, customer="98765").conversation.identity.contact_id


def merge(other: int, into: int, by: int) -> None:
    with transaction():
        contact_merging.merge(the(other), into=the(into), by=db.session.get_one(Agent, by))


def test_two_contacts_become_one_and_nothing_is_lost(two):
    into, other = two
    mona, size, city = an_agent("Mona Ortiz").id, a_field(name="Size"), a_field(name="City")
    fill(into, size, "M")
    fill(other, size, "L")
    fill(other, city, "Lisbon")
    for contact_id in two:
        with transaction():
            contact_details.tag(the(contact_id), name="VIP", by=SYSTEM)
            contact_notes.add(the(contact_id), text=f"Note {contact_id}", by=db.session.get_one(Agent, mona))

    merge(other, into, mona)

    assert db.session.get(Contact, other) is None
    assert {one.contact_id for one in db.session.execute(sa.select(Identity)).scalars()} == {into}
    assert {each.field.name: each.value for each in contact_values.known(the(into))} == {"Size": "M", "City": "Lisbon"}
    assert [tag.name for tag in contact_details.tags_of(the(into))] == ["VIP"]
    texts = [note.text for note in contact_notes.listing(the(into))]
    assert {f"Note {into}", f"Note {other}"} < set(texts)
    assert any("Size: L" in text for text in texts)
    assert len(told(EventKind.CONTACT_CHANGED)) == 2, "each of their tickets is drawn anew"
    with pytest.raises(Invalid):
        merge(into, into, mona)


def test_what_was_merged_can_be_parted_but_not_one_who_is_alone(two):
    into, other = two
    mona = an_agent().id
    merge(other, into, mona)
    last = db.session.execute(sa.select(Identity.id).order_by(Identity.id.desc())).scalars().first()

    with transaction():
        own = contact_merging.part(db.session.get_one(Identity, last), by=db.session.get_one(Agent, mona)).id

    assert own not in (into, None)
    assert len(contact_merging.identities(the(into))) == 1
    with pytest.raises(Conflict), transaction():
        contact_merging.part(db.session.get_one(Identity, last), by=db.session.get_one(Agent, mona))


def test_a_person_who_is_gone_by_now_is_not_found(two):
    into, other = two
    mona = an_agent().id
    stale = the(other)
    db.session.expunge(stale)
    merge(other, into, mona)

    with pytest.raises(NotFound), transaction():
        contact_merging.merge(stale, into=the(into), by=db.session.get_one(Agent, mona))
