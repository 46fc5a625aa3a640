"""How a request arrives: what of it is here, how long the rest may take, and the pace that a long body must keep."""

from __future__ import annotations

import re
import time

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn
from werkzeug.exceptions import RequestTimeout

ARRIVE_WITHIN = 10.0  # seconds for a head and a short body
LONG_BODY = 64 * 1024  # bytes; from here on it is an upload
UPLOAD_WITHIN = 20.0  # seconds that an upload has in any case
UPLOAD_PACE = 64 * 1024  # bytes a second that it must keep up after them
LONGEST_HEAD = 64 * 1024  # bytes
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_UNTOLD = re.compile(rb"\r\n(transfer-encoding|expect)[ \t]*:", re.IGNORECASE)


class Arriving:
    """A request of which not everything is here yet. Whether it is well-formed is for the parser to judge."""

    def __init__(self, received: bytes) -> None:
        self.received = bytearray(received)
        self.deadline = time.monotonic() + ARRIVE_WITHIN

    def is_here(self) -> bool:
        """Is there nothing left to wait for before a thread takes it?"""
        end = self._end_of_head()
        return end >= 0 and (self.is_long() or len(self.received) >= end + 4 + self._length(end))

    def is_long(self) -> bool:
        """Is its body an upload, or of a length that the head does not tell?"""
        end = self._end_of_head()
        return end >= 0 and (self._length(end) > LONG_BODY or _UNTOLD.search(self.received, 0, end + 2) is not None)

    def is_head_too_long(self) -> bool:
        """Has more come than any head has, and it still goes on?"""
        return len(self.received) > LONGEST_HEAD and self._end_of_head() < 0

    def _end_of_head(self) -> int:
        return self.received.find(b"\r\n\r\n")

    def _length(self, end_of_head: int) -> int:
        told = _LENGTH.search(self.received, 0, end_of_head + 2)
        return int(told[1]) if told else 0


class PacedUnreader(SocketUnreader):
    """Reads from a client that must keep up `UPLOAD_PACE`; raises RequestTimeout (408 in Flask) when it does not."""

    def __init__(self, conn: TConn) -> None:
        super().__init__(conn.sock)
        self._conn = conn
        self._started, self._received = time.monotonic(), 0

    def start_clock(self) -> None:
        """A request's body begins."""
        self._started, self._received = time.monotonic(), 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes of the body, b"" at its end."""
        left = max(0.001, self._started + UPLOAD_WITHIN + self._received / UPLOAD_PACE - time.monotonic())
        before = self.sock.gettimeout()  # gunicorn's own, while it drains a body that nobody read
        try:
            self.sock.settimeout(left if before is None else min(left, before))
            data: bytes = super().chunk(size_hint)
        except TimeoutError:
            if before is not None:
                raise
            raise self._too_slow() from None
        finally:
            self.sock.settimeout(before)
        self._received += len(data)
        return data

    def _too_slow(self) -> RequestTimeout:
        if self._conn.parser.mesg is not None:
            self._conn.parser.mesg.force_close()  # where the next request would begin is unknown
        return RequestTimeout()
