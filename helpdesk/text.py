"""Text at the border: cleaning what people send, cutting it between visible characters, splitting it for a platform.

Everything a customer sends is text. It is stored as typed, but for what databases, logs and screens cannot hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from helpdesk.graphemes import cut, graphemes

TEXT_LIMIT = 65_536  # characters of a message
LINE_LIMIT = 200  # characters of a name or a title
REPLACEMENT = "\ufffd"

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # PostgreSQL takes no NUL, no database a lone surrogate
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # C0 and C1 without tab and line feed
_LINE_ENDS = re.compile("\r\n?")
_DECEIVING = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff]")  # direction overrides, invisible spaces
_SPACES = re.compile(r"\s+")
_SENTENCE_ENDS = frozenset(".!?…।؟")
_WIDE_ENDS = frozenset("。！？")
_CLOSING = frozenset("\"'”’»)]}")


def clean_text(value: str, limit: int = TEXT_LIMIT) -> str:
    """`value` as it may be stored and shown: at most `limit` characters, cut between visible characters.

    NUL and lone surrogates become U+FFFD, line ends become \\n, other control characters go. All else stays as typed.
    """
    text = _UNSTORABLE.sub(REPLACEMENT, _LINE_ENDS.sub("\n", value))
    return cut(_CONTROLS.sub("", text), limit)


def is_cut(value: str, limit: int = TEXT_LIMIT) -> bool:
    """Would `clean_text` cut it?"""
    return len(value) > limit and len(clean_text(value, limit + 1)) > limit


def clean_line(value: object, limit: int = LINE_LIMIT) -> str:
    """A name, title or file name on one line: cleaned, spaces folded, no signs that turn the writing direction.

    What is no text at all (platforms send null and numbers where a name should be) is "".
    """
    if not isinstance(value, str):
        return ""
    spaced = _SPACES.sub(" ", value[: limit * 50])  # enough to see what a name is, whatever was sent
    return cut(_SPACES.sub(" ", _DECEIVING.sub("", clean_text(spaced))).strip(), limit).rstrip()


def excerpt(text: str, limit: int) -> str:
    """The beginning of `text` on one line, at most `limit` characters with the "…", cut at a word if there is one."""
    line = _SPACES.sub(" ", text[: limit * 4]).strip()
    if len(line) <= limit and len(text) <= limit * 4:
        return line
    head = cut(line, limit - 1)
    at_word = head.rpartition(" ")[0] if not line[len(head) :].startswith(" ") else head
    return (at_word if len(at_word) >= limit // 2 else head).rstrip() + "…"


def split_text(text: str, limit: int, unit: str = "characters") -> list[str]:
    """`text` in parts of at most `limit` units ("characters", or "bytes" of UTF-8), blanks at the seams removed.

    Cuts at the end of a sentence if that leaves the part more than half full, else between words, else between visible
    characters. Raises ValueError for another unit or a limit below 4.
    """
    if limit < 4 or unit not in _SIZES:
        raise ValueError(f"cannot split text to {limit} {unit}")
    size = _SIZES[unit]
    rest = [piece for cluster in graphemes(text) for piece in _fitting(cluster, limit, size)]
    parts = []
    while rest := _stripped(rest):
        end = _seam(rest, limit, size)
        parts.append("".join(rest[:end]).rstrip())
        rest = rest[end:]
    return parts


_SIZES: dict[str, Callable[[str], int]] = {"characters": len, "bytes": lambda piece: len(piece.encode())}


def _fitting(cluster: str, limit: int, size: Callable[[str], int]) -> list[str]:
    """The cluster whole, or its characters one by one when it alone is too long (hundreds of stacked marks)."""
    return [cluster] if size(cluster) <= limit else list(cluster)


def _stripped(pieces: list[str]) -> list[str]:
    """Without the blanks at the beginning; a blank that carries a mark stays."""
    start = next((index for index, piece in enumerate(pieces) if not piece.isspace()), len(pieces))
    return pieces[start:]


def _seam(pieces: list[str], limit: int, size: Callable[[str], int]) -> int:
    """How many pieces the next part takes."""
    ends, used = [0], 0
    for piece in pieces:
        used += size(piece)
        if used > limit:
            break
        ends.append(used)
    most = len(ends) - 1
    if most == len(pieces):
        return most
    candidates = range(most, 0, -1)
    sentences = (end for end in candidates if ends[end] > limit // 2 and _ends_sentence(pieces, end))
    words = (end for end in candidates if pieces[end].isspace())
    return next(sentences, 0) or next(words, 0) or most


def _ends_sentence(pieces: list[str], end: int) -> bool:
    """Does a sentence or a line end before `pieces[end]`?"""
    if "\n" in pieces[end]:
        return True
    last = end - 1
    while last > 0 and pieces[last] in _CLOSING:
        last -= 1
    if pieces[last] in _WIDE_ENDS:  # no blank follows them
        return True
    return pieces[last] in _SENTENCE_ENDS and pieces[end].isspace()
