"""Which passwords a person may choose, and hashing them. Hashing takes about 80 ms: never inside `transaction()`."""

from __future__ import annotations

import re
from typing import NewType

from helpdesk import secrets
from helpdesk.errors import Invalid

SHORTEST = 10  # characters
DISTINCT = 6  # different characters that must be left once the guessable parts are gone

PasswordHash = NewType("PasswordHash", str)

# What guessing programs try first: the words that the common passwords of ten characters and more are made of.
_GUESSED = (
    "administrator", "admin", "passwort", "password", "passw0rd", "p@ssword", "p@ssw0rd", "pass", "welcome",
    "letmein", "iloveyou", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "qwerty", "qwertz",
    "azerty", "asdfgh", "1q2w3e4r5t", "1q2w3e4r", "1qaz2wsx3edc", "1qaz2wsx", "q1w2e3r4", "football", "baseball",
    "basketball", "superman", "batman", "starwars", "pokemon", "princess", "sunshine", "monkey", "dragon",
    "master", "shadow", "michael", "jennifer", "liverpool", "arsenal", "chelsea", "computer", "internet",
    "samsung", "google", "facebook", "instagram", "whatsapp", "telegram", "messenger", "trustno1", "changeme",
    "default", "secret", "test", "temp", "guest", "user", "root", "login", "hello", "love", "summer", "winter",
    "spring", "autumn", "january", "february", "helpdesk", "support", "service", "customer", "company", "team",
    "desk",
)  # fmt: skip


def hashed(password: str, *, about: tuple[str, ...] = ()) -> PasswordHash:
    """The hash to keep of a new password. `about`: words that others know of this person (e-mail address, name).

    Raises Invalid with what to change.
    """
    problem = weakness(password, about=about)
    if problem:
        raise Invalid(problem)
    return PasswordHash(secrets.hash_password(password))


def weakness(password: str, *, about: tuple[str, ...] = ()) -> str:
    """Why this password is refused, as a sentence; "" when it is good."""
    if len(password) > secrets.PASSWORD_LIMIT:
        return f"A password has at most {secrets.PASSWORD_LIMIT:,} characters."
    if len(password) < SHORTEST:
        return f"A password needs at least {SHORTEST} characters. Three or four words in a row are easy to remember."
    if len(set(_unguessable(password, about))) < DISTINCT:
        return "Others would try this password first. Take three or four words that do not belong together."
    return ""


def _unguessable(password: str, about: tuple[str, ...]) -> str:
    """What is left of it without common words, what is known of the person, and runs like 1234, cba or aaa."""
    rest = password.casefold()
    known = [word for text in about for word in re.split(r"[\W_]+", text.casefold()) if len(word) > 2]
    for word in sorted([*_GUESSED, *known], key=len, reverse=True):
        rest = rest.replace(word, "")
    return _without_runs(rest)


def _without_runs(text: str) -> str:
    kept: list[str] = []
    start = 0
    while start < len(text):
        end = _end_of_run(text, start)
        if end - start < 3:
            end = start + 1
            kept.append(text[start])
        start = end
    return "".join(kept)


def _end_of_run(text: str, start: int) -> int:
    """The index after the longest run from `start` whose characters rise by one, fall by one or stay the same."""
    longest = start + 1
    for step in (-1, 0, 1):
        end = start + 1
        while end < len(text) and ord(text[end]) - ord(text[end - 1]) == step:
            end += 1
        longest = max(longest, end)
    return longest
