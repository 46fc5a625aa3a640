"""For everything that can happen: an old page that is told of it, by the socket, by the cursor or by both, becomes the
page that one would get anew."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import events
from helpdesk.models import Event, EventKind
from helpdesk.realtime.broadcasts import Maker, Screens, reload
from helpdesk.subscribers import REACTIONS
from tests.realtime.happenings import HAPPENINGS
from tests.realtime.scene import a_scene
from tests.realtime.screen import Screen, elements, without_seq
from tests.support.console import Console


def _makers(kind: EventKind) -> set[Maker]:
    return {make for told in REACTIONS[kind] if isinstance(told, Screens) for make in told.makers}


def _one_for_each_maker() -> list[EventKind]:
    """Kinds that between them change a page in every way there is."""
    known: set[Maker] = set()
    found = []
    for kind in EventKind:
        if not _makers(kind) <= known:
            found.append(kind)
            known |= _makers(kind)
    return found


def a_page(console: Console, number: int) -> Screen:
    """The ticket as its page is now."""
    thread = elements(console.get(f"/tickets/{number}").text)
    thread.pop(f"header-{number}")
    return Screen(thread, console.get(f"/tickets/{number}/header").text)


def _events_after(seq: int) -> list[Event]:
    return list(db.session.execute(sa.select(Event).where(Event.seq > seq).order_by(Event.seq)).scalars())


def test_there_is_a_happening_for_every_kind():
    assert set(HAPPENINGS) == set(EventKind)


@pytest.mark.parametrize("kind", EventKind, ids=str)
def test_an_old_page_becomes_the_new_one(desk, client, wire, kind):
    _becomes_the_new_one(client, wire, kind)


@pytest.mark.postgres_only
@pytest.mark.parametrize("kind", _one_for_each_maker(), ids=str)
def test_an_old_page_becomes_the_new_one_on_postgresql(desk, client, wire, kind):
    _becomes_the_new_one(client, wire, kind)


def _becomes_the_new_one(client: Any, wire: Any, kind: EventKind) -> None:
    scene = a_scene()
    console, heard = client(scene.agent), wire(scene.agent)
    number, upto = scene.ticket.number, events.upto()
    before = a_page(console, number)

    HAPPENINGS[kind](scene)

    told, recorded = heard.events, _events_after(upto)
    assert kind in {event.kind for event in recorded}
    _assert_without_gaps(told, recorded)
    live, late, both = (copy.deepcopy(before) for _ in range(3))
    for event in told:
        live.apply(event["streams"], event["seq"])
    answer = console.get(f"/changes?since={upto}").json
    late.apply(answer["streams"], answer["upto"])
    both.apply(answer["streams"], answer["upto"])
    for event in reversed(told):
        both.apply(event["streams"], event["seq"])
    now = a_page(console, number)
    is_loaded = any(reload in _makers(event.kind) for event in recorded)
    for screen in (live, late, both):
        assert screen.elements == now.elements
        if is_loaded:
            assert f"ticket-{number}" in screen.hints
        else:
            assert without_seq(screen.header) == without_seq(now.header)
    assert {hint for hint in live.hints if hint.startswith("row-")} == {
        hint for hint in late.hints if hint.startswith("row-")
    }


def _assert_without_gaps(told: list[dict[str, Any]], recorded: list[Event]) -> None:
    """The room hears of every event, each with the number of the one before it."""
    assert [event["seq"] for event in told] == [event.seq for event in recorded]
    for room in {event.room for event in recorded}:
        numbers = [(event["prev"], event["seq"]) for event in told if event["room"] == room]
        assert all(prev == earlier for (_, earlier), (prev, _) in itertools.pairwise(numbers))
