"""Text for the page: its emoji, its colours."""

from __future__ import annotations

import unicodedata

from helpdesk.graphemes import graphemes

TONES = 5
BIG_EMOJI = 3  # this many or fewer, alone, are drawn large


def is_emoji_only(text: str) -> bool:
    """One to three emoji and nothing else."""
    clusters = [cluster for cluster in graphemes(text.strip()[:100]) if not cluster.isspace()]
    return 0 < len(clusters) <= BIG_EMOJI and len(text) <= 100 and all(_is_emoji(cluster) for cluster in clusters)


def tone(id: int | None) -> str:
    """The class that gives a person their colour, always the same one."""
    return f"tone-{(id or 0) % TONES + 1}"


def _is_emoji(cluster: str) -> bool:
    first = cluster[0]
    if "\ufe0f" in cluster or "\u20e3" in cluster:
        return True
    return ord(first) > 0x2190 and unicodedata.category(first) == "So"
