"""Who is there: told to those who look at the same ticket, gone a little after they are."""

from __future__ import annotations

from helpdesk import queue
from helpdesk.realtime.presence import GRACE, NOTE, REPLY, TYPING, Person, Presence, Shared
from tests.factories import a_ticket, an_agent

MONA, TOM = Person(1, "Mona", "M"), Person(2, "Tom", "T")


class Hands:
    """A monotonic clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def names(presence: Presence, ticket: int) -> list[tuple[str, str]]:
    return [(person.name, person.typing) for person in presence.people(ticket)]


def test_a_lost_connection_is_missed_twenty_seconds_later():
    now = Hands()
    presence = Presence(now)
    presence.look("a", 7, MONA)
    presence.lost("a")

    now.seconds += GRACE - 1
    early = presence.sweep()
    now.seconds += 1
    late = presence.sweep()

    assert (early, late) == (set(), {7})
    assert names(presence, 7) == []


def test_who_comes_back_is_there_once_and_does_not_leave_again():
    now = Hands()
    presence = Presence(now)
    presence.look("a", 7, MONA)
    presence.lost("a")
    presence.look("b", 7, MONA)

    now.seconds += GRACE
    presence.sweep()

    assert names(presence, 7) == [("Mona", "")]


def test_who_looks_elsewhere_is_gone_at_once():
    presence = Presence(Hands())
    presence.look("a", 7, MONA)

    changed = presence.look("a", 8, MONA)

    assert changed == {7, 8}
    assert names(presence, 7) == []


def test_typing_is_news_once_and_ends_by_itself():
    now = Hands()
    presence = Presence(now)
    presence.look("a", 7, MONA)

    first, again = presence.typing("a", 7, REPLY), presence.typing("a", 7, REPLY)
    now.seconds += TYPING
    changed = presence.sweep()

    assert (first, again, changed) == (True, False, {7})
    assert names(presence, 7) == [("Mona", "")]


def test_two_windows_are_one_person_who_types_in_one_of_them():
    presence = Presence(Hands())
    presence.look("a", 7, MONA)
    presence.look("b", 7, MONA)
    presence.look("c", 7, TOM)

    presence.typing("b", 7, NOTE)

    assert names(presence, 7) == [("Mona", "note"), ("Tom", "")]


def test_nobody_types_where_they_do_not_look():
    presence = Presence(Hands())
    presence.look("a", 7, MONA)

    assert presence.typing("a", 8, REPLY) is False
    assert presence.typing("z", 7, REPLY) is False


def test_colleagues_at_the_same_ticket_see_each_other_and_others_do_not(live, place):
    ticket = a_ticket(inbox=place.inbox)
    mona, tom = an_agent("Mona Ortiz", team=place.team), an_agent("Tom Reed", team=place.team)
    one, two, elsewhere = live.enter(mona), live.enter(tom), live.enter(an_agent(team=place.team))

    one.say("look", {"ticket": ticket.number})
    two.say("look", {"ticket": ticket.number})
    two.wait_for("presence")
    two.say("typing", {"ticket": ticket.number, "as": "reply"})

    told = one.wait_for("presence")
    while not any(agent["typing"] for agent in told["agents"]):
        told = one.wait_for("presence")
    assert [(agent["name"], agent["typing"]) for agent in told["agents"]] == [("Mona Ortiz", ""), ("Tom Reed", "reply")]
    elsewhere.fence()
    assert [name for name, _ in elsewhere.heard if name == "presence"] == []


def test_a_ticket_of_another_team_cannot_be_looked_at(live, place):
    ticket = a_ticket(inbox=place.inbox)
    insider, outsider = live.enter(an_agent(team=place.team)), live.enter(an_agent(team="Returns"))
    insider.say("look", {"ticket": ticket.number})
    insider.wait_for("presence")

    outsider.say("look", {"ticket": ticket.number})
    outsider.say("typing", {"ticket": ticket.number, "as": "reply"})
    outsider.fence()
    insider.fence()

    assert [name for name, _ in [*outsider.heard, *insider.heard] if name == "presence"] == []


def test_a_reply_being_typed_is_left_for_the_customer_once_a_note_never(own_live, valkey):
    live, _ = own_live
    ticket, page = a_ticket(), live.enter(an_agent())
    page.say("look", {"ticket": ticket.number})

    page.say("typing", {"ticket": ticket.number, "as": "note"})
    page.fence()
    after_a_note = queue.typing_due()
    page.say("typing", {"ticket": ticket.number, "as": "reply"})
    page.say("typing", {"ticket": ticket.number, "as": "reply"})
    page.fence()

    assert after_a_note == []
    assert queue.typing_due() == [ticket.number]
    page.say("typing", {"ticket": ticket.number, "as": "reply"})
    page.fence()
    assert queue.typing_due() == []


def test_two_processes_know_of_each_other_s_people(desk):
    one, other = Shared(), Shared()
    one.tell(7, [MONA])

    assert other.tell(7, [TOM]) == [MONA, TOM]
    assert one.tell(7, []) == [TOM]


def test_without_redis_each_process_knows_its_own(desk, valkey):
    valkey.stop()

    assert Shared().tell(7, [MONA]) == [MONA]
