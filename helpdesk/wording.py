"""Text as it is searched: folded to words of small letters without accents, and found again in the text as written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

LONGEST_WORD = 200  # characters; PostgreSQL takes no word of more than 2,046 bytes

_LETTERS = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h"}
# Scripts that put no spaces between words: each sign is a word of its own, so that any part of a sentence is found.
_ALONE = ((0x2E80, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_MARKS_THAT_ARE_LETTERS = ((0x0900, 0x1AAF), (0x3099, 0x309A))  # vowels of India and its neighbours, kana's voice
_TOO_LONG = re.compile(rf"\S{{{LONGEST_WORD}}}(?=\S)")


class _Folded(dict[int, str]):
    """What each character becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _piece(chr(code))
        return found


_TABLE = _Folded()


def folded(text: str) -> str:
    """`text` as words between single spaces, with one at either end: " cafe creme ". "" when there are none.

    Case and accents are folded ("Café" is "cafe", "Straße" is "strasse"); signs that no word is made of go, except
    emoji, which are words."""
    words = " ".join(unicodedata.normalize("NFC", text).translate(_TABLE).split())
    return f" {_TOO_LONG.sub(_parted, words)} " if words else ""


def stands_alone(character: str) -> bool:
    """Is it a word by itself, as emoji are and the signs of scripts that put no spaces between words?"""
    category = unicodedata.category(character)
    return category == "So" or (category[0] in "LN" and _is_in(character, _ALONE))


def spans(text: str, patterns: Sequence[str]) -> list[tuple[int, int]]:
    """Where folded `patterns` stand in `text` (in its normal form NFC), in order and apart: [(start, end)]."""
    signs, places = _laid_out(text)
    line = "".join(signs)
    found = sorted(span for pattern in patterns if pattern.strip() for span in _occurrences(line, pattern, places))
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _occurrences(line: str, pattern: str, places: Sequence[int]) -> Iterator[tuple[int, int]]:
    before, after = len(pattern) - len(pattern.lstrip()), len(pattern) - len(pattern.rstrip())
    at = line.find(pattern)
    while at >= 0:
        yield places[at + before], places[at + len(pattern) - after - 1] + 1
        at = line.find(pattern, at + 1)


def _laid_out(text: str) -> tuple[list[str], list[int]]:
    """The folded line, sign by sign, and for each of them the place of the character that it comes from."""
    signs, places = [" "], [0]
    for place, character in enumerate(unicodedata.normalize("NFC", text)):
        for sign in _TABLE[ord(character)]:
            if sign != " " or signs[-1] != " ":
                signs.append(sign)
                places.append(place)
    return [*signs, " "], [*places, len(text)]


def _piece(character: str) -> str:
    """A character folded: letters, "" for a mark that goes, " " for what parts words."""
    plain = "".join(part for part in unicodedata.normalize("NFKD", character) if not _is_accent(part)).casefold()
    plain = unicodedata.normalize("NFC", "".join(part for part in plain if not _is_accent(part)))
    return "".join(_sign(part) for part in plain)


def _sign(character: str) -> str:
    category = unicodedata.category(character)
    if stands_alone(character):
        return f" {character} "
    if category[0] in "LNM":
        return _LETTERS.get(character, character)
    return "" if category == "Cf" else " "


def _is_accent(character: str) -> bool:
    is_mark = unicodedata.category(character) in ("Mn", "Me") or character == "\u0640"  # and Arabic's stretching
    return is_mark and not _is_in(character, _MARKS_THAT_ARE_LETTERS)


def _is_in(character: str, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= ord(character) <= last for first, last in ranges)


def _parted(word: re.Match[str]) -> str:
    return f"{word.group()} "
