"""The stories that history is told from, and filling in what differs from one telling to the next."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

STORIES = Path(__file__).with_name("stories.toml")
_DRESSES = ("Alma", "Nora", "Isla", "Freja", "Signe", "Tove", "Liv")
_KNITS = ("Lund", "Malmö", "Skagen", "Bergen", "Visby")
_SIZES = ("XS", "S", "M", "L", "XL")


@dataclass(frozen=True)
class Line:
    """`kind`: c customer, a agent, n note, e in the platform's app, r reaction, close."""

    kind: str
    text: str = ""


@dataclass(frozen=True)
class Story:
    language: str
    inbox: str
    lines: tuple[Line, ...]


class Library:
    """All stories, with the words of each language."""

    def __init__(self, path: Path = STORIES) -> None:
        content: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))
        self._words: Mapping[str, Mapping[str, Sequence[str]]] = content["words"]
        self._stories = [
            Story(row["lang"], row["inbox"], tuple(_line(turn) for turn in row["turns"])) for row in content["story"]
        ]

    def pick(self, rng: random.Random, *, language: str, inbox: str, count: int = 1) -> list[Story]:
        """Some of those in this language and inbox, none twice."""
        fitting = [one for one in self._stories if (one.language, one.inbox) == (language, inbox)]
        return rng.sample(fitting, count)

    def farewell(self, rng: random.Random, language: str) -> Line:
        """The shop's last word after the customer's thanks."""
        return Line("a", rng.choice(self._words[language]["welcome"]))

    def told(self, rng: random.Random, stories: Sequence[Story], *, first: str) -> list[list[Line]]:
        """The stories, one after the other in one request, of a customer of that first name. Answers turns: lines that
        happen together."""
        lines: list[Line] = []
        for story in stories:
            if lines and lines[-1].kind == "close":
                lines.pop()
            lines += self._filled(rng, story, first, is_more=bool(lines))
        return [list(turn) for _, turn in groupby(lines, key=lambda line: "a" if line.kind == "n" else line.kind)]

    def _filled(self, rng: random.Random, story: Story, first: str, *, is_more: bool) -> list[Line]:
        values = self._values(rng, story.language, first)
        if is_more:
            values["hello"] = values["also"]
        lines = [Line(line.kind, " ".join(line.text.format_map(values).split())) for line in story.lines]
        return [line for line in lines if line.text or line.kind == "close"]

    def _values(self, rng: random.Random, language: str, first: str) -> dict[str, str]:
        words = {name: rng.choice(choices) for name, choices in self._words[language].items()}
        dress, dress2 = rng.sample(_DRESSES, 2)
        small = rng.randrange(len(_SIZES) - 1)
        return {
            **words,
            "first": first,
            "dress": dress,
            "dress2": dress2,
            "knit": rng.choice(_KNITS),
            "size": _SIZES[small],
            "size2": _SIZES[small + 1],
            "colour2": rng.choice([one for one in self._words[language]["colour"] if one != words["colour"]]),
            "order": f"#{rng.randrange(18_200, 20_300)}",
            "code": "".join(rng.choices("ACDEFHKLMNPRTUVWXY3479", k=6)),
        }


def _line(turn: str) -> Line:
    kind, _, text = turn.partition(":")
    return Line(kind, text.strip())
