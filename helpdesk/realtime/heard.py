"""Which events a process that holds sockets has been told of, beside those that there are: who tells may be cut off
from Redis while we are not, and nothing else would show it before the pages' next question."""

from __future__ import annotations


class Heard:
    """Asked again and again; each time about the events of the time before, since an event is told after its commit."""

    def __init__(self) -> None:
        self._seqs: set[int] = set()
        self._settled: int | None = None  # everything up to here was heard, or its loss was told
        self._due = 0  # up to here it must have been heard by the next time

    def begin(self, upto: int) -> None:
        """Somebody is there, who will ask what there was until now. `upto`: the newest event that is committed."""
        if self._settled is None:
            self._settled = self._due = upto

    def note(self, seq: int) -> None:
        self._seqs.add(seq)

    def forget(self) -> None:
        """Nobody is there to hear."""
        self._seqs.clear()
        self._settled = None

    def has_missed(self, upto: int) -> bool:
        """`upto`: the newest event that is committed now. Is one of those missing that were the newest last time, or
        came before it? Each loss is told once."""
        self.begin(upto)
        is_lost = any(seq not in self._seqs for seq in range((self._settled or 0) + 1, self._due + 1))
        self._seqs = {seq for seq in self._seqs if seq > self._due}
        self._settled, self._due = self._due, upto
        return is_lost
