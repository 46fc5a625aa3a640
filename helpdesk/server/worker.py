"""The server under `web`: gunicorn's threads, with a deadline for every request to arrive.

A thread is lent to a request only once all of it is here; until then the one event loop gathers it, so that any number
of slow senders costs memory and no thread. Long bodies are read by threads of their own, which demand a pace.
"""

from __future__ import annotations

import selectors
import struct
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from socket import SHUT_WR, SO_SNDTIMEO, SOL_SOCKET, socket
from typing import Any

from gunicorn.config import Config
from gunicorn.workers.gthread import TConn, ThreadWorker

from helpdesk.server.arrival import Arriving, PacedUnreader

UPLOADS = 16  # long bodies that are read at the same time
STALLED = 20  # seconds in which a client takes nothing at all of its answer; then the thread lets it go
LINGER = 2.0  # seconds that a client has to take our last words before the connection is gone
LINGER_BYTES = 16 * 2**20  # of what it still sends meanwhile
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
HEAD_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class DeadlineWorker(ThreadWorker):
    """gunicorn's gthread worker, whose event loop waits for slow clients instead of its threads.

    It replaces the three places where a client's pace would hold others up: before a request (`enqueue_req`), while its
    body is read (`PacedUnreader`), and after its answer, where gunicorn's event loop itself waits up to 2 s for each
    client to close (`finish_request`).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: dict[TConn, Arriving] = {}  # the oldest first, since all have equally long
        self._leaving: dict[TConn, tuple[float, int]] = {}  # until when (monotonic), and bytes still borne with
        self._uploads: ThreadPoolExecutor

    @classmethod
    def check_config(cls, cfg: Config, log: Any) -> None:
        """Raises RuntimeError for TLS: of what a TLS socket holds, the event loop cannot tell what is a request."""
        if cfg.is_ssl:
            raise RuntimeError("DeadlineWorker speaks plain HTTP: TLS ends at a proxy before it")
        super().check_config(cfg, log)

    def init_process(self) -> None:
        """In the forked process: threads do not survive a fork."""
        self._uploads = ThreadPoolExecutor(max_workers=UPLOADS, thread_name_prefix="upload")
        super().init_process()

    def run(self) -> None:
        """The event loop, until the process is told to end."""
        super().run()
        self._uploads.shutdown(wait=False)

    def enqueue_req(self, conn: TConn) -> None:
        """Where gunicorn would lend a thread: first the request has to come."""
        conn.init()
        if not isinstance(conn.parser.unreader, PacedUnreader):
            conn.parser.unreader = PacedUnreader(conn)
            conn.sock.setsockopt(SOL_SOCKET, SO_SNDTIMEO, struct.pack("ll", STALLED, 0))
        conn.sock.setblocking(False)
        self._arriving[conn] = Arriving(conn.parser.unreader.take_buffered())  # what came behind the request before
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_more, conn))
        self._on_more(conn, conn.sock)

    def handle(self, conn: TConn) -> Any:
        """In a thread, for a request that is here, or for one with a long body on its way."""
        conn.parser.unreader.start_clock()
        return super().handle(conn)

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """In the event loop, after the answer: the connection is kept for another request, or taken leave of."""
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            self._take_leave(conn)

    def murder_pending(self) -> None:
        """Called once a second: ends what had long enough. To stop, it ends what has not even begun."""
        super().murder_pending()
        now = time.monotonic()
        for conn, arriving in list(self._arriving.items()):
            if arriving.deadline <= now or not (self.alive or arriving.received):
                self._stop_gathering(conn)
                self._refuse(conn, TOO_SLOW if arriving.received else b"")  # who asked nothing is owed no answer
        for conn, (deadline, _) in list(self._leaving.items()):
            if deadline <= now or not self.alive:
                self._close(conn)

    def _on_more(self, conn: TConn, client: socket) -> None:
        arriving = self._arriving[conn]
        more = _receive(client)
        if more is None and not arriving.is_here():
            return
        arriving.received += more or b""
        if more == b"":
            self._stop_gathering(conn)
            self._refuse(conn, b"")  # gone before its request was whole
        elif arriving.is_head_too_long():
            self._stop_gathering(conn)
            self._refuse(conn, HEAD_TOO_LONG)
        elif arriving.is_here():
            self._stop_gathering(conn)
            self._lend_thread(conn, arriving)

    def _lend_thread(self, conn: TConn, arriving: Arriving) -> None:
        conn.parser.unreader.unread(bytes(arriving.received))
        pool = self._uploads if arriving.is_long() else self.tpool
        future = pool.submit(self.handle, conn)
        future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def _stop_gathering(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        del self._arriving[conn]

    def _refuse(self, conn: TConn, answer: bytes) -> None:
        try:
            conn.sock.send(answer)  # a few bytes into an empty buffer: taken at once, or the client is gone
        except OSError as error:
            self.log.debug("The client was gone before it could be refused: %s", error)
        self._take_leave(conn)

    def _take_leave(self, conn: TConn) -> None:
        """Closing at once, with something unread, would reset the connection and destroy the answer on its way."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        self._leaving[conn] = (time.monotonic() + LINGER, LINGER_BYTES)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_last_words, conn))

    def _on_last_words(self, conn: TConn, client: socket) -> None:
        words = _receive(client)
        deadline, patience = self._leaving[conn]
        if words is None:
            return
        self._leaving[conn] = (deadline, patience - len(words))
        if not words or patience <= len(words):
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        del self._leaving[conn]
        self.nr_conns -= 1
        conn.close()


def _receive(client: socket) -> bytes | None:
    """What is there now; None when nothing is, b"" when the other side has closed."""
    try:
        return client.recv(65_536)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        return b""
