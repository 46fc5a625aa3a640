"""What can be done by a key, everywhere in the console: one list for the keys, the palette, the list of keys and the
page on which agents choose their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helpdesk.errors import Invalid
from helpdesk.models import Agent


@dataclass(frozen=True)
class Action:
    """`name` is what the scripts know it by (static/js/lib/actions.js), `key` is its usual key, "" for none.
    `in_fields`: its key works while one writes, too, and so needs Ctrl."""

    name: str
    words: str
    group: str
    key: str = ""
    in_fields: bool = False


@dataclass(frozen=True)
class Shown:
    """An action with the key that it has for somebody, in the pieces that are shown: `["Ctrl", "K"]`."""

    action: Action
    key: str
    pieces: Sequence[str]


LIST, TICKET, COMPOSER, ANYWHERE = "The list", "The open ticket", "The composer", "Anywhere"
ACTIONS = (
    Action("next", "Next ticket", LIST, "j"),
    Action("previous", "Previous ticket", LIST, "k"),
    Action("pick", "Select the ticket", LIST, "x"),
    Action("pick_next", "Select the next one too", LIST, "shift+j"),
    Action("pick_previous", "Select the previous one too", LIST, "shift+k"),
    Action("search", "Search", LIST, "/"),
    Action("reply", "Write a reply", TICKET, "r"),
    Action("note", "Write a note", TICKET, "n"),
    Action("take", "Assign to me", TICKET, "a"),
    Action("assign", "Assign or move …", TICKET, "shift+a"),
    Action("close", "Close, or reopen", TICKET, "e"),
    Action("snooze", "Snooze …", TICKET, "z"),
    Action("wait", "Leave to the customer", TICKET, "w"),
    Action("resume", "Take up again", TICKET, "o"),
    Action("priority", "Priority …", TICKET, "p"),
    Action("tags", "Tags …", TICKET, "t"),
    Action("more", "Split, merge, link, status …", TICKET, "m"),
    Action("customer", "About the customer", TICKET, "i"),
    Action("send_close", "Send and close", COMPOSER, "mod+shift+enter", in_fields=True),
    Action("send_wait", "Send and leave to the customer", COMPOSER, in_fields=True),
    Action("send_snooze", "Send and snooze …", COMPOSER, in_fields=True),
    Action("attach", "Attach files", COMPOSER, in_fields=True),
    Action("palette", "Do anything: the palette", ANYWHERE, "mod+k", in_fields=True),
    Action("keys", "The list of keys", ANYWHERE, "?"),
)
BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}

_KEY = re.compile(r"(?:mod\+)?(?:shift\+)?(?:[a-z0-9]|[!-/:-@\[-`{-~]|enter|f[1-9])")
# What browsers keep for themselves, or what everybody's hands do in a field.
_TAKEN = frozenset(f"mod+{each}" for each in "acvxzyfpsrtnwqlo0-+=")
_SENDING = ("enter", "mod+enter", "shift+enter")  # the composer's own
_NAMES = {"mod": "Ctrl", "shift": "⇧", "enter": "↵"}


def of(agent: Agent) -> dict[str, str]:
    """Every action's key for this agent, "" for none."""
    return {action.name: str(agent.keys.get(action.name, action.key)) for action in ACTIONS}


def shown(agent: Agent) -> Mapping[str, Sequence[Shown]]:
    """The same in groups, to be read by people."""
    keys, groups = of(agent), dict[str, list[Shown]]()
    for action in ACTIONS:
        key = keys[action.name]
        groups.setdefault(action.group, []).append(Shown(action, key, pieces(key)))
    return groups


def listed(agent: Agent) -> list[dict[str, object]]:
    """The same as the scripts need it."""
    keys = of(agent)
    return [
        {
            "name": one.name,
            "words": one.words,
            "group": one.group,
            "key": keys[one.name],
            "pieces": pieces(keys[one.name]),
        }
        for one in ACTIONS
    ]


def pieces(key: str) -> list[str]:
    """ "mod+shift+k" → `["Ctrl", "⇧", "K"]`."""
    if not key:
        return []
    *held, last = key.split("+") if not key.endswith("+") else [*key[:-2].split("+"), "+"]
    return [_NAMES.get(each, each.upper()) for each in (*held, last) if each]


def choose(agent: Agent, keys: Mapping[str, str], *, sends_by_enter: bool) -> None:
    """Their keys from now on, as they typed them; what is not named keeps its usual key. Raises Invalid with
    `problems`: a sentence for each action whose key cannot be used."""
    cleaned = {action.name: clean(keys.get(action.name, action.key)) for action in ACTIONS}
    problems = {name: problem for name, key in cleaned.items() if (problem := _problem(BY_NAME[name], key))}
    for name, key in cleaned.items():
        first = next(other for other, theirs in cleaned.items() if theirs == key)
        if key and first != name and name not in problems:
            problems[name] = f"{' '.join(pieces(key))} is the key of “{BY_NAME[first].words}” already."
    if problems:
        raise Invalid("Some keys cannot be used. Nothing was changed yet.", problems=problems)
    agent.keys = {name: key for name, key in cleaned.items() if key != BY_NAME[name].key}
    agent.sends_by_enter = sends_by_enter


def clean(typed: str) -> str:
    """The one spelling in which keys are kept: "Ctrl + K" → "mod+k"."""
    key = "".join(typed.lower().split()).replace("⇧", "shift+").replace("⌘", "mod+").replace("↵", "enter")
    for name in ("ctrl+", "cmd+", "meta+", "command+"):
        key = key.replace(name, "mod+")
    key = key.replace("++", "+") if not key.endswith("++") else key
    return f"mod+shift+{key.removeprefix('shift+mod+')}" if key.startswith("shift+mod+") else key


def _problem(action: Action, key: str) -> str:
    """Why the action cannot have this key, "" when it can."""
    if not key:
        return ""
    if "alt+" in key:
        return "Alt and a letter writes letters on many keyboards. Choose a key without Alt."
    if not _KEY.fullmatch(key):
        return "That is no key. Good ones: a, ?, shift+a, mod+k (Ctrl, on a Mac ⌘), f2."
    if key in _TAKEN:
        return f"{' '.join(pieces(key))} belongs to the browser. Choose another one."
    if key in _SENDING:
        return f"{' '.join(pieces(key))} is for sending and new lines in the composer."
    if action.in_fields and not key.startswith("mod+") and not re.fullmatch(r"f[1-9]", key):
        return "This one works while you write, so its key needs Ctrl (mod+…) or is one of F1 to F9."
    return ""
