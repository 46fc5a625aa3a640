"""Where one visible character ends and the next begins (Unicode's extended grapheme clusters, UAX #29).

Python has no such table; these ranges are the ones that messages need: combining marks, emoji with joiners, skin tones
and flags, Hangul, and the conjuncts of Indic scripts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

ZWJ = "\u200d"
_PICTOGRAPHS = (
    (0xA9, 0xA9), (0xAE, 0xAE), (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2122), (0x2139, 0x2139),
    (0x2194, 0x21AA), (0x231A, 0x23FF), (0x24C2, 0x24C2), (0x25AA, 0x25FE), (0x2600, 0x27BF), (0x2934, 0x2935),
    (0x2B05, 0x2B55), (0x3030, 0x3030), (0x303D, 0x303D), (0x3297, 0x3299), (0x1F000, 0x1F1E5), (0x1F200, 0x1F3FA),
    (0x1F400, 0x1FAFF), (0x1FC00, 0x1FFFD),
)  # fmt: skip
_INDIC_BLOCKS = (0x900, 0x980, 0xA80, 0xB00, 0xC00, 0xD00)  # Devanagari, Bengali, Gujarati, Oriya, Telugu, Malayalam


def graphemes(text: str) -> Iterator[str]:
    """The clusters of `text`, in order; joined they are `text`."""
    start = 0
    state = _State()
    for index, character in enumerate(text):
        if state.breaks_before(character) and index > start:
            yield text[start:index]
            start = index
        state.take(character)
    if start < len(text):
        yield text[start:]


def cut(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` characters that ends between clusters (a longer one is cut through)."""
    if len(text) <= limit:
        return text
    end = 0
    for cluster in graphemes(text[: limit + 1]):  # the character behind the limit shows whether a cluster ends there
        if end + len(cluster) > limit:
            break
        end += len(cluster)
    return text[: end or limit]


class _State:
    """What of the text so far decides whether the next character belongs to the same cluster."""

    def __init__(self) -> None:
        self.last = "start"  # class of the last character
        self.flags = 0  # regional indicators in a row
        self.is_pictograph = False  # a pictograph, then marks
        self.conjunct = 0  # block of an Indic consonant, then marks
        self.has_virama = False

    def breaks_before(self, character: str) -> bool:
        kind, last = _kind(character), self.last
        if last == "cr" and character == "\n":
            return False
        if "control" in (last, kind) or "cr" in (last, kind):
            return True
        if kind in ("extend", "joiner", "spacing") or last == "prepend":
            return False
        if kind == "pictograph" and last == "joiner" and self.is_pictograph:
            return False
        if kind == "flag" and self.flags % 2:
            return False
        if self.has_virama and self.conjunct == _consonant_block(character):
            return False
        return kind not in _HANGUL_JOINS.get(last, ())

    def take(self, character: str) -> None:
        kind = _kind(character)
        self.flags = self.flags + 1 if kind == "flag" else 0
        if kind not in ("extend", "joiner"):
            self.is_pictograph = kind == "pictograph"
            self.conjunct = _consonant_block(character)
            self.has_virama = False
        elif kind == "extend" and unicodedata.combining(character) == 9:
            self.has_virama = self.conjunct != 0
        self.last = kind


_HANGUL_JOINS = {"L": ("L", "V", "LV", "LVT"), "V": ("V", "T"), "LV": ("V", "T"), "T": ("T",), "LVT": ("T",)}


@lru_cache(4096)
def _kind(character: str) -> str:
    code = ord(character)
    if 0x20 <= code < 0x7F:
        return "other"
    if character == "\r":
        return "cr"
    if character == ZWJ:
        return "joiner"
    category = unicodedata.category(character)
    if category in ("Mn", "Me") or code in (0x200C, 0xFF9E, 0xFF9F) or 0x1F3FB <= code <= 0x1F3FF:
        return "extend"
    if 0xE0020 <= code <= 0xE007F:  # the tags that spell a flag's region
        return "extend"
    if category == "Mc" or code in (0xE33, 0xEB3):  # with Thai and Lao AM
        return "spacing"
    if category in ("Cc", "Cf", "Zl", "Zp"):
        return "prepend" if code in _PREPENDED else "control"
    if 0x1F1E6 <= code <= 0x1F1FF:
        return "flag"
    if any(first <= code <= last for first, last in _PICTOGRAPHS):
        return "pictograph"
    return _hangul(code)


_PREPENDED = (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2)  # Arabic number signs


def _hangul(code: int) -> str:
    if 0xAC00 <= code <= 0xD7A3:
        return "LVT" if (code - 0xAC00) % 28 else "LV"
    if 0x1100 <= code <= 0x115F or 0xA960 <= code <= 0xA97C:
        return "L"
    if 0x1160 <= code <= 0x11A7 or 0xD7B0 <= code <= 0xD7C6:
        return "V"
    if 0x11A8 <= code <= 0x11FF or 0xD7CB <= code <= 0xD7FB:
        return "T"
    return "other"


@lru_cache(4096)
def _consonant_block(character: str) -> int:
    """The Indic block whose consonants join over a virama, 0 for every other character."""
    block = ord(character) & ~0x7F
    return block if block in _INDIC_BLOCKS and unicodedata.category(character) == "Lo" else 0
