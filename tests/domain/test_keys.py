"""Which keys agents may choose, and what they are told about those they may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helpdesk.db import db, transaction
from helpdesk.domain import keys
from helpdesk.errors import Invalid
from helpdesk.models import Agent
from tests.factories import an_agent

pytestmark = pytest.mark.usefixtures("desk")


def chooses(agent: Agent, *, sends_by_enter: bool = True, **chosen: str) -> dict[str, str]:
    with transaction():
        keys.choose(db.session.get_one(Agent, agent.id), chosen, sends_by_enter=sends_by_enter)
    return keys.of(db.session.get_one(Agent, agent.id))


def problems(agent: Agent, **chosen: str) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        chooses(agent, **chosen)
    found = refused.value.details["problems"]
    assert isinstance(found, dict)
    return found


def test_keys_are_changed_and_switched_off_and_the_others_stay():
    mona = an_agent()

    has = chooses(mona, take="T", tags="", palette="Ctrl + Shift + P", sends_by_enter=False)

    assert (has["take"], has["tags"], has["palette"], has["close"]) == ("t", "", "mod+shift+p", "e")
    assert not db.session.get_one(Agent, mona.id).sends_by_enter
    assert keys.of(an_agent())["take"] == "a"


def test_a_conflict_is_told_at_the_second_of_the_two_and_nothing_changes():
    mona = an_agent()

    assert problems(mona, close="r") == {"close": "R is the key of “Write a reply” already."}
    assert keys.of(db.session.get_one(Agent, mona.id))["close"] == "e"


def test_two_actions_can_swap_their_keys():
    has = chooses(an_agent(), reply="n", note="r")

    assert (has["reply"], has["note"]) == ("n", "r")


@pytest.mark.parametrize(
    ("key", "told"),
    {
        "alt+a": "without Alt",
        "mod+t": "belongs to the browser",
        "enter": "for sending",
        "hello": "no key",
        "mod+": "no key",
        "ä": "no key",
        "<b>": "no key",
    }.items(),
)
def test_what_cannot_be_a_key_is_told(key: str, told: str):
    assert told in problems(an_agent(), take=key)["take"]


def test_what_works_while_one_writes_needs_ctrl():
    assert "needs Ctrl" in problems(an_agent(), send_snooze="s")["send_snooze"]
    assert chooses(an_agent(), send_snooze="f4")["send_snooze"] == "f4"


def test_the_usual_keys_can_be_chosen_and_none_of_them_comes_twice():
    usual = {action.name: action.key for action in keys.ACTIONS}

    assert chooses(an_agent(), **usual) == usual


def test_keys_are_shown_in_pieces():
    assert keys.pieces("mod+shift+enter") == ["Ctrl", "⇧", "↵"]
    assert keys.pieces("shift+a") == ["⇧", "A"]
    assert keys.pieces("?") == ["?"]
    assert keys.pieces("mod++") == ["Ctrl", "+"]
    assert keys.pieces("+") == ["+"]
    assert keys.pieces("") == []


def test_the_page_has_a_deed_for_every_action_and_no_other():
    script = (Path(__file__).parents[2] / "static/js/lib/actions.js").read_text("utf-8")

    assert re.findall(r"^  (\w+): \{ press:", script, re.MULTILINE) == [action.name for action in keys.ACTIONS]
